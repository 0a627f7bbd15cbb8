//! Texts straight out of a line: unescaped and made harmless in one look at each byte, as long as they hold nothing but
//! the most common escapes.

use super::sanitize;
use super::steps;
use super::text::Text;

/// How escapes of tabs, line ends and backslashes are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Spelling {
    /// As what they mean. Line ends are not [pushed](push).
    Meant,
    /// As they stand: one line, between tabs.
    Escaped,
    /// Tabs and line ends as they stand, backslashes as what they mean: one line, for people.
    Line,
}

/// Appends the text, if it is one line in that spelling and simple; else says false, and appends nothing.
pub(super) fn push(text: Text, spelling: Spelling, out: &mut Vec<u8>) -> bool {
    let Text::Json(mut rest) = text else { return false };
    let start = out.len();
    let mark = steps::one_of([b'\\', 0x7f, 0xc2, 0xd8, 0xe2, 0xef, 0xf3]);
    while let Some(at) = steps::find(rest.as_bytes(), |step| mark(step) | steps::control(step)) {
        let taken = match (&rest.as_bytes()[at..], spelling) {
            ([b'\\', c @ (b'"' | b'/'), ..], _) | ([b'\\', c @ b'\\', ..], Spelling::Meant | Spelling::Line) => {
                out.extend_from_slice(&rest.as_bytes()[..at]);
                out.push(*c);
                2
            }
            ([b'\\', b't', ..], Spelling::Meant) => {
                out.extend_from_slice(&rest.as_bytes()[..at]);
                out.push(b'\t');
                2
            }
            ([b'\\', b't' | b'n' | b'\\', ..], Spelling::Escaped) | ([b'\\', b't' | b'n', ..], Spelling::Line) => {
                out.extend_from_slice(&rest.as_bytes()[..at + 2]);
                2
            }
            _ => match rest[at..].chars().next() {
                Some(c) if c != '\\' && !sanitize::is_harmful(c) => {
                    out.extend_from_slice(&rest.as_bytes()[..at + c.len_utf8()]);
                    c.len_utf8()
                }
                _ => {
                    out.truncate(start);
                    return false;
                }
            },
        };
        rest = &rest[at + taken..];
    }
    out.extend_from_slice(rest.as_bytes());
    true
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use proptest::sample::select;

    use super::*;
    use crate::entry::{template_form, tsv};

    #[test]
    fn no_character_that_does_harm_is_written_straight() {
        for c in (' '..=char::MAX).filter(|c| sanitize::is_harmful(*c)) {
            assert!(!push(Text::Json(&format!("a{c}b")), Spelling::Meant, &mut Vec::new()), "{c:?}");
        }
    }

    proptest! {
        #[test]
        fn what_is_written_straight_is_what_unescaping_and_then_making_harmless_gives(
            pieces in proptest::collection::vec(prop_oneof![
                3 => "[ -!#-\\[\\]-~]{0,20}".prop_map(String::from),
                2 => select(vec![
                    r#"\""#, r"\\", r"\/", r"\t", r"\n", r"\r", r"\b", r"\u0041", r"\u001b", r"\u202e", r"\ud83d\ude00", "\u{7f}", "\u{85}",
                    "\u{a0}", "é", "東", "！", "…", "\u{200b}", "\u{202e}", "\u{feff}", "🍵", "\u{e0041}",
                ]).prop_map(String::from),
            ], 0..6),
            spelling in select(vec![Spelling::Meant, Spelling::Escaped, Spelling::Line]),
        ) {
            let raw = pieces.concat();
            let (mut straight, mut slowly) = (b"before".to_vec(), b"before".to_vec());
            let text = Text::Json(&raw).to_cow();
            match spelling {
                Spelling::Meant => sanitize::push(&text, &mut slowly),
                Spelling::Escaped => tsv::field(&text, &mut slowly),
                Spelling::Line => template_form::spell(&text, &mut slowly),
            }
            let is_line = spelling != Spelling::Meant || !text.contains('\n');
            if push(Text::Json(&raw), spelling, &mut straight) {
                prop_assert!(is_line);
                prop_assert_eq!(String::from_utf8(straight).unwrap(), String::from_utf8(slowly).unwrap());
            } else {
                prop_assert_eq!(straight, b"before");
                prop_assert!(!is_line || raw.contains(|c: char| c == '\\' || sanitize::is_harmful(c)));
            }
        }
    }
}
