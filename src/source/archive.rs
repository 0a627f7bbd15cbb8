//! The archive on disk as a source: exported logs in files of any dialect.

mod ahead;
mod file;

use std::ops::ControlFlow;

use super::Event;
use super::intake::{Intake, Reading};
use super::slice::Slice;
use crate::entry::Entry;
use crate::entry::scan::Spans;
use crate::entry::stamp::Stamp;
use ahead::{Ahead, READERS};
use file::{End, Part};

/// Reads `slices` one after another and sends what is selected, until `send` breaks off. Where
/// `named`, the one file was named by the user, and whatever it is, it is read.
pub(crate) fn read(
    slices: &[Slice],
    reading: Reading,
    named: bool,
    send: impl FnMut(Event) -> ControlFlow<()>,
) -> ControlFlow<()> {
    read_by(READERS, slices, reading, named, send)
}

fn read_by(
    readers: usize,
    slices: &[Slice],
    reading: Reading,
    named: bool,
    mut send: impl FnMut(Event) -> ControlFlow<()>,
) -> ControlFlow<()> {
    let mut intake = Intake::new(reading);
    let files: Vec<_> = slices.iter().flat_map(|slice| &slice.files).cloned().collect();
    let mut ahead = Ahead::new(files, named, &intake, readers);
    for (i, slice) in slices.iter().enumerate() {
        for _ in &slice.files {
            ahead.next(|part| take(part, &mut intake, &mut send))?;
        }
        // An entry may stand in the file of a neighbouring hour, and so may its twin. So what is of this
        // hour waits until the next one is read, and what is of no hour until the first one is.
        let limit = slice.hour.map_or(Stamp { secs: i64::MIN, nanos: 0 }, Stamp::of);
        let limit = (i + 1 < slices.len()).then_some(limit);
        intake.end_slice(limit, &mut send)?;
    }
    ControlFlow::Continue(())
}

/// Takes what comes of a file.
fn take(part: Part, intake: &mut Intake, send: &mut impl FnMut(Event) -> ControlFlow<()>) -> ControlFlow<()> {
    match part {
        Part::Block(block) => intake.add(block, send),
        Part::Piece(line) => {
            if let Ok(entry) = Entry::parse(&line, &mut Spans::default()) {
                intake.take(&entry);
            }
            intake.send_full(send)
        }
        Part::End(End { tally, lost }) => {
            intake.tally.add(tally);
            lost.map_or(ControlFlow::Continue(()), |lost| send(Event::Lost(lost)))
        }
    }
}

#[cfg(test)]
mod tests;
