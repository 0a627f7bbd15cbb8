//! The name index: which clusters, namespaces, Pods and containers were ever seen, so that the names of
//! Pods long gone complete, are listed, and are proposed where one was misspelt.
//!
//! One file for each source in `$XDG_STATE_HOME/lq`, fed by every run. It holds names and times, nothing
//! of what the logs say. It is bounded: what was not seen for longest is forgotten first.

mod file;
mod glance;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};

use crate::entry::pod_label;
use crate::entry::stamp::Stamp;
use crate::entry::text::Text;
use crate::select;

pub(crate) use glance::{Glance, Seen};

/// The longest name that is remembered, in bytes: Kubernetes has no longer ones.
/// <https://kubernetes.io/docs/concepts/overview/working-with-objects/names/>
const LONGEST: usize = 253;

/// Containers of Pods that are remembered for a source.
pub(crate) const MOST: usize = 20_000;

/// Keys of labels that are remembered for a source.
const MOST_LABELS: usize = 1_000;

/// Who wrote a log: a container of a Pod. Empty is what the source does not say.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Who {
    pub cluster: String,
    pub namespace: String,
    pub pod: String,
    pub container: String,
}

/// When something was seen, and how much of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Sight {
    /// The times of the first and of the last entry.
    pub first: Stamp,
    pub last: Stamp,
    /// There are at least so many entries.
    pub entries: u64,
}

/// What is known of one source.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Index {
    /// As [`crate::source::place::Place::name`] has it.
    pub source: String,
    pub seen: BTreeMap<Who, Sight>,
    /// The keys of Pods' labels, without the prefix that Cloud Logging gives them.
    pub labels: BTreeSet<String>,
}

impl Who {
    /// Whether it is one of those that were asked for by name. The index knows neither labels nor logs.
    pub(crate) fn is_selected(&self, origin: &select::Origin) -> bool {
        is_selected(origin, [&self.cluster, &self.namespace, &self.pod, &self.container])
    }

    fn is_sound(&self) -> bool {
        let Who { cluster, namespace, pod, container } = self;
        let names = [cluster, namespace, pod, container];
        names.iter().all(|name| name.len() <= LONGEST) && names.iter().any(|name| !name.is_empty())
    }
}

/// By cluster, namespace, Pod and container.
fn is_selected(origin: &select::Origin, names: [&str; 4]) -> bool {
    let [cluster, namespace, pod, container] = names.map(|name| (!name.is_empty()).then_some(Text::Plain(name)));
    origin.matches_names(cluster, namespace, pod, container)
}

impl Sight {
    /// One entry.
    pub(crate) fn of(stamp: Stamp) -> Self {
        Sight { first: stamp, last: stamp, entries: 1 }
    }

    /// With what was seen beside it: no entry is in both.
    pub(crate) fn plus(self, other: Sight) -> Sight {
        Sight {
            first: self.first.min(other.first),
            last: self.last.max(other.last),
            entries: self.entries.saturating_add(other.entries),
        }
    }

    /// What two runs saw together. Where they may have seen the same entries, these count once.
    pub(crate) fn and(self, other: Sight) -> Sight {
        let is_apart = self.last < other.first || other.last < self.first;
        let entries =
            if is_apart { self.entries.saturating_add(other.entries) } else { self.entries.max(other.entries) };
        Sight { first: self.first.min(other.first), last: self.last.max(other.last), entries }
    }
}

impl Index {
    /// Of a source of which nothing is known.
    pub(crate) fn new(source: impl Into<String>) -> Self {
        Index { source: source.into(), ..Index::default() }
    }

    /// Adds what a run saw, whatever its name is.
    pub(crate) fn add(&mut self, who: Who, sight: Sight) {
        self.seen.entry(who).and_modify(|known| *known = known.and(sight)).or_insert(sight);
    }

    /// Whether it holds as much as it may: what was not seen for longest may be forgotten already.
    pub(crate) fn is_full(&self) -> bool {
        self.seen.len() >= MOST
    }

    /// Adds the key of a label as a source has it, if it is a Pod's.
    pub(crate) fn add_label(&mut self, key: &str) {
        let key = pod_label(key).unwrap_or_default();
        self.add_key(key);
    }

    fn add_key(&mut self, key: &str) {
        if !key.is_empty() && key.len() <= LONGEST && self.labels.len() < MOST_LABELS {
            self.labels.insert(key.to_owned());
        }
    }

    /// Adds all that `other` knows and that can be a name; true where that is anything new.
    fn merge(&mut self, other: &Index) -> bool {
        let before = self.clone();
        for (who, sight) in other.seen.iter().filter(|(who, _)| who.is_sound()) {
            self.add(who.clone(), *sight);
        }
        for key in &other.labels {
            self.add_key(key);
        }
        *self != before
    }

    /// Forgets what was not seen for longest, until it is small enough.
    fn prune(&mut self, most: usize) {
        if self.seen.len() > most {
            let mut last: Vec<Stamp> = self.seen.values().map(|sight| sight.last).collect();
            last.sort_unstable_by(|a, b| b.cmp(a));
            let oldest = last[most - 1];
            let mut room = most - last[..most].iter().filter(|last| **last > oldest).count();
            self.seen.retain(|_, sight| {
                let is_kept = sight.last > oldest || sight.last == oldest && room > 0;
                room -= usize::from(is_kept && sight.last == oldest);
                is_kept
            });
        }
    }
}
