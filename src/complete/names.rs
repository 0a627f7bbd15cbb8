//! Names out of the index, narrowed by what was typed, with what is known of each.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use clap_complete::engine::CompletionCandidate;
use hashbrown::{HashMap, HashSet};

use super::scene::{Group, Scene};
use super::{is_plain, offer};
use crate::entry::stamp::Stamp;
use crate::index::Seen;
use crate::select::Kind;
use crate::size::{about, count, plural};

/// So many names are offered at once; of more, their beginnings.
const MOST: usize = 200;

/// Seconds.
const HOUR: i64 = 3_600;

/// What is known of a name.
struct Known<'a> {
    /// The Pod that was counted last: cluster, namespace and name.
    counted: (&'a str, &'a str, &'a str),
    pods: u64,
    namespaces: BTreeSet<&'a str>,
    last: Stamp,
    entries: u64,
    /// Others wrote the same containers' logs later.
    is_gone: bool,
}

pub(super) fn containers(scene: &Scene, typed: &str) -> Vec<CompletionCandidate> {
    by_name(scene, Group::Containers, typed, |seen| Some(seen.container), |known| known.pods_with_place())
}

/// Workloads of a kind that Pods seem to belong to.
pub(super) fn owners(scene: &Scene, kind: Kind, typed: &str) -> Vec<CompletionCandidate> {
    by_name(scene, Group::Pods, typed, |seen| kind.likely_owner(seen.pod), |known| known.pods_with_place())
}

pub(super) fn namespaces(scene: &Scene, typed: &str) -> Vec<CompletionCandidate> {
    by_name(scene, Group::Namespaces, typed, |seen| Some(seen.namespace), |known| known.pods())
}

pub(super) fn clusters(scene: &Scene, typed: &str) -> Vec<CompletionCandidate> {
    by_name(scene, Group::Clusters, typed, |seen| Some(seen.cluster), |known| known.pods())
}

fn by_name(
    scene: &Scene,
    group: Group,
    typed: &str,
    name: impl for<'a> Fn(&'a Seen) -> Option<&'a str>,
    pods: fn(&Known) -> String,
) -> Vec<CompletionCandidate> {
    let glance = scene.glance();
    let all = glance.seen();
    let names = Names::new(&all, scene, group, typed, name);
    names.offers(names.known(), |known| format!("{}, {}", pods(known), known.seen(scene)))
}

/// For a regular expression: what begins with `^` may go on as a name does.
pub(super) fn pods(scene: &Scene, typed: &str) -> Vec<CompletionCandidate> {
    by_regex(scene, Group::Pods, typed)
}

pub(super) fn excluded_pods(scene: &Scene, typed: &str) -> Vec<CompletionCandidate> {
    by_regex(scene, Group::ExcludedPods, typed)
}

fn by_regex(scene: &Scene, group: Group, typed: &str) -> Vec<CompletionCandidate> {
    let name = typed.strip_prefix('^').unwrap_or(typed);
    let front = &typed[..typed.len() - name.len()];
    pods_of(scene, group, name).into_iter().map(|offer| offer.add_prefix(front)).collect()
}

/// Those first that wrote last.
pub(super) fn pods_of(scene: &Scene, group: Group, typed: &str) -> Vec<CompletionCandidate> {
    let glance = scene.glance();
    let all = glance.seen();
    let names = Names::new(&all, scene, group, typed, |seen| Some(seen.pod));
    let mut known = names.known();
    known.sort_by_key(|(_, known)| Reverse(known.last));
    let namespaces: BTreeSet<&str> = known.iter().flat_map(|(_, known)| &known.namespaces).copied().collect();
    names.offers(known, |known| {
        let lines = if known.entries == 1 { "line" } else { "lines" };
        let place = if namespaces.len() > 1 { format!(", {}", known.place()) } else { String::new() };
        format!("{}, {} {lines}{place}", known.seen(scene), about(known.entries))
    })
}

/// Names to be offered, and whose they are.
struct Names<'a> {
    /// All of the source.
    all: &'a [Seen<'a>],
    /// Those whom the rest of the line selects and whose name begins as typed, by that name.
    selected: Vec<(&'a str, &'a Seen<'a>)>,
    /// Of too many names only the beginnings are offered, up to the next dash, each with how many begin so.
    /// So what all of them have in common stays right.
    starts: BTreeMap<&'a str, u64>,
    /// All others.
    whole: BTreeSet<&'a str>,
}

impl<'a> Names<'a> {
    fn new(
        all: &'a [Seen<'a>],
        scene: &Scene,
        group: Group,
        typed: &str,
        name: impl Fn(&'a Seen<'a>) -> Option<&'a str>,
    ) -> Self {
        let origin = scene.origin(group);
        let named = all.iter().filter_map(|seen| Some((name(seen)?, seen)));
        let as_typed = named.filter(|(name, _)| name.starts_with(typed) && is_plain(name));
        let selected: Vec<(&str, &Seen)> = as_typed.filter(|(_, seen)| seen.is_selected(&origin)).collect();
        let names: HashSet<&str> = selected.iter().map(|(name, _)| *name).collect();
        if names.len() <= MOST {
            return Names { all, selected, starts: BTreeMap::new(), whole: names.into_iter().collect() };
        }
        let common = names.iter().copied().reduce(common_start).unwrap_or_default().len();
        let mut starts: BTreeMap<&str, (u64, &str)> = BTreeMap::new();
        for name in names {
            let end = name[common..].find('-').map_or(name.len(), |at| common + at + 1);
            starts.entry(&name[..end]).or_insert((0, name)).0 += 1;
        }
        let whole = starts.values().filter(|(number, _)| *number == 1).map(|(_, name)| *name).collect();
        let starts = starts.into_iter().filter(|(_, (number, _))| *number > 1);
        let starts = starts.map(|(start, (number, _))| (start, number)).collect();
        Names { all, selected, starts, whole }
    }

    /// What is known of the whole names, in their order.
    fn known(&self) -> Vec<(&'a str, Known<'a>)> {
        let mut newest: HashMap<(&str, &str, &str), Stamp> = HashMap::new();
        for seen in self.all {
            let last = newest.entry((seen.cluster, seen.namespace, seen.container)).or_insert(seen.last);
            *last = seen.last.max(*last);
        }
        let mut known: BTreeMap<&str, Known> = BTreeMap::new();
        for (name, seen) in self.selected.iter().filter(|(name, _)| self.whole.contains(name)) {
            let newest = newest.get(&(seen.cluster, seen.namespace, seen.container));
            let is_gone = newest.is_some_and(|newest| newest.secs > seen.last.secs + HOUR);
            known.entry(name).or_insert_with(|| Known::new(seen)).add(seen, is_gone);
        }
        known.into_iter().collect()
    }

    fn offers(&self, known: Vec<(&str, Known)>, help: impl Fn(&Known) -> String) -> Vec<CompletionCandidate> {
        let starts = self.starts.iter().map(|(start, number)| offer(*start, format!("{} begin so", count(*number))));
        let whole = known.into_iter().map(|(name, known)| offer(name, help(&known)));
        starts.chain(whole).collect()
    }
}

impl<'a> Known<'a> {
    fn new(seen: &Seen) -> Self {
        let namespaces = BTreeSet::new();
        Known { counted: ("", "", ""), pods: 0, namespaces, last: seen.last, entries: 0, is_gone: true }
    }

    /// In the order of their clusters, namespaces and Pods.
    fn add(&mut self, seen: &'a Seen<'a>, is_gone: bool) {
        let pod = (seen.cluster, seen.namespace, seen.pod);
        if self.pods == 0 || self.counted != pod {
            self.counted = pod;
            self.pods += 1;
            self.namespaces.insert(seen.namespace);
        }
        self.last = self.last.max(seen.last);
        self.entries = self.entries.saturating_add(seen.entries);
        self.is_gone &= is_gone;
    }

    /// `3 Pods`
    fn pods(&self) -> String {
        plural(self.pods, "Pod")
    }

    /// `3 Pods in shop`
    fn pods_with_place(&self) -> String {
        format!("{} in {}", self.pods(), self.place())
    }

    /// `shop`, or for several `2 namespaces`.
    fn place(&self) -> String {
        match self.namespaces.first() {
            Some(only) if self.namespaces.len() == 1 && is_plain(only) => (*only).to_owned(),
            _ => plural(self.namespaces.len() as u64, "namespace"),
        }
    }

    /// `seen 5 minutes ago`; `gone 12 days` where later Pods have taken its place.
    fn seen(&self, scene: &Scene) -> String {
        let ago = scene.now.timestamp().saturating_sub(self.last.secs);
        let span = match ago {
            ..60 => return "seen just now".to_owned(),
            60..7_200 => plural(ago as u64 / 60, "minute"),
            7_200..172_800 => plural((ago / HOUR) as u64, "hour"),
            _ => plural((ago / HOUR / 24) as u64, "day"),
        };
        if self.is_gone { format!("gone {span}") } else { format!("seen {span} ago") }
    }
}

/// What two plain names begin with.
fn common_start<'a>(one: &'a str, other: &str) -> &'a str {
    let length = one.bytes().zip(other.bytes()).take_while(|(one, other)| one == other).count();
    &one[..length]
}
