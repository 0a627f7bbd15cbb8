//! Globs for names and regular expressions for text. Both keep what was typed.

use anyhow::{Result, anyhow, bail};
use globset::GlobMatcher;
use regex::bytes::{Regex, RegexBuilder};

use crate::entry::text::Text;

/// The pattern of a whole name, with `*`, `?` and `[..]`.
#[derive(Clone, Debug)]
pub(crate) struct Glob {
    pub text: String,
    /// `None` where the text has no wildcards and stands for itself.
    matcher: Option<GlobMatcher>,
}

impl PartialEq for Glob {
    fn eq(&self, other: &Self) -> bool {
        self.text == other.text
    }
}

impl Glob {
    /// `flag` is named in the error.
    pub(crate) fn new(flag: &str, text: &str) -> Result<Self> {
        if text.is_empty() {
            bail!("{flag}: a name is missing; `*` stands for any");
        }
        let matcher = if text.contains(['*', '?', '[']) {
            let glob = globset::Glob::new(text);
            let glob = glob.map_err(|e| anyhow!("{flag} {text}: {}; write a name, with * ? [a-z] in it", e.kind()))?;
            Some(glob.compile_matcher())
        } else {
            None
        };
        Ok(Glob { text: text.to_owned(), matcher })
    }

    /// What the wildcards mean as a regular expression on bytes; `None` for a name that has none.
    pub(crate) fn regex(&self) -> Option<&str> {
        self.matcher.as_ref().map(|matcher| matcher.glob().regex())
    }

    /// An absent name is an empty one.
    pub(crate) fn matches(&self, name: Option<Text>) -> bool {
        match (&self.matcher, name) {
            (None, Some(name)) => name == *self.text,
            (None, None) => false,
            (Some(matcher), Some(name)) => matcher.is_match(&*name.to_cow()),
            (Some(_), None) => self.text.bytes().all(|b| b == b'*'),
        }
    }
}

/// A regular expression, or a text to be found as it is.
#[derive(Clone, Debug)]
pub(crate) struct Pattern {
    pub text: String,
    pub how: How,
    regex: Regex,
}

/// How to read a pattern.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct How {
    /// As it is, no regular expression.
    pub fixed: bool,
    pub ignore_case: bool,
}

impl PartialEq for Pattern {
    fn eq(&self, other: &Self) -> bool {
        self.text == other.text && self.how == other.how
    }
}

impl Pattern {
    /// `flag` is named in the error.
    pub(crate) fn new(flag: &str, text: &str, how: How) -> Result<Self> {
        let source = if how.fixed { regex::escape(text) } else { text.to_owned() };
        let remedy = if matches!(flag, "--grep" | "--exclude") { "; -F searches for the text itself" } else { "" };
        if let Err(e) = regex_syntax::parse(&source) {
            let (what, at) = match &e {
                regex_syntax::Error::Parse(e) => (e.kind().to_string(), e.span().start.offset),
                regex_syntax::Error::Translate(e) => (e.kind().to_string(), e.span().start.offset),
                other => (other.to_string().replace('\n', " "), 0),
            };
            let at = text.get(..at).map_or(0, |before| before.chars().count()) + 1;
            bail!("{flag} '{text}': {what}, at character {at}{remedy}");
        }
        let regex = RegexBuilder::new(&source).case_insensitive(how.ignore_case).build();
        let regex = regex.map_err(|_| anyhow!("{flag} '{text}': this regular expression is too large{remedy}"))?;
        Ok(Pattern { text: text.to_owned(), how, regex })
    }

    /// Finds whatever one of `texts` finds; `None` for none.
    pub(crate) fn any_of(flag: &str, texts: &[String], how: How) -> Result<Option<Self>> {
        let all: Vec<Pattern> = texts.iter().map(|text| Pattern::new(flag, text, how)).collect::<Result<_>>()?;
        if all.len() < 2 {
            return Ok(all.into_iter().next());
        }
        let parts = all
            .iter()
            .map(|one| format!("(?:{})", if how.fixed { regex::escape(&one.text) } else { one.text.clone() }));
        let any = parts.collect::<Vec<_>>().join("|");
        Pattern::new(flag, &any, How { fixed: false, ..how }).map(Some)
    }

    pub(crate) fn regex(&self) -> &Regex {
        &self.regex
    }

    /// True where the pattern is found anywhere in `text`.
    pub(crate) fn matches(&self, text: &[u8]) -> bool {
        self.regex.is_match(text)
    }
}
