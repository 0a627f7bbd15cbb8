//! Makes text from logs harmless for a terminal: what would move the cursor, ring, recolour, reverse
//! or retitle is spelt out as a JSON escape (`\u001b`). Colour codes alone are dropped without a
//! trace: they are decoration, and very common.

use super::steps;

/// True for a character that a terminal may obey instead of show. Tab and line feed are not among
/// them. Bidirectional controls are: they make text read other than it is
/// (<https://trojansource.codes/>); and what is shown as nothing and no script needs, such as zero-width
/// spaces and tags: two names look the same, or a text says more than is seen. Joiners and variation
/// selectors stay: words of Persian and Hindi, emoji and Japanese names are written with them.
pub(crate) fn is_harmful(c: char) -> bool {
    match c {
        '\t' | '\n' => false,
        '\0'..='\u{1f}' | '\u{7f}'..='\u{9f}' => true,
        '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => true,
        '\u{200b}' | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}' => true,
        _ => false,
    }
}

/// Appends `text`, harmless. Line ends stay.
pub(crate) fn push(text: &str, out: &mut Vec<u8>) {
    let mut rest = text;
    while let Some(at) = find(rest) {
        out.extend_from_slice(&rest.as_bytes()[..at]);
        rest = &rest[at..];
        if let Some(length) = colour_code(rest) {
            rest = &rest[length..];
        } else if let Some(c) = rest.chars().next() {
            push_escape(c, out);
            rest = &rest[c.len_utf8()..];
        }
    }
    out.extend_from_slice(rest.as_bytes());
}

/// Appends a JSON value, harmless and still the same value.
pub(crate) fn push_json(json: &str, out: &mut Vec<u8>) {
    let mut rest = json;
    while let Some(at) = find(rest) {
        let Some(c) = rest[at..].chars().next() else { break };
        out.extend_from_slice(&rest.as_bytes()[..at]);
        push_escape(c, out);
        rest = &rest[at + c.len_utf8()..];
    }
    out.extend_from_slice(rest.as_bytes());
}

/// Appends `text`, harmless and on one line: line ends are spelt out too.
pub(crate) fn push_line(text: &str, out: &mut Vec<u8>) {
    if suspicious(text.as_bytes()).is_none() {
        return out.extend_from_slice(text.as_bytes()); // mostly
    }
    let mut rest = text;
    while let Some(at) = memchr::memchr(b'\n', rest.as_bytes()) {
        push(&rest[..at], out);
        out.extend_from_slice(b"\\n");
        rest = &rest[at + 1..];
    }
    push(rest, out);
}

/// The text itself, harmless, for our own messages, on one line.
pub(crate) fn line(text: &str) -> String {
    let mut out = Vec::new();
    push_line(text, &mut out);
    String::from_utf8_lossy(&out).into_owned()
}

/// True where [`fn@line`] tells the text as it is, and who copies it has it: a terminal gives no tab, and
/// U+FFFD mostly stands for what is no text.
pub(crate) fn is_told(text: &str) -> bool {
    line(text) == text && !text.contains(['\t', '\u{fffd}'])
}

fn push_escape(c: char, out: &mut Vec<u8>) {
    match c {
        '\r' => out.extend_from_slice(b"\\r"),
        _ => {
            for unit in c.encode_utf16(&mut [0; 2]) {
                let digit = |at: u16| b"0123456789abcdef"[usize::from(*unit >> at & 15)];
                out.extend_from_slice(&[b'\\', b'u', digit(12), digit(8), digit(4), digit(0)]);
            }
        }
    }
}

/// The place of the first harmful character.
fn find(text: &str) -> Option<usize> {
    let mut at = 0;
    while let Some(found) = suspicious(&text.as_bytes()[at..]) {
        at += found;
        let c = text[at..].chars().next()?;
        if is_harmful(c) {
            return Some(at);
        }
        at += c.len_utf8();
    }
    None
}

/// The place of the first byte that a harmful character may begin with: an ASCII control, or the
/// first byte of U+0080 to U+00BF, of U+0600 to U+063F, of U+2000 to U+2FFF, of U+F000 to U+FFFF, or of
/// U+C0000 to U+FFFFF.
fn suspicious(bytes: &[u8]) -> Option<usize> {
    let begin = steps::one_of([0x7f, 0xc2, 0xd8, 0xe2, 0xef, 0xf3]);
    steps::find(bytes, |step| begin(step) | steps::control(step))
}

/// The length of the SGR sequence (`ESC [ digits ; … m`) at the start of `text`.
fn colour_code(text: &str) -> Option<usize> {
    let parameters = text.strip_prefix("\u{1b}[")?;
    let length = parameters.bytes().take_while(|b| matches!(b, b'0'..=b'9' | b';' | b':')).count();
    (parameters.as_bytes().get(length) == Some(&b'm')).then_some(length + 3)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Text of all that may matter: plain, beyond ASCII, harmful, and what stands near the harmful.
    fn texts() -> impl Strategy<Value = String> {
        let near = prop_oneof![
            Just('\u{1b}'),
            Just('\u{7f}'),
            Just('\u{85}'),
            Just('\u{9b}'),
            Just('\u{a0}'),
            Just('\u{61b}'),
            Just('\u{61c}'),
            Just('\u{200b}'),
            Just('\u{200d}'),
            Just('\u{200e}'),
            Just('\u{202e}'),
            Just('\u{202f}'),
            Just('\u{2066}'),
            Just('\u{2070}'),
            Just('\u{feff}'),
            Just('！'),
            Just('\u{fffc}'),
            Just('\u{e0041}'),
            Just('\u{e0100}'),
            Just('東'),
            Just('…'),
            Just('\t'),
            Just('\n'),
            Just('\r'),
            Just('\0'),
        ];
        let piece = prop_oneof![
            6 => "[ -~]{0,12}",
            3 => near.prop_map(String::from),
            1 => "\x1b\\[[0-9;]{0,5}m",
            1 => ".{0,3}",
        ];
        proptest::collection::vec(piece, 0..8).prop_map(|pieces| pieces.concat())
    }

    proptest! {
        #[test]
        fn the_first_harmful_character_is_found(text in texts()) {
            let found = text.char_indices().find(|(_, c)| is_harmful(*c)).map(|(at, _)| at);
            prop_assert_eq!(find(&text), found);
        }

        #[test]
        fn nothing_harmful_is_left(text in texts()) {
            let mut out = Vec::new();
            push(&text, &mut out);
            let out = String::from_utf8(out).expect("text stays text");
            prop_assert!(!out.contains(is_harmful), "{:?}", out);
            prop_assert!(!line(&text).contains('\n'));
        }

        #[test]
        fn harmless_text_stays_as_it_is(text in "[ -~\t\n東…é]{0,40}") {
            let mut out = Vec::new();
            push(&text, &mut out);
            prop_assert_eq!(String::from_utf8_lossy(&out), text);
        }
    }
}
