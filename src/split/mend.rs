//! Packed files that a kill cut off in the middle of a piece, which is a gzip member or a zstd frame.
//! What is appended behind half a piece nobody can read.
//!
//! Whether a file is whole shows only where all of it is unpacked. That takes its time, once a run and file;
//! of memory it takes what unpacking takes, however long the file is.

use std::fs::File;
use std::io::{self, BufRead, BufReader, ErrorKind, Read, Seek, SeekFrom, Write};
use std::os::unix::fs::FileExt;

use flate2::Compression;
use flate2::bufread::GzDecoder;
use flate2::write::GzEncoder;

use crate::input::{GZIP, ZSTD};
use crate::tool::Watch;

use super::args::Compress;
use super::folder::Folder;
use super::pack::ZSTD_LEVEL;
use super::template::MENDED;

/// Where a file was cut off.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct End {
    /// So many bytes of the file are whole pieces.
    whole: u64,
    /// So many bytes of the half piece's text can be read and are whole lines.
    text: u64,
}

/// Where the file was cut off; `None` for a whole one. Fails with [`ErrorKind::InvalidData`] on a file that
/// is no such packed one, or damaged before its end.
pub(crate) fn cut(file: &File, compress: Compress, watch: &Watch) -> io::Result<Option<End>> {
    let mut packed = BufReader::with_capacity(1 << 16, file);
    let mut buffer = vec![0; 1 << 16];
    let mut whole = 0;
    loop {
        if !begins(file, whole, compress)? {
            return Ok(None);
        }
        let mut piece = unpack(&mut packed, whole, compress)?;
        let (mut length, mut text) = (0, 0);
        let outcome = loop {
            watch.sees_signal();
            match piece.read(&mut buffer) {
                Ok(0) => break Ok(()),
                Ok(n) => {
                    text = memchr::memrchr(b'\n', &buffer[..n]).map_or(text, |end| length + end as u64 + 1);
                    length += n as u64;
                }
                Err(e) if e.kind() == ErrorKind::Interrupted => {}
                Err(e) => break Err(e),
            }
        };
        drop(piece);
        match outcome {
            Ok(()) => whole = packed.stream_position()?,
            Err(e) if e.kind() == ErrorKind::UnexpectedEof => return Ok(Some(End { whole, text })),
            Err(e) => return Err(damaged(whole, &e.to_string())),
        }
    }
}

/// Puts a file in the place of `file` that has its whole pieces, and the text of the half one in a piece of
/// its own; says how many lines that is. It is made beside and takes the name at once: a kill, or a full
/// disk, leaves the old one.
pub(crate) fn mend(
    folder: &mut Folder,
    file: &File,
    name: &str,
    compress: Compress,
    end: End,
    watch: &Watch,
) -> io::Result<u64> {
    let (mut mended, identity) = folder.create(MENDED)?;
    let made = (|| {
        mended.set_permissions(file.metadata()?.permissions())?;
        let mut packed = BufReader::with_capacity(1 << 16, file);
        packed.seek(SeekFrom::Start(0))?;
        copy(&mut (&mut packed).take(end.whole), &mut mended, watch)?;
        if end.text == 0 {
            return Ok(0);
        }
        let mut text = unpack(&mut packed, end.whole, compress)?.take(end.text);
        match compress {
            Compress::Gz => {
                let mut member = GzEncoder::new(&mut mended, Compression::default());
                let lines = copy(&mut text, &mut member, watch)?;
                member.finish()?;
                Ok(lines)
            }
            Compress::Zst => {
                let mut frame = zstd::Encoder::new(&mut mended, ZSTD_LEVEL)?;
                frame.include_checksum(true)?;
                let lines = copy(&mut text, &mut frame, watch)?;
                frame.finish()?;
                Ok(lines)
            }
        }
    })();
    let named = made.and_then(|lines| folder.rename(MENDED, identity, name, true).map(|_| lines));
    if named.is_err() {
        // It is of no use; where it cannot go, the next one replaces it.
        let _ = folder.remove(MENDED);
    }
    named
}

/// Copies everything, and says how many lines it has.
fn copy(from: &mut dyn Read, to: &mut dyn Write, watch: &Watch) -> io::Result<u64> {
    let mut buffer = vec![0; 1 << 16];
    let mut lines = 0;
    loop {
        watch.sees_signal();
        match from.read(&mut buffer) {
            Ok(0) => return Ok(lines),
            Ok(n) => {
                to.write_all(&buffer[..n])?;
                lines += memchr::memchr_iter(b'\n', &buffer[..n]).count() as u64;
            }
            Err(e) if e.kind() == ErrorKind::Interrupted => {}
            Err(e) => return Err(e),
        }
    }
}

/// Whether a piece begins there, or what there is of its first bytes; false at the end. Anything else is an
/// error.
fn begins(file: &File, place: u64, compress: Compress) -> io::Result<bool> {
    let magic = match compress {
        Compress::Gz => GZIP,
        Compress::Zst => ZSTD,
    };
    let mut head = [0; 4];
    let head = &mut head[..magic.len()];
    // Of a regular file a short read is its end.
    let length = file.read_at(head, place)?;
    match &head[..length] {
        [] => Ok(false),
        head if magic.starts_with(head) => Ok(true),
        _ => Err(damaged(place, "something else stands there")),
    }
}

/// Unpacks the one piece that begins at `place`.
fn unpack<'a, R: BufRead + Seek>(packed: &'a mut R, place: u64, compress: Compress) -> io::Result<Box<dyn Read + 'a>> {
    packed.seek(SeekFrom::Start(place))?;
    Ok(match compress {
        Compress::Gz => Box::new(GzDecoder::new(packed)),
        Compress::Zst => Box::new(zstd::Decoder::with_buffer(packed)?.single_frame()),
    })
}

fn damaged(place: u64, why: &str) -> io::Error {
    let what = match place {
        0 => format!("it is not packed as --compress says: {why}"),
        place => format!("it is damaged behind its first {place} bytes: {why}"),
    };
    io::Error::new(ErrorKind::InvalidData, what)
}
