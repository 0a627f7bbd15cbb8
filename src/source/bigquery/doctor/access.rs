//! Who asks, whether BigQuery answers, whether the clocks agree, and whether queries may be run.

use std::future::Future;
use std::pin::pin;
use std::time::Duration;

use chrono::TimeDelta;
use serde::Deserialize;
use tokio::time::timeout;

use super::super::auth::{Auth, Environment};
use super::super::error::Error;
use super::super::mask;
use super::super::rest::Rest;
use super::{Address, Asked, Checkup, Doctor, grant};
use crate::tool::Notes;

/// How long credentials may take to give a token.
const PATIENCE: Duration = Duration::from_secs(30);

/// Whoever waits longer is told what for.
const SOON: Duration = Duration::from_secs(2);

const GOOGLE: &str = "BigQuery's answer";

/// Clocks agree within so many seconds: servers tell whole seconds, and answers take time.
const SLACK: i64 = 5;

/// A token that was signed so much earlier or later is refused, in seconds.
/// <https://developers.google.com/identity/protocols/oauth2/service-account#error-codes>
const TOLERATED: i64 = 300;

/// Who sends requests.
pub(super) struct Caller {
    pub rest: Rest,
    pub auth: Auth,
    pub member: Option<String>,
    /// The project that the credentials name.
    project: Option<String>,
}

/// The credentials, by a token that they gave.
pub(super) async fn credentials(asked: &Asked, environment: &Environment, checkup: &mut Checkup) -> Option<Caller> {
    let notes = Notes { tool: "lq-query", quiet: checkup.quiet };
    let token = async {
        let auth = Auth::find(environment).await?;
        match timeout(PATIENCE, auth.token()).await {
            Ok(token) => token.map(|_| auth),
            Err(_) => Err(Error::Transport(format!("no token within {} s", PATIENCE.as_secs()))),
        }
    };
    let found = patient("a token", &notes, token).await;
    let rest = |auth| {
        let rest = Rest::brief(environment.emulator.clone(), auth, asked.verbose)?;
        Ok(rest.telling(move |text| notes.say(text)))
    };
    match found {
        Ok(auth) => {
            let emulator = mask::address(environment.emulator.as_deref().unwrap_or_default());
            checkup.ok(match auth.told() {
                Some(told) => format!("credentials: {told}"),
                None => format!("credentials: none needed, BIGQUERY_EMULATOR_HOST={emulator} stands in for BigQuery"),
            });
            let (member, project) = (auth.member(), auth.project().map(str::to_owned));
            match rest(auth.clone()) {
                Ok(rest) => Some(Caller { rest, auth, member, project }),
                Err(error) => {
                    fail(checkup, "network", error);
                    None
                }
            }
        }
        Err(error) => {
            if let Error::Transport(_) = error {
                fail(checkup, "network", error);
                return None;
            }
            fail(checkup, "credentials", error);
            // The answer to somebody unknown tells at least that there is one, and what time it is there.
            match rest(Auth::nobody()) {
                Ok(rest) => match patient(GOOGLE, &notes, rest.get(&["projects"], &[("maxResults", "1")])).await {
                    Err(error) if error.is_no_answer() => fail(checkup, "network", error),
                    _ => {
                        checkup.ok("network: BigQuery answers");
                        clock(&rest, checkup);
                    }
                },
                Err(error) => fail(checkup, "network", error),
            }
            None
        }
    }
}

/// Waits, and says what for where that takes long.
async fn patient<T>(what: &str, notes: &Notes, awaited: impl Future<Output = T>) -> T {
    let mut awaited = pin!(awaited);
    match timeout(SOON, &mut awaited).await {
        Ok(came) => came,
        Err(_) => {
            notes.say(format!("waiting for {what}; no longer than half a minute"));
            awaited.await
        }
    }
}

/// The project that queries are billed to.
pub(super) fn project(
    asked: &Asked,
    environment: &Environment,
    caller: &Caller,
    checkup: &mut Checkup,
) -> Option<String> {
    let named = asked.billing_project.as_ref().or(environment.project.as_ref()).or(caller.project.as_ref());
    let project = named.or(asked.address.as_ref().map(|address| &address.project)).cloned();
    if project.is_none() {
        checkup.fail(
            "project: none is named, so there is nothing to look for a dataset in",
            &[
                "which ones there are: gcloud projects list".to_owned(),
                "then: export GOOGLE_CLOUD_PROJECT=PROJECT, or lq-query --doctor --source bq://PROJECT/DATASET"
                    .to_owned(),
            ],
        );
    }
    project
}

/// Tells an error that is about no dataset.
fn fail(checkup: &mut Checkup, what: &str, error: Error) {
    let nowhere = Address { project: String::new(), dataset: String::new() };
    let failure = error.say(super::About { address: &nowhere, billing: "", location: None });
    checkup.fail(format!("{what}: {:#}", failure.error), failure.hint.as_slice());
}

fn clock(rest: &Rest, checkup: &mut Checkup) {
    let Some(ahead) = rest.ahead() else { return };
    let remedies = [
        "every window that is said relative to now (--ago, --since 2h, none at all) is off by as much".to_owned(),
        "set the clock: timedatectl set-ntp true".to_owned(),
    ];
    let what =
        format!("clock: {} {} BigQuery's", say(ahead), if ahead < TimeDelta::zero() { "behind" } else { "ahead of" });
    match ahead.num_seconds().abs() {
        0..=SLACK => checkup.ok("clock: agrees with BigQuery's"),
        ..=TOLERATED => checkup.warn(what, &remedies),
        _ => checkup.fail(format!("{what}, and keys sign tokens that are refused for it"), &remedies),
    }
}

/// `1h 2m 3s`, without its sign.
pub(super) fn say(time: TimeDelta) -> String {
    humantime::format_duration(Duration::from_secs(time.num_seconds().unsigned_abs())).to_string()
}

impl Doctor<'_> {
    /// Whether queries may be run in the project that pays; `None` where BigQuery cannot be reached.
    pub(super) async fn may_query(&mut self) -> Option<bool> {
        #[derive(Default, Deserialize)]
        struct Job {
            principal_subject: Option<String>,
            user_email: Option<String>,
        }
        let project = self.office.project.clone();
        let notes = Notes { tool: "lq-query", quiet: self.checkup.quiet };
        let asked = patient(GOOGLE, &notes, self.office.rest.dry_job(&project, "SELECT 1")).await;
        let asked = match asked {
            Err(error) if error.is_no_answer() => {
                fail(self.checkup, "network", error);
                return None;
            }
            asked => asked,
        };
        clock(&self.office.rest, self.checkup);
        let permission = format!("permission bigquery.jobs.create in project {project}");
        let address = Address { project: project.clone(), dataset: "DATASET".to_owned() };
        match asked {
            Ok(body) => {
                let job: Job = serde_json::from_slice(&body).unwrap_or_default();
                self.member = job.principal_subject.or(self.member.take());
                let who = job.user_email.or(self.member.clone()).map_or(String::new(), |who| format!(", as {who}"));
                self.checkup.ok(format!("{permission}{who}"));
                Some(true)
            }
            Err(error) if self.about(&address).is_denied(&error) => {
                let mut remedies = grant::on_project("roles/bigquery.jobUser", &project, self.member.as_deref());
                remedies.push("or let a project pay in which you may: --billing-project PROJECT".to_owned());
                self.checkup.fail(format!("{permission}: missing ({error})"), &remedies);
                Some(false)
            }
            Err(error @ Error::Api { status: 404, .. }) => {
                let remedy = format!("is {project} the project's id, not its name? gcloud projects list");
                self.checkup.fail(format!("queries in project {project}: {error}"), &[remedy]);
                Some(false)
            }
            Err(error) => {
                let (said, remedies) = self.explain(&address, error);
                self.checkup.fail(format!("queries in project {project}: {said}"), &remedies);
                Some(false)
            }
        }
    }
}
