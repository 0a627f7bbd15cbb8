//! What conditions say of one value, whatever the language.

use super::Value;
use super::expression::{Sql, sql};
use crate::entry::severity::{Severity, WORDS};

/// What is said of a value. NULL fulfils none of it but where that is told.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Claim {
    /// It compares so with a constant.
    Compares(Sign, Sql),
    /// It is not this text; NULL is not.
    Differs(String),
    OneOf(Vec<String>),
    /// A word of at least this gravity, in any case.
    Grave(Severity),
    Null,
    NotNull,
    StartsWith(&'static str),
    /// The text is in it.
    Contains(String),
    /// RE2's regular expression is found in it.
    Matches(String),
}

/// How two values compare.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Sign {
    Equal,
    NotEqual,
    Less,
    AtMost,
    Greater,
    AtLeast,
}

impl Sign {
    pub(super) fn text(self) -> &'static str {
        match self {
            Sign::Equal => "=",
            Sign::NotEqual => "!=",
            Sign::Less => "<",
            Sign::AtMost => "<=",
            Sign::Greater => ">",
            Sign::AtLeast => ">=",
        }
    }
}

impl Claim {
    /// The same of `value` in SQL.
    pub(super) fn sql(&self, value: &Sql) -> Sql {
        match self {
            Claim::Compares(sign, constant) => sql("{} {} {}", [value, &Sql::text(sign.text()), constant]),
            Claim::Differs(text) => sql("IFNULL({} != {}, TRUE)", [value, &Sql::value(text)]),
            Claim::OneOf(texts) => sql("{} IN UNNEST({})", [value, &Value::Strings(texts.clone()).into()]),
            Claim::Grave(least) => {
                let words = WORDS.iter().filter(|(_, severity)| severity >= least);
                let words = words.map(|(word, _)| format!("'{word}'")).collect::<Vec<_>>().join(", ");
                sql("LOWER({}) IN ({})", [value, &Sql::text(words)])
            }
            Claim::Null => sql("{} IS NULL", [value]),
            Claim::NotNull => sql("{} IS NOT NULL", [value]),
            Claim::StartsWith(start) => sql("STARTS_WITH({}, '{}')", [value, &Sql::text(*start)]),
            Claim::Contains(text) => sql("STRPOS({}, {}) > 0", [value, &Sql::value(text)]),
            Claim::Matches(regex) => sql("REGEXP_CONTAINS({}, {})", [value, &Sql::value(regex)]),
        }
    }
}
