//! Plan and tables -> scans of the Storage Read API: which columns and which rows of each table travel, and what
//! is decided here. A pure function, as [`statement`](super::statement()) is, and of the same parts.
//!
//! Unlike a query a scan restricts rows by a text of few words, searches no text, strips and cuts nothing.
//! So [`Scanned::local`] has more to decide, and the run's own cut makes the cut. Rows in the streaming buffer are
//! not seen.

use std::fmt;

use super::cell::Cell;
use super::choice::{Choice, Part};
use super::output::{self, Output};
use super::restriction::{self, Restriction};
use super::unit::Unit;
use super::{Asked, Out, Payload, origin};
use crate::select::Predicate;
use crate::source::bigquery::schema::{self, Kind};
use crate::source::bigquery::tables::Table;

/// What to read, and what is left to be decided here.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Scanned {
    /// Empty where no table can hold what is asked.
    pub tables: Vec<TableScan>,
    /// The columns of the result, in order.
    pub columns: Vec<Out>,
    /// What the restrictions do not decide and must be decided here, on each row.
    pub local: Predicate,
    /// What is read of payloads.
    pub payload: Payload,
    /// A part of `local` is a search in texts, for which the texts of all rows travel.
    pub leaves_search: bool,
}

/// What to read of a table.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct TableScan {
    /// The table's name in its dataset.
    pub id: String,
    /// Paths of columns, dotted, as the schema spells them; none lies below another.
    pub fields: Vec<String>,
    /// Which rows, at most [`LONGEST`](restriction::LONGEST) bytes. Never empty.
    pub restriction: String,
    /// What it has for each of [`Scanned::columns`].
    pub cells: Vec<Option<Cell>>,
}

/// Why tables cannot be read without a query.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Unscannable {
    /// `--where`
    Where,
    /// Names with how many rows each has: counting is a query's work.
    Names,
    /// The table, a view.
    View(String),
    /// The table, and the column of a type, a name or a place that only a query reads: its path, and its type where
    /// that is it.
    Column(String, String),
    /// The table, of which a restriction cannot say which rows are a container's.
    Rows(String),
    /// The message would be another than a query's: `--without payload` makes it of the payload's texts alone, and here
    /// a condition needs the whole.
    Payload,
    /// The restriction has so many bytes.
    Long(usize),
}

impl Unscannable {
    /// True where the table may have other columns now than are remembered, and then it may be read.
    pub(crate) fn may_be_outdated(&self) -> bool {
        matches!(self, Unscannable::Column(..) | Unscannable::Rows(_))
    }
}

impl fmt::Display for Unscannable {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        match self {
            Unscannable::Where => write!(f, "--where is a condition in SQL, for a query"),
            Unscannable::Names => write!(f, "names are counted by a query"),
            Unscannable::View(table) => write!(f, "{table} is a view, not a table"),
            Unscannable::Column(table, column) => write!(f, "{table} has a column {column} that only a query reads"),
            Unscannable::Rows(table) => write!(f, "which rows of {table} come from containers only a query tells"),
            Unscannable::Payload => {
                write!(f, "a condition needs the whole payload, which --without payload leaves to a query")
            }
            Unscannable::Long(bytes) => {
                let most = restriction::LONGEST;
                write!(f, "the selection takes {bytes} bytes as a row restriction, of which {most} are allowed")
            }
        }
    }
}

/// The scans that read what is `asked` from `tables`.
pub(crate) fn scan(tables: &[&Table], asked: &Asked) -> Result<Scanned, Unscannable> {
    let columns = asked.columns.ok_or(Unscannable::Names)?;
    if asked.condition.is_some() {
        return Err(Unscannable::Where);
    }
    let mut choice = Choice::of(tables, asked, |source| origin::stored(source, asked.window));
    if let Some(part) = choice.parts.iter().find(|part| part.source.is_analytics()) {
        return Err(Unscannable::View(part.source.table.id.clone()));
    }
    let parts = &choice.parts;
    for (at, (unit, is_left)) in choice.units.iter_mut().enumerate() {
        let is_loose = |part: &Part| !Restriction::of(&part.said[at].test).is_exact;
        *is_left |= unit.is_of_text() || parts.iter().any(is_loose);
    }
    let (local, needed) = choice.local(asked);
    let sources = choice.sources();
    if !columns.payload && needed.contains("payload") && output::has_texts(&sources, asked) {
        return Err(Unscannable::Payload);
    }
    let (outputs, payload) = output::outputs(&sources, asked, columns, &needed);
    let searches = |unit: &Unit| unit.columns().contains(&"payload");
    Ok(Scanned {
        tables: choice
            .parts
            .iter()
            .enumerate()
            .map(|(at, part)| table(part, at, &outputs))
            .collect::<Result<_, _>>()?,
        columns: outputs.iter().map(|output| output.out.clone()).collect(),
        leaves_search: choice.left().any(searches),
        local,
        payload,
    })
}

/// The scan of the table at a place.
fn table(part: &Part, at: usize, outputs: &[Output]) -> Result<TableScan, Unscannable> {
    let id = &part.source.table.id;
    if !Restriction::of(&part.rows).is_exact {
        return Err(Unscannable::Rows(id.clone()));
    }
    let restriction = Restriction::of(&part.test()).text.unwrap_or_else(|| "TRUE".to_owned());
    if restriction.len() > restriction::LONGEST {
        return Err(Unscannable::Long(restriction.len()));
    }
    let cells: Vec<Option<Cell>> = outputs.iter().map(|output| output.cells[at].clone()).collect();
    let mut paths = Vec::new();
    for (output, cell) in outputs.iter().zip(&cells) {
        let Some(cell) = cell else { continue };
        let odd = |name: &str| Unscannable::Column(id.clone(), name.to_owned());
        for column in cell.columns().ok_or_else(|| odd(output.out.name))? {
            let path: Vec<&str> = column.path.iter().map(String::as_str).collect();
            let dotted = path.join(".");
            let column = part.source.table.schema.find(&path).ok_or_else(|| odd(&dotted))?;
            if let Some((below, kind)) = odd_type(column) {
                return Err(odd(&format!("{dotted}{below} of type {kind}")));
            }
            // A field whose name would read as a path comes with the whole RECORD.
            let said = path.iter().take_while(|name| is_plain(name)).count();
            if said == 0 {
                return Err(odd(path[0]));
            }
            paths.push(path[..said].to_vec());
        }
    }
    let mut fields = Vec::new();
    for path in &paths {
        let is_within = paths.iter().any(|other| other.len() < path.len() && path.starts_with(other));
        let field = path.join(".");
        if !is_within && !fields.contains(&field) {
            fields.push(field);
        }
    }
    Ok(TableScan { id: id.clone(), fields, restriction, cells })
}

/// A type that no sink makes, and where below the column it is.
fn odd_type(column: &schema::Column) -> Option<(String, &str)> {
    if let Kind::Other(kind) = &column.kind {
        return Some((String::new(), kind));
    }
    let below = |field: &schema::Column| format!(".{}", field.name);
    column.fields.iter().find_map(|field| odd_type(field).map(|(path, kind)| (below(field) + &path, kind)))
}

/// BigQuery itself allows neither of these characters in a name.
/// <https://cloud.google.com/bigquery/docs/schemas#column_names>
fn is_plain(name: &str) -> bool {
    !name.is_empty() && !name.contains(['.', '`']) && !name.contains(char::is_control)
}
