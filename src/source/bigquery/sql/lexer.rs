//! Tells code from what stands in quotes and comments, as far as parentheses and parameters need it.
//! <https://cloud.google.com/bigquery/docs/reference/standard-sql/lexical>

/// A stretch of SQL.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Token<'a> {
    Code(&'a str),
    /// A string, a name in backticks or a comment, whole.
    Closed(&'a str),
    /// The same without its end.
    Open(&'a str),
}

/// The stretches of `text`, which together are the text.
pub(super) fn tokens(text: &str) -> impl Iterator<Item = Token<'_>> {
    let mut rest = text;
    std::iter::from_fn(move || {
        if rest.is_empty() {
            return None;
        }
        let (end, token): (usize, fn(&str) -> Token<'_>) = match closing(rest) {
            Some(Some(end)) => (end, |text| Token::Closed(text)),
            Some(None) => (rest.len(), |text| Token::Open(text)),
            None => {
                let next = rest.char_indices().map(|(at, _)| at).find(|&at| at > 0 && closing(&rest[at..]).is_some());
                (next.unwrap_or(rest.len()), |text| Token::Code(text))
            }
        };
        let (this, behind) = rest.split_at(end);
        rest = behind;
        Some(token(this))
    })
}

/// Where the string, name or comment at the start of `text` ends: `Some(None)` where it does not, `None` where
/// there is none. Prefixes (`r`, `b`) change nothing: in raw strings too a backslash keeps the quote
/// behind it from closing.
fn closing(text: &str) -> Option<Option<usize>> {
    let bytes = text.as_bytes();
    match bytes {
        [b'#', ..] | [b'-', b'-', ..] => Some(Some(text.find(['\n', '\r']).unwrap_or(text.len()))),
        [b'/', b'*', ..] => Some(text[2..].find("*/").map(|at| at + 4)),
        [quote @ (b'\'' | b'"' | b'`'), ..] => {
            let is_triple = *quote != b'`' && bytes.len() >= 3 && bytes[1] == *quote && bytes[2] == *quote;
            let width = if is_triple { 3 } else { 1 };
            let mut at = width;
            while let Some(byte) = bytes.get(at) {
                match byte {
                    b'\\' if !is_triple && matches!(bytes.get(at + 1), Some(b'\n' | b'\r')) => return Some(None),
                    b'\\' => at += 2,
                    b'\n' | b'\r' if !is_triple => return Some(None),
                    _ if bytes[at..].starts_with(&bytes[..width]) => return Some(Some(at + width)),
                    _ => at += 1,
                }
            }
            Some(None)
        }
        _ => None,
    }
}
