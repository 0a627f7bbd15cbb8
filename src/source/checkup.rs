//! A check-up: a line on standard error for each thing that was looked at, and below it what helps.

use nu_ansi_term::{Color, Style};

use crate::entry::sanitize;
use crate::tool;

/// Tells what was found, at once, and remembers whether anything failed.
#[derive(Debug)]
pub(crate) struct Checkup {
    /// Only what failed is told.
    pub quiet: bool,
    pub color: bool,
    pub has_failed: bool,
}

impl Checkup {
    /// It is as it should be.
    pub(crate) fn ok(&self, found: impl AsRef<str>) {
        self.tell("ok", Color::Green.normal(), found.as_ref(), &[]);
    }

    /// It works, and should be known.
    pub(crate) fn warn(&self, found: impl AsRef<str>, remedies: &[String]) {
        self.tell("warn", Color::Yellow.normal(), found.as_ref(), remedies);
    }

    /// It does not work.
    pub(crate) fn fail(&mut self, found: impl AsRef<str>, remedies: &[String]) {
        self.has_failed = true;
        self.tell("FAIL", Color::Red.bold(), found.as_ref(), remedies);
    }

    fn tell(&self, word: &str, style: Style, found: &str, remedies: &[String]) {
        if self.quiet && word != "FAIL" {
            return;
        }
        let word = format!("{word:<4}");
        let word = if self.color { style.paint(word).to_string() } else { word };
        let mut text = format!("{word}  {}", sanitize::line(found));
        for remedy in remedies {
            text.push_str("\n      ");
            text.push_str(&sanitize::line(remedy));
        }
        tool::say(&text);
    }
}
