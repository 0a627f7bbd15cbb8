//! A pass takes out what says nothing, and nothing else.

use proptest::prelude::*;
use regex::Regex;
use serde_json::{Map, Value, json};

use super::{EMPTY_MEMBERS, KEPT};

/// A pass, as REGEXP_REPLACE does it.
fn pass(json: &str) -> String {
    assert_eq!(KEPT, r"\1\2\3\4");
    Regex::new(EMPTY_MEMBERS).unwrap().replace_all(json, "${1}${2}${3}${4}").into_owned()
}

/// Without members that are null, `[]` or `{}`, looked at once, from the outside.
fn without_empty(value: &Value) -> Value {
    let says_something = |value: &Value| !value.is_null() && *value != json!([]) && *value != json!({});
    match value {
        Value::Object(members) => {
            let kept = members.iter().filter(|(_, value)| says_something(value));
            Value::Object(kept.map(|(name, value)| (name.clone(), without_empty(value))).collect::<Map<_, _>>())
        }
        Value::Array(items) => items.iter().map(without_empty).collect(),
        value => value.clone(),
    }
}

fn value() -> impl Strategy<Value = Value> {
    let scalars = prop::sample::select(vec![
        json!(null),
        json!(null),
        json!([]),
        json!({}),
        json!(true),
        json!(-1.5),
        json!("\"k\":null,"),
        json!("null"),
        json!("\\"),
    ]);
    let texts = "[a-z\"\\\\:,{}\\[\\]nul]{0,8}".prop_map(|text| json!(text));
    prop_oneof![3 => scalars, 1 => texts].prop_recursive(4, 40, 5, |inner| {
        let members = prop::collection::vec(("[a-c\"\\\\:,]{0,4}", inner.clone()), 0..5);
        let items = prop::collection::vec(inner, 0..4);
        prop_oneof![
            1 => items.prop_map(Value::Array),
            2 => members.prop_map(|members| Value::Object(members.into_iter().collect())),
        ]
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn a_pass_takes_out_members_that_are_null_or_empty(value in value()) {
        let after = pass(&value.to_string());
        let read: Value = serde_json::from_str(&after).map_err(|e| TestCaseError::fail(format!("{e}: {after}")))?;
        prop_assert_eq!(read, without_empty(&value), "{}", value);
    }
}

#[test]
fn as_many_passes_as_records_nest_leave_nothing_empty() {
    let mut json =
        r#"{"a":null,"b":{"c":null,"d":{"e":null}},"f":[{"g":null}],"h":"\"i\":null,","j":1,"k":[]}"#.to_owned();
    for _ in 0..3 {
        json = pass(&json);
    }
    assert_eq!(json, r#"{"f":[{}],"h":"\"i\":null,","j":1}"#);
}
