//! Rows -> entries, whichever way they came: into the cache, and on to whoever reads.

use std::ops::ControlFlow;

use arrow_array::RecordBatch;

use super::pages::Different;
use super::{Reader, Trouble};
use crate::entry::Entry;
use crate::entry::stamp::Stamp;
use crate::entry::text::Text;
use crate::index::Sight;
use crate::size;
use crate::source::Event;
use crate::source::bigquery::error::Error;
use crate::source::bigquery::row::{Lines, Page};
use crate::source::bigquery::sql::{COUNTED, Cell};
use crate::source::intake::Taken;

/// Some rows, as they came.
pub(super) enum Rows<'a> {
    /// Of a result.
    Page(&'a Page),
    /// Of a result.
    Result(&'a RecordBatch, &'a [Option<Cell>]),
    /// Of a table: some are among them that nobody wants.
    Table(&'a RecordBatch, &'a [Option<Cell>]),
}

impl<S: FnMut(Event) -> ControlFlow<()>> Reader<S> {
    /// Turns rows into entries. Gives their number.
    pub(super) fn rows(
        &mut self,
        rows: Rows,
        lines: &mut Lines,
        different: &mut Option<Different>,
    ) -> Result<u64, Trouble> {
        let (mut count, mut timeless) = (0, 0);
        let mut not_kept = None;
        let is_raw = matches!(rows, Rows::Table(..));
        let see = |entry: &Entry| {
            count += 1;
            if let Some(different) = &mut *different {
                different.note(entry);
            }
            let taken = match self.intake.reading.columns {
                Some(_) => self.intake.take(entry),
                None => match sight(entry) {
                    Some(sight) => {
                        self.intake.count(entry, sight);
                        Taken::Wanted
                    }
                    None => Taken::Timeless,
                },
            };
            timeless += u64::from(taken == Taken::Timeless);
            if (taken == Taken::Wanted || !is_raw)
                && let Some(writer) = &mut self.writer
                && let Err(error) = writer.push(entry.line())
            {
                self.writer = None;
                not_kept = Some(error);
            }
            self.intake.send_full(&mut self.way.send)
        };
        let flow = match rows {
            Rows::Page(page) => lines.read(page, see),
            Rows::Result(batch, cells) | Rows::Table(batch, cells) => lines.read_batch(batch, cells, see),
        }?;
        let room = self.writer.as_ref().zip(self.opened.cache()).map(|(writer, cache)| cache.make_room_for(writer));
        if let Some(Err(error)) = room {
            self.writer = None;
            not_kept = Some(error);
        }
        if let Some(error) = not_kept {
            self.tell_unkept(&error);
        }
        match (flow, timeless) {
            (ControlFlow::Break(()), _) => Err(Trouble::Unwanted),
            (_, 0) => Ok(count),
            (_, rows) => Err(Error::Strange(format!("{} without a time", size::plural(rows, "row"))).into()),
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
