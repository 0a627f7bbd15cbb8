//! Whether tables may be read, and how old the newest entry is.

use std::sync::PoisonError;
use std::time::Duration;

use chrono::{DateTime, Days, TimeDelta};
use tokio::time::timeout;

use super::super::error::Error;
use super::super::retry::Pace;
use super::super::sql::{self, Statement};
use super::super::tables::{Layout, Table};
use super::access::say;
use super::dataset::{Contents, writes};
use super::{Address, Doctor, grant};
use crate::size;
use crate::when::{self, Window};

/// A sink writes within minutes.
/// <https://cloud.google.com/logging/docs/export/bigquery>
const PROMPT: TimeDelta = TimeDelta::minutes(15);

/// So early in the day (UTC) yesterday's tables are looked at too.
const EARLY: TimeDelta = TimeDelta::hours(1);

/// How long one of these small queries may take.
const PATIENCE: Duration = Duration::from_secs(60);

impl Doctor<'_> {
    /// Whether the newest tables may be read: a dry run tells.
    pub(super) async fn may_read(&mut self, address: &Address, contents: &Contents) -> bool {
        let Address { project, dataset } = address;
        let permission = format!("permission bigquery.tables.getData on {project}:{dataset}");
        let window = Window { since: contents.midnight, until: contents.midnight + Days::new(1) };
        let newest = contents.newest();
        let statement = newest.and_then(|table| sql::newest(std::slice::from_ref(table), address, window));
        let (Some(newest), Some(statement)) = (newest, statement) else {
            self.checkup.warn(format!("{permission}: not known, without a table of the last days"), &[]);
            return false;
        };
        match self.office.estimate(&statement).await {
            Ok(_) => {
                self.checkup.ok(permission);
                true
            }
            Err(error) if self.about(address).is_denied(&error) => {
                let remedies = grant::on_dataset("roles/bigquery.dataViewer", address, self.member.as_deref());
                self.checkup.fail(format!("{permission}: missing ({error})"), &remedies);
                false
            }
            Err(error) => {
                let (said, remedies) = self.explain(address, error);
                self.checkup.fail(format!("reading {}: {said}", newest.id), &remedies);
                false
            }
        }
    }

    /// The age of the newest entry, out of today's tables alone.
    pub(super) async fn lag(&mut self, address: &Address, contents: &Contents) {
        let now = when::now() - self.office.rest.ahead().unwrap_or_default();
        let is_early = now - contents.midnight < EARLY;
        let since = if is_early { contents.midnight - Days::new(1) } else { contents.midnight };
        let is_of_today = |table: &&Table| day_of(table).is_none_or(|day| day >= since.date_naive());
        let tables: Vec<Table> = contents.tables.iter().filter(is_of_today).cloned().collect();
        let window = Window { since, until: now + Days::new(1) };
        let Some(statement) = sql::newest(&tables, address, window) else {
            let newest = contents.tables.iter().filter_map(day_of).max();
            let newest = newest.map_or(String::new(), |day| format!("; the newest one is of {day}"));
            return self.checkup.warn(format!("lag: there is no table of today (UTC){newest}"), &writes(address));
        };
        let (row, billed) = match self.run(&statement).await {
            Ok(row) => row,
            Err(error) => {
                let (said, remedies) = self.explain(address, error);
                return self.checkup.warn(format!("lag: not known: {said}"), &remedies);
            }
        };
        let number = |at: usize| row.get(at)?.as_ref()?.parse::<f64>().ok();
        let newest = number(0).and_then(|micros| DateTime::from_timestamp_micros(micros as i64));
        let Some(newest) = newest else {
            let what = format!("lag: no entry since {} ({billed})", since.format("%F %H:%M UTC"));
            return self.checkup.warn(what, &writes(address));
        };
        let entries = number(1).unwrap_or_default() as u64;
        let late = number(2).filter(|_| entries > 0).map(|late| late / 1000.0 / entries as f64);
        let late = late.map_or(String::new(), |late| format!(", {late:.1} s from the container to Cloud Logging"));
        let age = now - newest;
        let age =
            if age < TimeDelta::zero() { format!("{} ahead of now", say(age)) } else { format!("{} old", say(age)) };
        let count = size::plural(entries, "entry");
        let what = format!("lag: the newest entry is {age}; {count} since {}{late} ({billed})", since.format("%F UTC"));
        if now - newest > PROMPT { self.checkup.warn(what, &writes(address)) } else { self.checkup.ok(what) }
    }

    /// Runs a query that gives one row, if what it may bill is allowed; with what was billed, in words.
    pub(super) async fn run(&self, statement: &Statement) -> Result<(Vec<Option<String>>, String), Error> {
        let most = self.asked.max_bytes;
        let finished = async {
            let (job, mut page) = self.office.start(statement, most).await?;
            *self.running.lock().unwrap_or_else(PoisonError::into_inner) = Some(job.clone());
            let mut pace = Pace::default();
            while !page.head.job_complete {
                page = job.wait(&mut pace).await?;
            }
            Ok::<_, Error>((job, page))
        };
        let finished = timeout(PATIENCE, finished).await;
        let job = self.running.lock().unwrap_or_else(PoisonError::into_inner).take();
        let (job, page) = match finished {
            Ok(finished) => finished?,
            Err(_) => {
                if let Some(job) = job {
                    let _ = job.cancel().await;
                }
                return Err(Error::Transport(format!("no answer within {} s", PATIENCE.as_secs())));
            }
        };
        let billed = job.cost(&page.head).await.say(self.asked.pricing);
        Ok((page.first_row().unwrap_or_default(), billed))
    }
}

/// The day of a shard.
pub(super) fn day_of(table: &Table) -> Option<chrono::NaiveDate> {
    if let Layout::Shard(day) = table.layout { Some(day) } else { None }
}
