//! Where lines go, in large pieces: to standard output or to the pager.

use std::io::{self, Write};

use anyhow::anyhow;

use super::pager::Pager;
use super::plan::Plan;
use crate::tool::{self, Failure, Notes, Status};

/// So many bytes are worth a write, and are written at once.
const PIECE: usize = 64 << 10;

pub(crate) struct Out {
    file: Box<dyn Write>,
    pager: Option<Pager>,
    has_written: bool,
}

impl Out {
    pub(super) fn to(file: Box<dyn Write>) -> Self {
        Out { file, pager: None, has_written: false }
    }

    pub(crate) fn open(plan: &Plan, notes: &Notes) -> Result<Self, Failure> {
        let mut out = Out::to(Box::new(io::sink()));
        if let Some(command) = &plan.pager {
            match Pager::start(command)? {
                Some((pager, input)) => {
                    out.file = Box::new(input);
                    out.pager = Some(pager);
                    return Ok(out);
                }
                None => notes.say(format!("there is no pager `{command}`; set PAGER, or --paging never")),
            }
        }
        let stdout = tool::stdout().and_then(|buffered| Ok(buffered.into_inner()?));
        out.file = Box::new(stdout.map_err(|e| out.failure(e))?);
        Ok(out)
    }

    /// Writes what `buf` holds if it is much.
    pub(crate) fn check(&mut self, buf: &mut Vec<u8>) -> Result<(), Failure> {
        if buf.len() >= PIECE { self.write(buf) } else { Ok(()) }
    }

    /// Writes what `buf` holds, and all that is not there yet, down to the reader.
    pub(crate) fn flush(&mut self, buf: &mut Vec<u8>) -> Result<(), Failure> {
        if buf.is_empty() {
            return Ok(());
        }
        self.write(buf)?;
        self.file.flush().map_err(|e| self.failure(e))
    }

    /// Writes what `buf` holds, and empties it.
    pub(crate) fn write(&mut self, buf: &mut Vec<u8>) -> Result<(), Failure> {
        for piece in buf.chunks(PIECE) {
            self.file.write_all(piece).map_err(|e| self.failure(e))?;
            self.has_written = true;
        }
        buf.clear();
        if buf.capacity() > 16 * PIECE {
            buf.shrink_to(2 * PIECE); // after a huge line
        }
        Ok(())
    }

    fn failure(&self, error: io::Error) -> Failure {
        let status = if self.has_written { Status::Incomplete } else { Status::Failed };
        let target = if self.pager.is_some() { "the pager" } else { "standard output" };
        Failure { status, error: anyhow!(error).context(format!("cannot write to {target}")), hint: None }
    }

    /// Ends the output; a pager is waited for.
    pub(crate) fn close(self) -> Result<(), Failure> {
        drop(self.file);
        match self.pager {
            Some(pager) => Ok(pager.wait()?),
            None => Ok(()),
        }
    }
}
