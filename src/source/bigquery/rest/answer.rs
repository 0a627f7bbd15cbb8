//! An answer, read whole.

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use reqwest::RequestBuilder;
use reqwest::header::{DATE, HeaderMap, RETRY_AFTER};
use tokio::time::Instant;

use super::super::auth::Token;
use super::super::error::{Error, WEB_PAGE};
use super::super::mask;
use super::body::{Body, Unsound};

/// The most that is read of an answer that tells of a failure, in bytes: more is no message.
const LONGEST_FAILURE: usize = 64 << 10;

/// The least that must come of a body in the time `slowest`, in bytes, decompressed: a kilobyte a second.
const LEAST: usize = 60 << 10;

/// What the server said.
#[derive(Debug)]
pub(super) struct Answer {
    pub status: u16,
    retry_after: Option<Duration>,
    /// How far our clock is ahead of the server's, which tells whole seconds.
    pub ahead: Option<TimeDelta>,
    /// Without secrets where the status tells of a failure.
    pub body: Vec<u8>,
    end: End,
}

/// How far the body was read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum End {
    Whole,
    TooLong,
    TooSlow,
    /// It is no gzip, though it says so.
    NoGzip,
    /// It is no gzip any more, or not all of it.
    Unsound,
}

impl Answer {
    /// Sends the request and reads the answer to its end, or as far as memory is allowed to grow, or until it
    /// comes too slowly. A body that is cut is an error. `room` is memory for it.
    pub(super) async fn fetch(
        request: RequestBuilder,
        token: Option<&Token>,
        room: Vec<u8>,
        longest: usize,
        slowest: Duration,
    ) -> Result<Self, reqwest::Error> {
        let mut response = request.send().await?;
        let status = response.status();
        let now = crate::when::now();
        let retry_after = retry_after(response.headers(), now);
        let date = response.headers().get(DATE).and_then(|date| date.to_str().ok());
        let date = date.and_then(|date| DateTime::parse_from_rfc2822(date.trim()).ok());
        let ahead = date.map(|date| now - date.with_timezone(&Utc));
        let mut body = Body::new(response.headers(), room);
        let mut end = End::Whole;
        let (mut since, mut read) = (Instant::now(), 0);
        let longest = if status.is_success() { longest } else { LONGEST_FAILURE };
        while let Some(piece) = response.chunk().await? {
            match body.take(&piece, longest) {
                Ok(true) => {}
                Ok(false) => end = End::TooLong,
                Err(Unsound) if body.bytes.is_empty() => end = End::NoGzip,
                Err(Unsound) => end = End::Unsound,
            }
            if end != End::Whole {
                break;
            }
            // Each piece renews the client's own time limit, be it one byte.
            if body.bytes.len() >= read + LEAST {
                (since, read) = (Instant::now(), body.bytes.len());
            } else if since.elapsed() > slowest {
                end = End::TooSlow;
                break;
            }
        }
        if end == End::Whole && !body.is_whole() {
            end = End::Unsound;
        }
        let mut body = body.bytes;
        if !status.is_success() {
            body = mask::secrets(&String::from_utf8_lossy(&body), token.map(Token::text).as_slice()).into_bytes();
        }
        Ok(Answer { status: status.as_u16(), retry_after, ahead, body, end })
    }

    pub(super) fn is_success(&self) -> bool {
        (200..300).contains(&self.status)
    }

    /// The body where it is a JSON object, else the error that the answer tells.
    pub(super) fn judge(self) -> Result<Vec<u8>, Error> {
        if !self.is_success() {
            return Err(Error::from_answer(self.status, self.retry_after, &self.body));
        }
        match self.end {
            End::Whole => {}
            End::TooLong => {
                let message = format!("BigQuery's answer is too long: more than {} bytes", self.body.len());
                return Err(Error::Api { status: self.status, reason: None, message, retry_after: None });
            }
            End::TooSlow => return Err(Error::Transport("BigQuery's answer comes too slowly".to_owned())),
            // A proxy has unpacked it, maybe, and will again.
            End::NoGzip => {
                let message = "BigQuery's answer makes no sense: it says that it is gzip, and is not";
                return Err(Error::Strange(message.to_owned()));
            }
            End::Unsound => return Err(Error::Transport("BigQuery's answer is no whole gzip".to_owned())),
        }
        // Over HTTP/1 without a length the end of the connection is the end of the body: what was cut
        // there, or comes from a login page on the way, shows only here.
        let body = self.body.trim_ascii();
        if body.starts_with(b"<") {
            return Err(Error::Transport(WEB_PAGE.to_owned()));
        }
        // No part of an object begins so: another attempt would not mend it.
        if !(body.is_empty() || body.starts_with(b"{")) {
            return Err(Error::Strange("BigQuery's answer makes no sense: it is no JSON object".to_owned()));
        }
        if !body.ends_with(b"}") {
            return Err(Error::Transport("BigQuery's answer is no whole JSON object".to_owned()));
        }
        if body[1..].trim_ascii_start().starts_with(b"\"error\"") {
            return Err(Error::from_answer(self.status, self.retry_after, &body[..body.len().min(LONGEST_FAILURE)]));
        }
        Ok(self.body)
    }
}

/// `Retry-After`: seconds or a date. <https://www.rfc-editor.org/rfc/rfc9110#field.retry-after>
fn retry_after(headers: &HeaderMap, now: DateTime<Utc>) -> Option<Duration> {
    let text = headers.get(RETRY_AFTER)?.to_str().ok()?.trim();
    match text.parse() {
        Ok(seconds) => Some(Duration::from_secs(seconds)),
        Err(_) => (DateTime::parse_from_rfc2822(text).ok()?.with_timezone(&Utc) - now).to_std().ok(),
    }
}

#[cfg(test)]
mod tests {
    use chrono::TimeZone;
    use reqwest::header::HeaderValue;

    use super::*;

    #[test]
    fn retry_after_is_read_as_seconds_and_as_a_date() {
        let now = Utc.with_ymd_and_hms(2026, 11, 21, 10, 0, 0).unwrap();
        let cases = [
            ("0", Some(0)),
            (" 120 ", Some(120)),
            ("Sat, 21 Nov 2026 10:00:30 GMT", Some(30)),
            ("Sat, 21 Nov 2026 09:59:30 GMT", None),
            ("-1", None),
            ("1.5", None),
            ("99999999999999999999", None),
            ("soon", None),
        ];
        for (text, seconds) in cases {
            let headers = HeaderMap::from_iter([(RETRY_AFTER, HeaderValue::from_static(text))]);
            assert_eq!(retry_after(&headers, now), seconds.map(Duration::from_secs), "{text}");
        }
        assert_eq!(retry_after(&HeaderMap::new(), now), None);
    }
}
