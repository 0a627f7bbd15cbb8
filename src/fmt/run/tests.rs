//! Proves that several threads write what one writes, and tell the same, wherever chunks are cut.

use std::io::{self, Write};
use std::sync::{Arc, Mutex};

use clap::Parser;
use proptest::prelude::*;
use proptest::sample::select;

use super::super::args::Args;
use super::super::out::Out;
use super::super::plan::{Plan, Surroundings};
use super::super::trouble::Trouble;
use super::Formatter;
use crate::entry::scan::Flaw;
use crate::input::crew::Size;
use crate::input::tests::pipes::{Pipe, pipe};
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

fn plan(flags: &str) -> Plan {
    let args = Args::parse_from(std::iter::once("lq-fmt").chain(flags.split_whitespace()));
    Plan::new(args, &Settings::default(), &Surroundings::default()).unwrap()
}

/// What is written, and what is told, of these inputs.
fn told(plan: &Plan, size: Size, inputs: &[Pipe], sheet: &Sheet) -> (Vec<u8>, Vec<String>, Result<(), Failure>) {
    let mut formatter = Formatter::new(plan, Out::to(Box::new(sheet.clone())), size);
    let done = inputs.iter().try_for_each(|pipe| formatter.input(Ok(Box::new(pipe.clone()))));
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
        (hands, queue, chunk) in (1usize..4, 1usize..5, 1usize..200),
    ) {
        // These forms say it in their last line.
        let max_line = if flags.contains("entry") { 1000 } else { max_line };
        let pace = |pipe: Pipe| if max_line < 1000 { pipe.at_once() } else { pipe };
        let inputs: Vec<Pipe> = inputs.into_iter().map(pace).collect();
        let plan = Plan { max_line, ..plan(&format!("--utc {flags} {}", "x ".repeat(inputs.len()))) };
        let alone = told(&plan, Size { hands: 0, queue, chunk }, &inputs, &Sheet::default());
        let together = told(&plan, Size { hands, queue, chunk }, &inputs, &Sheet::default());
        prop_assert_eq!(String::from_utf8_lossy(&alone.0), String::from_utf8_lossy(&together.0));
        prop_assert_eq!((&alone.0, &alone.1), (&together.0, &together.1));
        prop_assert!(alone.2.is_ok() && together.2.is_ok());
    }

    #[test]
    fn several_threads_end_where_nothing_more_can_be_written(input in pipe(), room in 1usize..2000, (queue, chunk) in (1usize..5, 1usize..200)) {
        let plan = plan("--utc x");
        let [alone, together] = [0, 3].map(|hands| {
            let sheet = Sheet { room: Some(room), ..Sheet::default() };
            told(&plan, Size { hands, queue, chunk }, std::slice::from_ref(&input), &sheet)
        });
        prop_assert_eq!(&alone.0, &together.0);
        prop_assert_eq!(alone.2.is_ok(), together.2.is_ok());
    }
}
