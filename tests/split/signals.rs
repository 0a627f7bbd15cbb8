//! Ctrl-C, kill, and kill -9.

use std::io::{BufRead, BufReader, Write};
use std::process::{Child, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use rustix::process::{Pid, Signal, kill_process};

use crate::scene::{Ran, Scene, end, entry, eventually};

fn send(child: &Child, signal: Signal) {
    kill_process(Pid::from_child(child), signal).unwrap();
}

/// A run with the first entry on disk.
fn started(scene: &Scene, args: &[&str]) -> (Child, std::process::ChildStdin) {
    let mut child = scene.command(args).spawn().unwrap();
    let mut stdin = child.stdin.take().unwrap();
    stdin.write_all(entry("a", "one").as_bytes()).unwrap();
    scene.await_content("out/a_ns_app.log.part", "one\n");
    (child, stdin)
}

#[test]
fn the_first_interrupt_reads_on_to_the_end() {
    let scene = Scene::new();
    let (mut child, mut stdin) = started(&scene, &[]);
    let mut stderr = BufReader::new(child.stderr.take().unwrap());
    send(&child, Signal::INT);
    let mut said = String::new();
    stderr.read_line(&mut said).unwrap();
    assert!(said.contains("reading on to the end"), "{said}");
    stdin.write_all((entry("a", "two") + &entry("b", "three")).as_bytes()).unwrap();
    drop(stdin);
    Ran::from(child.wait_with_output().unwrap()).status(130);
    assert_eq!(scene.read("out/a_ns_app.log.part"), "one\ntwo\n");
    assert_eq!(scene.files("out"), ["a_ns_app.log.part", "b_ns_app.log.part"]);
    assert!(stderr.lines().any(|line| line.unwrap().contains("2 unfinished files with 3 lines left")));
}

#[test]
fn term_stops_at_once_with_what_there_is() {
    let scene = Scene::new();
    let (child, mut stdin) = started(&scene, &[]);
    stdin.write_all(entry("a", "two").as_bytes()).unwrap();
    scene.await_content("out/a_ns_app.log.part", "one\ntwo\n");
    send(&child, Signal::TERM);
    let ran = Ran::from(child.wait_with_output().unwrap()).status(143);
    ran.says("1 unfinished file with 2 lines left: a_ns_app.log.part");
    drop(stdin);
    assert_eq!(scene.read("out/a_ns_app.log.part"), "one\ntwo\n");
}

#[test]
fn a_fifo_that_nobody_writes_to_holds_no_signal_off() {
    let scene = Scene::new();
    scene.shell("mkfifo fifo").status(0);
    let child = scene.command(&["fifo"]).spawn().unwrap();
    eventually("the folder is there", || scene.path("out").is_dir());
    send(&child, Signal::TERM);
    Ran::from(child.wait_with_output().unwrap()).status(143);
}

#[test]
fn a_reader_that_does_not_read_holds_no_signal_off() {
    for (signals, status) in [(&[Signal::TERM][..], 143), (&[Signal::INT, Signal::INT], 130)] {
        let scene = Scene::new();
        let (mut child, mut stdin) = started(&scene, &["--tee"]);
        let stdout = child.stdout.take().unwrap();
        let mut stderr = BufReader::new(child.stderr.take().unwrap());
        let (last, first) = signals.split_last().unwrap();
        for signal in first {
            send(&child, *signal);
            stderr.read_line(&mut String::new()).unwrap();
        }
        let written = Arc::new(AtomicUsize::new(0));
        let count = Arc::clone(&written);
        let writer = std::thread::spawn(move || {
            while stdin.write_all(entry("a", "x").as_bytes()).is_ok() {
                count.fetch_add(1, Ordering::Relaxed);
            }
        });
        let mut before = 0;
        eventually("the tool takes no more", || {
            let now = written.load(Ordering::Relaxed);
            now > 500 && std::mem::replace(&mut before, now) == now
        });
        send(&child, *last);
        Ran::from(child.wait_with_output().unwrap()).status(status);
        writer.join().unwrap();
        drop(stdout);
        assert_eq!(scene.files("out"), ["a_ns_app.log.part"]);
    }
}

#[test]
fn an_interrupt_before_anything_was_read_loses_nothing() {
    let scene = Scene::new();
    let mut child = scene.command(&[]).spawn().unwrap();
    let mut stdin = child.stdin.take().unwrap();
    // The first byte of zstd's magic: the tool waits for the next.
    stdin.write_all(b"(").unwrap();
    eventually("the folder is there", || scene.path("out").is_dir());
    let mut stderr = BufReader::new(child.stderr.take().unwrap());
    send(&child, Signal::INT);
    stderr.read_line(&mut String::new()).unwrap();
    stdin.write_all(b"plain)\n").unwrap();
    drop(stdin);
    Ran::from(child.wait_with_output().unwrap()).status(130);
    assert_eq!(scene.read("out/_rest.log.part"), "(plain)\n");
}

#[test]
fn an_interrupted_tee_tells_the_next_tool() {
    let scene = Scene::new();
    let (child, stdin) = started(&scene, &["--tee"]);
    send(&child, Signal::TERM);
    let ran = Ran::from(child.wait_with_output().unwrap()).status(143);
    drop(stdin);
    assert!(ran.stdout.ends_with("\n{\"lq\":{\"failed\":\"lq-split did not come to a good end\"}}\n"), "{ran:#?}");
}

#[test]
fn killed_at_any_point_it_leaves_whole_files_and_parts_only() {
    let text = |pod: usize, run: &str| -> String { (0..20).map(|n| format!("{run} {pod} {n}\n")).collect() };
    let input = |run: &str| -> String {
        (0..20)
            .flat_map(|n| (0..400).map(move |pod| (n, pod)))
            .map(|(n, pod)| entry(&format!("p{pod}"), &format!("{run} {pod} {n}")))
            .collect()
    };
    let scene = Scene::new();
    let args = ["--name", "{pod}.log", "-q"];
    scene.run(&args, input("old")).status(0);
    scene.write("new.json", input("new"));
    let mut mixed = 0;
    for delay in 0..40 {
        let mut child = scene.command(&args).arg("new.json").stdin(Stdio::null()).spawn().unwrap();
        std::thread::sleep(std::time::Duration::from_micros(delay * 1500));
        child.kill().unwrap();
        child.wait().unwrap();
        let mut new = 0;
        for pod in 0..400 {
            let found = scene.read(&format!("out/p{pod}.log"));
            new += usize::from(found == text(pod, "new"));
            assert!(found == text(pod, "new") || found == text(pod, "old"), "p{pod}.log is neither: {found}");
        }
        mixed += usize::from((1..400).contains(&new));
        let known = |name: &String| name.ends_with(".log") || name.ends_with(".log.part");
        assert!(scene.files("out").iter().all(known));
    }
    println!("{mixed} of 40 runs were killed among the renames");
    scene.run(&args, input("last")).status(0);
    assert_eq!(scene.files("out").len(), 400);
    assert!((0..400).all(|pod| scene.read(&format!("out/p{pod}.log")) == text(pod, "last")));
}

/// A run that has read all of its input and begins to write thousands of files.
fn writing(scene: &Scene, pods: usize) -> Child {
    let input: String = (0..pods).map(|pod| entry(&format!("p{pod}"), "x")).collect();
    scene.write("input.json", input);
    let mut command = scene.command(&["--name", "{pod}.log", "input.json"]);
    command.stdin(Stdio::null()).spawn().unwrap()
}

/// Tight: what is awaited is over soon.
fn at_once(is: impl Fn() -> bool) {
    let patience = std::time::Instant::now() + std::time::Duration::from_secs(60);
    while !is() {
        assert!(std::time::Instant::now() < patience);
        std::thread::yield_now();
    }
}

#[cfg(target_os = "linux")]
#[test]
fn a_signal_while_thousands_of_files_are_written_leaves_parts_and_lists_them() {
    const PODS: usize = 10_000;
    for (signal, status) in [(Signal::TERM, 143), (Signal::HUP, 129), (Signal::INT, 130)] {
        // One that is too fast to be stopped in the middle is run again.
        let stopped = (0..20).find_map(|_| {
            let scene = Scene::new();
            let child = writing(&scene, PODS);
            at_once(|| scene.path("out/p0.log.part").exists());
            send(&child, Signal::STOP);
            let state = || std::fs::read_to_string(format!("/proc/{}/stat", child.id())).unwrap();
            at_once(|| state().contains(") T ") || state().contains(") Z "));
            let is_midway = scene.files("out").len() < PODS / 2;
            send(&child, signal);
            send(&child, Signal::CONT);
            let ran = Ran::from(child.wait_with_output().unwrap());
            is_midway.then_some((scene, ran))
        });
        let (scene, ran) = stopped.expect("a run that is stopped midway");
        ran.status(status).says("10,000 unfinished files with 10,000 lines left: p0.log.part ").says_not("reading on");
        let parts = scene.files("out");
        assert!(parts.len() == PODS && parts.iter().all(|name| name.ends_with(".log.part")));
    }
}

#[test]
fn a_signal_that_comes_when_files_get_their_names_is_too_late() {
    for signal in [Signal::TERM, Signal::HUP, Signal::INT] {
        let scene = Scene::new();
        let child = writing(&scene, 5_000);
        at_once(|| scene.path("out/p0.log").exists());
        send(&child, signal);
        Ran::from(child.wait_with_output().unwrap()).status(0).says("out: 5,000 files (5,000 new), 5,000 lines");
        let files = scene.files("out");
        assert!(files.len() == 5_000 && files.iter().all(|name| name.ends_with(".log")));
    }
}

/// A pipe that takes nothing more, for as long as the reader lives.
fn full_pipe() -> (std::io::PipeReader, std::io::PipeWriter) {
    let (reader, mut writer) = std::io::pipe().unwrap();
    rustix::fs::fcntl_setfl(&writer, rustix::fs::OFlags::NONBLOCK).unwrap();
    while writer.write(&[b'\n'; 4096]).is_ok() {}
    while writer.write(b"\n").is_ok() {}
    rustix::fs::fcntl_setfl(&writer, rustix::fs::OFlags::empty()).unwrap();
    (reader, writer)
}

#[test]
fn a_last_word_that_nobody_reads_keeps_no_tool_alive() {
    let scene = Scene::new();
    let (_reader, stdout) = full_pipe();
    let mut child = scene.command(&["--tee"]).stdout(stdout).spawn().unwrap();
    eventually("the folder is there", || scene.path("out").is_dir());
    send(&child, Signal::TERM);
    assert_eq!(end(&mut child).code(), Some(143));
}
