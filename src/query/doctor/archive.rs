//! Looks at an archive: what lies in it, how old that is, and whether it can be read.

use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::io;
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
use crate::when;

/// The sink writes an hour's files within three hours after its end.
/// <https://cloud.google.com/logging/docs/export/storage#gcs-latency>
const LATE: TimeDelta = TimeDelta::hours(4);

/// Files that are looked at, the newest first, and items of each, before it counts as no archive.
const MOST_FILES: usize = 20;
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
    let (folders, files): (Vec<Dated>, Vec<Dated>) = files.into_iter().partition(|(_, file)| file.is_dir());
    if let [(_, first), rest @ ..] = &folders[..] {
        let more =
            if rest.is_empty() { String::new() } else { format!(", and {} more", size::count(rest.len() as u64)) };
        checkup.fail(format!("unreadable folder: {}{more}", first.display()), &[UNREADABLE.to_owned()]);
    }
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
    let files = readable(files, checkup);
    layout(&tree, &files, checkup);
    age(path, &files, checkup);
    content(path, files, checkup);
    let profile = Profile::of_archive(&path.canonicalize()?);
    if profile.is_none() {
        let remedy = "a configuration file is UTF-8, and cannot name it: rename the folder".to_owned();
        checkup.fail(format!("{what}: its name is not UTF-8"), &[remedy]);
    }
    Ok(profile)
}

const UNREADABLE: &str = "a run whose window has one of them ends with status 3; give yourself the right to read them";

/// The files that can be opened; tells of the others, and how these are compressed.
fn readable(files: Vec<Dated>, checkup: &mut Checkup) -> Vec<Dated> {
    let all = files.len() as u64;
    let mut packings: BTreeMap<&str, u64> = BTreeMap::new();
    let mut lost = Vec::new();
    let mut sound = Vec::new();
    for (hour, file) in files {
        match packing(&file) {
            Ok(packing) => {
                *packings.entry(packing).or_default() += 1;
                sound.push((hour, file));
            }
            Err(error) => lost.push(format!("{}: {error}", file.display())),
        }
    }
    if let [first, ..] = &lost[..] {
        let count = format!("{} of {} files", size::count(lost.len() as u64), size::count(all));
        checkup.fail(format!("unreadable: {count}, the first is {first}"), &[UNREADABLE.to_owned()]);
    }
    let packings: Vec<String> =
        packings.iter().map(|(name, count)| format!("{} {name}", size::count(*count))).collect();
    if !packings.is_empty() {
        checkup.ok(format!("compression: {}", packings.join(", ")));
    }
    sound
}

/// As [`input::packing`], but of regular files alone: a pipe is waited for until somebody writes.
fn packing(file: &Path) -> io::Result<&'static str> {
    match file.metadata()?.is_file() {
        true => input::packing(file),
        false => Err(io::Error::other("no regular file: a pipe, a socket or a device")),
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
    let now = when::now();
    let ago = |time: DateTime<Utc>| when::age((now - time).num_seconds());
    let (Some(first), Some(last)) = (hours().min(), hours().max()) else {
        // No sink wrote these, and a copy is as new as it was copied: this judges nothing.
        if let Some(newest) = files.iter().filter_map(|(_, file)| written(file)).max() {
            checkup.ok(format!("written: the newest file {} ago", ago(newest)));
        }
        return;
    };
    let end = last + TimeDelta::hours(1);
    let form = |time: DateTime<Utc>| time.format("%FT%H:%MZ").to_string();
    let what = format!("hours: {} to {}", form(first), form(end));
    if last > now {
        let ahead = when::age((last - now).num_seconds());
        let remedies = [
            "is this machine's clock right? every window that is said relative to now is off by as much".to_owned(),
            "set the clock: timedatectl set-ntp true".to_owned(),
        ];
        checkup.warn(format!("clock: {what}: the newest begins {ahead} from now"), &remedies);
    } else if now - end > LATE {
        checkup.warn(format!("{what}, {} ago: the sink writes within three hours", ago(end)), &[missing(path)]);
    } else {
        checkup.ok(format!("{what}, {} ago", ago(end)));
    }
}

fn written(file: &Path) -> Option<DateTime<Utc>> {
    let time: SystemTime = file.metadata().ok()?.modified().ok()?;
    Some(time.into())
}

/// What the newest files hold: an archive has entries that tell their time.
fn content(path: &Path, mut files: Vec<Dated>, checkup: &mut Checkup) {
    files.sort_by_cached_key(|(hour, file)| Reverse((*hour, written(file))));
    files.truncate(MOST_FILES);
    for (_, file) in &files {
        let name = file.display();
        match dialect(file) {
            Ok(Some(Dialect::Object | Dialect::Plain)) => {
                let remedy = "they have a time, but do not say of which Pod they are: no name finds them".to_owned();
                return checkup.warn(format!("entries: JSON of no known dialect, in {name}"), &[remedy]);
            }
            Ok(Some(dialect)) => return checkup.ok(format!("entries: {}, in {name}", say(dialect))),
            Ok(None) => {}
            Err(error) => checkup.fail(format!("entries: cannot read {name}: {error}"), &["fetch it again".to_owned()]),
        }
    }
    let of = match files.len() {
        0 => return,
        1 => "the file".to_owned(),
        many => format!("the {many} newest files"),
    };
    let remedies =
        ["is it an archive of logs? lq reads what a sink wrote, and what lq-query did".to_owned(), missing(path)];
    checkup.fail(format!("entries: none with a time at the beginning of {of}"), &remedies);
}

/// The dialect of the first entry that has a time; `None` where none comes soon.
fn dialect(file: &Path) -> io::Result<Option<Dialect>> {
    let mut values = Values::new(input::open(file, Patience::default())?, MAX_LINE);
    for _ in 0..MOST_ITEMS {
        match values.next()? {
            None => break,
            Some(Item::Entry(entry)) if entry.stamp().is_some() => return Ok(Some(entry.dialect())),
            Some(_) => {}
        }
    }
    Ok(None)
}

fn say(dialect: Dialect) -> &'static str {
    match dialect {
        Dialect::Entry => "lq's own",
        Dialect::LogEntry => "Cloud Logging's LogEntry",
        Dialect::LogAnalytics => "rows of Log Analytics",
        Dialect::Stern => "stern's",
        Dialect::Object | Dialect::Plain => "of no known dialect",
    }
}
