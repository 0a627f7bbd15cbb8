//! Where the wanted values of an object lie: what the [scanner](super::scan) fills in.

use super::paths::{self, Node, Slot};

/// A range of bytes of the scanned text; empty means absent.
#[derive(Clone, Copy, Default, Debug, PartialEq, Eq)]
pub(crate) struct Span {
    pub start: u32,
    pub end: u32,
}

impl Span {
    pub(crate) fn new(start: usize, end: usize) -> Self {
        Span { start: start as u32, end: end as u32 }
    }

    pub(crate) fn is_some(self) -> bool {
        self.end != 0
    }

    pub(crate) fn of(self, text: &str) -> Option<&str> {
        if self.is_some() { text.get(self.start as usize..self.end as usize) } else { None }
    }
}

/// Where the wanted values of one object lie, relative to its first byte.
#[derive(Clone, Debug)]
pub(crate) struct Spans {
    at: [Span; Slot::COUNT],
    /// How many keys the object itself has.
    pub keys: u32,
    /// Line ends between the tokens: more than none for a pretty-printed value.
    pub newlines: u32,
    /// The payload that the slots below it speak of; none where the last one was no object.
    pub payload: Option<Slot>,
    /// The nodes entered so far, as bits.
    entered: u8,
    /// There are blanks between the tokens.
    pub is_spaced: bool,
    /// A string holds an escape that lq may [spell otherwise](super::text::respell).
    pub is_foreign: bool,
    /// A string holds an escaped surrogate without its partner.
    pub is_torn: bool,
}

impl Default for Spans {
    fn default() -> Self {
        Spans {
            at: [Span::default(); Slot::COUNT],
            keys: 0,
            newlines: 0,
            payload: None,
            entered: 0,
            is_spaced: false,
            is_foreign: false,
            is_torn: false,
        }
    }
}

impl Spans {
    pub(crate) fn get(&self, slot: Slot) -> Span {
        self.at[slot as usize]
    }

    pub(crate) fn set(&mut self, slot: Slot, span: Span) {
        self.at[slot as usize] = span;
    }

    /// Forgets what an earlier object under the same key left behind: of two the last counts.
    pub(super) fn enter(&mut self, node: Node) {
        let bit = 1 << node as u8;
        if self.entered & bit != 0 {
            let below = |n: Node| n == node || (node == Node::Resource && n == Node::ResourceLabels);
            for path in paths::TABLE.iter().filter(|path| below(path.node)) {
                self.at[path.slot as usize] = Span::default();
            }
        }
        self.entered |= bit;
    }
}
