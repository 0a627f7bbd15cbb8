//! The file of a source: JSON lines. The first one says whose names follow, then there is one for each
//! container of a Pod, as `lq-ls containers` would have it.

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::time::Duration;

use anyhow::{Context, Result};
use serde::{Deserialize, Serialize};

use super::{Index, MOST, Sight, Who};
use crate::entry::stamp::Stamp;
use crate::private::{self, Folder};

/// How the names of the files begin.
const PREFIX: &str = "names-";

/// The file that is locked while one of them is renewed.
const LOCK: &str = "names.lock";

/// Raised when the form of the files changes: those of other versions are forgotten.
const VERSION: u32 = 1;

/// No file is larger. Bytes.
pub(super) const MOST_BYTES: usize = 16 << 20;

/// For so long a run waits for another one that remembers, before it goes without.
const PATIENCE: Duration = Duration::from_secs(2);

/// Sources that are remembered.
pub(super) const MOST_SOURCES: usize = 100;

/// Sources that nobody read for so long are forgotten.
const LONG: Duration = Duration::from_secs(400 * 86_400);

#[derive(Serialize, Deserialize)]
pub(super) struct Head<'a> {
    index: u32,
    #[serde(borrow)]
    pub source: Cow<'a, str>,
    #[serde(default)]
    pub labels: BTreeSet<String>,
}

#[derive(Serialize, Deserialize)]
struct Line<'a> {
    #[serde(borrow, default, skip_serializing_if = "str::is_empty")]
    cluster: Cow<'a, str>,
    #[serde(borrow, default, skip_serializing_if = "str::is_empty")]
    namespace: Cow<'a, str>,
    #[serde(borrow, default, skip_serializing_if = "str::is_empty")]
    pod: Cow<'a, str>,
    #[serde(borrow, default, skip_serializing_if = "str::is_empty")]
    container: Cow<'a, str>,
    #[serde(borrow)]
    first: Cow<'a, str>,
    #[serde(borrow)]
    last: Cow<'a, str>,
    entries: u64,
}

impl Index {
    /// What is known of `source`; nothing where there is no file, or no sound one. Never fails.
    pub(crate) fn load(source: &str) -> Self {
        Folder::state().map_or_else(|| Index::new(source), |folder| Index::load_from(&folder, source))
    }

    /// The sources of which anything is known, by name.
    pub(crate) fn sources() -> Vec<String> {
        let Some(folder) = Folder::state() else { return Vec::new() };
        let files = folder.names().into_iter().filter(|name| name.starts_with(PREFIX) && name.ends_with(".jsonl"));
        files.filter_map(|name| Some(head(&folder.read(&name, MOST_BYTES)?)?.source.into_owned())).collect()
    }

    /// Adds all this to what is known of the source, for later runs; of a source without a name nothing.
    /// Where that does not work, it is forgotten: what was seen can be seen again. Says why.
    pub(crate) fn save(&self) -> Result<()> {
        let folder = folder()?;
        self.save_to(&folder).with_context(|| lost(&folder))
    }

    /// Fails, and says why, where names that a run sees cannot be kept.
    pub(crate) fn check() -> Result<()> {
        let folder = folder()?;
        folder.lock(LOCK, PATIENCE).map(drop).with_context(|| lost(&folder))
    }

    pub(super) fn load_from(folder: &Folder, source: &str) -> Self {
        let bytes = folder.read(&name_of(source), MOST_BYTES).unwrap_or_default();
        read(&bytes).filter(|index| index.source == source).unwrap_or_else(|| Index::new(source))
    }

    pub(super) fn save_to(&self, folder: &Folder) -> Result<()> {
        if self.source.is_empty() || self.seen.is_empty() && self.labels.is_empty() {
            return Ok(());
        }
        let _lock = folder.lock(LOCK, PATIENCE)?;
        let mut known = Index::load_from(folder, &self.source);
        if known.merge(self) {
            known.prune(MOST);
            folder.clear(PREFIX, LONG, MOST_SOURCES - 1);
            folder.write(&name_of(&self.source), &known.write()?)?;
        }
        Ok(())
    }

    fn write(&self) -> serde_json::Result<Vec<u8>> {
        let head = Head { index: VERSION, source: (&self.source).into(), labels: self.labels.clone() };
        let mut bytes = serde_json::to_vec(&head)?;
        bytes.push(b'\n');
        for (who, sight) in &self.seen {
            let line = Line {
                cluster: (&who.cluster).into(),
                namespace: (&who.namespace).into(),
                pod: (&who.pod).into(),
                container: (&who.container).into(),
                first: sight.first.to_string().into(),
                last: sight.last.to_string().into(),
                entries: sight.entries,
            };
            serde_json::to_writer(&mut bytes, &line)?;
            bytes.push(b'\n');
        }
        Ok(bytes)
    }
}

fn folder() -> Result<Folder> {
    Folder::state().context("names cannot be kept: there is no home folder, and XDG_STATE_HOME names no other place")
}

fn lost(folder: &Folder) -> String {
    format!("names cannot be kept in {}", folder.path().display())
}

/// The name of the file of a source.
pub(super) fn name_of(source: &str) -> String {
    let hint = source.rsplit('/').find(|part| !part.is_empty()).unwrap_or_default();
    private::name(PREFIX, hint, source, ".jsonl")
}

/// What a file is about.
pub(super) fn head(bytes: &[u8]) -> Option<Head<'_>> {
    let line = bytes.split(|byte| *byte == b'\n').next()?;
    serde_json::from_slice(line).ok().filter(|head: &Head| head.index == VERSION)
}

/// `None` for what is not sound: a file is written whole or not at all.
fn read(bytes: &[u8]) -> Option<Index> {
    let mut lines = str::from_utf8(bytes).ok()?.lines();
    let head: Head = serde_json::from_str(lines.next()?).ok().filter(|head: &Head| head.index == VERSION)?;
    let mut index = Index { source: head.source.into_owned(), labels: head.labels, ..Index::default() };
    for line in lines {
        let line: Line = serde_json::from_str(line).ok()?;
        let who = Who {
            cluster: line.cluster.into_owned(),
            namespace: line.namespace.into_owned(),
            pod: line.pod.into_owned(),
            container: line.container.into_owned(),
        };
        let (first, last) = (Stamp::parse(&line.first)?.0, Stamp::parse(&line.last)?.0);
        index.seen.insert(who, Sight { first, last, entries: line.entries });
    }
    Some(index)
}
