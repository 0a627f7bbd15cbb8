//! The seal: the last line of a whole stream, for those who count. What it looks like says lq-entry(5).
//!
//! A seal that cannot be understood to its last member is none: whoever trusts one must not trust half
//! of it.

use std::collections::BTreeMap;
use std::fmt;

use serde::de::{Deserializer, Error, MapAccess, Visitor};
use serde::{Deserialize, Serialize};

/// How many entries a stream has, of which Pods, and what was asked for.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Seal {
    /// True in all that are written and understood.
    pub end: bool,
    pub entries: u64,
    /// By [name](pod_name). Entries that name no Pod count in `entries` only.
    #[serde(deserialize_with = "each_once")]
    pub pods: BTreeMap<String, u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub window: Option<Window>,
    /// Standard input has no name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub source: Option<String>,
    /// The words that were typed.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub command: Vec<String>,
    /// Bytes, where the source bills any.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub billed: Option<u64>,
    /// Their price.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub usd: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub version: Option<String>,
}

/// The window that was asked for: RFC 3339 in UTC, without its end.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Window {
    pub since: String,
    pub until: String,
}

#[derive(Serialize, Deserialize)]
struct Line<S> {
    lq: S,
}

/// The name of a Pod in seals, `CLUSTER/NAMESPACE/POD`; what is absent is empty.
pub(crate) fn pod_name(cluster: &str, namespace: &str, pod: &str) -> String {
    format!("{cluster}/{namespace}/{pod}")
}

impl Seal {
    /// Reads a line, or several that are one object. `None` where any part of it cannot be meant so.
    pub(crate) fn read(line: &[u8]) -> Option<Self> {
        let Line { lq: seal } = serde_json::from_slice::<Line<Seal>>(line).ok()?;
        let of_pods = seal.pods.values().try_fold(0u64, |sum, entries| sum.checked_add(*entries))?;
        (seal.end && of_pods <= seal.entries).then_some(seal)
    }

    /// The line, with its line end.
    pub(crate) fn line(&self) -> serde_json::Result<String> {
        Ok(serde_json::to_string(&Line { lq: self })? + "\n")
    }
}

/// Reads a map in which no key stands twice.
fn each_once<'de, D: Deserializer<'de>>(map: D) -> Result<BTreeMap<String, u64>, D::Error> {
    struct EachOnce;

    impl<'de> Visitor<'de> for EachOnce {
        type Value = BTreeMap<String, u64>;

        fn expecting(&self, out: &mut fmt::Formatter) -> fmt::Result {
            out.write_str("numbers of entries by Pod")
        }

        fn visit_map<M: MapAccess<'de>>(self, mut members: M) -> Result<Self::Value, M::Error> {
            let mut map = BTreeMap::new();
            while let Some((pod, entries)) = members.next_entry::<String, u64>()? {
                if map.insert(pod, entries).is_some() {
                    return Err(M::Error::custom("a Pod stands there twice"));
                }
            }
            Ok(map)
        }
    }

    map.deserialize_map(EachOnce)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seal() -> Seal {
        Seal {
            end: true,
            entries: 6,
            pods: [(pod_name("c", "shop", "web-1"), 3), (pod_name("", "", "a\"\n\u{1b}/b"), 2)].into(),
            window: Some(Window { since: "2026-11-21T07:00:00Z".into(), until: "2026-11-21T08:00:00Z".into() }),
            source: Some("bq://acme/logs".into()),
            command: ["lq-query", "--seal", "-g", "\u{1b}[2J"].map(str::to_owned).into(),
            billed: Some(10 << 20),
            usd: Some(0.00006),
            version: Some("0.1.0".into()),
        }
    }

    #[test]
    fn a_seal_is_one_line_without_control_characters_and_reads_as_what_it_was() {
        let line = seal().line().unwrap();
        assert_eq!(line.find(char::is_control), Some(line.len() - 1), "{line}");
        assert!(line.starts_with(r#"{"lq":{"end":true,"entries":6,"pods":{"//a\"\n\u001b/b":2,"c/shop/web-1":3},"#));
        assert_eq!(Seal::read(line.as_bytes()), Some(seal()));
    }

    #[test]
    fn a_seal_may_be_laid_out_lack_what_nobody_counts_and_have_members_of_later_versions() {
        let deep = format!(
            r#"{{"lq":{{"end":true,"entries":2,"pods":{{"":2}},"x":{}{}}}}}"#,
            "[".repeat(400),
            "]".repeat(400)
        );
        for line in [
            "{\n \"lq\": {\n  \"end\": true, \"entries\": 2,\n \"pods\": {\"a/b/c\": 2}\n }\n}\n",
            &deep,
            r#"{"lq":{"pods":{"a/b/c":2},"later":[{}],"end":true,"entries":2,"source":null}}"#,
        ] {
            let seal = Seal::read(line.as_bytes()).unwrap_or_else(|| panic!("{line}"));
            assert_eq!((seal.entries, seal.pods.len()), (2, 1));
        }
    }

    #[test]
    fn what_cannot_be_meant_is_no_seal() {
        for (members, why) in [
            ("", "nothing counted"),
            (r#""entries":1"#, "no Pods"),
            (r#""pods":{}"#, "no entries"),
            (r#""entries":-1,"pods":{}"#, "a negative number"),
            (r#""entries":1.5,"pods":{}"#, "half an entry"),
            (r#""entries":"1","pods":{}"#, "a text"),
            (r#""entries":18446744073709551616,"pods":{}"#, "more than there can be"),
            (r#""entries":1e400,"pods":{}"#, "more than anything"),
            (r#""entries":1,"pods":[]"#, "a list of Pods"),
            (r#""entries":1,"pods":{"a":"1"}"#, "a text for a Pod"),
            (r#""entries":1,"pods":{"a":2}"#, "more of a Pod than of all"),
            (r#""entries":18446744073709551615,"pods":{"a":18446744073709551615,"b":1}"#, "an overflow"),
            (r#""entries":2,"pods":{"a":1,"a":1}"#, "a Pod twice"),
            (r#""entries":2,"pods":{"a":1,"\u0061":1}"#, "a Pod twice, spelt otherwise"),
            (r#""entries":1,"entries":1,"pods":{}"#, "a number twice"),
            (r#""entries":1,"pods":{},"pods":{}"#, "the Pods twice"),
            (r#""entries":1,"pods":{},"window":5"#, "a window that is none"),
            (r#""entries":1,"pods":{},"command":"lq-query""#, "a command in one word"),
            (r#""entries":1,"pods":{},"end":true"#, "the end twice"),
        ] {
            let line = format!(r#"{{"lq":{{"end":true,{members}}}}}"#).replace(",}", "}");
            assert_eq!(Seal::read(line.as_bytes()), None, "{why}: {line}");
        }
        assert_eq!(Seal::read(br#"{"lq":{"end":false,"entries":1,"pods":{}}}"#), None);
        assert!(Seal::read(br#"{"lq":{"end":true,"entries":1,"pods":{}}}"#).is_some());
    }
}
