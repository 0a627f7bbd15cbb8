//! The entries again, on standard output, for the next tool.

use std::fs::File;
use std::io::{self, BufWriter, ErrorKind, IsTerminal, Write};

use crate::entry::Entry;
use crate::entry::forms::{Form, Writer};
use crate::entry::sanitize;
use crate::entry::write;
use crate::when::Zone;

/// Passes everything on, as long as somebody reads it.
pub(crate) struct Tee {
    out: Option<BufWriter<File>>,
    writer: Writer,
    line: Vec<u8>,
    /// The stream has said already that it broke.
    broken: bool,
}

impl Tee {
    /// One that writes to standard output, or nowhere.
    pub(crate) fn new(wanted: bool) -> io::Result<Self> {
        let mut writer = Writer::new(Form::Entry, Zone::Local);
        writer.terminal = io::stdout().is_terminal();
        let out = wanted.then(crate::tool::stdout).transpose()?;
        Ok(Tee { out, writer, line: Vec::new(), broken: false })
    }

    pub(crate) fn is_on(&self) -> bool {
        self.out.is_some()
    }

    pub(crate) fn entry(&mut self, entry: &Entry) -> io::Result<()> {
        if !self.is_on() {
            return Ok(());
        }
        self.line.clear();
        self.writer.write(entry, &mut self.line);
        let line = std::mem::take(&mut self.line);
        let passed = self.pass(|out| out.write_all(&line));
        self.line = line;
        passed
    }

    /// A line as it stands.
    pub(crate) fn line(&mut self, line: &[u8]) -> io::Result<()> {
        self.piece(line, true)
    }

    /// A piece of a line as it stands.
    pub(crate) fn piece(&mut self, piece: &[u8], last: bool) -> io::Result<()> {
        let terminal = self.writer.terminal;
        self.pass(|out| {
            match terminal {
                true => out.write_all(sanitize::line(&String::from_utf8_lossy(piece)).as_bytes())?,
                false => out.write_all(piece)?,
            }
            out.write_all(if last { b"\n" } else { b"" })
        })
    }

    /// A line in which the stream itself says that it broke.
    pub(crate) fn failed(&mut self, line: &[u8]) -> io::Result<()> {
        self.broken = true;
        self.line(line)
    }

    /// Tells the reader that the stream broke here, unless it knows.
    pub(crate) fn fail(&mut self, why: &str) -> io::Result<()> {
        if self.broken {
            return Ok(());
        }
        let mut line = Vec::new();
        write::failed(why, None, &mut line);
        self.pass(|out| out.write_all(&line))
    }

    pub(crate) fn flush(&mut self) -> io::Result<()> {
        self.pass(Write::flush)
    }

    /// Where the reader has gone, nothing is passed on any more, and that is no error. After any
    /// other error nothing is passed on either.
    fn pass(&mut self, pass: impl FnOnce(&mut BufWriter<File>) -> io::Result<()>) -> io::Result<()> {
        let Some(out) = &mut self.out else { return Ok(()) };
        let Err(e) = pass(out) else { return Ok(()) };
        if let Some(out) = self.out.take() {
            // What is left in it must not be tried again when it is dropped.
            let _ = out.into_parts();
        }
        if e.kind() == ErrorKind::BrokenPipe { Ok(()) } else { Err(e) }
    }
}
