//! What was typed behind a flag, and the one form in which every time flag refuses it:
//! the flag, the text, why not, and values that would do.

use std::fmt::Display;

use anyhow::{Error, anyhow};

/// Longer texts are cut in messages, so that an error stays one line.
const SHOWN: usize = 60;

/// A flag's value with what is needed to refuse it well.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Typed<'a> {
    /// As people type it, `--since`; empty where the value came from elsewhere (a settings file).
    pub(crate) flag: &'static str,
    pub(crate) text: &'a str,
    pub(crate) takes: Takes,
}

/// What a flag takes, which decides the examples that its errors show.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Takes {
    Moment,
    Duration,
    Width,
    Day,
    Zone,
}

impl Takes {
    fn noun(self) -> &'static str {
        match self {
            Takes::Moment => "a time",
            Takes::Duration => "a duration",
            Takes::Width => "a width",
            Takes::Day => "a day",
            Takes::Zone => "a time zone",
        }
    }

    /// Three good ones.
    fn examples(self) -> [&'static str; 3] {
        match self {
            Takes::Moment => ["2h", "13:10", "2026-05-01 10:00"],
            Takes::Duration => ["1d", "1h", "90m"],
            Takes::Width => ["2", "90m", "day"],
            Takes::Day => ["1", "fri", "2026-05-01"],
            Takes::Zone => ["Asia/Tokyo", "+09:00", "local"],
        }
    }
}

impl<'a> Typed<'a> {
    pub(crate) fn new(flag: &'static str, text: &'a str, takes: Takes) -> Self {
        Typed { flag, text, takes }
    }

    /// The flag and its value, as they could be typed again.
    pub(crate) fn shown(&self) -> String {
        self.with(self.text)
    }

    fn with(&self, text: &str) -> String {
        match self.flag {
            "" => quoted(text),
            flag => format!("{flag} {}", quoted(text)),
        }
    }

    /// An error of one line: `--ago 1: <why>; write --ago 1d, --ago 1h or --ago 90m`.
    pub(crate) fn refuse(&self, why: impl Display, remedies: &[impl AsRef<str>]) -> Error {
        let remedies: Vec<String> = remedies.iter().map(|r| self.with(r.as_ref())).collect();
        let list = match remedies.split_last() {
            None => return anyhow!("{}: {why}", self.shown()),
            Some((only, [])) => only.clone(),
            Some((last, rest)) => format!("{} or {last}", rest.join(", ")),
        };
        anyhow!("{}: {why}; write {list}", self.shown())
    }

    /// The same, with three examples of what the flag takes.
    pub(crate) fn refuse_with_examples(&self, why: impl Display) -> Error {
        self.refuse(why, &self.takes.examples())
    }

    /// For a text that resembles nothing; `words` are those it may be a misspelling of.
    pub(crate) fn not_understood(&self, words: &[&str]) -> Error {
        let noun = self.takes.noun();
        let text = self.text.trim();
        if text.is_empty() {
            return self.refuse_with_examples(format!("{noun} is missing"));
        }
        if text.starts_with("--") {
            return self.refuse_with_examples(format!("{noun} is missing, a flag follows"));
        }
        if let Some(word) = nearest(text, words.iter().copied()).first() {
            return anyhow!("{}: not {noun}; did you mean {}?", self.shown(), self.with(word));
        }
        self.refuse_with_examples(format!("not {noun}"))
    }
}

/// The words that `text` may be a misspelling of, the nearest first, at most three.
pub(crate) fn nearest<'w>(text: &str, words: impl Iterator<Item = &'w str>) -> Vec<&'w str> {
    // Jaro-Winkler takes time in the square of the length, and a long text is no slip of the hand.
    if text.len() > SHOWN {
        return Vec::new();
    }
    let text = text.to_lowercase();
    let mut near: Vec<(f64, &str)> =
        words.map(|word| (likeness(&text, &word.to_lowercase()), word)).filter(|(score, _)| *score > 0.84).collect();
    near.sort_by(|a, b| b.0.total_cmp(&a.0));
    near.into_iter().take(3).map(|(_, word)| word).collect()
}

/// How alike two lower-case words are; of a word with slashes the last part counts as well,
/// since people write `tokyo` for Asia/Tokyo.
fn likeness(text: &str, word: &str) -> f64 {
    let whole = strsim::jaro_winkler(text, word);
    match word.rsplit_once('/') {
        Some((_, city)) => whole.max(strsim::jaro_winkler(text, city)),
        None => whole,
    }
}

/// `text` as a shell takes it, without control characters, shortened where it is long.
fn quoted(text: &str) -> String {
    let mut shown: String = text.chars().take(SHOWN).collect();
    if shown.len() < text.len() {
        shown.push('…');
    }
    if shown.chars().any(char::is_control) {
        return shown.escape_debug().to_string();
    }
    match shlex::try_quote(&shown) {
        Ok(quoted) => quoted.into_owned(),
        Err(_) => shown.escape_debug().to_string(),
    }
}
