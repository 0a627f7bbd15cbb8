//! Rows -> entries, whichever way they came: several pages or batches at a time, in threads of their own, and back
//! in their order; then into the cache, and on to whoever reads.

use std::collections::VecDeque;
use std::ops::ControlFlow;
use std::sync::Arc;

use tokio::task::{JoinError, JoinHandle, spawn_blocking};

use super::different::Different;
use super::{Reader, Trouble};
use crate::entry::Entry;
use crate::entry::stamp::Stamp;
use crate::entry::text::Text;
use crate::index::Sight;
use crate::size;
use crate::source::bigquery::error::Error;
use crate::source::bigquery::row::{Lines, Page};
use crate::source::bigquery::sql::{COUNTED, Cell, Out};
use crate::source::bigquery::storage::Batch;
use crate::source::cache;
use crate::source::intake::{Intake, Taken};
use crate::source::{Block, Event};

/// So many pages or batches are made into entries at a time. More would wait for whoever sorts them.
pub(in crate::source::bigquery) const MAKERS: usize = 2;

/// Some rows, as they came.
pub(super) enum Rows {
    /// Of a result.
    Page(Page),
    /// Of a result.
    Result(Batch, Arc<[Option<Cell>]>),
    /// Of a table: some are among them that nobody wants.
    Table(Batch, Arc<[Option<Cell>]>),
}

/// Makes entries of the rows of one slice.
pub(super) struct Makers {
    columns: Vec<Out>,
    /// Those that have nothing to do.
    idle: Vec<Maker>,
    /// In the order of the rows.
    at_work: VecDeque<JoinHandle<Made>>,
    /// What was taken of them goes into the cache as well.
    is_kept: bool,
    /// Twins are counted.
    is_limited: bool,
}

struct Maker {
    lines: Lines,
    intake: Intake,
}

/// What became of some rows.
struct Made {
    maker: Maker,
    blocks: Vec<Block>,
    kept: Option<cache::Rows>,
    different: Option<Different>,
    count: Count,
    /// Rows without a time.
    timeless: u64,
    /// Of the page, which nobody needs any more.
    body: Option<Vec<u8>>,
    read: Result<(), Error>,
}

/// How much was made into entries.
#[derive(Clone, Copy, Debug)]
pub(super) struct Count {
    pub rows: u64,
    /// As they travelled, or of a page: its body.
    pub bytes: u64,
}

impl Makers {
    /// `is_limited` where the rows come in an order, and their twins are to be [counted](Reader::made).
    pub(super) fn new(columns: &[Out], is_kept: bool, is_limited: bool) -> Self {
        Makers { columns: columns.to_vec(), idle: Vec::new(), at_work: VecDeque::new(), is_kept, is_limited }
    }

    /// True where nobody has time for more rows.
    pub(super) fn are_busy(&self) -> bool {
        self.at_work.len() >= MAKERS
    }

    pub(super) fn are_idle(&self) -> bool {
        self.at_work.is_empty()
    }

    /// Begins with the next rows of the slice, as it is taken by `intake`.
    pub(super) fn begin(&mut self, intake: &Intake, rows: Rows) {
        let maker = self.idle.pop();
        let maker = maker.unwrap_or_else(|| Maker { lines: Lines::new(&self.columns), intake: intake.fork() });
        let (is_kept, is_limited) = (self.is_kept, self.is_limited);
        self.at_work.push_back(spawn_blocking(move || maker.make(rows, is_kept, is_limited)));
    }

    /// What became of those rows that came first; `None` where nobody is at work. Who gives up waiting loses nothing.
    async fn next(&mut self) -> Option<Result<Made, JoinError>> {
        let made = self.at_work.front_mut()?.await;
        self.at_work.pop_front();
        Some(made)
    }
}

impl Maker {
    fn make(mut self, rows: Rows, is_kept: bool, is_limited: bool) -> Made {
        let mut kept = is_kept.then(cache::Rows::default);
        let mut different = is_limited.then(Different::default);
        let (mut blocks, mut count, mut timeless) = (Vec::new(), 0, 0);
        let is_raw = matches!(rows, Rows::Table(..));
        let Maker { lines, intake } = &mut self;
        let see = |entry: &Entry| {
            count += 1;
            if let Some(different) = &mut different {
                different.note(entry);
            }
            let taken = match intake.reading.columns {
                Some(_) => intake.take(entry),
                None => match sight(entry) {
                    Some(sight) => {
                        intake.count(entry, sight);
                        Taken::Wanted
                    }
                    None => Taken::Timeless,
                },
            };
            timeless += u64::from(taken == Taken::Timeless);
            if (taken == Taken::Wanted || !is_raw)
                && let Some(kept) = &mut kept
            {
                kept.push(entry.line());
            }
            blocks.extend(intake.full());
            ControlFlow::Continue(())
        };
        let (read, bytes) = match &rows {
            Rows::Page(page) => (lines.read(page, see), page.bytes().len() as u64),
            Rows::Result(batch, cells) | Rows::Table(batch, cells) => {
                (lines.read_batch(&batch.rows, cells, see), batch.bytes)
            }
        };
        intake.tally.mended += std::mem::take(&mut lines.mended);
        let count = Count { rows: count, bytes };
        let body = match rows {
            Rows::Page(page) => Some(page.into_bytes()),
            Rows::Result(..) | Rows::Table(..) => None,
        };
        Made { read: read.map(drop), maker: self, blocks, kept, different, count, timeless, body }
    }
}

impl<S: FnMut(Event) -> ControlFlow<()>> Reader<S> {
    /// Waits for those rows that came first, and sends what became of them. `different` counts on.
    pub(super) async fn made(&mut self, makers: &mut Makers, different: &mut Different) -> Result<Count, Trouble> {
        let Some(made) = self.unless_over(makers.next()).await.ok_or(Trouble::Unwanted)? else {
            return Ok(Count { rows: 0, bytes: 0 });
        };
        let odd = |_| Error::Strange("reading rows has failed: an answer makes no sense".to_owned());
        let Made { mut maker, blocks, kept, different: more, count, timeless, body, read } = made.map_err(odd)?;
        body.into_iter().for_each(|body| self.opened.office.rest.reuse(body));
        let flow = self.intake.join(&mut maker.intake, blocks, &mut self.way.send);
        read?;
        if flow.is_break() {
            return Err(Trouble::Unwanted);
        }
        if timeless > 0 {
            let rows = size::plural(timeless, "row");
            return Err(Error::Strange(format!("{rows} without a time")).into());
        }
        more.into_iter().for_each(|more| different.join(more));
        kept.into_iter().for_each(|rows| self.put_by(rows));
        makers.idle.push(maker);
        Ok(count)
    }

    /// Writes rows into the cache, while that goes well.
    fn put_by(&mut self, rows: cache::Rows) {
        let (Some(writer), Some(cache)) = (&mut self.writer, self.opened.cache()) else { return };
        if let Err(error) = writer.append(&rows).and_then(|()| cache.make_room_for(writer)) {
            self.writer = None;
            self.tell_unkept(&error);
        }
    }
}

/// What a row says that stands for several entries.
fn sight(entry: &Entry) -> Option<Sight> {
    let [last, entries] = COUNTED.map(|name| entry.column(name).and_then(Text::of_value));
    let (first, _) = entry.stamp()?;
    let (last, _) = Stamp::parse(&last?.to_cow())?;
    Some(Sight { first, last, entries: entries?.to_cow().parse().ok()? })
}
