//! What a terminal gets: columns, colours, the pager.

use std::io::Write;
use std::process::{Command, Stdio};

use crate::run::Place;

const LINES: &str = r#"{"timestamp":"2026-11-21T07:00:00.123456Z","severity":"INFO","pod":"web-6d4b75cb6d-x2x4z","container":"web","stream":"stdout","message":"first\n  second","insertId":"a1"}
{"timestamp":"2026-11-21T07:00:01Z","severity":"ERROR","pod":"db-0","container":"postgres","stream":"stderr","message":"paid","payload":{"level":"warn","message":"paid","user_id":9007199254740993,"trace":"at x\n\tat y"},"insertId":"a2"}
{"timestamp":"1999-12-31T15:00:00Z","severity":"CRITICAL","pod":"db-0","container":"postgres","stream":"stderr","message":"注文 failed","insertId":"a3"}
plain
"#;

/// Everything that the command writes to a terminal of no known width, and its status.
fn on_terminal(command: Command) -> (String, i32) {
    crate::terminal::on_terminal(command, 0)
}

fn shown(flags: &str, variables: &[(&str, &str)]) -> String {
    let place = Place::new();
    place.write("lines", LINES);
    let mut command = place.command(&format!("--paging never {flags} lines"));
    command.stdin(Stdio::null()).envs(variables.iter().copied());
    let (shown, status) = on_terminal(command);
    assert_eq!(status, 0, "{shown}");
    shown
}

/// The year of the entries counts as this one or not, so both are cut off.
fn without_year(shown: &str) -> String {
    shown.replace("2026-11-21", "11-21")
}

#[test]
fn columns_are_short_and_aligned() {
    let wanted = "\
11-21 16:00:00.123 INFO  web-6d4b75cb6d-x2x4z first
      second
11-21 16:00:01.000 WARN  db-0                 paid user_id=9007199254740993
    trace=
        at x
        \tat y
2000-01-01 00:00:00.000 CRIT  db-0                 注文 failed
plain
";
    let shown = shown("--color never", &[]);
    assert_eq!(without_year(&shown), wanted);
}

#[test]
fn containers_are_shown_once_a_pod_has_two() {
    let place = Place::new();
    let line = |container| format!("{{\"pod\":\"p\",\"container\":\"{container}\",\"message\":\"m\"}}\n");
    place.write("lines", line("a") + &line("agent") + &line("a"));
    let mut command = place.command("--paging never --color never lines");
    command.stdin(Stdio::null());
    assert_eq!(on_terminal(command).0, "p m\np agent m\np a     m\n");
}

#[test]
fn names_are_aligned_by_the_columns_that_they_take() {
    let place = Place::new();
    place.write(
        "lines",
        "{\"pod\":\"abcdef\",\"message\":\"m\",\"stream\":\"x\"}\n{\"pod\":\"注文\",\"message\":\"m\"}\n",
    );
    let mut command = place.command("--paging never --color never lines");
    command.stdin(Stdio::null());
    assert_eq!(on_terminal(command).0, "abcdef m\n注文   m\n");
}

#[test]
fn colours_tell_time_severity_pod_and_payload_apart() {
    let shown = without_year(&shown("", &[]));
    let lines: Vec<&str> = shown.lines().collect();
    assert!(lines[0].starts_with("\x1b[2m11-21 16:00:00.123\x1b[0m INFO  \x1b[38;5;"), "{:?}", lines[0]);
    assert!(lines[2].contains(" \x1b[38;5;136mWARN\x1b[0m  "), "{:?}", lines[2]);
    assert!(lines[2].ends_with(" paid\x1b[2m user_id=9007199254740993\x1b[0m"), "{:?}", lines[2]);
    assert!(lines[6].contains(" \x1b[1;31mCRIT\x1b[0m  "), "{:?}", lines[6]);
    let pod = |line: &str| line.split("\x1b[38;5;").last().unwrap().split('m').next().unwrap().to_owned();
    assert_eq!(pod(lines[2]), pod(lines[6]), "a Pod keeps its colour");
    assert_eq!(lines[7], "plain");
}

#[test]
fn highlights_go_on_into_the_payload_and_back() {
    let shown = shown("-F -H 'id us' -H user -i -H PLAIN -H '注文'", &[]);
    let mark = |text: &str| format!("\x1b[43;30m{text}\x1b[0m");
    let paid = format!(" pa{}\x1b[2mer_id=9007199254740993\x1b[0m\n", mark("id us"));
    assert!(shown.contains(&paid), "{shown:?}");
    assert!(shown.contains(&format!("\n{}\n", mark("plain"))), "{shown:?}");
    assert!(shown.contains(&format!(" {} failed\n", mark("注文"))), "{shown:?}");
}

#[test]
fn who_decides_about_colours() {
    for (flags, variables, colored) in [
        ("", &[][..], true),
        ("", &[("NO_COLOR", "1")], false),
        ("", &[("NO_COLOR", "")], true),
        ("", &[("TERM", "dumb")], false),
        ("", &[("LQ_COLOR", "never")], false),
        ("--color auto", &[("LQ_COLOR", "never")], true),
        ("--color always", &[("NO_COLOR", "1")], true),
        ("--color never", &[("CLICOLOR_FORCE", "1")], false),
        ("-o tsv", &[], false),
        ("--template {pod}", &[], true),
    ] {
        assert_eq!(shown(flags, variables).contains('\x1b'), colored, "{flags} {variables:?}");
    }
    let place = Place::new();
    for (flags, force, colored) in [("", "", false), ("", "0", false), ("", "1", true), ("--color always", "", true)] {
        let mut command = place.command(flags);
        command.env("CLICOLOR_FORCE", force);
        assert_eq!(crate::run::run(&mut command, LINES).stdout.contains('\x1b'), colored, "pipe: {flags} {force}");
    }
}

#[test]
fn every_form_is_harmless_on_a_terminal() {
    let place = Place::new();
    place.write("evil", "{\"pod\":\"p\\u001b[2J\",\"message\":\"a\\u001b]0;t\\u0007\\u202e\\u009b\",\"payload\":{\"k\\u001b\":\"\\u007f\"}}\nplain \x1b[2J\r\x08\n");
    for form in ["text", "tsv", "logfmt", "raw", "entry", "logentry", "cri", "kubectl"] {
        let mut command = place.command(&format!("--paging never --color never -o {form} evil"));
        command.stdin(Stdio::null());
        let (shown, _) = on_terminal(command);
        let harmful = |c: char| c.is_control() && !matches!(c, '\n' | '\t') || c == '\u{202e}';
        assert!(!shown.contains(harmful), "{form}: {shown:?}");
    }
}

#[test]
fn files_are_paged_on_a_terminal_and_nowhere_else() {
    let place = Place::new();
    place.write("lines", "plain\n");
    let page = |flags: &str, pager: &str| {
        let mut command = place.command(flags);
        command.stdin(Stdio::null()).env("PAGER", pager);
        on_terminal(command)
    };
    assert_eq!(page("lines", "sed s/^/paged:/"), ("paged:plain\n".into(), 0));
    assert_eq!(page("--paging never lines", "sed s/^/paged:/"), ("plain\n".into(), 0));
    assert_eq!(page("lines", "cat"), ("plain\n".into(), 0));
    assert_eq!(page("lines", ""), ("plain\n".into(), 0));
    let told = "lq-fmt: there is no pager `no-such-pager -X`; set PAGER, or --paging never\nplain\n";
    assert_eq!(page("lines", "no-such-pager -X"), (told.into(), 0));
    let mut pipe = place.command("lines");
    pipe.env("PAGER", "sed s/^/paged:/");
    assert_eq!(crate::run::run(&mut pipe, "").stdout, "plain\n");
}

#[test]
fn a_pager_that_is_left_early_is_no_error() {
    let place = Place::new();
    place.write("many", "a line of some length\n".repeat(200_000));
    let mut command = place.command("many");
    command.stdin(Stdio::null()).env("PAGER", "head -n 1");
    assert_eq!(on_terminal(command), ("a line of some length\n".into(), 0));
}

#[test]
fn trouble_is_told_behind_the_pager() {
    let place = Place::new();
    place.write("lines", "{\"a\n");
    let mut command = place.command("lines gone");
    command.stdin(Stdio::null()).env("PAGER", "cat; echo end of pager");
    let (shown, status) = on_terminal(command);
    let place_of = |text: &str| shown.find(text).unwrap_or_else(|| panic!("{text}: {shown}"));
    assert!(place_of("end of pager") < place_of("broken JSON"), "{shown}");
    assert!(place_of("broken JSON") < place_of("cannot read gone"), "{shown}");
    assert_eq!(status, 3);
}

#[test]
fn who_types_is_told_that_input_is_awaited() {
    let place = Place::new();
    let (mut master, side) = crate::terminal::terminal(0);
    let mut command = place.command("");
    command.stdin(side).stdout(Stdio::piped()).stderr(Stdio::piped());
    let child = command.spawn().unwrap();
    drop(command);
    master.write_all(b"typed\n\x04").unwrap();
    let output = child.wait_with_output().unwrap();
    assert_eq!(String::from_utf8_lossy(&output.stdout), "typed\n");
    let told = "lq-fmt: reading from the terminal; Ctrl-D ends the input\n";
    assert_eq!(String::from_utf8_lossy(&output.stderr), told);
}
