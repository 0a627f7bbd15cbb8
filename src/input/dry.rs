//! A file that tells when it runs dry, and that a signal can call away from its reading.

use std::fs::File;
use std::io::{self, Read};
use std::os::fd::{AsFd, OwnedFd};

use rustix::event::{PollFd, PollFlags, Timespec, poll};

/// How long a reader waits for more before it says that the input is dry.
#[derive(Debug, Default)]
pub(crate) struct Patience {
    /// Milliseconds; `None` waits without a word.
    pub millis: Option<u32>,
    /// Becomes readable when a signal asks to stop reading: reads then fail with an error that
    /// [`Stopped::is`] knows.
    pub stop: Option<OwnedFd>,
}

/// A signal asked to stop reading.
#[derive(Debug)]
pub(crate) struct Stopped;

impl std::fmt::Display for Stopped {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("interrupted")
    }
}

impl std::error::Error for Stopped {}

impl Stopped {
    /// True where reading ended because a signal asked for it.
    pub(crate) fn is(error: &io::Error) -> bool {
        error.get_ref().is_some_and(|inner| inner.is::<Stopped>())
    }
}

pub(crate) struct Dry {
    file: File,
    patience: Patience,
    /// The reader knows already that nothing is there.
    told: bool,
}

impl Dry {
    pub(crate) fn new(file: File, patience: Patience) -> io::Result<Self> {
        // A regular file is never dry.
        let is_file = file.metadata()?.is_file();
        let millis = patience.millis.filter(|_| !is_file);
        Ok(Dry { file, patience: Patience { millis, ..patience }, told: false })
    }

    /// Waits until there is something to read, `limit` at most; false where nothing came.
    fn wait(&self, limit: Option<u32>) -> io::Result<bool> {
        let limit =
            limit.map(|ms| Timespec { tv_sec: i64::from(ms / 1000), tv_nsec: i64::from(ms % 1000) * 1_000_000 });
        let mut fds = vec![PollFd::from_borrowed_fd(self.file.as_fd(), PollFlags::IN)];
        if let Some(stop) = &self.patience.stop {
            fds.push(PollFd::from_borrowed_fd(stop.as_fd(), PollFlags::IN));
        }
        loop {
            match poll(&mut fds, limit.as_ref()) {
                Err(rustix::io::Errno::INTR) => continue,
                other => other?,
            };
            if fds.get(1).is_some_and(|stop| !stop.revents().is_empty()) {
                return Err(io::Error::other(Stopped));
            }
            return Ok(!fds[0].revents().is_empty());
        }
    }
}

impl Read for Dry {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        loop {
            if self.patience.millis.is_some() || self.patience.stop.is_some() {
                let limit = self.patience.millis.filter(|_| !self.told);
                if !self.wait(limit)? {
                    self.told = true;
                    return Err(io::ErrorKind::WouldBlock.into());
                }
                self.told = false;
            }
            match self.file.read(buf) {
                // Whoever shares the file made it non-blocking: that is no news to our reader.
                Err(e) if e.kind() == io::ErrorKind::WouldBlock => self.wait(None).map(drop)?,
                other => return other,
            }
        }
    }
}
