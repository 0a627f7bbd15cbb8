//! `--append` is live, and `.part` files can be followed too.

use std::io::{BufRead, BufReader, Write};
use std::process::{ChildStdin, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{JoinHandle, spawn};
use std::time::Duration;

use crate::scene::{Ran, Scene, entry, eventually};

#[test]
fn lines_are_in_their_files_while_the_input_is_idle() {
    for (args, name) in [(&["--append"][..], "out/a_ns_app.log"), (&[], "out/a_ns_app.log.part")] {
        let scene = Scene::new();
        let mut child = scene.command(args).spawn().unwrap();
        let mut stdin = child.stdin.take().unwrap();
        let mut expected = String::new();
        for n in 0..3 {
            stdin.write_all(entry("a", &format!("line {n}")).as_bytes()).unwrap();
            expected.push_str(&format!("line {n}\n"));
            scene.await_content(name, &expected);
        }
        drop(stdin);
        Ran::from(child.wait_with_output().unwrap()).status(0);
        assert_eq!(scene.read("out/a_ns_app.log"), expected);
    }
}

#[test]
fn half_a_line_waits_for_the_other_half() {
    let scene = Scene::new();
    let mut child = scene.command(&["--append"]).spawn().unwrap();
    let mut stdin = child.stdin.take().unwrap();
    let two = entry("a", "two");
    let (head, tail) = two.split_at(30);
    stdin.write_all((entry("a", "one") + head).as_bytes()).unwrap();
    scene.await_content("out/a_ns_app.log", "one\n");
    stdin.write_all(tail.as_bytes()).unwrap();
    scene.await_content("out/a_ns_app.log", "one\ntwo\n");
    drop(stdin);
    Ran::from(child.wait_with_output().unwrap()).status(0);
}

#[test]
fn tail_follows_a_live_file_even_when_it_is_rotated_away() {
    let scene = Scene::new();
    scene.write("out/a_ns_app.log", "");
    let mut tail = std::process::Command::new("tail");
    tail.args(["-n", "+1", "-F", "-s", "0.05"]).arg(scene.path("out/a_ns_app.log"));
    let mut tail = tail.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
    let mut shown = BufReader::new(tail.stdout.take().unwrap()).lines();
    let mut child = scene.command(&["--append"]).spawn().unwrap();
    let mut stdin = child.stdin.take().unwrap();
    stdin.write_all(entry("a", "one").as_bytes()).unwrap();
    assert_eq!(shown.next().unwrap().unwrap(), "one");
    std::fs::rename(scene.path("out/a_ns_app.log"), scene.path("out/a_ns_app.log.1")).unwrap();
    stdin.write_all(entry("a", "two").as_bytes()).unwrap();
    assert_eq!(shown.next().unwrap().unwrap(), "two");
    drop(stdin);
    Ran::from(child.wait_with_output().unwrap()).status(0);
    tail.kill().unwrap();
    tail.wait().unwrap();
}

#[test]
fn compressed_input_is_live_too() {
    let scene = Scene::new();
    let mut child = scene.command(&["--append"]).spawn().unwrap();
    let mut stdin = child.stdin.take().unwrap();
    let mut gz = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    for n in 0..3 {
        gz.write_all(entry("a", &n.to_string()).as_bytes()).unwrap();
        gz.flush().unwrap();
        stdin.write_all(&std::mem::take(gz.get_mut())).unwrap();
        scene.await_content("out/a_ns_app.log", &(0..=n).map(|n| format!("{n}\n")).collect::<String>());
    }
    stdin.write_all(&gz.finish().unwrap()).unwrap();
    drop(stdin);
    Ran::from(child.wait_with_output().unwrap()).status(0);
}

#[test]
fn tee_is_live() {
    let scene = Scene::new();
    let mut child = scene.command(&["--tee"]).spawn().unwrap();
    let mut stdin = child.stdin.take().unwrap();
    let mut passed = BufReader::new(child.stdout.take().unwrap()).lines();
    for n in 0..3 {
        let line = entry("a", &n.to_string());
        stdin.write_all(line.as_bytes()).unwrap();
        assert_eq!(passed.next().unwrap().unwrap(), line.trim_end());
    }
    drop(stdin);
    Ran::from(child.wait_with_output().unwrap()).status(0);
}

/// Writes a line every few milliseconds, until it is told that one was seen.
fn write_steadily(mut stdin: ChildStdin, seen: &'static AtomicBool) -> JoinHandle<()> {
    spawn(move || {
        while !seen.load(Ordering::Relaxed) {
            stdin.write_all(entry("a", "x").as_bytes()).unwrap();
            std::thread::sleep(Duration::from_millis(4));
        }
    })
}

#[test]
fn lines_are_in_their_files_while_more_come_without_a_pause() {
    for (args, name) in [(&["--append"][..], "out/a_ns_app.log"), (&[], "out/a_ns_app.log.part")] {
        static SEEN: AtomicBool = AtomicBool::new(false);
        SEEN.store(false, Ordering::Relaxed);
        let scene = Scene::new();
        let mut child = scene.command(args).spawn().unwrap();
        let writer = write_steadily(child.stdin.take().unwrap(), &SEEN);
        eventually(&format!("{name} has a line"), || std::fs::read(scene.path(name)).is_ok_and(|it| it.len() > 1));
        SEEN.store(true, Ordering::Relaxed);
        writer.join().unwrap();
        Ran::from(child.wait_with_output().unwrap()).status(0);
    }
}

#[test]
fn tee_passes_lines_on_while_more_come_without_a_pause() {
    static SEEN: AtomicBool = AtomicBool::new(false);
    let scene = Scene::new();
    let mut child = scene.command(&["--tee"]).spawn().unwrap();
    let mut passed = BufReader::with_capacity(1 << 20, child.stdout.take().unwrap());
    let writer = write_steadily(child.stdin.take().unwrap(), &SEEN);
    let mut line = String::new();
    passed.read_line(&mut line).unwrap();
    assert_eq!(line, entry("a", "x"));
    // What fills a buffer comes out anyhow; the first line must not have waited for that.
    assert!(passed.buffer().len() < 40_000);
    SEEN.store(true, Ordering::Relaxed);
    writer.join().unwrap();
    std::io::copy(&mut passed, &mut std::io::sink()).unwrap();
    Ran::from(child.wait_with_output().unwrap()).status(0);
}

#[test]
fn a_single_line_was_appended_before_a_bad_end() {
    let scene = Scene::new();
    let ran = scene.run(&["--append"], entry("a", "x") + "{\"lq\":{\"failed\":\"y\"}}\n").status(3);
    ran.says("out: 1 line was appended before the end");
}
