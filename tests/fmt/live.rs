//! Output appears as soon as the input runs dry, and ends when its reader does.

use std::io::{BufRead, BufReader, Write};
use std::process::Stdio;
use std::sync::mpsc::channel;
use std::time::Duration;

use crate::run::{Place, run};

#[test]
fn a_line_is_shown_before_the_next_one_comes() {
    let place = Place::new();
    let mut child = place.command("").stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    let mut input = child.stdin.take().unwrap();
    let mut output = BufReader::new(child.stdout.take().unwrap());
    let (send, lines) = channel();
    let reader = std::thread::spawn(move || {
        let mut line = String::new();
        while output.read_line(&mut line).is_ok_and(|n| n > 0) {
            let _ = send.send(std::mem::take(&mut line));
        }
    });
    for (given, shown) in [("plain\n", "plain\n"), ("{\"pod\":\"p\",\"message\":\"m\"}\n", "- - p - m\n")] {
        input.write_all(given.as_bytes()).unwrap();
        // The limit only keeps a broken tool from hanging the test.
        assert_eq!(lines.recv_timeout(Duration::from_secs(60)).as_deref(), Ok(shown));
    }
    drop(input);
    reader.join().unwrap();
    assert_eq!(child.wait().unwrap().code(), Some(0));
}

#[test]
fn a_file_that_may_grow_no_more_is_loud() {
    let place = Place::new();
    place.write("in", "a line of some length\n".repeat(20_000));
    let ran = run(&mut place.shell("ulimit -f 100; lq-fmt in > out"), "");
    let stderr = ran.stderr;
    assert!(stderr.starts_with("lq-fmt: cannot write to standard output: File too large"), "{stderr}");
    assert_eq!(ran.status, 3, "{stderr}");
}

#[test]
fn files_are_shown_one_after_another_in_the_order_given() {
    let place = Place::new();
    place.write("b", "second\n");
    place.write("a", "first\n");
    assert_eq!(place.fmt("b a - b", "third\n").stdout, "second\nfirst\nthird\nsecond\n");
}

#[test]
fn nothing_in_nothing_out() {
    for stdin in ["", "\n\n"] {
        let ran = Place::new().fmt("", stdin);
        assert_eq!((ran.status, ran.stdout.as_str(), ran.stderr.as_str()), (0, "", ""), "{stdin:?}");
    }
}
