//! What a row restriction means: an interpreter of its few words, with SQL's logic of what is NULL.

use std::cmp::Ordering;

use serde_json::Value;

use crate::entry::stamp::Stamp;
use crate::source::bigquery::sql::lexer::{self, Token};

/// True for a row, shaped as JSON, for which the restriction holds. Panics where it is not one.
pub(super) fn holds(restriction: &str, row: &Value) -> bool {
    let mut reader = Reader { tokens: tokens(restriction), at: 0, row };
    let holds = reader.any();
    assert_eq!(reader.at, reader.tokens.len(), "{restriction}: {:?}", reader.tokens);
    holds == Some(true)
}

/// The words, signs, names and constants of a restriction.
pub(super) fn tokens(restriction: &str) -> Vec<String> {
    let mut all = Vec::new();
    for token in lexer::tokens(restriction) {
        let mut code = match token {
            Token::Code(code) => code,
            Token::Closed(text) => {
                all.push(text.to_owned());
                continue;
            }
            Token::Open(text) => panic!("{restriction}: {text} has no end"),
        };
        while let Some(c) = code.chars().next() {
            let is_word = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '+');
            let is_sign = |c: char| matches!(c, '<' | '>' | '=' | '!');
            let length = match c {
                // A number has a point in it, names have one between them.
                c if c.is_ascii_digit() || c == '-' => code.find(|c| !is_word(c) && c != '.'),
                c if is_word(c) => code.find(|c| !is_word(c)),
                c if is_sign(c) => code.find(|c| !is_sign(c)),
                c => Some(c.len_utf8()),
            };
            let (token, rest) = code.split_at(length.unwrap_or(code.len()));
            all.extend((!token.trim().is_empty()).then(|| token.to_owned()));
            code = rest;
        }
    }
    all
}

/// What a quoted constant stands for.
pub(super) fn unquoted(constant: &str) -> Option<String> {
    let mut out = String::new();
    let mut chars = constant.strip_prefix('\'')?.strip_suffix('\'')?.chars();
    while let Some(c) = chars.next() {
        let c = match (c, if c == '\\' { chars.next() } else { None }) {
            (_, None) => c,
            (_, Some('n')) => '\n',
            (_, Some('r')) => '\r',
            (_, Some('t')) => '\t',
            (_, Some(u @ ('u' | 'U'))) => {
                let digits: String = chars.by_ref().take(if u == 'u' { 4 } else { 8 }).collect();
                char::from_u32(u32::from_str_radix(&digits, 16).ok()?)?
            }
            (_, Some(c)) => c,
        };
        out.push(c);
    }
    Some(out)
}

/// NULL is `None`.
type Truth = Option<bool>;

struct Reader<'a> {
    tokens: Vec<String>,
    at: usize,
    row: &'a Value,
}

impl Reader<'_> {
    fn eat(&mut self, token: &str) -> bool {
        let is_next = self.tokens.get(self.at).is_some_and(|next| next == token);
        self.at += usize::from(is_next);
        is_next
    }

    fn next(&mut self) -> String {
        self.at += 1;
        self.tokens.get(self.at - 1).unwrap_or_else(|| panic!("no end: {:?}", self.tokens)).clone()
    }

    fn any(&mut self) -> Truth {
        let mut found = self.all();
        while self.eat("OR") {
            let other = self.all();
            found = if found == Some(true) || other == Some(true) { Some(true) } else { found.and(other) };
        }
        found
    }

    fn all(&mut self) -> Truth {
        let mut found = self.one();
        while self.eat("AND") {
            let other = self.one();
            found = if found == Some(false) || other == Some(false) { Some(false) } else { found.and(other) };
        }
        found
    }

    fn one(&mut self) -> Truth {
        if self.eat("NOT") {
            return self.one().map(|holds| !holds);
        }
        if self.eat("(") {
            let found = self.any();
            assert!(self.eat(")"), "{:?}", self.tokens);
            return found;
        }
        if self.eat("TRUE") {
            return Some(true);
        }
        if self.eat("FALSE") {
            return Some(false);
        }
        let column = self.column();
        if self.eat("IS") {
            let is_not = self.eat("NOT");
            assert!(self.eat("NULL"), "{:?}", self.tokens);
            return Some(column.is_none() != is_not);
        }
        if self.eat("LIKE") {
            let pattern = unquoted(&self.next()).expect("a pattern");
            return column.map(|text| is_like(text.as_str().expect("a text"), &pattern));
        }
        if self.eat("IN") {
            assert!(self.eat("("), "{:?}", self.tokens);
            let mut found = Some(false);
            loop {
                let equal = self.compare(column.as_ref()).map(|order| order == Some(Ordering::Equal));
                found = if found == Some(true) { found } else { equal };
                if !self.eat(",") {
                    break;
                }
            }
            assert!(self.eat(")"), "{:?}", self.tokens);
            return found;
        }
        let sign = self.next();
        let order = self.compare(column.as_ref())?;
        Some(match sign.as_str() {
            "=" => order == Some(Ordering::Equal),
            "!=" => order != Some(Ordering::Equal),
            "<" => order == Some(Ordering::Less),
            "<=" => matches!(order, Some(Ordering::Less | Ordering::Equal)),
            ">" => order == Some(Ordering::Greater),
            ">=" => matches!(order, Some(Ordering::Greater | Ordering::Equal)),
            sign => panic!("{sign}: {:?}", self.tokens),
        })
    }

    fn column(&mut self) -> Option<Value> {
        let row = self.row;
        let mut place = Some(row);
        loop {
            let token = self.next();
            let name = token.strip_prefix('`').and_then(|name| name.strip_suffix('`')).unwrap_or(&token);
            assert!(name == "_PARTITIONTIME" || token.starts_with('`'), "{token}: {:?}", self.tokens);
            let name = unquoted(&format!("'{name}'")).expect("a name");
            place = place.and_then(|place| place.get(name));
            if !self.eat(".") {
                break;
            }
        }
        place.filter(|value| !value.is_null()).cloned()
    }

    /// How a value compares with the constant that comes next: no two of NaN do, and nothing does with NULL.
    fn compare(&mut self, value: Option<&Value>) -> Option<Option<Ordering>> {
        let token = self.next();
        if token == "TIMESTAMP" {
            let constant = unquoted(&self.next()).expect("a time").replace(' ', "T");
            let stamp = |text: &str| Stamp::parse(text).expect("a time").0;
            return value.map(|value| stamp(value.as_str().expect("a time")).partial_cmp(&stamp(&constant)));
        }
        if token.starts_with('\'') {
            let constant = unquoted(&token).expect("a text");
            return value.map(|value| value.as_str().expect("a text").partial_cmp(constant.as_str()));
        }
        let constant: Value = serde_json::from_str(&token.to_ascii_lowercase()).expect("a constant");
        value.map(|value| match (value, &constant) {
            (Value::Bool(value), Value::Bool(constant)) => Some(value.cmp(constant)),
            (Value::Number(value), Value::Number(constant)) => {
                value.as_f64().expect("a number").partial_cmp(&constant.as_f64().expect("a number"))
            }
            _ => panic!("{value} and {constant} are of two types"),
        })
    }
}

fn is_like(text: &str, pattern: &str) -> bool {
    let mut regex = "(?s)^".to_owned();
    let mut chars = pattern.chars();
    while let Some(c) = chars.next() {
        regex += &match c {
            '%' => ".*".to_owned(),
            '_' => ".".to_owned(),
            '\\' => regex_syntax::escape(&chars.next().expect("something behind a backslash").to_string()),
            c => regex_syntax::escape(&c.to_string()),
        };
    }
    regex::Regex::new(&(regex + "$")).expect("a pattern").is_match(text)
}

#[test]
fn the_interpreter_knows_what_is_null() {
    let row = serde_json::json!({"a": "x", "n": 5.0, "r": {"b": "50% off"}, "t": "2026-11-21T07:00:00Z", "z": null});
    for (restriction, expected) in [
        ("`a` = 'x'", true),
        ("`z` = 'x'", false),
        ("`z` != 'x'", false),
        ("NOT `z` = 'x'", false),
        ("(`z` != 'x' OR `z` IS NULL)", true),
        ("`z` = 'x' OR `a` = 'x'", true),
        ("NOT (`z` = 'x' AND `a` = 'y')", true),
        ("`a` IN ('y', 'x')", true),
        ("NOT `a` IN ('y', 'z')", true),
        ("NOT `z` IN ('y', 'z')", false),
        ("`r`.`b` LIKE '50\\\\% o%'", true),
        ("`r`.`b` LIKE '50\\\\%'", false),
        ("`r`.`b` LIKE '%off_'", false),
        ("`n` >= 5.0 AND `n` < 5.5", true),
        ("`t` >= TIMESTAMP '2026-11-21 07:00:00.000000+00:00'", true),
        ("`t` < TIMESTAMP '2026-11-21 07:00:00.000000+00:00'", false),
        ("`r` IS NOT NULL AND NOT FALSE", true),
    ] {
        assert_eq!(holds(restriction, &row), expected, "{restriction}");
    }
}
