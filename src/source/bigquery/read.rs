//! Slice after slice: a job for each, its pages turned into blocks; or the rows that are kept of it.

mod kept;
mod pages;
mod refused;

use std::future::Future;
use std::ops::ControlFlow;
use std::thread::JoinHandle;
use std::time::Duration;

use anyhow::anyhow;
use tokio::sync::watch;
use tokio::time::{Instant, timeout};

use super::error::Error;
use super::job::{Cost, Job};
use super::open::{Opened, Part};
use super::progress::Progress;
use super::retry::{self, Pace, Verdict, verdict};
use super::row::{Head, Page};
use super::sql::Statement;
use crate::entry::stamp::Stamp;
use crate::source::cache::Writer;
use crate::source::intake::{Intake, Reading};
use crate::source::{Cut, Demand, Event, Spent};
use crate::tool::Failure;

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
        let intake = Intake::new(way.reading.clone());
        let (progress, spent) = Default::default();
        let mut reader = Reader { opened, way, intake, progress, spent, writer: None };
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
            self.unless_over(self.opened.check_price(self.spent.billed)).await
        } else {
            // One query alone is bounded by BigQuery itself, without another round trip.
            Some(Ok(()))
        };
        match checked {
            Some(checked) => checked?,
            None => return Ok(()),
        }
        let mut is_renewed = self.opened.options.refresh || !self.opened.found.is_remembered;
        let (mut number, mut ended) = (0, 0);
        while let Some(part) = self.opened.parts.get(number).cloned() {
            if self.until_wanted(ended).await.is_break() {
                return Ok(());
            }
            self.opened.screen.show(&self.progress.slice(number, self.opened.parts.len()));
            match self.slice(number, &part).await {
                Ok(ran) => {
                    (number, ended) = (number + 1, ended + 1);
                    self.spent.slices += 1;
                    self.spent.kept += u64::from(ran.is_none());
                    let is_over = self.end_slice(number).is_break();
                    if let Some(ran) = ran {
                        self.pay(ran).await;
                    }
                    if is_over {
                        return Ok(());
                    }
                }
                Err(Trouble::Unwanted) => return Ok(()),
                Err(Trouble::Failed(error)) if !is_renewed && error.is_stale() => {
                    // What was remembered of the tables may no longer be so.
                    is_renewed = true;
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
        let billed = self.spent.billed;
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
        match self.unless_over(self.opened.failure(error, self.spent.billed)).await {
            Some(failure) => failure,
            None => anyhow!("interrupted").into(),
        }
    }

    /// Finds out what a job cost, if BigQuery tells it soon.
    async fn pay(&mut self, ran: Ran) {
        let head = &ran.head;
        let cost = match timeout(COSTING, ran.job.cost(head)).await {
            Ok(cost) => cost,
            Err(_) => {
                Cost { billed: None, processed: head.total_bytes_processed.unwrap_or_default(), is_cached: false }
            }
        };
        self.spent.add(cost);
        if self.opened.options.verbose > 0 {
            let said = cost.say(self.opened.options.pricing);
            self.opened.screen.say(&format!("job {}: {said}", ran.job.id));
        }
    }

    /// How many bytes may still be billed.
    fn most(&self) -> Option<u64> {
        self.opened.options.max_bytes.map(|most| most.saturating_sub(self.spent.billed))
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

    /// Reads a slice: the rows that are kept, else those of a job, which are kept from now on where they may be.
    /// Gives the job.
    async fn slice(&mut self, number: usize, part: &Part) -> Result<Option<Ran>, Trouble> {
        let stock = self.opened.stocks.get_mut(number);
        let (kept, label) = stock.map_or((None, None), |stock| (stock.kept.take(), stock.label.take()));
        if let Some(kept) = kept {
            if self.kept(kept, number, part)? {
                return Ok(None);
            }
            self.opened.stocks.get_mut(number).into_iter().for_each(|stock| stock.is_kept = false);
        }
        let ran = self.asked(part, label.is_some()).await?;
        if self.writer.is_some() && self.may_keep(&ran, number).await? {
            self.keep(label, number);
        }
        self.writer = None;
        Ok(Some(ran))
    }

    /// Asks BigQuery for a slice, with as many jobs as it takes. Its rows are written to be kept if they may be.
    async fn asked(&mut self, part: &Part, may_be_kept: bool) -> Result<Ran, Trouble> {
        let mut statement = part.statement.clone();
        let mut broken = 0;
        loop {
            self.writer = if may_be_kept { self.begin_to_keep() } else { None };
            match self.job(&statement).await {
                Ok((ran, Whole::Yes)) => return Ok(ran),
                Ok((ran, Whole::Cut)) => {
                    // Twins took the place of entries: ask for more rows.
                    let more = statement.limit.map(|most| most.saturating_mul(4));
                    let Some(larger) = more.and_then(|more| self.opened.limited(part, more)) else { return Ok(ran) };
                    self.pay(ran).await;
                    statement = larger;
                }
                Err(Trouble::Failed(error)) if verdict(&error) == Verdict::NewJob && broken < NEW_JOBS => {
                    self.opened.screen.say(&format!("BigQuery broke the job off ({error}); starting it anew"));
                    broken += 1;
                    let pause = tokio::time::sleep(retry::delay(broken, None, retry::chance()));
                    self.unless_over(pause).await.ok_or(Trouble::Unwanted)?;
                }
                Err(trouble) => return Err(trouble),
            }
            self.start_over()?;
        }
    }

    /// Runs a job to its end; gives it with the first page of its result. Fails where more than `most`
    /// bytes would be billed, or where it takes longer than `patience`.
    async fn finished(
        &mut self,
        statement: &Statement,
        most: Option<u64>,
        patience: Duration,
    ) -> Result<(Job, Page), Trouble> {
        let began = Instant::now();
        let (job, mut page) = self.begin(statement, most).await?;
        let mut pace = Pace::default();
        while !page.head.job_complete {
            self.opened.screen.show(&self.progress.waiting());
            match self.unless_over(job.wait(&mut pace)).await {
                Some(Ok(next)) => page = next,
                Some(Err(error)) => {
                    if !error.has_ended_job() {
                        self.cancel(&job, "lost touch, cancelled").await;
                    }
                    return Err(error.into());
                }
                None => {
                    self.cancel(&job, "cancelled").await;
                    return Err(Trouble::Unwanted);
                }
            }
            if !page.head.job_complete && began.elapsed() > patience {
                self.cancel(&job, "took too long, cancelled").await;
                return Err(Error::Transport(format!("job {} takes too long", job.id)).into());
            }
        }
        Ok((job, page))
    }

    /// Runs one job and sends what it gives.
    async fn job(&mut self, statement: &Statement) -> Result<(Ran, Whole), Trouble> {
        let (job, page) = self.finished(statement, self.most(), Duration::MAX).await?;
        let ran = Ran { job: job.clone(), head: page.head.clone() };
        let (rows, different) = match self.pages(&job, page, statement).await {
            Ok(rows) => rows,
            Err(trouble) => {
                // The rows are lost, the money is gone.
                self.pay(ran).await;
                return Err(trouble);
            }
        };
        let wanted = match self.opened.wanted.cut {
            Cut::First(wanted) => wanted,
            _ => 0,
        };
        let is_cut = statement.limit.is_some_and(|limit| rows >= limit && different < wanted);
        Ok((ran, if is_cut { Whole::Cut } else { Whole::Yes }))
    }

    /// Starts a job. Where nothing more is wanted before its id is known, waits for that and cancels it.
    async fn begin(&mut self, statement: &Statement, most: Option<u64>) -> Result<(Job, Page), Trouble> {
        let office = self.opened.office.clone();
        let mut started = std::pin::pin!(office.start(statement, most));
        if let Some(started) = self.unless_over(&mut started).await {
            return Ok(started?);
        }
        match timeout(LAST_WORD, started).await {
            Ok(Ok((job, page))) if !page.head.job_complete => self.cancel(&job, "cancelled").await,
            Ok(_) => {}
            Err(_) => self.opened.screen.error(&format!(
                "BigQuery has not told the name of the job yet, so it cannot be cancelled; `bq ls -j {}` shows whether \
                 it runs",
                self.opened.office.project
            )),
        }
        Err(Trouble::Unwanted)
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

    async fn cancel(&self, job: &Job, why: &str) {
        match job.cancel().await {
            Ok(()) => self.opened.screen.say(&format!("{why} job {}", job.id)),
            Err(error) => self.opened.screen.error(&format!(
                "cannot cancel job {}: {error}; it may run on: bq cancel {}",
                job.id,
                job.full_id()
            )),
        }
    }
}

/// A job that has come to its end.
struct Ran {
    job: Job,
    head: Head,
}

/// Whether a job gave all that was wanted of it.
enum Whole {
    Yes,
    /// There may be more behind the query's LIMIT.
    Cut,
}
