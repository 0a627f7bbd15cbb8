//! Who writes to the files: a thread of its own once there is much to write. Whoever scans entries need not wait for the
//! disk.

use std::io;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;

use anyhow::{Error, anyhow};

use super::disk::{Disk, Piece};
use super::pending::{CHUNK, Chunks};

/// So many chunks may be on their way.
const AWAY: usize = (4 << 20) / CHUNK;

/// So many go back at once where more wait: to wake somebody for each piece may take longer than to write it.
const ENOUGH: usize = AWAY / 16;

/// A run that writes no more chunks needs no thread.
const FEW: usize = (1 << 20) / CHUNK;

/// Writes pieces in their order. What cannot be written comes back.
pub(crate) struct Pen {
    disk: Arc<Mutex<Disk>>,
    scribe: Option<Scribe>,
    /// Chunks handed over so far.
    passed: usize,
    /// With so many a thread is worth its while.
    few: usize,
    /// Empty chunks, to be filled again.
    pub spare: Chunks,
}

/// What could not be written, in order, and why.
pub(crate) struct Left {
    pub pieces: Vec<Piece>,
    pub error: Error,
}

/// A thread that writes. Chunks come back when they are written; with the first that cannot be it ends, and all comes
/// back that it was given since.
struct Scribe {
    to_write: Sender<Piece>,
    back: Receiver<Result<Chunks, Broken>>,
    /// Chunks on their way.
    away: usize,
}

/// The end of that thread.
struct Broken {
    left: Left,
    /// What it was given since.
    rest: Receiver<Piece>,
}

impl Pen {
    pub(crate) fn new(disk: Disk) -> Self {
        Pen { disk: Arc::new(Mutex::new(disk)), scribe: None, passed: 0, few: FEW, spare: Vec::new() }
    }

    /// The files as they are on disk. [Wait](Self::wait) first: what is on its way may come there any time.
    pub(crate) fn disk(&self) -> MutexGuard<'_, Disk> {
        lock(&self.disk)
    }

    /// Writes the piece, soon. An error may be of an earlier one.
    pub(crate) fn write(&mut self, piece: Piece) -> Result<(), Left> {
        self.passed += piece.chunks.len();
        if self.scribe.is_none() && self.passed > self.few {
            // Two threads on one processor only get into each other's way.
            let is_alone = thread::available_parallelism().is_ok_and(|processors| processors.get() < 2);
            self.scribe = if is_alone { None } else { Scribe::start(&self.disk).ok() };
            self.few = if self.scribe.is_none() { usize::MAX } else { FEW };
        }
        let Some(scribe) = &mut self.scribe else {
            let chunks = self.disk().append(piece)?;
            self.clear(chunks);
            return Ok(());
        };
        scribe.away += piece.chunks.len();
        // Who has ended says why, and gives it back with the rest.
        let most = if scribe.to_write.send(piece).is_ok() { AWAY } else { 0 };
        self.wait_for(most)
    }

    /// Waits until nothing is on its way.
    pub(crate) fn wait(&mut self) -> Result<(), Left> {
        self.wait_for(0)
    }

    /// Waits until no more than `most` chunks are on their way, and takes what has come back.
    fn wait_for(&mut self, most: usize) -> Result<(), Left> {
        while let Some(scribe) = &mut self.scribe {
            let back = if scribe.away > most { scribe.back.recv().ok() } else { scribe.back.try_recv().ok() };
            match back {
                Some(Ok(chunks)) => {
                    scribe.away -= chunks.len();
                    self.clear(chunks);
                }
                Some(Err(Broken { mut left, rest })) => {
                    left.pieces.extend(rest.try_iter());
                    (self.scribe, self.passed) = (None, 0);
                    return Err(left);
                }
                None if scribe.away > most => {
                    self.scribe = None;
                    return Err(Left { pieces: Vec::new(), error: anyhow!("the thread that writes is gone") });
                }
                None => break,
            }
        }
        Ok(())
    }

    fn clear(&mut self, chunks: Chunks) {
        self.spare.extend(chunks.into_iter().map(|mut chunk| {
            chunk.clear();
            chunk
        }));
    }
}

impl Scribe {
    fn start(disk: &Arc<Mutex<Disk>>) -> io::Result<Self> {
        let (to_write, pieces) = channel::<Piece>();
        let (give_back, back) = channel();
        let disk = Arc::clone(disk);
        thread::Builder::new().name("disk".into()).spawn(move || Scribe::work(&disk, pieces, &give_back))?;
        Ok(Scribe { to_write, back, away: 0 })
    }

    fn work(disk: &Mutex<Disk>, pieces: Receiver<Piece>, give_back: &Sender<Result<Chunks, Broken>>) {
        while let Ok(piece) = pieces.recv() {
            let mut written = Chunks::new();
            let mut next = Some(piece);
            while let Some(piece) = next {
                let appended = lock(disk).append(piece);
                match appended {
                    Ok(chunks) => written.extend(chunks),
                    Err(left) => return drop(give_back.send(Err(Broken { left, rest: pieces }))),
                }
                next = if written.len() < ENOUGH { pieces.try_recv().ok() } else { None };
            }
            if give_back.send(Ok(written)).is_err() {
                break;
            }
        }
    }
}

/// Where somebody panicked, what is on disk is there all the same.
fn lock(disk: &Mutex<Disk>) -> MutexGuard<'_, Disk> {
    disk.lock().unwrap_or_else(PoisonError::into_inner)
}
