//! Finished slices on disk, so that a second look and a broken download are free.
//!
//! A slice that was read to its end is kept as a [file](mod@file) of its rows, compressed, in `$XDG_CACHE_HOME/lq`. Its
//! [label](Label) says all that decided its rows: what was asked of whom (by its [key](Label::key)), the
//! window, and for each table its state before the query began. A later run may take the rows from there if
//! the key is the same, the window is covered, and each of the tables is in the same state still; whether
//! it is, whoever asks must find out.
//!
//! Files have names that tell key and window, appear whole or not at all, and are bounded all together:
//! those go first that were not used for longest. Whatever is wrong with a file, it is as if it were not
//! there.

mod file;
mod label;

#[cfg(test)]
mod tests;

use std::io;
use std::ops::ControlFlow;
use std::time::{Duration, SystemTime};

use crate::private::Folder;
use crate::when::Window;
pub(crate) use file::Writer;
pub(crate) use label::{Label, TableState};

/// How the names of the files begin.
const PREFIX: &str = "slice-";

/// Held while files are put in place and others give way to them.
const LOCK: &str = "slices.lock";

/// How long to wait for it.
const PATIENCE: Duration = Duration::from_secs(5);

/// What all slices may take where nothing else is said, in bytes.
pub(crate) const MOST: u64 = 10 << 30;

/// The slices of all sources.
#[derive(Clone, Debug)]
pub(crate) struct Cache {
    folder: Folder,
    /// What all of them may take, in bytes.
    pub most: u64,
}

/// A slice that is there.
#[derive(Debug)]
pub(crate) struct Kept {
    pub label: Label,
    /// In its folder.
    name: String,
    /// Of the file.
    pub bytes: u64,
    pub used: SystemTime,
}

impl Cache {
    /// `None` for a user without a home folder, and where nothing may be kept.
    pub(crate) fn open(most: u64) -> Option<Self> {
        Some(Cache { folder: Folder::cache()?, most }).filter(|_| most > 0)
    }

    #[cfg(test)]
    pub(crate) fn at(path: &std::path::Path, most: u64) -> Self {
        Cache { folder: Folder::at(path), most }
    }

    /// Where they are.
    pub(crate) fn path(&self) -> &std::path::Path {
        self.folder.path()
    }

    /// Slices under this key that cover the window, those of the narrowest windows first.
    pub(crate) fn find(&self, key: &str, window: &Window) -> Vec<Kept> {
        let names = self.folder.names().into_iter().filter(|name| named(name).is_some_and(|it| it.covers(key, window)));
        let mut found: Vec<Kept> = names.filter_map(|name| self.load(name)).collect();
        // The name is but a hint: seconds, and no more of the key than a name holds.
        found.retain(|kept| kept.label.key == key && kept.label.covers(window));
        found.sort_by_key(|kept| kept.label.until - kept.label.since);
        found
    }

    /// All slices, those used last first.
    pub(crate) fn all(&self) -> Vec<Kept> {
        let names = self.folder.names().into_iter().filter(|name| named(name).is_some());
        let mut all: Vec<Kept> = names.filter_map(|name| self.load(name)).collect();
        all.sort_by_key(|kept| std::cmp::Reverse(kept.used));
        all
    }

    /// Reads a file's label. A file without a sound one is removed.
    fn load(&self, name: String) -> Option<Kept> {
        let mut file = self.folder.open(&name)?;
        let meta = file.metadata().ok()?;
        match file::label(&mut file) {
            Ok(label) => {
                let used = meta.modified().unwrap_or(SystemTime::UNIX_EPOCH);
                Some(Kept { label, name, bytes: meta.len(), used })
            }
            Err(_) => {
                self.folder.remove(&name);
                None
            }
        }
    }

    /// Begins to write a slice.
    pub(crate) fn begin(&self) -> io::Result<Writer> {
        self.folder.sweep(PREFIX);
        Writer::new(self.folder.draft(PREFIX)?, self.most)
    }

    /// Ends the writing, and keeps the slice under its label; others give way to it. Errors where it is
    /// larger than all may be.
    pub(crate) fn keep(&self, writer: Writer, label: Label) -> io::Result<()> {
        let name = name(&label);
        let (draft, bytes) = writer.finish(&label)?;
        let _lock = self.folder.lock(LOCK, PATIENCE)?;
        self.make_room(bytes, &name)?;
        draft.keep(&name)
    }

    /// Marks a slice as used: others give way first.
    pub(crate) fn touch(&self, kept: &Kept) {
        let _ = self.folder.open(&kept.name).map(|file| file.set_modified(SystemTime::now()));
    }

    /// Hands out the rows of a slice, until `each` breaks off. Errors where the file is not sound, or not there
    /// any more: what was handed out is void then.
    pub(crate) fn read(&self, kept: &Kept, each: impl FnMut(&str) -> ControlFlow<()>) -> io::Result<ControlFlow<()>> {
        self.touch(kept);
        let gone = || io::Error::new(io::ErrorKind::NotFound, "it is not there any more");
        file::rows(&mut self.folder.open(&kept.name).ok_or_else(gone)?, &kept.label, each)
    }

    /// Removes a slice that is not sound.
    pub(crate) fn discard(&self, kept: &Kept) {
        self.folder.remove(&kept.name);
    }

    /// Removes what was not used for longest, until so many `bytes` fit; a file of this `name` counts as gone.
    fn make_room(&self, bytes: u64, name: &str) -> io::Result<()> {
        let room = self.most.checked_sub(bytes).ok_or_else(file::too_large)?;
        let names = self.folder.names().into_iter().filter(|it| named(it).is_some() && it != name);
        let meta = |name: String| {
            let meta = self.folder.path().join(&name).symlink_metadata().ok()?;
            Some((meta.modified().ok()?, meta.len(), name))
        };
        let mut files: Vec<(SystemTime, u64, String)> = names.filter_map(meta).collect();
        files.sort();
        let mut held: u64 = files.iter().map(|(_, bytes, _)| bytes).sum();
        for (_, bytes, name) in files {
            if held <= room {
                break;
            }
            self.folder.remove(&name);
            held -= bytes;
        }
        Ok(())
    }
}

/// What the name of a file tells.
struct Named<'a> {
    key: &'a str,
    since: i64,
    until: i64,
}

impl Named<'_> {
    /// May cover the window.
    fn covers(&self, key: &str, window: &Window) -> bool {
        self.key == key && self.since <= window.since.timestamp() && window.until.timestamp() <= self.until
    }
}

/// `slice-KEY_SINCE_UNTIL`, times in Unix seconds.
fn name(label: &Label) -> String {
    format!("{PREFIX}{}_{}_{}", label.key, label.since.timestamp(), label.until.timestamp())
}

fn named(name: &str) -> Option<Named<'_>> {
    let mut parts = name.strip_prefix(PREFIX)?.split('_');
    let named = Named { key: parts.next()?, since: parts.next()?.parse().ok()?, until: parts.next()?.parse().ok()? };
    parts.next().is_none().then_some(named)
}
