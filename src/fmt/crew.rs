//! Several threads format chunks of an input, as long as it consists of lines that can be read each by itself.
//!
//! This thread reads, deals the chunks out in turns, and writes what came of them in their order. Threads are only
//! started once there is a whole chunk; of a slow input this thread formats the lines itself, as they come.
//! Where a chunk ends within a value, whoever reads it goes on with all that follows, alone: so whatever is no
//! line is read as if there were no threads.

#[cfg(test)]
mod tests;

use std::io::{self, Read};
use std::num::NonZero;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread::{self, Builder, Scope};

use anyhow::{Context, anyhow};

use super::out::Out;
use super::page::{Page, Step};
use super::plan::Plan;
use crate::input::chunks::{CHUNK, Chunks, More};
use crate::input::values::Values;
use crate::tool::Failure;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Size {
    /// Threads beside ours; 0 for no chunks.
    pub hands: usize,
    /// Bytes.
    pub chunk: usize,
}

/// So many chunks wait for a thread, or are in its hands.
const QUEUE: usize = 2;

impl Size {
    /// One thread a core, but no more than one that reads and writes can keep busy. A screen has columns that depend on
    /// all lines before.
    pub(crate) fn of(plan: &Plan) -> Self {
        let cores = thread::available_parallelism().map_or(1, NonZero::get);
        let hands = if plan.screen || cores == 1 { 0 } else { cores.min(3) };
        Size { hands, chunk: CHUNK }
    }
}

/// A chunk, and what comes of it.
struct Job<'a> {
    values: Values,
    page: Page<'a>,
}

impl<'a> Job<'a> {
    fn new(plan: &'a Plan) -> Self {
        Job { values: Values::new(Box::new(io::empty()), plan.max_line), page: Page::new(plan) }
    }

    /// Formats the chunk, as far as its values end in it.
    fn format(&mut self) {
        while let Ok(Step::Item) = self.page.step(&mut self.values) {}
    }
}

struct Hand<'a> {
    todo: Sender<Job<'a>>,
    done: Receiver<Job<'a>>,
}

impl<'a> Hand<'a> {
    fn start<'s>(scope: &'s Scope<'s, '_>) -> io::Result<Self>
    where
        'a: 's,
    {
        let (todo, jobs) = channel::<Job>();
        let (give_back, done) = channel();
        Builder::new().name("format".into()).spawn_scoped(scope, move || {
            for mut job in jobs {
                job.format();
                if give_back.send(job).is_err() {
                    break;
                }
            }
        })?;
        Ok(Hand { todo, done })
    }
}

/// The work on one input.
pub(super) struct Crew<'a, 'r> {
    plan: &'a Plan,
    size: Size,
    page: &'r mut Page<'a>,
    out: &'r mut Out,
    hands: Vec<Hand<'a>>,
    /// How many chunks were dealt out, and how many of those came back.
    dealt: usize,
    back: usize,
    /// Those that have nothing to do.
    idle: Vec<Job<'a>>,
    /// A buffer to fill.
    room: Vec<u8>,
    /// Lines of the chunks that came back.
    lines: u64,
    ends_plain: bool,
    has_begun: bool,
}

impl<'a, 'r> Crew<'a, 'r> {
    /// Formats what `read` gives, as far as it consists of lines. Returns who reads what is left, to its end.
    pub(super) fn work(
        read: Box<dyn Read + Send>,
        size: Size,
        plan: &'a Plan,
        page: &'r mut Page<'a>,
        out: &'r mut Out,
    ) -> Result<Values, Failure> {
        out.write(&mut page.buf)?;
        let mut crew = Crew {
            plan,
            size,
            page,
            out,
            hands: Vec::new(),
            dealt: 0,
            back: 0,
            idle: Vec::new(),
            room: Vec::new(),
            lines: 0,
            ends_plain: false,
            has_begun: false,
        };
        // Dropped within, so that the threads end.
        thread::scope(move |scope| crew.all(Chunks::new(read, size.chunk, plan.max_line), scope))
    }

    fn all<'s>(&mut self, mut chunks: Chunks, scope: &'s Scope<'s, '_>) -> Result<Values, Failure>
    where
        'a: 's,
    {
        loop {
            let last = match chunks.next() {
                More::Chunk(length) if self.has_hands(scope) => {
                    let job = self.load(&mut chunks, length);
                    self.deal(job)?;
                    if self.dealt - self.back < QUEUE * self.hands.len() { None } else { self.collect()? }
                }
                More::Dry => match self.collect_all()? {
                    None => match chunks.whole_lines() {
                        Some(length) => {
                            let mut job = self.load(&mut chunks, length);
                            job.format();
                            self.settle(job)?
                        }
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
                while self.back < self.dealt {
                    before.extend_from_slice(self.receive()?.values.chunk());
                }
                last.values.go_on(chunks.rest(before), self.lines);
                return Ok(last.values);
            }
        }
    }

    /// Threads are started when they are needed first. False where there is none.
    fn has_hands<'s>(&mut self, scope: &'s Scope<'s, '_>) -> bool
    where
        'a: 's,
    {
        if self.hands.is_empty() {
            self.hands.extend((0..self.size.hands).map_while(|_| Hand::start(scope).ok()));
        }
        !self.hands.is_empty()
    }

    /// A job with the next `length` bytes.
    fn load(&mut self, chunks: &mut Chunks, length: usize) -> Job<'a> {
        let mut job = self.idle.pop().unwrap_or_else(|| Job::new(self.plan));
        let mut chunk = chunks.take(length, std::mem::take(&mut self.room));
        job.values.put(&mut chunk, length, !self.has_begun, self.ends_plain);
        self.room = chunk;
        self.has_begun |= length > 0;
        job
    }

    fn deal(&mut self, job: Job<'a>) -> Result<(), Failure> {
        let hand = &self.hands[self.dealt % self.hands.len()];
        hand.todo.send(job).map_err(|_| anyhow!("a thread ended too early"))?;
        self.dealt += 1;
        Ok(())
    }

    /// Waits for the first of the jobs that were dealt.
    fn receive(&mut self) -> Result<Job<'a>, Failure> {
        let hand = &self.hands[self.back % self.hands.len()];
        let job = hand.done.recv().context("a thread ended too early")?;
        self.back += 1;
        Ok(job)
    }

    fn collect(&mut self) -> Result<Option<Job<'a>>, Failure> {
        let job = self.receive()?;
        self.settle(job)
    }

    fn collect_all(&mut self) -> Result<Option<Job<'a>>, Failure> {
        while self.back < self.dealt {
            if let Some(last) = self.collect()? {
                return Ok(Some(last));
            }
        }
        Ok(None)
    }

    /// Writes what came of a job. Returns it if it has to go on.
    fn settle(&mut self, mut job: Job<'a>) -> Result<Option<Job<'a>>, Failure> {
        self.out.write(&mut job.page.buf)?;
        let is_done = job.values.is_between();
        if is_done {
            job.page.trouble.mended = job.values.mended();
        }
        self.page.trouble.add(std::mem::take(&mut job.page.trouble), self.lines);
        self.page.says_failed = job.page.says_failed.take().or(self.page.says_failed);
        self.page.has_read |= std::mem::take(&mut job.page.has_read);
        if !is_done {
            return Ok(Some(job));
        }
        self.lines += job.values.lines();
        self.ends_plain = job.values.ends_plain();
        self.idle.push(job);
        Ok(None)
    }
}
