//! Restrictions put to rows: what is selected passes them, and what is decided here makes it the same rows.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use proptest::prelude::*;
use serde_json::{Value, json};

use super::super::Scanned;
use super::rows::{holds, tokens, unquoted};
use super::{LAYOUTS, is_meant, layout, meant, scanned, time, window, words};
use crate::entry::Entry;
use crate::entry::scan::Spans;
use crate::select::Predicate;
use crate::select::cases::CASES;

/// What may break out of a constant, as far as it can.
const HOSTILE: &[&str] = &[
    "'",
    "\"",
    "`",
    "\\",
    "\\'",
    "' OR 1=1 --",
    "') OR TRUE OR ('",
    "'''",
    "\n",
    "\r\n' OR ''='",
    "\0",
    "%",
    "_",
    "\\%",
    "東京 \u{202e}😀\u{e0001}",
    "/* ' */",
    "#'",
    "r'",
    "@p1",
    "\u{7f}\u{85}\u{2028}",
];

/// Flags whose value may be any text, and becomes a constant.
const FLAGS: &[(&str, &str)] = &[
    ("--field", "pod="),
    ("--field", "pod!="),
    ("--field", "payload.user.name>="),
    ("--field", "labels.k8s_pod_app="),
    ("--field", "trace="),
    ("--field", "node!="),
];

/// The tokens of the first table's restriction, and what its constants stand for.
fn read(typed: &[String]) -> (Vec<String>, Vec<String>) {
    let scanned = scanned(layout("partitioned"), typed, window()).unwrap_or_else(|why| panic!("{typed:?}: {why}"));
    let tokens = tokens(&scanned.tables[0].restriction);
    let constants = tokens.iter().filter_map(|token| unquoted(token)).collect();
    let shape = tokens.into_iter().map(|token| if token.starts_with('\'') { "'".to_owned() } else { token }).collect();
    (shape, constants)
}

/// The constant behind a flag is one, and stands for what was typed.
fn is_one_constant(flag: &str, before: &str, value: &str, stands_for: &str) {
    let typed = |value: &str| vec![flag.to_owned(), format!("{before}{value}")];
    let (shape, constants) = read(&typed(value));
    let (harmless, _) = read(&typed("web"));
    assert_eq!(shape, harmless, "{flag} {before}{value}");
    assert!(constants.iter().any(|constant| constant == stands_for), "{flag} {before}{value}: {constants:?}");
}

#[test]
fn nothing_breaks_out_of_a_restriction() {
    for value in HOSTILE {
        for (flag, before) in FLAGS {
            is_one_constant(flag, before, value.trim(), value.trim());
        }
        let like = value.replace('\\', r"\\").replace('%', r"\%").replace('_', r"\_");
        is_one_constant("--pod", "", &regex_syntax::escape(value), &format!("%{like}%"));
    }
    let long = "' OR '".repeat(1 << 16);
    is_one_constant("--field", "trace=", long.trim(), long.trim());
}

#[test]
fn names_of_columns_never_break_out_of_a_restriction() {
    for name in ["a` = 'x' OR TRUE --", "a\\", "a\nb", "a.b", "`"] {
        let mut tables = layout("partitioned")[..1].to_vec();
        let payload = tables[0].schema.0.iter_mut().find(|column| column.name == "jsonPayload").unwrap();
        payload.fields.push(super::column(name, super::Kind::String));
        let key = serde_json::to_string(name).unwrap();
        let typed = ["--field".to_owned(), format!("payload.{key}=x")];
        let restriction = scanned(&tables, &typed, window()).unwrap().tables[0].restriction.clone();
        let row = |value: &str| {
            let labels = json!({"container_name": "web"});
            json!({"timestamp": "2026-11-21T07:00:00Z", "resource": {"labels": labels}, "jsonPayload": {name: value}})
        };
        assert!(holds(&restriction, &row("x")), "{restriction}");
        assert!(!holds(&restriction, &row("y")), "{restriction}");
    }
}

/// Flags beside those of the cases, more of them such as a restriction can say.
const FURTHER: &[&str] = &[
    "-s warning -n shop",
    "deploy/web -l app=web",
    "'w?b' -l '!app'",
    "-l app!=web",
    "--pod 'w.*b' --exclude-pod ^api",
    "--pod '^(api|web)-' sts/db",
    "--pod '%' pod/db-0",
    "-i --pod WEB",
    "pod/*",
    "--field payload.user_id=42",
    "--field 'payload.user_id<42.5'",
    "--field payload.user.name!=Ada",
    "--field 'payload.user.name~^A'",
    "--field payload.ok!=true",
    "--field payload.user.address.city~.",
    "--field 'httpRequest.status>=500'",
    "--field 'httpRequest.latency>0.1'",
    "--field 'timestamp>2026-11-21T07:30:00Z'",
    "--field 'trace<b'",
    "--field 'message~o'",
    "-g o -e '5'",
];

fn maybe(values: &'static [&'static str]) -> impl Strategy<Value = Value> {
    prop_oneof![1 => Just(Value::Null), 4 => prop::sample::select(values).prop_map(Value::from)]
}

fn number(values: &'static [f64]) -> impl Strategy<Value = Value> {
    prop_oneof![1 => Just(Value::Null), 4 => prop::sample::select(values).prop_map(Value::from)]
}

/// A row of a sink's table of stdout, as BigQuery gives it.
fn row() -> impl Strategy<Value = Value> {
    let place = (
        maybe(&["prod-tokyo", "prod-osaka"]),
        maybe(&["shop", "datadog", "shop%"]),
        maybe(&["web-6d4b75cb6d-x2x4z", "api-5f7b4c8d9f-kq7z2", "db-0", "agent-7x2kq", "", "we%", "WEB"]),
        maybe(&["web", "api", "postgres", "agent", "wxb", "wéb"]),
    );
    let times =
        ["2026-11-21T06:59:59.999999Z", "2026-11-21T07:00:00Z", "2026-11-21T07:30:00.000001Z", "2026-11-21T08:00:00Z"];
    let envelope = (
        prop::sample::select(times.to_vec()),
        maybe(&["INFO", "ERROR", "WARNING", "eRRor", "odd", "DEFAULT", "warn"]),
        maybe(&["web", "db", "", "café"]),
        maybe(&["n1", "node-1"]),
        maybe(&["a", "b", "bx", "5"]),
        number(&[200.0, 500.0, 503.0]),
        number(&[0.1, 0.5]),
    );
    let payload = (
        maybe(&["paid", "timeout", "no 5"]),
        number(&[42.0, 42.25, 1e300, -0.0]),
        maybe(&["Ada", "Bob", "", "%"]),
        maybe(&["Oslo", "\n"]),
        prop::option::of(any::<bool>()),
    );
    (place, envelope, payload, maybe(&["GET /cart 12 ms", "complete\n", ""])).prop_map(|(place, envelope, payload, text)| {
        let (cluster, namespace, pod, container) = place;
        let (time, severity, app, node, trace, status, latency) = envelope;
        let (message, user_id, name, city, ok) = payload;
        let status = status.as_f64().map(|status| status as i64);
        let labels = json!({"cluster_name": cluster, "namespace_name": namespace, "pod_name": pod, "container_name": container});
        let user = json!({"name": name, "address": {"city": city}});
        let payload = if text.is_null() { json!({"message": message, "user_id": user_id, "user": user, "ok": ok}) } else { Value::Null };
        json!({
            "timestamp": time,
            "severity": severity,
            "insertId": "a1",
            "logName": "projects/p/logs/stdout",
            "resource": {"type": "k8s_container", "labels": labels},
            "labels": {"k8s_pod_app": app, "compute_googleapis_com_resource_name": node},
            "trace": trace,
            "httpRequest": {"status": status, "latency": latency},
            "textPayload": text,
            "jsonPayload": payload,
        })
    })
}

/// The row without what is NULL, as the rows of queries and of batches come.
fn without_nulls(row: &Value) -> Value {
    match row {
        Value::Object(members) => members
            .iter()
            .filter(|(_, value)| !value.is_null())
            .map(|(key, value)| (key.clone(), without_nulls(value)))
            .collect(),
        other => other.clone(),
    }
}

/// All flags, what they mean, and the scan of a table of stdout, as the rows are.
static SCANS: LazyLock<Vec<(&str, Predicate, Scanned)>> = LazyLock::new(|| {
    let flags = CASES.iter().map(|(_, flags, ..)| *flags).chain(FURTHER.iter().copied()).collect::<BTreeSet<_>>();
    let made = flags.into_iter().map(|flags| {
        let whole = meant(&words(flags), window(), |asked| asked.select.clone());
        (flags, whole, scanned(&layout("partitioned")[..1], &words(flags), window()).unwrap())
    });
    made.collect()
});

proptest! {
    /// A row is selected if and only if it passes the restriction and what is left: none is missing, none is more.
    #[test]
    fn restriction_and_the_rest_select_what_the_predicate_selects(row in row()) {
        let line = without_nulls(&row).to_string();
        let mut spans = Spans::default();
        let entry = Entry::parse(&line, &mut spans).unwrap();
        let at = time(row["timestamp"].as_str().unwrap());
        let is_of_window = window().since <= at && at < window().until;
        let is_of_container = !row["resource"]["labels"]["container_name"].is_null();
        let mut scratch = Vec::new();
        for (flags, whole, scanned) in SCANS.iter() {
            let passes = scanned.tables.first().is_some_and(|table| holds(&table.restriction, &row));
            let taken = passes && scanned.local.matches(&entry, &mut scratch);
            let selected = is_of_window && is_of_container && whole.matches(&entry, &mut scratch);
            prop_assert_eq!(taken, selected, "{}: {}\n{:?}", flags, line, scanned);
        }
    }
}

#[test]
fn every_case_has_a_restriction_that_is_read() {
    let mut seen = 0;
    for (_, flags, ..) in CASES {
        for (layout, tables) in LAYOUTS.iter().filter(|(layout, _)| *layout != "analytics") {
            let typed = words(flags);
            assert!(is_meant(&typed), "{flags}");
            for table in
                scanned(tables, &typed, window()).unwrap_or_else(|why| panic!("{layout}: {flags}: {why}")).tables
            {
                holds(&table.restriction, &Value::Null);
                seen += 1;
            }
        }
    }
    assert!(seen > CASES.len(), "{seen}");
}
