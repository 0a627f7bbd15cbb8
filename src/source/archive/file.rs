//! One file of an archive, read to its end.

use std::io;
use std::ops::ControlFlow;
use std::path::Path;

use crate::entry::Control;
use crate::entry::seal::Seal;
use crate::input::values::{Item, Values};
use crate::input::{self, Patience};
use crate::source::Block;
use crate::source::intake::{Intake, Taken};
use crate::source::tally::{Flaw, Malformed, Tally};

/// What comes of a file, in its order.
pub(super) enum Part {
    Block(Block),
    /// The line of an [entry's piece](crate::entry::piece): the others may stand in other files.
    Piece(String),
    /// Last of all.
    End(End),
}

impl Part {
    /// The memory it takes, in bytes, but for the end.
    pub(super) fn size(&self) -> usize {
        match self {
            Part::Block(block) => block.size(),
            Part::Piece(line) => line.len(),
            Part::End(_) => 0,
        }
    }
}

/// The end of a file.
pub(super) struct End {
    pub tally: Tally,
    /// What of the file is missing, and why.
    pub lost: Option<String>,
}

/// Reads the file and hands out what is selected, until `send` breaks off. `intake` [leaves pieces
/// alone](Intake::fork_apart). Where `named`, the user named the file, and whatever it is, it is read.
pub(super) fn read(
    path: &Path,
    named: bool,
    intake: &mut Intake,
    mut send: impl FnMut(Part) -> ControlFlow<()>,
) -> ControlFlow<()> {
    let lost = match entries(path, named, intake, &mut send) {
        Ok(ControlFlow::Break(())) => return ControlFlow::Break(()),
        Ok(ControlFlow::Continue(lost)) => lost,
        Err(error) => Some(format!("{}: {}", path.display(), plainly(&error))),
    };
    if let Some(block) = intake.rest() {
        send(Part::Block(block))?;
    }
    send(Part::End(End { tally: std::mem::take(&mut intake.tally), lost }))
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

/// Reads the entries; an error comes after all that could be read. Says what the file itself tells of what is missing.
fn entries(
    path: &Path,
    named: bool,
    intake: &mut Intake,
    send: &mut impl FnMut(Part) -> ControlFlow<()>,
) -> io::Result<ControlFlow<(), Option<String>>> {
    let name = if path == Path::new("-") { input::STDIN.to_owned() } else { path.display().to_string() };
    if !named && !holds_bytes(path)? {
        intake.tally.foreign.push(name);
        return Ok(ControlFlow::Continue(None));
    }
    let mut values = Values::new(input::open(path, Patience::default())?, intake.reading.max_line);
    let mut malformed = Malformed::default();
    let mut first = true;
    let mut lost = None;
    let mut entries = 0;
    // What the seals that can be understood count; they may have come from several runs.
    let mut sealed: Option<u64> = None;
    let ended = loop {
        let item = values.next();
        let item = match item {
            Ok(Some(item)) => item,
            Ok(None) => break Ok(()),
            Err(error) => break Err(error),
        };
        match item {
            Item::Entry(entry) => {
                entries += 1;
                match intake.take(&entry) {
                    Taken::Timeless => malformed.note(values.line(), Flaw::Timeless),
                    Taken::Piece => {
                        let piece = Part::Piece(entry.line().to_owned());
                        let before = intake.rest().map(Part::Block);
                        if before.into_iter().chain([piece]).try_for_each(&mut *send).is_break() {
                            return Ok(ControlFlow::Break(()));
                        }
                    }
                    Taken::Wanted | Taken::Left => {}
                }
            }
            Item::Control(Control::Failed(why)) => {
                lost = Some(format!("{name}: was written by a run that broke: {why}"));
            }
            Item::Plain(_) | Item::Long { .. } if first && !named && !says_json(path) => {
                intake.tally.foreign.push(name);
                return Ok(ControlFlow::Continue(None));
            }
            Item::Plain(_) | Item::Broken(..) => malformed.note(values.line(), Flaw::Broken),
            Item::Long { first: true, .. } => malformed.note(values.line(), Flaw::Long),
            Item::Control(Control::End) => {
                if let Some(seal) = Seal::read(values.last()) {
                    sealed = Some(sealed.unwrap_or_default().saturating_add(seal.entries));
                }
            }
            Item::Long { .. } | Item::Dry => {}
        }
        first = false;
        if let Some(block) = intake.full()
            && send(Part::Block(block)).is_break()
        {
            return Ok(ControlFlow::Break(()));
        }
    };
    intake.tally.mended += values.mended();
    if malformed.lines > 0 {
        intake.tally.malformed.insert(name.clone(), malformed);
    }
    ended?;
    if let Some(sealed) = sealed
        && sealed != entries
    {
        intake.tally.miscounted.insert(name, (entries, sealed));
    }
    Ok(ControlFlow::Continue(lost))
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
