//! Pieces: Cloud Logging's mark on the parts of an entry that was over its size limit.

use super::paths::Slot;
use super::text::Text;
use super::{Entry, member};

/// Which part of which entry a record is.
/// <https://cloud.google.com/logging/docs/reference/v2/rest/v2/LogEntry#LogSplit>
#[derive(Clone, Copy, Debug)]
pub(crate) struct Piece<'a> {
    /// The same in all pieces of an entry. Not always of one entry alone: the OpenTelemetry exporter
    /// makes it of the log's name and the time.
    pub uid: Text<'a>,
    /// From 0.
    pub index: u32,
    /// How many pieces there are.
    pub total: u32,
}

impl<'a> Entry<'a> {
    /// The mark, where this is one of several pieces.
    pub(crate) fn piece(&self) -> Option<Piece<'a>> {
        let split = self.value(Slot::Split).filter(|value| value.starts_with('{'))?;
        // BigQuery writes integers as strings in some of its forms.
        let number = |key| member(split, key)?.trim_matches('"').parse::<u32>().ok();
        let piece = Piece {
            uid: Text::of_value(member(split, "uid")?)?,
            // Of the first piece, protocol buffers leave the number 0 out.
            index: number("index").unwrap_or(0),
            total: number("totalSplits").or_else(|| number("total_splits"))?,
        };
        (piece.total > 1 && piece.index < piece.total && !piece.uid.is_empty()).then_some(piece)
    }

    /// The text of a record that has no payload, as it stands between its quotes.
    pub(crate) fn sole_text(&self) -> Option<&'a str> {
        let [text, json, proto] = self.dialect.payload_slots();
        let has_more = [json, proto].into_iter().flatten().any(|slot| self.value(slot).is_some());
        match self.text(text?)? {
            Text::Json(raw) if !has_more => Some(raw),
            _ => None,
        }
    }

    /// The line with `text`, which is escaped, in the place of its [sole text](Self::sole_text).
    pub(crate) fn with_text(&self, text: &str) -> Option<String> {
        let span = self.spans.get(self.dialect.payload_slots()[0]?);
        let (before, after) = (self.line.get(..span.start as usize)?, self.line.get(span.end as usize..)?);
        Some([before, "\"", text, "\"", after].concat())
    }
}
