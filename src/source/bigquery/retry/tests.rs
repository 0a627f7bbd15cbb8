//! When is something tried again, and when not any more. Time is tokio's, and stands still but for pauses.

use std::cell::{Cell, RefCell};
use std::time::Duration;

use tokio::time::{Instant, timeout};

use super::{Pace, Verdict, again, chance, delay, verdict};
use crate::source::bigquery::error::Error;

fn api(status: u16, reason: &str) -> Error {
    let reason = Some(reason).filter(|reason| !reason.is_empty()).map(str::to_owned);
    Error::Api { status, reason, message: format!("answer {status}"), retry_after: None }
}

#[test]
fn every_reason_has_its_verdict_whatever_the_status() {
    use Verdict::{Again, Never, NewJob};
    let cases = [
        (Again, &[400, 403, 429, 500, 503][..], &["rateLimitExceeded", "backendError", "internalError"][..]),
        (NewJob, &[200, 400, 500, 503], &["jobBackendError", "jobInternalError", "jobRateLimitExceeded"]),
        // A job that has failed stays so; another one may do.
        (NewJob, &[200], &["rateLimitExceeded", "backendError", "internalError"]),
        (
            Never,
            // BigQuery answers some permanent errors with 500: <https://github.com/exmergo/dex/issues/320>.
            &[200, 400, 403, 404, 409, 429, 500, 503],
            &[
                "accessDenied",
                "billingNotEnabled",
                "billingTierLimitExceeded",
                "blocked",
                "bytesBilledLimitExceeded",
                "duplicate",
                "invalid",
                "invalidQuery",
                "notFound",
                "notImplemented",
                "quotaExceeded",
                "resourcesExceeded",
                "responseTooLarge",
                "stopped",
            ],
        ),
    ];
    for (expected, statuses, reasons) in cases {
        for reason in reasons {
            for status in statuses {
                assert_eq!(verdict(&api(*status, reason)), expected, "{status} {reason}");
            }
        }
    }
}

#[test]
fn without_a_known_reason_the_status_decides() {
    for reason in ["", "somethingNew", "UNAVAILABLE"] {
        for status in [408, 429, 500, 502, 503, 504] {
            assert_eq!(verdict(&api(status, reason)), Verdict::Again, "{status} {reason}");
        }
        for status in [200, 301, 302, 400, 401, 403, 404, 407, 409, 412, 413, 501] {
            assert_eq!(verdict(&api(status, reason)), Verdict::Never, "{status} {reason}");
        }
    }
}

#[test]
fn a_connection_that_broke_is_tried_again_and_one_that_cannot_be_is_not() {
    assert_eq!(verdict(&Error::Transport("broke".into())), Verdict::Again);
    assert_eq!(verdict(&Error::Unreachable("untrusted".into())), Verdict::Never);
    assert_eq!(verdict(&Error::Auth { message: "none".into(), hint: None }), Verdict::Never);
}

#[test]
fn pauses_double_from_one_second_to_thirty_two() {
    let pauses: Vec<u64> = (1..=8).map(|attempt| delay(attempt, None, 0.0).as_secs()).collect();
    assert_eq!(pauses, [1, 2, 4, 8, 16, 32, 32, 32]);
    assert_eq!(delay(u32::MAX, None, 0.0), Duration::from_secs(32));
}

#[test]
fn chance_takes_up_to_half_of_a_pause_away() {
    assert_eq!(delay(4, None, 1.0), Duration::from_secs(4));
    assert_eq!(delay(4, None, 0.5), Duration::from_secs(6));
    assert_eq!(delay(1, None, 1.0), Duration::from_millis(500));
}

#[test]
fn the_server_may_ask_for_a_longer_pause_but_not_for_any() {
    let asked = |seconds| delay(1, Some(Duration::from_secs(seconds)), 0.0).as_secs();
    assert_eq!([asked(0), asked(20), asked(300), asked(86_400)], [1, 20, 300, 300]);
}

#[test]
fn chance_is_from_zero_to_one_and_another_each_time() {
    let drawn: Vec<f64> = (0..100).map(|_| chance()).collect();
    assert!(drawn.iter().all(|drawn| (0.0..1.0).contains(drawn)), "{drawn:?}");
    assert!(drawn.iter().any(|other| other != &drawn[0]), "{drawn:?}");
}

const MINUTE: Duration = Duration::from_secs(60);

/// Runs a script of failures; gives the outcome, the number of attempts, and the seconds that passed.
async fn run(patience: Duration, mut script: Vec<Error>) -> (Result<u32, Error>, u32, u64) {
    script.reverse();
    let (script, attempts, start) = (RefCell::new(script), Cell::new(0), Instant::now());
    let attempt = || {
        attempts.set(attempts.get() + 1);
        let next = script.borrow_mut().pop();
        let number = attempts.get();
        async move { next.map_or(Ok(number), Err) }
    };
    let outcome = again(|| patience, || 0.0, |_, _| {}, attempt).await;
    (outcome, attempts.get(), start.elapsed().as_secs())
}

#[tokio::test(start_paused = true)]
async fn what_passes_is_tried_until_it_has_passed() {
    let script = vec![api(503, ""), Error::Transport("broke".into()), api(403, "rateLimitExceeded")];
    assert_eq!(run(10 * MINUTE, script).await, (Ok(4), 4, 1 + 2 + 4));
}

#[tokio::test(start_paused = true)]
async fn what_does_not_pass_is_not_tried_again() {
    for error in [api(403, "accessDenied"), api(404, ""), api(400, "invalidQuery"), api(500, "stopped")] {
        assert_eq!(run(10 * MINUTE, vec![error.clone()]).await, (Err(error), 1, 0));
    }
}

#[tokio::test(start_paused = true)]
async fn a_failed_job_is_left_to_the_caller_who_can_start_another() {
    let error = api(200, "jobBackendError");
    assert_eq!(run(10 * MINUTE, vec![error.clone()]).await, (Err(error), 1, 0));
}

#[tokio::test(start_paused = true)]
async fn retry_after_is_kept_to() {
    let asked = Some(Duration::from_secs(40));
    let busy = Error::Api { status: 503, reason: None, message: "busy".into(), retry_after: asked };
    assert_eq!(run(10 * MINUTE, vec![busy]).await, (Ok(2), 2, 40));
}

#[tokio::test(start_paused = true)]
async fn after_ten_minutes_the_last_error_is_told_with_what_was_tried() {
    let (outcome, attempts, seconds) = run(10 * MINUTE, vec![api(503, "backendError"); 100]).await;
    let said = outcome.unwrap_err().to_string();
    assert_eq!(said, "answer 503 (gave up after 9m 35s and 23 tries)");
    assert_eq!((attempts, seconds), (23, 575));
}

#[tokio::test(start_paused = true)]
async fn dropping_the_future_stops_it_in_the_middle_of_a_pause() {
    let attempts = Cell::new(0);
    let attempt = || {
        attempts.set(attempts.get() + 1);
        async { Err::<(), _>(api(503, "")) }
    };
    let stopped = timeout(Duration::from_secs(5), again(|| 10 * MINUTE, || 0.0, |_, _| {}, attempt)).await;
    assert!(stopped.is_err());
    tokio::time::sleep(10 * MINUTE).await;
    assert_eq!(attempts.get(), 3);
}

/// Asks again and again for ten minutes what the server should take ten seconds for, and takes `taken` seconds;
/// gives how often.
async fn asked(taken: u64) -> u32 {
    let (start, mut pace, mut asked) = (Instant::now(), Pace::default(), 0);
    while start.elapsed() < 10 * MINUTE {
        pace.keep(Duration::from_secs(10), tokio::time::sleep(Duration::from_secs(taken))).await;
        asked += 1;
    }
    asked
}

#[tokio::test(start_paused = true)]
async fn a_server_that_does_not_wait_as_asked_is_not_asked_without_pause() {
    assert_eq!(asked(0).await, 67);
}

#[tokio::test(start_paused = true)]
async fn a_server_that_waits_as_asked_is_asked_again_at_once() {
    assert_eq!([asked(10).await, asked(5).await], [60, 120]);
}

#[tokio::test(start_paused = true)]
async fn after_an_answer_in_time_the_pauses_begin_anew() {
    let (wait, mut pace, start) = (Duration::from_secs(10), Pace::default(), Instant::now());
    for taken in [0, 0, 10, 0, 0] {
        pace.keep(wait, tokio::time::sleep(Duration::from_secs(taken))).await;
    }
    // 0.1 s and 0.2 s before the third, none before the fourth, 0.1 s before the fifth: growing on it were 11.5 s.
    assert_eq!(start.elapsed().as_secs(), 10);
}
