//! Looks at all that a run on BigQuery needs: who asks, what they may do, what the dataset holds, how old
//! its newest entry is, and what a day of it costs.
//!
//! | part | what it looks at |
//! |---|---|
//! | [`access`] | credentials, the network, the clock, the permission to run queries |
//! | [`grant`] | which command grants a role |
//! | [`search`] | a project's datasets, where none was named |
//! | [`dataset`] | the dataset, its tables, what BigQuery refused |
//! | [`lag`] | the permission to read, the newest entry |
//! | [`sessions`] | whether tables may be read without a query |
//! | [`days`] | bytes of a typical day |
//!
//! A check that fails does not stop those that can do without it.

mod access;
mod dataset;
mod days;
mod grant;
mod lag;
mod search;
mod sessions;

use std::sync::{Arc, Mutex, PoisonError};

use super::address::Address;
use super::auth::Environment;
use super::error::{About, Error};
use super::job::{Job, Office};
use super::open::interruptible;
use super::price::Pricing;
use super::runtime;
use super::storage::Storage;
use crate::source::checkup::Checkup;
use crate::tool::{Failure, Signals};

pub(crate) use days::Day;

/// What to look at, and how: what was typed or set.
#[derive(Clone, Debug)]
pub(crate) struct Asked {
    /// `None` looks for a dataset of a sink's in the project that is billed.
    pub address: Option<Address>,
    pub billing_project: Option<String>,
    pub location: Option<String>,
    /// The most that may be billed, in bytes.
    pub max_bytes: Option<u64>,
    pub pricing: Pricing,
    pub verbose: u8,
}

/// What a profile needs to say.
#[derive(Clone, Debug)]
pub(crate) struct Found {
    pub address: Address,
    /// The project that is billed.
    pub project: String,
    /// `None` where it could not be measured.
    pub day: Option<Day>,
}

/// Who examines, what, and on whose behalf.
struct Doctor<'a> {
    asked: &'a Asked,
    checkup: &'a mut Checkup,
    office: Office,
    /// Who asks, as `--member` of gcloud wants it.
    member: Option<String>,
    /// `None` where an emulator of REST stands in for BigQuery.
    storage: Option<Storage>,
    /// The query that runs, to be cancelled.
    running: Running,
}

type Running = Arc<Mutex<Option<Job>>>;

/// Looks at all of it. `None` where there is no dataset that could be read.
pub(crate) fn examine(asked: &Asked, checkup: &mut Checkup, signals: &mut Signals) -> Result<Option<Found>, Failure> {
    let runtime = runtime::start()?;
    let running = Running::default();
    let examined =
        interruptible(runtime.handle(), signals, async { Ok(all(asked, checkup, Arc::clone(&running)).await) });
    let job = running.lock().unwrap_or_else(PoisonError::into_inner).take();
    if let Some(job) = job.filter(|_| examined.is_err()) {
        let _ = runtime.block_on(job.cancel());
    }
    examined
}

async fn all(asked: &Asked, checkup: &mut Checkup, running: Running) -> Option<Found> {
    let environment = Environment::of_process();
    let caller = access::credentials(asked, &environment, checkup).await?;
    let project = access::project(asked, &environment, &caller, checkup)?;
    let office = Office { rest: caller.rest, project, location: asked.location.clone() };
    let storage = sessions::door(&environment, caller.auth, &office.project, checkup);
    let mut doctor = Doctor { asked, checkup, office, member: caller.member, storage, running };
    let may_query = doctor.may_query().await?;
    let address = match &asked.address {
        Some(address) => address.clone(),
        None => doctor.search().await?,
    };
    let days = doctor.dataset(&address).await?;
    let day = match may_query {
        true => doctor.queries(&address, &days).await,
        false => {
            let unknown = "bigquery.tables.getData, the newest entry, a typical day";
            doctor.checkup.warn(
                format!("not looked at for want of bigquery.jobs.create: {unknown}"),
                &["once that is granted: lq-query --doctor again".to_owned()],
            );
            None
        }
    };
    Some(Found { address, project: doctor.office.project.clone(), day })
}

impl Doctor<'_> {
    /// What only queries can tell.
    async fn queries(&mut self, address: &Address, contents: &dataset::Contents) -> Option<Day> {
        if !self.may_read(address, contents).await {
            return None;
        }
        self.reach(address, contents).await;
        self.may_read_straight(address, contents).await;
        self.lag(address, contents).await;
        self.typical_day(address, contents).await
    }

    fn about<'a>(&'a self, address: &'a Address) -> About<'a> {
        About { address, billing: &self.office.project, location: self.office.location.as_deref() }
    }

    /// An error in words, and what helps.
    fn explain(&self, address: &Address, error: Error) -> (String, Vec<String>) {
        let Failure { error, hint, .. } = error.say(self.about(address));
        (format!("{error:#}"), hint.into_iter().collect())
    }
}
