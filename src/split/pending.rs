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
    pages: Pages,
    /// The length of the file when all of it is written, as far as this run is concerned.
    end: usize,
}

impl Pending {
    /// Appends; says how many more pages it has. Takes them from `spare` as long as there are any.
    pub(crate) fn push(&mut self, mut bytes: &[u8], spare: &mut Pages) -> usize {
        let before = self.pages.len();
        while !bytes.is_empty() {
            let begun = self.end % PAGE;
            if begun == 0 || self.pages.is_empty() {
                self.pages.push(spare.pop().unwrap_or_else(|| Vec::with_capacity(PAGE)));
            }
            let (fitting, rest) = bytes.split_at(bytes.len().min(PAGE - begun));
            if let Some(page) = self.pages.last_mut() {
                page.extend_from_slice(fitting);
            }
            self.end += fitting.len();
            bytes = rest;
        }
        self.pages.len() - before
    }

    /// How many pages there are.
    pub(crate) fn pages(&self) -> usize {
        self.pages.len()
    }

    /// Gives away what is to be written now.
    pub(crate) fn take(&mut self, cut: Cut) -> Pages {
        let is_whole = cut == Cut::All || self.end.is_multiple_of(PAGE) || self.pages.len() < 2;
        let last = if is_whole { None } else { self.pages.pop() };
        std::mem::replace(&mut self.pages, last.into_iter().collect())
    }

    /// Takes back what was not written, in front of what came meanwhile.
    pub(crate) fn put_back(&mut self, piece: Piece) {
        self.pages.splice(0..0, piece.pages);
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
