//! Signals: a run that is interrupted says so in its stream, and ends.

use std::io::{BufRead, BufReader, Read, Write};
use std::process::{Child, ChildStdout, Stdio};
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;

use crate::support::{Archive, Log, Run, end, lines, lq_query};

/// Far more than a pipe holds.
fn much() -> Vec<Log> {
    let time = |n: usize| format!("2024-12-19T07:{:02}:{:02}.{n:05}Z", n / 1000, n / 20 % 50);
    (0..20_000).map(|n| Log::at(time(n)).says("x".repeat(100))).collect()
}

fn send(child: &Child, signal: Signal) {
    kill_process(Pid::from_child(child), signal).unwrap();
}

/// A run on much, with one line of it read: it cannot end before more is read.
fn stuck(words: &str) -> (Archive, Child, BufReader<ChildStdout>) {
    let archive = Archive::of(&much());
    let mut command = archive.command(&format!("--at 2024-12-19 -r day {words}"));
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut stdout = BufReader::with_capacity(1 << 10, child.stdout.take().unwrap());
    stdout.read_line(&mut String::new()).unwrap();
    (archive, child, stdout)
}

#[test]
fn an_interrupted_stream_says_up_to_when_it_is_complete() {
    for (signal, status) in [(Signal::INT, 130), (Signal::TERM, 143)] {
        let (_archive, child, mut stdout) = stuck("");
        send(&child, signal);
        // Nothing tells from outside when a signal was taken in; without a reader it has all the time.
        std::thread::sleep(Duration::from_millis(500));
        let mut rest = String::new();
        stdout.read_to_string(&mut rest).unwrap();
        let mut values: Vec<Value> = rest.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        let last = values.pop().unwrap();
        assert_eq!(last["lq"]["failed"], "interrupted");
        let until = last["lq"]["complete_until"].as_str().unwrap();
        let mut expected: Vec<String> = much().into_iter().map(|log| log.time).collect();
        expected.sort();
        // All before that time, and nothing else; the first one was read before.
        let instant = |time: &str| chrono::DateTime::parse_from_rfc3339(time).unwrap();
        expected.retain(|time| instant(time) < instant(until));
        assert_eq!(values.len() + 1, expected.len());
        assert!(values.iter().zip(&expected[1..]).all(|(entry, time)| entry["timestamp"] == **time));
        let run: Run = child.wait_with_output().unwrap().into();
        run.ends(status).says("interrupted after ").says("; complete until 2024-12-19T07:");
    }
}

#[test]
fn an_interrupted_tail_says_so() {
    let (_archive, child, mut stdout) = stuck("--tail 100000");
    send(&child, Signal::TERM);
    // As above.
    std::thread::sleep(Duration::from_millis(500));
    let mut rest = String::new();
    stdout.read_to_string(&mut rest).unwrap();
    assert_eq!(rest.lines().last(), Some(r#"{"lq":{"failed":"interrupted"}}"#));
    assert!(rest.lines().count() < much().len());
    Run::from(child.wait_with_output().unwrap()).ends(143);
}

#[test]
fn a_source_that_never_ends_can_be_interrupted() {
    for words in [&["-o", "entry"][..], &["--tail", "3"]] {
        let mut command = lq_query();
        command.args(["--source", "-", "--at", "2024-12-19", "-r", "day"]).args(words);
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let mut stdin = child.stdin.take().unwrap();
        stdin.write_all(lines(&much()[..10]).as_bytes()).unwrap();
        // The window is told before anything is read; the signals are its business by then, or end it
        // the same way.
        let mut stderr = BufReader::new(child.stderr.take().unwrap());
        stderr.read_line(&mut String::new()).unwrap();
        std::thread::sleep(Duration::from_millis(200));
        send(&child, Signal::INT);
        let run: Run = child.wait_with_output().unwrap().into();
        let run = run.ends(130);
        let failed = &run.values()[0]["lq"];
        assert_eq!(failed["failed"], "interrupted");
        let until = (words[0] == "-o").then_some("2024-12-19T00:00:00Z");
        assert_eq!(failed.get("complete_until").and_then(Value::as_str), until);
        drop(stdin);
    }
}

#[test]
fn one_signal_ends_a_run_whose_reader_hangs() {
    let (_archive, mut child, _unread) = stuck("");
    send(&child, Signal::TERM);
    assert_eq!(end(&mut child).code(), Some(143));
}
