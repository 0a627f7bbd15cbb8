//! Pieces of entries that were too long for Cloud Logging, joined again.
//!
//! Google's writers cut a long text into pieces and copy all other fields into each of them, the time
//! too (the OpenTelemetry exporter, for one). Of a structured payload they deal the members out, and
//! its text says nothing of how to put them back
//! (<https://cloud.google.com/logging/docs/audit/split-logs>), so only texts are joined. Pieces that
//! cannot be joined are not lost: they stand as entries of their own, in their order.

use std::collections::BTreeMap;

use crate::entry::Entry;
use crate::entry::piece::Piece;
use crate::entry::scan::Spans;
use crate::entry::stamp::Stamp;

#[cfg(test)]
mod tests;

/// Collects pieces until their entries are whole. Hand it those that are in the window; everything
/// that it [gives back](Self::ready) is still to be looked at.
#[derive(Debug)]
pub(crate) struct Pieces {
    /// By time, so that those of a slice are found.
    groups: BTreeMap<Key, Group>,
    /// Bytes that the groups take, about, and may take.
    held: usize,
    room: usize,
    /// What is ready, in the order in which it became so.
    pub ready: Vec<Ready>,
    /// Pieces that came twice and were dropped.
    pub twins: u64,
}

/// An entry, or a piece that stays one.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Ready {
    pub line: String,
    /// Of a piece: what it sorts by instead of its insertId, for those have no order of their own.
    pub order: Option<Vec<u8>>,
}

/// Time, origin by its number, how many pieces there are, uid. The uid alone does not tell two
/// containers apart.
type Key = (Stamp, u32, u32, String);

#[derive(Debug)]
enum Group {
    Waiting(Parts),
    /// Joined, of these: without their lines.
    Joined(Parts),
    /// Given up: its pieces stay what they are.
    Loose,
}

/// By their places.
type Parts = BTreeMap<u32, Part>;

#[derive(Debug)]
struct Part {
    index: u32,
    id: Vec<u8>,
    line: String,
}

impl Pieces {
    /// May hold `room` bytes; pieces beyond that stay what they are.
    pub(crate) fn new(room: usize) -> Self {
        Pieces { groups: BTreeMap::new(), held: 0, room, ready: Vec::new(), twins: 0 }
    }

    /// Takes a piece; `who` is the number of its origin.
    pub(crate) fn push(&mut self, entry: &Entry, piece: Piece, stamp: Stamp, who: u32) {
        let uid = piece.uid.to_cow().into_owned();
        let mut id = Vec::new();
        if let Some(text) = entry.insert_id() {
            text.push_to(&mut id);
        }
        let part = Part { index: piece.index, id, line: entry.line().to_owned() };
        let key = (stamp, who, piece.total, uid);
        if entry.sole_text().is_none() {
            return self.ready.push(part.loose(&key.3));
        }
        // The oldest have waited in vain, mostly. Of an entry that is done, a late twin may now be taken
        // for something new: seldom, and kept.
        while self.held + part.size() > self.room
            && let Some((key, group)) = self.groups.pop_first()
        {
            self.held -= group.size();
            self.release(&key, group);
        }
        if self.held + part.size() > self.room {
            return self.ready.push(part.loose(&key.3));
        }
        let group = self.groups.entry(key.clone()).or_insert_with(|| Group::Waiting(Parts::new()));
        match group {
            Group::Waiting(parts) | Group::Joined(parts)
                if parts.get(&part.index).is_some_and(|p| p.is_twin(&part)) =>
            {
                self.twins += 1;
            }
            Group::Joined(_) | Group::Loose => self.ready.push(part.loose(&key.3)),
            // Two entries under one uid cannot be told apart.
            Group::Waiting(parts) if parts.contains_key(&part.index) => {
                self.settle(&key, |pieces, parts| {
                    pieces.release(&key, Group::Waiting(parts));
                    Group::Loose
                });
                self.ready.push(part.loose(&key.3));
            }
            Group::Waiting(parts) => {
                self.held += part.size();
                parts.insert(part.index, part);
                if parts.len() == piece.total as usize {
                    self.settle(&key, |pieces, parts| pieces.join(&key, parts));
                }
            }
        }
    }

    /// Gives up all entries before `limit` that are not whole, or all there are: what is there of them
    /// is ready.
    pub(crate) fn end(&mut self, limit: Option<Stamp>) {
        let keys: Vec<Key> = match limit {
            Some(limit) => self.groups.range(..(limit, 0, 0, String::new())).map(|(key, _)| key.clone()).collect(),
            None => self.groups.keys().cloned().collect(),
        };
        for key in keys {
            if let Some(group) = self.groups.remove(&key) {
                self.held -= group.size();
                self.release(&key, group);
            }
        }
    }

    /// Makes something else of a waiting group.
    fn settle(&mut self, key: &Key, make: impl FnOnce(&mut Self, Parts) -> Group) {
        if let Some(Group::Waiting(parts)) =
            self.groups.get_mut(key).map(|group| std::mem::replace(group, Group::Loose))
        {
            self.held -= Group::size_of(&parts);
            let group = make(self, parts);
            self.held += group.size();
            self.groups.insert(key.clone(), group);
        }
    }

    /// What waits in a group comes out as it is, in its order.
    fn release(&mut self, key: &Key, group: Group) {
        if let Group::Waiting(parts) = group {
            self.ready.extend(parts.into_values().map(|part| part.loose(&key.3)));
        }
    }

    fn join(&mut self, key: &Key, mut parts: Parts) -> Group {
        let Some(line) = joined(&parts) else {
            self.release(key, Group::Waiting(parts));
            return Group::Loose;
        };
        self.ready.push(Ready { line, order: None });
        parts.values_mut().for_each(|part| part.line = String::new());
        Group::Joined(parts)
    }
}

impl Group {
    /// The memory that it takes, in bytes, about.
    fn size(&self) -> usize {
        match self {
            Group::Waiting(parts) | Group::Joined(parts) => Self::size_of(parts),
            Group::Loose => Part::OVERHEAD,
        }
    }

    fn size_of(parts: &Parts) -> usize {
        parts.values().map(Part::size).sum()
    }
}

impl Part {
    /// What stands around a piece in memory, its key too.
    const OVERHEAD: usize = 256;

    fn size(&self) -> usize {
        self.line.len() + self.id.len() + Self::OVERHEAD
    }

    /// True for twins, where both have the same place. Without an insertId nobody is one.
    fn is_twin(&self, other: &Part) -> bool {
        !self.id.is_empty() && self.id == other.id
    }

    fn loose(self, uid: &str) -> Ready {
        // Who has none must not get what makes twins.
        let order = match self.id.is_empty() {
            true => Vec::new(),
            false => [uid.as_bytes(), &[0], &self.index.to_be_bytes(), &self.id].concat(),
        };
        Ready { line: self.line, order: Some(order) }
    }
}

/// The first piece's line with the text of all of them.
fn joined(parts: &Parts) -> Option<String> {
    let mut spans = Spans::default();
    let mut text = String::new();
    for part in parts.values() {
        text.push_str(Entry::parse(&part.line, &mut spans).ok()?.sole_text()?);
    }
    Entry::parse(&parts.first_key_value()?.1.line, &mut spans).ok()?.with_text(&text)
}
