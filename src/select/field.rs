//! `--field PATH OPERATOR VALUE`: a condition on one member of an entry.

use std::cmp::Ordering;

use anyhow::{Result, anyhow, bail};

use super::number;
use super::pattern::{How, Pattern};
use crate::entry::find::{self, Found};
use crate::entry::stamp::Stamp;
use crate::entry::{Entry, text, write};
use crate::settings::did_you_mean;

/// One condition. An absent member fulfils none.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Condition {
    /// A key of the entry (lq-entry(5)), and keys below it.
    pub path: Vec<String>,
    pub operator: Operator,
    /// What was typed behind the operator.
    pub value: String,
    /// The same as a point in time: such members compare by time.
    pub stamp: Option<Stamp>,
}

#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Operator {
    Equal,
    NotEqual,
    Matches(Pattern),
    MatchesNot(Pattern),
    Less,
    Greater,
    AtMost,
    AtLeast,
}

const EXAMPLES: &str = "good ones are payload.user_id=42, 'payload.status>=500', 'labels.\"k8s-pod/app\"~^web'";

impl Condition {
    pub(crate) fn parse(typed: &str) -> Result<Self> {
        let (path, rest) = find::path(typed).ok_or_else(|| {
            let missing = if typed.contains('"') { "a key, or the end of a quote," } else { "a key" };
            anyhow!("--field '{typed}': {missing} is missing in front of the operator; {EXAMPLES}")
        })?;
        // Where there is a blank in front of the operator, the one behind it is none of the value.
        let spaced = rest.starts_with(' ');
        let rest = rest.trim_start_matches(' ');
        const OPERATORS: [&str; 9] = ["!=", "!~", "<=", ">=", "==", "=", "~", "<", ">"];
        let Some(sign) = OPERATORS.into_iter().find(|sign| rest.starts_with(sign)) else {
            bail!("--field '{typed}': an operator (= != ~ !~ < > <= >=) is missing; {EXAMPLES}");
        };
        let value = &rest[sign.len()..];
        let value = if spaced { value.strip_prefix(' ').unwrap_or(value) } else { value };
        check_key(typed, &path)?;
        let pattern = || Pattern::new("--field", value, How::default());
        let operator = match sign {
            "!=" => Operator::NotEqual,
            "~" => Operator::Matches(pattern()?),
            "!~" => Operator::MatchesNot(pattern()?),
            "<" => Operator::Less,
            ">" => Operator::Greater,
            "<=" => Operator::AtMost,
            ">=" => Operator::AtLeast,
            _ => Operator::Equal,
        };
        let by_text = matches!(operator, Operator::Matches(_) | Operator::MatchesNot(_));
        let is_time = matches!(path[0].as_str(), "timestamp" | "receiveTimestamp") && !by_text;
        let stamp = if is_time { Stamp::parse(value).map(|(stamp, _)| stamp) } else { None };
        if is_time && stamp.is_none() {
            bail!("--field '{typed}': `{value}` is no time; write 2026-11-21T16:00:00Z or 2026-11-21T16:00:00+09:00");
        }
        let has_order = !by_text && !matches!(operator, Operator::Equal | Operator::NotEqual);
        if path[0] == "severity" && has_order {
            bail!("--field '{typed}': severities are no numbers; write --severity WARNING for that and graver ones");
        }
        Ok(Condition { path, operator, value: value.to_owned(), stamp })
    }

    pub(crate) fn matches(&self, entry: &Entry, scratch: &mut Vec<u8>) -> bool {
        entry.find(&self.path).is_some_and(|found| self.holds(Value::of(&found, scratch)))
    }

    /// The same for a member whose text is known.
    pub(crate) fn matches_text(&self, text: &str) -> bool {
        self.holds(Value { text, is_quoted: true })
    }

    fn holds(&self, value: Value) -> bool {
        match &self.operator {
            Operator::Equal => self.equals(value),
            Operator::NotEqual => !self.equals(value),
            Operator::Matches(pattern) => pattern.matches(value.text.as_bytes()),
            Operator::MatchesNot(pattern) => !pattern.matches(value.text.as_bytes()),
            Operator::Less => self.order(value).is_some_and(Ordering::is_lt),
            Operator::Greater => self.order(value).is_some_and(Ordering::is_gt),
            Operator::AtMost => self.order(value).is_some_and(Ordering::is_le),
            Operator::AtLeast => self.order(value).is_some_and(Ordering::is_ge),
        }
    }

    /// Texts as texts, numbers by value: 1.0 is 1, but "1.0" is not "1".
    fn equals(&self, value: Value) -> bool {
        match self.stamp {
            Some(_) => self.order(value) == Some(Ordering::Equal),
            None if value.is_quoted => value.text == self.value,
            None => value.text == self.value || number::compare(value.text, &self.value) == Some(Ordering::Equal),
        }
    }

    /// By number where both read as numbers (Cloud Logging writes some of its numbers as texts),
    /// else as texts. `None` where a time is no time.
    fn order(&self, value: Value) -> Option<Ordering> {
        match self.stamp {
            Some(wanted) => Some(Stamp::parse(value.text)?.0.cmp(&wanted)),
            None => number::compare(value.text, &self.value).or_else(|| Some(value.text.cmp(&self.value))),
        }
    }
}

#[derive(Clone, Copy)]
struct Value<'a> {
    /// A string's text; of all else the compact JSON.
    text: &'a str,
    /// It was a string.
    is_quoted: bool,
}

impl<'a> Value<'a> {
    fn of(found: &'a Found, scratch: &'a mut Vec<u8>) -> Self {
        match found {
            Found::Text(text) => Value { text, is_quoted: true },
            Found::Json(json) if json.starts_with(['{', '[']) => {
                scratch.clear();
                text::compact(json, scratch);
                Value { text: std::str::from_utf8(scratch).unwrap_or_default(), is_quoted: false }
            }
            Found::Json(json) => Value { text: json, is_quoted: false },
        }
    }
}

fn check_key(typed: &str, path: &[String]) -> Result<()> {
    let (key, below) = (path[0].as_str(), path.len() > 1);
    if !write::KEYS.into_iter().chain(write::WITH).any(|known| known == key) {
        let remedy = match did_you_mean(key, write::KEYS.into_iter().chain(write::WITH)) {
            near if near.is_empty() => format!("; did you mean payload.{key}?"),
            near => near,
        };
        bail!("--field '{typed}': entries have no key `{key}`; {EXAMPLES}{remedy}");
    }
    if below && !find::OPEN.contains(&key) {
        bail!("--field '{typed}': `{key}` has nothing below it; {EXAMPLES}");
    }
    Ok(())
}
