//! A quick look at the file of a source, which copies nothing: of twenty thousand containers few are kept.

use std::collections::BTreeSet;

use serde::Deserialize;

use super::file::{self, MOST_BYTES};
use crate::entry::stamp::Stamp;
use crate::private::Folder;
use crate::select;

/// The file as it lies there.
#[derive(Debug, Default)]
pub(crate) struct Glance {
    bytes: Vec<u8>,
}

/// A container of a Pod.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Seen<'a> {
    pub cluster: &'a str,
    pub namespace: &'a str,
    pub pod: &'a str,
    pub container: &'a str,
    /// The time of the last entry.
    pub last: Stamp,
    pub entries: u64,
}

/// A line as far as it is looked at. Names that are escaped in JSON are none of Kubernetes'.
#[derive(Deserialize)]
struct Line<'a> {
    #[serde(default)]
    cluster: &'a str,
    #[serde(default)]
    namespace: &'a str,
    #[serde(default)]
    pod: &'a str,
    #[serde(default)]
    container: &'a str,
    last: &'a str,
    entries: u64,
}

impl Glance {
    /// Shows nothing where there is no file of this source. Never fails.
    pub(crate) fn at(source: &str) -> Self {
        Folder::state().map(|folder| Glance::in_folder(&folder, source)).unwrap_or_default()
    }

    pub(super) fn in_folder(folder: &Folder, source: &str) -> Self {
        let bytes = folder.read(&file::name_of(source), MOST_BYTES);
        let bytes = bytes.filter(|bytes| file::head(bytes).is_some_and(|head| head.source == source));
        Glance { bytes: bytes.unwrap_or_default() }
    }

    /// The keys of Pods' labels.
    pub(crate) fn labels(&self) -> BTreeSet<String> {
        file::head(&self.bytes).map(|head| head.labels).unwrap_or_default()
    }

    /// In the order of their names, without those whose names need escapes, and without lines that are
    /// not sound.
    pub(crate) fn seen(&self) -> Vec<Seen<'_>> {
        let Ok(text) = simdutf8::basic::from_utf8(&self.bytes) else { return Vec::new() };
        let seen = |line| {
            let Line { cluster, namespace, pod, container, last, entries } = serde_json::from_str(line).ok()?;
            Some(Seen { cluster, namespace, pod, container, last: Stamp::parse(last)?.0, entries })
        };
        let mut all = Vec::with_capacity(memchr::memchr_iter(b'\n', &self.bytes).count());
        all.extend(text.lines().skip(1).filter_map(seen));
        all
    }
}

impl Seen<'_> {
    /// Whether it is one of those that were asked for by name.
    pub(crate) fn is_selected(&self, origin: &select::Origin) -> bool {
        super::is_selected(origin, [self.cluster, self.namespace, self.pod, self.container])
    }
}
