//! Names of tables and names of logs.
//!
//! A sink names a table after its log, with every character that a table's name cannot have turned
//! into `_`, and in the date-sharded layout with the UTC day of the entries behind it:
//! `cloudaudit_googleapis_com_activity_20261121`.
//! <https://cloud.google.com/logging/docs/export/bigquery#bigquery-organization>

use chrono::NaiveDate;

use crate::select::{Glob, Logs};

/// The tables of entries that the sink could not write, a day each.
/// <https://cloud.google.com/logging/docs/export/bigquery#mismatch>
pub(crate) const EXPORT_ERRORS: &str = "export_errors";

/// A table's name taken apart: the log, and the day of a shard.
pub(crate) fn read(id: &str) -> (&str, Option<NaiveDate>) {
    shard(id).map_or((id, None), |(log, day)| (log, Some(day)))
}

fn shard(id: &str) -> Option<(&str, NaiveDate)> {
    let (log, digits) = id.rsplit_once('_')?;
    if log.is_empty() || digits.len() != 8 || !digits.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let (year, month, day) = (digits[..4].parse().ok()?, digits[4..6].parse().ok()?, digits[6..].parse().ok()?);
    NaiveDate::from_ymd_opt(year, month, day).map(|day| (log, day))
}

/// The names of tables that wanted logs have. It may hold for a few others too: what a table's name has
/// lost is decided later, by the entries' own `logName`.
#[derive(Clone, Debug)]
pub(crate) enum Names {
    OfContainers,
    Like(Vec<Glob>),
}

impl Names {
    pub(crate) fn of(logs: &Logs) -> Self {
        match logs {
            Logs::OfContainers => Names::OfContainers,
            Logs::Named(globs) => Names::Like(globs.iter().filter_map(mangle_glob).collect()),
        }
    }

    /// Whether `log`, as the name of a table has it, may be wanted.
    pub(crate) fn has(&self, log: &str) -> bool {
        match self {
            Names::OfContainers => matches!(log, "stdout" | "stderr"),
            Names::Like(globs) => globs.iter().any(|glob| glob.matches(Some(crate::entry::text::Text::Plain(log)))),
        }
    }
}

fn is_kept(c: char) -> bool {
    c.is_ascii_alphanumeric() || c == '_'
}

fn mangle_char(c: char) -> char {
    if is_kept(c) { c } else { '_' }
}

/// A glob that matches the mangled form of every name that `glob` matches.
fn mangle_glob(glob: &Glob) -> Option<Glob> {
    // `*` matches all that there is, so nothing is lost where a glob cannot be said.
    let mangled = Glob::new("--log", &mangle(&glob.text)).or_else(|_| Glob::new("--log", "*"));
    mangled.ok()
}

/// The text of such a glob. What stands for itself becomes what it is in a table's name. A class that
/// has more than letters and digits in it, or says what not to match, becomes `?`.
fn mangle(glob: &str) -> String {
    if glob.contains("**") {
        // `a/**/b` is `a/b` too, and without its slashes it would not be.
        return "*".to_owned();
    }
    let has_wildcards = glob.contains(['*', '?', '[']);
    let mut out = String::new();
    let mut braces = 0;
    let mut rest = glob.chars();
    while let Some(c) = rest.next() {
        match c {
            '*' | '?' => out.push(c),
            '\\' if has_wildcards => out.extend(rest.next().map(mangle_char)),
            '[' if has_wildcards => out.push_str(&class(&mut rest)),
            '{' if has_wildcards => {
                braces += 1;
                out.push(c);
            }
            '}' if braces > 0 => {
                braces -= 1;
                out.push(c);
            }
            ',' if braces > 0 => out.push(c),
            c => out.push(mangle_char(c)),
        }
    }
    out
}

/// Reads a class up to its `]`.
fn class(rest: &mut std::str::Chars) -> String {
    let mut inside = String::new();
    // Directly behind `[` or `[!`, a `]` stands for itself.
    if rest.as_str().starts_with(['!', '^']) {
        inside.extend(rest.next());
    }
    if rest.as_str().starts_with(']') {
        inside.extend(rest.next());
    }
    for c in rest.by_ref() {
        if c == ']' {
            break;
        }
        inside.push(c);
    }
    if inside.chars().all(is_kept) { format!("[{inside}]") } else { "?".to_owned() }
}
