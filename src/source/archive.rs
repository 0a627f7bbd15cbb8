//! The archive on disk as a source: exported logs in files of any dialect.

use std::io;
use std::ops::ControlFlow;
use std::path::Path;

use super::census::Census;
use super::slice::Slice;
use super::tally::{Flaw, Malformed, Tally};
use super::{Block, Event, Row, SliceEnd};
use crate::entry::dialect::Dialect;
use crate::entry::stamp::Stamp;
use crate::entry::write::{self, Columns};
use crate::entry::{Control, Entry};
use crate::input::values::{Item, Values};
use crate::input::{self, Patience};
use crate::select::{Logs, Predicate};
use crate::when::Window;

/// What to read from the files, and how.
#[derive(Clone, Debug)]
pub(crate) struct Reading {
    pub window: Window,
    pub select: Predicate,
    pub columns: Columns,
    /// The longest line, in bytes.
    pub max_line: usize,
    /// Blocks are sent when they have grown to this many bytes.
    pub block: usize,
}

/// Reads `slices` one after another and sends what is selected, until `send` breaks off. Where
/// `named`, the one file was named by the user, and whatever it is, it is read.
pub(crate) fn read(
    slices: &[Slice],
    reading: &Reading,
    named: bool,
    mut send: impl FnMut(Event) -> ControlFlow<()>,
) -> ControlFlow<()> {
    let mut reader = Reader {
        reading,
        census: Census::default(),
        tally: Tally::default(),
        block: Block::default(),
        scratch: Vec::new(),
    };
    for (i, slice) in slices.iter().enumerate() {
        for path in &slice.files {
            match reader.file(path, named, &mut send) {
                Ok(flow) => flow?,
                Err(error) => send(Event::Lost(format!("{}: {}", path.display(), plainly(&error))))?,
            }
        }
        reader.flush(&mut send)?;
        // An entry may stand in the file of a neighbouring hour, and so may its twin. So what is of this
        // hour waits until the next one is read, and what is of no hour until the first one is.
        let limit =
            slice.hour.map_or(Stamp { secs: i64::MIN, nanos: 0 }, |hour| Stamp { secs: hour.timestamp(), nanos: 0 });
        let limit = (i + 1 < slices.len()).then_some(limit);
        let tally = Tally { pods: reader.census.pods().to_vec(), ..std::mem::take(&mut reader.tally) };
        send(Event::SliceEnd(SliceEnd { limit, tally }))?;
    }
    ControlFlow::Continue(())
}

/// Says what went wrong with a file in words that name the remedy.
fn plainly(error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::UnexpectedEof => "is cut off in the middle; fetch it again".to_owned(),
        io::ErrorKind::NotFound => "is not there: removed meanwhile, or a link to nothing".to_owned(),
        io::ErrorKind::PermissionDenied => "permission denied".to_owned(),
        // Decompressors use all of these; the system's own errors have a number.
        io::ErrorKind::InvalidInput | io::ErrorKind::InvalidData | io::ErrorKind::Other
            if error.raw_os_error().is_none() =>
        {
            format!("is damaged ({error}); fetch it again")
        }
        _ => error.to_string(),
    }
}

struct Reader<'r> {
    reading: &'r Reading,
    census: Census,
    /// Of this slice.
    tally: Tally,
    block: Block,
    scratch: Vec<u8>,
}

impl Reader<'_> {
    /// Reads one file; an error comes after all that could be read.
    fn file(
        &mut self,
        path: &Path,
        named: bool,
        send: &mut impl FnMut(Event) -> ControlFlow<()>,
    ) -> io::Result<ControlFlow<()>> {
        let name = if path == Path::new("-") { input::STDIN.to_owned() } else { path.display().to_string() };
        if !named && !holds_bytes(path)? {
            self.tally.foreign.push(name);
            return Ok(ControlFlow::Continue(()));
        }
        let mut values = Values::new(input::open(path, Patience::default())?, self.reading.max_line);
        let mut malformed = Malformed::default();
        let mut first = true;
        let mut lost = None;
        let flow = loop {
            let item = values.next();
            let item = match item {
                Ok(Some(item)) => item,
                Ok(None) => break Ok(ControlFlow::Continue(())),
                Err(error) => break Err(error),
            };
            match item {
                Item::Entry(entry) => {
                    let is_timeless = !self.entry(&entry);
                    if is_timeless {
                        malformed.note(values.line(), Flaw::Timeless);
                    }
                }
                Item::Control(Control::Failed(why)) => {
                    lost = Some(format!("{name}: was written by a run that broke: {why}"));
                }
                Item::Plain(_) | Item::Long { .. } if first && !named && !says_json(path) => {
                    self.tally.foreign.push(name);
                    return Ok(ControlFlow::Continue(()));
                }
                Item::Plain(_) | Item::Broken(..) => malformed.note(values.line(), Flaw::Broken),
                Item::Long { first: true, .. } => malformed.note(values.line(), Flaw::Long),
                Item::Long { .. } | Item::Control(Control::End) | Item::Dry => {}
            }
            first = false;
            if self.block.bytes.len() >= self.reading.block && self.flush(send).is_break() {
                break Ok(ControlFlow::Break(()));
            }
        };
        self.tally.mended += values.mended();
        if malformed.lines > 0 {
            self.tally.malformed.insert(name, malformed);
        }
        match (flow, lost) {
            (Ok(ControlFlow::Continue(())), Some(lost)) => Ok(send(Event::Lost(lost))),
            (flow, _) => flow,
        }
    }

    fn flush(&mut self, send: &mut impl FnMut(Event) -> ControlFlow<()>) -> ControlFlow<()> {
        if self.block.rows.is_empty() {
            return ControlFlow::Continue(());
        }
        let next = Block {
            bytes: Vec::with_capacity(self.block.bytes.len().min(self.reading.block) * 9 / 8),
            rows: Vec::new(),
        };
        send(Event::Block(std::mem::replace(&mut self.block, next)))
    }

    /// Takes the entry if it is wanted; false where it says no time.
    fn entry(&mut self, entry: &Entry) -> bool {
        if !self.is_container(entry) {
            self.tally.other_resources += 1;
            return true;
        }
        let Some((stamp, _)) = entry.stamp() else { return false };
        self.tally.note_time(stamp);
        if !self.reading.window.contains(stamp.secs, stamp.nanos) {
            return true;
        }
        self.tally.in_window += 1;
        if !self.reading.select.matches(entry, &mut self.scratch) {
            return true;
        }
        let (who, container) = self.census.number(entry);
        self.scratch.clear();
        if let Some(id) = entry.insert_id() {
            id.push_to(&mut self.scratch);
        }
        self.block.push(Row::new(stamp, who, container), &self.scratch, |out| {
            write::entry(entry, &self.reading.columns, out);
            out.push(b'\n');
        });
        true
    }

    fn is_container(&self, entry: &Entry) -> bool {
        match entry.resource_type() {
            // A log that was asked for by name may speak of Pods, nodes or clusters.
            Some(kind) if matches!(self.reading.select.origin.logs, Logs::Named(_)) => {
                kind.to_cow().starts_with("k8s_")
            }
            Some(kind) => kind == *"k8s_container",
            None => match entry.dialect() {
                Dialect::LogEntry | Dialect::LogAnalytics => entry.container().is_some(),
                _ => true,
            },
        }
    }
}

/// True for what can be read to an end. Pipes, sockets and devices in a folder are nobody's logs, and
/// might never end; a folder is refused where it is opened.
fn holds_bytes(path: &Path) -> io::Result<bool> {
    let kind = path.metadata()?.file_type();
    Ok(kind.is_file() || kind.is_dir())
}

/// True for a name that promises JSON.
fn says_json(path: &Path) -> bool {
    let name = path.file_name().unwrap_or_default().to_string_lossy().to_ascii_lowercase();
    let name = name.trim_end_matches(".gz").trim_end_matches(".zst").trim_end_matches(".gzip");
    [".json", ".jsonl", ".ndjson"].iter().any(|ending| name.ends_with(ending))
}
