//! The pages of a result: one is fetched while others are turned into entries.

use std::ops::ControlFlow;

use super::different::Different;
use super::rows::{Makers, Rows};
use super::{Reader, Trouble};
use crate::source::Event;
use crate::source::bigquery::error::Error;
use crate::source::bigquery::job::Job;
use crate::source::bigquery::row::Page;
use crate::source::bigquery::sql::Statement;

/// So many pages without a row are believed; BigQuery may send some while it has more.
const EMPTY_PAGES: u32 = 100;

impl<S: FnMut(Event) -> ControlFlow<()>> Reader<S> {
    /// Sends the rows of all pages. Gives their number, and of a query with a LIMIT how many are no twins of their
    /// neighbour.
    pub(super) async fn pages(&mut self, job: &Job, page: Page, statement: &Statement) -> Result<(u64, u64), Trouble> {
        let total = page.head.total_rows;
        let is_limited = statement.limit.is_some();
        let mut makers = Makers::new(&statement.columns, self.writer.is_some(), is_limited);
        let mut different = Different::default();
        self.intake.reading.select = statement.local.clone();
        let mut rows = 0;
        let (mut empty_pages, mut before) = (0, None);
        let mut next = Some(page);
        let mut ahead = None;
        loop {
            if let Some(mut page) = next.take() {
                let token = page.head.page_token.take();
                if token.is_some() && before == token {
                    return Err(Error::Strange("BigQuery sends the same page again and again".to_owned()).into());
                }
                empty_pages = if page.is_empty() { empty_pages + 1 } else { 0 };
                if empty_pages > EMPTY_PAGES {
                    return Err(Error::Strange("BigQuery sends nothing but empty pages".to_owned()).into());
                }
                ahead = token.clone().map(|token| {
                    let job = job.clone();
                    Ahead(tokio::spawn(async move { job.page(&token).await }))
                });
                before = token;
                makers.begin(&self.intake, Rows::Page(page));
            }
            match &mut ahead {
                Some(fetched) if !makers.are_busy() => {
                    next = match self.unless_over(&mut fetched.0).await {
                        Some(Ok(page)) => Some(page?),
                        Some(Err(broken)) => return Err(Error::Transport(broken.to_string()).into()),
                        None => return Err(Trouble::Unwanted),
                    };
                }
                _ if makers.are_idle() => break,
                _ => {
                    let count = self.made(&mut makers, &mut different).await?;
                    rows += count.rows;
                    let total = total.unwrap_or(rows);
                    self.opened.screen.show(&self.progress.page(count.rows, count.bytes, rows, total));
                    if rows > total {
                        break;
                    }
                }
            }
        }
        match total.filter(|total| *total != rows) {
            Some(total) => Err(Error::Strange(format!("BigQuery announced {total} rows and sent {rows}")).into()),
            None => Ok((rows, if is_limited { different.count } else { rows })),
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
