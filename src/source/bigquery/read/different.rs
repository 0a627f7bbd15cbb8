//! How many of a result's rows are no twins: BigQuery's LIMIT counts all.

use crate::entry::Entry;
use crate::entry::stamp::Stamp;

/// Counts rows in order of time and insertId, twins once.
#[derive(Debug, Default)]
pub(super) struct Different {
    pub count: u64,
    first: Option<Key>,
    last: Option<Key>,
    /// Room for the id of the row at hand.
    next: Vec<u8>,
}

/// Rows that agree in it are twins; without an id none is one.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Key {
    stamp: Option<Stamp>,
    insert_id: Vec<u8>,
}

impl Key {
    fn is_twin(&self, stamp: Option<Stamp>, insert_id: &[u8]) -> bool {
        !insert_id.is_empty() && self.stamp == stamp && self.insert_id == insert_id
    }
}

impl Different {
    pub(super) fn note(&mut self, entry: &Entry) {
        let stamp = entry.stamp().map(|(stamp, _)| stamp);
        self.next.clear();
        if let Some(id) = entry.insert_id() {
            id.push_to(&mut self.next);
        }
        if self.last.as_ref().is_some_and(|last| last.is_twin(stamp, &self.next)) {
            return;
        }
        self.count += 1;
        let key = self.last.get_or_insert_with(|| Key { stamp, insert_id: Vec::new() });
        key.stamp = stamp;
        std::mem::swap(&mut key.insert_id, &mut self.next);
        self.first.get_or_insert_with(|| key.clone());
    }

    /// Adds the rows that come next.
    pub(super) fn join(&mut self, next: Different) {
        let is_twin = |last: &Key| next.first.as_ref().is_some_and(|first| last.is_twin(first.stamp, &first.insert_id));
        self.count += next.count - u64::from(self.last.as_ref().is_some_and(is_twin));
        self.last = next.last.or(self.last.take());
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::entry::scan::Spans;

    /// Each row is its insertId; all are of one time.
    fn counted(rows: &[&str]) -> Different {
        let mut different = Different::default();
        for id in rows {
            let line = format!(r#"{{"timestamp":"2024-12-19T07:00:00Z","message":"m","insertId":"{id}"}}"#);
            different.note(&Entry::parse(&line, &mut Spans::default()).unwrap());
        }
        different
    }

    #[test]
    fn twins_count_once_wherever_pages_are_cut() {
        let rows = ["a", "a", "b", "", "", "c", "c", "c", "a"];
        for first in 0..rows.len() {
            for second in first..rows.len() {
                let mut all = Different::default();
                for page in [&rows[..first], &rows[first..second], &rows[second..]] {
                    all.join(counted(page));
                }
                assert_eq!(all.count, 6, "cut at {first} and {second}");
            }
        }
    }
}
