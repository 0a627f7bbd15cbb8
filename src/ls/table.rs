//! The list as a table, as kubectl has it: a title over each column, blanks between.
//!
//! On a terminal it is for people, and as wide as fits: times of day give way to "12d ago", the names of
//! containers to their number, and at last whole columns to the names and when they were seen last ("12d").
//! Names are never cut: they are there to be copied. Elsewhere numbers and times are whole, and no field has a
//! blank in it.

use std::io;

use chrono::{DateTime, Utc};
use unicode_width::UnicodeWidthStr;

use super::group::{Group, Kind};
use crate::entry::sanitize;
use crate::entry::stamp::Stamp;
use crate::index::Who;
use crate::when::{Zone, age};

/// For whom the table is.
#[derive(Clone, Copy, Debug)]
pub(crate) struct View<'a> {
    pub zone: &'a Zone,
    pub now: DateTime<Utc>,
    /// The columns of the terminal; `None` where there is none.
    pub width: Option<usize>,
}

/// How much is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Detail {
    /// All, one field a column.
    Whole,
    /// All, for people.
    Shown,
    /// How long ago, instead of times.
    Ages,
    /// And how many containers instead of which.
    Numbers,
    /// And neither that nor since when.
    Less,
    /// And of ages nothing but the number, and no namespace that all have.
    Little,
    /// The names and how long ago alone.
    Least,
}

pub(super) struct Column {
    title: &'static str,
    cells: Vec<String>,
    /// As many columns of a terminal as the widest of them takes.
    width: usize,
    /// Stands on the right.
    is_number: bool,
}

impl Column {
    /// Texts, one below the other; numbers stand on the right.
    pub(super) fn new(title: &'static str, cells: Vec<String>, is_number: bool) -> Self {
        let width = cells.iter().map(|cell| cell.width()).max().unwrap_or_default().max(title.width());
        Column { title, cells, width, is_number }
    }
}

/// Blanks between columns.
const GAP: usize = 2;

/// The columns of the terminal at standard output.
pub(super) fn terminal_width() -> usize {
    terminal_size::terminal_size_of(io::stdout()).map_or(80, |(width, _)| width.0.into())
}

/// Appends the table; nothing where there is no group.
pub(crate) fn write(kind: Kind, groups: &[Group], view: &View, out: &mut Vec<u8>) {
    if groups.is_empty() {
        return;
    }
    let made = |detail| columns(kind, groups, view, detail);
    let columns = match view.width {
        None => made(Detail::Whole),
        Some(most) => {
            let details = [Detail::Shown, Detail::Ages, Detail::Numbers, Detail::Less, Detail::Little].into_iter();
            details.map(made).find(|columns| width(columns) <= most).unwrap_or_else(|| made(Detail::Least))
        }
    };
    write_columns(&columns, out);
}

/// Appends the titles, and a line for each cell of the first column: all have equally many.
pub(super) fn write_columns(columns: &[Column], out: &mut Vec<u8>) {
    line(columns, columns.iter().map(|column| column.title), out);
    for row in 0..columns.first().map_or(0, |column| column.cells.len()) {
        line(columns, columns.iter().map(|column| column.cells[row].as_str()), out);
    }
}

fn columns(kind: Kind, groups: &[Group], view: &View, detail: Detail) -> Vec<Column> {
    let column = |title: &'static str, cell: &dyn Fn(&Group) -> String, is_number| {
        Column::new(title, groups.iter().map(cell).collect(), is_number)
    };
    let text = |title: &'static str, cell: &dyn Fn(&Group) -> String| column(title, cell, false);
    let number = |title: &'static str, count: &dyn Fn(&Group) -> String| column(title, count, true);
    let cluster = || text("CLUSTER", &|group| name(&group.who.cluster));
    let namespace = || text("NAMESPACE", &|group| name(&group.who.namespace));
    let pods = || number("PODS", &|group| group.pods.len().to_string());
    let containers = || number("CONTAINERS", &|group| group.containers.len().to_string());
    let has_several = |name: fn(&Who) -> &str| groups.windows(2).any(|pair| name(&pair[0].who) != name(&pair[1].who));
    let is_cluster_told = kind == Kind::Clusters || has_several(|who| &who.cluster);
    let is_namespace_told = kind == Kind::Namespaces || detail < Detail::Little || has_several(|who| &who.namespace);
    let mut columns: Vec<Column> = is_cluster_told.then(cluster).into_iter().collect();
    columns.extend((kind != Kind::Clusters && is_namespace_told).then(namespace));
    match kind {
        Kind::Pods => {
            columns.push(text("POD", &|group| name(&group.who.pod)));
            columns.push(match detail {
                Detail::Whole | Detail::Shown | Detail::Ages => text("CONTAINERS", &|group| names(group)),
                _ => containers(),
            });
        }
        Kind::Containers => columns.extend([text("CONTAINER", &|group| name(&group.who.container)), pods()]),
        Kind::Namespaces => columns.extend([pods(), containers()]),
        Kind::Clusters => {
            columns.extend([number("NAMESPACES", &|group| group.namespaces.len().to_string()), pods(), containers()]);
        }
    }
    let is_whole = detail == Detail::Whole;
    let entries = |entries: u64| if is_whole { entries.to_string() } else { rounded(entries) };
    columns.push(number("ENTRIES", &|group| entries(group.sight.entries)));
    columns.push(text("FIRST", &|group| time(group.sight.first, view, detail, false)));
    columns.push(text("LAST", &|group| time(group.sight.last, view, detail, true)));
    columns.retain(|column| detail < Detail::Less || !["CONTAINERS", "FIRST"].contains(&column.title));
    columns.retain(|column| detail < Detail::Least || !column.is_number);
    columns
}

/// A field of a name, harmless and without blanks.
pub(super) fn name(name: &str) -> String {
    if name.is_empty() {
        return "<none>".to_owned();
    }
    let escaped = |c: char| if c.is_whitespace() { format!("\\u{:04x}", c as u32) } else { c.to_string() };
    sanitize::line(name).chars().map(escaped).collect()
}

fn names(group: &Group) -> String {
    let names: Vec<String> = group.containers.iter().map(|container| name(container)).collect();
    if names.is_empty() { name("") } else { names.join(",") }
}

fn time(stamp: Stamp, view: &View, detail: Detail, has_age: bool) -> String {
    let age = age(view.now.timestamp().saturating_sub(stamp.secs));
    let ago = format!("{age} ago");
    match detail {
        Detail::Whole => stamp.whole().local(view.zone),
        Detail::Shown => {
            let mut out = Vec::new();
            stamp.push_civil(view.zone.offset_at(stamp.secs), b' ', 0, &mut out);
            let time = String::from_utf8_lossy(&out);
            if has_age { format!("{time} ({ago})") } else { time.into_owned() }
        }
        Detail::Ages | Detail::Numbers | Detail::Less => ago,
        Detail::Little | Detail::Least => age,
    }
}

/// `999`, `1.2k`, `12k`, `1.2M`.
fn rounded(number: u64) -> String {
    let units = ["", "k", "M", "G", "T", "P", "E"];
    let mut unit = 0;
    let mut amount = number as f64;
    while amount >= 999.5 && unit + 1 < units.len() {
        amount /= 1000.0;
        unit += 1;
    }
    let digits = usize::from(unit > 0 && amount < 9.95);
    format!("{amount:.digits$}{}", units[unit])
}

pub(super) fn width(columns: &[Column]) -> usize {
    columns.iter().map(|column| column.width + GAP).sum::<usize>().saturating_sub(GAP)
}

fn line<'a>(columns: &[Column], fields: impl Iterator<Item = &'a str>, out: &mut Vec<u8>) {
    let start = out.len();
    for (column, field) in columns.iter().zip(fields) {
        if out.len() > start {
            out.resize(out.len() + GAP, b' ');
        }
        let free = column.width.saturating_sub(field.width());
        let (before, behind) = if column.is_number { (free, 0) } else { (0, free) };
        out.resize(out.len() + before, b' ');
        out.extend_from_slice(field.as_bytes());
        out.resize(out.len() + behind, b' ');
    }
    let end = out[start..].trim_ascii_end().len();
    out.truncate(start + end);
    out.push(b'\n');
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rounded_number_has_four_characters_at_most() {
        for (number, told) in [
            (0, "0"),
            (999, "999"),
            (1_000, "1.0k"),
            (9_949, "9.9k"),
            (9_951, "10k"),
            (999_499, "999k"),
            (999_500, "1.0M"),
            (1_234_567, "1.2M"),
            (u64::MAX, "18E"),
        ] {
            assert_eq!(rounded(number), told);
        }
    }
}
