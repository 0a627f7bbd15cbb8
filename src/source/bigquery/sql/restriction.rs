//! Conditions as a row restriction of the Storage Read API, which takes no parameters and few functions.
//! <https://cloud.google.com/bigquery/docs/reference/storage/rpc/google.cloud.bigquery.storage.v1#tablereadoptions>
//!
//! Used is what is known to work: comparisons of columns with constants, IN, LIKE, IS NULL, AND, OR and NOT. What
//! cannot be said so is said loosely, or counts as true: no test is ever negated as a whole, so no row is
//! missing, and the condition is judged here.

use super::claim::Claim;
use super::expression::{Piece, Sql, Test};
use super::{Value, like, literal};
use crate::entry::severity::Severity;

/// The longest restriction that is taken, in bytes.
/// <https://github.com/GoogleCloudDataproc/spark-bigquery-connector/issues/1301>
pub(super) const LONGEST: usize = 1 << 20;

/// What a restriction says of a test.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Restriction {
    /// Holds for all rows that the test holds for; `None` for all rows.
    pub text: Option<String>,
    /// And for no others.
    pub is_exact: bool,
}

impl Restriction {
    fn exactly(text: String) -> Self {
        Restriction { text: Some(text), is_exact: true }
    }

    fn loosely(text: Option<String>) -> Self {
        Restriction { text, is_exact: false }
    }

    pub(super) fn of(test: &Test) -> Self {
        match test {
            Test::Always => Restriction { text: None, is_exact: true },
            Test::Never => Restriction::exactly("FALSE".to_owned()),
            Test::Is(_) => Restriction::loosely(None),
            Test::Says(value, claim) => match name(value) {
                Some(name) => says(&name, claim),
                None => Restriction::loosely(None),
            },
            Test::All(tests) => {
                let all: Vec<Restriction> = tests.iter().map(Restriction::of).collect();
                let is_exact = all.iter().all(|one| one.is_exact);
                let texts: Vec<String> = all.into_iter().filter_map(|one| one.text).collect();
                Restriction { text: joined(texts, " AND "), is_exact }
            }
            Test::Any(tests) => {
                let all: Vec<Restriction> = tests.iter().map(Restriction::of).collect();
                let is_exact = all.iter().all(|one| one.is_exact);
                let texts: Option<Vec<String>> = all.into_iter().map(|one| one.text).collect();
                Restriction { text: texts.and_then(|texts| joined(texts, " OR ")), is_exact }
            }
        }
    }
}

/// `(a AND b)`; `None` for none.
fn joined(mut texts: Vec<String>, word: &str) -> Option<String> {
    if texts.len() > 1 { Some(format!("({})", texts.join(word))) } else { texts.pop() }
}

/// A bare column.
fn name(value: &Sql) -> Option<String> {
    match value.0.as_slice() {
        // One that is made up stands bare.
        [Piece::Column(column)] if column.path.is_empty() => Some(column.text.clone()),
        [Piece::Column(column)] => {
            Some(column.path.iter().map(|name| literal::identifier(name)).collect::<Vec<_>>().join("."))
        }
        _ => None,
    }
}

fn says(name: &str, claim: &Claim) -> Restriction {
    let like = |pattern: &str| format!("{name} LIKE {}", literal::quoted(pattern));
    match claim {
        Claim::Compares(sign, constant) => match self::constant(constant) {
            Some(constant) => Restriction::exactly(format!("{name} {} {constant}", sign.text())),
            None => Restriction::loosely(None),
        },
        Claim::Differs(text) => {
            Restriction::exactly(format!("({name} != {} OR {name} IS NULL)", literal::quoted(text)))
        }
        Claim::OneOf(texts) => {
            let texts: Vec<String> = texts.iter().map(|text| literal::quoted(text)).collect();
            Restriction::exactly(format!("{name} IN ({})", texts.join(", ")))
        }
        // In Cloud Logging's own spelling these words are known to be too light; others are judged here.
        Claim::Grave(least) => {
            let light = Severity::ALL.into_iter().filter(|severity| severity < least);
            let light: Vec<String> = light.map(|severity| literal::quoted(severity.name())).collect();
            Restriction::loosely(Some(format!("NOT {name} IN ({})", light.join(", "))))
        }
        Claim::Null => Restriction::exactly(format!("{name} IS NULL")),
        Claim::NotNull => Restriction::exactly(format!("{name} IS NOT NULL")),
        Claim::StartsWith(start) => Restriction::exactly(like(&format!("{}%", like::escaped(start)))),
        Claim::Contains(text) => Restriction::exactly(like(&format!("%{}%", like::escaped(text)))),
        Claim::Matches(regex) => match like::of_regex(regex) {
            Some(found) => Restriction { text: Some(like(&found.pattern)), is_exact: found.is_exact },
            None => Restriction::loosely(None),
        },
    }
}

/// A constant as text.
fn constant(constant: &Sql) -> Option<String> {
    match constant.0.as_slice() {
        [Piece::Text(text)] => Some(text.to_string()),
        [Piece::Value(Value::String(text))] => Some(literal::quoted(text)),
        [Piece::Value(Value::Strings(_))] => None,
        [Piece::Value(value)] => Some(literal::value(value)),
        _ => None,
    }
}
