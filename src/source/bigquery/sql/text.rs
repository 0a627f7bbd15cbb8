//! What is to be found in a text, or not.

use super::claim::Claim;
use super::expression::{Said, Sql, Test, sql};
use super::regex::{self, Translated};
use crate::select::Pattern;

/// What to look for.
enum Wanted {
    /// The empty text, which is in every one.
    Anything,
    Text(String),
    Regex(Translated),
}

fn wanted(pattern: &Pattern) -> Wanted {
    match (pattern.text.as_str(), pattern.how.fixed, pattern.how.ignore_case) {
        ("", _, _) => Wanted::Anything,
        (text, true, false) => Wanted::Text(text.to_owned()),
        (text, true, true) => Wanted::Regex(regex::re2(&regex_syntax::escape(text), true)),
        (text, false, ignore_case) => Wanted::Regex(regex::re2(text, ignore_case)),
    }
}

/// True where it may matter to `pattern` how a number is spelt. That of plain words does not: they have no
/// digit, and a letter or sign beside those of a number, which stands alone in JSON.
pub(super) fn minds_numbers(pattern: &Pattern) -> bool {
    let is_of_number = |c: char| matches!(c, '0'..='9' | '.' | 'e' | 'E' | '+' | '-');
    let is_word = |word: &str| {
        word.chars().any(|c| !is_of_number(c) && !c.is_whitespace()) && !word.contains(|c: char| c.is_ascii_digit())
    };
    if pattern.how.fixed {
        return !is_word(&pattern.text);
    }
    let is_plain = |c: char| !matches!(c, '.' | '\\' | '[' | ']' | '{' | '}' | '*' | '+' | '?' | '(' | ')' | '^' | '$');
    let words = pattern.text.replace(".*", "|");
    !words.split('|').filter(|word| !word.is_empty()).all(|word| word.chars().all(is_plain) && is_word(word))
        || words.split('|').all(str::is_empty)
}

/// True for a payload in which a number may be spelt otherwise than lq spells it: `1e+15`, `1.0`, 16 digits.
pub(super) fn odd_number(payload: &'static str) -> Test {
    Test::Is(sql(r"REGEXP_CONTAINS({}, r'[0-9]e[-+]?[0-9]|[0-9]\.0\b|[0-9.]{16}')", [&Sql::text(payload)]))
}

/// True for a text in which the regular expression is found.
pub(super) fn contains(text: &Sql, regex: &str) -> Test {
    Test::Says(text.clone(), Claim::Matches(regex.to_owned()))
}

/// A text in which `pattern` is found.
pub(super) fn found(text: &Sql, pattern: &Pattern) -> Said {
    match wanted(pattern) {
        Wanted::Anything => Said::exactly(Test::Always),
        Wanted::Text(wanted) => Said::exactly(Test::Says(text.clone(), Claim::Contains(wanted))),
        Wanted::Regex(Translated::Exact(regex)) => Said::exactly(contains(text, &regex)),
        Wanted::Regex(Translated::Superset(regex)) => Said::loosely(contains(text, &regex)),
        Wanted::Regex(Translated::Unsayable) => Said::loosely(Test::Always),
    }
}

/// A text in which `pattern` is not found.
pub(super) fn not_found(text: &Sql, pattern: &Pattern) -> Said {
    match wanted(pattern) {
        Wanted::Anything => Said::exactly(Test::Never),
        Wanted::Text(wanted) => Said::exactly(Test::Is(sql("STRPOS({}, {}) = 0", [text, &Sql::value(&wanted)]))),
        Wanted::Regex(Translated::Exact(regex)) => {
            Said::exactly(Test::Is(sql("NOT REGEXP_CONTAINS({}, {})", [text, &Sql::value(&regex)])))
        }
        // What finds too much would drop too much.
        Wanted::Regex(_) => Said::loosely(Test::Always),
    }
}
