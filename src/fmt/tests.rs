//! The plan, settled from flags, settings and surroundings; and that nothing of a log reaches a
//! terminal but text.

use clap::{Parser, ValueEnum};
use proptest::prelude::*;

use super::args::Args;
use super::plan::{Plan, Surroundings};
use super::style;
use crate::entry::forms::{Form, Writer};
use crate::entry::sanitize::is_harmful;
use crate::entry::template_form::Line;
use crate::input::values::{Item, Values};
use crate::settings::Settings;
use crate::when::{Iana, Zone};

fn plan(flags: &str, around: &Surroundings) -> Plan {
    let words = shlex::split(flags).expect("words");
    let args = Args::parse_from(["lq-fmt".to_owned()].into_iter().chain(words));
    Plan::new(args, &Settings::default(), around).expect("a plan")
}

#[test]
fn the_plan_follows_flags_and_surroundings() {
    let pipe = Surroundings::default();
    let terminal = Surroundings { stdin_is_terminal: true, stdout_is_terminal: true, ..pipe.clone() };
    let with_pager = Surroundings { pager: Some("most".into()), ..terminal.clone() };
    let less = Some("less -FRX");
    for (flags, around, color, screen, pager, waits) in [
        ("", &pipe, false, false, None, false),
        ("f", &pipe, false, false, None, false),
        ("f --color always", &pipe, true, false, None, false),
        ("f --color always -o raw", &pipe, false, false, None, false),
        ("f --paging always", &pipe, false, true, less, false),
        ("", &terminal, true, true, None, true),
        ("-", &terminal, true, true, None, true),
        ("f", &terminal, true, true, less, false),
        ("f -", &terminal, true, true, less, true),
        ("f", &with_pager, true, true, Some("most"), false),
        ("f --paging never", &with_pager, true, true, None, false),
        ("--paging always", &with_pager, true, true, Some("most"), true),
        ("f -o raw", &terminal, false, true, less, false),
        ("f", &Surroundings { is_dumb: true, ..terminal.clone() }, false, true, None, false),
        ("f", &Surroundings { no_color: true, ..terminal.clone() }, false, true, less, false),
        ("f", &Surroundings { force_color: true, ..pipe.clone() }, true, false, None, false),
        ("f", &Surroundings { force_color: true, no_color: true, ..pipe.clone() }, false, false, None, false),
        ("f", &Surroundings { pager: Some(" cat ".into()), ..terminal.clone() }, true, true, None, false),
        ("f", &Surroundings { pager: Some("".into()), ..terminal.clone() }, true, true, None, false),
    ] {
        let plan = plan(flags, around);
        let settled = (plan.color, plan.screen, plan.pager.as_deref(), plan.waits_for_terminal);
        assert_eq!(settled, (color, screen, pager, waits), "{flags}: {around:?}");
    }
}

/// A piece of a log: text with whatever it may hold, as a line or within JSON.
fn lines() -> impl Strategy<Value = Vec<u8>> {
    let text = prop_oneof![
        ".{0,20}",
        "[\\x00-\\x7f]{0,20}",
        "(\\x1b\\[[0-9;]{0,4}[mJH]|[\\u{80}-\\u{9f}\\u{2028}-\\u{202e}\\u{2066}-\\u{2069}]|x|\\n|\\t|\\r){0,10}",
    ];
    let json = text.prop_map(|text| serde_json::Value::String(text).to_string());
    let entry = (json.clone(), json.clone(), json.clone(), json.clone()).prop_map(|(a, b, c, d)| {
        format!(
            "{{\"timestamp\":\"2026-11-21T07:00:00Z\",\"severity\":{a},\"pod\":{b},\"container\":{c},\"stream\":{a},\
             \"message\":{d},\"payload\":{{{a}:{b},\"deep\":{{{c}:[{d}]}}}},\"insertId\":{b},\"labels\":{{{c}:{d}}}}}"
        )
        .into_bytes()
    });
    let any = proptest::collection::vec(any::<u8>(), 0..40);
    let line = prop_oneof![3 => entry, 1 => any, 1 => json.prop_map(String::into_bytes)];
    proptest::collection::vec(line, 0..6).prop_map(|lines| lines.join(&b'\n'))
}

proptest! {
    #[test]
    fn only_our_own_colours_reach_a_terminal(
        input in lines(),
        form in proptest::sample::select(Form::value_variants()),
        template in proptest::option::of(Just("{time} {severity} {pod:9} {container} {stream} {message} {payload} {label.a}")),
    ) {
        let mut writer = Writer::new(form, Zone::Named(Iana::UTC));
        writer.look.line = template.map(|template| Line::parse(template).expect("a template"));
        writer.terminal = true;
        writer.look.screen = Some(2026);
        writer.look.style = style::colors();
        writer.look.highlight = Some(regex::bytes::Regex::new("x|.$").unwrap());
        let mut values = Values::new(Box::new(std::io::Cursor::new(input)), 1 << 20);
        let mut out = Vec::new();
        while let Some(item) = values.next().unwrap() {
            if let Item::Entry(entry) | Item::Plain(entry) | Item::Broken(entry, _) = item {
                writer.write(&entry, &mut out);
            }
        }
        let mut shown = String::from_utf8(out).expect("text");
        let colors = style::colors();
        let own = [&colors.time, &colors.container, &colors.payload, &colors.highlight];
        for color in own.into_iter().chain(&colors.severity).chain(&colors.pods).filter(|color| !color.is_empty()) {
            shown = shown.replace(color.as_str(), "");
        }
        shown = shown.replace("\x1b[0m", "");
        prop_assert!(!shown.contains(is_harmful), "{:?}: {:?}", form, shown);
    }
}
