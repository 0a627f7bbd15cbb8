//! Slices that need no query: whether they may do without, their sessions, and what reading those bills.
//!
//! A session bills nothing before it is read, and says how many bytes that will be. So sessions are made for
//! the price guard, and read later: they last six hours.
//! <https://cloud.google.com/bigquery/docs/reference/storage#create_a_session>

use std::future::Future;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use anyhow::anyhow;
use chrono::{DateTime, TimeDelta, Utc};
use futures_util::{StreamExt, TryStreamExt, stream};
use serde::Deserialize;
use serde::de::IgnoredAny;
use tokio::time::timeout;

use super::auth::{Auth, Environment};
use super::error::Error;
use super::open::{Opened, Options, Part};
use super::progress::Screen;
use super::sql::{Scanned, TableScan};
use super::storage::{Scan, Session, Storage};
use super::tables::Table;
use super::via::{self, Facts, Obstacle};
use crate::source::place::Via;
use crate::tool::Failure;

/// How long to wait for the first answer of all, where a query can do the same. What cannot even be connected to
/// fails sooner, by itself, as `Storage::giving_way` has it.
const FIRST: Duration = Duration::from_secs(20);

/// Sessions that are made at the same time.
const AT_ONCE: usize = 8;

/// The server's time is known to about a second.
const SLACK: TimeDelta = TimeDelta::seconds(3);

/// The door to the Storage Read API.
#[derive(Debug)]
pub(super) struct Gate {
    /// `None` where an emulator of REST stands in for BigQuery.
    pub storage: Option<Storage>,
    /// Somebody has answered there.
    has_answered: AtomicBool,
    /// Why tables are not read straight any more in this run.
    refused: OnceLock<String>,
    /// It was told that rows may be missing.
    has_warned: AtomicBool,
}

/// A slice that can be read.
#[derive(Clone, Debug)]
pub(super) struct Ready {
    /// One for each of its tables.
    pub sessions: Vec<Session>,
    /// The tables as they were then, by the server's clock.
    pub snapshot: DateTime<Utc>,
}

impl Ready {
    /// What reading it bills at most, as far as the server knows.
    pub(super) fn bytes(&self) -> u64 {
        self.sessions.iter().map(|session| session.bytes).fold(0, u64::saturating_add)
    }
}

impl Gate {
    pub(super) fn new(environment: &Environment, auth: Auth, project: &str, options: &Options) -> Result<Self, Error> {
        let storage = Storage::new(environment, auth, project, options.verbose)?;
        let storage = match options.via {
            Via::Storage => storage,
            Via::Auto | Via::Query => storage.map(|storage| storage.giving_way(options.verbose)),
        };
        let (has_answered, refused, has_warned) = Default::default();
        Ok(Gate { storage, has_answered, refused, has_warned })
    }

    /// Tells of calls that are tried again and again.
    pub(super) fn telling(self, screen: Screen) -> Self {
        Gate { storage: self.storage.map(|storage| storage.telling(move |text| screen.say(text))), ..self }
    }

    /// True where it is known that nobody answers.
    pub(super) fn is_shut(&self) -> bool {
        self.refused.get().is_some() && !self.has_answered.load(Ordering::Relaxed)
    }

    /// Waits for `work`, but not long where nobody has ever answered.
    pub(super) async fn soon<T>(&self, work: impl Future<Output = Result<T, Error>>) -> Result<T, Error> {
        if self.has_answered.load(Ordering::Relaxed) {
            return work.await;
        }
        let ended = match timeout(FIRST, work).await {
            Ok(ended) => ended,
            Err(_) => {
                let host = self.storage.as_ref().map_or("the server", Storage::host);
                Err(Error::Unreachable(format!("{host} does not answer within {} s", FIRST.as_secs())))
            }
        };
        if matches!(ended, Ok(_) | Err(Error::Api { .. })) {
            self.has_answered.store(true, Ordering::Relaxed);
        }
        ended
    }
}

impl Opened {
    /// How the slice is read: straight, or by a query, because of this.
    pub(crate) fn way<'p>(&self, part: &'p Part) -> Result<&'p Scanned, Obstacle> {
        let said = part.scan.as_ref();
        via::straight(&self.facts(part))?;
        said.and_then(|scan| scan.as_ref().ok()).ok_or(Obstacle::Asked)
    }

    fn facts<'a>(&'a self, part: &'a Part) -> Facts<'a> {
        let scan = part.scan.as_ref();
        let barrier = match (&self.gate.storage, self.gate.refused.get()) {
            (None, _) => Some(Obstacle::Nowhere),
            (Some(_), refused) => refused.cloned().map(Obstacle::Refused),
        };
        Facts {
            via: self.options.via,
            barrier,
            window: part.slice.window,
            tables: Facts::tables(&part.slice, &self.found.tables, |id| self.states.tables.get(id)),
            cut: self.wanted.cut,
            unsayable: scan.and_then(|scan| scan.as_ref().err()).map(ToString::to_string),
            is_search: scan.and_then(|scan| scan.as_ref().ok()).is_some_and(|scanned| scanned.leaves_search),
            pricing: self.options.pricing,
            now: self.now(),
        }
    }

    /// The tables of slices that may be read straight, if they are so just now.
    pub(super) fn tables_to_look_at(&self) -> Vec<&Table> {
        let is_outdated = |part: &Part| matches!(&part.scan, Some(Err(why)) if why.may_be_outdated());
        let facts = |part| {
            let facts = self.facts(part);
            Facts { unsayable: facts.unsayable.clone().filter(|_| !is_outdated(part)), ..facts }
        };
        let parts = self.parts.iter().filter(|part| via::may_be_straight(&facts(part)));
        parts.flat_map(|part| part.slice.of(&self.found.tables)).collect()
    }

    /// False where whoever asks wants no query, whatever happens.
    pub(super) fn may_query(&self) -> bool {
        self.options.via != Via::Storage
    }

    /// Fails where a slice needs a query, and none is wanted. Tells once where only a query would surely see all.
    pub(super) fn check_ways(&self) -> Result<(), Failure> {
        if self.may_query() {
            return Ok(());
        }
        if let Some(obstacle) = self.unkept().find_map(|(_, part)| self.way(part).err()) {
            return Err(unpassable(&obstacle));
        }
        if self.unkept().any(|(_, part)| self.is_fresh(part)) && !self.gate.has_warned.swap(true, Ordering::Relaxed) {
            self.screen.error(
                "--via storage: rows that came just now may be missing, as BigQuery has them in no table yet; by query \
                 they are there: --via auto",
            );
        }
        Ok(())
    }

    /// True where rows of the slice may have come just now.
    pub(super) fn is_fresh(&self, part: &Part) -> bool {
        via::is_fresh(&part.slice.window, self.now())
    }

    /// The sessions of a slice that goes straight. They are made once.
    pub(super) async fn ready(&self, part: &Part) -> Result<Ready, Error> {
        let make = async || match part.scan.as_ref() {
            Some(Ok(scanned)) => self.sessions(scanned, self.now()).await,
            _ => Err(Error::Strange("the slice cannot be read without a query".to_owned())),
        };
        part.ready.get_or_try_init(make).await.cloned()
    }

    /// Sessions for tables as they were at this time.
    pub(super) async fn sessions(&self, scanned: &Scanned, snapshot: DateTime<Utc>) -> Result<Ready, Error> {
        let Some(storage) = &self.gate.storage else { return Err(Error::Strange(Obstacle::Nowhere.to_string())) };
        let address = &self.options.address;
        let scans = scanned.tables.iter().map(|scan| Scan {
            table: format!("projects/{}/datasets/{}/tables/{}", address.project, address.dataset, scan.id),
            fields: scan.fields.clone(),
            restriction: scan.restriction.clone(),
            snapshot: Some(snapshot),
        });
        let made = scans.map(|scan| async move {
            let session = storage.session(&scan);
            if self.may_query() { self.gate.soon(session).await } else { session.await }
        });
        let sessions = stream::iter(made).buffered(AT_ONCE).try_collect().await?;
        Ok(Ready { sessions, snapshot })
    }

    /// True where BigQuery says that no policy hides rows or values of these tables from anybody.
    pub(super) async fn is_open(&self, scanned: &Scanned) -> bool {
        #[derive(Deserialize)]
        #[serde(rename_all = "camelCase")]
        struct Policies {
            #[serde(default)]
            row_access_policies: Vec<IgnoredAny>,
            next_page_token: Option<String>,
        }
        let has_policy = |scan: &TableScan| {
            let seen = self.states.tables.get(&scan.id).and_then(|known| known.seen.as_ref());
            seen.is_none_or(|seen| seen.has_policy)
        };
        if scanned.tables.iter().any(has_policy) {
            return false;
        }
        let address = &self.options.address;
        let asked = scanned.tables.iter().map(async |scan| {
            let body = self.office.rest.list_policies(&address.project, &address.dataset, &scan.id).await.ok()?;
            let listed: Policies = serde_json::from_slice(&body).ok()?;
            let has_more = listed.next_page_token.is_some_and(|token| !token.is_empty());
            (listed.row_access_policies.is_empty() && !has_more).then_some(())
        });
        stream::iter(asked).buffered(AT_ONCE).all(async |is_open| is_open.is_some()).await
    }

    /// True where the tables were the same when they were looked at as they are at `snapshot`.
    pub(super) fn is_as_looked_at(&self, scanned: &Scanned, snapshot: DateTime<Utc>) -> bool {
        let is_later = self.states.looked.is_some_and(|looked| looked + SLACK <= snapshot);
        let is_quiet = |scan: &TableScan| {
            let changed = self.states.tables.get(&scan.id).and_then(|known| known.modified);
            let changed = changed.and_then(DateTime::from_timestamp_millis);
            changed.is_some_and(|changed| changed + SLACK <= snapshot)
        };
        is_later || scanned.tables.iter().all(is_quiet)
    }

    /// Goes on by query for the rest of the run, and says so once.
    pub(super) fn give_up(&self, error: &Error) {
        if self.gate.refused.set(error.to_string()).is_ok() {
            let remedy = self.remedy(error);
            self.screen.say(&format!(
                "cannot read straight from the tables ({error}), and so asks by query; {remedy}--via query asks so at once"
            ));
        }
    }

    /// True where something was told of gRPC already.
    pub(super) fn has_given_up(&self) -> bool {
        self.gate.refused.get().is_some()
    }

    /// What helps against an error of the Storage Read API, to stand in a list; nothing where nothing is known.
    pub(super) fn remedy(&self, error: &Error) -> String {
        match self.about().is_denied(error) {
            true => format!("roles/bigquery.readSessionUser on project {} allows it, ", self.office.project),
            false => String::new(),
        }
    }
}

pub(super) fn unpassable(obstacle: &Obstacle) -> Failure {
    Failure::from(anyhow!("--via storage: {obstacle}")).hint(obstacle.remedy())
}

/// What stands in front of the query of a slice that needs none.
pub(super) fn comment(scanned: &Scanned) -> String {
    let mut text = "-- Straight from the tables, as long as they are as now; with --via query so:\n".to_owned();
    for scan in &scanned.tables {
        let restriction = if scan.restriction.is_empty() { "all rows" } else { &scan.restriction };
        for (number, line) in format!("{}: {restriction}", scan.id).lines().enumerate() {
            text.push_str(if number == 0 { "-- " } else { "--   " });
            text.push_str(line);
            text.push('\n');
        }
    }
    text
}
