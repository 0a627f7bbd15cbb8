//! The archive on disk as a source: exported logs in files of any dialect.

use std::io;
use std::ops::ControlFlow;
use std::path::Path;

use super::Event;
use super::intake::{Intake, Reading, Taken};
use super::slice::Slice;
use super::tally::{Flaw, Malformed};
use crate::entry::Control;
use crate::entry::seal::Seal;
use crate::entry::stamp::Stamp;
use crate::input::values::{Item, Values};
use crate::input::{self, Patience};

/// Reads `slices` one after another and sends what is selected, until `send` breaks off. Where
/// `named`, the one file was named by the user, and whatever it is, it is read.
pub(crate) fn read(
    slices: &[Slice],
    reading: Reading,
    named: bool,
    mut send: impl FnMut(Event) -> ControlFlow<()>,
) -> ControlFlow<()> {
    let mut intake = Intake::new(reading);
    for (i, slice) in slices.iter().enumerate() {
        for path in &slice.files {
            match file(path, named, &mut intake, &mut send) {
                Ok(flow) => flow?,
                Err(error) => send(Event::Lost(format!("{}: {}", path.display(), plainly(&error))))?,
            }
        }
        // An entry may stand in the file of a neighbouring hour, and so may its twin. So what is of this
        // hour waits until the next one is read, and what is of no hour until the first one is.
        let limit = slice.hour.map_or(Stamp { secs: i64::MIN, nanos: 0 }, Stamp::of);
        let limit = (i + 1 < slices.len()).then_some(limit);
        intake.end_slice(limit, &mut send)?;
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

/// Reads one file; an error comes after all that could be read.
fn file(
    path: &Path,
    named: bool,
    intake: &mut Intake,
    send: &mut impl FnMut(Event) -> ControlFlow<()>,
) -> io::Result<ControlFlow<()>> {
    let name = if path == Path::new("-") { input::STDIN.to_owned() } else { path.display().to_string() };
    if !named && !holds_bytes(path)? {
        intake.tally.foreign.push(name);
        return Ok(ControlFlow::Continue(()));
    }
    let mut values = Values::new(input::open(path, Patience::default())?, intake.reading.max_line);
    let mut malformed = Malformed::default();
    let mut first = true;
    let mut lost = None;
    let mut entries = 0;
    // What the seals that can be understood count; they may have come from several runs.
    let mut sealed: Option<u64> = None;
    let flow = loop {
        let item = values.next();
        let item = match item {
            Ok(Some(item)) => item,
            Ok(None) => break Ok(ControlFlow::Continue(())),
            Err(error) => break Err(error),
        };
        match item {
            Item::Entry(entry) => {
                entries += 1;
                let is_timeless = intake.take(&entry) == Taken::Timeless;
                if is_timeless {
                    malformed.note(values.line(), Flaw::Timeless);
                }
            }
            Item::Control(Control::Failed(why)) => {
                lost = Some(format!("{name}: was written by a run that broke: {why}"));
            }
            Item::Plain(_) | Item::Long { .. } if first && !named && !says_json(path) => {
                intake.tally.foreign.push(name);
                return Ok(ControlFlow::Continue(()));
            }
            Item::Plain(_) | Item::Broken(..) => malformed.note(values.line(), Flaw::Broken),
            Item::Long { first: true, .. } => malformed.note(values.line(), Flaw::Long),
            Item::Control(Control::End) => {
                if let Some(seal) = Seal::read(values.control()) {
                    sealed = Some(sealed.unwrap_or_default().saturating_add(seal.entries));
                }
            }
            Item::Long { .. } | Item::Dry => {}
        }
        first = false;
        if intake.send_full(send).is_break() {
            break Ok(ControlFlow::Break(()));
        }
    };
    intake.tally.mended += values.mended();
    if malformed.lines > 0 {
        intake.tally.malformed.insert(name.clone(), malformed);
    }
    if let (Ok(ControlFlow::Continue(())), Some(sealed)) = (&flow, sealed)
        && sealed != entries
    {
        intake.tally.miscounted.insert(name, (entries, sealed));
    }
    match (flow, lost) {
        (Ok(ControlFlow::Continue(())), Some(lost)) => Ok(send(Event::Lost(lost))),
        (flow, _) => flow,
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
