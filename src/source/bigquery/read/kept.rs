//! Slices out of the cache, and into it.

use std::io::ErrorKind;
use std::ops::ControlFlow;

use tokio::time::timeout;

use super::{COSTING, Ran, Reader, STATING, STATING_BYTES, Trouble};
use chrono::{DateTime, Utc};

use crate::entry::Entry;
use crate::entry::scan::Spans;
use crate::source::Event;
use crate::source::bigquery::open::Part;
use crate::source::bigquery::sql::Scanned;
use crate::source::cache::{Kept, Label, Writer};
use crate::source::intake::Taken;
use crate::tool::Failure;

impl<S: FnMut(Event) -> ControlFlow<()>> Reader<S> {
    /// Finds out which slices are kept, and which may be. Breaks off where nothing more is wanted. What is not told
    /// of partitions is no reason to fail: the run goes on without the cache.
    pub(super) async fn take_stock(&mut self) -> Result<ControlFlow<()>, Failure> {
        let mut demand = self.way.demand.clone();
        tokio::select! {
            looked = self.opened.look_at_tables() => looked?,
            _ = demand.wait_for(|demand| demand.is_over) => return Ok(ControlFlow::Break(())),
        }
        match self.look_at_partitions().await {
            Ok(()) => {}
            Err(Trouble::Unwanted) => return Ok(ControlFlow::Break(())),
            Err(Trouble::Failed(error)) => self.opened.no_cache(&error.to_string()),
            Err(Trouble::Ended(failure)) => return Err(*failure),
        }
        self.opened.take_stock();
        let mut demand = self.way.demand.clone();
        tokio::select! {
            () = self.opened.check_access() => self.opened.check_ways().map(ControlFlow::Continue),
            _ = demand.wait_for(|demand| demand.is_over) => Ok(ControlFlow::Break(())),
        }
    }

    /// Asks for the states of partitions, where some slice is worth it.
    async fn look_at_partitions(&mut self) -> Result<(), Trouble> {
        let Some(statement) = self.opened.partitions_to_ask() else { return Ok(()) };
        let Some(spare) = self.unless_over(self.opened.spare(self.billed())).await else {
            return Err(Trouble::Unwanted);
        };
        let Some(spare) = spare else {
            self.tell(|| "partitions are not looked at for the cache: --max-bytes leaves nothing for it".to_owned());
            return Ok(());
        };
        let most = spare.min(STATING_BYTES);
        let (job, page) = self.finished(&statement, Some(most), STATING).await?;
        let states = page.first_row().and_then(|row| row.into_iter().next().flatten());
        self.pay(Ran { job, head: page.head }).await;
        self.opened.states.take_partitions(&states.unwrap_or_default());
        Ok(())
    }

    /// Sends the rows that are kept of a slice; false where they are not sound, and nothing of them counts.
    pub(super) fn kept(&mut self, kept: Kept, number: usize, part: &Part) -> Result<bool, Trouble> {
        let Some(cache) = self.opened.cache().cloned() else { return Ok(false) };
        let window = part.slice.window;
        self.intake.reading.select = part.statement.local.clone();
        let mut spans = Spans::default();
        let mut is_sound = true;
        let (mut count, mut taken) = (0u32, 0);
        let read = cache.read(&kept, |line| {
            // Of a slice that is not wanted any more there may be nothing to send.
            count = count.wrapping_add(1);
            if count.is_multiple_of(1024) && self.way.demand.borrow().is_over {
                return ControlFlow::Break(());
            }
            let Ok(entry) = Entry::parse(line, &mut spans) else {
                is_sound = false;
                return ControlFlow::Break(());
            };
            match entry.stamp() {
                // The query would not have given it.
                Some((stamp, _)) if !window.contains(stamp.secs, stamp.nanos) => return ControlFlow::Continue(()),
                _ => is_sound &= self.intake.take(&entry) != Taken::Timeless,
            }
            taken += 1;
            self.intake.send_full(&mut self.way.send)
        });
        match read {
            Ok(ControlFlow::Continue(())) if is_sound => {
                self.intake.tally.mended += kept.label.mended;
                self.tell(|| {
                    let rows = crate::size::plural(taken, "row");
                    format!("slice {}: from the cache, {rows}", number + 1)
                });
                Ok(true)
            }
            Ok(ControlFlow::Break(())) if is_sound => Err(Trouble::Unwanted),
            Err(error) if error.kind() == ErrorKind::NotFound => {
                self.tell(|| format!("slice {}: what was kept of it {error}", number + 1));
                Ok(false)
            }
            broken => {
                let why = broken.err().map_or("its rows are no entries".to_owned(), |error| error.to_string());
                self.tell(|| format!("slice {}: what was kept of it is damaged ({why}), and removed", number + 1));
                cache.discard(&kept);
                self.start_over().map(|()| false)
            }
        }
    }

    /// Begins to write the rows of a slice that may be kept.
    pub(super) fn begin_to_keep(&mut self) -> Option<Writer> {
        match self.opened.cache()?.begin() {
            Ok(writer) => Some(writer),
            Err(error) => {
                self.tell_unkept(&error);
                None
            }
        }
    }

    /// Whether a slice may be kept that has come whole: only if its rows are the same for everybody who may read the
    /// table, as far as BigQuery says so.
    pub(super) async fn may_keep(&self, ran: &Ran, number: usize) -> Result<bool, Trouble> {
        let told = timeout(COSTING, ran.job.is_unfiltered());
        let is_unfiltered = self.unless_over(told).await.ok_or(Trouble::Unwanted)?;
        if is_unfiltered != Ok(true) {
            self.tell(|| {
                let why = "a policy hides something of its tables, or BigQuery does not say that none does";
                format!("slice {} is not kept in the cache: {why}", number + 1)
            });
        }
        Ok(is_unfiltered == Ok(true))
    }

    /// The same for a slice that was read straight from its tables, as they were at `snapshot`. Nothing says there what
    /// was hidden from whoever asks, so no policy may be on any of them; nor may any have changed between the look at
    /// it and the snapshot.
    pub(super) async fn may_keep_straight(
        &mut self,
        scanned: &Scanned,
        snapshot: DateTime<Utc>,
        number: usize,
    ) -> Result<bool, Trouble> {
        let why = if !self.opened.is_as_looked_at(scanned, snapshot) {
            Some("its tables changed just now")
        } else {
            let told = timeout(COSTING, self.opened.is_open(scanned));
            let is_open = self.unless_over(told).await.ok_or(Trouble::Unwanted)?;
            let unsaid = "BigQuery does not say whether a policy hides something of its tables; --via query keeps it";
            (is_open != Ok(true)).then_some(unsaid)
        };
        if let Some(why) = why {
            self.tell(|| format!("slice {} is not kept in the cache: {why}", number + 1));
        }
        Ok(why.is_none())
    }

    /// Keeps a slice that has come whole.
    pub(super) fn keep(&mut self, label: Option<Label>, number: usize) {
        let (Some(writer), Some(label), Some(cache)) = (self.writer.take(), label, self.opened.cache()) else { return };
        let rows = writer.rows;
        if rows > label.most_rows() {
            // What is on its way into a table changes nothing that could be told later.
            return self.tell(|| {
                let known = crate::size::plural(label.most_rows(), "row");
                format!("slice {} is not kept in the cache: its tables hold {known} yet, and gave {rows}", number + 1)
            });
        }
        match cache.keep(writer, Label { rows, mended: self.intake.tally.mended, ..label }) {
            Ok(()) => self.tell(|| format!("slice {}: kept in the cache", number + 1)),
            Err(error) => self.tell_unkept(&error),
        }
    }

    pub(super) fn tell_unkept(&self, error: &std::io::Error) {
        self.tell(|| format!("a slice is not kept in the cache: {error}"));
    }

    /// Tells those who want to know more.
    pub(super) fn tell(&self, text: impl FnOnce() -> String) {
        if self.opened.options.verbose > 0 {
            self.opened.screen.say(&text());
        }
    }
}
