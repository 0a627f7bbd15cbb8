//! The lines that items become, and what was wrong with the items.

use std::io;

use chrono::Datelike;

use super::plan::Plan;
use super::style;
use super::trouble::Trouble;
use crate::entry::forms::{Form, Writer};
use crate::entry::scan::Flaw;
use crate::entry::{Control, Entry, sanitize, text};
use crate::input::crew::Sheet;
use crate::input::values::{Item, Values};

pub(crate) struct Page<'a> {
    plan: &'a Plan,
    writer: Writer,
    /// What is not yet written.
    pub buf: Vec<u8>,
    /// Of what was read since it was last taken out.
    pub trouble: Trouble,
    /// Whether the last line says that the stream broke, once there is a line.
    pub says_failed: Option<bool>,
    /// An item was read.
    pub has_read: bool,
    scratch: Vec<u8>,
    /// The first bytes of a character that a piece of an over-long line ended in.
    torn: Vec<u8>,
}

impl Sheet for Page<'_> {
    fn fill(&mut self, values: &mut Values) -> bool {
        let mut any = false;
        while self.buf.len() < FULL && matches!(self.step(values), Ok(Step::Item)) {
            any = true;
        }
        any
    }
}

/// More of a chunk waits until that is written, in bytes. Tests must come to it.
const FULL: usize = if cfg!(test) { 100 } else { 4 << 20 };

/// What came of an attempt to format an item.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Step {
    Item,
    Dry,
    End,
}

/// What an item was, for those who count.
enum Seen {
    Entry,
    Broken(Flaw),
    Long(bool),
    Control(Control),
    Dry,
}

impl<'a> Page<'a> {
    pub(crate) fn new(plan: &'a Plan) -> Self {
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
        Page {
            plan,
            writer,
            buf: Vec::new(),
            trouble: Trouble::default(),
            says_failed: None,
            has_read: false,
            scratch: Vec::new(),
            torn: Vec::new(),
        }
    }

    /// Formats the next item of `values`. Fails where it cannot be read.
    pub(crate) fn step(&mut self, values: &mut Values) -> io::Result<Step> {
        let Some(item) = values.next()? else { return Ok(Step::End) };
        match self.take(item) {
            Seen::Dry => return Ok(Step::Dry),
            Seen::Entry => {}
            Seen::Broken(flaw) => {
                self.trouble.broken += 1;
                self.trouble.first_broken.get_or_insert((values.line(), flaw));
            }
            Seen::Long(is_first) => {
                if is_first {
                    self.trouble.long += 1;
                }
                if self.trouble.first_long == 0 {
                    self.trouble.first_long = values.line();
                }
            }
            Seen::Control(control) => self.control(control, values.last()),
        }
        self.has_read = true;
        Ok(Step::Item)
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
            self.says_failed = Some(false);
            self.trouble.timeless += u64::from(self.plan.form == Form::Cri && entry.stamp().is_none());
            self.writer.write(entry, &mut self.buf);
        }
    }

    /// A piece of an over-long line. It is not formatted, but made harmless where entries are.
    fn long(&mut self, piece: &[u8], is_last: bool) {
        self.says_failed = Some(false);
        let is_verbatim = matches!(self.plan.form, Form::Entry | Form::Raw | Form::Cri | Form::Kubectl);
        if is_verbatim && !self.plan.screen {
            self.buf.extend_from_slice(piece);
        } else {
            self.torn.extend_from_slice(piece);
            let whole = match std::str::from_utf8(&self.torn) {
                Err(e) if e.error_len().is_none() && !is_last => e.valid_up_to(),
                _ => self.torn.len(),
            };
            sanitize::push(&String::from_utf8_lossy(&self.torn[..whole]), &mut self.buf);
            self.torn.drain(..whole);
        }
        if is_last {
            self.buf.push(b'\n');
        }
    }

    /// Tools behind us must know too.
    fn control(&mut self, control: Control, line: &[u8]) {
        // The end of a stream counts its entries: that is no longer right where some were left out.
        let (says_failed, is_right) = match control {
            Control::Failed(why) => {
                self.trouble.failed = Some(why);
                (true, true)
            }
            Control::End => (false, self.plan.content.is_empty()),
        };
        self.says_failed = Some(says_failed);
        if self.plan.has_tool_behind() && is_right {
            text::compact(&String::from_utf8_lossy(line), &mut self.buf);
            self.buf.push(b'\n');
        }
    }
}
