//! Pipelines in a real shell.

use crate::scene::{Scene, entry};

fn with_input() -> Scene {
    let scene = Scene::new();
    let input: String = (0..1000).map(|n| entry(["a", "b", "c"][n % 3], &format!("line {n}"))).collect();
    scene.write("input.json", input + "plain\n");
    scene
}

#[test]
fn print_gives_the_paths_of_the_finished_files_the_rest_last() {
    let scene = with_input();
    let ran = scene.shell("lq-split --print < input.json").status(0);
    assert_eq!(ran.stdout, "./a_ns_app.log\n./b_ns_app.log\n./c_ns_app.log\n./_rest.log\n");
    let ran = scene.shell("cat $(lq-split --dir logs --print -q input.json) | wc -l").status(0);
    assert_eq!(ran.stdout.trim(), "1001");
    assert_eq!(
        scene.shell("lq-split --append --dir logs --print -q < input.json | head -1").stdout,
        "logs/a_ns_app.log\n"
    );
}

#[test]
fn a_name_that_looks_like_a_flag_is_printed_as_a_path() {
    let scene = Scene::new();
    scene.write("input.json", entry("-rf", "x"));
    assert_eq!(scene.shell("cat $(lq-split --print -q < input.json)").status(0).stdout, "x\n");
}

#[test]
fn nothing_is_printed_of_a_run_that_broke() {
    let scene = with_input();
    let ran = scene.shell("(cat input.json; echo '{\"lq\":{\"failed\":\"x\"}}') | lq-split --print").status(3);
    assert_eq!(ran.stdout, "");
}

#[test]
fn tee_passes_everything_on_as_it_came() {
    let scene = with_input();
    let failed = "{\"lq\":{\"failed\":\"x\",\"complete_until\":\"2026-11-21T16:00:00Z\"}}";
    scene.write("all.json", scene.read("input.json") + "{broken\n{\"no\": \"pod\"}\n" + failed + "\n");
    let ran = scene.shell("lq-split --tee -q --dir out all.json").status(3);
    assert_eq!(ran.stdout, scene.read("all.json"));
}

#[test]
fn two_splits_in_a_row_make_the_same_files() {
    let scene = with_input();
    scene.shell("set -o pipefail; lq-split --tee --dir one < input.json | lq-split --dir two").status(0);
    assert_eq!(scene.shell("diff -r one two").status(0).stdout, "");
}

#[test]
fn a_reader_that_goes_away_does_not_keep_the_files_from_being_whole() {
    let scene = Scene::new();
    let input: String = (0..50_000).map(|n| entry("a", &format!("line {n}"))).collect();
    scene.write("input.json", input);
    let ran = scene.shell("set -o pipefail; lq-split --tee -q --dir out < input.json | head -1").status(0);
    assert_eq!((ran.stdout.lines().count(), ran.stderr.as_str()), (1, ""));
    assert_eq!(scene.shell("wc -l < out/a_ns_app.log").stdout.trim(), "50000");
}

#[test]
fn a_full_disk_behind_stdout_is_loud_and_the_files_are_whole() {
    let scene = with_input();
    for flag in ["--tee", "--print"] {
        let ran = scene.shell(&format!("lq-split {flag} --dir out < input.json > /dev/full")).status(3);
        ran.says("cannot write to standard output").says("No space left");
        assert_eq!(scene.files("out"), ["_rest.log", "a_ns_app.log", "b_ns_app.log", "c_ns_app.log"]);
    }
}

#[test]
fn paths_that_cannot_be_printed_take_nothing_from_the_files() {
    let scene = with_input();
    let ran = scene.shell("lq-split --dir out --print input.json > /dev/full").status(3);
    ran.says("cannot write to standard output: No space left on device (os error 28); the files are whole")
        .says_not("unfinished")
        .says_not("--dir");
    assert!(!scene.files("out").is_empty() && scene.files("out").iter().all(|name| name.ends_with(".log")));
}

#[test]
fn a_full_disk_behind_stderr_changes_nothing() {
    let scene = with_input();
    scene.shell("lq-split --dir out < input.json 2> /dev/full").status(0);
    assert_eq!(scene.files("out").len(), 4);
}

#[test]
fn a_broken_run_tells_the_next_tool() {
    let scene = with_input();
    let ran = scene.shell("lq-split --tee --dir one input.json gone.json | lq-split --dir two; echo ${PIPESTATUS[@]}");
    assert_eq!(ran.stdout, "3 3\n");
    ran.says("the stream broke: lq-split did not come to a good end");
}

#[test]
fn files_are_read_one_after_another_with_standard_input_among_them() {
    let scene = Scene::new();
    for n in 1..=3 {
        scene.write(&format!("{n}.json"), entry("a", &n.to_string()));
    }
    scene.shell("gzip 1.json; lq-split --dir out 1.json.gz - 3.json < 2.json").status(0);
    assert_eq!(scene.read("out/a_ns_app.log"), "1\n2\n3\n");
}

#[test]
fn awk_finds_the_columns() {
    let scene = with_input();
    scene.shell("lq-split -q -o tsv --dir out --utc < input.json").status(0);
    let ran = scene.shell("awk -F'\\t' '{ n[$3]++ } END { print n[\"a\"] }' out/a_ns_app.log");
    assert_eq!(ran.stdout, "334\n");
}

#[test]
fn help_says_what_the_default_name_is() {
    let scene = Scene::new();
    assert!(scene.shell("lq-split --help").status(0).stdout.contains("{pod}_{namespace}_{container}.log"));
    scene.shell("lq-split --version > /dev/full").status(2).says("cannot write to standard output");
}
