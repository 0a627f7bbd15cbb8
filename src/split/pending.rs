//! What waits to be written to one file, in pages that end where those of the file end: nothing moves when more comes,
//! and the pages go from hand to hand.

use super::disk::Piece;

/// Bytes.
pub(crate) const PAGE: usize = 4096;

pub(crate) type Pages = Vec<Vec<u8>>;

/// How much of what waits is written.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Cut {
    All,
    /// Whole pages, where there is one.
    Page,
}

#[derive(Debug, Default)]
pub(crate) struct Pending {
    /// Those in front of the last one.
    full: Pages,
    /// Has room, and mostly something in it.
    last: Vec<u8>,
    /// The length of the file when all of it is written, as far as this run is concerned.
    end: usize,
}

impl Pending {
    /// Appends; says how many more pages it has. Takes them from `spare` as long as there are any.
    pub(crate) fn push(&mut self, mut bytes: &[u8], spare: &mut Pages) -> usize {
        let mut more = 0;
        while !bytes.is_empty() {
            if self.last.is_empty() {
                self.last = spare.pop().unwrap_or_else(|| Vec::with_capacity(PAGE));
                more += 1;
            }
            let room = PAGE - self.end % PAGE;
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

    /// How many pages there are.
    pub(crate) fn pages(&self) -> usize {
        self.full.len() + usize::from(!self.last.is_empty())
    }

    /// Gives away what is to be written now.
    pub(crate) fn take(&mut self, cut: Cut) -> Pages {
        let mut pages = std::mem::take(&mut self.full);
        if (cut == Cut::All || pages.is_empty()) && !self.last.is_empty() {
            pages.push(std::mem::take(&mut self.last));
        }
        pages
    }

    /// Takes back what was not written, in front of what came meanwhile.
    pub(crate) fn put_back(&mut self, piece: Piece) {
        self.full.splice(0..0, piece.pages);
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn all_comes_out_in_order_and_whole_pages_end_where_those_of_the_file_do(
            steps in prop::collection::vec((0..3 * PAGE, 0..4u8), 1..40),
        ) {
            let (mut pending, mut spare) = (Pending::default(), Vec::new());
            let (mut came, mut file, mut held) = (Vec::new(), Vec::new(), 0);
            for (number, (length, step)) in steps.into_iter().enumerate() {
                let bytes = vec![number as u8; length];
                held += pending.push(&bytes, &mut spare);
                came.extend_from_slice(&bytes);
                prop_assert_eq!(held, pending.pages());
                if step == 3 {
                    continue;
                }
                let several = pending.pages() > 1;
                let mut pages = pending.take(if step == 0 { Cut::All } else { Cut::Page });
                held -= pages.len();
                if step == 2 {
                    // The disk is full: half of it is there.
                    let done = pages.len() / 2;
                    let left = pages.split_off(done);
                    held += left.len();
                    pending.put_back(Piece { at: 0, name: String::new(), pages: left });
                }
                file.extend(pages.concat());
                prop_assert!(step != 1 || !several || file.len() % PAGE == 0);
                spare.extend(pages.into_iter().map(|mut page| {
                    page.clear();
                    page
                }));
            }
            file.extend(pending.take(Cut::All).concat());
            prop_assert!(file == came);
        }
    }
}
