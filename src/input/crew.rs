//! Several threads work on chunks of an input, as long as it consists of lines that can be read each by itself.
//!
//! This thread reads, gives the chunks out, and settles what came of them in their order; where it would wait for one, it
//! takes a part in the work. Threads are only started once there is a whole chunk; with a slow input this thread does the
//! work itself, as the lines come.
//! Where a chunk ends within a value, whoever reads it goes on with all that follows, alone: so whatever is no
//! line is read as if there were no threads.

use std::collections::VecDeque;
use std::io::{self, Read};
use std::num::NonZero;
use std::sync::mpsc::{Receiver, Sender, SyncSender, TryRecvError, channel, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, Builder, Scope};

use anyhow::{Context, anyhow};

use super::chunks::{CHUNK, Chunks, More};
use super::values::Values;
use crate::tool::Failure;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Size {
    /// Threads beside ours; 0 for no chunks.
    pub hands: usize,
    /// So many chunks for each thread, ours too, wait or are in its hands.
    pub queue: usize,
    /// Bytes.
    pub chunk: usize,
}

impl Size {
    /// With ours one thread a core, but no more than `most` beside ours.
    pub(crate) fn of(most: usize, queue: usize) -> Self {
        let cores = thread::available_parallelism().map_or(1, NonZero::get);
        Size { hands: (cores - 1).min(most), queue, chunk: CHUNK }
    }
}

const TOO_EARLY: &str = "a thread ended too early";

/// What comes of a chunk, whatever is before it.
pub(crate) trait Sheet: Send {
    /// Takes what `values` has, as far as it ends in the chunk, and as there is room for. False where that is nothing.
    fn fill(&mut self, values: &mut Values) -> bool;
}

/// What is done with an input.
pub(crate) trait Work {
    type Sheet: Sheet;

    /// An empty one.
    fn sheet(&self) -> Self::Sheet;

    /// Takes what came of the next chunk, or of a part of it, and leaves the sheet empty. `values` is what it was filled
    /// from, so many `lines` are before that; the chunk is done where it is [between](Values::is_between) two.
    fn settle(&mut self, sheet: &mut Self::Sheet, values: &Values, lines: u64) -> Result<(), Failure>;

    /// The input is dry, and all that came is settled. False where no more of it is wanted.
    fn dry(&mut self) -> Result<bool, Failure>;
}

/// A chunk, and what comes of it.
struct Job<S> {
    values: Values,
    sheet: S,
}

/// A job that waits for somebody with time, who gives it back.
struct Errand<S> {
    job: Job<S>,
    back: SyncSender<Job<S>>,
}

impl<S: Sheet> Errand<S> {
    fn run(mut self) {
        self.job.sheet.fill(&mut self.job.values);
        // Where nobody waits for it any more, all is over.
        let _ = self.back.send(self.job);
    }
}

/// Threads that take errands, in their order, whoever has time.
struct Hands<S> {
    to_do: Sender<Errand<S>>,
    queue: Arc<Mutex<Receiver<Errand<S>>>>,
    count: usize,
}

impl<S: Sheet> Hands<S> {
    /// So many, or as many as can be had.
    fn start<'s>(wanted: usize, scope: &'s Scope<'s, '_>) -> Self
    where
        S: 's,
    {
        let (to_do, queue) = channel::<Errand<S>>();
        let queue = Arc::new(Mutex::new(queue));
        let hand = || {
            let queue = Arc::clone(&queue);
            let work = move || {
                loop {
                    // Who waits keeps the others out, for whom there is nothing either.
                    let Ok(errand) = queue.lock().unwrap_or_else(PoisonError::into_inner).recv() else { break };
                    errand.run();
                }
            };
            Builder::new().name("chunks".into()).spawn_scoped(scope, work).ok()
        };
        let count = (0..wanted).map_while(|_| hand()).count();
        Hands { to_do, queue, count }
    }

    /// An errand that nobody has taken yet.
    fn take(&self) -> Option<Errand<S>> {
        self.queue.try_lock().ok()?.try_recv().ok()
    }
}

/// The work on one input.
struct Crew<'w, W: Work> {
    work: &'w mut W,
    size: Size,
    max_line: usize,
    hands: Option<Hands<W::Sheet>>,
    /// Where the chunks that were given out come back, in their order.
    out: VecDeque<Receiver<Job<W::Sheet>>>,
    /// Those that have nothing to do.
    idle: Vec<Job<W::Sheet>>,
    /// A buffer to fill.
    room: Vec<u8>,
    /// Lines of the chunks that came back.
    lines: u64,
    ends_plain: bool,
    has_begun: bool,
}

/// Does the `work` on what `read` gives, as far as it consists of lines of at most `max_line` bytes. Returns who reads
/// what is left, to its end. Fails as the work does.
pub(crate) fn work<W: Work>(
    read: Box<dyn Read + Send>,
    size: Size,
    max_line: usize,
    work: &mut W,
) -> Result<Values, Failure> {
    let chunks = Chunks::new(read, size.chunk, max_line);
    // The crew is dropped within, so that the threads end.
    thread::scope(move |scope| {
        let crew = Crew {
            work,
            size,
            max_line,
            hands: None,
            out: VecDeque::new(),
            idle: Vec::new(),
            room: Vec::new(),
            lines: 0,
            ends_plain: false,
            has_begun: false,
        };
        crew.all(chunks, scope)
    })
}

type Last<W> = Option<Job<<W as Work>::Sheet>>;

impl<W: Work> Crew<'_, W> {
    fn all<'s>(mut self, mut chunks: Chunks, scope: &'s Scope<'s, '_>) -> Result<Values, Failure>
    where
        W::Sheet: 's,
    {
        loop {
            let last = match chunks.next() {
                More::Chunk(length) if self.hands(scope) > 0 => {
                    let job = self.load(&mut chunks, length);
                    self.give_out(job)?;
                    if self.out.len() < self.size.queue * (self.hands(scope) + 1) { None } else { self.collect()? }
                }
                More::Dry => match self.collect_all()? {
                    None => match chunks.whole_lines() {
                        Some(length) => self.whole_lines(&mut chunks, length)?,
                        None => Some(self.load(&mut chunks, 0)),
                    },
                    last => last,
                },
                More::Chunk(_) | More::Rest => match self.collect_all()? {
                    None => Some(self.load(&mut chunks, 0)),
                    last => last,
                },
            };
            if let Some(mut last) = last {
                let mut before = Vec::new();
                while !self.out.is_empty() {
                    before.extend_from_slice(self.receive()?.values.chunk());
                }
                last.values.go_on(chunks.rest(before), self.lines);
                return Ok(last.values);
            }
        }
    }

    /// Does the work on what there is of a dry input.
    fn whole_lines(&mut self, chunks: &mut Chunks, length: usize) -> Result<Last<W>, Failure> {
        let mut job = self.load(chunks, length);
        job.sheet.fill(&mut job.values);
        let last = self.settle(job)?;
        Ok(if self.work.dry()? { last } else { last.or_else(|| Some(self.load(chunks, 0))) })
    }

    /// How many there are. They are started when they are needed first.
    fn hands<'s>(&mut self, scope: &'s Scope<'s, '_>) -> usize
    where
        W::Sheet: 's,
    {
        self.hands.get_or_insert_with(|| Hands::start(self.size.hands, scope)).count
    }

    /// A job with the next `length` bytes.
    fn load(&mut self, chunks: &mut Chunks, length: usize) -> Job<W::Sheet> {
        let idle = self.idle.pop();
        let mut job = idle.unwrap_or_else(|| Job {
            values: Values::new(Box::new(io::empty()), self.max_line),
            sheet: self.work.sheet(),
        });
        let mut chunk = chunks.take(length, std::mem::take(&mut self.room));
        job.values.put(&mut chunk, length, !self.has_begun, self.ends_plain);
        self.room = chunk;
        self.has_begun |= length > 0;
        job
    }

    fn give_out(&mut self, job: Job<W::Sheet>) -> Result<(), Failure> {
        let (back, out) = sync_channel(1);
        let sent = self.hands.as_ref().and_then(|hands| hands.to_do.send(Errand { job, back }).ok());
        sent.ok_or_else(|| anyhow!(TOO_EARLY))?;
        self.out.push_back(out);
        Ok(())
    }

    /// Waits for the first of the jobs that were given out, and does others as long as there are such.
    fn receive(&mut self) -> Result<Job<W::Sheet>, Failure> {
        let first = self.out.pop_front().context(TOO_EARLY)?;
        loop {
            match first.try_recv() {
                Err(TryRecvError::Empty) => {}
                done => return Ok(done.context(TOO_EARLY)?),
            }
            match self.hands.as_ref().and_then(Hands::take) {
                Some(errand) => errand.run(),
                None => return Ok(first.recv().context(TOO_EARLY)?),
            }
        }
    }

    fn collect(&mut self) -> Result<Last<W>, Failure> {
        let job = self.receive()?;
        self.settle(job)
    }

    fn collect_all(&mut self) -> Result<Last<W>, Failure> {
        while !self.out.is_empty() {
            if let Some(last) = self.collect()? {
                return Ok(Some(last));
            }
        }
        Ok(None)
    }

    /// Settles what came of a job. Returns it if it has to go on.
    fn settle(&mut self, mut job: Job<W::Sheet>) -> Result<Last<W>, Failure> {
        self.work.settle(&mut job.sheet, &job.values, self.lines)?;
        // A full sheet leaves some of the chunk; what is left may be blanks.
        while !job.values.is_between() && (job.sheet.fill(&mut job.values) || job.values.is_between()) {
            self.work.settle(&mut job.sheet, &job.values, self.lines)?;
        }
        if !job.values.is_between() {
            return Ok(Some(job));
        }
        self.lines += job.values.lines();
        self.ends_plain = job.values.ends_plain();
        self.idle.push(job);
        Ok(None)
    }
}
