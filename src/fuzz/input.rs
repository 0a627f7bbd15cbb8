//! A stream of bytes into items: however it is cut, and however it is packed.

use std::collections::VecDeque;
use std::io::{self, Cursor, Read, Write};

use crate::entry::Control;
use crate::input::values::{Item, MAX_LINE, Values};
use crate::input::{self as reading, Patience};

/// Any pieces give the items of the whole. The first byte says how long a line may be, the next two how long
/// the pieces are; the stream follows.
pub fn input(data: &[u8]) {
    let [limit, lengths @ ..] = data else { return };
    let (lengths, stream) = lengths.split_at(lengths.len().min(2));
    let max_line = match limit % 4 {
        0 => 8,
        1 => 40,
        _ => MAX_LINE,
    };
    let whole = items(Box::new(Cursor::new(stream.to_vec())), max_line);
    let pieces = Pieces { left: stream.to_vec().into(), lengths: lengths.to_vec(), turn: 0 };
    assert_eq!(items(Box::new(pieces), max_line), whole, "{:?}", String::from_utf8_lossy(stream));
}

/// What is packed unpacks to the same items, and what only looks packed ends in an error at worst. The first
/// byte says how to pack the rest.
pub fn packed(data: &[u8]) {
    let [how, stream @ ..] = data else { return };
    let middle = stream.len() / 2;
    let parts = [&stream[..middle], &stream[middle..]];
    // Members and frames may follow one another.
    let packed: Vec<u8> = match how % 3 {
        0 => stream.to_vec(),
        1 => parts.into_iter().flat_map(gzip).collect(),
        _ => parts.into_iter().flat_map(|part| zstd::encode_all(part, 1).expect("memory is enough")).collect(),
    };
    let mut file = tempfile::NamedTempFile::new().expect("a temporary file");
    file.write_all(&packed).expect("room for it");
    let opened = reading::open(file.path(), Patience::default()).expect("the file is there");
    // A bomb is stopped by whoever reads it.
    let opened = items(Box::new(opened.take(1 << 20)), MAX_LINE);
    let is_as_it_is = how % 3 != 0 || reading::packing(file.path()).is_ok_and(|packing| packing == "plain");
    if is_as_it_is && !stream.is_empty() {
        assert_eq!(opened, items(Box::new(Cursor::new(stream.to_vec())), MAX_LINE));
    }
}

fn gzip(part: &[u8]) -> Vec<u8> {
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    gzip.write_all(part).and_then(|()| gzip.finish()).expect("memory is enough")
}

/// Gives a few bytes a read, as many as the lengths say in turn; for 0 it has nothing at the moment.
struct Pieces {
    left: VecDeque<u8>,
    lengths: Vec<u8>,
    turn: usize,
}

impl Read for Pieces {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        let length = self.lengths.get(self.turn % self.lengths.len().max(1)).map_or(1, |length| length % 32);
        self.turn += 1;
        // With nothing but zeros it would never end.
        if length == 0 && !self.turn.is_multiple_of(7) {
            return Err(io::ErrorKind::WouldBlock.into());
        }
        let length = usize::from(length.max(1)).min(buf.len());
        self.left.read(&mut buf[..length])
    }
}

/// An item, with the number of its line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Seen {
    Entry(u64, String),
    Control(u64, Control),
    Plain(u64, String),
    Broken(u64, String),
    /// All pieces of a line over the limit.
    Long(u64, Vec<u8>),
    Failed(io::ErrorKind),
}

/// All items, and how many lines were mended.
fn items(read: Box<dyn Read + Send>, max_line: usize) -> (Vec<Seen>, u64) {
    let mut values = Values::new(read, max_line);
    (all(&mut values), values.mended())
}

/// All items of `values`; those of a line over the limit put together again.
pub(crate) fn all(values: &mut Values) -> Vec<Seen> {
    let mut seen = Vec::new();
    loop {
        let (item, text): (fn(u64, String) -> Seen, _) = match values.next() {
            Ok(None) => return seen,
            Err(error) => {
                seen.push(Seen::Failed(error.kind()));
                return seen;
            }
            Ok(Some(Item::Dry)) => continue,
            Ok(Some(Item::Control(control))) => {
                seen.push(Seen::Control(values.line(), control));
                continue;
            }
            Ok(Some(Item::Long { piece, first, .. })) => {
                let piece = piece.to_vec();
                match seen.last_mut() {
                    Some(Seen::Long(_, line)) if !first => line.extend(piece),
                    _ => {
                        assert!(first, "a line begins with its first piece");
                        seen.push(Seen::Long(values.line(), piece));
                    }
                }
                continue;
            }
            Ok(Some(Item::Entry(entry))) => (Seen::Entry, entry.line().to_owned()),
            Ok(Some(Item::Plain(entry))) => (Seen::Plain, entry.line().to_owned()),
            Ok(Some(Item::Broken(entry, _))) => (Seen::Broken, entry.line().to_owned()),
        };
        seen.push(item(values.line(), text));
    }
}
