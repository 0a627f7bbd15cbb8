//! What `-vv` tells of each request: method, path, status, time, and the body of a failure. Never a
//! header, never a token.

use std::sync::Arc;
use std::time::Duration;

use reqwest::{Method, Url};

use super::super::error::Error;
use super::answer::Answer;
use crate::tool::Notes;

/// Where it is told.
#[derive(Clone)]
pub(crate) struct Trace(Arc<dyn Fn(&str) + Send + Sync>);

impl Trace {
    pub(crate) fn on_stderr() -> Self {
        let notes = Notes { tool: "lq-query", quiet: false };
        Trace::to(move |text| notes.say(text))
    }

    pub(crate) fn to(told: impl Fn(&str) + Send + Sync + 'static) -> Self {
        Trace(Arc::new(told))
    }

    pub(crate) fn say(&self, text: &str) {
        (self.0)(text);
    }

    pub(super) fn tell(&self, method: &Method, url: &Url, answer: &Result<Answer, Error>, time: Duration) {
        let time = time.as_secs_f64();
        let what = format!("{method} {}", url.path());
        self.say(&match answer {
            Ok(answer) if answer.is_success() => {
                format!("{what} {} {time:.3}s {} bytes", answer.status, answer.body.len())
            }
            Ok(answer) => {
                format!("{what} {} {time:.3}s {}", answer.status, String::from_utf8_lossy(&answer.body))
            }
            Err(error) => format!("{what} failed after {time:.3}s: {error}"),
        });
    }
}
