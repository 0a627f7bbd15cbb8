//! The rows of an Arrow batch, of a result or straight from a table.

use std::borrow::Cow;
use std::ops::ControlFlow;

use arrow_array::cast::AsArray;
use arrow_array::{Array, RecordBatch};
use arrow_buffer::NullBuffer;
use arrow_schema::{DataType, Field, FieldRef};

use super::line::{Lines, unlike};
use super::native::{self, Native};
use super::strings::Strings;
use super::value::Value;
use crate::entry::{self, Entry};
use crate::source::bigquery::error::Error;
use crate::source::bigquery::schema::Kind;
use crate::source::bigquery::sql::{Cell, Column};

impl Lines {
    /// Hands the entries of a batch to `see`, until it breaks off. `cells` says where the batch has the
    /// columns, in their order. All of them were asked for: one that is missing fails, as one of another type than
    /// the cell's does. A field that a record has not is NULL, and further columns are not looked at.
    pub(crate) fn read_batch(
        &mut self,
        batch: &RecordBatch,
        cells: &[Option<Cell>],
        mut see: impl FnMut(&Entry) -> ControlFlow<()>,
    ) -> Result<ControlFlow<()>, Error> {
        let bound: Vec<Bound> = cells.iter().map(|cell| bind(batch, cell.as_ref())).collect::<Result<_, _>>()?;
        for number in 0..batch.num_rows() {
            let mut row = self.begin();
            let is_taken = bound.iter().all(|cell| self.put(&mut row, cell.value(number)).is_some());
            let entry = if is_taken { self.end(row) } else { None };
            match entry {
                Some(entry) if see(&entry).is_break() => return Ok(ControlFlow::Break(())),
                Some(_) => {}
                None => return Err(unlike("has a row that is no entry".to_owned())),
            }
        }
        Ok(ControlFlow::Continue(()))
    }
}

/// A [`Cell`] and the columns of a batch that it looks at.
#[derive(Debug)]
pub(super) enum Bound<'b> {
    Nothing,
    Constant(&'b str),
    Text(Option<NullBuffer>, Strings<'b>),
    /// Microseconds since 1970 UTC.
    Time(Option<NullBuffer>, Cow<'b, [i64]>),
    /// A simple value as text, or any as JSON.
    Native(Native<'b>),
    LogId(Box<Bound<'b>>),
    First(Vec<Bound<'b>>),
    Object(Vec<(Vec<u8>, Bound<'b>)>),
    Unless(Box<[Bound<'b>; 2]>),
    If(Box<[Bound<'b>; 2]>),
}

impl Bound<'_> {
    pub(super) fn value(&self, row: usize) -> Value<'_> {
        let is_there = |nulls: &Option<NullBuffer>| nulls.as_ref().is_none_or(|nulls| nulls.is_valid(row));
        match self {
            Bound::Constant(text) => Value::Plain(text),
            Bound::Text(nulls, texts) if is_there(nulls) => Value::Plain(texts.get(row)),
            Bound::Time(nulls, micros) if is_there(nulls) => Value::Time(micros[row]),
            Bound::Native(native) if !native.is_null(row) && !native.is_json_null(row) => Value::Native(native, row),
            Bound::Nothing | Bound::Text(..) | Bound::Time(..) | Bound::Native(_) => Value::Null,
            Bound::LogId(name) => match name.value(row) {
                Value::Plain(name) => Value::Plain(log_id(name)),
                other => other,
            },
            Bound::First(cells) => {
                cells.iter().map(|cell| cell.value(row)).find(Value::is_something).unwrap_or(Value::Null)
            }
            Bound::Object(members) => Value::Object(members, row),
            Bound::Unless(cells) if cells[0].value(row).is_something() => Value::Null,
            Bound::If(cells) if !cells[0].value(row).is_something() => Value::Null,
            Bound::Unless(cells) | Bound::If(cells) => cells[1].value(row),
        }
    }
}

/// What stands behind the first `/logs/`, as `REGEXP_REPLACE(name, '^.*?/logs/', '')` gives it: a dot is no
/// line end.
fn log_id(name: &str) -> &str {
    let id = entry::log_id(name);
    if name.as_bytes()[..name.len() - id.len()].contains(&b'\n') { name } else { id }
}

fn bind<'b>(batch: &'b RecordBatch, cell: Option<&'b Cell>) -> Result<Bound<'b>, Error> {
    let Some(cell) = cell else { return Ok(Bound::Nothing) };
    let both = |first: &'b Cell, second: &'b Cell| {
        Ok::<_, Error>(Box::new([bind(batch, Some(first))?, bind(batch, Some(second))?]))
    };
    Ok(match cell {
        Cell::Constant(text) => Bound::Constant(text),
        Cell::LogId(name) => Bound::LogId(Box::new(bind(batch, Some(name))?)),
        Cell::First(cells) => Bound::First(cells.iter().map(|cell| bind(batch, Some(cell))).collect::<Result<_, _>>()?),
        Cell::Object(members) => {
            let member = |(name, cell): &'b (String, Cell)| Ok((native::key(name), bind(batch, Some(cell))?));
            Bound::Object(members.iter().map(member).collect::<Result<_, Error>>()?)
        }
        Cell::Unless(first, second) => Bound::Unless(both(first, second)?),
        Cell::If(first, second) => Bound::If(both(first, second)?),
        Cell::Sql(_) => return Err(unlike("is asked for something that only a query can say".to_owned())),
        Cell::Time(column) => simple(batch, column, &Kind::Timestamp)?,
        Cell::Text(column, kind) => simple(batch, column, kind)?,
        Cell::Json(column) => match Found::at(batch, column)? {
            None => Bound::Nothing,
            Some(found) => Bound::Native(found.native().ok_or_else(|| found.is_odd(column))?),
        },
    })
}

/// A column of a simple type, as text or as a time.
fn simple<'b>(batch: &'b RecordBatch, column: &Column, kind: &Kind) -> Result<Bound<'b>, Error> {
    let Some(found) = Found::at(batch, column)? else { return Ok(Bound::Nothing) };
    let (array, of) = (found.array, found.array.data_type());
    let nulls = NullBuffer::union(array.logical_nulls().as_ref(), found.nulls.as_ref());
    let bound = match (kind, of) {
        (_, DataType::Null) => Some(Bound::Nothing),
        (Kind::String, _) => Strings::of(array).map(|texts| Bound::Text(nulls, texts)),
        (Kind::Timestamp, DataType::Timestamp(_, Some(_))) => {
            native::micros(array).map(|micros| Bound::Time(nulls, micros))
        }
        (Kind::Boolean, DataType::Boolean) | (Kind::Integer, DataType::Int64) => found.native().map(Bound::Native),
        // How CAST writes other ones no page tells to the letter.
        _ => None,
    };
    bound.ok_or_else(|| found.is_odd(column))
}

/// A column, or a field of one.
struct Found<'b> {
    field: &'b Field,
    array: &'b dyn Array,
    /// Where the structs around it are NULL, whatever it has there itself.
    nulls: Option<NullBuffer>,
}

impl<'b> Found<'b> {
    /// `None` where the column has no such field; fails where there is no such column. Names are not told apart by
    /// case.
    fn at(batch: &'b RecordBatch, column: &Column) -> Result<Option<Self>, Error> {
        let Some((first, below)) = column.path.split_first() else { return Ok(None) };
        let at = position(batch.schema_ref().fields(), first);
        let at = at.ok_or_else(|| unlike(format!("lacks the column {first}")))?;
        let array: &'b dyn Array = batch.column(at);
        let mut found = Found { field: batch.schema_ref().field(at), array, nulls: None };
        for name in below {
            if *found.array.data_type() == DataType::Null {
                return Ok(None);
            }
            let Some(record) = found.array.as_struct_opt() else { return Err(found.is_odd(column)) };
            let Some(at) = position(record.fields(), name) else { return Ok(None) };
            found.nulls = NullBuffer::union(found.nulls.as_ref(), record.nulls());
            found.field = &record.fields()[at];
            found.array = record.column(at);
        }
        Ok(Some(found))
    }

    /// `None` for a type that is none of BigQuery's.
    fn native(&self) -> Option<Native<'b>> {
        Some(Native::of(self.field, self.array)?.within(self.nulls.as_ref()))
    }

    fn is_odd(&self, column: &Column) -> Error {
        unlike(format!("has the column {} as {}", column.path.join("."), self.array.data_type()))
    }
}

fn position(fields: &[FieldRef], name: &str) -> Option<usize> {
    fields.iter().position(|field| field.name().eq_ignore_ascii_case(name))
}
