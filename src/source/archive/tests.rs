//! Several files at a time give what they give one after another.

use std::fmt::Write as _;
use std::time::Duration;

use proptest::prelude::*;

use super::*;
use crate::entry::write::Columns;
use crate::select::{Glob, Predicate};
use crate::source::{SliceEnd, Spare};
use crate::when::Window;

/// All that is sent of some files: rows with their ids, and what is told.
fn said(readers: usize, slices: &[Slice], block: usize) -> String {
    let time = |text: &str| text.parse().unwrap();
    let window = Window { since: time("2024-12-19T07:00:00Z"), until: time("2024-12-19T07:00:08Z") };
    let mut select = Predicate::default();
    select.origin.containers.push(Glob::new("-c", "web").unwrap());
    let reading =
        Reading { window, select, columns: Some(Columns::default()), max_line: 2000, block, spare: Spare::default() };
    let mut said = String::new();
    let flow = read_by(readers, slices, reading, false, |event| {
        match event {
            Event::Block(block) => block.rows.iter().for_each(|row| {
                let [id, line] = [block.insert_id(row), block.line(row)].map(String::from_utf8_lossy);
                write!(said, "{} {id} {line}", row.stamp).unwrap();
            }),
            Event::SliceEnd(SliceEnd { limit, counted, mut tally }) => {
                // Who is seen first, and so in which slice, depends on who is faster.
                tally.containers.clear();
                tally.labels.clear();
                writeln!(said, "{limit:?} {counted:?} {tally:?}").unwrap();
            }
            other => writeln!(said, "{other:?}").unwrap(),
        }
        ControlFlow::Continue(())
    });
    assert!(flow.is_continue());
    said
}

fn line() -> impl Strategy<Value = String> {
    let entry = |split: bool| {
        let names = (prop_oneof![3 => Just("web"), 1 => Just("db")], 0..3u8, 0..10u8, 0..3u8, 0..90usize);
        names.prop_map(move |(container, pod, second, id, length)| {
            let split = match split {
                true => format!(r#""split":{{"uid":"u{}","index":{},"totalSplits":2}},"#, pod % 2, id % 2),
                false => String::new(),
            };
            format!(
                r#"{{"insertId":"{}","resource":{{"type":"k8s_container","labels":{{"container_name":"{container}","pod_name":"{pod}"}}}},{split}"textPayload":"{}","timestamp":"2024-12-19T07:00:0{second}Z"}}"#,
                ["", "a", "b"][usize::from(id)],
                "x".repeat(length),
            )
        })
    };
    prop_oneof![
        12 => entry(false),
        2 => entry(true),
        1 => "[{]\"message\":\"(no time|half a line)?",
        1 => Just(r#"{"message":"timeless","pod":"a"}"#.to_owned()),
        1 => Just(r#"{"lq":{"failed":"why"}}"#.to_owned()),
        1 => Just(format!(r#"{{"message":"{}"}}"#, "long".repeat(600))),
        1 => Just("plain".to_owned()),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, ..ProptestConfig::default() })]

    #[test]
    fn several_readers_send_what_one_does(
        files in prop::collection::vec((prop::collection::vec(line(), 0..40), 0..8u8), 1..9),
        ends in prop::collection::vec(any::<bool>(), 9),
        block in prop_oneof![Just(1usize), 200..4000usize],
    ) {
        let folder = tempfile::tempdir().unwrap();
        let mut slices = vec![Slice { hour: None, files: Vec::new() }];
        for (number, (lines, kind)) in files.iter().enumerate() {
            let name = if *kind == 0 { format!("{number}.txt") } else { format!("{number}.json") };
            let path = folder.path().join(name);
            // One is not there.
            if *kind != 1 {
                std::fs::write(&path, lines.join("\n")).unwrap();
            }
            if let Some(slice) = slices.last_mut() {
                slice.files.push(path);
            }
            if ends[number] {
                slices.push(Slice { hour: Some("2024-12-19T07:00:00Z".parse().unwrap()), files: Vec::new() });
            }
        }
        let (several, one) = (said(READERS, &slices, block), said(0, &slices, block));
        for (several, one) in several.lines().zip(one.lines()) {
            prop_assert_eq!(several, one);
        }
        prop_assert_eq!(several.len(), one.len());
    }
}

#[test]
fn whoever_breaks_off_leaves_no_reader_waiting() {
    let folder = tempfile::tempdir().unwrap();
    let entry = r#"{"message":"m","pod":"a","timestamp":"2024-12-19T07:00:00Z"}"#;
    let files = (0..6).map(|number| folder.path().join(format!("{number}.json")));
    let files: Vec<_> = files.inspect(|path| std::fs::write(path, format!("{entry}\n").repeat(500)).unwrap()).collect();
    let time = |text: &str| text.parse().unwrap();
    let window = Window { since: time("2024-12-19T07:00:00Z"), until: time("2024-12-19T08:00:00Z") };
    let (columns, max_line) = (Some(Columns::default()), 2000);
    // Every block is longer than it should be, so all files but one wait for their turn.
    let reading =
        Reading { window, select: Predicate::default(), columns, max_line, block: 1, spare: Spare::default() };
    let intake = Intake::new(reading);
    let mut ahead = Ahead::new(files, false, &intake, READERS);
    let turn = ahead.turn();
    assert!(ahead.next(|_| ControlFlow::Break(())).is_break());
    drop(ahead);
    let gone = (0..1000).any(|_| {
        std::thread::sleep(Duration::from_millis(10));
        turn.strong_count() == 0
    });
    assert!(gone, "a reader still waits");
}
