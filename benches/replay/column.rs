//! A column: what an entry has for it, as JSON and as Arrow's arrays.

use std::io::Write;
use std::sync::Arc;

use anyhow::{Result, bail};
use arrow_array::builder::{ListBuilder, StringBuilder};
use arrow_array::{ArrayRef, BooleanArray, Float64Array, StringArray, StructArray, TimestampMicrosecondArray};
use arrow_schema::{DataType, Field, Fields, TimeUnit};
use chrono::DateTime;
use serde_json::{Value, json};

use crate::entry::Entry;

#[derive(Clone)]
pub struct Column {
    pub name: &'static str,
    pub kind: Kind,
}

#[derive(Clone)]
pub enum Kind {
    Text(for<'a> fn(&'a Entry) -> Option<&'a str>),
    Number(fn(&Entry) -> Option<f64>),
    Truth(fn(&Entry) -> Option<bool>),
    /// Unix microseconds.
    Time(fn(&Entry) -> i64),
    /// REPEATED.
    Texts(fn(&Entry) -> &'static [&'static str]),
    /// A RECORD, and which entries have it.
    Record(Vec<Column>, fn(&Entry) -> bool),
    /// What a query makes of a RECORD with `TO_JSON_STRING`, without members that are NULL or empty.
    Json(Vec<Column>, fn(&Entry) -> bool),
}

impl Column {
    pub fn new(name: &'static str, kind: Kind) -> Self {
        Column { name, kind }
    }

    pub fn text(name: &'static str, text: for<'a> fn(&'a Entry) -> Option<&'a str>) -> Self {
        Column { name, kind: Kind::Text(text) }
    }

    /// As it stands in the schema of a table. <https://cloud.google.com/bigquery/docs/reference/rest/v2/tables>
    pub fn schema(&self) -> Value {
        let mut field = json!({"name": self.name, "mode": "NULLABLE"});
        field["type"] = json!(match &self.kind {
            Kind::Text(_) | Kind::Json(..) => "STRING",
            Kind::Number(_) => "FLOAT",
            Kind::Truth(_) => "BOOLEAN",
            Kind::Time(_) => "TIMESTAMP",
            Kind::Texts(_) => {
                field["mode"] = json!("REPEATED");
                "STRING"
            }
            Kind::Record(columns, _) => {
                field["fields"] = columns.iter().map(Column::schema).collect();
                "RECORD"
            }
        });
        field
    }

    /// Appends the cell of a row of a page: a string or `null`.
    pub fn push_cell(&self, entry: &Entry, out: &mut Vec<u8>) -> Result<()> {
        match &self.kind {
            Kind::Text(text) => serde_json::to_writer(out, &text(entry))?,
            Kind::Time(time) => serde_json::to_writer(out, &time(entry).to_string())?,
            Kind::Json(..) => serde_json::to_writer(out, &self.json(entry)?)?,
            _ => bail!("{} is in no result", self.name),
        }
        Ok(())
    }

    /// The text of [`Kind::Json`].
    fn json(&self, entry: &Entry) -> Result<Option<String>> {
        let mut out = Vec::new();
        match &self.kind {
            Kind::Json(columns, has) if has(entry) => push_object(columns, entry, &mut out)?,
            _ => return Ok(None),
        }
        Ok(Some(String::from_utf8(out)?))
    }

    pub fn field(&self) -> Field {
        let kind = match &self.kind {
            Kind::Text(_) | Kind::Json(..) => DataType::Utf8,
            Kind::Number(_) => DataType::Float64,
            Kind::Truth(_) => DataType::Boolean,
            Kind::Time(_) => DataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into())),
            Kind::Texts(_) => DataType::List(Arc::new(Field::new("item", DataType::Utf8, true))),
            Kind::Record(columns, _) => DataType::Struct(fields(columns)),
        };
        Field::new(self.name, kind, true)
    }

    pub fn array(&self, entries: &[Entry]) -> Result<ArrayRef> {
        let rows = entries.iter();
        Ok(match &self.kind {
            Kind::Text(text) => Arc::new(StringArray::from_iter(rows.map(text))),
            Kind::Json(..) => Arc::new(rows.map(|entry| self.json(entry)).collect::<Result<StringArray>>()?),
            Kind::Number(number) => Arc::new(Float64Array::from_iter(rows.map(number))),
            Kind::Truth(truth) => Arc::new(BooleanArray::from_iter(rows.map(truth))),
            Kind::Time(time) => {
                Arc::new(TimestampMicrosecondArray::from_iter_values(rows.map(time)).with_timezone("UTC"))
            }
            Kind::Texts(texts) => {
                let mut list = ListBuilder::new(StringBuilder::new());
                for entry in rows {
                    list.append_value(texts(entry).iter().map(Some));
                }
                Arc::new(list.finish())
            }
            Kind::Record(columns, has) => {
                let arrays = columns.iter().map(|column| column.array(entries)).collect::<Result<Vec<_>>>()?;
                let nulls = rows.map(has).collect::<Vec<bool>>().into();
                Arc::new(StructArray::try_new(fields(columns), arrays, Some(nulls))?)
            }
        })
    }
}

pub fn fields(columns: &[Column]) -> Fields {
    columns.iter().map(Column::field).collect()
}

/// Appends a JSON object of what the entry has for the columns.
pub fn push_object(columns: &[Column], entry: &Entry, out: &mut Vec<u8>) -> Result<()> {
    out.push(b'{');
    for Column { name, kind } in columns {
        let before = out.len();
        if out.last() != Some(&b'{') {
            out.push(b',');
        }
        serde_json::to_writer(&mut *out, name)?;
        out.push(b':');
        let is_there = match kind {
            Kind::Text(text) => text(entry).map(|text| serde_json::to_writer(&mut *out, text)).transpose()?.is_some(),
            Kind::Truth(truth) => {
                truth(entry).map(|truth| serde_json::to_writer(&mut *out, &truth)).transpose()?.is_some()
            }
            // A FLOAT that is a whole number is written like one.
            Kind::Number(number) => number(entry).map(|number| out.extend(number.to_string().into_bytes())).is_some(),
            Kind::Texts(texts) => {
                serde_json::to_writer(&mut *out, texts(entry))?;
                !texts(entry).is_empty()
            }
            Kind::Record(columns, has) if has(entry) => {
                push_object(columns, entry, out)?;
                !out.ends_with(b"{}")
            }
            Kind::Record(..) => false,
            Kind::Time(time) => {
                let time = DateTime::from_timestamp_micros(time(entry)).unwrap_or_default();
                write!(out, "\"{}\"", time.format("%Y-%m-%dT%H:%M:%S%.6fZ"))?;
                true
            }
            Kind::Json(..) => bail!("{name} is an object of no JSON"),
        };
        if !is_there {
            out.truncate(before);
        }
    }
    out.push(b'}');
    Ok(())
}
