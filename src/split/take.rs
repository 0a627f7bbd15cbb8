//! Reads one input, and takes the [notes](super::sheet) on its items: everything that depends on what came before.

use std::io::Read;
use std::path::Path;

use crate::entry::forms::{Form, Writer};
use crate::entry::scan::{Flaw, Spans};
use crate::entry::write::{self, Columns};
use crate::entry::{Control, text};
use crate::input::Stopped;
use crate::input::crew::{self, Work};
use crate::input::values::Values;
use crate::tool::Failure;

use super::fault;
use super::files::Cluster;
use super::place::Place;
use super::receipt::{self, Seen};
use super::run::Split;
use super::sheet::{self, Note, Sheet, Step, Text, What};
use super::tee::Tee;

/// An input on its way.
struct Intake<'s, 'a> {
    split: &'s mut Split<'a>,
    input: &'s Path,
    /// There was something to it: lines, or an end without them.
    is_usable: bool,
    /// Where a value began that the end of the input cut off.
    cut: Option<u64>,
    writer: Writer,
    spans: Spans,
    /// A line on its way.
    line: Vec<u8>,
}

impl Split<'_> {
    /// Reads one input, and says whether there was anything to it: lines, or an end without them.
    pub(super) fn read(&mut self, input: &Path, read: Box<dyn Read + Send>) -> Result<bool, Failure> {
        let (size, max_line) = (self.crew, self.plan.max_line);
        let (writer, spans, line) = (sheet::writer(self.plan), Spans::default(), Vec::new());
        let mut intake = Intake { split: self, input, is_usable: false, cut: None, writer, spans, line };
        let values = match size.hands {
            0 => Values::new(read, max_line),
            // As far as it consists of lines.
            _ => crew::work(read, size, max_line, &mut intake)?,
        };
        intake.read_on(values)?;
        Ok(intake.is_usable)
    }
}

impl Work for Intake<'_, '_> {
    type Sheet = Sheet;

    fn sheet(&self) -> Sheet {
        Sheet::new(self.split.plan)
    }

    fn settle(&mut self, sheet: &mut Sheet, values: &Values, lines: u64) -> Result<(), Failure> {
        self.take_all(sheet, values, lines)?;
        if values.is_between() {
            self.split.receipt.mended += values.mended();
        }
        Ok(())
    }

    fn dry(&mut self) -> Result<bool, Failure> {
        self.split.flush()?;
        self.split.pass(Tee::flush);
        Ok(!self.split.stopped)
    }
}

impl Intake<'_, '_> {
    /// Reads to the end, item by item.
    fn read_on(&mut self, mut values: Values) -> Result<(), Failure> {
        let mut sheet = self.sheet();
        while !self.split.stopped {
            match sheet.note(&mut values) {
                Ok(Step::Item) => self.take_all(&mut sheet, &values, 0)?,
                Ok(Step::Dry) => {
                    self.dry()?;
                }
                Ok(Step::End) => {
                    self.is_usable = true;
                    if let Some(line) = self.cut {
                        self.split.is_cut = true;
                        self.split.notes.error(fault::cut_off(&receipt::name(self.input), line));
                    }
                    break;
                }
                Err(e) if Stopped::is(&e) => {
                    self.split.heed_signals();
                }
                Err(e) => {
                    let line = self.is_usable.then(|| values.lines());
                    self.split.broke(fault::broke_off(&receipt::name(self.input), line, &e));
                    break;
                }
            }
        }
        self.split.receipt.mended += values.mended();
        self.split.count.end_input(self.input);
        Ok(())
    }

    /// Takes the notes on items of `values`, which so many `lines` are before.
    fn take_all(&mut self, sheet: &mut Sheet, values: &Values, lines: u64) -> Result<(), Failure> {
        for note in &sheet.notes {
            let number = lines + note.number;
            let seen = self.take(note, number, sheet, values)?;
            self.split.receipt.note(seen, self.input, number);
        }
        self.is_usable |= !sheet.notes.is_empty();
        sheet.clear();
        Ok(())
    }

    fn take(&mut self, note: &Note, number: u64, sheet: &Sheet, values: &Values) -> Result<Seen, Failure> {
        let line = sheet.line(note, values);
        match &note.what {
            What::Entry => return self.entry(note, sheet, values),
            What::Podless => {
                self.split.count.entry(None);
                self.keep(note, line)?;
                return Ok(Seen::Podless);
            }
            What::Plain => {
                self.keep(note, line)?;
                return Ok(Seen::Plain);
            }
            What::Broken(flaw) => {
                self.keep(note, line)?;
                self.split.receipt.note_flaw(*flaw);
                if matches!(flaw, Flaw::Incomplete) {
                    self.cut.get_or_insert(number);
                }
                return Ok(Seen::Broken);
            }
            What::Long { first, last } => {
                let Split { files, plan, .. } = &mut *self.split;
                let rest = files.get(&plan.rest, Cluster::NONE)?;
                files.write(rest, None, line)?;
                if *last {
                    files.write(rest, None, b"\n")?;
                }
                self.split.pass(|tee| tee.piece(line, *last));
                return Ok(if *first { Seen::Long } else { Seen::Placed });
            }
            What::Control(Control::Failed(why)) => {
                self.split.broke(format!("the stream broke: {why}"));
                self.split.pass(|tee| tee.failed(line));
            }
            What::Control(Control::End) => {
                self.split.pass(|tee| tee.line(line));
                self.split.count.line(line, self.input, number);
            }
        }
        Ok(Seen::Placed)
    }

    fn entry(&mut self, note: &Note, sheet: &Sheet, values: &Values) -> Result<Seen, Failure> {
        let Split { plan, files, places, count, receipt, tee, .. } = &mut *self.split;
        let key = sheet.key(note);
        let (place, pod) = match places.known(key) {
            Some(known) => known,
            None => places.find(key, &sheet.entry(note, values, &mut self.spans)?, note.stamp, files, count)?,
        };
        count.entry(Some(pod));
        let seen = match place {
            Place::File(id) => {
                files.prove(id, Some(pod), note.stamp);
                receipt.timeless += u64::from(note.stamp.is_none() && plan.form == Form::Cri);
                match sheet.text(note) {
                    Text::Line => files.write_line(id, note.stamp, sheet.line(note, values))?,
                    Text::Made(text) => files.write(id, note.stamp, text)?,
                    Text::Unmade => {
                        self.line.clear();
                        self.writer.write(&sheet.entry(note, values, &mut self.spans)?, &mut self.line);
                        files.write(id, note.stamp, &self.line)?;
                    }
                }
                Seen::Placed
            }
            Place::OtherCluster => {
                let rest = files.get(&plan.rest, Cluster::NONE)?;
                files.prove(rest, Some(pod), note.stamp);
                self.line.clear();
                let entry = sheet.entry(note, values, &mut self.spans)?;
                write::entry(&entry, &Columns::default(), &mut self.line);
                self.line.push(b'\n');
                files.write(rest, note.stamp, &self.line)?;
                Seen::OtherCluster
            }
        };
        if tee.is_on() {
            let entry = sheet.entry(note, values, &mut self.spans)?;
            self.split.pass(|tee| tee.entry(&entry));
        }
        Ok(seen)
    }

    /// Copies a line as it stands, without the line ends within it where it was laid out.
    fn keep(&mut self, note: &Note, line: &[u8]) -> Result<(), Failure> {
        self.line.clear();
        match std::str::from_utf8(line) {
            // Strings have none.
            Ok(laid_out) if line.contains(&b'\n') => text::compact(laid_out, &mut self.line),
            _ => self.line.extend_from_slice(line),
        }
        self.line.push(b'\n');
        let Split { files, plan, .. } = &mut *self.split;
        let rest = files.get(&plan.rest, Cluster::NONE)?;
        files.prove(rest, None, note.stamp);
        files.write(rest, note.stamp, &self.line)?;
        self.line.pop();
        let line = &self.line;
        self.split.pass(|tee| tee.line(line));
        Ok(())
    }
}
