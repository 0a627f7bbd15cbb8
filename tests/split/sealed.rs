//! Seals: what a stream says that it holds, against what came.

use std::io::{BufRead, BufReader, Read, Write};
use std::process::Stdio;

use rustix::process::{Pid, Signal, kill_process};
use serde_json::json;

use crate::scene::{Ran, Scene, entry, entry_with, eventually};

/// A seal that counts these entries of Pods in the namespace `ns`.
fn seal(entries: u64, pods: &[(&str, u64)]) -> String {
    let pods: serde_json::Map<_, _> = pods.iter().map(|(pod, n)| (format!("c1/ns/{pod}"), json!(n))).collect();
    format!("{}\n", json!({"lq": {"end": true, "entries": entries, "pods": pods}}))
}

/// Entries of the Pods `a`, `b`, `c` in turn, in an archive of lq's own, and what they are in files.
fn with_archive(entries: usize) -> Scene {
    let scene = Scene::new();
    let input: String = (0..entries)
        .map(|n| entry_with(["a", "b", "c"][n % 3], &format!("line {n}"), json!({"insertId": format!("{n:06}")})))
        .collect();
    scene.write("archive/entries.jsonl", input);
    scene
}

const QUERY: &str = "lq-query -q --source archive --at 2026-11-21 -r day --seal";

#[test]
fn a_sealed_stream_that_came_whole_is_told_to_be_so() {
    let scene = with_archive(1000);
    for demanded in ["", "--sealed"] {
        let ran = scene.shell(&format!("{QUERY} | lq-split --dir out {demanded}")).status(0);
        ran.says("out: 3 files (3 new), 1,000 lines, ").says(", all 1,000 entries of the seal").says_not("filtered");
        assert_eq!(scene.files("out"), ["a_ns_app.log", "b_ns_app.log", "c_ns_app.log"], "the seal is no entry");
        assert_eq!(scene.read("out/a_ns_app.log").lines().count(), 334);
        std::fs::remove_dir_all(scene.path("out")).unwrap();
    }
}

#[test]
fn what_was_filtered_out_on_the_way_is_told_and_refused_where_all_is_demanded() {
    let missing_one = "--sealed: 999 of 1,000 entries came, 1 missing";
    for (filter, told, refused, named) in [
        ("grep -v 'line 7\"'", "1 of 1,000 entries were filtered out", missing_one, "c1/ns/b: 332 of 333 entries came"),
        (
            "jq -c 'select(.pod != \"b\")'",
            "333 of 1,000 entries were filtered out on the way, says the seal",
            "--sealed: 667 of 1,000 entries came, 333 missing",
            "c1/ns/b: 0 of 333 entries came, 333 missing",
        ),
        (
            "sed 's/\"pod\":\"a\"/\"pod\":\"b\"/'",
            "334 of 1,000 entries were filtered out on the way, says the seal",
            "--sealed: 1,000 of 1,000 entries came, 0 missing",
            "c1/ns/b: 667 entries came for 333 entries, 334 too many",
        ),
        (
            "awk '{print} NR == 1'",
            "1 entry more than the 1,000 entries of the seal came",
            "--sealed: 1,001 entries came for 1,000 entries, 1 too many",
            "c1/ns/a: 335 entries came for 334 entries, 1 too many",
        ),
    ] {
        let scene = with_archive(1000);
        scene.shell(&format!("{QUERY} | {filter} | lq-split --dir out")).status(0).says(told).says_not("of the seal\n");
        assert!(scene.files("out").iter().all(|file| !file.ends_with(".part")));
        let ran = scene.shell(&format!("{QUERY} | {filter} | lq-split --dir new --sealed")).status(3);
        ran.says(refused).says(named).says("unfinished");
        assert!(scene.files("new").iter().all(|file| file.ends_with(".part")), "{filter}: {:?}", scene.files("new"));
    }
}

#[test]
fn a_stream_without_its_end_is_refused_where_a_seal_is_demanded() {
    let scene = with_archive(1000);
    let unsealed = QUERY.trim_end_matches("--seal");
    for (pipeline, dir) in [(format!("{QUERY} | head -n 900"), "head"), (unsealed.to_owned(), "whole")] {
        scene.shell(&format!("{pipeline} | lq-split --dir {dir}/quiet")).status(0).says_not("seal");
        let ran = scene.shell(&format!("{pipeline} | lq-split --dir {dir} --sealed")).status(3);
        ran.says("--sealed: standard input has no seal; lq-query --seal ends a whole stream with one");
        assert!(scene.files(dir).iter().all(|file| file.ends_with(".part") || file.starts_with("quiet/")));
    }
}

#[test]
fn a_query_that_was_killed_leaves_no_file_under_its_name() {
    let scene = with_archive(30_000);
    let mut query = scene.bash(&format!("{QUERY} & echo $! > pid; wait")).stdout(Stdio::piped()).spawn().unwrap();
    let mut out = BufReader::new(query.stdout.take().unwrap());
    // It cannot end before more is read: what it writes is far more than a pipe holds.
    let mut stream = Vec::new();
    out.read_until(b'\n', &mut stream).unwrap();
    let read = || std::fs::read_to_string(scene.path("pid")).unwrap_or_default();
    eventually("its number is told", || read().ends_with('\n'));
    let pid = Pid::from_raw(read().trim().parse().unwrap()).unwrap();
    kill_process(pid, Signal::KILL).unwrap();
    query.wait().unwrap();
    out.read_to_end(&mut stream).unwrap();
    let ran = scene.run(&["--sealed"], stream).status(3);
    ran.says("has no seal").says("unfinished file");
    assert!(scene.files("out").iter().all(|file| file.ends_with(".part")), "{:?}", scene.files("out"));
}

#[test]
fn streams_one_after_another_add_up() {
    let scene = with_archive(9);
    let two = format!("({QUERY} --pod a; {QUERY} --pod '[bc]'; {QUERY} -g nothing)");
    scene.shell(&format!("{two} | lq-split --dir out --sealed")).status(0).says("all 9 entries of the seal");
    scene.shell(&format!("{QUERY} --pod a > a; {QUERY} --pod '[bc]' > bc")).status(0);
    scene.shell("lq-split --dir files --sealed a bc").status(0).says("all 9 entries of the seal");
    scene.shell("cat a a bc | lq-split --dir twice --sealed").status(0).says("all 12 entries of the seal");
    scene.shell("grep -v lq bc > unsealed").status(0);
    let ran = scene.shell("lq-split --dir part --sealed a unsealed").status(3);
    ran.says("--sealed: unsealed has no seal").says("c1/ns/b: 3 entries came for 0 entries, 3 too many");
    let ran = scene.shell("lq-split --dir more --sealed unsealed unsealed a").status(3);
    ran.says("--sealed: unsealed and 1 more input have no seal");
}

#[test]
fn a_seal_passes_every_tool_that_speaks_of_streams() {
    let scene = with_archive(9);
    let chain =
        "lq-split --dir one --tee --sealed | lq-fmt -o logentry | lq-fmt -o entry | jq . | lq-split --dir two --sealed";
    scene.shell(&format!("set -o pipefail; {QUERY} | {chain}")).status(0).says("two: 3 files (3 new), 9 lines");
    assert_eq!(scene.files("two"), scene.files("one"));
    let ran = scene.shell(&format!("{QUERY} | sed 3d | lq-split -q --dir three --tee | lq-split --dir four --sealed"));
    ran.status(3).says("c1/ns/c: 2 of 3 entries came, 1 missing");
    let shown = scene.shell(&format!("{QUERY} | lq-fmt -o text")).status(0).stdout;
    assert_eq!(shown.lines().count(), 9, "{shown}");
    for form in ["raw", "text", "tsv", "logfmt", "cri", "kubectl", "entry", "logentry"] {
        let dir = format!("form-{form}");
        scene.shell(&format!("{QUERY} | lq-split --sealed --dir {dir} -o {form} --name {{namespace}}")).status(0);
        assert_eq!(scene.read(&format!("{dir}/ns")).lines().count(), 9, "{form}");
    }
}

#[test]
fn pods_are_counted_whatever_the_files_are_called() {
    let pods = ["a", "b/c", "\u{1b}[2J", ""];
    for template in ["{namespace}.log", "{container}/{date}", "all", "{pod}", "{severity}{stream}{hour}"] {
        let scene = Scene::new();
        let mut input: String = pods.iter().map(|pod| entry(pod, "x")).collect();
        input += &entry("a", "y").replace("\"a\"", "\"\\u0061\"");
        input += &entry_with("a", "z", json!({"namespace": null, "cluster": null}));
        let counted = json!({"c1/ns/a": 2, "c1/ns/b/c": 1, "c1/ns/\u{1b}[2J": 1, "//a": 1});
        let seal = json!({"lq": {"end": true, "entries": 6, "pods": counted}});
        scene.run(&["--sealed", "--name", template], format!("{input}{seal}\n")).status(0).says("all 6 entries");
    }
}

#[test]
fn entries_that_name_no_pod_are_counted_together() {
    let scene = Scene::new();
    let input = format!("{}{}{}", entry("a", "x"), entry_with("a", "y", json!({"pod": null})), seal(3, &[("a", 1)]));
    let ran = scene.run(&["--sealed"], &input).status(3);
    ran.says("entries that name no Pod: 1 of 2 entries came, 1 missing").says_not("c1/ns/a:");
    scene.run(&[], &input).status(0).says("1 of 3 entries were filtered out on the way");
}

#[test]
fn five_pods_at_most_are_named() {
    let scene = Scene::new();
    let names: Vec<String> = (0..8).map(|n| format!("pod-{n}")).collect();
    let pods: Vec<(&str, u64)> = names.iter().map(|name| (name.as_str(), 2)).collect();
    let ran = scene.run(&["--sealed"], entry("pod-0", "x") + &seal(16, &pods)).status(3);
    let ran =
        ran.says("--sealed: 1 of 16 entries came, 15 missing").says("c1/ns/pod-0: 1 of 2 entries came, 1 missing");
    ran.says("c1/ns/pod-4: 0 of 2 entries came, 2 missing").says("and 3 more").says_not("pod-5");
}

#[test]
fn what_is_live_has_its_lines_and_is_told_to_be_short() {
    let scene = Scene::new();
    let ran = scene.run(&["--sealed", "--append"], entry("a", "x") + &seal(2, &[("a", 2)])).status(3);
    ran.says("c1/ns/a: 1 of 2 entries came, 1 missing").says("out: 1 line was appended before the end");
    assert_eq!(scene.read("out/a_ns_app.log"), "x\n");
    scene.run(&["--sealed", "--append"], entry("a", "y") + &seal(1, &[("a", 1)])).status(0).says("the one entry of");
}

#[test]
fn hostile_seals_are_never_believed() {
    let one = entry("a", "x");
    let huge = u64::MAX;
    let twice = r#"{"lq":{"end":true,"entries":1,"pods":{"c1/ns/a":1,"c1/ns/a":1}}}"#.to_owned() + "\n";
    let long = "n".repeat(5_000);
    let many: serde_json::Map<_, _> = (0..100_000).map(|n| (format!("c1/ns/{n}"), json!(0))).collect();
    let many = format!("{}\n", json!({"lq": {"end": true, "entries": 1, "pods": many}}));
    for (what, input) in [
        ("a seal of nothing", format!("{one}{{\"lq\":{{\"end\":true}}}}\n")),
        ("a huge number", format!("{one}{}", seal(huge, &[("a", huge)]))),
        ("a number beyond all", format!("{one}{}", seal(7, &[("a", 1)]).replace('7', "1e999"))),
        ("numbers that overflow", format!("{one}{}{}", seal(huge, &[("a", 1)]), seal(2, &[("a", 0)]))),
        ("Pods that overflow", format!("{one}{0}{0}", seal(huge, &[("a", huge)]))),
        ("a Pod twice", format!("{one}{twice}")),
        ("a damaged one beside a good one", format!("{one}{twice}{}", seal(1, &[("a", 1)]))),
        ("two for one stream", format!("{one}{0}{0}", seal(1, &[("a", 1)]))),
        ("one in the middle", format!("{one}{}{}", seal(1, &[("a", 1)]), entry("b", "y"))),
        ("of other Pods", format!("{one}{}", seal(1, &[("b", 1)]))),
        ("of no Pod", format!("{one}{}", seal(1, &[]))),
        ("many Pods", format!("{one}{many}")),
        ("a long name", format!("{one}{}", seal(2, &[("a", 1), (&long, 1)]))),
        ("an escape sequence", format!("{one}{}", seal(2, &[("a", 1), ("\u{1b}]0;x\u{7}\u{202e}", 1)]))),
        ("cut in two", format!("{one}{}", &seal(1, &[("a", 1)])[..30])),
    ] {
        let scene = Scene::new();
        let ran = scene.run(&["--sealed"], &input).status(3);
        assert!(scene.files("out").iter().all(|file| file.ends_with(".part")), "{what}");
        assert!(ran.stderr.chars().all(|c| c == '\n' || !c.is_control() && c != '\u{202e}'), "{what}: {ran:?}");
        assert!(ran.stderr.len() < 2_000, "{what}: {ran:?}");
        let ran = scene.run(&[], &input);
        assert!(
            ran.stderr.lines().all(|line| !line.contains("of the seal") || line.contains("more than")),
            "{what}: {ran:?}"
        );
    }
}

#[test]
fn a_seal_that_cannot_be_understood_counts_as_none() {
    let scene = Scene::new();
    let input = entry("a", "x") + "{\"lq\":{\"end\":true,\"entries\":-1,\"pods\":{}}}\n";
    let said = "standard input, line 2: a seal that cannot be understood; it counts as none";
    scene.run(&[], &input).status(0).says(said);
    assert_eq!(scene.files("out"), ["a_ns_app.log"]);
    scene.run(&["--sealed"], &input).status(3).says(said).says("standard input has no seal");
}

#[test]
fn a_stream_that_says_it_broke_is_broken_whatever_its_seal_says() {
    let scene = Scene::new();
    let broken = "{\"lq\":{\"failed\":\"x\"}}\n";
    let ran = scene.run(&["--sealed"], format!("{}{}{broken}", entry("a", "x"), seal(1, &[("a", 1)]))).status(3);
    ran.says("the stream broke: x");
    assert_eq!(scene.files("out"), ["a_ns_app.log.part"]);
}

#[test]
fn a_seal_ends_no_input_and_files_get_their_names_when_that_ends() {
    let scene = Scene::new();
    let mut child = scene.command(&["--sealed"]).spawn().unwrap();
    let mut stdin = child.stdin.take().unwrap();
    stdin.write_all((entry("a", "x") + &seal(1, &[("a", 1)])).as_bytes()).unwrap();
    scene.await_content("out/a_ns_app.log.part", "x\n");
    drop(stdin);
    Ran::from(child.wait_with_output().unwrap()).status(0);
    assert_eq!(scene.files("out"), ["a_ns_app.log"]);
}

#[test]
fn a_seal_that_is_too_long_to_be_read_has_its_remedy() {
    let scene = Scene::new();
    let source = "x".repeat(2 << 20);
    let seal =
        format!("{{\"lq\":{{\"end\":true,\"entries\":1,\"pods\":{{\"c1/ns/a\":1}},\"source\":\"{source}\"}}}}\n");
    let input = entry("a", "one") + &seal;
    let ran = scene.run(&["--sealed", "--max-line", "1MiB"], &input).status(3);
    ran.says("standard input has no seal; it may be among the lines over --max-line; raise that");
    scene.run(&["--sealed"], &input).status(0);
}
