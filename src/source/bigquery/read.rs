//! Slice after slice, turned into blocks: the rows that are kept of it; else those of its tables, read straight;
//! else those of a job's result.
//!
//! | part | what it is for |
//! |---|---|
//! | [`kept`] | out of the cache, and into it |
//! | [`straight`] | straight from the tables |
//! | [`queried`] | jobs |
//! | [`results`] | the result of a job by gRPC |
//! | [`pages`] | the same by REST, page by page |
//! | [`rows`] | rows -> entries, whichever way they came |
//! | [`different`] | rows that are no twins |
//! | [`refused`] | entries that never became rows |

mod different;
mod kept;
mod pages;
mod queried;
mod refused;
mod results;
mod rows;
mod straight;

use std::future::Future;
use std::ops::ControlFlow;
use std::thread::JoinHandle;
use std::time::Duration;

use anyhow::anyhow;
use tokio::sync::watch;

use super::error::Error;
use super::open::{Opened, Part};
use super::price::Bytes;
use super::progress::Progress;
use super::sessions;
use crate::entry::stamp::Stamp;
use crate::source::cache::Writer;
use crate::source::intake::{Intake, Reading};
use crate::source::{Cut, Demand, Event, Spent};
use crate::tool::Failure;
use queried::Ran;
use results::Results;
pub(super) use rows::MAKERS;

/// So often a job that BigQuery itself broke is started anew.
const NEW_JOBS: u32 = 3;

/// How long to wait for the id of a job that is wanted no more, so that it can be cancelled.
const LAST_WORD: Duration = Duration::from_secs(4);

/// How long to wait for the price of a job.
const COSTING: Duration = Duration::from_secs(5);

/// How long asking for the states of partitions may take, and how many bytes.
const STATING: Duration = Duration::from_secs(20);
const STATING_BYTES: u64 = 1 << 30;

/// Why a slice did not come.
enum Trouble {
    Failed(Error),
    /// The run must not go on.
    Ended(Box<Failure>),
    /// Whoever wanted the entries wants no more.
    Unwanted,
}

impl From<Error> for Trouble {
    fn from(error: Error) -> Self {
        Trouble::Failed(error)
    }
}

/// Where the entries go, and what to tell meanwhile.
pub(crate) struct Way<S> {
    pub reading: Reading,
    pub demand: watch::Receiver<Demand>,
    pub send: S,
}

/// Starts reading, in a thread of its own. It ends with what was spent.
pub(crate) fn start<S>(opened: Opened, way: Way<S>) -> std::io::Result<JoinHandle<Spent>>
where
    S: FnMut(Event) -> ControlFlow<()> + Send + 'static,
{
    std::thread::Builder::new().name("source".into()).spawn(move || {
        let handle = opened.runtime.handle().clone();
        // Rows say their resource only where it is asked for, so which ones are meant is told by the tables alone.
        let mut intake = Intake::new(way.reading.clone());
        intake.is_sorted = true;
        let (progress, spent) = Default::default();
        let mut reader =
            Reader { opened, way, intake, progress, spent, is_renewed: false, results: Results::Job, writer: None };
        handle.block_on(async {
            if let Err(failure) = reader.all().await {
                let _ = (reader.way.send)(Event::Failed(failure));
            }
        });
        reader.opened.screen.clear();
        reader.spent
    })
}

struct Reader<S> {
    opened: Opened,
    way: Way<S>,
    intake: Intake,
    progress: Progress,
    spent: Spent,
    /// The tables were looked at in this run; nothing of them is remembered.
    is_renewed: bool,
    /// How large results come.
    results: Results,
    /// What is kept of the slice at hand while it is read.
    writer: Option<Writer>,
}

impl<S: FnMut(Event) -> ControlFlow<()>> Reader<S> {
    /// Reads all slices, or ends early where no more is wanted.
    async fn all(&mut self) -> Result<(), Failure> {
        self.opened.shrink_cache();
        if self.take_stock().await?.is_break() {
            return Ok(());
        }
        let is_told = self.opened.wanted.columns.is_none() && !self.opened.parts.is_empty();
        let checked = if is_told {
            self.unless_over(self.opened.tell_price()).await
        } else if self.opened.parts.len() > 1 {
            self.unless_over(self.opened.check_price(self.billed())).await
        } else {
            // One query alone is bounded by BigQuery itself, without another round trip; what is read straight,
            // when it is begun.
            Some(Ok(()))
        };
        match checked {
            Some(checked) => checked?,
            None => return Ok(()),
        }
        self.is_renewed = self.opened.options.refresh || !self.opened.found.is_remembered;
        let (mut number, mut ended) = (0, 0);
        while let Some(part) = self.opened.parts.get(number).cloned() {
            if self.until_wanted(ended).await.is_break() {
                return Ok(());
            }
            self.opened.screen.show(&self.progress.slice(number, self.opened.parts.len()));
            match self.slice(number, &part).await {
                Ok(came) => {
                    (number, ended) = (number + 1, ended + 1);
                    self.spent.slices += 1;
                    self.spent.kept += u64::from(matches!(came, Came::Kept));
                    self.spent.straight += u64::from(matches!(came, Came::Straight));
                    let is_over = self.end_slice(number).is_break();
                    if let Came::Queried(ran) = came {
                        self.pay(*ran).await;
                    }
                    if is_over {
                        return Ok(());
                    }
                }
                Err(Trouble::Unwanted) => return Ok(()),
                Err(Trouble::Ended(failure)) => return Err(*failure),
                Err(Trouble::Failed(error)) if !self.is_renewed && error.is_stale() => {
                    // What was remembered of the tables may no longer be so.
                    self.is_renewed = true;
                    if self.start_over().is_err() {
                        return Ok(());
                    }
                    if self.renew(&part).await?.is_break() {
                        return Ok(());
                    }
                    number = 0;
                }
                Err(Trouble::Failed(error)) => return Err(self.failure(error).await),
            }
        }
        if self.until_wanted(ended).await.is_continue()
            && let Some(warning) = self.refused().await
        {
            self.opened.screen.error(&warning);
        }
        Ok(())
    }

    /// Looks at the tables anew, for what begins with `part`. Breaks off where nothing more is wanted.
    async fn renew(&mut self, part: &Part) -> Result<ControlFlow<()>, Failure> {
        let mut demand = self.way.demand.clone();
        let billed = self.billed();
        let renewed = tokio::select! {
            renewed = self.opened.renew(part.slice.window.since) => Some(renewed),
            _ = demand.wait_for(|demand| demand.is_over) => None,
        };
        match renewed {
            Some(renewed) => renewed?,
            None => return Ok(ControlFlow::Break(())),
        }
        if self.take_stock().await?.is_break() {
            return Ok(ControlFlow::Break(()));
        }
        let checked = self.unless_over(self.opened.check_price(billed)).await;
        checked.map_or(Ok(ControlFlow::Break(())), |checked| checked.map(ControlFlow::Continue))
    }

    async fn failure(&self, error: Error) -> Failure {
        match self.unless_over(self.opened.failure(error, self.billed())).await {
            Some(failure) => failure,
            None => anyhow!("interrupted").into(),
        }
    }

    /// How many bytes may still be billed.
    fn most(&self) -> Option<u64> {
        self.opened.options.max_bytes.map(|most| most.saturating_sub(self.billed().all()))
    }

    fn billed(&self) -> Bytes {
        self.spent.bytes()
    }

    /// What was sent of the slice is void.
    fn start_over(&mut self) -> Result<(), Trouble> {
        self.writer = None;
        self.intake.forget();
        self.send(Event::Restart)
    }

    /// Waits until the slice `number` may begin; breaks off where nothing more is wanted.
    async fn until_wanted(&mut self, number: usize) -> ControlFlow<()> {
        let wanted = self.way.demand.wait_for(|demand| demand.is_over || demand.slices > number).await;
        match wanted {
            Ok(demand) if !demand.is_over => ControlFlow::Continue(()),
            _ => ControlFlow::Break(()),
        }
    }

    /// Reads a slice: the rows that are kept, else those of its tables or of a job, which are kept from now on where
    /// they may be.
    async fn slice(&mut self, number: usize, part: &Part) -> Result<Came, Trouble> {
        let stock = self.opened.stocks.get_mut(number);
        let (kept, label) = stock.map_or((None, None), |stock| (stock.kept.take(), stock.label.take()));
        if let Some(kept) = kept {
            if self.kept(kept, number, part)? {
                return Ok(Came::Kept);
            }
            self.opened.stocks.get_mut(number).into_iter().for_each(|stock| stock.is_kept = false);
        }
        match self.opened.way(part) {
            Ok(scanned) => {
                let waiting = if self.opened.is_fresh(part) { "some rows may wait" } else { "no rows wait" };
                self.tell(|| format!("slice {}: straight from the tables, for which {waiting}", number + 1));
                // All rows come, whatever is cut of them here.
                let whole = label.as_ref().and_then(|_| self.opened.label(part, Cut::All));
                match self.straight(part, scanned, whole.is_some()).await {
                    Ok(snapshot) => {
                        if self.writer.is_some() && self.may_keep_straight(scanned, snapshot, number).await? {
                            self.keep(whole, number);
                        }
                        self.writer = None;
                        return Ok(Came::Straight);
                    }
                    Err(Trouble::Failed(error)) if error.is_stale() && !self.is_renewed => return Err(error.into()),
                    Err(Trouble::Failed(error)) if self.opened.may_query() => {
                        self.opened.give_up(&error);
                        self.start_over()?;
                    }
                    Err(trouble) => return Err(trouble),
                }
            }
            Err(obstacle) if self.opened.may_query() => {
                if self.opened.wanted.columns.is_some() {
                    self.tell(|| format!("slice {}: by query: {obstacle}", number + 1));
                }
            }
            Err(obstacle) => return Err(Trouble::Ended(Box::new(sessions::unpassable(&obstacle)))),
        }
        let ran = self.asked(part, label.is_some()).await?;
        if self.writer.is_some() && self.may_keep(&ran, number).await? {
            self.keep(label, number);
        }
        self.writer = None;
        Ok(Came::Queried(Box::new(ran)))
    }

    /// Tells that a slice is whole; the next one stands at `number`.
    fn end_slice(&mut self, number: usize) -> ControlFlow<()> {
        let next = self.opened.parts.get(number);
        let limit = next.map(|part| Stamp::of(part.slice.window.since));
        self.intake.end_slice(limit, &mut self.way.send)
    }

    fn send(&mut self, event: Event) -> Result<(), Trouble> {
        if (self.way.send)(event).is_break() { Err(Trouble::Unwanted) } else { Ok(()) }
    }

    /// Awaits `work`, unless it turns out that nothing more is wanted.
    async fn unless_over<T>(&self, work: impl Future<Output = T>) -> Option<T> {
        let mut demand = self.way.demand.clone();
        tokio::select! {
            done = work => Some(done),
            _ = demand.wait_for(|demand| demand.is_over) => None,
        }
    }
}

/// How a slice came.
enum Came {
    Kept,
    Straight,
    Queried(Box<Ran>),
}
