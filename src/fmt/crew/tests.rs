//! Proves that several threads write what one writes, and tell the same, wherever chunks are cut.

use std::io::{self, Cursor, Read, Write};
use std::sync::{Arc, Mutex};

use clap::Parser;
use proptest::prelude::*;
use proptest::sample::select;

use super::super::args::Args;
use super::super::out::Out;
use super::super::plan::{Plan, Surroundings};
use super::super::run::Formatter;
use super::super::trouble::Trouble;
use super::Size;
use crate::entry::scan::Flaw;
use crate::settings::Settings;
use crate::tool::Failure;

/// What was written, and no more than so many bytes of it.
#[derive(Clone, Default)]
struct Sheet {
    written: Arc<Mutex<Vec<u8>>>,
    room: Option<usize>,
}

impl Write for Sheet {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let mut written = self.written.lock().unwrap();
        let fitting = self.room.map_or(bytes.len(), |room| bytes.len().min(room - written.len()));
        if fitting == 0 {
            return Err(io::ErrorKind::StorageFull.into());
        }
        written.extend_from_slice(&bytes[..fitting]);
        Ok(fitting)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Gives a few bytes at a time, is dry now and then, and breaks at its end if it is to.
#[derive(Debug)]
struct Pipe {
    bytes: Cursor<Vec<u8>>,
    /// How many bytes come at once; 0: none, more may follow.
    pace: Vec<usize>,
    turn: usize,
    breaks: bool,
}

impl Read for Pipe {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        self.turn += 1;
        let much = self.pace[self.turn % self.pace.len()].min(buf.len());
        match self.bytes.read(&mut buf[..much])? {
            0 if much == 0 => Err(io::ErrorKind::WouldBlock.into()),
            0 if self.breaks => Err(io::ErrorKind::UnexpectedEof.into()),
            read => Ok(read),
        }
    }
}

fn plan(flags: &str) -> Plan {
    let args = Args::parse_from(std::iter::once("lq-fmt").chain(flags.split_whitespace()));
    Plan::new(args, &Settings::default(), &Surroundings::default()).unwrap()
}

/// What is written, and what is told, of these inputs.
fn told(plan: &Plan, size: Size, inputs: &[Pipe], sheet: &Sheet) -> (Vec<u8>, Vec<String>, Result<(), Failure>) {
    let mut formatter = Formatter::new(plan, Out::to(Box::new(sheet.clone())), size);
    let done = inputs.iter().try_for_each(|pipe| {
        let copy = Pipe { bytes: pipe.bytes.clone(), pace: pipe.pace.clone(), ..*pipe };
        formatter.input(Ok(Box::new(copy)))
    });
    let done = done.and_then(|()| formatter.end(None));
    let told = |mut trouble: Trouble| {
        // Why a value is broken that has an over-long line in it depends on how much is there when it is looked at.
        if plan.max_line < 1000 {
            trouble.first_broken = trouble.first_broken.map(|(line, _)| (line, Flaw::TooLong));
        }
        format!("{trouble:?}")
    };
    let troubles = std::mem::take(&mut formatter.troubles).into_iter().map(told).collect();
    let written = sheet.written.lock().unwrap().clone();
    (written, troubles, done)
}

/// A line, or what only looks like one, or a part of one.
fn piece() -> impl Strategy<Value = Vec<u8>> {
    let text = "[a-z{}\\[\\],:\"\\\\ é東]{0,12}";
    let entry = |text: String| {
        let text = serde_json::Value::String(text);
        format!(r#"{{"timestamp":"2026-11-21T07:00:00Z","severity":"INFO","pod":"web-1","message":{text}}}"#)
    };
    prop_oneof![
        8 => text.prop_map(move |text| entry(text) + "\n"),
        2 => text.prop_map(move |text| entry(text) + "\r\n"),
        2 => text.prop_map(entry),
        4 => text.prop_map(|text| text + "\n"),
        3 => select(&[
            "\n", "  \n", "\r\n", "[\n", "]\n", "[]\n", "[", "]", ",\n", "{", "}\n", "{\"a\":\n", "[1]\n", "\u{feff}", "[ \n ]\n",
            "{\n \"message\": \"laid out\",\n \"pod\": \"b\"\n}\n", "{\"a\":{\n\"b\":{\"c\":1}\n", "{\"msg\":\"\\ud800\"}{\"msg\":\"\\udc00\"}\n",
            "[{\"msg\":\"one\"},\n{\"msg\":\"\\ud800\"},\n{\"msg\":\"three\"}]\n", "\tat a.b(c)\n", "{\"msg\":1} x\n",
            "{\"lq\":{\"failed\":\"why\"}}\n", "{\"lq\":{\"end\":true,\"entries\":1,\"pods\":{}}}\n",
            "{\"level\":\"warn\",\"msg\":\"slow\",\"ms\":5,\"a\":{\"b\":\"c\\nd\"}}\n",
        ][..]).prop_map(str::to_owned),
        1 => Just("x".repeat(70) + "\n"),
        1 => Just(format!("{{\"msg\":\"{}\"}}\n", "é".repeat(40))),
    ]
    .prop_map(String::into_bytes)
    .prop_flat_map(|piece| {
        let broken = [&piece[..piece.len() / 2], b"\xff\xc3", &piece[piece.len() / 2..]].concat();
        prop_oneof![12 => Just(piece), 1 => Just(broken)]
    })
}

fn pipe() -> impl Strategy<Value = Pipe> {
    let bytes = proptest::collection::vec(piece(), 0..40).prop_map(|pieces| pieces.concat());
    let pace = prop_oneof![2 => Just(vec![1 << 20]), 1 => proptest::collection::vec(0usize..60, 0..5)];
    (bytes, pace, proptest::bool::weighted(0.1)).prop_map(|(bytes, mut pace, breaks)| {
        pace.push(37);
        Pipe { bytes: Cursor::new(bytes), pace, turn: 0, breaks }
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn several_threads_write_what_one_writes(
        inputs in proptest::collection::vec(pipe(), 1..3),
        flags in select(&[
            "", "--color=always -H a", "-o tsv", "-o entry", "-o logentry", "-o entry -g e", "-o raw", "-o cri", "-o kubectl -t",
            "--template {time}-{message}", "-s warning", "-o logfmt", "-o kubectl",
        ][..]),
        max_line in select(&[60, 1000][..]),
        (hands, chunk) in (1usize..4, 1usize..200),
    ) {
        // These forms say it in their last line.
        let max_line = if flags.contains("entry") { 1000 } else { max_line };
        let pace = |pipe: Pipe| if max_line < 1000 { Pipe { pace: vec![1 << 20], ..pipe } } else { pipe };
        let inputs: Vec<Pipe> = inputs.into_iter().map(pace).collect();
        let plan = Plan { max_line, ..plan(&format!("--utc {flags} {}", "x ".repeat(inputs.len()))) };
        let alone = told(&plan, Size { hands: 0, chunk }, &inputs, &Sheet::default());
        let together = told(&plan, Size { hands, chunk }, &inputs, &Sheet::default());
        prop_assert_eq!(String::from_utf8_lossy(&alone.0), String::from_utf8_lossy(&together.0));
        prop_assert_eq!((&alone.0, &alone.1), (&together.0, &together.1));
        prop_assert!(alone.2.is_ok() && together.2.is_ok());
    }

    #[test]
    fn several_threads_end_where_nothing_more_can_be_written(input in pipe(), room in 1usize..2000, chunk in 1usize..200) {
        let plan = plan("--utc x");
        let [alone, together] = [0, 3].map(|hands| {
            let sheet = Sheet { room: Some(room), ..Sheet::default() };
            told(&plan, Size { hands, chunk }, std::slice::from_ref(&input), &sheet)
        });
        prop_assert_eq!(&alone.0, &together.0);
        prop_assert_eq!(alone.2.is_ok(), together.2.is_ok());
    }
}
