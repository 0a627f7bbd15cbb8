//! Proves that the scanner takes what serde_json takes and nothing else, and that every place it
//! notes is the one where serde_json finds the value.

use proptest::prelude::*;
use serde_json::Value;

use super::super::paths::Slot;
use super::super::scan::{self, Flaw, MAX_DEPTH, Spans};
use super::super::text::{self, Text};
use super::{blanks, object, printed};
use crate::fuzz::record::{agrees_with_serde_json, members_are_those_of_serde_json};

fn scanned(text: &[u8]) -> Result<usize, Flaw> {
    scan::object(text, &mut Spans::default())
}

proptest! {
    #[test]
    fn places_are_where_serde_json_finds_the_values(object in object(), blanks in blanks()) {
        let text = printed(&object, &blanks);
        let mut spans = Spans::default();
        prop_assert_eq!(scan::object(text.as_bytes(), &mut spans), Ok(text.len()));
        members_are_those_of_serde_json(&text);
        let newlines = text.matches('\n').count() as u32;
        prop_assert_eq!(spans.newlines, newlines);
        let compact = object.compact();
        prop_assert_eq!(spans.is_spaced, compact != text);
        let super::Json::Object(members) = &object else { unreachable!() };
        prop_assert_eq!(spans.keys as usize, members.len());
    }

    #[test]
    fn members_come_in_order_and_whole(object in object(), blanks in blanks()) {
        let text = printed(&object, &blanks);
        let mut found = Vec::new();
        scan::members(&text, |key, value| {
            found.push((format!("\"{key}\""), serde_json::from_str::<Value>(value).unwrap()));
            true
        });
        let super::Json::Object(members) = &object else { unreachable!() };
        let value = |json: &super::Json| serde_json::from_str::<Value>(&json.compact()).unwrap();
        let theirs: Vec<_> = members.iter().map(|(key, json)| (key.clone(), value(json))).collect();
        prop_assert_eq!(found, theirs);
        let whole: Value = serde_json::from_str(&text).unwrap();
        for (key, theirs) in whole.as_object().unwrap() {
            let ours = super::super::member(&text, key).map(|text| serde_json::from_str::<Value>(text).unwrap());
            prop_assert_eq!(ours.as_ref(), Some(theirs).filter(|value| !value.is_null()));
        }
    }

    #[test]
    fn what_is_cut_off_is_incomplete(object in object(), blanks in blanks()) {
        let text = printed(&object, &blanks);
        for end in 0..text.len() {
            prop_assert_eq!(scanned(&text.as_bytes()[..end]), Err(Flaw::Incomplete), "{}", &text[..text.floor_char_boundary(end)]);
        }
    }

    #[test]
    fn spoilt_json_is_refused_as_serde_json_does(
        object in object(),
        blanks in blanks(),
        wounds in prop::collection::vec((any::<prop::sample::Index>(), 0..4, any::<prop::sample::Index>()), 1..4),
    ) {
        let mut text = printed(&object, &blanks).into_bytes();
        const BYTES: &[u8] = b"{}[]:,\"\\0123eE+-.tfnul \n\t\x00\x1f\x7f\xc3\xffadu/";
        for (place, kind, byte) in wounds {
            if text.is_empty() {
                break;
            }
            let at = place.index(text.len());
            match kind {
                0 => drop(text.remove(at)),
                1 => text.insert(at, BYTES[byte.index(BYTES.len())]),
                2 => {
                    let other = byte.index(text.len());
                    text.swap(at, other);
                }
                _ => text.truncate(at),
            }
        }
        agrees_with_serde_json(&text);
    }

    #[test]
    fn any_bytes_are_judged_as_serde_json_does(tail in "[{}\\[\\]:,\"\\\\0-9eE+.tfnrualsu \n-]{0,24}") {
        agrees_with_serde_json(format!("{{\"a\":{tail}").as_bytes());
        agrees_with_serde_json(tail.as_bytes());
    }

    #[test]
    fn halves_of_surrogate_pairs_are_mended(units in prop::collection::vec(unit(), 0..12)) {
        let escaped: String = units.iter().map(|(_, token)| token.as_str()).collect();
        let plain: Vec<u16> = units.iter().flat_map(|(units, _)| units.clone()).collect();
        let mut line = format!("{{\"message\":\"{escaped}\"}}").into_bytes();
        let theirs = String::from_utf16_lossy(&plain);
        let is_whole = String::from_utf16(&plain).is_ok();
        let mut spans = Spans::default();
        prop_assert_eq!(scan::object(&line, &mut spans), Ok(line.len()));
        prop_assert_eq!(spans.is_torn, !is_whole);
        scan::mend_surrogates(&mut line);
        prop_assert_eq!(scanned(&line), Ok(line.len()));
        let line = String::from_utf8(line).unwrap();
        let message = Text::of_value(super::super::member(&line, "message").unwrap()).unwrap();
        prop_assert_eq!(message.to_cow(), theirs);
    }
}

/// A piece of a JSON string and the UTF-16 that it means.
fn unit() -> impl Strategy<Value = (Vec<u16>, String)> {
    prop_oneof![
        any::<u16>().prop_map(|unit| (vec![unit], format!("\\u{unit:04x}"))),
        (0xD800u16..0xE000).prop_map(|unit| (vec![unit], format!("\\u{unit:04X}"))),
        (0xD800u16..0xDC00).prop_map(|unit| (vec![unit], format!("\\u{unit:04x}"))),
        Just((vec![0x5c], "\\\\".to_owned())),
        Just((vec![0x5c, 0x75], "\\\\u".to_owned())),
        Just((vec![0x0a], "\\n".to_owned())),
        Just(("é".encode_utf16().collect(), "é".to_owned())),
    ]
}

#[test]
fn numbers() {
    let good =
        ["0", "-0", "7", "10", "0.0", "-1.50", "1e5", "1E5", "1e+5", "1e-5", "0e0", "1.5E-0", "12345678901234567890"];
    for number in good {
        assert_eq!(scan::value(number.as_bytes()), Ok(number.len()), "{number}");
    }
    for number in ["-", "1.", "1e", "1e+", "1E-", "-0."] {
        assert_eq!(scan::value(number.as_bytes()), Err(Flaw::Incomplete), "{number}");
    }
    for number in ["+1", ".5", "-a", "1.e5", "1ex", "-.5", "NaN", "Infinity", "--1"] {
        assert!(matches!(scan::value(number.as_bytes()), Err(Flaw::Invalid(_))), "{number}");
    }
    for (number, end) in [("01", 1), ("-01", 2), ("1.5.5", 3), ("0x1", 1), ("1e5e5", 3), ("1_0", 1)] {
        assert_eq!(scan::value(number.as_bytes()), Ok(end), "{number} ends early");
        assert!(scanned(format!("{{\"a\":{number}}}").as_bytes()).is_err(), "{number}");
    }
}

#[test]
fn control_characters_are_refused_in_strings_and_between_tokens() {
    for byte in 0..0x20u8 {
        let within = [b"{\"a\":\"", &[byte][..], b"\"}"].concat();
        assert_eq!(scanned(&within), Err(Flaw::Invalid(6)), "{byte:#x} within a string");
        let between = [b"{", &[byte][..], b"}"].concat();
        let is_blank = matches!(byte, b'\t' | b'\n' | b'\r');
        assert_eq!(scanned(&between).is_ok(), is_blank, "{byte:#x} between tokens");
    }
    assert_eq!(scanned(b"{\"a\":\"\x7f\"}"), Ok(9), "DEL is none of JSON's");
}

#[test]
fn every_place_of_a_word_is_looked_at_for_special_bytes() {
    for length in 0..40 {
        for at in 0..length {
            for byte in [b'"', b'\\', 0, 0x1f, b'\n'] {
                for filler in [b' ', b'!', b'#', b'[', b']', 0x7f, 0x80, 0xa2, 0xdc, 0xff] {
                    let mut text = vec![filler; length];
                    text[at] = byte;
                    assert_eq!(text::special(&text), at, "{byte:#x} at {at} of {length} {filler:#x}");
                }
            }
        }
        assert_eq!(text::special(&vec![0x80; length]), length);
    }
}

/// `levels` levels, the object itself counted.
fn nested(levels: usize, open: &str, close: &str) -> String {
    format!("{{\"a\":{}1{}}}", open.repeat(levels - 1), close.repeat(levels - 1))
}

#[test]
fn depth() {
    for (open, close) in [("[", "]"), ("{\"a\":", "}"), ("[{\"b\":", "}]")] {
        let per = open.matches(['[', '{']).count();
        let good = nested((MAX_DEPTH - 1) / per + 1, open, close);
        assert_eq!(scanned(good.as_bytes()), Ok(good.len()), "{open}");
        let deep = nested(MAX_DEPTH / per + 1, open, close);
        assert!(matches!(scanned(deep.as_bytes()), Err(Flaw::TooDeep(_))), "{open}");
    }
    let empty = format!("{{\"a\":{}{}}}", "[".repeat(MAX_DEPTH), "]".repeat(MAX_DEPTH));
    assert_eq!(scanned(empty.as_bytes()), Err(Flaw::TooDeep(5 + MAX_DEPTH - 1)), "an empty one counts");
    let very = nested(100_000, "{\"a\":", "}");
    assert!(matches!(scanned(very.as_bytes()), Err(Flaw::TooDeep(_))));
}

#[test]
fn what_is_as_deep_as_can_be_goes_through_all_tools() {
    let object = nested(MAX_DEPTH, "[", "]").replacen('{', "{\"msg\":\"m\",", 1);
    let entry = super::rewritten(&object);
    assert!(entry.ends_with(&format!("\"payload\":{object}}}")));
    assert_eq!(super::rewritten(&entry), entry);
    let more = entry.replacen("\"payload\"", "\"more\":1,\"payload\"", 1).replacen("}}", "},\"last\":2}", 1);
    assert!(super::rewritten(&more).ends_with(",\"more\":1,\"last\":2}"), "what stands behind it is found");
}

#[test]
fn only_objects_are_objects() {
    for text in ["[}", "x}", " {}", "1", "\"{}\"", "[{}]", "}", "null"] {
        assert_eq!(scanned(text.as_bytes()), Err(Flaw::Invalid(0)), "{text}");
    }
    assert_eq!(scanned(b""), Err(Flaw::Incomplete));
    assert_eq!(scanned(b"{}{}"), Ok(2));
}

#[test]
fn of_two_payloads_the_last_is_spoken_of() {
    let cases = [
        (r#"{"payload":{"msg":"a"},"jsonPayload":{"log":"b"}}"#, Some(Slot::JsonPayload), [false, true]),
        (r#"{"jsonPayload":{"log":"b"},"payload":{"msg":"a"}}"#, Some(Slot::Payload), [true, false]),
        (r#"{"payload":{"msg":"a"},"payload":{}}"#, Some(Slot::Payload), [false, false]),
        (r#"{"payload":{"msg":"a"},"payload":"x"}"#, None, [false, false]),
        (r#"{"payload":{"msg":"a"},"payload":null}"#, None, [false, false]),
        (r#"{"payload":"x"}"#, None, [false, false]),
    ];
    for (text, payload, found) in cases {
        let mut spans = Spans::default();
        scan::object(text.as_bytes(), &mut spans).unwrap();
        assert_eq!(spans.payload, payload, "{text}");
        assert_eq!([Slot::PayloadMsg, Slot::PayloadLog].map(|slot| spans.get(slot).is_some()), found, "{text}");
    }
}

#[test]
fn open_brackets_are_those_that_nobody_closed() {
    assert_eq!(scan::unclosed(br#"{"a":[{"b":"}]"},{"c":["#), [0, 5, 17, 22]);
    assert_eq!(scan::unclosed(br#"{"a":"{[\"{"#), [0]);
    assert_eq!(scan::unclosed(b"{}"), [] as [usize; 0]);
}
