//! What went wrong with a request, and what it means for people.

mod remedy;
#[cfg(test)]
mod tests;

use std::time::Duration;

use serde_json::Value;

use super::{mask, retry};
pub(crate) use remedy::About;

/// Why a request or a job failed. No part of it holds a token.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Error {
    /// BigQuery answered, but not with 2xx; or a job failed (then `status` is 200).
    #[error("{message}")]
    Api {
        status: u16,
        /// Google's word for it: `accessDenied`, `notFound`, `jobBackendError`.
        reason: Option<String>,
        message: String,
        retry_after: Option<Duration>,
    },
    /// No answer, or not all of it.
    #[error("{0}")]
    Transport(String),
    /// No connection, for a reason that does not pass by itself: an untrusted certificate, a bad URL.
    #[error("{0}")]
    Unreachable(String),
    /// An answer that BigQuery does not give.
    #[error("{0}")]
    Strange(String),
    /// No token. `hint` is what helps, where it is known.
    #[error("{message}")]
    Auth { message: String, hint: Option<String> },
}

/// How the message begins where the answer does not bring one of BigQuery's own.
const ANSWERED: &str = "BigQuery answered ";

/// The message where it is a web page.
pub(super) const WEB_PAGE: &str = "the answer is a web page";

impl Error {
    /// The error that an answer other than 2xx tells. Bodies of Google are JSON with every member
    /// optional; those of what stands before it are HTML, text or nothing.
    pub(crate) fn from_answer(status: u16, retry_after: Option<Duration>, body: &[u8]) -> Self {
        let Told { reason, message } = Told::read(body);
        let message = match message {
            Some(message) => message,
            None => {
                let name = http::StatusCode::from_u16(status).ok().and_then(|status| status.canonical_reason());
                let words = plain_words(&String::from_utf8_lossy(body));
                let name = name.map(|name| format!(" {name}")).unwrap_or_default();
                let words = if words.is_empty() { words } else { format!(": {words}") };
                format!("{ANSWERED}{status}{name}{words}")
            }
        };
        Error::Api { status, reason, message, retry_after }
    }

    /// The error of a job that failed: `status.errorResult` of a job, or an item of `errors`.
    pub(crate) fn of_job(reason: Option<String>, message: Option<String>) -> Self {
        let message = message.unwrap_or_else(|| "the job failed, and BigQuery does not say why".to_owned());
        Error::Api { status: 200, reason, message, retry_after: None }
    }

    /// True where the price guard of BigQuery refused a job; nothing was billed.
    pub(crate) fn is_too_dear(&self) -> bool {
        self.has_reason("bytesBilledLimitExceeded")
    }

    /// True where BigQuery did not answer for itself: nothing did, or something in its place, or a server
    /// that has given up. Another request would fare no better.
    pub(crate) fn is_no_answer(&self) -> bool {
        match self {
            Error::Api { status, message, .. } => {
                remedy::is_foreign(*status, message) || retry::verdict(self) == retry::Verdict::Again
            }
            Error::Transport(_) | Error::Unreachable(_) | Error::Strange(_) => true,
            Error::Auth { .. } => false,
        }
    }

    /// True where the Storage Read API does not have what was asked for.
    pub(crate) fn is_unoffered(&self) -> bool {
        ["NOT_FOUND", "UNIMPLEMENTED", "FAILED_PRECONDITION"].iter().any(|reason| self.has_reason(reason))
    }

    /// True where a table or a column is not what it was thought to be.
    pub(crate) fn is_stale(&self) -> bool {
        ["notFound", "invalidQuery", "NOT_FOUND", "INVALID_ARGUMENT"].iter().any(|reason| self.has_reason(reason))
    }

    /// True where a read session has expired: a new one reads the same again, at the same snapshot time.
    pub(crate) fn is_expired(&self) -> bool {
        self.has_reason("FAILED_PRECONDITION")
    }

    /// True where there may be no such dataset. BigQuery does not tell that to everybody.
    pub(crate) fn may_be_misspelt(&self) -> bool {
        match self {
            Error::Api { status: 404, message, .. } => message.to_lowercase().contains("not found: dataset"),
            Error::Api { status: 403, message, .. } => message.contains("may not exist"),
            _ => false,
        }
    }

    /// True where BigQuery said that the job has ended: it needs not be cancelled.
    pub(crate) fn has_ended_job(&self) -> bool {
        const REASONS: [&str; 9] = [
            "billingTierLimitExceeded",
            "bytesBilledLimitExceeded",
            "invalid",
            "invalidQuery",
            "jobBackendError",
            "jobInternalError",
            "resourcesExceeded",
            "responseTooLarge",
            "stopped",
        ];
        matches!(self, Error::Api { status: 200, .. }) || REASONS.iter().any(|reason| self.has_reason(reason))
    }

    /// How many bytes BigQuery says must be allowed, where it refused to bill as many as it must.
    pub(crate) fn needed_bytes(&self) -> Option<u64> {
        let Error::Api { message, .. } = self else { return None };
        let (before, _) = message.split_once(" or higher required")?;
        before.rsplit(|c: char| !c.is_ascii_digit()).next()?.parse().ok()
    }

    /// The same without the secrets that are `known`, or look like ones.
    pub(crate) fn without_secrets(self, known: &[&str]) -> Self {
        let mask = |message: String| mask::secrets(&message, known);
        match self {
            Error::Api { status, reason, message, retry_after } => {
                Error::Api { status, reason: reason.map(mask), message: mask(message), retry_after }
            }
            Error::Transport(message) => Error::Transport(mask(message)),
            Error::Strange(message) => Error::Strange(mask(message)),
            other => other,
        }
    }

    fn has_reason(&self, wanted: &str) -> bool {
        matches!(self, Error::Api { reason: Some(reason), .. } if reason == wanted)
    }

    /// How long the server wants to be left alone.
    pub(crate) fn retry_after(&self) -> Option<Duration> {
        match self {
            Error::Api { retry_after, .. } => *retry_after,
            _ => None,
        }
    }

    /// The error of the last of several attempts.
    pub(crate) fn after(self, attempts: u32, time: Duration) -> Self {
        let time = humantime::format_duration(Duration::from_secs(time.as_secs()));
        let tries = if attempts == 1 { "try" } else { "tries" };
        let add = |message: String| format!("{message} (gave up after {time} and {attempts} {tries})");
        match self {
            Error::Api { status, reason, message, retry_after } => {
                Error::Api { status, reason, message: add(message), retry_after }
            }
            Error::Transport(message) => Error::Transport(add(message)),
            Error::Strange(message) => Error::Strange(add(message)),
            Error::Unreachable(message) => Error::Unreachable(add(message)),
            Error::Auth { message, hint } => Error::Auth { message: add(message), hint },
        }
    }
}

/// What the body of an error tells.
#[derive(Default)]
struct Told {
    reason: Option<String>,
    message: Option<String>,
}

impl Told {
    /// Reads `error.message`, and the most telling word of `error.errors[0].reason`, of
    /// `error.details[].reason` (newer parts of Google's APIs: <https://google.aip.dev/193>) and of
    /// `error.status`. Nothing of it need be there.
    fn read(body: &[u8]) -> Self {
        let Ok(body) = serde_json::from_slice::<Value>(body) else { return Told::default() };
        let error = body.get(0).unwrap_or(&body).get("error").unwrap_or(&Value::Null);
        let text =
            |value: &Value| value.as_str().filter(|text| !text.trim().is_empty()).map(|text| text.trim().to_owned());
        let listed = |key: &str| error[key].as_array()?.iter().find_map(|item| text(&item["reason"]));
        Told {
            reason: listed("errors").or_else(|| listed("details")).or_else(|| text(&error["status"])),
            message: text(&error["message"]).map(|message| short(&message)),
        }
    }
}

/// The first part of a text that is too long to be read.
pub(crate) fn short(text: &str) -> String {
    const LENGTH: usize = 1_000;
    match text.char_indices().nth(LENGTH) {
        Some((end, _)) => format!("{} ...", &text[..end]),
        None => text.to_owned(),
    }
}

/// The text of an HTML page, or of anything else, on one line and not too long.
fn plain_words(body: &str) -> String {
    const LENGTH: usize = 200;
    let mut words = String::new();
    let mut rest = body;
    while let Some((text, tag)) = rest.split_once('<') {
        words.push_str(text);
        words.push(' ');
        rest = tag.split_once('>').map_or("", |(_, rest)| rest);
    }
    words.push_str(rest);
    let words = words.split_whitespace().collect::<Vec<_>>().join(" ");
    match words.char_indices().nth(LENGTH) {
        Some((end, _)) => format!("{} ...", &words[..end]),
        None => words,
    }
}
