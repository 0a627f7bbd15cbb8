//! Regular expressions in RE2's language find what they found: a real RE2 is asked.

use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;
use regex::bytes::RegexBuilder;

use super::super::regex::{Translated, re2};
use super::python;

/// What RE2 says of each pair of a regular expression and a text: found, not found, or an error.
fn found(pairs: &[(String, String)]) -> Vec<serde_json::Value> {
    let lines: String = pairs.iter().map(|pair| format!("{}\n", serde_json::json!(pair))).collect();
    python("re2.py", lines).lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

fn matches(regex: &str, ignore_case: bool, text: &str) -> bool {
    RegexBuilder::new(regex).case_insensitive(ignore_case).build().unwrap().is_match(text.as_bytes())
}

/// Checks that RE2 finds the translated expressions where ours are found, and, where it must, nowhere else.
fn check(cases: &[(String, bool, String)]) {
    let mut asked = Vec::new();
    let mut pairs = Vec::new();
    for (regex, ignore_case, text) in cases {
        let (translated, is_exact) = match re2(regex, *ignore_case) {
            Translated::Exact(translated) => (translated, true),
            Translated::Superset(translated) => (translated, false),
            Translated::Unsayable => continue,
        };
        asked.push((regex, *ignore_case, text, is_exact));
        pairs.push((translated, text.clone()));
    }
    let answers = found(&pairs);
    assert_eq!(answers.len(), pairs.len());
    for (((regex, ignore_case, text, is_exact), (translated, _)), answer) in asked.into_iter().zip(&pairs).zip(answers)
    {
        let case = format!("`{regex}` (ignoring case: {ignore_case}) as `{translated}` in {text:?}");
        let found = answer.as_bool().unwrap_or_else(|| panic!("{case}: {answer}"));
        let wanted = matches(regex, ignore_case, text);
        assert!(found == wanted || (!is_exact && found), "{case}: RE2 says {found}, ours {wanted}");
    }
}

const TEXTS: &[&str] = &[
    "",
    "GET /cart 12 ms",
    "timeout",
    "TIMEOUT",
    "café 東京",
    "CAFÉ",
    "a\nb",
    "a\r\n",
    "x1 ٣ ²",
    "k\u{212a} \u{17f}s ß ẞ",
    "a.b(c)[d]{e}",
    "日本語_1 foo-bar",
    "\u{a0}\u{2003}\u{b}\u{85}",
    "aaaaaaaaaa",
    "-^$|\\/\"'`",
    "\u{1f389}",
];

#[test]
fn expressions_of_every_kind_find_the_same() {
    let regexes = [
        "timeout|refused",
        "in \\d+ ms",
        "^GET",
        "ms$",
        "\\w+",
        "\\W",
        "\\s",
        "\\S+",
        "\\D",
        "[\\w-]+",
        "[^\\d]",
        "[[:alpha:]]+",
        "[a-z&&[^aeiou]]",
        "[0-9--4]",
        "[a-g~~b-h]",
        "(?i)timeout",
        "(?s)a.b",
        "(?m)^b$",
        "(?x) a  # x\n b",
        "a(?i)B(?-i)c",
        "\\p{Greek}",
        "\\pL+",
        "\\P{Lu}",
        "\\p{Han}",
        ".",
        "a{2,5}",
        "a{2}",
        "a{3,}",
        "(a|b)+?",
        "(?P<name>a)",
        "(?<name>a)",
        "a*?",
        "\\.",
        "\\x41",
        "\\u{e9}",
        "é",
        "\\bfoo\\b",
        "\\Bo",
        "\\Aa",
        "b\\z",
        "[^\\n]",
        "[\\]\\-^]",
        "\\(",
        "\\[",
        "",
        "a||b",
        "[a-zé]",
        "(?U)a+",
        "\\t",
        "[[:^digit:]]",
        "[[:word:]]",
        "(?-u:a)",
        "(?R)a$",
        "\\d{2}:\\d{2}",
        "(?:)",
        "\\/",
        "\\-",
        "\\\"",
        "k",
        "s",
        "ß",
        "[k]",
    ];
    let mut cases = Vec::new();
    for regex in regexes {
        for text in TEXTS {
            for ignore_case in [false, true] {
                cases.push((regex.to_owned(), ignore_case, (*text).to_owned()));
            }
        }
    }
    check(&cases);
}

#[test]
fn random_expressions_find_the_same() {
    let leaf = prop::sample::select(vec![
        "a",
        "b",
        "é",
        "東",
        "1",
        ".",
        "\\d",
        "\\w",
        "\\s",
        "\\D",
        "\\W",
        "\\S",
        "[ab]",
        "[^a]",
        "[\\d_]",
        "^",
        "$",
        "\\b",
        "\\n",
        "[a-c&&[^b]]",
        "\\pL",
        "K",
        "(?i:k)",
        "-",
    ])
    .prop_map(str::to_owned);
    let regex = leaf.prop_recursive(4, 24, 3, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 1..4).prop_map(|parts| parts.concat()),
            (inner.clone(), inner.clone()).prop_map(|(a, b)| format!("(?:{a}|{b})")),
            (inner.clone(), prop::sample::select(vec!["*", "+", "?", "{2}", "{1,3}", "*?"]))
                .prop_map(|(a, repeat)| format!("(?:{a}){repeat}")),
            inner.prop_map(|a| format!("({a})")),
        ]
    });
    let case = (regex, any::<bool>(), "[ab1é東Kk \\n_\\-\u{212a}]{0,8}");
    let mut runner = TestRunner::deterministic();
    let mut next = || case.new_tree(&mut runner).unwrap().current();
    check(&(0..3000).map(|_| next()).collect::<Vec<_>>());
}
