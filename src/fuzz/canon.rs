//! What is left of a row's JSON, against the same done to serde_json's value.

use serde::Deserializer;
use serde::de::{MapAccess, SeqAccess, Visitor};
use serde_json::Value;

use crate::entry::canon::Canon;
use crate::entry::scan;

/// Any text goes through; of JSON is left what dropping from the parsed value leaves, for good.
pub fn canon(data: &[u8]) {
    let text = super::text(data);
    if scan::value(text.as_bytes()) != Ok(text.len()) {
        Canon::default().push(&text, &mut Vec::new());
        return;
    }
    let once = canonical(&text);
    if let Some(once) = &once {
        assert_eq!(scan::value(once.as_bytes()), Ok(once.len()), "{text} became {once}");
        assert_eq!(canonical(once).as_ref(), Some(once), "{text}");
    }
    // serde_json keeps one of two members of a name; and beyond 128 levels, or of torn surrogates, nothing.
    if let (Ok(value), true) = (serde_json::from_str::<Value>(&text), has_keys_once(&text)) {
        let ours = once.map(|json| measured(serde_json::from_str(&json).expect("the canon is JSON")));
        assert_eq!(ours, stripped(value).map(measured), "{text}");
    }
}

/// `json` in the canon, if anything is left of it.
fn canonical(json: &str) -> Option<String> {
    let mut out = Vec::new();
    let is_left = Canon::default().push(json, &mut out);
    assert_eq!(is_left, !out.is_empty(), "{json}");
    is_left.then(|| String::from_utf8(out).expect("the canon of text is text"))
}

/// The canon by the simplest means.
pub(crate) fn stripped(value: Value) -> Option<Value> {
    match value {
        Value::Null => None,
        Value::Array(values) if values.is_empty() => None,
        Value::Array(values) => Some(Value::Array(values.into_iter().map(element).collect())),
        Value::Object(members) => {
            let left: serde_json::Map<_, _> =
                members.into_iter().filter_map(|(key, value)| Some((key, stripped(value)?))).collect();
            (!left.is_empty()).then_some(Value::Object(left))
        }
        other => Some(other),
    }
}

/// An element of an array stays, whatever is left of it.
fn element(value: Value) -> Value {
    let empty = match &value {
        Value::Object(_) => Value::Object(Default::default()),
        other => other.clone(),
    };
    stripped(value).unwrap_or(empty)
}

/// With numbers as their values, so that spelling does not count.
pub(crate) fn measured(value: Value) -> Value {
    match value {
        Value::Number(number) => {
            let text = number.to_string();
            let value = text.parse::<f64>().ok().filter(|value| value.is_finite());
            Value::String(value.map_or(text, |value| format!("{:?}", value + 0.0)))
        }
        Value::Array(values) => values.into_iter().map(measured).collect(),
        Value::Object(members) => members.into_iter().map(|(key, value)| (key, measured(value))).collect(),
        other => other,
    }
}

/// False where an object has two members of a name.
pub(super) fn has_keys_once(json: &str) -> bool {
    struct Keys;
    impl<'de> Visitor<'de> for Keys {
        type Value = bool;
        fn expecting(&self, f: &mut std::fmt::Formatter) -> std::fmt::Result {
            f.write_str("JSON")
        }
        fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<bool, A::Error> {
            let mut seen = std::collections::HashSet::new();
            let mut is_once = true;
            while let Some(key) = map.next_key::<String>()? {
                is_once &= map.next_value::<Once>()?.0 && seen.insert(key);
            }
            Ok(is_once)
        }
        fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<bool, A::Error> {
            let mut is_once = true;
            while let Some(Once(once)) = seq.next_element()? {
                is_once &= once;
            }
            Ok(is_once)
        }
    }
    struct Once(bool);
    impl<'de> serde::Deserialize<'de> for Once {
        fn deserialize<D: Deserializer<'de>>(input: D) -> Result<Self, D::Error> {
            let raw = <&'de serde_json::value::RawValue>::deserialize(input)?.get();
            Ok(Once(!raw.starts_with(['{', '[']) || has_keys_once(raw)))
        }
    }
    let mut json = serde_json::Deserializer::from_str(json);
    // What is neither object nor array has none.
    json.deserialize_any(Keys).unwrap_or(true)
}
