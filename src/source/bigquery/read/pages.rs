//! The pages of a result: one is fetched while another is turned into entries.

use std::ops::ControlFlow;

use super::rows::Rows;
use super::{Reader, Trouble};
use crate::entry::Entry;
use crate::entry::stamp::Stamp;
use crate::source::Event;
use crate::source::bigquery::error::Error;
use crate::source::bigquery::job::Job;
use crate::source::bigquery::row::{Lines, Page};
use crate::source::bigquery::sql::Statement;

/// So many pages without a row are believed; BigQuery may send some while it has more.
const EMPTY_PAGES: u32 = 100;

impl<S: FnMut(Event) -> ControlFlow<()>> Reader<S> {
    /// Sends the rows of all pages; one page is fetched while another is turned into entries. Gives
    /// the number of rows, and of a query with a LIMIT how many are no twins of their neighbour.
    pub(super) async fn pages(
        &mut self,
        job: &Job,
        mut page: Page,
        statement: &Statement,
    ) -> Result<(u64, u64), Trouble> {
        let total = page.head.total_rows;
        let mut rows = 0;
        let mut different = statement.limit.map(|_| Different::default());
        let (mut empty_pages, mut before) = (0, None);
        let mut lines = Lines::new(&statement.columns);
        self.intake.reading.select = statement.local.clone();
        loop {
            let ahead = page.head.page_token.clone().map(|token| {
                let job = job.clone();
                Ahead(tokio::spawn(async move { job.page(&token).await }))
            });
            let count = self.rows(Rows::Page(&page), &mut lines, &mut different)?;
            rows += count;
            let bytes = page.bytes().len() as u64;
            self.opened.screen.show(&self.progress.page(count, bytes, rows, total.unwrap_or(rows)));
            if total.is_some_and(|total| rows > total) {
                break;
            }
            let Some(mut ahead) = ahead else { break };
            if before == page.head.page_token {
                return Err(Error::Strange("BigQuery sends the same page again and again".to_owned()).into());
            }
            before = page.head.page_token.take();
            empty_pages = if count == 0 { empty_pages + 1 } else { 0 };
            if empty_pages > EMPTY_PAGES {
                return Err(Error::Strange("BigQuery sends nothing but empty pages".to_owned()).into());
            }
            page = match self.unless_over(&mut ahead.0).await {
                Some(Ok(next)) => next?,
                Some(Err(broken)) => return Err(Error::Transport(broken.to_string()).into()),
                None => return Err(Trouble::Unwanted),
            };
        }
        self.intake.tally.mended += lines.mended;
        match total.filter(|total| *total != rows) {
            Some(total) => Err(Error::Strange(format!("BigQuery announced {total} rows and sent {rows}")).into()),
            None => Ok((rows, different.map_or(rows, |different| different.count))),
        }
    }
}

/// A page that is being fetched; given up where nobody waits for it any more.
struct Ahead(tokio::task::JoinHandle<Result<Page, Error>>);

impl Drop for Ahead {
    fn drop(&mut self) {
        self.0.abort();
    }
}

/// Counts rows in order of time and insertId, twins once.
#[derive(Default)]
pub(super) struct Different {
    count: u64,
    stamp: Option<Stamp>,
    insert_id: Vec<u8>,
    /// Room for the id of the row at hand.
    next: Vec<u8>,
}

impl Different {
    pub(super) fn note(&mut self, entry: &Entry) {
        let stamp = entry.stamp().map(|(stamp, _)| stamp);
        self.next.clear();
        if let Some(id) = entry.insert_id() {
            id.push_to(&mut self.next);
        }
        if self.next.is_empty() || stamp != self.stamp || self.next != self.insert_id {
            self.count += 1;
            self.stamp = stamp;
            std::mem::swap(&mut self.insert_id, &mut self.next);
        }
    }
}
