//! What was wrong with the input, told at the end.

use crate::entry::scan::Flaw;
use crate::size;
use crate::tool::{Notes, Status};

/// What was wrong with one input.
#[derive(Debug, Default)]
pub(crate) struct Trouble {
    /// It could not be read, or not to its end.
    pub lost: Option<String>,
    /// It says itself that it broke.
    pub failed: Option<String>,
    /// Lines that start like JSON and are none, and the first of them.
    pub broken: u64,
    pub first_broken: Option<(u64, Flaw)>,
    /// Lines over the limit, and the first of them.
    pub long: u64,
    pub first_long: u64,
    /// Lines with bytes that are not UTF-8, or half a surrogate pair.
    pub mended: u64,
    /// Entries without a time, where the form of output needs one.
    pub timeless: u64,
}

impl Trouble {
    /// Adds what was wrong with a later part of the input, which has so many `lines` before it.
    pub(crate) fn add(&mut self, later: Trouble, lines: u64) {
        let first = later.first_broken.map(|(line, flaw)| (lines + line, flaw));
        self.first_broken = self.first_broken.or(first);
        if self.long == 0 && later.long > 0 {
            self.first_long = lines + later.first_long;
        }
        self.broken += later.broken;
        self.long += later.long;
        self.mended += later.mended;
        self.timeless += later.timeless;
        self.failed = later.failed.or(self.failed.take());
        self.lost = later.lost.or(self.lost.take());
    }

    /// Says it all, for the input `name` and a limit of `max_line` bytes.
    pub(crate) fn tell(&self, name: &str, max_line: usize, notes: &Notes) {
        self.missing(name, max_line).iter().for_each(|what| notes.error(what));
        if self.mended > 0 {
            let lines = if self.mended == 1 { "1 line holds".into() } else { format!("{} lines hold", self.mended) };
            notes.say(format!(
                "{name}: {lines} bytes that are not UTF-8, or half a surrogate pair; U+FFFD stands for them"
            ));
        }
        if self.timeless > 0 {
            let entries = if self.timeless == 1 { "entry has" } else { "entries have" };
            notes.say(format!(
                "{name}: {} {entries} no time, nor have the lines of -o cri; readers of the kubelet's files refuse those",
                size::count(self.timeless)
            ));
        }
    }

    /// Why the input is not whole, if it is not.
    pub(crate) fn missing(&self, name: &str, max_line: usize) -> Vec<String> {
        let mut missing = Vec::new();
        if let Some((line, flaw)) = self.first_broken {
            missing.push(match self.broken {
                1 => format!("{name}: line {line} is broken JSON, shown as it is: {flaw}"),
                n => format!("{name}: {n} lines are broken JSON, shown as they are; the first is line {line}: {flaw}"),
            });
        }
        if self.long > 0 {
            let (line, limit) = (self.first_long, size::say(max_line as u64));
            let what = match self.long {
                1 => format!("line {line} is longer than {limit}"),
                n => format!("{n} lines are longer than {limit}, the first is line {line}"),
            };
            missing.push(format!("{name}: {what}; passed through as it stands, --max-line raises the limit"));
        }
        if let Some(why) = &self.failed {
            missing.push(format!("warning: {name} is incomplete, as it says itself: {why}"));
        }
        if let Some(why) = &self.lost {
            missing.push(format!("cannot read {name}: {why}"));
        }
        missing
    }

    pub(crate) fn status(&self) -> Status {
        let is_whole = self.lost.is_none() && self.failed.is_none() && self.broken == 0 && self.long == 0;
        if is_whole { Status::Done } else { Status::Incomplete }
    }
}
