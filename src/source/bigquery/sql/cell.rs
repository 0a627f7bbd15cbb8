//! What a table has for a column of the result: said in SQL for a query, read from Arrow's columns without one.

use super::expression::{Column, Sql};
use crate::source::bigquery::schema::Kind;

/// A value of a row.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Cell {
    /// A TIMESTAMP as it is, or a simple value as text: as CAST writes it, a time as RFC 3339 in UTC with six digits.
    Simple(Column, Kind),
    /// The same text in each row.
    Constant(String),
    /// What stands behind the first `/logs/` of a log's name.
    LogId(Box<Cell>),
    /// Any column as JSON; nothing where it is NULL.
    Json(Column),
    /// The first one that is something.
    First(Vec<Cell>),
    /// A JSON object of these members.
    Object(Vec<(String, Cell)>),
    /// The second one, in rows where the first is nothing.
    Unless(Box<Cell>, Box<Cell>),
    /// The second one, in rows where the first is something.
    If(Box<Cell>, Box<Cell>),
    /// What only SQL can say.
    Sql(Sql),
}
