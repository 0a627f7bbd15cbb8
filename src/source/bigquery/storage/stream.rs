//! One stream, resumed where it was cut.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use gcp_bigquery_client::google::cloud::bigquery::storage::v1::read_rows_response::{Rows, Schema};
use gcp_bigquery_client::google::cloud::bigquery::storage::v1::{ReadRowsRequest, ReadRowsResponse};

use tokio::time::Instant;

use super::super::auth::Token;
use super::super::error::Error;
use super::Batch;
use super::decode::Decoder;
use super::intake::Intake;
use super::status::{Doing, Fault};
use super::streams::Work;
use super::tries::Tries;

/// A message of more bytes than this leaves a buffer in tonic that stays as large as it until the call ends: then
/// the call ends, and another one goes on.
const LARGE: usize = 16 << 20;

/// What the progress of a stream must grow by to be a step ahead without rows.
const STEP: f64 = 0.001;

/// A stream that is to be read.
#[derive(Debug)]
pub(super) struct Stream {
    /// Which of the sessions, and which of all streams.
    pub session: usize,
    pub number: usize,
    pub name: String,
    /// How many rows it has, where that is known.
    pub rows: Option<u64>,
    pub schema: Option<Arc<[u8]>>,
}

/// How a call ended that did not fail.
enum End {
    /// The stream has no more rows.
    Whole,
    /// It goes on in another call.
    Further,
    /// Nobody listens any more.
    Unheard,
}

/// How far a stream has come. It lies beside the calls that are made for it.
struct Position<'a> {
    stream: &'a Stream,
    decoder: Decoder,
    /// How many rows were handed on.
    rows: u64,
    /// How many steps ahead there were: rows, or what the server says of its progress.
    steps: u64,
    /// How far the server has come with the stream, from 0 to 1, where it has said so.
    told: Option<f64>,
    /// The same at the last step ahead.
    stepped: f64,
    /// How many rows there were when a call ended well that was asked again.
    ended: Option<u64>,
    /// What the last call was let in with.
    token: Option<Token>,
}

impl Stream {
    /// Hands on all rows. However often it is cut, it is resumed as long as there is a step ahead in between.
    pub(super) async fn read(&self, work: &Work) -> Result<(), Error> {
        let mut decoder = Decoder::new(work.inner.limits.largest);
        if let Some(schema) = &self.schema {
            decoder.learn(schema)?;
        }
        let mut position =
            Position { stream: self, decoder, rows: 0, steps: 0, told: None, stepped: 0.0, ended: None, token: None };
        let mut is_renewed = false;
        let mut tries = Tries::new(&work.inner);
        loop {
            let before = position.steps;
            let end = position.call(work).await;
            if position.steps > before {
                tries.has_moved();
                is_renewed = false;
            }
            match end {
                Ok(End::Whole | End::Unheard) => return Ok(()),
                Err(fault) if fault.is_past_end() && position.is_asked_again() => return Ok(()),
                Ok(End::Further) => {}
                Err(fault) => match position.token.take().filter(|_| fault.is_refusal() && !is_renewed) {
                    Some(refused) => {
                        is_renewed = true;
                        if let Err(error) = work.inner.auth.renew(&refused).await {
                            tries.wait(Fault::of_token(error)).await?;
                        }
                    }
                    None => tries.wait(fault).await?,
                },
            }
        }
    }
}

impl Position<'_> {
    /// One call, from here on. The end of a stream whose rows are all known by then is an end like any other: an
    /// offset of as many rows as it has is answered by nothing.
    async fn call(&mut self, work: &Work) -> Result<End, Fault> {
        let inner = &work.inner;
        let name = &self.stream.name;
        let offset =
            i64::try_from(self.rows).map_err(|_| Fault::lasting(strange("with more rows than there can be")))?;
        let message = ReadRowsRequest { read_stream: name.clone(), offset };
        let intake = Intake::new(&work.arriving, inner.limits.message);
        let answer = inner.call(Doing::Rows, ("read_stream", name), message, |mut client, mut request| {
            request.extensions_mut().insert(intake.clone());
            async move { client.read_rows(request).await }
        });
        self.token = None;
        let (mut messages, token) = answer.await?;
        work.has_answered.store(true, Ordering::Relaxed);
        self.token = token;
        let mut last = Instant::now();
        loop {
            let message = messages.message().await;
            let message = message.map_err(|status| {
                let secret = self.token.as_ref().map(Token::text).unwrap_or_default();
                Fault::of(&status, Doing::Rows, inner.connection.host()).without_secrets(secret)
            })?;
            let Some(message) = message else { return Ok(self.end()) };
            // The message has its room until it is decoded.
            let _room = intake.taken();
            let before = self.steps;
            let (bytes, is_heard) = self.take(work, message).await.map_err(Fault::lasting)?;
            if !is_heard {
                return Ok(End::Unheard);
            }
            if self.steps > before {
                last = Instant::now();
            } else if last.elapsed() > inner.limits.later {
                return Err(Fault::silent(inner.connection.host()));
            }
            if bytes > LARGE {
                return Ok(End::Further);
            }
        }
    }

    /// A call has ended well. Where the server itself has not told of all by then, it is asked once more for what
    /// follows the rows so far; nothing does where its last rows were not among those that were asked for.
    fn end(&mut self) -> End {
        let is_whole = self.told.is_none_or(|told| told >= 1.0) || self.stream.rows == Some(self.rows);
        if is_whole || self.is_asked_again() {
            return End::Whole;
        }
        self.ended = Some(self.rows);
        End::Further
    }

    /// True where a call has ended well here before.
    fn is_asked_again(&self) -> bool {
        self.ended == Some(self.rows)
    }

    /// Hands on the rows of a message. Gives how many bytes they were, and whether somebody has taken them.
    async fn take(&mut self, work: &Work, message: ReadRowsResponse) -> Result<(usize, bool), Error> {
        if let Some(state) = message.throttle_state.filter(|state| state.throttle_percent > 0) {
            self.throttled(work, state.throttle_percent);
        }
        match message.schema {
            Some(Schema::ArrowSchema(schema)) => self.decoder.learn(&schema.serialized_schema)?,
            Some(Schema::AvroSchema(_)) => return Err(strange("in Avro, not in Arrow")),
            None => {}
        }
        let serialized = match message.rows {
            Some(Rows::ArrowRecordBatch(batch)) => batch.serialized_record_batch,
            Some(Rows::AvroRows(_)) => return Err(strange("in Avro, not in Arrow")),
            None => Vec::new(),
        };
        let told = u64::try_from(message.row_count).map_err(|_| strange("with less than no rows"))?;
        let bytes = serialized.len();
        let room = work.waiting.clone().take(self.decoder.size(&serialized)?).await;
        let batches = self.decoder.decode(serialized)?;
        let found = batches.iter().map(|rows| rows.num_rows() as u64).sum::<u64>();
        if found != told {
            return Err(strange(&format!("of {told} rows that has {found}")));
        }
        // The room goes with the last of the batches: nearly always it is the only one.
        let mut rooms = std::iter::repeat_with(|| None).take(batches.len().saturating_sub(1)).chain([room]);
        for rows in batches {
            let count = rows.num_rows() as u64;
            let share = bytes as u64 * count / found.max(1);
            let batch = Batch { rows, session: self.stream.session, bytes: share, _room: rooms.next().flatten() };
            if count > 0 && work.batches.send(Ok(batch)).await.is_err() {
                return Ok((bytes, false));
            }
            self.rows = self.rows.checked_add(count).ok_or_else(|| strange("with more rows than there can be"))?;
        }
        let progress = message.stats.and_then(|stats| stats.progress).map(|progress| progress.at_response_end);
        self.told = progress.or(self.told);
        let by_rows = || Some(self.rows as f64 / self.stream.rows.filter(|&rows| rows > 0)? as f64);
        let share = progress.or_else(by_rows).map_or(0.0, |share| share.min(1.0));
        work.shares.reach(self.stream.number, share);
        if found > 0 || share >= self.stepped + STEP {
            self.steps += 1;
            self.stepped = self.stepped.max(share);
        }
        Ok((bytes, true))
    }

    /// The server slows itself down; there is nothing to do but to say it, once.
    fn throttled(&self, work: &Work, percent: i32) {
        let inner = &work.inner;
        if !inner.is_throttled.swap(true, Ordering::Relaxed)
            && let Some(told) = &inner.told
        {
            told.say(&format!("BigQuery sends more slowly than it could, by {percent} %: many read at a time"));
        }
    }
}

fn strange(what: &str) -> Error {
    Error::Strange(format!("BigQuery sent a message {what}"))
}
