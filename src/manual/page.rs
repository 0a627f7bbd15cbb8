//! The man pages of the tools, made from their flags and their manual, and checked in; and the page of
//! the settings, compared with them.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use clap::{Command, CommandFactory};
use clap_mangen::Man;
use clap_mangen::roff::{Roff, bold, roman};

use super::Manual;
use crate::settings::{self, KEYS, Settings};
use crate::tool::Notes;

/// When the manual last changed in substance.
const DATE: &str = "2026-11-22";

/// The page as it is checked in.
fn page(command: Command, manual: &Manual) -> String {
    let command = command.mut_args(|arg| arg.hide_short_help(false));
    let version = command.get_version().unwrap_or_default().to_owned();
    let usage = command.clone().render_usage().to_string();
    let usage = usage.trim_start_matches("Usage: ").trim_start_matches(command.get_name()).to_owned();
    let man = Man::new(command.clone().after_long_help(""))
        .title(command.get_name().to_uppercase())
        .date(DATE)
        .source(format!("lq {version}"))
        .manual("lq");
    let mut out = Vec::new();
    man.render_title(&mut out).unwrap();
    // Words and commands stay as they are typed: neither hyphenated nor stretched.
    out.extend_from_slice(b".nr HY 0\n.nh\n.ad l\n");
    man.render_name_section(&mut out).unwrap();
    let mut synopsis = Roff::new();
    synopsis.control("SH", ["SYNOPSIS"]);
    synopsis.text([bold(command.get_name()), roman(usage)]);
    synopsis.to_writer(&mut out).unwrap();
    man.render_description_section(&mut out).unwrap();
    man.render_options_section(&mut out).unwrap();
    let mut roff = Roff::new();
    for (title, pairs) in manual.sections() {
        roff.control("SH", [title]);
        for (number, (name, text)) in pairs.into_iter().enumerate() {
            if title == "EXAMPLES" {
                if number > 0 {
                    roff.control("PP", []);
                }
                roff.text([roman(name)]);
                roff.control("PP", []);
                // As it stands: a filled line would not copy into a shell.
                roff.control("RS", ["2"]).control("EX", []);
                roff.text([roman(folded(text))]);
                roff.control("EE", []).control("RE", []);
            } else {
                roff.control("TP", []);
                roff.text([bold(name)]);
                roff.text([roman(text)]);
            }
        }
    }
    roff.control("SH", ["SEE ALSO"]);
    roff.text([roman(manual.see_also)]);
    roff.to_writer(&mut out).unwrap();
    // Two breaks around an empty line are one space; mandoc warns of the breaks.
    let text = String::from_utf8(out).unwrap().replace(".br\n\n.br\n", ".sp\n");
    let mut is_command = false;
    let lines = text.lines().map(|line| {
        is_command = (is_command || line == ".EX") && line != ".EE";
        if is_command || line.starts_with(['.', '\'']) { line.to_owned() } else { wrapped(line) }
    });
    lines.map(|line| line + "\n").collect()
}

/// A line of text, on lines that mandoc does not find too long.
fn wrapped(line: &str) -> String {
    let mut out = String::new();
    let mut width = 0;
    for (number, word) in line.split(' ').enumerate() {
        if number > 0 && width + 1 + word.len() > 80 {
            // What begins with a point would be a command.
            out.push_str(if word.starts_with(['.', '\'']) { "\n\\&" } else { "\n" });
            width = 0;
        } else if number > 0 {
            out.push(' ');
            width += 1;
        }
        out.push_str(word);
        width += word.len();
    }
    out
}

/// A command on lines that fit a terminal of 80 columns beside the page's margin.
fn folded(command: &str) -> String {
    let mut quotes = 0;
    let mut out = String::new();
    for word in command.split(' ') {
        if !out.is_empty() && !out.ends_with("  ") {
            out.push(' ');
        }
        quotes += word.matches('\'').count();
        out.push_str(word);
        if word == "|" && quotes % 2 == 0 && command.len() > 71 {
            out.push_str("\n  ");
        }
    }
    out
}

/// Compares with the page in `man/`, or renews it where SNAPSHOTS=overwrite is set.
fn check<A: CommandFactory>(manual: &Manual) {
    let command = manual.command::<A>();
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("man").join(format!("{}.1", command.get_name()));
    let made = page(command, manual);
    if std::env::var("SNAPSHOTS").is_ok_and(|mode| mode == "overwrite") {
        std::fs::write(&path, &made).unwrap();
    }
    let kept = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(kept == made, "{} is not what the flags say now; `make man` renews it", path.display());
}

/// The text between two headings of a page.
fn section<'a>(page: &'a str, heading: &str) -> &'a str {
    let behind = page.split_once(&format!(".SH {heading}\n")).unwrap().1;
    behind.split("\n.SH ").next().unwrap()
}

#[test]
fn lq_config_5_explains_every_setting_and_no_other() {
    let page = include_str!("../../man/lq-config.5").replace("\\-", "-");
    let keys = section(&page, "KEYS").split(".TP\n.B ").skip(1);
    let explained: BTreeMap<&str, &str> = keys.map(|key| key.split_once('\n').unwrap()).collect();
    assert_eq!(explained.keys().copied().collect::<BTreeSet<_>>(), KEYS.into());
    for (key, text) in explained {
        let variable = settings::variable(key);
        assert!(text.contains(&variable), "{key}: {variable}");
    }
}

#[test]
fn the_example_of_lq_config_5_is_understood() {
    let page = include_str!("../../man/lq-config.5").replace("\\-", "-");
    let example = section(&page, "EXAMPLES").replace(".EX\n", "").replace(".EE", "");
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("config.toml");
    std::fs::write(&path, &example).unwrap();
    for profile in [None, Some("staging"), Some("archive")] {
        let from = settings::From { profile: profile.map(str::to_owned), config: Some(path.clone()) };
        let settings = Settings::load(&from, &Notes { tool: "lq-query", quiet: true }).unwrap();
        assert!(settings.get("source").is_some() && settings.get("tz") == Some("Asia/Tokyo"), "{profile:?}");
    }
}

#[test]
fn the_man_page_of_lq_query_says_what_its_flags_say() {
    check::<crate::query::args::Args>(&crate::query::MANUAL);
}

#[test]
fn the_man_page_of_lq_ls_says_what_its_flags_say() {
    check::<crate::ls::args::Args>(&crate::ls::MANUAL);
}

#[test]
fn the_man_page_of_lq_split_says_what_its_flags_say() {
    check::<crate::split::args::Args>(&crate::split::MANUAL);
}

#[test]
fn the_man_page_of_lq_fmt_says_what_its_flags_say() {
    check::<crate::fmt::args::Args>(&crate::fmt::MANUAL);
}
