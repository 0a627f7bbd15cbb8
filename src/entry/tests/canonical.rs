//! Proves that an entry, once written, is written the same for ever, and that a line is only passed
//! on as it stands where writing it field by field gives the same bytes.

use proptest::prelude::*;
use proptest::sample::select;
use serde_json::Value;

use super::super::dialect::Dialect;
use super::super::write::{self, Columns, KEYS, WITH};
use super::{blanks, object, printed, rewritten, seen, with_columns};

/// `line` written field by field, whatever shortcut there is.
fn by_fields(line: &str) -> String {
    seen(line, |entry| {
        let mut out = Vec::new();
        write::fields(entry, &Columns::default(), &mut out);
        String::from_utf8(out).unwrap()
    })
}

fn is_canonical(line: &str) -> bool {
    seen(line, |entry| entry.is_canonical(|| entry.stamp()))
}

const STAMPS: &[&str] = &[
    "2026-11-21T16:00:00Z",
    "2026-11-21T16:00:00.123456Z",
    "2026-11-21T16:00:00.123456789Z",
    "2026-11-21T16:00:00.1234567890Z",
    "2026-11-21t16:00:00Z",
    "2026-11-21T16:00:00z",
    "2026-11-21 16:00:00Z",
    "2026-11-21T16:00:60Z",
    "2026-11-21T16:00:00+00:00",
    "2026-11-21T16:00:00\\u005A",
    "soon Z",
    "Z",
    "",
];

/// Lines that are lq's own entries but for a detail, perhaps.
fn nearly_canonical() -> impl Strategy<Value = String> {
    let odd = select(&["5", "null", "{}", "[]", "\"\"", "\"a\\/b\"", "\"\\u0061\"", "{\"a\": 1}", "{\"a\":1}"][..]);
    let value = prop_oneof![4 => Just("\"x\""), 1 => odd];
    let stamp = prop_oneof![2 => Just(STAMPS[1]), 1 => select(STAMPS)];
    let members = prop::collection::vec(prop::option::weighted(0.8, value), KEYS.len());
    let spoil = prop::option::weighted(0.4, (0usize..7, any::<prop::sample::Index>()));
    (stamp, members, spoil).prop_map(|(stamp, members, spoil)| {
        let mut keys: Vec<String> = KEYS.iter().map(|key| format!("\"{key}\"")).collect();
        let mut blank = "";
        let mut order: Vec<usize> = (0..KEYS.len()).collect();
        match spoil {
            Some((0, at)) => keys[at.index(KEYS.len())].insert_str(2, "\\u0061"),
            Some((1, at)) => {
                let key = &mut keys[at.index(KEYS.len())];
                let first = key.remove(1) as u32;
                key.insert_str(1, &format!("\\u{first:04x}"));
            }
            Some((2, at)) => order.swap(at.index(KEYS.len()), 0),
            Some((3, at)) => order.push(at.index(KEYS.len())),
            Some((4, _)) => blank = " ",
            Some((5, _)) => blank = "\n",
            Some((_, at)) => keys[at.index(KEYS.len())] = "\"unknown\"".to_owned(),
            None => {}
        }
        let mut line = "{".to_owned();
        for i in order {
            let Some(value) = members[i] else { continue };
            let value = match KEYS[i] {
                "timestamp" if value == "\"x\"" => format!("\"{stamp}\""),
                "payload" if value == "\"x\"" => "{\"msg\":\"m\"}".to_owned(),
                _ => value.to_owned(),
            };
            let comma = if line.len() > 1 { "," } else { "" };
            line += &format!("{comma}{}:{blank}{value}", keys[i]);
        }
        line + "}"
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1024))]

    #[test]
    fn a_canonical_line_is_what_its_fields_give(line in nearly_canonical()) {
        if is_canonical(&line) {
            prop_assert_eq!(by_fields(&line), &*line);
        }
        prop_assert_eq!(rewritten(&line), by_fields(&line));
    }

    #[test]
    fn any_canonical_object_is_what_its_fields_give(object in object(), blanks in blanks()) {
        let line = printed(&object, &blanks);
        prop_assert_eq!(rewritten(&line), by_fields(&line), "{}", line);
    }

    #[test]
    fn what_is_written_is_an_entry_and_stays_the_same(object in object(), blanks in blanks(), plain in any::<String>(), with in prop::sample::subsequence(&WITH[..], 0..3), payload: bool) {
        let columns = Columns { payload, with };
        let plain = plain.replace('\n', "");
        let object = printed(&object, &blanks);
        for line in [object, format!("- {plain}")] {
            let first = with_columns(&line, &columns);
            prop_assert_eq!(seen(&first, |entry| entry.dialect()), Dialect::Entry, "{} from {}", first, line);
            prop_assert_eq!(&with_columns(&first, &columns), &first, "from {}", line);
            prop_assert_eq!(&rewritten(&first), &first, "from {}", line);
            let value: Value = serde_json::from_str(&first).unwrap();
            let known: Vec<&str> = value.as_object().unwrap().keys().map(String::as_str).filter(|key| KEYS.contains(key)).collect();
            let ordered: Vec<&str> = KEYS.into_iter().filter(|key| known.contains(key)).collect();
            prop_assert_eq!(known, ordered);
            prop_assert!(value.as_object().unwrap().values().all(|value| !value.is_null()));
            prop_assert!(value["message"].is_string());
        }
    }

    #[test]
    fn what_an_entry_says_survives(object in object(), blanks in blanks()) {
        let line = printed(&object, &blanks);
        let entry = rewritten(&line);
        let said = |line: &str| seen(line, |entry| {
            let text = |text: Option<super::super::text::Text>| text.map(|text| text.to_cow().into_owned());
            let payload = entry.payload().map(|payload| serde_json::from_str::<Value>(payload).unwrap());
            let names = [entry.cluster(), entry.namespace(), entry.pod(), entry.container(), entry.insert_id()];
            (entry.stamp(), text(entry.severity()), names.map(text), entry.stream().map(|s| s.into_owned()), payload)
        });
        prop_assert_eq!(said(&entry), said(&line), "{} from {}", entry, line);
    }

    #[test]
    fn unknown_keys_of_an_entry_survive(object in object(), blanks in blanks()) {
        let line = printed(&object, &blanks);
        if seen(&line, |entry| entry.dialect()) == Dialect::Entry {
            let before: Value = serde_json::from_str(&line).unwrap();
            let after: Value = serde_json::from_str(&rewritten(&line)).unwrap();
            for (key, value) in before.as_object().unwrap() {
                if !KEYS.contains(&key.as_str()) && !value.is_null() {
                    prop_assert_eq!(&after[key], value);
                }
            }
        }
    }
}

#[test]
fn lqs_own_lines_are_passed_on_as_they_stand() {
    let lines = [
        r#"{"timestamp":"2026-11-21T16:00:00.123456Z","severity":"INFO","cluster":"c","namespace":"n","pod":"p","container":"c","stream":"stdout","message":"m","payload":{"msg":"m"},"insertId":"i"}"#,
        r#"{"timestamp":"2026-11-21T16:00:00Z","pod":"p","message":"\u001b[1m \/ \ud83d\ude00"}"#,
        r#"{"message":"","stream":"stdout","insertId":"i"}"#,
        r#"{"message":"m","payload":{}}"#,
    ];
    let is_own = lines.map(is_canonical);
    assert_eq!(is_own, [true, true, false, true]);
}
