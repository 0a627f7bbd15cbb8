//! Where a table keeps the members of Cloud Logging's LogEntry, and how to say them as text.
//!
//! Cloud Logging's own names stand bare in the text, since none of them is a reserved word; names that
//! come from a schema are quoted. BigQuery does not tell names apart by case.

use std::borrow::Cow;

use super::cell::Cell;
use super::expression::{self, Column, Sql, sql};
use super::literal;
use crate::entry::{mangle, snake_case};
use crate::select::Logs;
use crate::source::bigquery::schema::{self, Kind};
use crate::source::bigquery::tables::{Layout, Table};

/// A table, and how it spells the members of a LogEntry.
#[derive(Clone, Copy, Debug)]
pub(super) struct Source<'a> {
    pub table: &'a Table,
}

/// What stands at the path of a member.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Place {
    /// No row has it.
    Absent,
    /// A text, or NULL.
    Text(Column),
    /// A column of another simple type.
    Scalar(Column, Kind),
    /// A RECORD.
    Record(Column),
    /// An array; empty where a row has none.
    Repeated(Column),
    /// A place within a JSON column, under one of these JSONPaths; of none where they cannot be said.
    Json(Column, Vec<String>),
}

/// How the keys below a column may be spelled.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Keys {
    /// Made by programs: the sink's tables [mangle] them.
    Typed,
    /// Cloud Logging's own.
    Own,
}

impl<'a> Source<'a> {
    pub(super) fn is_analytics(&self) -> bool {
        self.table.layout == Layout::Analytics
    }

    /// The log that all rows are of, where the table is of a container's stdout or stderr.
    pub(super) fn stream(&self) -> Option<&'a str> {
        self.table.log.as_deref().filter(|log| matches!(*log, "stdout" | "stderr"))
    }

    fn spell(&self, name: &'static str) -> Cow<'static, str> {
        if self.is_analytics() { snake_case(name).into() } else { name.into() }
    }

    /// A column by the name that LogEntry has for it.
    pub(super) fn column(&self, name: &'static str) -> Option<(&'a schema::Column, Column)> {
        let name = self.spell(name);
        let column = self.table.schema.find(&[&name])?;
        Some((column, Column::own(&name, &column.name)))
    }

    /// What stands at a path of names that are Cloud Logging's own.
    pub(super) fn own(&self, path: &[&'static str]) -> Place {
        let Some((first, below)) = path.split_first() else { return Place::Absent };
        let Some((column, place)) = self.column(first) else { return Place::Absent };
        let below: Vec<String> = below.iter().map(|name| self.spell(name).into_owned()).collect();
        descend(column, place, &below, &|field, key| field.eq_ignore_ascii_case(key), false)
    }

    /// What stands below a column at the keys that were typed.
    pub(super) fn below(&self, column: &'a schema::Column, place: Column, keys: &[String], spelling: Keys) -> Place {
        let is_key = |field: &str, key: &str| match spelling {
            Keys::Typed => field == key || field == mangle(key),
            Keys::Own => field == key || (self.is_analytics() && camel_case(field) == key),
        };
        let keys: Vec<String> = keys.to_vec();
        descend(column, place, &keys, &is_key, spelling == Keys::Typed)
    }

    /// The text at a path of Cloud Logging's own names, `None` where the table has none.
    pub(super) fn text(&self, path: &[&'static str]) -> Option<Cell> {
        match self.own(path) {
            Place::Text(column) => Some(Cell::Text(column, Kind::String)),
            Place::Scalar(column, kind) => Some(Cell::Text(column, kind)),
            Place::Json(column, paths) => {
                Some(Cell::Sql(json_value(&column, &Sql::text(format!("'{}'", paths.first()?)))))
            }
            Place::Absent | Place::Record(_) | Place::Repeated(_) => None,
        }
    }

    pub(super) fn cluster(&self) -> Option<Cell> {
        self.text(&["resource", "labels", "cluster_name"])
    }

    pub(super) fn namespace(&self) -> Option<Cell> {
        self.text(&["resource", "labels", "namespace_name"])
    }

    pub(super) fn pod(&self) -> Option<Cell> {
        self.text(&["resource", "labels", "pod_name"])
    }

    pub(super) fn container(&self) -> Option<Cell> {
        self.text(&["resource", "labels", "container_name"])
    }

    /// The log's id, its slashes still as `%2F`.
    pub(super) fn log_id(&self) -> Option<Cell> {
        match self.stream() {
            Some(stream) => Some(Cell::Constant(stream.to_owned())),
            // The part behind the first `/logs/`, as in entries.
            None => Some(Cell::LogId(Box::new(self.text(&["logName"])?))),
        }
    }

    /// A label under one of `names`, the first that a row has.
    pub(super) fn label(&self, names: &[String]) -> Option<Cell> {
        let (column, whole) = self.column("labels")?;
        let texts = match column.kind {
            Kind::Json => {
                let paths = names.iter().filter_map(|name| json_path(std::slice::from_ref(name)));
                paths.map(|path| Cell::Sql(json_value(&whole, &Sql::value(&path)))).collect()
            }
            _ => {
                let fields = column.fields.iter().filter(|field| names.contains(&field.name) && is_text(field));
                fields.map(|field| Cell::Text(whole.field(&field.name), Kind::String)).collect()
            }
        };
        Cell::first(texts)
    }

    /// True where all of `names` can be said as keys of this table's labels.
    pub(super) fn says_labels(&self, names: &[String]) -> bool {
        let is_json = self.column("labels").is_some_and(|(column, _)| column.kind == Kind::Json);
        !is_json || names.iter().all(|name| json_path(std::slice::from_ref(name)).is_some())
    }

    /// The columns that hold payloads of structured logs; a row has at most one of them.
    /// <https://cloud.google.com/logging/docs/export/bigquery#payload_fields_with_type>
    pub(super) fn payloads(&self, logs: &Logs) -> Vec<(&'a schema::Column, Column)> {
        let own = self.column("jsonPayload");
        // What containers write is never Google's own audit form.
        let proto = matches!(logs, Logs::Named(_)).then(|| self.column("protoPayload")).flatten();
        let is_typed = |name: &str| {
            let name = name.to_ascii_lowercase();
            name.starts_with("jsonpayload_") || name.starts_with("protopayload_")
        };
        let typed = self.table.schema.0.iter().filter(|column| !self.is_analytics() && is_typed(&column.name));
        let typed = typed.map(|column| (column, Column::quoted(&column.name)));
        own.into_iter().chain(proto).chain(typed).collect()
    }

    /// The payload of a structured log as JSON, members that are NULL included.
    pub(super) fn payload(&self, logs: &Logs) -> Option<Cell> {
        Cell::first(self.payloads(logs).into_iter().map(|(_, column)| Cell::Json(column)).collect())
    }

    /// The members of the payload that may hold its text: [`entry::Entry::payload_text`](crate::entry::Entry::payload_text).
    pub(super) fn payload_texts(&self, logs: &Logs) -> Vec<(&'static str, Column)> {
        let mut found = Vec::new();
        for (column, whole) in self.payloads(logs) {
            if column.kind != Kind::Record || column.is_repeated() {
                continue;
            }
            for name in ["message", "msg", "log"] {
                if let Some(field) = column.fields.iter().find(|field| field.name == name && is_text(field)) {
                    found.push((name, whole.field(&field.name)));
                }
            }
        }
        found
    }

    /// A column as JSON, its keys as LogEntry spells them.
    pub(super) fn json(&self, name: &'static str) -> Option<Cell> {
        let (column, whole) = self.column(name)?;
        let is_spelled = |field: &schema::Column| camel_case(&field.name) == field.name;
        let renames = self.is_analytics() && column.kind == Kind::Record && !column.fields.iter().all(is_spelled);
        if !renames || column.is_repeated() {
            return Some(Cell::Json(whole));
        }
        let fields: Vec<Sql> = column
            .fields
            .iter()
            .map(|field| {
                let name = Sql::text(literal::identifier(&camel_case(&field.name)));
                sql("{} AS {}", [&whole.field(&field.name).sql(), &name])
            })
            .collect();
        let json = sql("TO_JSON_STRING(STRUCT({}))", [&expression::list(&fields)]);
        Some(Cell::Sql(sql("IF({} IS NULL, NULL, {})", [&whole.sql(), &json])))
    }
}

pub(super) fn json_value(column: &Column, path: &Sql) -> Sql {
    sql("JSON_VALUE({}, {})", [&column.sql(), path])
}

fn is_text(column: &schema::Column) -> bool {
    column.kind == Kind::String && !column.is_repeated()
}

/// `typed`: the keys were typed, so names are quoted and may be mangled.
fn descend(
    column: &schema::Column,
    place: Column,
    keys: &[String],
    is_key: &dyn Fn(&str, &str) -> bool,
    typed: bool,
) -> Place {
    if column.is_repeated() {
        return if keys.is_empty() { Place::Repeated(place) } else { Place::Absent };
    }
    match (&column.kind, keys) {
        (Kind::Json, keys) => Place::Json(place, json_paths(keys, typed)),
        (Kind::Record, []) => Place::Record(place),
        (Kind::Record, [key, below @ ..]) => match column.fields.iter().find(|field| is_key(&field.name, key)) {
            Some(field) => {
                let is_plain = key.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_') && !typed;
                let inner = if is_plain { place.own_field(&field.name) } else { place.field(&field.name) };
                descend(field, inner, below, is_key, typed)
            }
            None => Place::Absent,
        },
        (Kind::String, []) => Place::Text(place),
        (kind, []) => Place::Scalar(place, kind.clone()),
        (_, _) => Place::Absent,
    }
}

/// The JSONPaths of all spellings; none where they cannot be said, or are too many.
fn json_paths(keys: &[String], typed: bool) -> Vec<String> {
    let mut spellings: Vec<Vec<String>> = vec![Vec::new()];
    for key in keys {
        let mangled = mangle(key);
        let others: Vec<Vec<String>> = match typed && mangled != *key {
            true => spellings.iter().map(|path| path.iter().cloned().chain([mangled.clone()]).collect()).collect(),
            false => Vec::new(),
        };
        spellings.iter_mut().for_each(|path| path.push(key.clone()));
        spellings.extend(others);
        if spellings.len() > 4 {
            return Vec::new();
        }
    }
    spellings.iter().map(|path| json_path(path)).collect::<Option<_>>().unwrap_or_default()
}

/// `$.user."a.b"`; `None` for keys that JSONPath has no sure way to say: a number might be an index, and
/// what a backslash means differs.
fn json_path(keys: &[String]) -> Option<String> {
    let mut path = "$".to_owned();
    for key in keys {
        let is_index = key.bytes().all(|b| b.is_ascii_digit());
        if is_index || key.contains(['"', '\\', '\'']) || key.contains(char::is_control) {
            return None;
        }
        let is_word =
            key.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_') && !key.as_bytes()[0].is_ascii_digit();
        path += &if is_word { format!(".{key}") } else { format!(".\"{key}\"") };
    }
    Some(path)
}

/// How LogEntry spells what Log Analytics writes in snake_case.
fn camel_case(name: &str) -> String {
    let mut out = String::with_capacity(name.len());
    let mut is_next_upper = false;
    for c in name.chars() {
        match c {
            '_' if !out.is_empty() => is_next_upper = true,
            c if std::mem::take(&mut is_next_upper) => out.extend(c.to_uppercase()),
            c => out.push(c),
        }
    }
    out
}
