//! Proves that readers of logfmt get back from a line what the entry says.

use std::collections::HashSet;

use proptest::collection::vec;
use proptest::prelude::*;
use regex::Regex;
use serde_json::Value;

use super::super::forms::Form;
use super::super::sanitize::is_harmful;
use super::forms::{write, writer};
use super::{object, rewritten};

fn logfmt(line: &str) -> String {
    write(&mut writer(Form::Logfmt), line)
}

/// The pairs of a line, read as strictly as the strictest reader does.
/// <https://github.com/pamburus/hl/blob/master/crate/log-format-logfmt/src/token.rs>
fn read(line: &str) -> Vec<(String, Value)> {
    let key = Regex::new(r#"^[^"\x00-\x20='(),;<>\[\]\\^`{}|\x7F]+="#).unwrap();
    let bare = Regex::new(r#"^[^"'\x00-\x20=]+"#).unwrap();
    let mut pairs = Vec::new();
    let mut rest = line.strip_suffix('\n').unwrap();
    assert!(!rest.contains('\n'), "{line:?}");
    loop {
        let name = key.find(rest).unwrap_or_else(|| panic!("no key at {rest:?}")).as_str();
        rest = &rest[name.len()..];
        let (value, length) = if rest.starts_with('"') {
            let mut values = serde_json::Deserializer::from_str(rest).into_iter();
            (values.next().unwrap().unwrap(), values.byte_offset())
        } else {
            let word = bare.find(rest).map_or("", |found| found.as_str());
            (serde_json::from_str(word).unwrap_or_else(|_| word.into()), word.len())
        };
        pairs.push((name.trim_end_matches('=').to_owned(), value));
        match rest[length..].strip_prefix(' ') {
            Some(more) => rest = more,
            None => {
                assert_eq!(&rest[length..], "", "behind a value: {line:?}");
                return pairs;
            }
        }
    }
}

/// What one reader or another refuses in a key, beside blanks and control characters.
const REFUSED: &str = r#""'=(),;<>[]\^`{}|"#;

/// What is to be read of a member: objects opened, all else that holds values as a text of JSON.
fn leaves(key: &str, value: &Value, depth: usize, pairs: &mut Vec<(String, Value)>) {
    match value {
        Value::Object(members) if depth <= 6 && !members.is_empty() => {
            for (name, value) in members {
                let refused = |c: char| c.is_whitespace() || is_harmful(c) || c == '\u{fffd}' || REFUSED.contains(c);
                let mangled = |c: char| if refused(c) { '_' } else { c };
                let name: String = name.chars().map(mangled).collect();
                let name = if name.is_empty() { "_" } else { name.as_str() };
                leaves(&format!("{key}.{name}"), value, depth + 1, pairs);
            }
        }
        Value::Object(_) | Value::Array(_) => pairs.push((key.to_owned(), value.to_string().into())),
        _ => pairs.push((key.to_owned(), value.clone())),
    }
}

fn are_unique(pairs: &[(String, Value)]) -> bool {
    pairs.iter().map(|(key, _)| key).collect::<HashSet<_>>().len() == pairs.len()
}

#[test]
fn a_line_has_the_keys_of_the_entry_in_their_order() {
    let cases = [
        (
            r#"{"timestamp":"2026-11-21T16:00:00.5Z","severity":"ERROR","cluster":"c","namespace":"n","pod":"p-1","container":"c","stream":"stderr","message":"a b","node":"n1","labels":{"k8s-pod/app":"web","k8s-pod/v":"1.0"},"insertId":"i"}"#,
            r#"timestamp=2026-11-21T16:00:00.5Z severity=ERROR cluster=c namespace=n pod=p-1 container=c stream=stderr message="a b" node=n1 labels.k8s-pod/app=web labels.k8s-pod/v="1.0" insertId=i"#,
        ),
        (
            r#"{"pod":"p","message":"paid","payload":{"msg":"paid\n","id":12345678901234567890,"by":{"name":"A L","ok":true,"no":null},"tags":["a", 1],"e":{},"n":[1],"t":""},"insertId":"7"}"#,
            r#"pod=p message=paid payload.id=12345678901234567890 payload.by.name="A L" payload.by.ok=true payload.by.no=null payload.tags="[\"a\",1]" payload.e="{}" payload.n="[1]" payload.t="" insertId="7""#,
        ),
        (r#"{"pod":"p","message":"other","payload":{"message":"paid"}}"#, "pod=p message=other payload.message=paid"),
        (r#"{"pod":"p","message":"{\"a\":1}","payload":{"a":1}}"#, "pod=p payload.a=1"),
        (r#"{"pod":"p","message":"{}","payload":{}}"#, r#"pod=p payload="{}""#),
        (r#"{"severity":"INFO","message":"m","lq":{}}"#, "severity=INFO message=m"),
        (r#"{"pod":"p","message":"m","a=b c":1,"":"x","own":{"k\n":2}}"#, "pod=p message=m a_b_c=1 _=x own.k_=2"),
        (
            r#"{"pod":"p","message":"m","payload":{"a_b":1,"a b":2,"a=b":{"c":3},"a_b.c":4,"a_b_2":5},"payload.a_b":6,"pod ":7}"#,
            "pod=p message=m payload.a_b=1 payload.a_b_2=2 payload.a_b.c=3 payload.a_b.c_2=4 payload.a_b_2_2=5 payload.a_b_3=6 pod_=7",
        ),
        ("", r#"message="""#),
        ("plain \u{1b}[1m\t\"x\"", r#"message="plain \u001b[1m\t\"x\"""#),
        ("null", r#"message="null""#),
        (r"C:\temp", r"message=C:\temp"),
        ("it's", r#"message="it's""#),
        ("\u{fffd}", "message=\"\u{fffd}\""),
        ("a\u{3000}b", "message=\"a\u{3000}b\""),
        ("決済", "message=決済"),
    ];
    for (line, wanted) in cases {
        assert_eq!(logfmt(line), format!("{wanted}\n"));
        read(&logfmt(line));
    }
}

#[test]
fn a_payload_that_is_left_out_leaves_its_message() {
    let mut without = writer(Form::Logfmt);
    without.columns.payload = false;
    assert_eq!(
        write(&mut without, r#"{"pod":"p","message":"{\"a\":1}","payload":{"a":1}}"#),
        "pod=p message=\"{\\\"a\\\":1}\"\n"
    );
}

proptest! {
    #[test]
    fn what_is_read_back_are_the_members(object in object(), message in any::<String>()) {
        // Through a map, for a reader may take either of two members of one name.
        let payload: Value = serde_json::from_str(&object.compact()).unwrap();
        let said = ["message", "msg", "log"].iter().find_map(|key| payload[*key].as_str());
        let compact = payload.to_string();
        prop_assume!(said.is_none_or(|said| said.strip_suffix('\n').unwrap_or(said) != message) && message != compact);
        let entry = serde_json::json!({"pod": "p", "message": message, "payload": payload, "insertId": "i"});
        let mut wanted = vec![("pod".to_owned(), "p".into()), ("message".to_owned(), message.into())];
        leaves("payload", &payload, 0, &mut wanted);
        wanted.push(("insertId".to_owned(), "i".into()));
        let line = logfmt(&entry.to_string());
        prop_assert!(!line.contains(is_harmful), "{:?}", line);
        let pairs = read(&line);
        prop_assert_eq!(pairs.len(), wanted.len(), "{:?}", line);
        for ((key, value), (name, expected)) in pairs.iter().zip(&wanted) {
            let behind = key.strip_prefix(name.as_str());
            prop_assert!(behind.is_some_and(|behind| behind.is_empty() || behind.starts_with('_')), "{key} {name}");
            prop_assert_eq!(value, expected, "{}", key);
        }
        prop_assert!(are_unique(&pairs), "{:?}", line);
    }

    #[test]
    fn no_key_passes_for_another(keys in vec(vec("[ab_ =.2]{0,3}", 1..3), 1..12)) {
        let member = |keys: &Vec<String>| match &keys[..] {
            [key, below] => format!(r#""{key}":{{"{below}":1}}"#),
            keys => format!(r#""{}":1"#, keys[0]),
        };
        let members = keys.iter().map(member).collect::<Vec<_>>().join(",");
        let line = logfmt(&format!(r#"{{"pod":"p","message":"m","payload":{{{members}}},"payload.a":0,"payload.a_b":0}}"#));
        let pairs = read(&line);
        prop_assert_eq!(pairs.len(), keys.len() + 4, "{:?}", line);
        prop_assert!(are_unique(&pairs), "{:?}", line);
    }

    #[test]
    fn every_record_is_one_line_that_reads(object in object()) {
        let line = object.compact();
        prop_assert!(are_unique(&read(&logfmt(&line))), "{:?}", logfmt(&line));
        prop_assert_eq!(logfmt(&rewritten(&line)), logfmt(&line));
    }
}
