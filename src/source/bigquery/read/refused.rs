//! How many entries of the window BigQuery refused: counted behind all slices, and kept as they are.

use std::ops::ControlFlow;
use std::time::Duration;

use super::{Ran, Reader, Trouble};
use crate::source::Event;
use crate::source::bigquery::{refused, sql};
use crate::source::cache::{self, Label};

/// How long counting may take, and how many bytes: it reads one small column.
const COUNTING: Duration = Duration::from_secs(20);
const COUNTING_BYTES: u64 = 1 << 30;

impl<S: FnMut(Event) -> ControlFlow<()>> Reader<S> {
    /// What is to be said of the entries that BigQuery refused. `None` for none, and where nobody can tell.
    pub(super) async fn refused(&mut self) -> Option<String> {
        let tables = self.opened.found.export_errors.clone();
        let statement = sql::count(&tables, &self.opened.options.address, self.opened.wanted.window)?;
        let label = self.opened.label_of_refused();
        let kept = label.as_ref().and_then(|label| self.kept_count(label));
        let count = match kept {
            Some(count) => count,
            None => {
                let left = self.most().unwrap_or(u64::MAX);
                let ended = match left {
                    0 => None,
                    left => match self.finished(&statement, Some(left.min(COUNTING_BYTES)), COUNTING).await {
                        Err(Trouble::Failed(error)) if error.is_too_dear() => None,
                        ended => Some(ended.ok()?),
                    },
                };
                let Some((job, page)) = ended else {
                    self.opened.screen.say(&refused::uncounted(&tables, left < COUNTING_BYTES));
                    return None;
                };
                let count = refused::count(&page);
                self.pay(Ran { job, head: page.head }).await;
                if let (Some(count), Some(label)) = (count, label) {
                    self.keep_count(count, label);
                }
                count?
            }
        };
        refused::warning(count, &tables)
    }

    fn kept_count(&self, label: &Label) -> Option<u64> {
        let is_same = |kept: &Label| kept.window() == label.window() && kept.tables == label.tables;
        let cache = self.opened.cache()?;
        let mut kept = cache.find(&label.key, &label.window()).into_iter();
        let kept = kept.find(|kept| is_same(&kept.label) && !self.opened.options.refresh)?;
        let mut count = None;
        let read = cache.read(&kept, |line| {
            count = line.parse().ok();
            ControlFlow::Continue(())
        });
        read.ok().and(count)
    }

    fn keep_count(&mut self, count: u64, label: Label) {
        let kept = self.opened.cache().map(|cache| {
            let mut writer = cache.begin()?;
            let mut rows = cache::Rows::default();
            rows.push(&count.to_string());
            writer.append(&rows)?;
            cache.keep(writer, Label { rows: 1, ..label })
        });
        if let Some(Err(error)) = kept {
            self.tell_unkept(&error);
        }
    }
}
