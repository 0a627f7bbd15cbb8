//! Proves that texts are unescaped, escaped and compacted as serde_json does it.

use proptest::prelude::*;

use super::super::scan::{self, Spans};
use super::super::text::{self, Text};
use super::{blanks, object, printed};

fn escaped(text: &str) -> String {
    let mut out = Vec::new();
    text::escape(text, &mut out);
    String::from_utf8(out).unwrap()
}

fn compacted(json: &str) -> String {
    let mut out = Vec::new();
    text::compact(json, &mut out);
    String::from_utf8(out).unwrap()
}

/// A character of a JSON string, in one of the ways to write it.
fn spelt() -> impl Strategy<Value = String> {
    const ESCAPES: &[&str] =
        &["\\n", "\\t", "\\r", "\\b", "\\f", "\\\\", "\\\"", "\\/", "n", "u000a", "\\u000a", "\\u000A"];
    prop_oneof![
        prop::sample::select(ESCAPES).prop_map(str::to_owned),
        any::<char>().prop_map(|c| escaped(&c.to_string())),
        "[a-c é東🍵]{0,20}",
        any::<char>().prop_map(|c| c.encode_utf16(&mut [0; 2]).iter().map(|unit| format!("\\u{unit:04x}")).collect()),
    ]
}

proptest! {
    #[test]
    fn strings_mean_what_serde_json_says(parts in prop::collection::vec(spelt(), 0..20)) {
        let raw = parts.concat();
        let theirs: String = serde_json::from_str(&format!("\"{raw}\"")).unwrap();
        let text = Text::Json(&raw);
        prop_assert_eq!(&text.to_cow(), &theirs);
        prop_assert!(text == *theirs);
        let longer = theirs.clone() + ".";
        prop_assert!(text != *longer);
        let mut pushed = Vec::new();
        text.push_to(&mut pushed);
        prop_assert_eq!(&pushed, theirs.as_bytes());
        let shorter = theirs.strip_suffix('\n').unwrap_or(&theirs);
        prop_assert_eq!(text.without_newline().to_cow(), shorter);
        prop_assert_eq!(Text::Plain(&theirs).without_newline().to_cow(), shorter);
    }

    #[test]
    fn any_text_can_be_escaped(text in any::<String>()) {
        let raw = escaped(&text);
        prop_assert_eq!(Text::Json(&raw).to_cow(), text.as_str());
        let theirs: String = serde_json::from_str(&format!("\"{raw}\"")).unwrap();
        prop_assert_eq!(theirs, text);
    }

    #[test]
    fn respelt_text_is_what_escaping_it_anew_gives(parts in prop::collection::vec(spelt(), 0..20)) {
        let raw = parts.concat();
        let mut respelt = Vec::new();
        text::respell(&raw, &mut respelt);
        prop_assert_eq!(String::from_utf8_lossy(&respelt), escaped(&Text::Json(&raw).to_cow()));
        let mut spans = Spans::default();
        scan::value_at(format!("\"{raw}\"").as_bytes(), 0, &mut spans).unwrap();
        prop_assert!(spans.is_foreign || respelt == raw.as_bytes(), "{raw}");
    }

    #[test]
    fn compact_takes_blanks_away_and_nothing_else(object in object(), blanks in blanks()) {
        prop_assert_eq!(compacted(&printed(&object, &blanks)), object.compact());
    }
}

#[test]
fn every_control_character_is_escaped() {
    for byte in 0..0x20u8 {
        let text = char::from(byte).to_string();
        assert_eq!(Text::Json(&escaped(&text)).to_cow(), text);
        assert!(escaped(&text).starts_with('\\'));
    }
}

#[test]
fn one_line_end_is_taken_off() {
    let cases = [
        (r"a\n", "a"),
        (r"a\n\n", "a\n"),
        (r"a\r\n", "a\r"),
        (r"a\\n", "a\\n"),
        (r"a\\\n", "a\\"),
        (r"a\\\\n", r"a\\n"),
        (r"\n", ""),
        (r"\\u000a", r"\u000a"),
        (r"a\u000a", "a"),
        (r"a\u000A", "a"),
        (r"a\\\u000a", "a\\"),
        (r"an", "an"),
        ("", ""),
    ];
    for (raw, text) in cases {
        assert_eq!(Text::Json(raw).without_newline().to_cow(), text, "{raw}");
    }
}

#[test]
fn only_strings_are_texts() {
    for value in ["1", "null", "{}", "[\"a\"]", "true"] {
        assert!(Text::of_value(value).is_none(), "{value}");
    }
    assert!(Text::of_value("\"\"").is_some_and(Text::is_empty));
}

#[test]
fn numbers_stay_as_they_stand() {
    let json = r#"{ "id" : 12345678901234567890 , "a" : [ 1.50 , -0 , 1E+2 ] , "s" : " a \" b " }"#;
    assert_eq!(compacted(json), r#"{"id":12345678901234567890,"a":[1.50,-0,1E+2],"s":" a \" b "}"#);
}
