//! Looks at an archive: what lies in it, how old that is, and whether it can be read.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use anyhow::{Result, bail};
use chrono::{DateTime, TimeDelta, Utc};

use super::profile::Profile;
use crate::entry::dialect::Dialect;
use crate::input::values::{Item, MAX_LINE, Values};
use crate::input::{self, Patience};
use crate::select::Logs;
use crate::size::{self, plural};
use crate::source::checkup::Checkup;
use crate::source::place::missing;
use crate::source::tree::Tree;

/// The sink writes an hour's files within three hours after its end.
/// <https://cloud.google.com/logging/docs/export/storage#gcs-latency>
const LATE: TimeDelta = TimeDelta::hours(4);

/// Items of a file that are looked at before it counts as no log.
const MOST_ITEMS: usize = 100;

/// A file, and the hour that it is of.
type Dated = (Option<DateTime<Utc>>, PathBuf);

/// `None` where there is nothing to read.
pub(super) fn examine(path: &Path, set_in: Option<&str>, checkup: &mut Checkup) -> Result<Option<Profile>> {
    if path == Path::new("-") {
        bail!("--doctor: standard input is read to its end, and cannot be looked at; name an archive or a dataset");
    }
    let set_in = set_in.map_or(String::new(), |place| format!(" (set in {place})"));
    let what = format!("archive {}{set_in}", path.display());
    let walked = Tree::walk(path, &Logs::OfContainers).and_then(|tree| Ok((tree.files()?, tree)));
    let (files, tree) = match walked {
        Ok(walked) => walked,
        Err(error) => {
            checkup.fail(format!("{what}: {error}"), &[missing(path)]);
            return Ok(None);
        }
    };
    if files.is_empty() {
        let remedies = [unwanted(&tree), Some(missing(path))];
        checkup.fail(
            format!("{what}: holds no files of stdout or stderr"),
            &remedies.into_iter().flatten().collect::<Vec<_>>(),
        );
        return Ok(None);
    }
    let bytes = files.iter().filter_map(|(_, file)| file.metadata().ok()).map(|meta| meta.len()).sum();
    checkup.ok(format!("{what}: {}, {}", plural(files.len() as u64, "file"), size::say(bytes)));
    readable(&files, checkup);
    layout(&tree, &files, checkup);
    age(path, &files, checkup);
    content(&files, checkup);
    Ok(Some(Profile::of_archive(&path.canonicalize()?)))
}

/// Whether every file can be opened, and how they are compressed.
fn readable(files: &[Dated], checkup: &mut Checkup) {
    let mut packings: BTreeMap<&str, u64> = BTreeMap::new();
    let mut lost = Vec::new();
    for (_, file) in files {
        match input::packing(file) {
            Ok(packing) => *packings.entry(packing).or_default() += 1,
            Err(error) => lost.push(format!("{}: {error}", file.display())),
        }
    }
    if let [first, ..] = &lost[..] {
        let count = format!("{} of {} files", size::count(lost.len() as u64), size::count(files.len() as u64));
        checkup.fail(
            format!("unreadable: {count}, the first is {first}"),
            &["a run whose window has one of them ends with status 3; give yourself the right to read them".to_owned()],
        );
    }
    let packings: Vec<String> =
        packings.iter().map(|(name, count)| format!("{} {name}", size::count(*count))).collect();
    if !packings.is_empty() {
        checkup.ok(format!("compression: {}", packings.join(", ")));
    }
}

fn layout(tree: &Tree, files: &[Dated], checkup: &Checkup) {
    let logs: Vec<String> = tree.logs().into_iter().collect();
    let loose = files.iter().filter(|(hour, _)| hour.is_none()).count() as u64;
    let mut parts = Vec::new();
    if tree.is_sink {
        parts.push(format!("a sink's tree of {}", logs.join(" and ")));
    } else if loose < files.len() as u64 {
        parts.push("folders of days that are named after no log".to_owned());
    }
    if loose > 0 {
        parts.push(format!("{} of no hour, which every run reads", plural(loose, "file")));
    }
    parts.extend(unwanted(tree));
    checkup.ok(format!("layout: {}", parts.join("; ")));
}

/// Other logs of the tree.
fn unwanted(tree: &Tree) -> Option<String> {
    let others = tree.unwanted.join(", ");
    (!others.is_empty()).then(|| format!("other logs, for --log NAME: {others}"))
}

/// From when to when, and how long ago that is.
fn age(path: &Path, files: &[Dated], checkup: &Checkup) {
    let hours = || files.iter().filter_map(|(hour, _)| *hour);
    let now = Utc::now();
    let (told, newest) = match (hours().min(), hours().max()) {
        (Some(first), Some(last)) => {
            let end = last + TimeDelta::hours(1);
            let form = |time: DateTime<Utc>| time.format("%FT%H:%MZ").to_string();
            (format!("hours: {} to {}", form(first), form(end)), end)
        }
        _ => match files.iter().filter_map(|(_, file)| written(file)).max() {
            Some(newest) => ("the newest file was written".to_owned(), newest),
            None => return,
        },
    };
    let ago = humantime::format_duration((now - newest).to_std().unwrap_or_default());
    let ago = ago.to_string().split(' ').take(2).collect::<Vec<_>>().join(" ");
    let what = format!("{told}, {ago} ago");
    match now - newest > LATE {
        true => checkup.warn(format!("{what}: the sink writes within three hours"), &[missing(path)]),
        false => checkup.ok(what),
    }
}

fn written(file: &Path) -> Option<DateTime<Utc>> {
    let time: SystemTime = file.metadata().ok()?.modified().ok()?;
    Some(time.into())
}

/// What the newest file holds.
fn content(files: &[Dated], checkup: &mut Checkup) {
    let Some((_, newest)) = files.iter().max_by_key(|(hour, file)| (*hour, written(file))) else { return };
    let name = newest.display();
    match dialect(newest) {
        Ok(Some(dialect)) => checkup.ok(format!("entries: {dialect}, in {name}")),
        Ok(None) => checkup.warn(format!("entries: none at the beginning of {name}"), &[]),
        Err(error) => checkup.fail(format!("entries: cannot read {name}: {error}"), &["fetch it again".to_owned()]),
    }
}

/// The dialect of the first entry; `None` where none comes soon.
fn dialect(file: &Path) -> std::io::Result<Option<&'static str>> {
    let mut values = Values::new(input::open(file, Patience::default())?, MAX_LINE);
    for _ in 0..MOST_ITEMS {
        let Some(item) = values.next()? else { return Ok(None) };
        if let Item::Entry(entry) = item {
            return Ok(Some(match entry.dialect() {
                Dialect::Entry => "lq's own",
                Dialect::LogEntry => "Cloud Logging's LogEntry",
                Dialect::LogAnalytics => "rows of Log Analytics",
                Dialect::Stern => "stern's",
                Dialect::Object | Dialect::Plain => "JSON of no known dialect",
            }));
        }
    }
    Ok(None)
}
