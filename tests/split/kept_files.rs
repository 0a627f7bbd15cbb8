//! Files that are there before and after: replaced, appended to, refused, locked, dated, compressed.

use std::io::{Read, Write};
use std::os::unix::fs::MetadataExt;

use crate::scene::{Ran, Scene, entry, entry_with, eventually};
use serde_json::json;

#[test]
fn the_summary_tells_new_from_replaced_and_counts_strangers() {
    let scene = Scene::new();
    scene.run(&[], entry("a", "old")).status(0).says("out: 1 file (1 new), 1 line, 4 bytes");
    scene.write("out/stranger.log", "");
    scene.write("out/stranger.txt", "");
    scene.write("out/folder.log/stranger.log", "");
    let ran = scene.run(&[], entry("a", "new\nlines") + &entry("b", "x")).status(0);
    ran.says("out: 2 files (1 new, 1 replaced), 3 lines, 12 bytes").says("out: 1 other *.log file there is not from");
    assert_eq!(scene.read("out/a_ns_app.log"), "new\nlines\n");
}

#[test]
fn quiet_is_quiet() {
    let scene = Scene::new();
    let ran = scene.run(&["-q"], entry("a", "x") + "plain\n").status(0);
    assert_eq!((ran.stdout.as_str(), ran.stderr.as_str()), ("", ""));
}

#[test]
fn appending_tells_new_from_appended() {
    let scene = Scene::new();
    scene.run(&["--append"], entry("a", "1")).status(0).says("1 file (1 new)");
    let ran = scene.run(&["--append"], entry("a", "2") + &entry("b", "3")).status(0);
    ran.says("2 files (1 new, 1 appended to), 2 lines, 4 bytes");
    assert_eq!(scene.read("out/a_ns_app.log"), "1\n2\n");
}

#[test]
fn appending_starts_a_line_of_its_own_behind_one_that_was_cut() {
    let scene = Scene::new();
    scene.write("out/a_ns_app.log", "cut in the mid");
    scene.run(&["--append"], entry("a", "next")).status(0);
    assert_eq!(scene.read("out/a_ns_app.log"), "cut in the mid\nnext\n");
}

#[test]
fn appending_to_what_is_read_would_never_end() {
    let scene = Scene::new();
    scene.write("out/_rest.log", "plain\n");
    scene.run(&["--append", "out/_rest.log"], "").status(2).says("it is read in this run");
    assert_eq!(scene.read("out/_rest.log"), "plain\n");
}

#[test]
fn no_clobber_changes_nothing() {
    let scene = Scene::new();
    scene.write("out/b_ns_app.log", "old\n");
    // Enough that the first file is on disk before the second name comes up.
    let input = entry("a", &"x".repeat(600_000)) + &entry("b", "new");
    let ran = scene.run(&["--no-clobber"], input).status(2);
    ran.says("out/b_ns_app.log is there already").says("nothing was changed");
    assert_eq!(scene.files("out"), ["b_ns_app.log"]);
    assert_eq!(scene.read("out/b_ns_app.log"), "old\n");
}

#[test]
fn no_clobber_tells_of_no_lines_where_it_left_none() {
    let scene = Scene::new();
    scene.write("out/b_ns_app.log", "old\n");
    let input = entry("a", &"x".repeat(600_000)) + &entry("b", "new");
    scene.run(&["--no-clobber"], input).status(2).says_not("appended").says_not("left");
}

#[test]
fn a_file_in_the_place_of_a_folder_is_named_with_a_remedy() {
    let scene = Scene::new();
    scene.write("out/ns", "");
    for (mode, path) in [("--no-clobber", "out/ns/a.log"), ("--append", "out/ns/a.log"), ("-q", "out/ns/a.log.part")] {
        let ran = scene.run(&[mode, "--name", "{namespace}/{pod}.log"], entry("a", "x")).status(2);
        ran.says(&format!("cannot write {path}: Not a directory")).says("take another --dir").says("--name");
        assert_eq!(scene.files("out"), ["ns"]);
    }
}

#[test]
fn no_clobber_minds_links_folders_the_rest_and_clusters() {
    let scene = Scene::new();
    std::fs::create_dir(scene.path("out")).unwrap();
    std::os::unix::fs::symlink("nowhere", scene.path("out/a_ns_app.log")).unwrap();
    scene.run(&["--no-clobber"], entry("a", "1")).status(2);
    scene.write("out/_rest.log", "");
    scene.run(&["--no-clobber"], "plain\n").status(2).says("out/_rest.log is there already");
    scene.write("out/c1/b_ns_app.log", "old\n");
    let two = entry("b", "1") + &entry_with("b", "2", json!({"cluster": "c2"}));
    scene.run(&["--no-clobber"], two).status(2).says("out/c1/b_ns_app.log is there already");
    assert_eq!(scene.files("out"), ["_rest.log", "a_ns_app.log", "c1/b_ns_app.log"]);
    assert!(!scene.path("out/c2").exists());
}

#[test]
fn no_clobber_is_content_where_nothing_is_in_the_way() {
    let scene = Scene::new();
    scene.run(&["--no-clobber", "--name", "{pod}/x.log"], entry("a", "1")).status(0);
    assert_eq!(scene.read("out/a/x.log"), "1\n");
}

#[test]
fn stale_parts_are_replaced() {
    let scene = Scene::new();
    scene.write("out/a_ns_app.log.part", "of a run that was killed\n");
    scene.run(&[], entry("a", "new")).status(0);
    assert_eq!(scene.files("out"), ["a_ns_app.log"]);
    assert_eq!(scene.read("out/a_ns_app.log"), "new\n");
}

#[test]
fn a_file_is_as_old_as_its_last_entry() {
    for mode in ["--quiet", "--append"] {
        let scene = Scene::new();
        let at = |time: &str| entry_with("a", "x", json!({"timestamp": time}));
        let input =
            at("2021-03-04T05:06:07.089Z") + &at("2021-03-04T05:06:08.000000009Z") + &at("2021-03-04T05:06:07Z");
        scene.run(&[mode], input).status(0);
        let file = scene.path("out/a_ns_app.log").metadata().unwrap();
        assert_eq!((file.mtime(), file.mtime_nsec()), (1_614_834_368, 9), "{mode}");
    }
}

#[test]
fn compressed_files_can_be_read_by_everybody() {
    let input: String = (0..30_000).map(|n| entry("a", &format!("line {n} {}", "é".repeat(n % 50)))).collect();
    let scene = Scene::new();
    scene.write("input.json", &input);
    scene.run(&["input.json"], "").status(0);
    let plain = scene.read("out/a_ns_app.log");
    scene.run(&["--compress", "gz", "input.json"], "").status(0).says("30,000 lines");
    assert_eq!(scene.shell("gzip -dc out/a_ns_app.log.gz").status(0).stdout, plain);
    scene.run(&["--compress", "zst", "input.json"], "").status(0);
    let mut unpacked = String::new();
    let packed = scene.bytes("out/a_ns_app.log.zst");
    zstd::Decoder::new(&packed[..]).unwrap().read_to_string(&mut unpacked).unwrap();
    assert!(unpacked == plain && packed.len() < plain.len() / 10);
    assert_eq!(scene.files("out"), ["a_ns_app.log", "a_ns_app.log.gz", "a_ns_app.log.zst"]);
}

#[test]
fn appending_to_compressed_files_adds_members() {
    let scene = Scene::new();
    for n in ["1", "2"] {
        scene.run(&["--append", "--compress", "gz"], entry("a", n) + "plain\n").status(0);
    }
    assert_eq!(scene.shell("zcat out/a_ns_app.log.gz out/_rest.log.gz").status(0).stdout, "1\n2\nplain\nplain\n");
}

#[test]
fn a_missing_folder_is_made_and_an_impossible_one_is_said() {
    let scene = Scene::new();
    scene.shell("printf '' | lq-split --output-directory a/b/c").status(0);
    assert!(scene.path("a/b/c").is_dir());
    scene.write("file", "");
    scene.shell("printf '' | lq-split --dir file/below").status(2).says("cannot make the folder file/below");
}

#[test]
fn folder_and_zone_come_from_the_settings_where_they_are_not_typed() {
    let scene = Scene::new();
    scene.write("input.json", entry("a", "x"));
    scene.shell("LQ_DIR=set LQ_TZ=Asia/Tokyo lq-split --name '{pod}-{date}-{hour}' input.json").status(0);
    scene.shell("LQ_DIR=set LQ_TZ=Asia/Tokyo lq-split --dir typed --utc --name '{date}.{hour}' input.json").status(0);
    assert_eq!(scene.files("set"), ["a-2026-11-22-01"]);
    assert_eq!(scene.files("typed"), ["2026-11-21.16"]);
    scene.write("lq.toml", "dir = '~/below'\n");
    scene.shell("HOME=$PWD/home lq-split --config lq.toml --name '{pod}' input.json").status(0);
    assert_eq!(scene.files("home"), ["below/a"]);
}

#[test]
fn a_file_appears_under_its_name_only_when_it_is_whole() {
    let scene = Scene::new();
    let mut child = scene.command(&[]).spawn().unwrap();
    let mut stdin = child.stdin.take().unwrap();
    stdin.write_all(entry("a", "one").as_bytes()).unwrap();
    eventually("there is a file", || !scene.files("out").is_empty());
    assert_eq!(scene.files("out"), ["a_ns_app.log.part"]);
    drop(stdin);
    Ran::from(child.wait_with_output().unwrap()).status(0);
    assert_eq!(scene.files("out"), ["a_ns_app.log"]);
}
