//! What an error means for people, and what they can do.
//!
//! The words that BigQuery uses are kept: people search for them. What is added is the remedy. Reasons
//! and their meaning: <https://cloud.google.com/bigquery/docs/error-messages>; messages as seen in the
//! wild are quoted with their URL in the tests.

use super::{ANSWERED, Error, WEB_PAGE};
use crate::source::bigquery::address::Address;
use crate::tool::{Failure, Status};

/// What a request was about, to be named in the remedy.
#[derive(Clone, Copy, Debug)]
pub(crate) struct About<'a> {
    pub address: &'a Address,
    /// The project in which jobs run, and which pays.
    pub billing: &'a str,
    /// Where jobs run, as far as it is known.
    pub location: Option<&'a str>,
}

impl Error {
    /// The failure of the tool: what BigQuery said, and what helps. What the price guard refused has
    /// its own status.
    pub(crate) fn say(self, about: About<'_>) -> Failure {
        let status = match &self {
            Error::Api { reason: Some(reason), .. } if reason == "bytesBilledLimitExceeded" => Status::Refused,
            _ => Status::Failed,
        };
        let hint = self.remedy(about);
        Failure { status, error: self.into(), hint }
    }

    fn remedy(&self, about: About<'_>) -> Option<String> {
        match self {
            Error::Api { status, reason, message, .. } => {
                about.remedy(*status, reason.as_deref().unwrap_or_default(), message)
            }
            Error::Auth { hint, .. } => hint.clone(),
            Error::Unreachable(message) if message.contains("certificate") => {
                Some("is there a proxy with a root of its own? SSL_CERT_FILE=ROOTS.pem names the roots to trust".into())
            }
            Error::Unreachable(message) if message.contains("proxy") => {
                Some("HTTPS_PROXY=http://USER:PASSWORD@HOST:PORT names the proxy and who you are".into())
            }
            Error::Unreachable(_) => None,
            Error::Strange(_) => Some(
                "BigQuery does not answer so: does something between here and Google answer in its place? -vv shows \
                 every request"
                    .into(),
            ),
            Error::Transport(message) if message.contains(WEB_PAGE) => Some(BETWEEN.into()),
            Error::Transport(_) => {
                Some("is the network there? HTTPS_PROXY names a proxy; -vv shows every request".into())
            }
        }
    }
}

/// Where somebody else answers.
const BETWEEN: &str = "something between here and Google answers in its place: a proxy's or VPN's login page?";

/// Behind every role that is missing.
const DOCTOR: &str = "; lq-query --doctor shows the command that grants it";

impl About<'_> {
    /// True where nothing but a permission is missing.
    pub(crate) fn is_denied(&self, error: &Error) -> bool {
        let Error::Api { status, reason, message, .. } = error else { return false };
        let reason = reason.as_deref().unwrap_or_default();
        is_denial(*status, reason) && self.told(*status, reason, message).is_none()
    }

    fn remedy(&self, status: u16, reason: &str, message: &str) -> Option<String> {
        let is = |reasons: &[&str]| reasons.contains(&reason);
        if let Some(told) = self.told(status, reason, message) {
            return Some(told);
        }
        if is_denial(status, reason) {
            return Some(self.permission(message));
        }
        if status == 404 || is(&["notFound"]) {
            return Some(self.not_found(message));
        }
        if is(&["invalidQuery"]) {
            return Some("is it the condition of --where, on a column that not every table of the window has? --stream or a narrower \
                 window leaves tables out; --print-sql shows the whole query".into());
        }
        if status == 407 {
            return Some("HTTPS_PROXY=http://USER:PASSWORD@HOST:PORT names the proxy and who you are".into());
        }
        None
    }

    /// What helps against an answer whose words tell what it is. They come first: Google's reasons are
    /// few, and `accessDenied` or `forbidden` stand for many things.
    fn told(&self, status: u16, reason: &str, message: &str) -> Option<String> {
        let billing = self.billing;
        let has = |words: &str| message.contains(words);
        let is = |reasons: &[&str]| reasons.contains(&reason);

        if is_foreign(status, message) {
            return Some(BETWEEN.into());
        }
        if is(&["accessNotConfigured", "SERVICE_DISABLED"]) || has("has not enabled BigQuery") {
            // The Storage Read API is switched on by itself; Google's message has its name.
            let storage = "bigquerystorage.googleapis.com";
            let service = if has(storage) { storage } else { "bigquery.googleapis.com" };
            return Some(format!("run `gcloud services enable {service} --project {billing}`, and wait a few minutes"));
        }
        if is(&["USER_PROJECT_DENIED", "userProjectDenied"]) || has("serviceusage.services.use") {
            return Some(
                "the quota project must let you use it (roles/serviceusage.serviceUsageConsumer); another one: \
                 GOOGLE_CLOUD_QUOTA_PROJECT=PROJECT"
                    .into(),
            );
        }
        if is(&["policyViolation", "SECURITY_POLICY_VIOLATED"]) || has("VPC Service Controls") {
            return Some(
                "a service perimeter forbids it from here: run lq inside of it, with --billing-project inside of it \
                 too, or show the identifier above to who guards it"
                    .into(),
            );
        }
        if has("insufficient authentication scopes") {
            return Some(
                "this machine's or login's credentials are not for BigQuery: they need the scope cloud-platform \
                 (`gcloud auth application-default login`; for a node: its access scopes)"
                    .into(),
            );
        }
        if is(&["bytesBilledLimitExceeded"]) {
            return Some(
                "this query was not billed; narrow the window or add --without payload, or allow more with --max-bytes SIZE"
                    .into(),
            );
        }
        if is(&["billingNotEnabled"]) {
            return Some(format!(
                "link project {billing} to a billing account, or name another one with --billing-project PROJECT"
            ));
        }
        if is(&["resourcesExceeded", "responseTooLarge"]) {
            return Some(
                "ask for less at once: a narrower window, a container, -n NAMESPACE, --without payload; or less of it \
                 with --limit or --tail"
                    .into(),
            );
        }
        if is(&["quotaExceeded"]) {
            return Some(format!(
                "a quota of project {billing} is used up: wait until it is renewed, or name another project with \
                 --billing-project PROJECT"
            ));
        }
        if is(&["rateLimitExceeded", "jobRateLimitExceeded"]) || status == 429 {
            return Some("too many requests at a time in this project: wait a minute and try again".into());
        }
        if has("that can be used for partition elimination") {
            return Some(
                "the table wants a filter on its partition column, and this query's does not reach it: a view or \
                 --where in between? --print-sql shows it"
                    .into(),
            );
        }
        if status == 401 || is(&["authError", "UNAUTHENTICATED"]) {
            return Some(
                "the credentials are not valid any more: run `gcloud auth application-default login`, or check the \
                 key in GOOGLE_APPLICATION_CREDENTIALS"
                    .into(),
            );
        }
        None
    }

    /// Which role gives what is missing, and where.
    fn permission(&self, message: &str) -> String {
        let Address { project, dataset } = self.address;
        let billing = self.billing;
        let has = |words: &str| message.contains(words);
        if has("bigquery.jobs.create") {
            return format!(
                "you need roles/bigquery.jobUser in project {billing}, or a project of your own: --billing-project \
                 PROJECT{DOCTOR}"
            );
        }
        if has("bigquery.jobs.") || has("Access Denied: Job") {
            return format!("you need roles/bigquery.jobUser in project {billing}{DOCTOR}");
        }
        if has("bigquery.readsessions.") {
            return format!("you need roles/bigquery.readSessionUser in project {billing}");
        }
        format!("you need roles/bigquery.dataViewer on the dataset {project}:{dataset} (and that it exists){DOCTOR}")
    }

    /// What may be misspelt.
    fn not_found(&self, message: &str) -> String {
        let Address { project, dataset } = self.address;
        let has = |words: &str| message.contains(words);
        if has("was not found in location") || has("Not found: Job") {
            let now = self.location.map(|location| format!("it was looked for in {location}; ")).unwrap_or_default();
            return format!(
                "{now}where the dataset lies: `bq show {project}:{dataset}`; say it with --location LOCATION"
            );
        }
        if has("Not found: Project") {
            return format!("is `{project}` in {} the project's id, not its name?", self.address);
        }
        if has("Not found: Table") {
            return "the dataset has changed since lq looked at it: --refresh looks again".into();
        }
        format!("is {} right? `bq ls {project}:` shows the datasets that you may see", self.address)
    }
}

/// True for an answer that is not BigQuery's: it neither redirects nor forbids without words of its own.
pub(super) fn is_foreign(status: u16, message: &str) -> bool {
    (300..400).contains(&status) || (status == 403 && message.starts_with(ANSWERED))
}

/// True for an answer that forbids something.
fn is_denial(status: u16, reason: &str) -> bool {
    status == 403 || reason == "accessDenied"
}
