//! All streams of sessions at a time.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::mpsc;
use tokio::task::JoinSet;

use super::super::error::Error;
use super::intake::Room;
use super::share::Shares;
use super::stream::Stream;
use super::{Batch, Inner, Session};

/// The rows of several sessions, in no order but that of each stream, each once.
#[derive(Debug)]
pub(crate) struct Batches {
    batches: mpsc::Receiver<Result<Batch, Error>>,
    /// Empty after the end. Their calls end with them.
    workers: JoinSet<()>,
    shares: Arc<Shares>,
    has_answered: Arc<AtomicBool>,
}

/// What all workers share.
pub(super) struct Work {
    pub inner: Arc<Inner>,
    /// For messages that arrive, and for batches.
    pub arriving: Room,
    pub waiting: Room,
    pub shares: Arc<Shares>,
    /// The server has begun to answer one of the streams.
    pub has_answered: Arc<AtomicBool>,
    pub batches: mpsc::Sender<Result<Batch, Error>>,
    streams: Mutex<VecDeque<Stream>>,
}

impl Batches {
    pub(super) fn begin(inner: &Arc<Inner>, sessions: &[Session]) -> Self {
        let named = sessions.iter().enumerate().flat_map(|(session, told)| {
            told.streams.iter().map(move |name| Stream {
                session,
                number: 0,
                name: name.clone(),
                // Of a session with several streams, nobody knows how many rows each has.
                rows: told.rows.filter(|_| told.streams.len() == 1),
                schema: told.schema.clone(),
            })
        });
        let streams: VecDeque<Stream> = named.enumerate().map(|(number, stream)| Stream { number, ..stream }).collect();
        let parallel = inner.limits.parallel.min(streams.len());
        let shares = Arc::new(Shares::of(streams.len()));
        let has_answered = Arc::new(AtomicBool::new(false));
        let (sender, batches) = mpsc::channel(2 * parallel.max(1));
        let work = Arc::new(Work {
            inner: Arc::clone(inner),
            arriving: Room::of(inner.limits.arriving),
            waiting: Room::of(inner.limits.waiting),
            shares: Arc::clone(&shares),
            has_answered: Arc::clone(&has_answered),
            batches: sender,
            streams: Mutex::new(streams),
        });
        let mut workers = JoinSet::new();
        for _ in 0..parallel {
            let work = Arc::clone(&work);
            workers.spawn(async move { work.run().await });
        }
        Batches { batches, workers, shares, has_answered }
    }

    /// The next rows, `None` at the end. After an error there is nothing more. What is dropped before it is ready has
    /// lost nothing.
    pub(crate) async fn next(&mut self) -> Result<Option<Batch>, Error> {
        let error = match self.batches.recv().await {
            Some(Ok(batch)) => return Ok(Some(batch)),
            Some(Err(error)) => error,
            None => loop {
                match self.workers.join_next().await {
                    Some(Ok(())) => {}
                    Some(Err(_)) => break Error::Strange("reading rows has failed: an answer makes no sense".into()),
                    None => return Ok(None),
                }
            },
        };
        self.batches.close();
        while self.batches.try_recv().is_ok() {}
        self.workers.shutdown().await;
        Err(error)
    }

    /// True where the server has begun to answer, whether or not with rows: what it reads for that is billed.
    pub(crate) fn has_answered(&self) -> bool {
        self.has_answered.load(Ordering::Relaxed)
    }

    /// How many batches wait to be taken.
    #[cfg(test)]
    pub(super) fn ready(&self) -> usize {
        self.batches.len()
    }

    /// How much of all is read, from 0 to 1; as the server says it, else by rows where their number is known.
    pub(crate) fn share(&self) -> f64 {
        self.shares.mean()
    }
}

impl Work {
    /// Reads one stream after the other, until there is none left, somebody has failed, or nobody listens.
    async fn run(&self) {
        while let Some(stream) = self.next() {
            if let Err(error) = stream.read(self).await {
                let _ = self.batches.send(Err(error)).await;
                return;
            }
            if self.batches.is_closed() {
                return;
            }
            self.shares.reach(stream.number, 1.0);
        }
    }

    fn next(&self) -> Option<Stream> {
        self.streams.lock().unwrap_or_else(PoisonError::into_inner).pop_front()
    }
}
