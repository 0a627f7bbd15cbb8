//! The run: reads one input after another, writes each entry at once.

use std::io;
use std::path::Path;
use std::time::Duration;

use chrono::Datelike;

use super::out::Out;
use super::plan::Plan;
use super::style;
use super::trouble::Trouble;
use crate::entry::forms::{Form, Writer};
use crate::entry::{Control, Entry, sanitize, text, write};
use crate::input::values::{Item, Values};
use crate::input::{self, Patience, Stopped};
use crate::tool::{Failure, Notes, Outcome, Signals, Status};

/// A reader that takes nothing holds a signal off no longer.
const GRACE: Duration = Duration::from_secs(2);

pub(crate) fn run(plan: &Plan) -> Outcome {
    let notes = Notes { tool: super::NAME, quiet: plan.quiet };
    if plan.waits_for_terminal {
        notes.say("reading from the terminal; Ctrl-D ends the input");
    }
    let mut formatter = Formatter::new(plan, Out::open(plan, &notes)?);
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
    Ok(if formatter.has_read { status } else { status.and(Status::Failed) })
}

fn name(path: &Path) -> String {
    if path == Path::new("-") { input::STDIN.to_owned() } else { path.display().to_string() }
}

struct Formatter<'a> {
    plan: &'a Plan,
    writer: Writer,
    out: Out,
    scratch: Vec<u8>,
    /// The first bytes of a character that a piece of an over-long line ended in.
    torn: Vec<u8>,
    /// Entries of this input without a time, where the form needs one.
    timeless: u64,
    /// One for each input so far.
    troubles: Vec<Trouble>,
    /// At least one input could be read.
    has_read: bool,
    /// The last line says that the stream broke.
    says_failed: bool,
}

/// What an item was, for those who count.
enum Seen {
    Entry,
    Broken(crate::entry::scan::Flaw),
    Long(bool),
    Control(Control),
    Dry,
}

impl<'a> Formatter<'a> {
    fn new(plan: &'a Plan, out: Out) -> Self {
        let mut writer = Writer::new(plan.form, plan.zone.clone());
        writer.stamps = plan.timestamps;
        writer.terminal = plan.screen;
        writer.look.line = plan.line.clone();
        if plan.screen {
            writer.look.screen = Some(i64::from(chrono::Local::now().year()));
        }
        if plan.color {
            writer.look.style = style::colors();
            writer.look.highlight = plan.highlight.as_ref().map(|pattern| pattern.regex().clone());
        }
        Formatter {
            plan,
            writer,
            out,
            scratch: Vec::new(),
            torn: Vec::new(),
            timeless: 0,
            troubles: Vec::new(),
            has_read: false,
            says_failed: false,
        }
    }

    /// Formats all inputs, or ends early with the signal that asked for it.
    fn all(&mut self) -> Result<Option<i32>, Failure> {
        // A tool behind us must hear of it. Else the signal may end us as it ends any program.
        let mut signals = self.has_tool_behind().then(|| Signals::listen(GRACE)).transpose()?;
        let mut signal = None;
        for path in &self.plan.files {
            let mut trouble = Trouble::default();
            let stop = signals.as_ref().map(Signals::waiting).transpose()?;
            let read = input::open(path, Patience { millis: Some(0), stop });
            let done = match read {
                Ok(read) => self.one(Values::new(read, self.plan.max_line), &mut trouble),
                Err(e) => {
                    trouble.lost = Some(e.to_string());
                    Ok(())
                }
            };
            self.troubles.push(trouble);
            done?;
            signal = signals.as_mut().and_then(Signals::take);
            if signal.is_some() {
                break;
            }
        }
        match signal {
            Some(_) => write::failed(&format!("{}: interrupted", super::NAME), None, &mut self.out.buf),
            None => self.say_failed(),
        }
        self.out.flush()?;
        Ok(signal)
    }

    /// Formats one input up to its end, or up to a signal.
    fn one(&mut self, mut values: Values, trouble: &mut Trouble) -> Result<(), Failure> {
        loop {
            let seen = match values.next() {
                Ok(Some(item)) => self.take(item),
                Ok(None) => {
                    self.has_read = true;
                    break;
                }
                Err(e) if Stopped::is(&e) => break,
                Err(e) => {
                    trouble.lost = Some(cause(e));
                    break;
                }
            };
            self.has_read |= !matches!(seen, Seen::Dry);
            match seen {
                Seen::Entry => {}
                Seen::Broken(flaw) => {
                    trouble.broken += 1;
                    trouble.first_broken.get_or_insert((values.line(), flaw));
                }
                Seen::Long(is_first) => {
                    if is_first {
                        trouble.long += 1;
                    }
                    if trouble.first_long == 0 {
                        trouble.first_long = values.line();
                    }
                }
                Seen::Control(control) => self.control(control, values.control(), trouble),
                Seen::Dry => self.out.flush()?,
            }
            self.out.check()?;
        }
        trouble.mended = values.mended();
        trouble.timeless = std::mem::take(&mut self.timeless);
        Ok(())
    }

    fn take(&mut self, item: Item) -> Seen {
        match item {
            Item::Entry(entry) | Item::Plain(entry) => {
                self.entry(&entry);
                Seen::Entry
            }
            Item::Broken(entry, flaw) => {
                self.entry(&entry);
                Seen::Broken(flaw)
            }
            Item::Long { piece, first, last } => {
                self.long(piece, last);
                Seen::Long(first)
            }
            Item::Control(control) => Seen::Control(control),
            Item::Dry => Seen::Dry,
        }
    }

    fn entry(&mut self, entry: &Entry) {
        if self.plan.content.is_empty() || self.plan.content.matches(entry, &mut self.scratch) {
            self.says_failed = false;
            self.timeless += u64::from(self.plan.form == Form::Cri && entry.stamp().is_none());
            self.writer.write(entry, &mut self.out.buf);
        }
    }

    /// A piece of an over-long line. It is not formatted, but made harmless where entries are.
    fn long(&mut self, piece: &[u8], is_last: bool) {
        self.says_failed = false;
        let is_verbatim = matches!(self.plan.form, Form::Entry | Form::Raw | Form::Cri | Form::Kubectl);
        if is_verbatim && !self.plan.screen {
            self.out.buf.extend_from_slice(piece);
        } else {
            self.torn.extend_from_slice(piece);
            let whole = match std::str::from_utf8(&self.torn) {
                Err(e) if e.error_len().is_none() && !is_last => e.valid_up_to(),
                _ => self.torn.len(),
            };
            sanitize::push(&String::from_utf8_lossy(&self.torn[..whole]), &mut self.out.buf);
            self.torn.drain(..whole);
        }
        if is_last {
            self.out.buf.push(b'\n');
        }
    }

    /// Tools behind us must know too.
    fn control(&mut self, control: Control, line: &[u8], trouble: &mut Trouble) {
        // The end of a stream counts its entries: that is no longer right where some were left out.
        let (says_failed, is_right) = match control {
            Control::Failed(why) => {
                trouble.failed = Some(why);
                (true, true)
            }
            Control::End => (false, self.plan.content.is_empty()),
        };
        self.says_failed = says_failed;
        if self.has_tool_behind() && is_right {
            text::compact(&String::from_utf8_lossy(line), &mut self.out.buf);
            self.out.buf.push(b'\n');
        }
    }

    /// Entries that go on to another tool end with why they are not all, or not sound.
    fn say_failed(&mut self) {
        if self.says_failed || !self.has_tool_behind() {
            return;
        }
        let inputs = self.plan.files.iter().zip(&self.troubles);
        let missing = inputs.flat_map(|(path, trouble)| trouble.missing(&name(path), self.plan.max_line)).next();
        if let Some(what) = missing {
            write::failed(&format!("{}: {what}", super::NAME), None, &mut self.out.buf);
        }
    }

    /// A tool behind us may want to know how the stream ended.
    fn has_tool_behind(&self) -> bool {
        self.plan.form.has_controls() && !self.plan.screen
    }
}

/// Why reading ended early.
fn cause(error: io::Error) -> String {
    match error.kind() {
        io::ErrorKind::UnexpectedEof => "it is cut off; what came before is shown".to_owned(),
        _ => error.to_string(),
    }
}
