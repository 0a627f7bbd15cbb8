//! The profile that is printed: a section of the configuration file, ready to be appended to it.

use std::path::Path;

use crate::query::config::{Typed, value};
#[cfg(feature = "bigquery")]
use crate::settings::Settings;
#[cfg(feature = "bigquery")]
use crate::size;
#[cfg(feature = "bigquery")]
use crate::source::bigquery::doctor::{Asked, Day, Found};
#[cfg(feature = "bigquery")]
use crate::source::bigquery::{Pricing, price};

/// A section: comments, keys and values.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Profile {
    /// What it is about, of which its name is made.
    of: String,
    lines: Vec<Line>,
}

#[derive(Clone, Debug, PartialEq)]
enum Line {
    Comment(String),
    Set(&'static str, Vec<String>),
}

impl Profile {
    /// Of an archive at this path; `None` where it is not UTF-8, which a configuration file is.
    pub(crate) fn of_archive(path: &Path) -> Option<Self> {
        let of = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        Some(Profile { of, lines: vec![set("source", path.to_str()?)] })
    }

    /// Of a dataset. What was typed or set, and a run would not find out by itself, is part of it.
    #[cfg(feature = "bigquery")]
    pub(crate) fn of_dataset(found: &Found, asked: &Asked, settings: &Settings, is_bound_typed: bool) -> Self {
        let mut lines = vec![set("source", &found.address.to_string())];
        if found.project != found.address.project {
            lines.push(set("billing-project", &found.project));
        }
        lines.extend(asked.location.as_deref().map(|location| set("location", location)));
        lines.extend(settings.get("pricing").map(|pricing| set("pricing", pricing)));
        match &found.day {
            Some(day) if is_bound_typed => lines.extend(bound(day, asked.pricing).into_iter().take(1)),
            Some(day) => lines.extend(bound(day, asked.pricing)),
            None if is_bound_typed => {}
            None => {
                lines.push(Line::Comment("No day could be measured: this is what holds without it.".to_owned()));
                lines.push(set("max-bytes", "100GiB"));
            }
        }
        Profile { of: found.address.dataset.clone(), lines }
    }

    /// The same with the settings that were typed, as far as it does not have them.
    pub(crate) fn with(mut self, typed: Vec<Typed>) -> Self {
        for (key, values, _) in typed {
            if !self.lines.iter().any(|line| matches!(line, Line::Set(known, _) if *known == key)) {
                self.lines.push(Line::Set(key, values));
            }
        }
        self
    }

    /// A name that no profile has yet: a second section of the same name would spoil the file.
    pub(crate) fn name(&self, taken: &[&str]) -> String {
        let plain = |c: char| if c.is_ascii_alphanumeric() || matches!(c, '_' | '-') { c } else { '-' };
        let of: String = self.of.chars().map(plain).collect();
        let of = of.trim_matches('-');
        let of = if of.is_empty() { "logs" } else { of };
        let numbered = (2..).map(|number| format!("{of}-{number}"));
        let free = std::iter::once(of.to_owned()).chain(numbered).find(|name| !taken.contains(&name.as_str()));
        free.unwrap_or_default()
    }

    /// The section. An empty line comes first, as the file may not end with one.
    pub(crate) fn text(&self, name: &str) -> String {
        let mut text = format!("\n# By lq-query --doctor, {}\n[profile.{name}]\n", crate::when::now().format("%F"));
        for line in &self.lines {
            match line {
                Line::Comment(comment) => text.push_str(&format!("# {comment}\n")),
                Line::Set(key, values) => text.push_str(&format!("{key} = {}\n", value(key, values))),
            }
        }
        text
    }
}

fn set(key: &'static str, value: &str) -> Line {
    Line::Set(key, vec![value.to_owned()])
}

/// What may be billed for a run, and what that is in days and dollars.
#[cfg(feature = "bigquery")]
fn bound(day: &Day, pricing: Pricing) -> [Line; 3] {
    let most = price::bound_for(day.bound(pricing));
    let bytes = size::parse(&most).map_or(0, |bytes| bytes as u64);
    let days = |of_day: u64| match bytes.checked_div(of_day) {
        None | Some(366..) => "more than a year".to_owned(),
        Some(days) => size::plural(days, "such day"),
    };
    let (all, less) = (days(day.bytes), days(day.without_payload));
    let days = if all == less { all } else { format!("{all}, or {less} --without payload") };
    [
        Line::Comment(format!(
            "A typical day: {}; {} --without payload (median of {}).",
            pricing.say(day.bytes, "≤ "),
            pricing.say(day.without_payload, "≤ "),
            size::plural(day.measured as u64, "day")
        )),
        Line::Comment(format!(
            "A run may bill {} at most: {days}. For one run: --max-bytes SIZE.",
            pricing.say(bytes, ""),
        )),
        Line::Set("max-bytes", vec![most]),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_profile_has_a_name_of_its_own() {
        let taken = ["gke", "gke-2"];
        for (of, name) in [("gke", "gke-3"), ("prod", "prod"), ("日本 a.b", "a-b"), ("..", "logs"), ("gke.", "gke-3")]
        {
            let profile = Profile { of: of.to_owned(), lines: Vec::new() };
            assert_eq!(profile.name(&taken), name, "{of}");
        }
    }

    #[cfg(feature = "bigquery")]
    #[test]
    fn the_bound_is_told_in_days_and_dollars() {
        const GIB: u64 = 1 << 30;
        for (bytes, without_payload, pricing, comment, set) in [
            (12 * GIB, 3 * GIB, Pricing::default(), "84 GiB, $0.51 at most: 7 such days, or 28 such days", "84GiB"),
            (1 << 20, 0, Pricing::default(), "10 GiB, $0.06 at most: more than a year. For", "10GiB"),
            (
                2048 * GIB,
                GIB << 9,
                Pricing::default(),
                "2.0 TiB, $12.50 at most: 1 such day, or 4 such days",
                "2048GiB",
            ),
            (GIB << 10, GIB, Pricing::Slots, "7.0 TiB at most: 7 such days, or more than a year", "7168GiB"),
        ] {
            let [_, Line::Comment(said), Line::Set("max-bytes", value)] =
                bound(&Day { bytes, without_payload, measured: 7 }, pricing)
            else {
                panic!("a comment and the bound");
            };
            assert!(said.contains(comment), "{said}");
            assert_eq!(value, [set]);
        }
    }
}
