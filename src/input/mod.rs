//! Reading: from named files or standard input to JSON values and lines.
//!
//! [`open`] gives the bytes of one input, decompressed by magic; [`values::Values`] cuts them into
//! items without copying. What is not UTF-8 and what is half a surrogate pair is mended here and
//! counted, so that everything behind this module works on sound text.

mod chunks;
pub(crate) mod crew;
mod dry;
mod lines;
pub(crate) mod values;

#[cfg(test)]
pub(crate) mod tests;

use std::fs::File;
use std::io::{self, BufReader, Read};
use std::path::Path;

pub(crate) use dry::{Dry, Patience, Stopped};

/// What an input is called in messages.
pub(crate) const STDIN: &str = "standard input";

/// Opens `path` (`-` is standard input) for reading through any compression. Gzip and zstd are known
/// by their magic, members and frames may follow one another. Nothing is read yet. Reading gives an
/// error of kind [`io::ErrorKind::WouldBlock`] once each time a pipe or terminal runs dry, as
/// `patience` asks.
pub(crate) fn open(path: &Path, patience: Patience) -> io::Result<Box<dyn Read + Send>> {
    let file = if path == Path::new("-") {
        File::from(rustix::io::dup(rustix::stdio::stdin())?)
    } else {
        let file = File::open(path)?;
        if file.metadata()?.is_dir() {
            return Err(io::ErrorKind::IsADirectory.into());
        }
        file
    };
    Ok(Box::new(Unpack::new(Dry::new(file, patience)?)))
}

/// Reads a regular file through its compression, as [`open`] does.
pub(crate) fn unpacked(file: File) -> io::Result<impl Read> {
    Ok(Unpack::new(Dry::new(file, Patience::default())?))
}

/// How a file is compressed, by its first bytes: `gzip`, `zstd`, `plain`; or it is `empty`.
pub(crate) fn packing(path: &Path) -> io::Result<&'static str> {
    packing_of(File::open(path)?)
}

/// The same of a file at its beginning; reads from it.
pub(crate) fn packing_of(file: impl Read) -> io::Result<&'static str> {
    let mut magic = Vec::new();
    file.take(4).read_to_end(&mut magic)?;
    Ok(match &magic[..] {
        [] => "empty",
        magic if magic.starts_with(GZIP) => "gzip",
        magic if magic.starts_with(ZSTD) => "zstd",
        _ => "plain",
    })
}

pub(crate) const GZIP: &[u8] = &[0x1f, 0x8b];
pub(crate) const ZSTD: &[u8] = &[0x28, 0xb5, 0x2f, 0xfd];

/// Reads through the compression that the first bytes tell.
enum Unpack {
    /// With the bytes read so far; `None` only on the way to `Known`.
    Unknown(Option<(Dry, Vec<u8>)>),
    Known(Box<dyn Read + Send>),
}

impl Unpack {
    fn new(read: Dry) -> Self {
        Unpack::Unknown(Some((read, Vec::with_capacity(4))))
    }
}

impl Read for Unpack {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        if let Unpack::Unknown(unknown) = self {
            if let Some((read, magic)) = unknown {
                look(read, magic)?;
            }
            if let Some((read, magic)) = unknown.take() {
                *self = Unpack::Known(unpack(read, magic)?);
            }
        }
        match self {
            Unpack::Known(read) => read.read(buf).map_err(plainly),
            Unpack::Unknown(_) => Ok(0),
        }
    }
}

/// What helps, where the libraries do not say it: zstd refuses what would take more than 128 MiB of memory,
/// and parts that are packed in several ways cannot be told apart.
fn plainly(error: io::Error) -> io::Error {
    let said = error.to_string();
    if said.contains("requires too much memory") {
        let remedy = "its zstd window is over 128 MiB; unpack it first: zstd -d --long=31";
        return io::Error::new(io::ErrorKind::OutOfMemory, remedy);
    }
    // As flate2 and zstd have it.
    let packing = match said.as_str() {
        "invalid gzip header" => "gzip",
        "Unknown frame descriptor" => "zstd",
        _ => return error,
    };
    io::Error::new(
        error.kind(),
        format!("{said}: something else follows the {packing} part, or it is damaged; give files one by one"),
    )
}

/// Reads no more first bytes than it takes to decide. After an error, which a dry pipe and a signal
/// are too, call it again.
fn look(read: &mut Dry, magic: &mut Vec<u8>) -> io::Result<()> {
    let may_be =
        |head: &[u8]| [GZIP, ZSTD].into_iter().any(|magic| magic.len() > head.len() && magic.starts_with(head));
    let mut byte = [0];
    while may_be(magic) && read.read(&mut byte)? > 0 {
        magic.push(byte[0]);
    }
    Ok(())
}

fn unpack(read: Dry, magic: Vec<u8>) -> io::Result<Box<dyn Read + Send>> {
    let (is_gzip, is_zstd) = (magic == GZIP, magic == ZSTD);
    let whole = io::Cursor::new(magic).chain(read);
    Ok(if is_gzip {
        Box::new(flate2::bufread::MultiGzDecoder::new(BufReader::with_capacity(1 << 16, whole)))
    } else if is_zstd {
        Box::new(zstd::Decoder::new(whole)?)
    } else {
        Box::new(whole)
    })
}
