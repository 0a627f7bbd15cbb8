//! Proves what is left of a row of BigQuery, with serde_json's values as the witness.

use proptest::prelude::*;

use super::super::canon::Canon;
use super::super::scan::{self, Spans};
use super::{blanks, object, printed};
use crate::fuzz::canon::{measured, stripped};

/// `json` in the canon, if anything is left of it: the same where it is known that no escape is foreign.
fn canonical(json: &str) -> Option<String> {
    let mut out = b"before ".to_vec();
    let is_left = Canon::default().push(json, &mut out);
    let mut spans = Spans::default();
    if scan::value_at(json.as_bytes(), 0, &mut spans).is_ok() && !spans.is_foreign {
        let mut scanned = b"before ".to_vec();
        assert_eq!(Canon::default().push_scanned(json, false, &mut scanned), is_left);
        assert_eq!(String::from_utf8_lossy(&scanned), String::from_utf8_lossy(&out));
    }
    let text = String::from_utf8(out).unwrap();
    let text = text.strip_prefix("before ").unwrap();
    assert_eq!(is_left, !text.is_empty());
    is_left.then(|| text.to_owned())
}

#[test]
fn what_bigquery_cannot_tell_from_absence_is_dropped_and_all_else_stays() {
    for (json, expected) in [
        (r#"{"a":1,"b":null}"#, r#"{"a":1}"#),
        (r#"{"b":null,"a":1}"#, r#"{"a":1}"#),
        (r#"{"a":[],"b":{},"c":"","d":false,"e":0}"#, r#"{"c":"","d":false,"e":0}"#),
        (r#"{"a":{"b":{"c":null,"d":[]}},"e":1}"#, r#"{"e":1}"#),
        (r#"{"a":{"b":null,"c":2,"d":null},"e":null}"#, r#"{"a":{"c":2}}"#),
        (r#"{"a":[null,{},[],{"b":null}]}"#, r#"{"a":[null,{},[],{}]}"#),
        (r#"[null]"#, "[null]"),
        (r#"{"a":[{"x":1},{"y":[]},2]}"#, r#"{"a":[{"x":1},{},2]}"#),
        (r#"{"b":1,"a":2,"b":3}"#, r#"{"b":1,"a":2,"b":3}"#),
        (r#"{"a":"null","b":"[]","{}":"x\"}\\","":0}"#, r#"{"a":"null","b":"[]","{}":"x\"}\\","":0}"#),
        (r#"{"null":"a","b":["null"," "]}"#, r#"{"null":"a","b":["null"," "]}"#),
        (r#"{"\u0026":"\u003c\/é☃"}"#, r#"{"&":"</é☃"}"#),
        ("{ \"a\" : [ 1 , 2 ] ,\r\n\t\"b\" : { } , \"c\" : \" x \" }", r#"{"a":[1,2],"c":" x "}"#),
        ("5", "5"),
        (r#""text""#, r#""text""#),
    ] {
        assert_eq!(canonical(json).as_deref(), Some(expected), "{json}");
    }
    for json in ["null", "{}", "[]", "[ ]", r#"{"a":null}"#, r#"{"a":{"b":[],"c":{"d":null}}}"#, " { } ", ""] {
        assert_eq!(canonical(json), None, "{json}");
    }
}

#[test]
fn numbers_are_printed_as_ecmascript_does_but_integers_stay() {
    for (number, expected) in [
        ("3.0", "3"),
        ("-3.50", "-3.5"),
        ("1.7e9", "1700000000"),
        ("1E5", "100000"),
        ("1e20", "100000000000000000000"),
        ("1e21", "1e+21"),
        ("1.5E-7", "1.5e-7"),
        ("0.000001", "0.000001"),
        ("0.1", "0.1"),
        ("0.10000000000000000555", "0.1"),
        ("-0.0", "0"),
        ("-0", "0"),
        ("0e0", "0"),
        ("9007199254740993.0", "9007199254740992"),
        ("1e400", "1e400"),
        ("-1.5e400", "-1.5e400"),
        ("1e-400", "0"),
        ("0", "0"),
        ("9007199254740993", "9007199254740993"),
        ("1000000000000000000000000", "1000000000000000000000000"),
    ] {
        assert_eq!(canonical(number).as_deref(), Some(expected), "{number}");
        assert_eq!(canonical(&format!("{{\"a\":[{number}]}}")), Some(format!("{{\"a\":[{expected}]}}")));
        assert_eq!(canonical(expected).as_deref(), Some(expected), "{number} stays so");
    }
}

#[test]
fn depth_is_no_danger() {
    const DEEP: usize = 100_000;
    let arrays = "[".repeat(DEEP) + &"]".repeat(DEEP);
    assert_eq!(canonical(&arrays).as_deref(), Some(arrays.as_str()));
    let objects = "{\"a\":".repeat(DEEP) + "1" + &"}".repeat(DEEP);
    assert_eq!(canonical(&objects).as_deref(), Some(objects.as_str()));
    let void = "{\"a\":".repeat(DEEP) + "null" + &"}".repeat(DEEP);
    assert_eq!(canonical(&void), None);
}

/// False where an object has a key twice: serde_json keeps one of them.
fn has_keys_once(json: &super::Json) -> bool {
    match json {
        super::Json::Atom(_) => true,
        super::Json::Array(values) => values.iter().all(has_keys_once),
        super::Json::Object(members) => {
            let mut keys: Vec<String> = members.iter().map(|(key, _)| serde_json::from_str(key).unwrap()).collect();
            keys.sort();
            keys.windows(2).all(|two| two[0] != two[1]) && members.iter().all(|(_, value)| has_keys_once(value))
        }
    }
}

proptest! {
    #[test]
    fn canon_is_what_dropping_from_the_parsed_value_gives(object in object().prop_filter("keys once", has_keys_once), blanks in blanks()) {
        let json = printed(&object, &blanks);
        let expected = stripped(serde_json::from_str(&json).unwrap()).map(measured);
        let ours = canonical(&json).map(|json| measured(serde_json::from_str(&json).unwrap()));
        prop_assert_eq!(ours, expected);
    }

    #[test]
    fn canon_is_a_fixed_point_and_does_not_see_blanks(object in object(), blanks in blanks()) {
        let once = canonical(&printed(&object, &blanks));
        prop_assert_eq!(&once, &canonical(&object.compact()));
        if let Some(once) = once {
            prop_assert_eq!(canonical(&once), Some(once));
        }
    }

    #[test]
    fn no_text_at_all_makes_it_fall(text in "[\\[\\]{}\",:0-9eE.\\\\ntrue é-]{0,40}") {
        let _ = Canon::default().push(&text, &mut Vec::new());
    }
}
