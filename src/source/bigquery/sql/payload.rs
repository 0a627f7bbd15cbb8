//! The payload of a structured log as compact JSON, without the members that say nothing.
//!
//! TO_JSON_STRING writes all columns of a RECORD, and real tables have hundreds of which a row fills a
//! few: `{"a":null,"b":1,"c":null}`. So members that are NULL are taken out before they travel.
//!
//! One pass replaces, from left to right, with N a member `"key":` of `null`, `[]` or `{}`:
//!
//! | found | becomes | |
//! |---|---|---|
//! | `,N,N}` | `}` | at the end of an object that keeps members in front |
//! | `{N,N}` | `{}` | an object of nothing else |
//! | `N,N,` | | in front of a member that stays |
//! | a string | itself | so that nothing is found within strings |
//!
//! What is left is JSON again: N begins only where a key begins, since strings are stepped over whole and
//! only keys have a colon behind them; and a comma goes with each member, the one in front only
//! where no member is behind. Objects that became empty are members for the next pass, so a payload takes
//! as many passes as its RECORDs nest.
//!
//! `--grep` looks at this text. Where TO_JSON_STRING writes a number otherwise than lq (`1e+15`, `1.0`, 16
//! digits; it prints by %.15g, else %.17g), rows that have such numbers are judged here, unless what is
//! looked for has to do with no number. One difference is left: JSON columns that nest deeper than
//! [`JSON_PASSES`] and have empty objects there.

use super::expression::{Sql, sql};
use crate::source::bigquery::schema::{Column, Kind};

/// Passes for a JSON column, whose depth no schema tells.
const JSON_PASSES: usize = 3;

/// What a pass finds, and what it puts in its place.
const EMPTY_MEMBERS: &str = concat!(
    r#",(?:"(?:[^"\\]|\\.)*":(?:null|\[\]|\{\}),)*"(?:[^"\\]|\\.)*":(?:null|\[\]|\{\})(\})"#,
    r#"|(\{)(?:"(?:[^"\\]|\\.)*":(?:null|\[\]|\{\}),)*"(?:[^"\\]|\\.)*":(?:null|\[\]|\{\})(\})"#,
    r#"|(?:"(?:[^"\\]|\\.)*":(?:null|\[\]|\{\}),)+"#,
    r#"|("(?:[^"\\]|\\.)*")"#,
);
const KEPT: &str = r"\1\2\3\4";

/// `json` after so many passes.
pub(super) fn stripped(json: &Sql, passes: usize) -> Sql {
    (0..passes).fold(json.clone(), |json, _| {
        let call = format!(",\n        r'{EMPTY_MEMBERS}',\n        r'{KEPT}')");
        sql("REGEXP_REPLACE({}{}", [&json, &Sql::text(call)])
    })
}

/// True for a column in which numbers may be spelt otherwise than lq spells them.
pub(super) fn has_numbers(column: &Column) -> bool {
    matches!(column.kind, Kind::Float | Kind::Json) || column.fields.iter().any(has_numbers)
}

/// How many passes a column takes.
pub(super) fn passes(column: &Column) -> usize {
    match column.kind {
        Kind::Json => JSON_PASSES,
        Kind::Record => 1 + column.fields.iter().map(passes).max().unwrap_or(0),
        _ => 0,
    }
}

#[cfg(test)]
mod tests;
