//! The run: reads one input after another, writes each entry at once.

#[cfg(test)]
mod tests;

use std::io::{self, Read};
use std::path::Path;
use std::time::Duration;

use super::out::Out;
use super::page::{Page, Step};
use super::plan::Plan;
use super::trouble::Trouble;
use crate::entry::write;
use crate::input::crew::{self, Work};
use crate::input::values::Values;
use crate::input::{self, Patience, Stopped};
use crate::tool::{Failure, Notes, Outcome, Signals, Status};

/// A reader that takes nothing holds a signal off no longer.
const GRACE: Duration = Duration::from_secs(2);

pub(crate) fn run(plan: &Plan) -> Outcome {
    let notes = Notes { tool: super::NAME, quiet: plan.quiet };
    if plan.waits_for_terminal {
        notes.say("reading from the terminal; Ctrl-D ends the input");
    }
    let mut formatter = Formatter::new(plan, Out::open(plan, &notes)?, size(plan));
    let done = formatter.all();
    // The pager first: its reader may still be at it, and our notes would spoil the screen.
    let closed = formatter.out.close();
    let interrupted = done?;
    closed?;
    let mut status = interrupted.map_or(Status::Done, Status::Interrupted);
    for (path, trouble) in plan.files.iter().zip(&formatter.troubles) {
        trouble.tell(&name(path), plan.max_line, &notes);
        status = status.and(trouble.status());
    }
    Ok(if formatter.page.has_read { status } else { status.and(Status::Failed) })
}

/// No more threads than one that reads and writes can keep busy. A screen has columns that depend on all lines before.
fn size(plan: &Plan) -> crew::Size {
    crew::Size::of(if plan.screen { 0 } else { 3 }, 2)
}

fn name(path: &Path) -> String {
    if path == Path::new("-") { input::STDIN.to_owned() } else { path.display().to_string() }
}

pub(super) struct Formatter<'a> {
    plan: &'a Plan,
    pub out: Out,
    page: Page<'a>,
    crew: crew::Size,
    /// One for each input so far.
    pub troubles: Vec<Trouble>,
}

impl<'a> Formatter<'a> {
    pub(super) fn new(plan: &'a Plan, out: Out, crew: crew::Size) -> Self {
        Formatter { plan, out, page: Page::new(plan), crew, troubles: Vec::new() }
    }

    /// Formats all inputs, or ends early with the signal that asked for it.
    fn all(&mut self) -> Result<Option<i32>, Failure> {
        // A tool behind us must hear of it. Else the signal may end us as it ends any program.
        let mut signals = self.plan.has_tool_behind().then(|| Signals::listen(GRACE)).transpose()?;
        let mut signal = None;
        for path in &self.plan.files {
            let stop = signals.as_ref().map(Signals::waiting).transpose()?;
            self.input(input::open(path, Patience { millis: Some(0), stop }))?;
            signal = signals.as_mut().and_then(Signals::take);
            if signal.is_some() {
                break;
            }
        }
        self.end(signal)?;
        Ok(signal)
    }

    /// Says how it ended, where a tool behind us wants to know.
    pub(super) fn end(&mut self, signal: Option<i32>) -> Result<(), Failure> {
        match signal {
            Some(_) => write::failed(&format!("{}: interrupted", super::NAME), None, &mut self.page.buf),
            None => self.say_failed(),
        }
        self.out.flush(&mut self.page.buf)
    }

    /// Formats one input, if it could be opened.
    pub(super) fn input(&mut self, opened: io::Result<Box<dyn Read + Send>>) -> Result<(), Failure> {
        let done = match opened {
            Ok(read) => self.one(read),
            Err(e) => {
                self.page.trouble.lost = Some(e.to_string());
                Ok(())
            }
        };
        self.troubles.push(std::mem::take(&mut self.page.trouble));
        done
    }

    /// Formats one input up to its end, or up to a signal.
    fn one(&mut self, read: Box<dyn Read + Send>) -> Result<(), Failure> {
        let mut values = match self.crew.hands {
            0 => Values::new(read, self.plan.max_line),
            // As far as it consists of lines.
            _ => {
                self.out.write(&mut self.page.buf)?;
                crew::work(read, self.crew, self.plan.max_line, self)?
            }
        };
        loop {
            match self.page.step(&mut values) {
                Ok(Step::Item) => self.out.check(&mut self.page.buf)?,
                Ok(Step::Dry) => self.out.flush(&mut self.page.buf)?,
                Ok(Step::End) => {
                    self.page.has_read = true;
                    break;
                }
                Err(e) if Stopped::is(&e) => break,
                Err(e) => {
                    self.page.trouble.lost = Some(cause(e));
                    break;
                }
            }
        }
        self.page.trouble.mended += values.mended();
        Ok(())
    }

    /// Entries that go on to another tool end with why they are not all, or not sound.
    fn say_failed(&mut self) {
        if self.page.says_failed == Some(true) || !self.plan.has_tool_behind() {
            return;
        }
        let inputs = self.plan.files.iter().zip(&self.troubles);
        let missing = inputs.flat_map(|(path, trouble)| trouble.missing(&name(path), self.plan.max_line)).next();
        if let Some(what) = missing {
            write::failed(&format!("{}: {what}", super::NAME), None, &mut self.page.buf);
        }
    }
}

impl<'a> Work for Formatter<'a> {
    type Sheet = Page<'a>;

    fn sheet(&self) -> Page<'a> {
        Page::new(self.plan)
    }

    fn settle(&mut self, page: &mut Page<'a>, values: &Values, lines: u64) -> Result<(), Failure> {
        self.out.write(&mut page.buf)?;
        if values.is_between() {
            page.trouble.mended = values.mended();
        }
        self.page.trouble.add(std::mem::take(&mut page.trouble), lines);
        self.page.says_failed = page.says_failed.take().or(self.page.says_failed);
        self.page.has_read |= std::mem::take(&mut page.has_read);
        Ok(())
    }

    fn dry(&mut self) -> Result<bool, Failure> {
        Ok(true)
    }
}

/// Why reading ended early.
fn cause(error: io::Error) -> String {
    match error.kind() {
        io::ErrorKind::UnexpectedEof => "it is cut off; what came before is shown".to_owned(),
        _ => error.to_string(),
    }
}
