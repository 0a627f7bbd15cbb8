//! What the tests of reading share: an input that comes in pieces.

mod files;
mod hostile;
mod limits;
mod parts;
pub(crate) mod pipes;

use std::collections::VecDeque;
use std::io::{self, Cursor, Read};

use proptest::prelude::*;

use crate::fuzz::input::{Seen, all};

use super::values::Values;

/// Gives what it was told to give, one piece a read; an empty piece is a moment without any.
struct Script(VecDeque<Vec<u8>>);

impl Read for Script {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        let Some(mut piece) = self.0.pop_front() else { return Ok(0) };
        if piece.is_empty() {
            return Err(io::ErrorKind::WouldBlock.into());
        }
        let n = piece.len().min(buf.len());
        buf[..n].copy_from_slice(&piece[..n]);
        let rest = piece.split_off(n);
        if !rest.is_empty() {
            self.0.push_front(rest);
        }
        Ok(n)
    }
}

fn read_at_once(bytes: &[u8], max_line: usize) -> (Vec<Seen>, u64) {
    let mut values = Values::new(Box::new(Cursor::new(bytes.to_vec())), max_line);
    (all(&mut values), values.mended())
}

fn read_in_pieces(pieces: Vec<Vec<u8>>, max_line: usize) -> (Vec<Seen>, u64) {
    let mut values = Values::new(Box::new(Script(pieces.into())), max_line);
    (all(&mut values), values.mended())
}

/// Cuts `bytes` after every few bytes, as `lengths` say; 0 is a moment without any.
fn cut(bytes: &[u8], lengths: &[usize]) -> Vec<Vec<u8>> {
    let mut pieces = Vec::new();
    let mut rest = bytes;
    for length in lengths.iter().copied().cycle() {
        if rest.is_empty() {
            return pieces;
        }
        let (piece, tail) = rest.split_at(length.min(rest.len()));
        pieces.push(piece.to_vec());
        rest = tail;
    }
    pieces
}

fn lengths() -> impl Strategy<Value = Vec<usize>> {
    (prop::collection::vec(0usize..40, 0..6), 1usize..60).prop_map(|(mut lengths, one)| {
        lengths.push(one);
        lengths
    })
}
