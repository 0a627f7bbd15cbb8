//! An archive's folder tree: which files there are, and which hour each is of.
//!
//! A Cloud Storage sink writes `LOG/YYYY/MM/DD/HH:MM:SS_HH:MM:SS_Sn.json`, all hours in UTC, `An`
//! for what came late. <https://cloud.google.com/logging/docs/export/storage#gcs-organization>
//! Copies often spell the colon `%3A` or `_`. Only the folders of the days that are asked for are
//! read, so that a year of hours lists fast.

use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::path::{Path, PathBuf};

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use walkdir::{DirEntry, WalkDir};

use super::slice::Slice;
use crate::entry::text::Text;
use crate::select::{Glob, Logs};
use crate::when::Window;

/// What a walk over the archive found.
#[derive(Debug, Default)]
pub(crate) struct Tree {
    /// The folders of days of the wanted logs.
    days: BTreeMap<NaiveDate, Vec<PathBuf>>,
    /// The folders of days are a sink's: they hold what their names say, and need not be opened for
    /// any other day.
    pub is_sink: bool,
    /// Files that are of no hour, in the order of their paths.
    others: Vec<PathBuf>,
    /// Logs in the tree that nobody asked for.
    pub unwanted: Vec<String>,
}

impl Tree {
    /// Walks `root`, a file or a folder. Hidden files, and `.part` files of a run, are passed over.
    pub(crate) fn walk(root: &Path, logs: &Logs) -> io::Result<Self> {
        if !root.metadata()?.is_dir() {
            return Ok(Tree { others: vec![root.to_owned()], ..Tree::default() });
        }
        // The names above the root tell a day too, whatever it was called by.
        let whole = root.canonicalize()?;
        let mut tree = Tree::default();
        let mut by_log: BTreeMap<PathBuf, Vec<(NaiveDate, PathBuf)>> = BTreeMap::new();
        let mut walk = Walk::new(root);
        while let Some(found) = walk.next() {
            match found? {
                Found::File(path) => tree.others.push(path),
                Found::Folder(path) => {
                    if let Some((log, date)) = day(&whole.join(path.strip_prefix(root).unwrap_or(&path))) {
                        walk.walk.skip_current_dir();
                        by_log.entry(log).or_default().push((date, path));
                    }
                }
            }
        }
        // A folder that is named after no wanted log is another log's, as long as others are named so.
        tree.is_sink = by_log.keys().any(|log| is_wanted(logs, log));
        for (log, days) in by_log {
            if tree.is_sink && !is_wanted(logs, &log) {
                tree.unwanted.push(log.file_name().unwrap_or_default().to_string_lossy().into_owned());
                continue;
            }
            for (date, path) in days {
                tree.days.entry(date).or_default().push(path);
            }
        }
        Ok(tree)
    }

    /// The slices of `window`: first the files that are of no hour, then its hours.
    pub(crate) fn slices(&self, window: &Window) -> io::Result<Vec<Slice>> {
        let mut hours: BTreeMap<DateTime<Utc>, Vec<PathBuf>> = BTreeMap::new();
        let mut others = self.others.clone();
        let dates = window.since.date_naive()..=window.until.date_naive();
        for (_, folders) in self.days.iter().filter(|(date, _)| !self.is_sink || dates.contains(date)) {
            for (hour, path) in files(folders)? {
                match hour {
                    Some(hour) if hour >= window.until || hour + TimeDelta::hours(1) <= window.since => {}
                    Some(hour) => hours.entry(hour).or_default().push(path),
                    None => others.push(path),
                }
            }
        }
        let others = (!others.is_empty()).then_some(Slice { hour: None, files: others });
        let hours = hours.into_iter().map(|(hour, files)| Slice { hour: Some(hour), files });
        Ok(others.into_iter().chain(hours).collect())
    }

    /// All files of the wanted logs, with the hour that each is of.
    pub(crate) fn files(&self) -> io::Result<Vec<(Option<DateTime<Utc>>, PathBuf)>> {
        let folders: Vec<PathBuf> = self.days.values().flatten().cloned().collect();
        let others = self.others.iter().map(|path| (None, path.clone()));
        Ok(others.chain(files(&folders)?).collect())
    }

    /// The names of the wanted logs that the folders of days are of.
    pub(crate) fn logs(&self) -> BTreeSet<String> {
        let log = |folder: &PathBuf| Some(folder.ancestors().nth(3)?.file_name()?.to_string_lossy().into_owned());
        self.days.values().flatten().filter_map(log).collect()
    }

    /// The first and the last hour that the tree has files of.
    pub(crate) fn hours(&self) -> io::Result<Option<(DateTime<Utc>, DateTime<Utc>)>> {
        let of_day =
            |folders| -> io::Result<Vec<_>> { Ok(files(folders)?.into_iter().filter_map(|(hour, _)| hour).collect()) };
        let mut first = None;
        for folders in self.days.values() {
            first = of_day(folders)?.into_iter().min();
            if first.is_some() {
                break;
            }
        }
        for folders in self.days.values().rev() {
            if let (Some(first), Some(last)) = (first, of_day(folders)?.into_iter().max()) {
                return Ok(Some((first, last)));
            }
        }
        Ok(None)
    }
}

/// A walk in the order of names, through links too. Passed over are hidden files and folders,
/// `.part` files, and links back to a folder above them.
struct Walk {
    walk: walkdir::IntoIter,
    /// Without links, to know the folders above.
    root: Option<PathBuf>,
}

enum Found {
    Folder(PathBuf),
    /// Also what could not be looked at: whoever opens it will say why.
    File(PathBuf),
}

impl Walk {
    fn new(root: &Path) -> Self {
        let walk = WalkDir::new(root).follow_links(true).sort_by_file_name().into_iter();
        Walk { walk, root: root.canonicalize().ok() }
    }

    /// True for a link to a folder that the root lies in.
    fn leads_up(&self, found: &DirEntry) -> bool {
        let to = found.path().canonicalize();
        found.file_type().is_dir() && self.root.as_ref().zip(to.ok()).is_some_and(|(root, to)| root.starts_with(to))
    }
}

impl Iterator for Walk {
    type Item = io::Result<Found>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            let (depth, is_folder, path) = match self.walk.next()? {
                Ok(found) if found.depth() > 0 && found.path_is_symlink() && self.leads_up(&found) => {
                    self.walk.skip_current_dir();
                    continue;
                }
                Ok(found) => (found.depth(), found.file_type().is_dir(), found.into_path()),
                Err(error) if error.loop_ancestor().is_some() => continue,
                Err(error) => match error.path() {
                    Some(path) => (error.depth(), false, path.to_owned()),
                    None => return Some(Err(error.into())),
                },
            };
            let name = path.file_name().unwrap_or_default().as_encoded_bytes();
            let is_hidden = depth > 0 && name.starts_with(b".");
            match (is_folder, is_hidden) {
                (true, true) => self.walk.skip_current_dir(),
                (true, false) => return Some(Ok(Found::Folder(path))),
                (false, false) if !name.ends_with(b".part") => return Some(Ok(Found::File(path))),
                (false, _) => {}
            }
        }
    }
}

/// True for the folder of a log that was asked for. The id of a log may have a slash in it.
fn is_wanted(logs: &Logs, folder: &Path) -> bool {
    let mut names = folder.iter().rev().map(|name| name.to_string_lossy());
    let last = names.next().unwrap_or_default();
    match logs {
        Logs::OfContainers => last == "stdout" || last == "stderr",
        Logs::Named(globs) => {
            let two = names.next().map(|before| format!("{before}/{last}")).unwrap_or_default();
            let is = |glob: &Glob, name: &str| glob.matches(Some(Text::Plain(name)));
            globs.iter().any(|glob| is(glob, &last) || is(glob, &two))
        }
    }
}

/// The log's folder and the date, of a path `…/LOG/YYYY/MM/DD`.
fn day(path: &Path) -> Option<(PathBuf, NaiveDate)> {
    let mut number = path.ancestors().map(|path| {
        let name = path.file_name()?.to_str()?;
        name.bytes().all(|b| b.is_ascii_digit()).then_some((name.len(), name.parse::<u32>().ok()?))
    });
    let ((2, day), (2, month), (4, year)) = (number.next()??, number.next()??, number.next()??) else { return None };
    let date = NaiveDate::from_ymd_opt(year as i32, month, day)?;
    Some((path.ancestors().nth(3)?.to_owned(), date))
}

/// The files in folders of days with the hour that each is of, in the order of their paths.
fn files(folders: &[PathBuf]) -> io::Result<Vec<(Option<DateTime<Utc>>, PathBuf)>> {
    let mut files = Vec::new();
    for folder in folders {
        let whole = folder.canonicalize()?;
        for found in Walk::new(folder) {
            let Found::File(path) = found? else { continue };
            let inner = path.strip_prefix(folder).unwrap_or(&path);
            let date = whole.join(inner).parent().and_then(day).map(|(_, date)| date);
            let hour = path.file_name().and_then(|name| hour(&name.to_string_lossy()));
            let time = date.zip(hour).and_then(|(date, hour)| date.and_hms_opt(hour, 0, 0));
            files.push((time.map(|time| time.and_utc()), path));
        }
    }
    Ok(files)
}

/// The hour in `07:00:00_07:59:59_S0.json`, whatever stands for the colons and comes behind.
fn hour(name: &str) -> Option<u32> {
    let plain = name.replace("%3A", ":").replace("%3a", ":").replace('_', ":");
    let mut parts = plain.split(':');
    let mut number = || parts.next()?.parse::<u32>().ok();
    let times = [number()?, number()?, number()?, number()?, number()?, number()?];
    let shard = parts.next()?;
    let shard_number = shard.strip_prefix(['S', 'A'])?.split('.').next()?;
    let whole = times == [times[0], 0, 0, times[0], 59, 59] && times[0] < 24;
    (whole && shard_number.bytes().all(|b| b.is_ascii_digit()) && !shard_number.is_empty()).then_some(times[0])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_hour_is_known_by_its_name_however_the_colons_are_spelt() {
        for (name, expected) in [
            ("07:00:00_07:59:59_S0.json", Some(7)),
            ("07:00:00_07:59:59_A12.json.gz", Some(7)),
            ("23%3A00%3A00_23%3A59%3A59_S0.json", Some(23)),
            ("00_00_00_00_59_59_S1.json", Some(0)),
            ("07:00:00_07:29:59_S0.json", None),
            ("07:00:00_08:59:59_S0.json", None),
            ("24:00:00_24:59:59_S0.json", None),
            ("07:00:00_07:59:59_X0.json", None),
            ("07:00:00_07:59:59_S.json", None),
            ("notes.json", None),
        ] {
            assert_eq!(hour(name), expected, "{name}");
        }
    }

    #[test]
    fn a_day_is_known_by_the_folders_above_it() {
        let date = |y, m, d| NaiveDate::from_ymd_opt(y, m, d);
        for (path, expected) in [
            ("/b/stdout/2024/12/19", date(2024, 12, 19)),
            ("/b/stdout/2024/02/30", None),
            ("/b/stdout/2024/12", None),
            ("/b/stdout/24/12/19", None),
            ("/b/stdout/2024/12/19/x", None),
        ] {
            assert_eq!(day(Path::new(path)).map(|(_, date)| date), expected, "{path}");
        }
    }
}
