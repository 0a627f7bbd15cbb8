//! Where lines go: gathered into large pieces, to standard output or to the pager.

use std::io::{self, Write};

use anyhow::anyhow;

use super::pager::Pager;
use super::plan::Plan;
use crate::tool::{self, Failure, Notes, Status};

/// Buffered bytes are written from here on.
const PIECE: usize = 64 << 10;

pub(crate) struct Out {
    /// What is not yet written. Append to it, then call [`check`](Self::check).
    pub buf: Vec<u8>,
    file: Box<dyn Write>,
    pager: Option<Pager>,
    has_written: bool,
}

impl Out {
    pub(crate) fn open(plan: &Plan, notes: &Notes) -> Result<Self, Failure> {
        let mut out =
            Out { buf: Vec::with_capacity(2 * PIECE), file: Box::new(io::sink()), pager: None, has_written: false };
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

    /// Writes what is buffered if it is much.
    pub(crate) fn check(&mut self) -> Result<(), Failure> {
        if self.buf.len() >= PIECE { self.write() } else { Ok(()) }
    }

    /// Writes all that is buffered, down to the reader.
    pub(crate) fn flush(&mut self) -> Result<(), Failure> {
        if self.buf.is_empty() {
            return Ok(());
        }
        self.write()?;
        self.file.flush().map_err(|e| self.failure(e))
    }

    fn write(&mut self) -> Result<(), Failure> {
        self.file.write_all(&self.buf).map_err(|e| self.failure(e))?;
        self.has_written = true;
        self.buf.clear();
        if self.buf.capacity() > 64 * PIECE {
            self.buf.shrink_to(2 * PIECE); // after a huge line
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
