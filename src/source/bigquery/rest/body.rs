//! The body of an answer, unpacked as it comes. reqwest would do it as well, through copies of 8 KB each.

use flate2::{Decompress, FlushDecompress, Status};
use reqwest::header::{CONTENT_ENCODING, HeaderMap};

/// The least room that is made for what is unpacked at a time, in bytes.
const ROOM: usize = 64 << 10;

/// The window of gzip, as a power of 2.
const WINDOW: u8 = 15;

/// What came of a body so far.
#[derive(Debug)]
pub(super) struct Body {
    pub bytes: Vec<u8>,
    packing: Packing,
}

#[derive(Debug)]
enum Packing {
    Plain,
    /// In the middle of a member, or in front of the first.
    Gzip(Box<Decompress>),
    /// A member has ended. Another may follow.
    Ended,
}

/// It is no gzip.
#[derive(Debug)]
pub(super) struct Unsound;

impl Body {
    /// In front of the body that these headers announce. It is put into `room`, which is empty.
    pub(super) fn new(headers: &HeaderMap, room: Vec<u8>) -> Self {
        let encoding = headers.get(CONTENT_ENCODING).and_then(|encoding| encoding.to_str().ok()).unwrap_or_default();
        let packing = match encoding.trim().to_ascii_lowercase().as_str() {
            // <https://www.rfc-editor.org/rfc/rfc9110#section-8.4.1.3>
            "gzip" | "x-gzip" => gzip(),
            _ => Packing::Plain,
        };
        Body { bytes: room, packing }
    }

    /// Takes the next piece; false where more than `longest` bytes would come of it.
    pub(super) fn take(&mut self, mut piece: &[u8], longest: usize) -> Result<bool, Unsound> {
        if let Packing::Plain = self.packing {
            let fits = self.bytes.len() + piece.len() <= longest;
            self.bytes.extend_from_slice(if fits { piece } else { b"" });
            return Ok(fits);
        }
        // A member may have more to give although all of the piece is taken.
        loop {
            if let Packing::Ended = self.packing
                && !piece.is_empty()
            {
                self.packing = gzip();
            }
            let Packing::Gzip(member) = &mut self.packing else { return Ok(true) };
            if self.bytes.len() == self.bytes.capacity() {
                self.bytes.reserve(ROOM);
            }
            let before = (member.total_in(), member.total_out());
            let status = member.decompress_vec(piece, &mut self.bytes, FlushDecompress::None).map_err(|_| Unsound)?;
            if self.bytes.len() > longest {
                return Ok(false);
            }
            piece = &piece[(member.total_in() - before.0) as usize..];
            let has_stopped = before == (member.total_in(), member.total_out());
            match status {
                Status::StreamEnd => self.packing = Packing::Ended,
                Status::Ok | Status::BufError if has_stopped => return Ok(true),
                Status::Ok | Status::BufError => {}
            }
        }
    }

    /// True where the body may end here.
    pub(super) fn is_whole(&self) -> bool {
        !matches!(self.packing, Packing::Gzip(_))
    }
}

fn gzip() -> Packing {
    Packing::Gzip(Box::new(Decompress::new_gzip(WINDOW)))
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use flate2::Compression;
    use flate2::write::GzEncoder;
    use proptest::prelude::*;
    use reqwest::header::HeaderValue;

    use super::*;

    fn packed(bytes: &[u8]) -> Vec<u8> {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
        encoder.write_all(bytes).unwrap();
        encoder.finish().unwrap()
    }

    fn announced(encoding: &'static str) -> Body {
        Body::new(&HeaderMap::from_iter([(CONTENT_ENCODING, HeaderValue::from_static(encoding))]), Vec::new())
    }

    /// What comes of pieces of these lengths, and then of the rest.
    fn read(mut body: Body, bytes: &[u8], lengths: &[usize]) -> Result<(Vec<u8>, bool), Unsound> {
        let mut rest = bytes;
        for length in lengths {
            let (piece, behind) = rest.split_at((*length).min(rest.len()));
            assert!(body.take(piece, usize::MAX)?);
            rest = behind;
        }
        assert!(body.take(rest, usize::MAX)?);
        let is_whole = body.is_whole();
        Ok((body.bytes, is_whole))
    }

    proptest! {
        #[test]
        fn a_body_is_what_was_packed_in_whatever_pieces_it_comes(
            text in "[a-c]{0,300}", times in 1usize..500, lengths in proptest::collection::vec(0usize..400, 0..20),
        ) {
            let text = text.repeat(times).into_bytes();
            let whole = packed(&text);
            prop_assert!(read(announced("gzip"), &whole, &lengths).unwrap() == (text.clone(), true));
            prop_assert!(read(announced("x-GZIP"), &whole, &lengths).unwrap() == (text.clone(), true));
            let members = [packed(b"first,"), whole].concat();
            prop_assert!(read(announced("gzip"), &members, &lengths).unwrap() == ([b"first,", text.as_slice()].concat(), true));
            prop_assert!(read(announced("identity"), &text, &lengths).unwrap() == (text.clone(), true));
        }

        #[test]
        fn a_body_that_is_cut_is_not_whole(text in "[a-c]{0,300}", cut in any::<proptest::sample::Index>()) {
            let whole = packed(text.as_bytes());
            prop_assert!(!read(announced("gzip"), &whole[..cut.index(whole.len())], &[]).unwrap().1);
        }
    }

    #[test]
    fn a_body_takes_no_more_memory_than_it_may() {
        let bomb = packed(&vec![b'{'; 50_000_000]);
        let mut body = announced("gzip");
        assert!(!body.take(&bomb, 1_000_000).unwrap());
        assert!(body.bytes.capacity() < 3_000_000, "{}", body.bytes.capacity());
        let mut body = announced("identity");
        assert!(body.take(b"123", 4).unwrap() && !body.take(b"45", 4).unwrap());
    }

    #[test]
    fn what_is_no_gzip_or_is_not_what_was_packed_is_unsound() {
        let mut torn = packed(b"some text");
        let checksum = torn.len() - 6;
        torn[checksum] ^= 1;
        for (what, bytes) in [("JSON", b"{\"kind\":\"bigquery#queryResponse\"}".to_vec()), ("another checksum", torn)] {
            assert!(announced("gzip").take(&bytes, usize::MAX).is_err(), "{what}");
        }
    }
}
