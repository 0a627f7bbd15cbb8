//! What comes from a log is hostile, and so is what lies in the folder.

use std::os::unix::fs::{MetadataExt, symlink};
use std::process::Stdio;

use crate::scene::{Ran, Scene, entry, entry_with, eventually};
use serde_json::json;
use std::io::Write;

const VICTIM: &str = "precious\n";

fn with_victim() -> Scene {
    let scene = Scene::new();
    scene.write("outside/victim", VICTIM);
    std::fs::create_dir(scene.path("out")).unwrap();
    scene
}

#[track_caller]
fn assert_unharmed(scene: &Scene) {
    assert_eq!(scene.files("outside"), ["victim"]);
    assert_eq!(scene.read("outside/victim"), VICTIM);
}

#[test]
fn hostile_names_get_files_of_their_own_inside() {
    let long = "n".repeat(300);
    let longer = "n".repeat(301);
    let crabs = "🦀".repeat(300);
    let pods = [
        "../../etc/x",
        "/etc/x",
        "-rf",
        "-",
        ".",
        "..",
        ".hidden",
        "a/b",
        "a\\b",
        "a\u{0}b",
        "a\nb",
        "a b",
        "a%2Fb",
        "%",
        "🦀",
        "é",
        "e\u{301}",
        "a_b",
        "~",
        "*",
        "$(id)",
        "CON",
        "A",
        "a",
        &long,
        &longer,
        &crabs,
        "\u{1b}[2J",
        "\u{202e}x",
        "NUL.log",
        "con.txt",
        "é\u{301}\u{327}",
        "é\u{327}\u{301}",
        "_rest.log",
        "_rest.log.part",
        "x.part",
        "x",
    ];
    for template in
        ["{pod}", "{pod}_{namespace}_{container}.log", "{pod}/{container}.log", "_{pod}", "{namespace}{pod}"]
    {
        let scene = Scene::new();
        let input: String = pods.iter().map(|pod| entry(pod, pod)).collect();
        scene.run(&["--name", template], input).status(0);
        let files = scene.files("out");
        assert_eq!(files.len(), pods.len(), "{template}: {files:#?}");
        assert_eq!(scene.files("").len(), pods.len(), "{template}: something is outside");
        let mut texts: Vec<String> = files.iter().map(|file| scene.read(&format!("out/{file}"))).collect();
        let mut expected: Vec<String> = pods.iter().map(|pod| format!("{pod}\n")).collect();
        texts.sort();
        expected.sort();
        assert_eq!(texts, expected, "{template}");
    }
}

#[test]
fn names_that_are_no_text_have_a_file_and_empty_ones_are_no_names() {
    let scene = Scene::new();
    let mut input = entry("web-X", "1").into_bytes();
    let at = input.windows(5).position(|bytes| bytes == b"web-X").unwrap() + 4;
    input[at] = b'\xff';
    input.extend(entry("", "2").into_bytes());
    input.extend(entry("half", "3").replace("half", "\\ud800").into_bytes());
    scene.run(&[], input).status(0).says("U+FFFD");
    let files = scene.files("out");
    assert_eq!(files, ["%EF%BF%BD_ns_app.log", "_rest.log", "web-%EF%BF%BD_ns_app.log"]);
}

#[test]
fn spellings_of_one_name_share_a_file() {
    let scene = Scene::new();
    let escaped = entry("web", "2").replace("\"web\"", "\"\\u0077eb\"");
    scene.run(&[], entry("web", "1") + &escaped + &entry("web", "3")).status(0);
    assert_eq!(scene.read("out/web_ns_app.log"), "1\n2\n3\n");
}

#[test]
fn a_planted_link_in_the_place_of_a_file_is_replaced_not_followed() {
    let scene = with_victim();
    for name in ["a_ns_app.log", "a_ns_app.log.part", "_rest.log", "_rest.log.part"] {
        symlink("../outside/victim", scene.path("out").join(name)).unwrap();
    }
    scene.run(&[], entry("a", "one") + "plain\n").status(0);
    assert_eq!(scene.read("out/a_ns_app.log"), "one\n");
    assert_eq!(scene.files("out"), ["_rest.log", "a_ns_app.log"]);
    assert_unharmed(&scene);
}

#[test]
fn a_planted_link_in_the_place_of_a_folder_is_refused() {
    let scene = with_victim();
    symlink("../outside", scene.path("out/a")).unwrap();
    for mode in ["--append", "--quiet"] {
        scene.run(&["--name", "{pod}/x.log", mode], entry("a", "one")).status(2).says("cannot write out/a/x.log");
        assert_unharmed(&scene);
    }
}

#[test]
fn appending_follows_no_links_of_either_kind() {
    let scene = with_victim();
    symlink("../outside/victim", scene.path("out/a_ns_app.log")).unwrap();
    scene.run(&["--append"], entry("a", "one")).status(2).says("cannot write out/a_ns_app.log: a link");
    std::fs::remove_file(scene.path("out/a_ns_app.log")).unwrap();
    std::fs::hard_link(scene.path("outside/victim"), scene.path("out/a_ns_app.log")).unwrap();
    scene.run(&["--append"], entry("a", "one")).status(2).says("further names");
    assert_unharmed(&scene);
}

#[test]
fn appending_to_a_pipe_is_refused_and_does_not_hang() {
    let scene = with_victim();
    scene.shell("mkfifo out/a_ns_app.log").status(0);
    scene.run(&["--append"], entry("a", "one")).status(2).says("cannot write out/a_ns_app.log");
}

/// Writes one entry, lets `plant` work when it is on disk, and writes another.
fn plant_between(scene: &Scene, args: &[&str], part: &str, plant: impl FnOnce()) -> Ran {
    let mut child = scene.command(args).stdin(Stdio::piped()).spawn().unwrap();
    let mut stdin = child.stdin.take().unwrap();
    stdin.write_all(entry("a", "one").as_bytes()).unwrap();
    scene.await_content(part, "one\n");
    plant();
    stdin.write_all(entry("a", "two").as_bytes()).unwrap();
    drop(stdin);
    child.wait_with_output().unwrap().into()
}

#[test]
fn a_file_swapped_for_a_link_is_noticed() {
    let scene = with_victim();
    let part = scene.path("out/a_ns_app.log.part");
    let ran = plant_between(&scene, &[], "out/a_ns_app.log.part", || {
        std::fs::remove_file(&part).unwrap();
        symlink("../outside/victim", &part).unwrap();
    });
    ran.status(3).says("cannot write out/a_ns_app.log.part");
    assert_unharmed(&scene);
}

#[test]
fn a_file_swapped_for_another_is_noticed() {
    let scene = with_victim();
    let part = scene.path("out/a_ns_app.log.part");
    let ran = plant_between(&scene, &[], "out/a_ns_app.log.part", || {
        std::fs::rename(&part, scene.path("out/old")).unwrap();
        std::fs::hard_link(scene.path("outside/victim"), &part).unwrap();
    });
    ran.status(3).says("somebody put another file in its place");
    assert_unharmed(&scene);
}

#[test]
fn a_file_that_lost_its_lines_is_noticed_though_it_has_the_same_inode() {
    for args in [&[][..], &["--no-clobber"]] {
        let scene = Scene::new();
        let part = scene.path("out/a_ns_app.log.part");
        let ran = plant_between(&scene, args, "out/a_ns_app.log.part", || std::fs::write(&part, "").unwrap());
        ran.status(3)
            .says("cannot write out/a_ns_app.log.part: somebody wrote to it, or put another file in its place");
        assert_eq!(scene.files("out"), ["a_ns_app.log.part"]);
    }
}

#[test]
fn a_folder_swapped_for_a_link_is_noticed() {
    let scene = with_victim();
    let ran = plant_between(&scene, &["--name", "{pod}/x.log"], "out/a/x.log.part", || {
        std::fs::rename(scene.path("out/a"), scene.path("moved")).unwrap();
        symlink("../outside", scene.path("out/a")).unwrap();
    });
    ran.status(3).says("cannot write out/a/x.log.part");
    assert_unharmed(&scene);
}

#[test]
fn the_folder_itself_may_be_a_link_of_the_users() {
    let scene = Scene::new();
    std::fs::create_dir(scene.path("big-disk")).unwrap();
    symlink("big-disk", scene.path("out")).unwrap();
    scene.run(&[], entry("a", "one")).status(0);
    assert_eq!(scene.read("big-disk/a_ns_app.log"), "one\n");
}

#[test]
fn what_a_log_says_does_not_reach_the_terminal_in_messages() {
    let scene = Scene::new();
    let input = entry_with("a", "1", json!({"cluster": "\u{1b}]0;x\u{7}"})) + &entry("a", "2");
    let ran = scene.run(&[], input + "{\"lq\":{\"failed\":\"\\u001b[2J\"}}\n").status(3);
    assert!(!ran.stderr.contains('\u{1b}') && ran.stderr.contains("the stream broke: \\u001b[2J"), "{ran:#?}");
}

#[test]
fn a_folder_in_the_way_of_one_name_keeps_only_that_file_from_it() {
    let scene = Scene::new();
    scene.write("out/b_ns_app.log/inside", "");
    let input = entry("a", "1") + &entry("b", "2") + &entry("c", "3");
    scene.run(&[], input).status(3).says("out/b_ns_app.log.part is whole but keeps this name");
    let expected = ["a_ns_app.log", "b_ns_app.log.part", "b_ns_app.log/inside", "c_ns_app.log"];
    assert_eq!(scene.files("out"), expected);
    assert_eq!(scene.path("out/a_ns_app.log").metadata().unwrap().nlink(), 1);
}

#[test]
fn files_removed_meanwhile_are_missed() {
    let scene = Scene::new();
    let mut child = scene.command(&[]).spawn().unwrap();
    let mut stdin = child.stdin.take().unwrap();
    stdin.write_all((entry("a", "one") + &entry("b", "two")).as_bytes()).unwrap();
    scene.await_content("out/b_ns_app.log.part", "two\n");
    eventually("a is on disk", || scene.path("out/a_ns_app.log.part").exists());
    std::fs::remove_file(scene.path("out/a_ns_app.log.part")).unwrap();
    drop(stdin);
    Ran::from(child.wait_with_output().unwrap()).status(3).says("out/a_ns_app.log.part is gone: somebody removed it");
    assert_eq!(scene.files("out"), ["b_ns_app.log"]);
}
