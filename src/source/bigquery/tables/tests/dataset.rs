//! A dataset that answers as BigQuery does, and counts what it was asked.

use std::cell::RefCell;
use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::super::{Ask, Cache, Found, Wanted, find};
use super::now;
use crate::select::Logs;
use crate::source::bigquery::address::Address;
use crate::source::bigquery::error::Error;
use crate::tool::Failure;
use crate::when::Window;

pub(super) struct Dataset {
    /// In the order of the list: name, and the answer to tables.get; `None` where that is 404.
    pub tables: Vec<(String, Option<Value>)>,
    /// Tables a page.
    pub page: usize,
    pub asked: RefCell<Vec<Ask>>,
}

impl Dataset {
    pub(super) fn new() -> Self {
        Dataset { tables: Vec::new(), page: 1000, asked: RefCell::default() }
    }

    /// One of each name, as a sink makes it.
    pub(super) fn of(names: &[&str]) -> Self {
        names.iter().fold(Dataset::new(), |dataset, name| dataset.with(name, sink_table()))
    }

    pub(super) fn with(mut self, name: &str, table: Value) -> Self {
        self.tables.push((name.to_owned(), Some(table)));
        self
    }

    pub(super) fn answer(&self, ask: Ask) -> Result<Vec<u8>, Error> {
        self.asked.borrow_mut().push(ask.clone());
        let answer = match ask {
            Ask::List { page } => self.list(page.map_or(0, |token| token.parse().unwrap())),
            Ask::Get { table } => match self.tables.iter().find(|(name, _)| *name == table) {
                Some((_, Some(answer))) => answer.clone(),
                _ => return Err(not_found()),
            },
        };
        Ok(answer.to_string().into_bytes())
    }

    fn list(&self, from: usize) -> Value {
        let kind = |table: &Option<Value>| table.as_ref().map_or(json!("TABLE"), |table| table["type"].clone());
        let tables: Vec<Value> = (self.tables.iter().skip(from).take(self.page))
            .map(|(name, table)| json!({"tableReference": {"tableId": name}, "type": kind(table)}))
            .collect();
        let next = from + self.page;
        if next < self.tables.len() {
            json!({"tables": tables, "nextPageToken": next.to_string()})
        } else {
            json!({"tables": tables})
        }
    }

    /// Finds container logs without a cache.
    pub(super) async fn find(&self, window: Window) -> Result<Found, Failure> {
        self.find_logs(window, &Logs::OfContainers).await
    }

    pub(super) async fn find_logs(&self, window: Window, logs: &Logs) -> Result<Found, Failure> {
        let nowhere = Cache::new(None, &address(), "");
        self.find_with(&Wanted { window, logs }, &nowhere, now(), false).await
    }

    pub(super) async fn find_with(
        &self,
        wanted: &Wanted<'_>,
        cache: &Cache,
        now: chrono::DateTime<chrono::Utc>,
        refresh: bool,
    ) -> Result<Found, Failure> {
        find(&async |ask| self.answer(ask), &address(), wanted, now, cache, refresh).await
    }

    /// The names of the tables that were looked at since the last call, sorted, and the number of lists.
    pub(super) fn take_asked(&self) -> (usize, String) {
        let mut lists = 0;
        let mut counts: BTreeMap<String, usize> = BTreeMap::new();
        for ask in self.asked.take() {
            match ask {
                Ask::List { .. } => lists += 1,
                Ask::Get { table } => *counts.entry(table).or_default() += 1,
            }
        }
        assert!(counts.values().all(|count| *count == 1), "{counts:?}");
        (lists, counts.into_keys().collect::<Vec<_>>().join(" "))
    }
}

pub(super) fn address() -> Address {
    Address::parse("bq://acme/gke").unwrap()
}

pub(super) fn not_found() -> Error {
    Error::Api { status: 404, reason: Some("notFound".into()), message: "Not found".into(), retry_after: None }
}

/// A table of a sink, untouched for a month.
pub(super) fn sink_table() -> Value {
    json!({
        "type": "TABLE",
        "schema": {"fields": [
            {"name": "logName", "type": "STRING", "mode": "NULLABLE"},
            {"name": "timestamp", "type": "TIMESTAMP", "mode": "NULLABLE"},
            {"name": "jsonPayload", "type": "RECORD", "fields": [{"name": "tags", "type": "STRING", "mode": "REPEATED"}]},
        ]},
        "numBytes": "1000",
        "lastModifiedTime": super::at("2026-10-20T00:00:00Z").timestamp_millis().to_string(),
        "location": "asia-northeast1",
    })
}

pub(super) fn partitioned(by: Value) -> Value {
    let mut table = sink_table();
    table["timePartitioning"] = by;
    table
}

pub(super) fn view(columns: &[(&str, &str)]) -> Value {
    let fields: Vec<Value> = columns.iter().map(|(name, kind)| json!({"name": name, "type": kind})).collect();
    json!({"type": "VIEW", "schema": {"fields": fields}, "numBytes": "0", "location": "US"})
}

pub(super) fn analytics() -> Value {
    view(&[("timestamp", "TIMESTAMP"), ("log_name", "STRING"), ("json_payload", "JSON")])
}
