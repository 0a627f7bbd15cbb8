//! Proves that nothing that a log says can drive a terminal, and that JSON made harmless still means
//! the same.

use clap::ValueEnum;
use proptest::prelude::*;
use proptest::sample::select;
use serde_json::Value;

use super::super::forms::Form;
use super::super::sanitize;
use super::forms::{write, writer};
use super::{blanks, object, printed};

/// Text full of what terminals obey.
fn hostile() -> impl Strategy<Value = String> {
    const PARTS: &[&str] = &[
        "\u{1b}",
        "\u{1b}[31m",
        "\u{1b}[0m",
        "\u{1b}[2J",
        "\u{1b}]0;t\u{7}",
        "[31m",
        "\u{9b}31m",
        "\r",
        "\n",
        "\t",
        "\0",
        "\u{7f}",
        "\u{85}",
        "\u{202e}",
        "\u{2066}",
        "\u{2028}",
        "\u{61c}",
        "\u{200f}",
        "\u{200b}",
        "\u{feff}",
        "\u{e0041}",
        "plain text",
        "ポッド",
        "\\",
        "\"",
        "é",
        " ",
        "=",
    ];
    prop::collection::vec(prop_oneof![4 => select(PARTS).prop_map(str::to_owned), 1 => any::<String>()], 0..8)
        .prop_map(|parts| parts.concat())
}

/// Lines in which the text stands everywhere that text may stand.
fn lines(text: &str) -> Vec<String> {
    let json = serde_json::to_string(text).unwrap();
    vec![
        text.replace('\n', " "),
        format!(
            r#"{{"pod":{json},"container":{json},"stream":{json},"severity":{json},"message":{json},"insertId":{json}}}"#
        ),
        format!(
            r#"{{"pod":"p","message":"m","payload":{{{json}:{json},"a":{{"b":[{json}],{json}:1}}}},{json}:{json}}}"#
        ),
        format!(
            r#"{{"resource":{{"labels":{{"pod_name":{json}}}}},"logName":{json},"textPayload":{json},"labels":{{{json}:{json}}}}}"#
        ),
        format!(r#"{{"resource":{{}},"insertId":"i","textPayload":[{json}]}}"#),
        format!(r#"{{{json}:{json}}}"#),
    ]
}

fn harmful(text: &str) -> Option<char> {
    text.chars().find(|&c| sanitize::is_harmful(c))
}

proptest! {
    #[test]
    fn nothing_harmful_reaches_a_terminal(text in hostile()) {
        for line in lines(&text) {
            for form in Form::value_variants() {
                let mut writer = writer(*form);
                writer.terminal = true;
                writer.stamps = true;
                let written = write(&mut writer, &line);
                prop_assert_eq!(harmful(&written), None, "{:?} {:?}", form, written);
            }
        }
    }

    #[test]
    fn text_tsv_logfmt_and_logentry_are_harmless_everywhere(text in hostile()) {
        for line in lines(&text) {
            for form in [Form::Text, Form::Tsv, Form::Logfmt, Form::Logentry] {
                let written = write(&mut writer(form), &line);
                prop_assert_eq!(harmful(&written), None, "{:?} {:?}", form, written);
            }
            let tsv = write(&mut writer(Form::Tsv), &line);
            prop_assert_eq!(tsv.matches('\t').count(), 4, "{:?}", tsv);
            prop_assert_eq!(tsv.matches('\n').count(), 1, "{:?}", tsv);
        }
        prop_assert_eq!(harmful(&sanitize::line(&text)), None);
        prop_assert!(!sanitize::line(&text).contains('\n'));
    }

    #[test]
    fn json_made_harmless_is_the_same_value(object in object(), blanks in blanks(), text in hostile()) {
        for line in lines(&text).into_iter().skip(1).chain([printed(&object, &blanks)]) {
            for form in [Form::Entry, Form::Logentry] {
                let mut plain = writer(form);
                let mut harmless = writer(form);
                harmless.terminal = true;
                let before: Value = serde_json::from_str(&write(&mut plain, &line)).unwrap();
                let after: Value = serde_json::from_str(&write(&mut harmless, &line)).unwrap();
                prop_assert_eq!(before, after);
            }
        }
    }

    #[test]
    fn harmless_text_is_not_touched(text in "[ -~\tà-ÿ぀-ヿ\n]{0,60}") {
        let mut out = Vec::new();
        sanitize::push(&text, &mut out);
        prop_assert_eq!(String::from_utf8(out).unwrap(), text);
    }

    #[test]
    fn pipes_get_what_was_written(text in hostile()) {
        let json = serde_json::to_string(&text).unwrap();
        let line = format!(r#"{{"pod":"p","message":{json}}}"#);
        prop_assert_eq!(write(&mut writer(Form::Raw), &line), text + "\n");
    }
}

#[test]
fn what_is_harmful_is_spelt_out() {
    let cases = [
        ("colour codes are dropped", "\u{1b}[1;31mred\u{1b}[0m \u{1b}[38:5:1mx\u{1b}[m", "red x"),
        ("other sequences are not", "\u{1b}[2J\u{1b}[31", "\\u001b[2J\\u001b[31"),
        ("what is left of two is no third", "\u{1b}\u{1b}[0m[2J", "\\u001b[2J"),
        ("titles", "\u{1b}]0;pwned\u{7}", "\\u001b]0;pwned\\u0007"),
        ("C1", "\u{9b}2J\u{80}\u{9f}", "\\u009b2J\\u0080\\u009f"),
        ("bidirectional controls", "a\u{202e}b\u{2066}c", "a\\u202eb\\u2066c"),
        ("what is shown as nothing", "a\u{200b}b\u{feff}c\u{e0041}", "a\\u200bb\\ufeffc\\udb40\\udc41"),
        (
            "joiners and variation selectors stay",
            "👩\u{200d}💻 می\u{200c}خواهم ☃\u{fe0f} 辻\u{e0100}",
            "👩\u{200d}💻 می\u{200c}خواهم ☃\u{fe0f} 辻\u{e0100}",
        ),
        ("carriage returns and DEL", "a\rb\u{7f}", "a\\rb\\u007f"),
        ("tab and line feed stay", "a\tb\n", "a\tb\n"),
        ("behind whole words", "12345678\u{7f}", "12345678\\u007f"),
        ("NUL", "\0", "\\u0000"),
    ];
    for (name, text, harmless) in cases {
        let mut out = Vec::new();
        sanitize::push(text, &mut out);
        assert_eq!(String::from_utf8(out).unwrap(), harmless, "{name}");
    }
}

#[test]
fn every_harmful_character_is_found_at_every_place() {
    let all: Vec<char> = ('\0'..=char::MAX).filter(|&c| sanitize::is_harmful(c)).collect();
    assert_eq!(all.len(), 30 + 33 + 3 + 7 + 4 + (1 + 12 + 1 + 3 + 128));
    for c in all {
        for before in 0..17 {
            let text = format!("{}{c}xxxxxxxxx", "é".repeat(before % 2) + &"x".repeat(before));
            let mut out = Vec::new();
            sanitize::push(&text, &mut out);
            assert_eq!(harmful(std::str::from_utf8(&out).unwrap()), None, "{c:?} behind {before}");
        }
    }
}
