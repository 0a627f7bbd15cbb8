//! What a table has for a column of the result: said in SQL for a query, read from Arrow's columns without one.

use super::expression::{self, Column, Sql, sql};
use super::{Out, OutKind, literal};
use crate::source::bigquery::schema::Kind;

/// A value of a row, or nothing.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Cell {
    /// A TIMESTAMP as it is.
    Time(Column),
    /// A simple value as text: as CAST writes it, a time as RFC 3339 in UTC with six digits.
    Text(Column, Kind),
    /// The same text in each row.
    Constant(String),
    /// What stands behind the first `/logs/` of a log's name; the whole name where it has none.
    LogId(Box<Cell>),
    /// Any column as JSON; nothing where that is JSON's null.
    Json(Column),
    /// The first one that is something; of two at least.
    First(Vec<Cell>),
    /// A JSON object of these members, those that are nothing included.
    Object(Vec<(String, Cell)>),
    /// The second one, in rows where the first is nothing.
    Unless(Box<Cell>, Box<Cell>),
    /// The second one, in rows where the first is something.
    If(Box<Cell>, Box<Cell>),
    /// What only SQL can say.
    Sql(Sql),
}

impl Cell {
    /// What the result of a query has for one of its columns.
    pub(crate) fn of_result(out: &Out) -> Self {
        let column = Column::named(out.name);
        match out.kind {
            OutKind::Time => Cell::Time(column),
            OutKind::Text | OutKind::Json => Cell::Text(column, Kind::String),
        }
    }

    /// The first of `cells` that is something; `None` for none.
    pub(super) fn first(mut cells: Vec<Cell>) -> Option<Self> {
        if cells.len() > 1 { Some(Cell::First(cells)) } else { cells.pop() }
    }

    /// The columns that it looks at; `None` for what only SQL can say.
    pub(super) fn columns(&self) -> Option<Vec<&Column>> {
        match self {
            // How CAST writes other ones no page tells to the letter.
            Cell::Text(_, Kind::Float | Kind::Json | Kind::Record | Kind::Other(_)) => None,
            Cell::Time(column) | Cell::Text(column, _) | Cell::Json(column) => Some(vec![column]),
            Cell::Constant(_) => Some(Vec::new()),
            Cell::LogId(name) => name.columns(),
            Cell::First(cells) => cells.iter().map(Cell::columns).collect::<Option<Vec<_>>>().map(|all| all.concat()),
            Cell::Object(members) => {
                members.iter().map(|(_, cell)| cell.columns()).collect::<Option<Vec<_>>>().map(|all| all.concat())
            }
            Cell::Unless(first, second) | Cell::If(first, second) => {
                Some([first.columns()?, second.columns()?].concat())
            }
            Cell::Sql(_) => None,
        }
    }

    /// The same as an expression: a TIMESTAMP, or a STRING.
    pub(super) fn sql(&self) -> Sql {
        match self {
            Cell::Time(column) | Cell::Text(column, Kind::String) => column.sql(),
            Cell::Text(column, Kind::Timestamp) => {
                sql("FORMAT_TIMESTAMP('%Y-%m-%dT%H:%M:%E6SZ', {}, 'UTC')", [&column.sql()])
            }
            Cell::Text(column, _) => sql("CAST({} AS STRING)", [&column.sql()]),
            Cell::Constant(text) => Sql::text(literal::string(text)),
            Cell::LogId(name) => sql("REGEXP_REPLACE({}, '^.*?/logs/', '')", [&name.sql()]),
            Cell::Json(column) => sql("NULLIF(TO_JSON_STRING({}), 'null')", [&column.sql()]),
            Cell::First(cells) => {
                let cells: Vec<Sql> = cells.iter().map(Cell::sql).collect();
                sql("COALESCE({})", [&expression::list(&cells)])
            }
            Cell::Object(members) => {
                let named = |(name, cell): &(String, Cell)| {
                    sql("{} AS {}", [&cell.sql(), &Sql::text(literal::identifier(name))])
                };
                let members: Vec<Sql> = members.iter().map(named).collect();
                sql("TO_JSON_STRING(STRUCT({}))", [&expression::list(&members)])
            }
            Cell::Unless(first, second) => sql("IF({} IS NULL, {}, NULL)", [&first.sql(), &second.sql()]),
            Cell::If(first, second) => sql("IF({} IS NULL, NULL, {})", [&first.sql(), &second.sql()]),
            Cell::Sql(sql) => sql.clone(),
        }
    }
}
