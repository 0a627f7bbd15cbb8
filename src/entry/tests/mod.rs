//! What the tests of the record share: JSON as people and programs print it.

mod canon;
mod canonical;
mod dialects;
mod forms;
mod harmless;
mod logfmt;
mod scan;
mod stamp;
mod template;
mod text;

use proptest::prelude::*;
use proptest::sample::select;

use super::Entry;
use super::scan::Spans;
use super::write::{self, Columns};

/// A JSON value by its tokens, so that keys can come twice or escaped.
#[derive(Clone, Debug)]
pub(super) enum Json {
    /// A number, string or literal as it stands.
    Atom(String),
    Array(Vec<Json>),
    Object(Vec<(String, Json)>),
}

impl Json {
    /// Prints the value with `blanks` between its tokens, over and over.
    pub(super) fn print(&self, blanks: &mut impl Iterator<Item = String>, out: &mut String) {
        let mut between = |out: &mut String| out.extend(blanks.next());
        match self {
            Json::Atom(token) => out.push_str(token),
            Json::Array(values) => {
                out.push('[');
                between(out);
                for (i, value) in values.iter().enumerate() {
                    if i > 0 {
                        out.push(',');
                        out.extend(blanks.next());
                    }
                    value.print(blanks, out);
                    out.extend(blanks.next());
                }
                out.push(']');
            }
            Json::Object(members) => {
                out.push('{');
                between(out);
                for (i, (key, value)) in members.iter().enumerate() {
                    if i > 0 {
                        out.push(',');
                        out.extend(blanks.next());
                    }
                    out.push_str(key);
                    out.extend(blanks.next());
                    out.push(':');
                    out.extend(blanks.next());
                    value.print(blanks, out);
                    out.extend(blanks.next());
                }
                out.push('}');
            }
        }
    }

    pub(super) fn compact(&self) -> String {
        let mut out = String::new();
        self.print(&mut std::iter::repeat(String::new()), &mut out);
        out
    }
}

/// Keys that the scanner looks for, some of them escaped, and others.
const KEYS: &[&str] = &[
    r#""message""#,
    r#""mess\u0061ge""#,
    r#""pod""#,
    r#""stream""#,
    r#""insertId""#,
    r#""timestamp""#,
    r#""severity""#,
    r#""level""#,
    r#""payload""#,
    r#""\u0070ayload""#,
    r#""jsonPayload""#,
    r#""textPayload""#,
    r#""resource""#,
    r#""labels""#,
    r#""type""#,
    r#""pod_name""#,
    r#""logName""#,
    r#""log_name""#,
    r#""json_payload""#,
    r#""podName""#,
    r#""containerName""#,
    r#""msg""#,
    r#""""#,
    r#""\"\\""#,
    r#""ポッド""#,
];

const ATOMS: &[&str] = &[
    "null",
    "true",
    "false",
    "0",
    "-0",
    "-0.50",
    "1E+2",
    "12345678901234567890",
    "1e999",
    "0.1000",
    r#""""#,
    r#""stdout""#,
    r#""std\u006fut""#,
    r#""2026-11-21T16:00:00.123456Z""#,
    r#""a\nb\n""#,
    r#""\\\n""#,
    r#""\ud83d\ude00 ☃ \/ \b\f""#,
    r#""{\"a\":[1, 2]}""#,
];

fn atom() -> impl Strategy<Value = Json> {
    let text = any::<String>().prop_map(|text| serde_json::to_string(&text).unwrap());
    let number = any::<f64>().prop_filter_map("finite", |n| n.is_finite().then(|| n.to_string()));
    prop_oneof![3 => select(ATOMS).prop_map(str::to_owned), 2 => text, 1 => number].prop_map(Json::Atom)
}

fn members(value: impl Strategy<Value = Json> + 'static, most: usize) -> impl Strategy<Value = Json> {
    let key = prop_oneof![4 => select(KEYS).prop_map(str::to_owned), 1 => any::<String>().prop_map(|k| serde_json::to_string(&k).unwrap())];
    prop::collection::vec((key, value), 0..most).prop_map(Json::Object)
}

/// Any object, most of its keys from those that mean something.
pub(super) fn object() -> impl Strategy<Value = Json> {
    let value = atom().prop_recursive(5, 40, 6, |inner| {
        prop_oneof![prop::collection::vec(inner.clone(), 0..4).prop_map(Json::Array), members(inner, 6)]
    });
    members(value, 10)
}

/// Blanks to print a value with: none, as `jq` does, or any.
pub(super) fn blanks() -> impl Strategy<Value = Vec<String>> {
    prop_oneof![
        Just(vec![String::new()]),
        Just(vec!["\n  ".to_owned()]),
        prop::collection::vec(select(&["", " ", "\t", "\n", "\r\n", "  "][..]).prop_map(str::to_owned), 1..9),
    ]
}

pub(super) fn printed(object: &Json, blanks: &[String]) -> String {
    let mut out = String::new();
    object.print(&mut blanks.iter().cloned().cycle(), &mut out);
    out
}

/// `line` as lq's own entry.
pub(super) fn rewritten(line: &str) -> String {
    with_columns(line, &Columns::default())
}

pub(super) fn with_columns(line: &str, columns: &Columns) -> String {
    seen(line, |entry| {
        let mut out = Vec::new();
        write::entry(entry, columns, &mut out);
        String::from_utf8(out).unwrap()
    })
}

/// What `look` makes of `line`, an object or plain text.
pub(super) fn seen<T>(line: &str, look: impl FnOnce(&Entry) -> T) -> T {
    let mut spans = Spans::default();
    match Entry::parse(line, &mut spans) {
        Ok(entry) => look(&entry),
        Err(_) => look(&Entry::plain(line, &Spans::default())),
    }
}
