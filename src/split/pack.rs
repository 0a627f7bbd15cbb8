//! Compression. Each piece becomes one gzip member or zstd frame of its own, so that no state is
//! kept for a file; such streams may follow one another.

use std::io::{self, Write};

use super::args::Compress;

/// Level 3 is zstd's own default.
pub(crate) const ZSTD_LEVEL: i32 = 3;

pub(crate) enum Pack {
    Gzip,
    Zstd(zstd::bulk::Compressor<'static>),
}

impl Pack {
    pub(crate) fn new(compress: Compress) -> io::Result<Self> {
        Ok(match compress {
            Compress::Gz => Pack::Gzip,
            Compress::Zst => {
                let mut compressor = zstd::bulk::Compressor::new(ZSTD_LEVEL)?;
                compressor.include_checksum(true)?;
                Pack::Zstd(compressor)
            }
        })
    }

    pub(crate) fn format(&self) -> Compress {
        match self {
            Pack::Gzip => Compress::Gz,
            Pack::Zstd(_) => Compress::Zst,
        }
    }

    pub(crate) fn pack(&mut self, piece: &[u8]) -> io::Result<Vec<u8>> {
        match self {
            Pack::Gzip => {
                let mut member = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
                member.write_all(piece)?;
                member.finish()
            }
            Pack::Zstd(compressor) => compressor.compress(piece),
        }
    }
}
