//! The man pages of the tools, made from their flags and their manual, and checked in.

use std::path::Path;

use clap::{Command, CommandFactory};
use clap_mangen::Man;
use clap_mangen::roff::{Roff, bold, roman};

use super::Manual;

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
        for (name, text) in pairs {
            roff.control("TP", []);
            if title == "EXAMPLES" {
                roff.text([roman(name)]);
                roff.text([bold(text)]);
            } else {
                roff.text([bold(name)]);
                roff.text([roman(text)]);
            }
        }
    }
    roff.control("SH", ["SEE ALSO"]);
    roff.text([roman(manual.see_also)]);
    roff.to_writer(&mut out).unwrap();
    // Two breaks around an empty line are one space; mandoc warns of the breaks.
    String::from_utf8(out).unwrap().replace(".br\n\n.br\n", ".sp\n")
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
