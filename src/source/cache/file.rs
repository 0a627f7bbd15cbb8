//! The file of a slice: its rows, its label, and sums over both, so that no damage passes for a row.
//!
//! | part | |
//! |---|---|
//! | rows | one zstd frame; in it, for each row, its length in 4 bytes (least first), and its line |
//! | label | JSON: the [`Label`], behind it the SHA-256 of the part above |
//! | sum | the SHA-256 of the label, 32 bytes |
//! | length | of the label, in 4 bytes (least first) |
//! | version | 8 bytes |
//!
//! The label stands behind the rows since it counts them; it is found from the end, so that a file that was
//! cut has none. Whoever reads takes nothing on trust: not a length, not what comes out of the frame.

use std::fs::File;
use std::io::{self, BufReader, Read, Seek, SeekFrom, Write};
use std::ops::ControlFlow;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use zstd::{Decoder, Encoder};

use super::label::Label;
use crate::private::Draft;

/// Raised when the form of the file, or of its rows, changes.
const VERSION: &[u8; 8] = b"lqslice1";

/// Behind the label, in bytes: sum, length, version.
const TAIL: usize = 32 + 4 + 8;

/// The longest label, in bytes: a few thousand tables.
const LONGEST_LABEL: u32 = 4 << 20;

/// The longest row, in bytes: no answer of BigQuery is longer.
const LONGEST_ROW: u32 = 256 << 20;

/// What compresses fast. <https://github.com/facebook/zstd#benchmarks>
const LEVEL: i32 = 1;

/// The most that a decoder may look back, as a power of two: at this level it is less.
const WINDOW_LOG: u32 = 23;

/// The label and the sum of the rows.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Signed<L> {
    label: L,
    sum: String,
}

/// A slice that is being written.
pub(crate) struct Writer {
    out: Encoder<'static, Summed<Draft>>,
    pub rows: u64,
}

/// Rows as the file has them, before they are compressed.
#[derive(Debug, Default)]
pub(crate) struct Rows {
    bytes: Vec<u8>,
    count: u64,
    /// The longest row, in bytes.
    longest: usize,
}

impl Rows {
    pub(crate) fn push(&mut self, line: &str) {
        self.bytes.extend_from_slice(&(line.len() as u32).to_le_bytes());
        self.bytes.extend_from_slice(line.as_bytes());
        self.count += 1;
        self.longest = self.longest.max(line.len());
    }
}

/// What goes through, in numbers.
struct Summed<T> {
    is: T,
    sum: Sha256,
    bytes: u64,
    /// More is an error.
    most: u64,
}

impl<T> Summed<T> {
    fn new(is: T, most: u64) -> Self {
        Summed { is, sum: Sha256::new(), bytes: 0, most }
    }

    fn note(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.sum.update(bytes);
        self.bytes += bytes.len() as u64;
        if self.bytes > self.most { Err(too_large()) } else { Ok(()) }
    }

    fn sum(&self) -> String {
        self.sum.clone().finalize().iter().map(|byte| format!("{byte:02x}")).collect()
    }
}

impl Write for Summed<Draft> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.note(bytes)?;
        self.is.file().write_all(bytes)?;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl<R: Read> Read for Summed<R> {
    fn read(&mut self, bytes: &mut [u8]) -> io::Result<usize> {
        let count = self.is.read(bytes)?;
        self.note(&bytes[..count])?;
        Ok(count)
    }
}

pub(super) fn too_large() -> io::Error {
    io::Error::new(
        io::ErrorKind::FileTooLarge,
        "there is no room for it beside what this run uses: cache-size is too small",
    )
}

fn damaged(what: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, what)
}

impl Writer {
    /// Up to `most` bytes.
    pub(super) fn new(draft: Draft, most: u64) -> io::Result<Self> {
        Ok(Writer { out: Encoder::new(Summed::new(draft, most), LEVEL)?, rows: 0 })
    }

    /// Appends rows. Fails where one is too long to be kept.
    pub(crate) fn append(&mut self, rows: &Rows) -> io::Result<()> {
        if rows.longest > LONGEST_ROW as usize {
            return Err(damaged("a row is too long to be kept"));
        }
        self.out.write_all(&rows.bytes)?;
        self.rows += rows.count;
        Ok(())
    }

    /// Written so far.
    pub(super) fn bytes(&self) -> u64 {
        self.out.get_ref().bytes
    }

    /// Writes the rest; gives the draft and its bytes.
    pub(super) fn finish(self, label: &Label) -> io::Result<(Draft, u64)> {
        let mut out = self.out.finish()?;
        let label = serde_json::to_vec(&Signed { label, sum: out.sum() })?;
        let length = u32::try_from(label.len()).ok().filter(|length| *length <= LONGEST_LABEL);
        let length = length.ok_or_else(|| damaged("the slice has too many tables to be kept"))?;
        for part in [&label[..], &Sha256::digest(&label)[..], &length.to_le_bytes()[..], &VERSION[..]] {
            out.write_all(part)?;
        }
        Ok((out.is, out.bytes))
    }
}

/// Reads the label.
pub(super) fn label(file: &mut File) -> io::Result<Label> {
    Ok(signed(file)?.0.label)
}

/// The label, and how many bytes the rows take.
fn signed(file: &mut File) -> io::Result<(Signed<Label>, u64)> {
    let bytes = file.seek(SeekFrom::End(0))?;
    let before_tail = bytes.checked_sub(TAIL as u64).ok_or_else(|| damaged("it is cut off"))?;
    file.seek(SeekFrom::Start(before_tail))?;
    let mut tail = [0; TAIL];
    file.read_exact(&mut tail)?;
    let (sum, rest) = tail.split_at(32);
    let (length, version) = rest.split_at(4);
    if version != VERSION {
        return Err(damaged("it is of another version"));
    }
    let length = length.try_into().map(u32::from_le_bytes).ok().filter(|length| *length <= LONGEST_LABEL);
    let length = length.ok_or_else(|| damaged("its label is too long"))?;
    let rows = before_tail.checked_sub(length.into()).ok_or_else(|| damaged("it is cut off"))?;
    file.seek(SeekFrom::Start(rows))?;
    let mut label = vec![0; length as usize];
    file.read_exact(&mut label)?;
    if Sha256::digest(&label)[..] != *sum {
        return Err(damaged("its label is damaged"));
    }
    Ok((serde_json::from_slice(&label)?, rows))
}

/// Hands out the rows, until `each` breaks off. Whether all of them are sound is known at the end alone.
pub(super) fn rows(
    file: &mut File,
    label: &Label,
    mut each: impl FnMut(&str) -> ControlFlow<()>,
) -> io::Result<ControlFlow<()>> {
    let (signed, bytes) = signed(file)?;
    if signed.label != *label {
        return Err(damaged("it has another label now"));
    }
    file.rewind()?;
    let frame = Summed::new(file.take(bytes), u64::MAX);
    let mut decoder = Decoder::with_buffer(BufReader::with_capacity(64 << 10, frame))?;
    decoder.window_log_max(WINDOW_LOG)?;
    let mut line = Vec::new();
    for _ in 0..label.rows {
        let mut length = [0; 4];
        decoder.read_exact(&mut length)?;
        let length = u32::from_le_bytes(length);
        if length > LONGEST_ROW {
            return Err(damaged("a row is too long"));
        }
        line.clear();
        // Grows with what is there, not with what is promised.
        let count = (&mut decoder).take(length.into()).read_to_end(&mut line)?;
        if count < length as usize {
            return Err(damaged("a row is cut off"));
        }
        let line = simdutf8::basic::from_utf8(&line).map_err(|_| damaged("a row is not UTF-8"))?;
        if each(line).is_break() {
            return Ok(ControlFlow::Break(()));
        }
    }
    if decoder.read(&mut [0])? != 0 {
        return Err(damaged("there are more rows than it has"));
    }
    let mut frame = decoder.finish();
    io::copy(&mut frame, &mut io::sink())?;
    if frame.into_inner().sum() != signed.sum {
        return Err(damaged("its rows are damaged"));
    }
    Ok(ControlFlow::Continue(()))
}
