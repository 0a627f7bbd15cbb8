//! The columns of a table, as tables.get tells them.

use serde::{Deserialize, Deserializer, Serialize};
use sha2::{Digest, Sha256};

/// A column, or a field of a RECORD.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Column {
    pub name: String,
    #[serde(rename = "type")]
    pub kind: Kind,
    #[serde(default, deserialize_with = "mode")]
    pub mode: Mode,
    /// Of a RECORD.
    #[serde(default)]
    pub fields: Vec<Column>,
}

/// BigQuery's types, by their legacy and their GoogleSQL names.
/// <https://cloud.google.com/bigquery/docs/reference/rest/v2/tables#TableFieldSchema>
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Kind {
    #[serde(rename = "STRING")]
    String,
    #[serde(rename = "FLOAT", alias = "FLOAT64")]
    Float,
    #[serde(rename = "INTEGER", alias = "INT64")]
    Integer,
    #[serde(rename = "BOOLEAN", alias = "BOOL")]
    Boolean,
    #[serde(rename = "TIMESTAMP")]
    Timestamp,
    #[serde(rename = "JSON")]
    Json,
    #[serde(rename = "RECORD", alias = "STRUCT")]
    Record,
    /// Any other one: sinks make none of them.
    #[serde(untagged)]
    Other(String),
}

/// Whether a column may be NULL, or holds an array.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub(crate) enum Mode {
    #[default]
    Nullable,
    Required,
    Repeated,
}

/// What is no array is a single value, whatever it is called.
fn mode<'de, D: Deserializer<'de>>(input: D) -> Result<Mode, D::Error> {
    Ok(match Option::<String>::deserialize(input)?.as_deref() {
        Some("REPEATED") => Mode::Repeated,
        Some("REQUIRED") => Mode::Required,
        _ => Mode::Nullable,
    })
}

/// A table's columns in their order.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub(crate) struct Schema(pub Vec<Column>);

impl Schema {
    /// Stands for all columns: another schema has another one.
    pub(crate) fn sum(&self) -> String {
        let json = serde_json::to_vec(self).unwrap_or_default();
        Sha256::digest(json).iter().take(8).map(|byte| format!("{byte:02x}")).collect()
    }

    /// The column at a path of names, which BigQuery does not tell apart by case.
    pub(crate) fn find(&self, path: &[&str]) -> Option<&Column> {
        let (first, rest) = path.split_first()?;
        let column = self.0.iter().find(|column| column.name.eq_ignore_ascii_case(first))?;
        rest.iter().try_fold(column, |column, name| column.field(name))
    }
}

impl Column {
    /// The field of a RECORD.
    pub(crate) fn field(&self, name: &str) -> Option<&Column> {
        self.fields.iter().find(|field| field.name.eq_ignore_ascii_case(name))
    }

    pub(crate) fn is_repeated(&self) -> bool {
        self.mode == Mode::Repeated
    }
}
