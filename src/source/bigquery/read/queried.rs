//! A slice by query: jobs that are started, awaited, and started anew where BigQuery broke them.

use std::ops::ControlFlow;
use std::time::Duration;

use tokio::time::{Instant, timeout};

use super::{COSTING, LAST_WORD, NEW_JOBS, Reader, Trouble};
use crate::source::bigquery::error::Error;
use crate::source::bigquery::job::{Cost, Job};
use crate::source::bigquery::open::Part;
use crate::source::bigquery::retry::{self, Pace, Verdict, verdict};
use crate::source::bigquery::row::{Head, Page};
use crate::source::bigquery::sql::Statement;
use crate::source::{Cut, Event};

/// A job that has come to its end.
pub(super) struct Ran {
    pub job: Job,
    pub head: Head,
}

/// Whether a job gave all that was wanted of it.
enum Whole {
    Yes,
    /// There may be more behind the query's LIMIT.
    Cut,
}

impl<S: FnMut(Event) -> ControlFlow<()>> Reader<S> {
    /// Asks BigQuery for a slice, with as many jobs as it takes. Its rows are written to be kept if they may be.
    pub(super) async fn asked(&mut self, part: &Part, may_be_kept: bool) -> Result<Ran, Trouble> {
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
    pub(super) async fn finished(
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
        let sent = match self.result(&job, &page, statement).await {
            Ok(Some(rows)) => Ok((rows, rows)),
            Ok(None) => self.pages(&job, page, statement).await,
            Err(trouble) => Err(trouble),
        };
        let (rows, different) = match sent {
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

    /// Finds out what a job cost, if BigQuery tells it soon.
    pub(super) async fn pay(&mut self, ran: Ran) {
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
