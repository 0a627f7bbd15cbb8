//! The files of a run on disk: opened, written to, closed, and given their names.

use std::fs::File;
use std::io::{self, ErrorKind, IoSlice, Read, Seek, SeekFrom, Write};
use std::slice;

use anyhow::Result;

use crate::entry::stamp::Stamp;
use crate::size::plural;
use crate::tool::{Notes, Watch};

use super::args::Compress;
use super::folder::{self, Folder, Identity};
use super::mend;
use super::pack::Pack;
use super::pen::Left;
use super::pending::Chunks;
use super::plan::{Mode, Plan};
use super::proof::Hash;

pub(crate) struct Disk {
    pub folder: Folder,
    /// By the numbers of the files, as far as one of them is there.
    pub all: Vec<OnDisk>,
    mode: Mode,
    pack: Option<Pack>,
    /// Regular files that are read: appending to one would never end.
    inputs: Vec<Identity>,
    is_proven: bool,
    notes: Notes,
    watch: Watch,
    pub lines: u64,
    pub bytes: u64,
}

/// A file of the run.
#[derive(Debug, Default)]
pub(crate) struct OnDisk {
    /// Bytes that this run wrote.
    pub length: u64,
    /// Which it is, once there.
    pub identity: Option<Identity>,
    /// It was there before.
    pub is_old: bool,
    /// Of its text.
    pub lines: u64,
    /// Where the run gives a receipt.
    pub hash: Option<Box<Hash>>,
}

/// What is to be appended to a file.
#[derive(Debug)]
pub(crate) struct Piece {
    /// The number of the file.
    pub at: usize,
    /// Its name below the folder at this moment.
    pub name: String,
    pub chunks: Chunks,
}

impl Disk {
    pub(crate) fn new(folder: Folder, plan: &Plan, notes: Notes, watch: Watch) -> Result<Self> {
        Ok(Disk {
            folder,
            all: Vec::new(),
            mode: plan.mode,
            pack: plan.compress.map(Pack::new).transpose()?,
            inputs: plan.inputs.iter().filter_map(|input| Identity::of_input(input)).collect(),
            is_proven: plan.manifest,
            notes,
            watch,
            lines: 0,
            bytes: 0,
        })
    }

    fn file(&mut self, at: usize) -> &mut OnDisk {
        if at >= self.all.len() {
            let is_proven = self.is_proven;
            let new = || OnDisk { hash: is_proven.then(Box::default), ..OnDisk::default() };
            self.all.resize_with(at + 1, new);
        }
        &mut self.all[at]
    }

    /// Opens the file, appends the piece and closes it. Gives back the chunks, or what of them is not in the file.
    pub(crate) fn append(&mut self, mut piece: Piece) -> Result<Chunks, Left> {
        let written = self.try_append(&piece);
        let done = match &written {
            Ok(()) => usize::MAX,
            Err((done, _)) => *done,
        };
        let lines =
            first(&piece.chunks, done).map(|chunk| memchr::memchr_iter(b'\n', chunk).count() as u64).sum::<u64>();
        self.lines += lines;
        self.file(piece.at).lines += lines;
        let Err((mut done, error)) = written else { return Ok(piece.chunks) };
        piece.chunks.retain_mut(|chunk| {
            let gone = chunk.len().min(done);
            done -= gone;
            chunk.drain(..gone);
            !chunk.is_empty()
        });
        let path = self.folder.path(&piece.name);
        let error = anyhow::Error::from(error).context(format!("cannot write {}", path.display()));
        Err(Left { pieces: vec![piece], error })
    }

    fn try_append(&mut self, piece: &Piece) -> Result<(), (usize, io::Error)> {
        let pack = |pack: &mut Pack| pack.pack(&piece.chunks.concat());
        let packed = self.pack.as_mut().map(pack).transpose().map_err(|e| (0, e))?;
        let chunks = packed.as_ref().map_or(&piece.chunks[..], slice::from_ref);
        let mut file = self.open(piece.at, &piece.name).map_err(|e| (0, folder::explain(e)))?;
        let (written, outcome) = write(&mut file, chunks);
        // What cannot be whole is taken back: a member or frame, and in a live file a line.
        let kept = match outcome {
            Ok(()) => written,
            Err(_) if packed.is_some() => 0,
            Err(_) if self.mode == Mode::Append => whole_lines(chunks, written),
            Err(_) => written,
        };
        if kept < written {
            let length = file.metadata().map_err(|e| (0, e))?.len();
            file.set_len(length.saturating_sub((written - kept) as u64)).map_err(|e| (0, e))?;
        }
        let file = self.file(piece.at);
        if let Some(hash) = &mut file.hash {
            first(chunks, kept).for_each(|bytes| hash.take(bytes));
        }
        file.length += kept as u64;
        self.bytes += kept as u64;
        outcome.map_err(|e| (if packed.is_some() { 0 } else { kept }, e))
    }

    fn open(&mut self, at: usize, name: &str) -> io::Result<File> {
        let OnDisk { identity: known, length, .. } = *self.file(at);
        match (self.mode, known) {
            (Mode::Append, known) => {
                let (mut file, is_old) = self.folder.append(name)?;
                let identity = Identity::of_file(&file)?;
                if self.inputs.contains(&identity) {
                    return Err(io::Error::other("it is read in this run"));
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
                    self.all[at].identity = Some(Identity::of_file(&file)?);
                }
                Ok(file)
            }
            (_, None) => {
                let (file, identity) = self.folder.create(name)?;
                self.all[at].identity = Some(identity);
                Ok(file)
            }
            (_, Some(identity)) => {
                let (file, found) = self.folder.reopen(name, identity)?;
                // Numbers of removed files are given to new ones: what we wrote must be in it as well.
                if found != length {
                    return Err(io::Error::other("somebody wrote to it, or put another file in its place"));
                }
                Ok(file)
            }
        }
    }

    /// Gives the file, `now` called so, its `name` and the time of its last entry. `undated` counts those that
    /// cannot have it.
    pub(crate) fn settle(
        &mut self,
        at: usize,
        now: &str,
        name: &str,
        last: Option<Stamp>,
        undated: &mut usize,
    ) -> io::Result<()> {
        let file = self.open(at, now)?;
        if let Some(last) = last {
            // Only the owner of a file may do this, and no file is worse without.
            *undated += usize::from(folder::set_time(&file, last).is_err());
        }
        if let (Some(identity), true) = (self.all[at].identity, self.mode != Mode::Append) {
            self.all[at].is_old = self.folder.rename(now, identity, name, self.mode == Mode::Replace)?;
        }
        Ok(())
    }

    /// Whether an old packed file ended in the middle of a member or frame. It was mended then, and is
    /// another file.
    fn is_cut(&mut self, file: &File, name: &str, compress: Compress) -> io::Result<bool> {
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

/// The first `length` bytes of the chunks, chunk by chunk.
fn first(chunks: &[Vec<u8>], length: usize) -> impl Iterator<Item = &[u8]> {
    chunks.iter().scan(length, |left, chunk| {
        let chunk = &chunk[..chunk.len().min(*left)];
        *left -= chunk.len();
        Some(chunk)
    })
}

/// How many of the first `length` bytes are whole lines.
fn whole_lines(chunks: &[Vec<u8>], length: usize) -> usize {
    let (mut seen, mut whole) = (0, 0);
    for chunk in first(chunks, length) {
        whole = memchr::memrchr(b'\n', chunk).map_or(whole, |end| seen + end + 1);
        seen += chunk.len();
    }
    whole
}

/// Writes all of it, or says how much.
fn write(file: &mut File, chunks: &[Vec<u8>]) -> (usize, io::Result<()>) {
    let mut slices: Vec<IoSlice> = chunks.iter().map(|chunk| IoSlice::new(chunk)).collect();
    let mut left = &mut slices[..];
    let mut written = 0;
    while !left.is_empty() {
        match file.write_vectored(left) {
            Ok(0) => return (written, Err(ErrorKind::WriteZero.into())),
            Ok(n) => {
                written += n;
                IoSlice::advance_slices(&mut left, n);
            }
            Err(e) if e.kind() == ErrorKind::Interrupted => {}
            Err(e) => return (written, Err(e)),
        }
    }
    (written, Ok(()))
}

/// Ends the last line of a file where a run was killed in the middle of it.
fn end_line(mut file: &File) -> io::Result<()> {
    let mut last = [b'\n'];
    if file.seek(SeekFrom::End(0))? > 0 {
        file.seek(SeekFrom::End(-1))?;
        file.read_exact(&mut last)?;
    }
    if last == *b"\n" { Ok(()) } else { file.write_all(b"\n") }
}
