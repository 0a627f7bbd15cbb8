//! A file of the run on disk: opened, written to, closed.

use std::fs::File;
use std::io::{ErrorKind, Read, Seek, SeekFrom, Write};

use anyhow::{Context, Result};

use crate::size::plural;

use super::args::Compress;
use super::files::{Files, LogFile};
use super::folder::{self, Identity};
use super::mend;
use super::pack::Pack;
use super::plan::Mode;

impl Files {
    /// Opens the file, appends `piece` and closes it. Also tells how much of the piece is in the
    /// file, where not all of it is.
    pub(crate) fn append(&mut self, at: usize, piece: &[u8]) -> (usize, Result<()>) {
        let name = self.name_now(&self.all[at]);
        let written = self.try_append(at, &name, piece);
        let (done, outcome) = match written {
            Ok(()) => (piece.len(), Ok(())),
            Err((done, e)) => (done, Err(e)),
        };
        let lines = memchr::memchr_iter(b'\n', &piece[..done]).count() as u64;
        self.lines += lines;
        if let Some(proof) = &mut self.all[at].proof {
            proof.lines += lines;
        }
        (done, outcome.with_context(|| format!("cannot write {}", self.folder.path(&name).display())))
    }

    fn try_append(&mut self, at: usize, name: &str, piece: &[u8]) -> Result<(), (usize, std::io::Error)> {
        let packed = self.pack.as_mut().map(|pack| pack.pack(piece)).transpose().map_err(|e| (0, e))?;
        let bytes = packed.as_deref().unwrap_or(piece);
        let mut file = self.open(at, name).map_err(|e| (0, folder::explain(e)))?;
        let (written, outcome) = write(&mut file, bytes);
        // What cannot be whole is taken back: a member or frame, and in a live file a line.
        let kept = match outcome {
            Ok(()) => written,
            Err(_) if packed.is_some() => 0,
            Err(_) if self.mode == Mode::Append => memchr::memrchr(b'\n', &bytes[..written]).map_or(0, |at| at + 1),
            Err(_) => written,
        };
        if kept < written {
            let length = file.metadata().map_err(|e| (0, e))?.len();
            file.set_len(length.saturating_sub((written - kept) as u64)).map_err(|e| (0, e))?;
        }
        if let Some(proof) = &mut self.all[at].proof {
            proof.bytes(&bytes[..kept]);
        }
        self.all[at].length += kept as u64;
        self.bytes += kept as u64;
        outcome.map_err(|e| (if packed.is_some() { 0 } else { kept }, e))
    }

    /// Its name below the folder at this moment.
    pub(crate) fn name_now(&self, file: &LogFile) -> String {
        if self.mode == Mode::Append { self.final_name(file) } else { self.part_name(file) }
    }

    pub(crate) fn open(&mut self, at: usize, name: &str) -> std::io::Result<File> {
        match (self.mode, self.all[at].on_disk) {
            (Mode::Append, known) => {
                let (mut file, is_old) = self.folder.append(name)?;
                let identity = Identity::of_file(&file)?;
                if self.inputs.contains(&identity) {
                    return Err(std::io::Error::other("it is read in this run"));
                }
                if known.is_none() {
                    match self.pack.as_ref().map(Pack::format) {
                        Some(compress) if is_old && self.is_cut(&file, name, compress)? => {
                            file = self.folder.append(name)?.0;
                        }
                        None if is_old => end_line(&file)?,
                        _ => {}
                    }
                    self.all[at].is_old = is_old;
                    self.all[at].on_disk = Some(Identity::of_file(&file)?);
                }
                Ok(file)
            }
            (_, None) => {
                let (file, identity) = self.folder.create(name)?;
                self.all[at].on_disk = Some(identity);
                Ok(file)
            }
            (_, Some(identity)) => {
                let file = self.folder.reopen(name, identity)?;
                // Numbers of removed files are given to new ones: what we wrote must be in it as well.
                if file.metadata()?.len() != self.all[at].length {
                    return Err(std::io::Error::other("somebody wrote to it, or put another file in its place"));
                }
                Ok(file)
            }
        }
    }

    /// Whether an old packed file ended in the middle of a member or frame. It was mended then, and is
    /// another file.
    fn is_cut(&mut self, file: &File, name: &str, compress: Compress) -> std::io::Result<bool> {
        let Some(end) = mend::cut(file, compress, &self.watch)? else { return Ok(false) };
        let lines = mend::mend(&mut self.folder, file, name, compress, end, &self.watch)?;
        let path = self.folder.path(name);
        let kept = match lines {
            0 => "no whole line of that could be read".to_owned(),
            lines => format!(
                "{} of that could be read and {} kept",
                plural(lines, "line"),
                if lines == 1 { "is" } else { "are" }
            ),
        };
        self.notes.say(format!("{}: was cut off in the middle of its last piece; {kept}", path.display()));
        Ok(true)
    }
}

/// Writes all of it, or says how much.
fn write(file: &mut File, bytes: &[u8]) -> (usize, std::io::Result<()>) {
    let mut written = 0;
    while written < bytes.len() {
        match file.write(&bytes[written..]) {
            Ok(0) => return (written, Err(ErrorKind::WriteZero.into())),
            Ok(n) => written += n,
            Err(e) if e.kind() == ErrorKind::Interrupted => {}
            Err(e) => return (written, Err(e)),
        }
    }
    (written, Ok(()))
}

/// Ends the last line of a file where a run was killed in the middle of it.
fn end_line(mut file: &File) -> std::io::Result<()> {
    let mut last = [b'\n'];
    if file.seek(SeekFrom::End(0))? > 0 {
        file.seek(SeekFrom::End(-1))?;
        file.read_exact(&mut last)?;
    }
    if last == *b"\n" { Ok(()) } else { file.write_all(b"\n") }
}
