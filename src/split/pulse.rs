//! Reading that pauses now and then, so that what is pending comes out though lines never cease.

use std::io::{self, ErrorKind, Read};
use std::time::{Duration, Instant};

/// Of the time that passes, what a pause takes is one part in this many at most.
const SHARE: u32 = 20;

/// And yet pauses are no farther apart.
const RAREST: Duration = Duration::from_secs(2);

/// Says that its input is dry, by [`ErrorKind::WouldBlock`], also where a while has passed since it
/// last was. The clock is looked at before a read, not at every line.
pub(crate) struct Pulse {
    read: Box<dyn Read + Send>,
    every: Duration,
    last: Instant,
    /// We are called again for the first time since we paused: what came between was the flush.
    paused: bool,
    /// How far the next pause is away.
    next: Duration,
}

impl Pulse {
    /// One that pauses `every` so often, and more rarely where flushing takes long: thousands of files
    /// are not opened five times a second for a few bytes each.
    pub(crate) fn new(read: Box<dyn Read + Send>, every: Duration) -> Self {
        Pulse { read, every, last: Instant::now(), paused: false, next: every }
    }
}

impl Read for Pulse {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        let passed = self.last.elapsed();
        if std::mem::take(&mut self.paused) {
            self.next = (passed * SHARE).min(RAREST).max(self.every);
        }
        let outcome = if passed < self.next { self.read.read(buf) } else { Err(ErrorKind::WouldBlock.into()) };
        if outcome.as_ref().is_err_and(|e| e.kind() == ErrorKind::WouldBlock) {
            self.last = Instant::now();
            self.paused = true;
        }
        outcome
    }
}
