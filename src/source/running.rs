//! A source at work, in a thread of its own.

use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use super::{Demand, Event, Spare, Spent};

/// Hands out what a source sends, and tells it what is wanted.
pub(crate) struct Running {
    events: Receiver<Event>,
    thread: JoinHandle<Spent>,
    /// It takes its blocks from here.
    pub spare: Spare,
    demand: Demand,
    /// The source has nothing more to send.
    is_done: bool,
    /// Tells the source; it is then worth waiting for. `None` for a source that cannot be told, and may
    /// hang in a read.
    tell: Option<Box<dyn Fn(Demand)>>,
}

/// How long a source may take to end what it began elsewhere.
const FAREWELL: Duration = Duration::from_secs(10);

impl Running {
    pub(crate) fn new(
        events: Receiver<Event>,
        thread: JoinHandle<Spent>,
        spare: Spare,
        tell: Option<Box<dyn Fn(Demand)>>,
    ) -> Self {
        Running { events, thread, spare, demand: Demand::default(), is_done: false, tell }
    }

    /// The next event, if one comes in time.
    pub(crate) fn next(&mut self, patience: Duration) -> Result<Event, RecvTimeoutError> {
        let next = self.events.recv_timeout(patience);
        self.is_done = matches!(next, Err(RecvTimeoutError::Disconnected));
        next
    }

    /// Lets the source begin the slices before `number`, counted from 0.
    pub(crate) fn want(&mut self, number: usize) {
        if number > self.demand.slices {
            self.demand.slices = number;
            self.told();
        }
    }

    /// Ends the source, and says what it spent; `None` where it broke down.
    pub(crate) fn end(mut self) -> Option<Spent> {
        self.demand.is_over = true;
        self.told();
        // A source that waits for room in the channel waits no more.
        drop(self.events);
        let began = Instant::now();
        while !self.thread.is_finished() {
            if !self.is_done && (self.tell.is_none() || began.elapsed() > FAREWELL) {
                return Some(Spent::default());
            }
            thread::sleep(Duration::from_millis(5));
        }
        self.thread.join().ok()
    }

    fn told(&self) {
        if let Some(tell) = &self.tell {
            tell(self.demand);
        }
    }
}
