//! Files of an archive, several read at a time, each in a thread, and handed out one after another: most of the work is
//! to unpack them and to look at their lines.

use std::collections::VecDeque;
use std::io;
use std::ops::ControlFlow;
use std::path::PathBuf;
use std::sync::mpsc::{Receiver, Sender, SyncSender, channel, sync_channel};
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::thread;

use super::file::{self, Part};
use crate::source::intake::Intake;

/// So many files are read at a time. More would wait for whoever sorts what comes of them.
pub(super) const READERS: usize = 2;

/// So many are begun before the first of them is handed out whole: small ones stand beside large ones.
const BEGUN: usize = 2 * READERS;

/// So many parts of a file that was begun wait to be handed out.
const WAITING: usize = 4;

pub(super) struct Ahead {
    /// Not yet begun, with their numbers.
    files: std::iter::Enumerate<std::vec::IntoIter<PathBuf>>,
    named: bool,
    /// Begun, in their order.
    begun: VecDeque<(usize, Receiver<Part>)>,
    jobs: Sender<Job>,
    turn: Arc<Turn>,
    /// Where no thread can be started, files are read by whoever asks for them.
    hand: Option<Intake>,
}

/// A file to be read, and to whom its parts go.
struct Job {
    number: usize,
    path: PathBuf,
    named: bool,
    parts: SyncSender<Part>,
}

/// Which file is handed out. Of those behind it no part waits that is much longer than a block should be: an entry
/// may take as much memory as all others together.
#[derive(Default)]
pub(super) struct Turn {
    number: Mutex<usize>,
    moved: Condvar,
}

impl Turn {
    fn wait_for(&self, number: usize) {
        let now = self.number.lock().unwrap_or_else(PoisonError::into_inner);
        drop(self.moved.wait_while(now, |now| *now < number));
    }

    fn is_of(&self, number: usize) {
        *self.number.lock().unwrap_or_else(PoisonError::into_inner) = number;
        self.moved.notify_all();
    }
}

impl Ahead {
    /// Files that are read for `intake`, by so many `readers`. Nothing is begun yet.
    pub(super) fn new(files: Vec<PathBuf>, named: bool, intake: &Intake, readers: usize) -> Self {
        let (jobs, to_do) = channel::<Job>();
        let (to_do, turn) = (Arc::new(Mutex::new(to_do)), Arc::<Turn>::default());
        let readers = 0..readers.min(files.len());
        let started = readers.filter(|_| start(&to_do, &turn, intake.fork_apart()).is_ok()).count();
        let hand = (started == 0).then(|| intake.fork_apart());
        Ahead { files: files.into_iter().enumerate(), named, begun: VecDeque::new(), jobs, turn, hand }
    }

    /// Lives as long as any reader does.
    #[cfg(test)]
    pub(super) fn turn(&self) -> std::sync::Weak<Turn> {
        Arc::downgrade(&self.turn)
    }

    /// Hands out the next file, until `take` breaks off.
    pub(super) fn next(&mut self, mut take: impl FnMut(Part) -> ControlFlow<()>) -> ControlFlow<()> {
        if let Some(intake) = &mut self.hand {
            let Some((_, path)) = self.files.next() else { return ControlFlow::Continue(()) };
            return file::read(&path, self.named, intake, take);
        }
        while self.begun.len() < BEGUN
            && let Some((number, path)) = self.files.next()
        {
            let (parts, coming) = sync_channel(WAITING);
            // All readers are gone only where all broke down, and then the parts end too early.
            let _ = self.jobs.send(Job { number, path, named: self.named, parts });
            self.begun.push_back((number, coming));
        }
        let Some((number, parts)) = self.begun.pop_front() else { return ControlFlow::Continue(()) };
        self.turn.is_of(number);
        loop {
            match parts.recv() {
                Ok(part) => {
                    let is_last = matches!(part, Part::End(_));
                    take(part)?;
                    if is_last {
                        return ControlFlow::Continue(());
                    }
                }
                // Only who broke down says no end.
                Err(_) => std::panic::resume_unwind(Box::new("a thread that reads a file broke down")),
            }
        }
    }
}

impl Drop for Ahead {
    /// Whoever waits for a turn need not wait.
    fn drop(&mut self) {
        self.begun.clear();
        self.turn.is_of(usize::MAX);
    }
}

/// Starts a thread that reads one file after another. It ends with whoever hands them out, or takes the parts.
fn start(to_do: &Arc<Mutex<Receiver<Job>>>, turn: &Arc<Turn>, mut intake: Intake) -> io::Result<()> {
    let (to_do, turn) = (Arc::clone(to_do), Arc::clone(turn));
    let next = move || to_do.lock().unwrap_or_else(PoisonError::into_inner).recv().ok();
    let most = 2 * intake.reading.block;
    let work = move || {
        while let Some(Job { number, path, named, parts }) = next() {
            let send = |part: Part| {
                if part.size() > most {
                    turn.wait_for(number);
                }
                parts.send(part).map_or(ControlFlow::Break(()), ControlFlow::Continue)
            };
            if file::read(&path, named, &mut intake, send).is_break() {
                return;
            }
        }
    };
    thread::Builder::new().name("reader".into()).spawn(work).map(drop)
}
