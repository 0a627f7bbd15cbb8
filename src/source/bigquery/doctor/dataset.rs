//! The dataset: whether it is there, how long it keeps what it has, which logs lie in it and how, and what
//! BigQuery refused.

use std::cell::Cell;

use chrono::{DateTime, Days, NaiveDate, NaiveTime, Utc};
use serde::Deserialize;

use super::super::error::Error;
use super::super::tables::{self, Ask, Cache, Found, Layout, Table};
use super::super::{datasets, sql};
use super::lag::day_of;
use super::{Address, Doctor, grant};
use crate::select::Logs;
use crate::size::plural;
use crate::when::{self, Window};

const VIEWER: &str = "roles/bigquery.dataViewer";

/// Whole days that are looked at.
pub(super) const DAYS: u64 = 7;

/// The tables of the last days.
pub(super) struct Contents {
    pub tables: Vec<Table>,
    /// Midnight (UTC) of today.
    pub midnight: DateTime<Utc>,
}

impl Contents {
    pub(super) fn newest(&self) -> Option<&Table> {
        self.tables.iter().max_by_key(|table| day_of(table))
    }
}

/// What is read of a dataset. Numbers are strings.
/// <https://cloud.google.com/bigquery/docs/reference/rest/v2/datasets>
#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Dataset {
    location: Option<String>,
    default_table_expiration_ms: Option<String>,
    default_partition_expiration_ms: Option<String>,
}

impl Doctor<'_> {
    /// `None` where there is no such dataset, or nobody may say what is in it.
    pub(super) async fn dataset(&mut self, address: &Address) -> Option<Contents> {
        if !self.is_there(address).await {
            return None;
        }
        let contents = self.tables(address).await?;
        self.office.location = self.office.location.take().or(contents.location.clone());
        self.layout(address, &contents);
        self.refused(address, &contents).await;
        Some(Contents { tables: contents.tables, midnight: midnight() })
    }

    /// False where it is certain that there is no such dataset.
    async fn is_there(&mut self, address: &Address) -> bool {
        let Address { project, dataset } = address;
        let permission = format!("permission bigquery.datasets.get on {project}:{dataset}");
        match self.office.rest.get_dataset(project, dataset).await {
            Ok(body) => {
                let told: Dataset = serde_json::from_slice(&body).unwrap_or_default();
                let place = told.location.as_ref().map_or(String::new(), |place| format!(" in {place}"));
                self.checkup.ok(format!("dataset {address}{place}; {}", told.kept()));
                self.checkup.ok(permission);
                self.office.location = self.office.location.take().or(told.location);
                true
            }
            Err(error @ Error::Api { status: 404, .. }) => {
                let (_, general) = self.explain(address, error.clone());
                let hint = datasets::hint(&self.office.rest, address).await;
                let remedies = hint.map_or(general, |hint| vec![hint]);
                self.checkup.fail(format!("dataset {address}: {error}"), &remedies);
                false
            }
            Err(error) if self.about(address).is_denied(&error) => {
                let mut remedies = grant::on_dataset(VIEWER, address, self.member.as_deref());
                remedies.extend(datasets::hint(&self.office.rest, address).await);
                let what = "missing, so it is not known how long logs are kept; runs do without it";
                self.checkup.warn(format!("{permission}: {what}"), &remedies);
                true
            }
            Err(error) => {
                let (said, remedies) = self.explain(address, error);
                self.checkup.warn(format!("dataset {address}: {said}"), &remedies);
                true
            }
        }
    }

    /// The tables of the last days. `None` where there are none, and where they may not be seen.
    async fn tables(&mut self, address: &Address) -> Option<Found> {
        let Address { project, dataset } = address;
        // What each permission let through; one refusal counts more.
        let (list, get) = (Cell::new(None), Cell::new(None));
        let note = |seen: &Cell<Option<bool>>, answer: &Result<Vec<u8>, Error>| {
            let is_let = !matches!(answer, Err(Error::Api { status: 403, .. }));
            seen.set(Some(is_let && seen.get() != Some(false)));
        };
        let rest = self.office.rest.clone();
        let ask = async |ask: Ask| match ask {
            Ask::List { page } => {
                let answer = rest.list_tables(project, dataset, page.as_deref()).await;
                note(&list, &answer);
                answer
            }
            Ask::Get { table } => {
                let answer = rest.get_table(project, dataset, &table).await;
                note(&get, &answer);
                answer
            }
        };
        let now = when::now();
        let since = midnight().checked_sub_days(Days::new(DAYS)).unwrap_or(now);
        let wanted = tables::Wanted { window: Window { since, until: now }, logs: &Logs::OfContainers };
        let cache = Cache::of(address, &rest.base());
        let found = tables::find(&ask, address, &wanted, now, &cache, true).await;
        for (seen, name) in [(&list, "bigquery.tables.list"), (&get, "bigquery.tables.get")] {
            if seen.get() == Some(true) {
                self.checkup.ok(format!("permission {name} on {project}:{dataset}"));
            }
        }
        let failure = match found {
            Ok(found) => return Some(found),
            Err(failure) => failure,
        };
        match failure.error.downcast::<Error>() {
            Ok(error) if self.about(address).is_denied(&error) => {
                let name = if list.get() == Some(true) { "bigquery.tables.get" } else { "bigquery.tables.list" };
                let what = format!("permission {name} on {project}:{dataset}: missing ({error})");
                self.checkup.fail(what, &grant::on_dataset(VIEWER, address, self.member.as_deref()));
            }
            Ok(error) => {
                let (said, remedies) = self.explain(address, error);
                self.checkup.fail(format!("tables of {address}: {said}"), &remedies);
            }
            Err(error) => self.checkup.fail(format!("layout: {error:#}"), failure.hint.as_slice()),
        }
        None
    }

    fn layout(&self, address: &Address, found: &Found) {
        let mut layouts: Vec<&str> = found.tables.iter().map(|table| say(table.layout)).collect();
        layouts.dedup();
        let layouts = if layouts.is_empty() { "no table of the last days".to_owned() } else { layouts.join(", ") };
        let what = format!("layout: {layouts}; {address} holds {}", found.holds.join(", "));
        match found.tables.is_empty() {
            false => self.checkup.ok(what),
            true => self.checkup.warn(what, &writes(address)),
        }
        found.notes.iter().for_each(|note| self.checkup.warn(note, &[]));
    }

    /// Entries that BigQuery refused, by the sizes of the tables that hold them: that is free of charge.
    async fn refused(&self, Address { project, dataset }: &Address, found: &Found) {
        #[derive(Default, Deserialize)]
        #[serde(rename_all = "camelCase", default)]
        struct Rows {
            num_rows: Option<String>,
        }
        let mut entries = 0;
        for table in &found.export_errors {
            let body = self.office.rest.get_table(project, dataset, &table.id).await.unwrap_or_default();
            let told: Rows = serde_json::from_slice(&body).unwrap_or_default();
            entries += told.num_rows.and_then(|rows| rows.parse::<u64>().ok()).unwrap_or(0);
        }
        let Some(newest) = found.export_errors.iter().map(|table| &table.id).max() else {
            return self.checkup.ok(format!("export errors: none in the last {DAYS} days"));
        };
        let tables = plural(found.export_errors.len() as u64, "table");
        let entries = plural(entries, "entry");
        let what = format!("export errors: {entries} of the last {DAYS} days, in {tables}, never became rows");
        let why = "a column has one type, and some of their fields had another; schemaErrorDetail says which:";
        let look = format!("bq head -n 10 {project}:{dataset}.{newest}");
        self.checkup.warn(what, &[why.to_owned(), look]);
    }

    /// The first and the last day of tables that have no days in their names.
    pub(super) async fn reach(&self, address: &Address, contents: &Contents) {
        let of_partitions = |table: &&Table| matches!(table.layout, Layout::Partitioned | Layout::Ingestion);
        let tables: Vec<Table> = contents.tables.iter().filter(of_partitions).cloned().collect();
        if tables.is_empty() {
            return;
        }
        let names: Vec<&str> = tables.iter().map(|table| table.id.as_str()).collect();
        let names = names.join(", ");
        let day = |id: &Option<String>| NaiveDate::parse_from_str(id.as_ref()?.get(..8)?, "%Y%m%d").ok();
        match self.run(&sql::partitions(&tables, address)).await {
            Ok((row, billed)) => match (row.first().and_then(day), row.get(1).and_then(day)) {
                (Some(first), Some(last)) => {
                    self.checkup.ok(format!("days (UTC) of {names}: {first} to {last} ({billed})"));
                }
                _ => self.checkup.ok(format!("days (UTC) of {names}: not told")),
            },
            Err(error) => {
                let (said, remedies) = self.explain(address, error);
                self.checkup.warn(format!("days (UTC) of {names}: {said}"), &remedies);
            }
        }
    }
}

impl Dataset {
    /// How long logs are kept.
    fn kept(&self) -> String {
        let days = |ms: &Option<String>| Some(ms.as_ref()?.parse::<u64>().ok().filter(|ms| *ms > 0)? / 86_400_000);
        let tables = days(&self.default_table_expiration_ms).map(|days| format!("tables are kept {days} days"));
        let partitions = days(&self.default_partition_expiration_ms);
        let partitions = partitions.map(|days| format!("partitions are kept {days} days"));
        let kept: Vec<String> = tables.into_iter().chain(partitions).collect();
        if kept.is_empty() { "it does not let logs expire".to_owned() } else { kept.join(", ") }
    }
}

/// How to find out why a sink does not write.
pub(super) fn writes(Address { project, dataset }: &Address) -> [String; 2] {
    [
        format!("is the sink there, and not disabled? gcloud logging sinks list --project={project}"),
        format!("may its writerIdentity write? It needs roles/bigquery.dataEditor on {project}:{dataset}"),
    ]
}

fn say(layout: Layout) -> &'static str {
    match layout {
        Layout::Shard(_) => "one table a day",
        Layout::Partitioned => "tables partitioned by timestamp",
        Layout::Ingestion => "tables partitioned by arrival",
        Layout::Analytics => "a view of Log Analytics",
    }
}

fn midnight() -> DateTime<Utc> {
    when::now().date_naive().and_time(NaiveTime::MIN).and_utc()
}
