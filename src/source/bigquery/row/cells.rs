//! Where the cells of a page stand. They are noted while the end of its rows is looked for, so that nothing is looked
//! at twice.

use super::value::Value;
use super::walk::{self, Walk};

/// The cells of all rows, one row behind the other.
#[derive(Debug)]
pub(super) struct Cells {
    all: Vec<Cell>,
    /// How many there are in a row.
    width: usize,
}

/// A cell: where its value stands in the array of rows.
#[derive(Debug)]
pub(super) struct Cell {
    pub start: u32,
    end: u32,
    is_foreign: bool,
}

impl Cells {
    /// Walks over an array of rows. `None` where it is not just as BigQuery writes it, without blanks, all of the same
    /// width, and sound; the walk stops anywhere then.
    pub(super) fn of(walk: &mut Walk) -> Option<Self> {
        let start = walk.at;
        let mut cells = Cells { all: Vec::new(), width: 0 };
        walk.token(b"[")?;
        loop {
            let before = cells.all.len();
            walk.token(b"{\"f\":[")?;
            loop {
                walk.token(b"{\"v\":")?;
                let (place, is_foreign) = walk.marked_place()?;
                let [start, end] = [place.start, place.end].map(|at| u32::try_from(at - start));
                cells.all.push(Cell { start: start.ok()?, end: end.ok()?, is_foreign });
                walk.token(b"}")?;
                if walk.token(b",").is_none() {
                    break;
                }
            }
            walk.token(b"]}")?;
            let width = cells.all.len() - before;
            if before > 0 && width != cells.width {
                return None;
            }
            cells.width = width;
            if walk.token(b",").is_none() {
                break;
            }
        }
        walk.token(b"]")?;
        Some(cells)
    }

    /// The cells of each row. There is at least one.
    pub(super) fn rows(&self) -> impl Iterator<Item = &[Cell]> {
        self.all.chunks_exact(self.width)
    }
}

impl Cell {
    /// Its value in the array of rows that was walked over.
    pub(super) fn value<'p>(&self, rows: &'p str) -> Value<'p> {
        walk::value(&rows[self.start as usize..self.end as usize], self.is_foreign)
    }
}
