//! A slice straight from its tables: all streams of a session for each, at one time.

use std::ops::ControlFlow;
use std::sync::Arc;

use chrono::{DateTime, Utc};

use super::different::Different;
use super::rows::{Makers, Rows};
use super::{Reader, Trouble};
use crate::source::Event;
use crate::source::bigquery::open::Part;
use crate::source::bigquery::price::Bytes;
use crate::source::bigquery::sessions::Ready;
use crate::source::bigquery::sql::{Cell, Scanned};
use crate::source::bigquery::storage::Batches;

/// So often sessions that expired while they were read are begun again.
const REOPENED: u32 = 3;

impl<S: FnMut(Event) -> ControlFlow<()>> Reader<S> {
    /// Sends the rows of a slice. They are written to be kept if they may be. Gives the time at which the tables were
    /// so. Fails where more would be billed than may be.
    pub(super) async fn straight(
        &mut self,
        part: &Part,
        scanned: &Scanned,
        may_be_kept: bool,
    ) -> Result<DateTime<Utc>, Trouble> {
        let mut ready = self.unless_over(self.opened.ready(part)).await.ok_or(Trouble::Unwanted)??;
        let mut reopened = 0;
        loop {
            self.check_price(&ready).await?;
            self.writer = if may_be_kept { self.begin_to_keep() } else { None };
            match self.scanned(scanned, &ready).await {
                Ok(()) => return Ok(ready.snapshot),
                Err(Trouble::Failed(error)) if error.is_expired() && reopened < REOPENED => {
                    reopened += 1;
                    self.tell(|| format!("the sessions have expired ({error}); beginning the slice again"));
                    self.start_over()?;
                    let again = self.opened.sessions(scanned, ready.snapshot);
                    ready = self.unless_over(again).await.ok_or(Trouble::Unwanted)??;
                }
                Err(trouble) => return Err(trouble),
            }
        }
    }

    /// Refuses to read more than may be billed.
    async fn check_price(&self, ready: &Ready) -> Result<(), Trouble> {
        let bytes = ready.bytes();
        if self.most().is_none_or(|most| bytes <= most) {
            return Ok(());
        }
        let refused = match self.unless_over(self.opened.check_price(self.billed())).await {
            None => return Err(Trouble::Unwanted),
            Some(Err(refused)) => refused,
            // It was read before, and has to be read again.
            Some(Ok(())) => {
                let bytes = Bytes { queried: 0, straight: bytes };
                self.opened.refused(bytes, self.billed().all().saturating_add(bytes.straight), self.billed())
            }
        };
        Err(Trouble::Ended(Box::new(refused)))
    }

    /// Sends the rows of all sessions of a slice.
    async fn scanned(&mut self, scanned: &Scanned, ready: &Ready) -> Result<(), Trouble> {
        let Some(storage) = self.opened.gate.storage.clone() else { return Ok(()) };
        let mut batches = storage.read(&ready.sessions);
        let ended = self.batches(scanned, &mut batches).await;
        // Whatever breaks off may be billed in full; and as much is where the restriction leaves no row.
        if ended.is_ok() || batches.has_answered() {
            self.spent.is_estimate |= ready.bytes() > 0;
            self.spent.scanned = self.spent.scanned.saturating_add(ready.bytes());
        }
        ended
    }

    async fn batches(&mut self, scanned: &Scanned, batches: &mut Batches) -> Result<(), Trouble> {
        let cells: Vec<Arc<[Option<Cell>]>> = scanned.tables.iter().map(|scan| scan.cells.clone().into()).collect();
        self.intake.reading.select = scanned.local.clone();
        let mut makers = Makers::new(&scanned.columns, self.writer.is_some(), false);
        self.opened.screen.show(&self.progress.batch(0, 0, 0.0));
        let mut is_ended = false;
        while !is_ended || !makers.are_idle() {
            if is_ended || makers.are_busy() {
                let count = self.made(&mut makers, &mut Different::default()).await?;
                self.opened.screen.show(&self.progress.batch(count.rows, count.bytes, batches.share()));
                continue;
            }
            match self.unless_over(batches.next()).await.ok_or(Trouble::Unwanted)?? {
                Some(batch) => {
                    let cells = cells.get(batch.session).cloned().unwrap_or_default();
                    makers.begin(&self.intake, Rows::Table(batch, cells));
                }
                None => is_ended = true,
            }
        }
        Ok(())
    }
}
