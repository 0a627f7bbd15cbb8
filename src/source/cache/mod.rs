//! Finished slices on disk, so that a second look and a broken download are free.
//!
//! A slice that was read to its end is kept as a [file](mod@file) of its rows, compressed, in `$XDG_CACHE_HOME/lq`. Its
//! [label](Label) says all that decided its rows: what was asked of whom (by its [key](Label::key)), the
//! window, and for each table its state before the query began. A later run may take the rows from there if
//! the key is the same, the window is covered, and each of the tables is in the same state still; whether
//! it is, whoever asks must find out.
//!
//! Files have names that tell key and window, appear whole or not at all, and are bounded all together:
//! those go first that were not used for longest, but none that the run at hand took or kept: else one that is larger
//! than the bound would push out what its next repetition needs first. Whatever is wrong with a file, or of
//! another version, it is as if it were not there, but for its bytes.

mod file;
mod label;

#[cfg(test)]
mod tests;

use std::io;
use std::ops::ControlFlow;
use std::time::{Duration, SystemTime};

use crate::private::{Folder, PART};
use crate::when::Window;
pub(crate) use file::{Rows, Writer};
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
    /// When the run began: what was used since then does not give way.
    began: SystemTime,
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
    /// `None` for a user without a home folder.
    pub(crate) fn open(most: u64) -> Option<Self> {
        Some(Cache { folder: Folder::cache()?, most, began: SystemTime::now() })
    }

    #[cfg(test)]
    pub(crate) fn at(path: &std::path::Path, most: u64) -> Self {
        Cache { folder: Folder::at(path), most, began: SystemTime::now() }
    }

    /// Why nothing is kept there, nor taken from there, if so.
    pub(crate) fn flaw(&self) -> Option<String> {
        self.folder.flaw()
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

    /// Reads a file's label; `None` without a sound one of this version.
    fn load(&self, name: String) -> Option<Kept> {
        let mut file = self.folder.open(&name)?;
        let meta = file.metadata().ok()?;
        let label = file::label(&mut file).ok()?;
        let used = meta.modified().unwrap_or(SystemTime::UNIX_EPOCH);
        Some(Kept { label, name, bytes: meta.len(), used })
    }

    /// Begins to write a slice: it may have the room of those that may give way.
    pub(crate) fn begin(&self) -> io::Result<Writer> {
        self.folder.sweep(PREFIX);
        let lasting: u64 = self.files().iter().filter(|file| self.is_needed(file)).map(|file| file.bytes).sum();
        Writer::new(self.folder.draft(PREFIX)?, self.most.saturating_sub(lasting))
    }

    /// Makes room for what was written so far.
    pub(crate) fn make_room_for(&self, writer: &Writer) -> io::Result<()> {
        if self.held().saturating_add(writer.bytes()) <= self.most {
            return Ok(());
        }
        let _lock = self.folder.lock(LOCK, PATIENCE)?;
        self.make_room(writer.bytes(), "")
    }

    /// Removes what is more than all may take.
    pub(crate) fn shrink(&self) -> io::Result<()> {
        if self.held() <= self.most {
            return Ok(());
        }
        let _lock = self.folder.lock(LOCK, PATIENCE)?;
        self.make_room(0, "")
    }

    /// What all slices take, in bytes, those of other versions too.
    pub(crate) fn held(&self) -> u64 {
        self.files().iter().map(|file| file.bytes).sum()
    }

    /// Ends the writing, and keeps the slice under its label; others give way to it. Errors where that makes too
    /// little room.
    pub(crate) fn keep(&self, writer: Writer, label: Label) -> io::Result<()> {
        let name = name(&label);
        let (mut draft, bytes) = writer.finish(&label)?;
        // By the clock that says when this run began.
        draft.file().set_modified(SystemTime::now())?;
        let _lock = self.folder.lock(LOCK, PATIENCE)?;
        self.make_room(bytes, &name)?;
        draft.keep(&name)
    }

    /// Marks a slice as used: others give way first.
    pub(crate) fn touch(&self, kept: &Kept) {
        let _ = self.folder.open(&kept.name).map(|file| file.set_modified(SystemTime::now()));
    }

    /// Hands out the rows of a slice, until `each` breaks off. Errors where the file is not sound, or gave way to
    /// those of another run (`NotFound`): what was handed out is void then.
    pub(crate) fn read(&self, kept: &Kept, each: impl FnMut(&str) -> ControlFlow<()>) -> io::Result<ControlFlow<()>> {
        self.touch(kept);
        let gone = || io::Error::new(io::ErrorKind::NotFound, "gave way to others");
        file::rows(&mut self.folder.open(&kept.name).ok_or_else(gone)?, &kept.label, each)
    }

    /// Removes a slice that is not sound.
    pub(crate) fn discard(&self, kept: &Kept) {
        self.folder.remove(&kept.name);
    }

    /// Removes what was not used for longest, until so many `bytes` fit; a file of this `name` counts as gone.
    fn make_room(&self, bytes: u64, name: &str) -> io::Result<()> {
        let mut files = self.files();
        files.retain(|file| file.name != name);
        files.sort_by_key(|file| file.used);
        let mut held = files.iter().fold(bytes, |sum, file| sum.saturating_add(file.bytes));
        let lasting =
            files.iter().filter(|file| self.is_needed(file)).fold(bytes, |sum, file| sum.saturating_add(file.bytes));
        if lasting > self.most {
            return Err(file::too_large());
        }
        for file in files.iter().filter(|file| !self.is_needed(file)) {
            if held <= self.most {
                break;
            }
            self.folder.remove(&file.name);
            held -= file.bytes;
        }
        Ok(())
    }

    /// All that lies there, whoever can read it, but for what is being written.
    fn files(&self) -> Vec<Lying> {
        let names = self.folder.names().into_iter().filter(|name| name.starts_with(PREFIX) && !name.ends_with(PART));
        let lying = |name: String| {
            let meta = self.folder.path().join(&name).symlink_metadata().ok().filter(|meta| !meta.is_dir())?;
            Some(Lying { used: meta.modified().ok()?, bytes: meta.len(), name })
        };
        names.filter_map(lying).collect()
    }

    /// True for what this run took or kept.
    fn is_needed(&self, file: &Lying) -> bool {
        // What is of the future tells nothing.
        (self.began..=SystemTime::now()).contains(&file.used)
    }
}

/// A file in the folder.
struct Lying {
    name: String,
    bytes: u64,
    used: SystemTime,
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
