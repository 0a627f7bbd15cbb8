//! Standard output of a run, written by a thread of its own once there is much of it: who merges and formats need not
//! wait for write(2).

use std::fs::File;
use std::io::{self, Write};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread;

use crate::tool;

/// Bytes of a buffer: as many as a pipe takes at once.
const BUFFER: usize = 64 << 10;

/// So many wait to be written, one more is being filled.
const WAITING: usize = 8;

/// So many are waited for where none is left, and come back together: to change threads costs as much as to write one.
const BACK: usize = WAITING / 2;

/// Bytes that were taken and are not yet written, at most.
pub(crate) const HELD: usize = (WAITING + 1) * BUFFER;

/// Flush it: what is dropped with it is lost. What is written by one call stays together if a buffer holds it, so that
/// whoever reads gets whole lines even of a tool that was killed.
pub(crate) struct Outlet {
    pen: Pen,
    buffer: Vec<u8>,
    /// Bytes handed over so far.
    passed: u64,
}

/// Who writes.
enum Pen {
    Here(File),
    There(Scribe),
    /// Nobody any more.
    Broken(io::Error),
}

/// A thread that writes buffers in their order and gives them back empty, several at a time; with the first error it ends.
struct Scribe {
    full: Sender<Vec<u8>>,
    empty: Receiver<io::Result<Vec<Vec<u8>>>>,
    /// So many buffers were handed over and have not come back.
    away: usize,
    spare: Vec<Vec<u8>>,
}

impl Outlet {
    pub(crate) fn new(file: File) -> Self {
        Outlet { pen: Pen::Here(file), buffer: Vec::new(), passed: 0 }
    }

    /// Standard output.
    pub(crate) fn stdout() -> io::Result<Self> {
        Ok(Outlet::new(tool::stdout()?.into_inner()?))
    }

    /// Hands over what is in the buffer. Whatever goes wrong, now or before, all that follows fails likewise.
    fn hand_over(&mut self) -> io::Result<()> {
        // Most outputs are small and not worth a thread.
        self.passed += self.buffer.len() as u64;
        if self.passed > BUFFER as u64
            && let Pen::Here(file) = &self.pen
            && let Some(scribe) = file.try_clone().ok().and_then(|file| Scribe::start(file).ok())
        {
            self.pen = Pen::There(scribe);
        }
        let done = match &mut self.pen {
            Pen::Here(file) => file.write_all(&self.buffer).map(|()| self.buffer.clear()),
            Pen::There(scribe) => scribe.hand_over(&mut self.buffer),
            Pen::Broken(error) => Err(again(error)),
        };
        done.map_err(|error| self.fail(error))
    }

    fn fail(&mut self, error: io::Error) -> io::Error {
        self.pen = Pen::Broken(again(&error));
        error
    }
}

impl Write for Outlet {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if let Pen::Broken(error) = &self.pen {
            return Err(again(error));
        }
        let fitting = &bytes[..bytes.len().min(BUFFER)];
        if self.buffer.len() + fitting.len() > BUFFER {
            self.hand_over()?;
        }
        self.buffer.extend_from_slice(fitting);
        Ok(fitting.len())
    }

    /// All that was taken is written then.
    fn flush(&mut self) -> io::Result<()> {
        if !self.buffer.is_empty() {
            self.hand_over()?;
        }
        match &mut self.pen {
            Pen::There(scribe) => scribe.wait(0).map_err(|error| self.fail(error)),
            Pen::Here(_) => Ok(()),
            Pen::Broken(error) => Err(again(error)),
        }
    }
}

impl Scribe {
    fn start(mut file: File) -> io::Result<Self> {
        let (full, to_write) = channel::<Vec<u8>>();
        let (give_back, empty) = channel();
        thread::Builder::new().name("stdout".into()).spawn(move || {
            let mut empty = Vec::new();
            let mut next = to_write.recv().ok();
            while let Some(mut buffer) = next {
                let written = file.write_all(&buffer);
                buffer.clear();
                empty.push(buffer);
                next = to_write.try_recv().ok();
                let is_over = written.is_err();
                if is_over || next.is_none() || empty.len() == BACK {
                    let back = written.map(|()| std::mem::take(&mut empty));
                    if give_back.send(back).is_err() || is_over {
                        break;
                    }
                }
                next = next.or_else(|| to_write.recv().ok());
            }
        })?;
        Ok(Scribe { full, empty, away: 0, spare: Vec::new() })
    }

    /// Takes what is in `buffer`, and leaves an empty one.
    fn hand_over(&mut self, buffer: &mut Vec<u8>) -> io::Result<()> {
        if self.away == WAITING {
            self.wait(WAITING - BACK)?;
        }
        let next = self.spare.pop().unwrap_or_else(|| Vec::with_capacity(BUFFER));
        self.away += 1;
        // Where the thread has ended, it has told why.
        if self.full.send(std::mem::replace(buffer, next)).is_err() { self.wait(0) } else { Ok(()) }
    }

    /// Waits until no more than `most` buffers are away; tells what went wrong with one of them.
    fn wait(&mut self, most: usize) -> io::Result<()> {
        while self.away > most {
            let gone = |_| io::Error::other("the thread that writes is gone");
            let back = self.empty.recv().map_err(gone)??;
            self.away -= back.len();
            self.spare.extend(back);
        }
        Ok(())
    }
}

/// The same error once more.
fn again(error: &io::Error) -> io::Error {
    error.raw_os_error().map_or_else(|| error.kind().into(), io::Error::from_raw_os_error)
}

#[cfg(test)]
mod tests;
