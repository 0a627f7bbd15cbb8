//! Plan and tables -> query. A pure function: no I/O, the same arguments give the same text.
//!
//! SQL narrows, the predicate decides: what SQL can say exactly it decides; what it cannot say it
//! says loosely, so that no row is missing, and the condition is left for each row, in
//! [`Statement::local`].
//!
//! The query is made in layers. Each table has a SELECT of its own, with its own columns, put together by
//! UNION ALL; which is why every column but the time is a STRING: the payloads of two tables are
//! RECORDs of different fields, and those UNION ALL refuses. Around it come, where they are wanted, the
//! [stripping](payload) of empty members, the search in the text, and the cut.
//!
//! Or there is no query: a [`scan()`] reads tables through the Storage Read API. There each table has a restriction of
//! its rows in the place of the SELECT, and what that cannot say is decided here.
//!
//! | part | what it is for |
//! |---|---|
//! | [`columns`] | where a table keeps the members of a LogEntry |
//! | [`output`], [`cell`] | the columns of the result |
//! | [`mod@unit`] | the conditions of a predicate, one by one |
//! | [`origin`], [`field`], [`text`], [`claim`] | what a table's columns tell of them |
//! | [`choice`] | which tables may hold what is asked, and what is left to be decided here |
//! | [`query`] | the layers |
//! | [`mod@scan`], [`restriction`], [`like`] | the same without a query |
//! | [`regex`] | regular expressions in RE2's language |
//! | [`payload`] | JSON without its empty members |
//! | [`expression`], [`writer`], [`literal`], [`lexer`] | the text itself |
//! | [`typed`] | `--where` |
//! | [`about`] | what the tables are like, in a row |

mod about;
mod cell;
mod choice;
mod claim;
mod columns;
mod expression;
mod field;
mod lexer;
mod like;
mod literal;
mod origin;
mod output;
mod payload;
mod query;
pub(crate) mod regex;
mod restriction;
mod scan;
mod text;
mod typed;
mod unit;
mod writer;

#[cfg(test)]
mod tests;

use super::address::Address;
use super::tables::Table;
use crate::entry::write::Columns;
use crate::select::Predicate;
use crate::source::Cut;
use crate::when::Window;
use choice::Choice;
use columns::Source;
use expression::Sql;
use query::{Rows, Search};
use writer::Writer;

pub(crate) use about::{count, newest, partition_states, partitions};
pub(crate) use cell::Cell;
pub(crate) use expression::Column;
pub(crate) use scan::{Scanned, TableScan, Unscannable, scan};
pub(crate) use typed::{check_where, is_settled};

/// What a query should give.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Asked<'a> {
    pub address: &'a Address,
    /// The slice's part of the window.
    pub window: Window,
    pub select: &'a Predicate,
    /// `None` for the names of containers, each with how many rows it has, and from when to when.
    pub columns: Option<&'a Columns>,
    pub cut: Cut,
    /// `--where`, as typed and [checked](check_where).
    pub condition: Option<&'a str>,
}

/// A query, ready to be run.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Statement {
    pub text: String,
    pub parameters: Vec<Parameter>,
    /// The columns of its result, in order.
    pub columns: Vec<Out>,
    /// What the query does not decide and must be decided here, on each row.
    pub local: Predicate,
    /// Which rows the query leaves out although they were selected.
    pub cut: Cut,
    /// The most rows that it gives. Where it gives so many there may be more, and twins are among them.
    pub limit: Option<u64>,
    /// What the query has of payloads.
    pub payload: Payload,
    /// What BigQuery bills, but for what `--where` looks at.
    pub reads: Vec<Reads>,
}

/// How much of a structured log's payload is read for the result.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Payload {
    None,
    /// Of some tables at least only what may be its text; a payload without one is `{}`.
    Texts,
    Whole,
}

/// The columns of a table that a query looks at: `timestamp`, `resource.labels.pod_name`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Reads {
    /// The table's name in its dataset.
    pub table: String,
    pub columns: Vec<String>,
}

/// A named parameter: `@name` in the text.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Parameter {
    pub name: String,
    pub value: Value,
}

#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Value {
    String(String),
    Strings(Vec<String>),
    /// Always finite.
    Float(f64),
    Integer(i64),
}

/// A column of the result. Its name in the result is the key of Cloud Logging's LogEntry
/// (`timestamp`, `severity`, `insertId`, `textPayload`, `jsonPayload`, `logName`, `labels`, ...) or
/// `cluster`, `namespace`, `pod`, `container`, `stream`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Out {
    pub name: &'static str,
    pub kind: OutKind,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum OutKind {
    /// TIMESTAMP.
    Time,
    /// STRING, to stand as a JSON string.
    Text,
    /// STRING that holds JSON of a RECORD or of a JSON column.
    Json,
}

/// The columns of a query for names that `timestamp`, the first time, and the names do not tell: the last
/// time and the number of rows.
pub(crate) const COUNTED: [&str; 2] = ["last", "entries"];

/// The most tables that a query may name. <https://cloud.google.com/bigquery/quotas#query_jobs>
pub(crate) const MOST_TABLES: usize = 1_000;
/// The longest text, in bytes: 1 MB.
pub(crate) const MOST_TEXT: usize = 1_000_000;
/// The most parameters.
pub(crate) const MOST_PARAMETERS: usize = 10_000;

impl Statement {
    /// True for a query that BigQuery takes. Where it is false, fewer tables may do.
    pub(crate) fn fits(&self) -> bool {
        self.reads.len() <= MOST_TABLES && self.text.len() <= MOST_TEXT && self.parameters.len() <= MOST_PARAMETERS
    }

    /// True where the whole payload is read, for the result or for a condition: the expensive column.
    pub(crate) fn reads_payload(&self) -> bool {
        let is_payload = |column: &String| {
            let column = column.to_ascii_lowercase();
            !column.contains('.')
                && ["jsonpayload", "json_payload", "protopayload", "proto_payload"]
                    .iter()
                    .any(|name| column.starts_with(name))
        };
        self.reads.iter().any(|table| table.columns.iter().any(is_payload))
    }
}

/// The query that reads what is `asked` from `tables`, or `None` where none of them can hold it.
pub(crate) fn statement(tables: &[&Table], asked: &Asked) -> Option<Statement> {
    let logs = &asked.select.origin.logs;
    let mut choice = Choice::of(tables, asked, |source| origin::window(source, asked.window));
    if choice.parts.is_empty() {
        return None;
    }
    let sources = choice.sources();
    let is_split = sources.iter().any(|source| source.column("split").is_some());
    let payloads = |source: &Source| source.payloads(logs).iter().any(|(column, _)| payload::has_numbers(column));
    let has_numbers = sources.iter().any(payloads);
    for (unit, is_left) in &mut choice.units {
        let is_exact = unit.on_text(&Sql::null()).is_exact && !(has_numbers && unit.minds_numbers());
        *is_left |= unit.is_of_text() && (is_split || !is_exact);
    }
    let (local, needed) = choice.local(asked);
    let (outputs, payload) = match asked.columns {
        Some(columns) => output::outputs(&sources, asked, columns, &needed),
        None => (output::names(&sources, &needed)?, Payload::None),
    };
    let search = Search::new(&choice.units, &sources, asked, &outputs, payload, Rows { is_split, has_numbers });
    // A cut is only right where nothing is dropped or joined behind it.
    let is_decided = choice.is_log_told && choice.left().next().is_none();
    let cut = if is_decided && !is_split { asked.cut } else { Cut::All };
    let mut writer = Writer::default();
    let reads = query::write(&mut writer, &choice.parts, asked, &outputs, &search, cut);
    Some(Statement {
        text: writer.text,
        parameters: writer.parameters,
        columns: query::columns(outputs, asked),
        local,
        cut,
        limit: if let Cut::First(most) = cut { Some(most) } else { None },
        payload,
        reads,
    })
}

/// The query as text alone, ready for BigQuery's console: parameters are replaced by what they stand for.
/// Ends with `;` and a newline.
pub(crate) fn print(statement: &Statement) -> String {
    let mut out = String::with_capacity(statement.text.len());
    for token in lexer::tokens(&statement.text) {
        let mut code = match token {
            lexer::Token::Code(code) => code,
            lexer::Token::Closed(text) | lexer::Token::Open(text) => {
                out.push_str(text);
                continue;
            }
        };
        while let Some((before, behind)) = code.split_once('@') {
            out.push_str(before);
            let end = behind.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(behind.len());
            match statement.parameters.iter().find(|parameter| parameter.name == behind[..end]) {
                Some(parameter) => out.push_str(&literal::value(&parameter.value)),
                None => out.extend(["@", &behind[..end]]),
            }
            code = &behind[end..];
        }
        out.push_str(code);
    }
    out + ";\n"
}
