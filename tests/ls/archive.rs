//! With a time an archive is scanned, as lq-query reads it.

use std::io::{BufRead, BufReader};
use std::process::Stdio;

use rustix::process::{Pid, Signal, kill_process};
use serde_json::json;

use crate::scene::{DAY, Home, logs};
use crate::support::{Archive, Log, Run, lines};

#[test]
fn entries_of_the_window_are_counted_once() {
    let home = Home::of(&logs());
    let run = home.ls(&format!("pods {DAY} -o json")).ends(0);
    let counts: Vec<_> = run.values().iter().map(|pod| json!([pod["pod"], pod["entries"]])).collect();
    assert_eq!(counts, [json!(["web-2", 3]), json!(["agent-y", 2]), json!(["agent-x", 1]), json!(["web-1", 6])]);
    run.says("lq-ls: 12 entries of 4 Pods, 2024-12-19T01:00:00Z to 2024-12-19T09:02:00Z, 1 twin dropped, in ");
    let run = home.ls("pods -o json --since 2024-12-19T01:01:00Z --until 2024-12-19T02:01:00Z").ends(0);
    let pod = json!({"cluster": "east", "namespace": "shop", "pod": "web-1", "containers": ["proxy", "web"],
        "first": "2024-12-19T01:01:00.500Z", "last": "2024-12-19T02:00:00.500Z", "entries": 3});
    assert_eq!(run.values(), [pod]);
}

#[test]
fn every_flag_that_selects_does_so() {
    let home = Home::of(&logs());
    for (words, pods) in
        [("-l app=agent", "agent-y agent-x"), ("--stream stderr", "web-1"), ("web -n shop", "web-2 web-1")]
    {
        assert_eq!(home.ls(&format!("pods {DAY} -o json {words}")).ends(0).all("pod").join(" "), pods, "{words}");
    }
    home.ls(&format!("pods {DAY} nobody")).ends(1).says("nothing matched: of 13 entries in the window");
    home.ls(&format!("pods {DAY} nobody --empty-ok")).ends(0);
    home.ls("pods --since 2024-12-18 --until 2024-12-19").ends(1).says("nothing lies in the window");
}

#[test]
fn counts_are_exact_however_little_memory_there_is() {
    // No entry has an insertId but every tenth, which comes twice: lines are what is sorted otherwise.
    let logs: Vec<Log> = (0..60_000)
        .map(|n| {
            let pod = format!("web-{}", n % 7);
            let log = Log::at(format!("2024-12-19T07:{:02}:{:02}.{n:06}Z", n % 59, n % 60)).of("shop", &pod, "web");
            if n % 10 == 0 { log.id("x".repeat(200)) } else { log }
        })
        .collect();
    let twins: Vec<Log> = logs.iter().filter(|log| log.id.is_some()).cloned().collect();
    let home = Home::of(logs.iter().chain(&twins));
    let run = home.ls(&format!("pods {DAY} -o json --memory 1MiB")).ends(0).says("6,000 twins dropped");
    let counts: u64 = run.values().iter().map(|pod| pod["entries"].as_u64().unwrap()).sum();
    assert_eq!((run.values().len(), counts), (7, 60_000));
}

#[test]
fn a_list_of_what_has_malformed_lines_ends_with_why() {
    let home = Home::of(&logs());
    home.home.file("logs/bad.json", "{\"a\n");
    let run = home.ls(&format!("pods {DAY} -o json")).ends(3);
    assert!(run.failed().ends_with("bad.json: 1 malformed line, the first is line 1; not part of the result"));
    assert!(!home.ls(&format!("pods {DAY}")).ends(3).out.contains("failed"));
}

#[test]
fn what_could_not_be_read_is_said_and_the_rest_is_listed() {
    let home = Home::of(&logs());
    home.home.file("logs/bad.json", "{\"a\nplain\n");
    home.home.file("logs/cut.json.gz", &crate::support::gz(lines(&logs()))[..80]);
    let run = home.ls(&format!("pods {DAY} -o json")).ends(3);
    let (failed, pods) = run.values().split_last().map(|(last, pods)| (last.clone(), pods.len())).unwrap();
    assert_eq!(pods, 4);
    assert!(failed["lq"]["failed"].as_str().unwrap().contains("cut.json.gz: is cut off in the middle"), "{failed}");
    let table = home.ls(&format!("pods {DAY}")).ends(3).out;
    assert_eq!(table.lines().count(), 5, "{table}");
    run.says("bad.json: 2 malformed lines").says("cut.json.gz: is cut off in the middle");
    let run = home.ls(&format!("pods {DAY} -o json --source gone")).ends(2);
    assert!(run.values()[0]["lq"]["failed"].as_str().unwrap().starts_with("cannot read the archive gone"));
}

#[test]
fn what_is_counted_is_listed_whatever_its_name_is() {
    let long = "x".repeat(300);
    let mut home = Home::of(&[Log::at("2024-12-19T01:00:00Z").of("shop", &long, "web")]);
    let run = home.ls(&format!("pods {DAY} -o json")).ends(0).says("1 entry of 1 Pod");
    assert_eq!(run.all("pod"), [long]);
    home.ls("pods").ends(1).says("nothing is known of ");
    home = Home::of(&[]);
    let nameless = r#"{"timestamp":"2024-12-19T01:00:00Z","severity":"INFO","message":"a","insertId":"1"}"#;
    home.home.file("logs/logs.json", format!("{nameless}\n"));
    let run = home.ls(&format!("pods {DAY} -o json")).ends(0).says("1 entry of 1 Pod");
    let time = "2024-12-19T01:00:00Z";
    assert_eq!(run.values(), [json!({"containers": [], "first": time, "last": time, "entries": 1})]);
    let run = home.ls(&format!("pods {DAY}")).ends(0);
    assert!(run.out.ends_with(&format!("\n<none>     <none>  <none>            1  {time}  {time}\n")), "{}", run.out);
}

#[test]
fn a_window_that_misses_the_archive_leads_into_it() {
    let home = Home::of(&logs());
    let run = home.ls("pods --since 2024-11-01 --until 2024-11-02").ends(1).says("nothing lies in the window");
    run.says("lq-ls: to have them: lq-ls --since 2024-12-19T01:00:00Z --until 2024-12-19T09:02:01Z pods\n");
}

#[test]
fn standard_input_is_listed_and_remembered_nowhere() {
    let home = Home::of(&logs());
    let mut command = home.command(&format!("pods --source - {DAY} -o json"));
    let run = Run::fed(&mut command, lines(&logs()).as_bytes()).ends(0);
    assert_eq!(run.all("pod").len(), 4);
    assert!(!home.home.join(".local/state/lq").exists());
}

#[test]
fn a_dry_run_tells_the_plan() {
    let home = Home::of(&logs());
    let run = home.ls(&format!("pods {DAY} --dry-run")).ends(0).says("would read 1 slice of logs: 1 file, ");
    assert_eq!(run.out, "");
    home.ls("pods").ends(1);
}

#[test]
fn the_newest_hour_is_named_as_it_is_asked_for() {
    let home = Archive::new();
    home.hour("stdout", 7, &logs());
    let mut command = crate::support::lq_ls();
    command.args(["pods", "-n", "none", "--source"]).arg(home.path()).args(["--since", "2024-12-20", "-r", "1h"]);
    let run = Run::of(&mut command).ends(1);
    run.says("lq-ls: its newest hour: lq-ls --at 2024-12-19T07:00:00Z pods -n none");
}

#[test]
fn an_interrupted_list_is_what_was_seen_so_far() {
    let home = Home::of(&logs());
    let mut command = home.command(&format!("pods --source - {DAY} -o json"));
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let stdin = child.stdin.take().unwrap();
    let mut stderr = BufReader::new(child.stderr.take().unwrap());
    stderr.read_line(&mut String::new()).unwrap();
    std::thread::sleep(std::time::Duration::from_millis(200));
    kill_process(Pid::from_child(&child), Signal::INT).unwrap();
    let output = child.wait_with_output().unwrap();
    let told = String::from_utf8(output.stdout).unwrap();
    assert_eq!((output.status.code(), &told[..]), (Some(130), "{\"lq\":{\"failed\":\"interrupted\"}}\n"));
    drop(stdin);
}

#[test]
fn the_seals_of_streams_in_an_archive_are_no_entries() {
    let home = Home::of(&logs());
    let plain = home.ls(&format!("pods {DAY} -o json"));
    let stream = home.query("--seal").ends(0).out;
    assert!(stream.lines().last().unwrap().contains(r#""end":true"#));
    home.home.file("logs/entries.jsonl", stream);
    let run = home.ls(&format!("pods {DAY} -o json")).ends(0);
    assert_eq!(run.values(), plain.values());
}
