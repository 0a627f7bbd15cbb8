//! What is to be done about the items of an input, noted without knowing what came before them: any thread can. What
//! depends on that, the files above all, comes when the notes are [taken](super::take).

#[cfg(test)]
mod tests;

use std::io;
use std::ops::Range;

use crate::entry::forms::Writer;
use crate::entry::scan::{Flaw, Spans};
use crate::entry::stamp::Stamp;
use crate::entry::{Control, Entry};
use crate::input::crew;
use crate::input::values::{Item, Values};
use crate::tool::Failure;

use super::key::Keys;
use super::plan::Plan;

/// Notes on a chunk, or on one item.
pub(crate) struct Sheet {
    pub notes: Vec<Note>,
    /// Keys, and what is to be written that does not stand in the chunk.
    text: Vec<u8>,
    keys: Keys,
    writer: Writer,
}

#[derive(Debug)]
pub(crate) struct Note {
    pub what: What,
    /// Of its line, from 1 in the chunk.
    pub number: u64,
    pub stamp: Option<Stamp>,
    line: Place,
    key: Range<usize>,
    text: Text<Range<usize>>,
}

/// What is to be written of an entry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Text<T> {
    /// The line itself.
    Line,
    /// This, line end included.
    Made(T),
    /// What the [writer] makes of it. Sheets must not hold all that long lines may become.
    Unmade,
}

#[derive(Debug)]
pub(crate) enum What {
    /// It has a key.
    Entry,
    Podless,
    Plain,
    Broken(Flaw),
    Long {
        first: bool,
        last: bool,
    },
    Control(Control),
}

/// Where the text of an item stands.
#[derive(Debug)]
enum Place {
    Chunk(Range<usize>),
    Sheet(Range<usize>),
}

/// What came of an attempt to note an item.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Step {
    Item,
    Dry,
    End,
}

impl Sheet {
    pub(crate) fn new(plan: &Plan) -> Self {
        let keys = Keys::new(&plan.name, plan.zone.clone());
        Sheet { notes: Vec::new(), text: Vec::new(), keys, writer: writer(plan) }
    }

    /// Notes the next item of `values`. Fails where it cannot be read.
    pub(crate) fn note(&mut self, values: &mut Values) -> io::Result<Step> {
        let Some(item) = values.next()? else { return Ok(Step::End) };
        let (mut stamp, mut key, mut text) = (None, 0..0, Text::Line);
        let what = match item {
            Item::Entry(entry) => {
                let said = entry.stamp();
                stamp = said.map(|(stamp, _)| stamp);
                if entry.pod().is_some_and(|pod| !pod.is_empty()) {
                    let start = self.text.len();
                    self.keys.push(&entry, stamp, &mut self.text);
                    key = start..self.text.len();
                    if self.writer.copies(&entry, said) {
                        text = Text::Line;
                    } else if entry.line().len() > LONG {
                        text = Text::Unmade;
                    } else {
                        self.writer.write(&entry, &mut self.text);
                        text = Text::Made(key.end..self.text.len());
                    }
                    What::Entry
                } else {
                    What::Podless
                }
            }
            Item::Plain(_) => What::Plain,
            Item::Broken(_, flaw) => What::Broken(flaw),
            Item::Long { first, last, .. } => What::Long { first, last },
            Item::Control(control) => What::Control(control),
            Item::Dry => return Ok(Step::Dry),
        };
        let line = match values.place() {
            Some(place) => Place::Chunk(place),
            None => {
                let start = self.text.len();
                self.text.extend_from_slice(values.last());
                Place::Sheet(start..self.text.len())
            }
        };
        self.notes.push(Note { what, number: values.line(), stamp, line, key, text });
        Ok(Step::Item)
    }

    /// The text of an item of `values`, without its line end.
    pub(crate) fn line<'s>(&'s self, note: &Note, values: &'s Values) -> &'s [u8] {
        match &note.line {
            Place::Chunk(place) => values.at(place.clone()),
            Place::Sheet(place) => &self.text[place.clone()],
        }
    }

    /// The same as the entry that it was.
    pub(crate) fn entry<'s>(
        &'s self,
        note: &Note,
        values: &'s Values,
        spans: &'s mut Spans,
    ) -> Result<Entry<'s>, Failure> {
        // All of it was read once: neither fails.
        let line = std::str::from_utf8(self.line(note, values))?;
        Ok(Entry::parse(line, spans)?)
    }

    pub(crate) fn key(&self, note: &Note) -> &[u8] {
        &self.text[note.key.clone()]
    }

    pub(crate) fn text(&self, note: &Note) -> Text<&[u8]> {
        match &note.text {
            Text::Line => Text::Line,
            Text::Made(place) => Text::Made(&self.text[place.clone()]),
            Text::Unmade => Text::Unmade,
        }
    }

    /// Makes room for other notes.
    pub(crate) fn clear(&mut self) {
        self.notes.clear();
        self.text.clear();
        self.text.shrink_to(LONGEST); // after a huge line
    }
}

/// Makes what is written of entries.
pub(crate) fn writer(plan: &Plan) -> Writer {
    let mut writer = Writer::new(plan.form, plan.zone.clone());
    writer.stamps = plan.stamps;
    writer
}

/// A longer line is made into text when it is taken, in bytes. Tests must come to it.
const LONG: usize = if cfg!(test) { 110 } else { 16 << 10 };

/// A sheet with so many notes is full: lines may be short. Tests must come to it.
const MOST: usize = if cfg!(test) { 3 } else { 8192 };

/// The same in bytes: a message may become many lines.
const LONGEST: usize = 2 << 20;

impl crew::Sheet for Sheet {
    fn fill(&mut self, values: &mut Values) -> bool {
        while self.notes.len() < MOST && self.text.len() < LONGEST && matches!(self.note(values), Ok(Step::Item)) {}
        !self.notes.is_empty()
    }
}
