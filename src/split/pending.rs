//! What waits to be written to one file, in chunks of the same size: nothing moves when more comes, and the chunks go from
//! hand to hand.

use super::disk::Piece;

/// Bytes. Ten thousand files must not hold much room that nothing is in.
pub(crate) const CHUNK: usize = 2048;

/// The page of a file, in bytes: a multiple of a chunk. What ends with one is written with less ado.
const PAGE: usize = 4096;

pub(crate) type Chunks = Vec<Vec<u8>>;

/// How much of what waits is written.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Cut {
    All,
    /// Up to the end of a page, where one ends.
    Page,
}

#[derive(Debug, Default)]
pub(crate) struct Pending {
    /// Those in front of the last one. They end where chunks of the file end.
    full: Chunks,
    /// Has room, and mostly something in it.
    last: Vec<u8>,
    /// The length of the file when all of it is written, as far as this run is concerned.
    end: usize,
}

impl Pending {
    /// Appends; says how many more chunks it has. Takes them from `spare` as long as there are any.
    pub(crate) fn push(&mut self, mut bytes: &[u8], spare: &mut Chunks) -> usize {
        let mut more = 0;
        while !bytes.is_empty() {
            if self.last.is_empty() {
                self.last = spare.pop().unwrap_or_else(|| Vec::with_capacity(CHUNK));
                more += 1;
            }
            let room = CHUNK - self.end % CHUNK;
            let (fitting, rest) = bytes.split_at(bytes.len().min(room));
            self.last.extend_from_slice(fitting);
            self.end += fitting.len();
            if fitting.len() == room {
                self.full.push(std::mem::take(&mut self.last));
            }
            bytes = rest;
        }
        more
    }

    /// How many chunks there are.
    pub(crate) fn chunks(&self) -> usize {
        self.full.len() + usize::from(!self.last.is_empty())
    }

    /// Gives away what is to be written now.
    pub(crate) fn take(&mut self, cut: Cut) -> Chunks {
        let behind = self.end % PAGE / CHUNK;
        if cut == Cut::Page && self.full.len() > behind {
            let rest = self.full.split_off(self.full.len() - behind);
            return std::mem::replace(&mut self.full, rest);
        }
        let mut chunks = std::mem::take(&mut self.full);
        if !self.last.is_empty() {
            chunks.push(std::mem::take(&mut self.last));
        }
        chunks
    }

    /// Takes back what was not written, in front of what came meanwhile.
    pub(crate) fn put_back(&mut self, piece: Piece) {
        self.full.splice(0..0, piece.chunks);
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn all_comes_out_in_order_and_is_cut_where_pages_of_the_file_end(
            steps in prop::collection::vec((0..3 * PAGE, 0..4u8), 1..40),
        ) {
            let (mut pending, mut spare) = (Pending::default(), Vec::new());
            let (mut came, mut file, mut held, mut is_torn) = (Vec::new(), Vec::new(), 0, false);
            for (number, (length, step)) in steps.into_iter().enumerate() {
                let bytes = vec![number as u8; length];
                held += pending.push(&bytes, &mut spare);
                came.extend_from_slice(&bytes);
                prop_assert_eq!(held, pending.chunks());
                if step == 3 {
                    continue;
                }
                let whole = pending.full.len() > pending.end % PAGE / CHUNK;
                let mut chunks = pending.take(if step == 0 { Cut::All } else { Cut::Page });
                held -= chunks.len();
                if step == 2 {
                    // The disk is full: half of it is there. What came back is not looked through for pages.
                    is_torn = true;
                    let done = chunks.len() / 2;
                    let left = chunks.split_off(done);
                    held += left.len();
                    pending.put_back(Piece { at: 0, name: String::new(), chunks: left });
                }
                file.extend(chunks.concat());
                prop_assert!(step != 1 || !whole || is_torn || file.len() % PAGE == 0);
                spare.extend(chunks.into_iter().map(|mut chunk| {
                    chunk.clear();
                    chunk
                }));
            }
            file.extend(pending.take(Cut::All).concat());
            prop_assert!(file == came);
        }
    }
}
