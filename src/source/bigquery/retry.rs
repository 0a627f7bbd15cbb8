//! Is it transient, and when again: pure functions, and the loop that asks them.

#[cfg(test)]
mod tests;

use std::future::Future;
use std::hash::{BuildHasher, Hasher, RandomState};
use std::time::Duration;

use tokio::time::{Instant, sleep};

use super::error::Error;

/// What may help after an error.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// The same request, a little later.
    Again,
    /// Another job: this one has failed for good, for a reason that may pass.
    NewJob,
    Never,
}

/// The longest time without success before a request is given up.
pub(crate) const PATIENCE: Duration = Duration::from_secs(600);

/// The first pause; each further one is twice as long, up to [`LONGEST`].
const SHORTEST: Duration = Duration::from_secs(1);
pub(crate) const LONGEST: Duration = Duration::from_secs(32);
/// The first pause of a [`Pace`].
const SOONEST: Duration = Duration::from_millis(100);
/// A server that asks for a longer pause than this is not obeyed to the letter.
const LONGEST_ASKED: Duration = Duration::from_secs(300);

/// What may help after `error`. Google's reason decides; where it is unknown or missing, the status.
///
/// <https://cloud.google.com/bigquery/docs/error-messages>, and the list of reasons after which
/// Google's own clients try again.
pub(crate) fn verdict(error: &Error) -> Verdict {
    let (status, reason) = match error {
        Error::Api { status, reason, .. } => (*status, reason.as_deref().unwrap_or_default()),
        Error::Transport(_) => return Verdict::Again,
        Error::Strange(_) => return Verdict::Never,
        Error::Unreachable(_) | Error::Auth { .. } => return Verdict::Never,
    };
    let has_job_failed = status == 200;
    match reason {
        "jobBackendError" | "jobInternalError" | "jobRateLimitExceeded" => Verdict::NewJob,
        "backendError" | "internalError" | "rateLimitExceeded" if has_job_failed => Verdict::NewJob,
        "backendError" | "internalError" | "rateLimitExceeded" => Verdict::Again,
        "accessDenied"
        | "billingNotEnabled"
        | "billingTierLimitExceeded"
        | "blocked"
        | "bytesBilledLimitExceeded"
        | "duplicate"
        | "invalid"
        | "invalidQuery"
        | "notFound"
        | "notImplemented"
        | "quotaExceeded"
        | "resourcesExceeded"
        | "responseTooLarge"
        | "stopped" => Verdict::Never,
        _ if matches!(status, 408 | 429 | 500 | 502 | 503 | 504) => Verdict::Again,
        _ => Verdict::Never,
    }
}

/// The pause before the next attempt; `attempt` counts the failed ones from 1. `chance`, from 0 to 1,
/// takes up to half of it away, so that many clients do not come back in step. What the server asks
/// for (`Retry-After`) is the least.
pub(crate) fn delay(attempt: u32, retry_after: Option<Duration>, chance: f64) -> Duration {
    let doubled = SHORTEST.saturating_mul(2u32.saturating_pow(attempt.saturating_sub(1)));
    let pause = doubled.min(LONGEST).mul_f64(1.0 - chance.clamp(0.0, 1.0) / 2.0);
    pause.max(retry_after.unwrap_or_default().min(LONGEST_ASKED))
}

/// Keeps from asking without pause a server that answers at once what it was asked to wait for.
#[derive(Debug, Default)]
pub(crate) struct Pace(Duration);

impl Pace {
    /// Runs `ask`, which the server was asked to take `wait` for: at once, or after a pause where the answer
    /// before came much sooner than that. The pause grows from a tenth of a second up to `wait`.
    pub(crate) async fn keep<T>(&mut self, wait: Duration, ask: impl Future<Output = T>) -> T {
        sleep(self.0).await;
        let start = Instant::now();
        let answer = ask.await;
        let is_early = start.elapsed() < wait / 2;
        self.0 = if is_early { (self.0 * 2).max(SOONEST).min(wait) } else { Duration::ZERO };
        answer
    }
}

/// A number from 0 to 1, another one each time.
pub(crate) fn chance() -> f64 {
    let bits = RandomState::new().build_hasher().finish() >> 11;
    bits as f64 / (1u64 << 53) as f64
}

/// Runs `attempt` until it succeeds, fails for good, or `patience` is over: then with its last error,
/// which says so. `patience` is asked after each failure. An error that asks for a new job is the
/// caller's. Before each pause but the first, `told` hears of it. Dropping the future stops it.
pub(crate) async fn again<T, F>(
    patience: impl Fn() -> Duration,
    mut chance: impl FnMut() -> f64,
    told: impl Fn(&Error, Duration),
    mut attempt: impl FnMut() -> F,
) -> Result<T, Error>
where
    F: Future<Output = Result<T, Error>>,
{
    let start = Instant::now();
    let mut failed = 0;
    loop {
        let error = match attempt().await {
            Ok(value) => return Ok(value),
            Err(error) => error,
        };
        failed += 1;
        if verdict(&error) != Verdict::Again {
            return Err(error);
        }
        let pause = delay(failed, error.retry_after(), chance());
        if start.elapsed() + pause > patience() {
            return Err(error.after(failed, start.elapsed()));
        }
        if failed > 1 {
            told(&error, pause);
        }
        sleep(pause).await;
    }
}
