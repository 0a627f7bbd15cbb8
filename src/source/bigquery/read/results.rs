//! A large result by gRPC: all of it from its first row, in one stream of the job's own, else straight from the
//! table that holds it. Its first page, which REST has brought along, is then not read: rows that come by
//! different ways are in no common order.

use std::ops::ControlFlow;
use std::sync::Arc;

use super::different::Different;
use super::rows::{Makers, Rows};
use super::{Reader, Trouble};
use crate::source::Event;
use crate::source::bigquery::error::Error;
use crate::source::bigquery::job::Job;
use crate::source::bigquery::row::Page;
use crate::source::bigquery::sql::{Cell, Statement};
use crate::source::bigquery::storage::{Scan, Session, Storage};

/// Results of more than so many pages come by gRPC. A page takes about a second and the first one is there; to
/// begin a stream or a session takes one or two.
const FEW_PAGES: u64 = 4;

/// How large results come, as far as was found out in this run. What failed is not tried again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Results {
    /// By the stream that belongs to a job.
    Job,
    /// By a session on the table that holds the result.
    Table,
    /// By REST.
    Pages,
}

impl<S: FnMut(Event) -> ControlFlow<()>> Reader<S> {
    /// Sends the rows of a job's result, if it is large and gRPC is to be had. Gives their number; `None` where pages
    /// must bring them, and nothing of the slice was sent.
    pub(super) async fn result(
        &mut self,
        job: &Job,
        page: &Page,
        statement: &Statement,
    ) -> Result<Option<u64>, Trouble> {
        // A result with a LIMIT is small, and comes in its order.
        let Some(total) = page.head.total_rows.filter(|_| statement.limit.is_none() && is_large(page)) else {
            return Ok(None);
        };
        let storage = self.opened.gate.storage.clone().filter(|_| !self.opened.gate.is_shut());
        let Some(storage) = storage else { return Ok(None) };
        while self.results != Results::Pages {
            let error = match self.streamed(&storage, job, statement, total).await {
                Ok(()) => return Ok(Some(total)),
                Err(Trouble::Failed(error)) => error,
                Err(trouble) => return Err(trouble),
            };
            // Rows may have been taken, of a batch that breaks off in its middle too.
            let was_kept = self.writer.is_some();
            self.start_over()?;
            self.writer = if was_kept { self.begin_to_keep() } else { None };
            self.go_on(job, &error);
        }
        Ok(None)
    }

    /// Takes the next way, and tells why.
    fn go_on(&mut self, job: &Job, error: &Error) {
        let is_gone = matches!(error, Error::Unreachable(_) | Error::Transport(_) | Error::Auth { .. });
        if self.results == Results::Job && !is_gone {
            self.results = Results::Table;
            return self.tell(|| format!("job {}: its result comes by no stream of its own ({error})", job.id));
        }
        self.results = Results::Pages;
        let remedy = self.opened.remedy(error);
        let what = format!("cannot read the result by gRPC ({error}), and so reads it page by page, more slowly");
        let what = if remedy.is_empty() { what } else { format!("{what}; {}", remedy.trim_end_matches(", ")) };
        // What is merely not offered is no trouble, nor is what was told before.
        if error.is_unoffered() || self.opened.has_given_up() {
            self.tell(|| what);
        } else {
            self.opened.screen.say(&what);
        }
    }

    /// Sends all rows by the way that is left.
    async fn streamed(
        &mut self,
        storage: &Storage,
        job: &Job,
        statement: &Statement,
        total: u64,
    ) -> Result<(), Trouble> {
        let begun = self.unless_over(self.begun(storage, job, total)).await.ok_or(Trouble::Unwanted)?;
        let mut batches = storage.read(&[begun?]);
        let cells: Arc<[Option<Cell>]> = statement.columns.iter().map(|out| Some(Cell::of_result(out))).collect();
        self.intake.reading.select = statement.local.clone();
        let mut makers = Makers::new(&statement.columns, self.writer.is_some(), false);
        let (mut received, mut is_ended) = (0, false);
        while received <= total && !(is_ended && makers.are_idle()) {
            if is_ended || makers.are_busy() {
                let count = self.made(&mut makers, &mut Different::default()).await?;
                received += count.rows;
                self.opened.screen.show(&self.progress.page(count.rows, count.bytes, received, total));
                continue;
            }
            match self.unless_over(self.opened.gate.soon(batches.next())).await.ok_or(Trouble::Unwanted)?? {
                Some(batch) => makers.begin(&self.intake, Rows::Result(batch, Arc::clone(&cells))),
                None => is_ended = true,
            }
        }
        if received != total {
            return Err(Error::Strange(format!("BigQuery announced {total} rows and sent {received}")).into());
        }
        Ok(())
    }

    async fn begun(&self, storage: &Storage, job: &Job, total: u64) -> Result<Session, Error> {
        match (self.results, job.location()) {
            (Results::Job, Some(location)) => Ok(storage.result(location, &job.id, total)),
            (Results::Job, None) => Err(Error::Strange("BigQuery does not say where the job ran".to_owned())),
            _ => {
                let table = job.destination().await?;
                let scan = Scan { table, fields: Vec::new(), restriction: String::new(), snapshot: None };
                self.opened.gate.soon(storage.session(&scan)).await
            }
        }
    }
}

/// True where more pages than a few would have to come.
fn is_large(page: &Page) -> bool {
    let few = || page.row_count().saturating_mul(FEW_PAGES);
    page.head.page_token.is_some() && page.head.total_rows.is_some_and(|total| total > few())
}
