//! `--show-config`: every setting with its value and the place that it comes from, as TOML.

use std::io::Write;
use std::path::Path;

use anyhow::{Context, Result};
use clap::ValueEnum;
use unicode_width::UnicodeWidthStr;

use super::args::Args;
use crate::entry::sanitize;
use crate::settings::{self, Inventory, KEYS, Settings};
use crate::size::{self, Bound};
#[cfg(feature = "bigquery")]
use crate::source::bigquery;
use crate::source::place::{self, Via};
use crate::tool::{self, Notes, Outcome, Status};
use crate::when::Zone;

/// Columns that values may take before the places behind them are no longer aligned.
const WIDEST: usize = 60;

/// Prints all settings on standard output, and on standard error what is wrong with them.
pub(crate) fn show(args: &Args) -> Outcome {
    let mut inventory = Inventory::take(&args.from);
    for (key, values, flag) in typed(args)? {
        inventory.settings.set(key, values, flag.to_owned());
    }
    let flaws: Vec<_> = KEYS.into_iter().map(|key| check(key, &inventory.settings).err()).collect();
    let rows = KEYS.iter().zip(&flaws).map(|(key, flaw)| row(key, &inventory.settings, flaw.is_some())).collect();
    let text = format!("{}\n{}", head(args, &inventory), aligned(rows));
    let mut out = tool::stdout()?;
    out.write_all(text.as_bytes()).and_then(|()| out.flush()).context("cannot write to standard output")?;
    let notes = Notes { tool: super::NAME, quiet: args.quiet };
    let strays = inventory.strays.into_iter().map(anyhow::Error::msg);
    let flaws: Vec<_> = inventory.flaws.into_iter().chain(flaws.into_iter().flatten()).chain(strays).collect();
    flaws.iter().for_each(|flaw| notes.error(format!("{flaw:#}")));
    Ok(if flaws.is_empty() { Status::Done } else { Status::Failed })
}

/// A setting that a flag displaces: key, values, flag.
pub(super) type Typed = (&'static str, Vec<String>, &'static str);

pub(super) fn typed(args: &Args) -> Result<Vec<Typed>> {
    let one = |value: &Option<String>| value.clone().map(|value| vec![value]);
    let many = |values: &[String]| (!values.is_empty()).then(|| values.to_vec());
    let Args { source, which, times, memory, cache_size, via, .. } = args;
    let namespaces = match which.all_namespaces {
        true => ("namespace", Some(Vec::new()), "--all-namespaces"),
        false => ("namespace", many(&which.namespaces), "--namespace"),
    };
    let bound = source.max_bytes.map(|bound| match bound {
        Bound::Bytes(bytes) => size::exact(bytes),
        Bound::None => "none".to_owned(),
    });
    let zone = match times.utc {
        true => ("tz", Some(vec!["UTC".to_owned()]), "--utc"),
        false => ("tz", one(&times.tz), "--tz"),
    };
    let path = match &source.source {
        None => None,
        Some(path) => Some(path.to_str().map(str::to_owned).with_context(|| {
            format!("--source {}: its name is not UTF-8, and cannot stand in a configuration file", path.display())
        })?),
    };
    let all = [
        ("source", one(&path), "--source"),
        zone,
        ("cluster", many(&which.clusters), "--cluster"),
        namespaces,
        ("memory", memory.map(|bytes| vec![size::exact(bytes as u64)]), "--memory"),
        ("billing-project", one(&source.billing_project), "--billing-project"),
        ("location", one(&source.location), "--location"),
        ("max-bytes", one(&bound), "--max-bytes"),
        ("cache-size", cache_size.map(|bytes| vec![size::exact(bytes as u64)]), "--cache-size"),
        ("via", via.and_then(|via| Some(vec![via.to_possible_value()?.get_name().to_owned()])), "--via"),
    ];
    Ok(all.into_iter().filter_map(|(key, values, flag)| Some((key, values?, flag))).collect())
}

/// What holds where nothing is set: a value, if there is one that could be written down, and words.
fn default_of(key: &str) -> (Option<&'static str>, &'static str) {
    match key {
        "source" => (None, "none; `lq-query --doctor` looks for one"),
        "tz" => (Some("local"), "TZ, else the system's zone"),
        "cluster" | "namespace" => (Some(""), "all"),
        "memory" => (Some("128MiB"), ""),
        "dir" => (Some("."), "of lq-split"),
        "color" | "paging" => (Some("auto"), "of lq-fmt"),
        "billing-project" => (None, "GOOGLE_CLOUD_PROJECT, else the credentials' own, else the source's"),
        "location" => (None, "asked of BigQuery"),
        "max-bytes" => (Some("100GiB"), ""),
        "cache-size" => (Some("10GiB"), ""),
        "via" => (Some("auto"), "of lq-query"),
        "pricing" => (Some("6.25"), "dollars for each TiB"),
        _ => (None, ""),
    }
}

/// Fails where the value of a setting cannot be meant.
fn check(key: &str, settings: &Settings) -> Result<()> {
    match key {
        "tz" => settings.parse(key, Zone::parse).map(drop),
        "memory" => settings.parse(key, size::parse_memory).map(drop),
        "max-bytes" => settings.parse(key, size::parse_bound).map(drop),
        "cache-size" => settings.parse(key, size::parse).map(drop),
        "via" => settings.parse(key, Via::parse).map(drop),
        "color" | "paging" => settings.parse(key, crate::fmt::read_when).map(drop),
        "cluster" | "namespace" => {
            let place = settings.place(key).unwrap_or_default();
            settings.list(key).iter().try_for_each(|name| crate::select::Glob::new(place, name).map(drop))
        }
        #[cfg(feature = "bigquery")]
        "pricing" => settings.parse(key, bigquery::Pricing::parse).map(drop),
        "source" => settings.parse(key, |source| place::named(Path::new(source))).map(drop),
        _ => Ok(()),
    }
}

/// Which file, and which of its profiles.
fn head(args: &Args, inventory: &Inventory) -> String {
    let file = match (&inventory.file, &args.from.config, settings::default_path()) {
        (Some(path), ..) => shown(&path.display().to_string()),
        (None, Some(_), _) => "none (--config -)".to_owned(),
        (None, None, Some(path)) => format!("none; it would be {}", shown(&path.display().to_string())),
        (None, None, None) => "none; there is no home folder".to_owned(),
    };
    let profile = args.from.profile().map_or("none".to_owned(), |(name, named)| format!("{name} ({named})"));
    let known = match &inventory.settings.profile_names()[..] {
        [] => String::new(),
        known => format!("; the file has {}", known.join(", ")),
    };
    format!("# file: {}\n# profile: {}\n", sanitize::line(&file), sanitize::line(&format!("{profile}{known}")))
}

/// A setting as TOML, and the place that it comes from. What is not set, or cannot be meant, is a comment.
fn row(key: &str, settings: &Settings, is_flawed: bool) -> (String, String) {
    let Some(place) = settings.place(key) else {
        let (default, words) = default_of(key);
        let default = default.map(|text| if is_list(key) { value(key, &[]) } else { quoted(text) });
        let words = if words.is_empty() { "default".to_owned() } else { format!("default: {words}") };
        return (default.map_or(format!("# {key}"), |value| format!("# {key:<15} = {value}")), words);
    };
    let value = value(key, settings.list(key));
    match is_flawed {
        true => (format!("# {key:<15} = {value}"), format!("{}: cannot be meant", shown(place))),
        false => (format!("{key:<17} = {value}"), shown(place)),
    }
}

fn is_list(key: &str) -> bool {
    matches!(key, "cluster" | "namespace")
}

/// The value of a setting as TOML.
pub(super) fn value(key: &str, values: &[String]) -> String {
    match is_list(key) {
        true => format!("[{}]", values.iter().map(|value| quoted(value)).collect::<Vec<_>>().join(", ")),
        false => quoted(values.first().map_or("", String::as_str)),
    }
}

/// A text as a TOML string, harmless wherever it is shown. A JSON string is one, but for its surrogate pairs.
fn quoted(text: &str) -> String {
    let spelt_out = |c| if sanitize::is_harmful(c) { format!("\\U{:08x}", u32::from(c)) } else { String::from(c) };
    serde_json::Value::from(text).to_string().chars().map(spelt_out).collect()
}

/// A place as people write it.
pub(super) fn shown(place: &str) -> String {
    let home = etcetera::home_dir().ok().filter(|home| home != Path::new("/"));
    let below = home.and_then(|home| place.strip_prefix(home.to_str()?)?.strip_prefix('/'));
    below.map_or_else(|| place.to_owned(), |below| format!("~/{below}"))
}

/// Lines, with the places one below the other.
fn aligned(rows: Vec<(String, String)>) -> String {
    let width = rows.iter().map(|(left, _)| left.width()).filter(|width| *width <= WIDEST).max().unwrap_or(0);
    let line = |(left, place): &(String, String)| {
        let gap = width.saturating_sub(left.width());
        format!("{left}{:gap$}  # {}\n", "", sanitize::line(place))
    };
    rows.iter().map(line).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_defaults_that_are_shown_are_those_that_hold() {
        let mut settings = Settings::default();
        for key in KEYS {
            if let (Some(value), _) = default_of(key) {
                settings.set(key, if value.is_empty() { vec![] } else { vec![value.to_owned()] }, "default".to_owned());
            }
            check(key, &settings).unwrap();
        }
        let memory = settings.parse("memory", size::parse_memory).unwrap();
        assert_eq!(memory, Some(crate::query::plan::MEMORY));
        assert_eq!(settings.parse("cache-size", size::parse).unwrap(), Some(crate::source::cache::MOST as usize));
        assert_eq!(settings.parse("tz", Zone::parse).unwrap(), Some(Zone::Local));
        assert_eq!(settings.parse("via", Via::parse).unwrap(), Some(Via::default()));
        #[cfg(feature = "bigquery")]
        {
            assert_eq!(settings.parse("max-bytes", size::parse_bound).unwrap(), Some(bigquery::MAX_BYTES));
            let pricing = settings.parse("pricing", bigquery::Pricing::parse).unwrap();
            assert_eq!(pricing, Some(bigquery::Pricing::default()));
        }
    }

    #[test]
    fn every_text_is_a_toml_string_that_harms_nobody() {
        for text in ["", "plain", "a\"b\\c", "tab\tline\nreturn\r", "\u{1b}[31m\u{7f}\u{202e}\u{e0041}", "日本", "😀"]
        {
            let quoted = quoted(text);
            assert!(!quoted.contains(sanitize::is_harmful), "{quoted}");
            let table: toml::Table = format!("source = {quoted}").parse().unwrap();
            assert_eq!(table["source"].as_str(), Some(text), "{quoted}");
        }
    }
}
