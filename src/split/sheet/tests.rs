//! Proves that several threads note what one notes, wherever chunks are cut, and that notes say what the items do.

use std::io::Read;

use clap::Parser;
use proptest::prelude::*;
use proptest::sample::select;

use super::super::args::Args;
use super::*;
use crate::input::crew::{Size, Work};
use crate::input::tests::pipes::{Pipe, pipe};
use crate::settings::Settings;

fn plan(flags: &str) -> Plan {
    let args = Args::parse_from(std::iter::once("lq-split").chain(flags.split_whitespace()));
    Plan::new(args, &Settings::default()).unwrap()
}

/// A note in full: what, its line's number, the line, the key, and the text that is made already.
type Told = (String, u64, String, String, Text<String>);

/// Tells what is noted.
struct Teller<'a> {
    plan: &'a Plan,
    told: Vec<Told>,
    mended: u64,
}

impl Teller<'_> {
    fn tell(&mut self, sheet: &mut Sheet, values: &Values, lines: u64) {
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        for note in &sheet.notes {
            let line = sheet.line(note, values);
            // What is told of an entry that is looked at again is the same.
            if let What::Entry = note.what {
                let (mut spans, mut key) = (Spans::default(), Vec::new());
                let entry = sheet.entry(note, values, &mut spans).unwrap();
                assert_eq!(entry.stamp().map(|(stamp, _)| stamp), note.stamp);
                Keys::new(&self.plan.name, self.plan.zone.clone()).push(&entry, note.stamp, &mut key);
                assert_eq!(key, sheet.key(note));
                let mut made = Vec::new();
                writer(self.plan).write(&entry, &mut made);
                match sheet.text(note) {
                    Text::Line => assert_eq!([line, b"\n"].concat(), made),
                    Text::Made(text) => assert_eq!(text, made),
                    Text::Unmade => {}
                }
            }
            let what = match (&note.what, self.told.last_mut()) {
                // It comes in pieces as it was read.
                (What::Long { first: false, .. }, Some(before)) => {
                    before.2 += &text(line);
                    continue;
                }
                (What::Long { .. }, _) => "long".to_owned(),
                // Why a value is broken that has an over-long line in it depends on how much is there when it is looked at.
                (What::Broken(_), _) if self.plan.max_line < 1000 => "broken".to_owned(),
                _ => format!("{:?} {:?}", note.what, note.stamp),
            };
            let made = match sheet.text(note) {
                Text::Made(made) => Text::Made(text(made)),
                Text::Line => Text::Line,
                Text::Unmade => Text::Unmade,
            };
            self.told.push((what, lines + note.number, text(line), text(sheet.key(note)), made));
        }
        sheet.clear();
    }
}

impl Work for Teller<'_> {
    type Sheet = Sheet;

    fn sheet(&self) -> Sheet {
        Sheet::new(self.plan)
    }

    fn settle(&mut self, sheet: &mut Sheet, values: &Values, lines: u64) -> Result<(), Failure> {
        self.tell(sheet, values, lines);
        self.mended += if values.is_between() { values.mended() } else { 0 };
        Ok(())
    }

    fn dry(&mut self) -> Result<bool, Failure> {
        Ok(true)
    }
}

/// All that is noted of an input, how many lines were mended, and how it ended.
fn told(plan: &Plan, size: Size, input: &Pipe) -> (Vec<Told>, u64, Option<String>) {
    let mut teller = Teller { plan, told: Vec::new(), mended: 0 };
    let read: Box<dyn Read + Send> = Box::new(input.clone());
    let mut values = match size.hands {
        0 => Values::new(read, plan.max_line),
        _ => crew::work(read, size, plan.max_line, &mut teller).unwrap(),
    };
    let mut sheet = Sheet::new(plan);
    let error = loop {
        match sheet.note(&mut values) {
            Ok(Step::Item) => teller.tell(&mut sheet, &values, 0),
            Ok(Step::Dry) => {}
            Ok(Step::End) => break None,
            Err(error) => break Some(error.to_string()),
        }
    };
    (teller.told, teller.mended + values.mended(), error)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn several_threads_note_what_one_notes(
        input in pipe(),
        flags in select(&["", "-o entry", "-o cri", "-o kubectl -t", "-o text --name {pod}/{date}_{severity}.log"][..]),
        max_line in select(&[60, 1000][..]),
        (hands, queue, chunk) in (1usize..4, 1usize..5, 1usize..200),
    ) {
        let input = if max_line < 1000 { input.at_once() } else { input };
        let plan = Plan { max_line, ..plan(&format!("--utc {flags}")) };
        let alone = told(&plan, Size { hands: 0, queue, chunk }, &input);
        let together = told(&plan, Size { hands, queue, chunk }, &input);
        prop_assert_eq!(alone, together);
    }
}

#[test]
fn rows_of_a_table_are_noted_as_they_are_read() {
    let row = r#"{"logName":"projects/p/logs/stdout","resource":{"type":"k8s_container","labels":{"pod_name":"web-1"}},"textPayload":"hello","timestamp":"2025-01-01 00:00:00.123456 UTC","severity":"INFO","labels":[],"jsonPayload":null}"#;
    let plan = plan("-o raw");
    let mut values = Values::new(Box::new(row.as_bytes()), plan.max_line);
    let mut sheet = Sheet::new(&plan);
    assert_eq!(sheet.note(&mut values).unwrap(), Step::Item);
    let note = &sheet.notes[0];
    let mut made = Vec::new();
    writer(&plan).write(&sheet.entry(note, &values, &mut Spans::default()).unwrap(), &mut made);
    assert_eq!(made, b"hello\n");
    assert!(!String::from_utf8_lossy(sheet.line(note, &values)).contains("null"));
    let mut spans = Spans::default();
    assert_eq!(sheet.entry(note, &values, &mut spans).unwrap().pod().unwrap().to_cow(), "web-1");
}
