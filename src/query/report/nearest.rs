//! What is said of the names that were typed, where nothing matched: out of the name index, which asks
//! nobody. A name that it does not know may be misspelt; one that it knows may be of another time.

use std::collections::{BTreeMap, BTreeSet};

use super::command;
use crate::entry::stamp::Stamp;
use crate::entry::text::Text;
use crate::index::{Index, Sight, Who};
use crate::near;
use crate::query::plan::Plan;
use crate::select::{Glob, Kind, Origin, Owner, Pods};
use crate::tool::Notes;
use crate::when::Window;

/// With more names than this in the index, they are not listed.
const MOST_LISTED: usize = 12;

/// Beginnings of Pods' names that are looked at, whether they are workloads.
const MOST_STEMS: usize = 20;

/// Places of a name that are told.
const MOST_PLACES: usize = 2;

/// The kinds of workloads, with their short words, the usual ones first.
const KINDS: [(Kind, &str); 6] = [
    (Kind::Deployment, "deploy"),
    (Kind::StatefulSet, "sts"),
    (Kind::DaemonSet, "ds"),
    (Kind::CronJob, "cj"),
    (Kind::Job, "job"),
    (Kind::ReplicaSet, "rs"),
];

/// Says what the index knows of the names that were typed or set, and how to learn more.
pub(crate) fn tell(plan: &Plan, notes: &Notes) {
    let origin = &plan.select.origin;
    let is_named = !(origin.containers.is_empty()
        && origin.namespaces.is_empty()
        && origin.clusters.is_empty()
        && origin.pods.is_empty());
    let Some(source) = plan.source.name().filter(|_| is_named && !notes.quiet) else { return };
    let index = Index::load(&source);
    if index.seen.is_empty() {
        // Whoever lists names is at it already.
        if plan.output.is_some() {
            let pods = command::pods().map_or(String::new(), |pods| format!("; which there are: {pods}"));
            notes.say(format!("no names are known of this source yet{pods}"));
        }
        return;
    }
    let unknown = unknown(origin, &index);
    unknown.iter().for_each(|name| notes.say(&name.told));
    if unknown.iter().any(|name| !name.has_near) && plan.output.is_some() {
        let pods = command::pods().map_or(String::new(), |pods| format!(": {pods}"));
        notes.say(format!("there may be more than were seen so far{pods}"));
    }
    if unknown.is_empty() {
        let told = match elsewhen(origin, &index, &plan.time.window) {
            Some(Elsewhen::Never(where_else)) => where_else,
            Some(Elsewhen::At(what, time)) => {
                let time = time.whole().local(&plan.time.zone);
                let around = command::around(plan.tool, &time).map_or(String::new(), |around| format!(": {around}"));
                format!("{what} {time}{around}")
            }
            None => return,
        };
        notes.say(told);
    }
}

/// A name that the index does not know.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Unknown {
    /// The name, and the nearest ones that are known, or else some of them.
    pub told: String,
    has_near: bool,
}

/// The names that the index does not know; none where it knows nothing at all.
pub(crate) fn unknown(origin: &Origin, index: &Index) -> Vec<Unknown> {
    let known = Names::of(index);
    let mut found = Vec::new();
    let mut tell = |what: &str, typed: &str, near: Vec<String>, all: &BTreeMap<&str, BTreeSet<&str>>| {
        let has_near = !near.is_empty();
        let near = match (has_near, all.len()) {
            (true, _) => format!("; nearest in the index: {}", near.join(", ")),
            (false, 1..=MOST_LISTED) => {
                format!("; the index knows {}", all.keys().copied().collect::<Vec<_>>().join(", "))
            }
            (false, _) => "; the index knows no such name".to_owned(),
        };
        found.push(Unknown { told: format!("{what} {typed}: nothing matched{near}"), has_near });
    };
    for (what, typed, names) in [
        ("container", &origin.containers, &known.containers),
        ("namespace", &origin.namespaces, &known.namespaces),
        ("cluster", &origin.clusters, &known.clusters),
    ] {
        for glob in typed.iter().filter(|glob| !names.is_empty() && !knows(names, glob)) {
            let name = plain(&glob.text);
            // A container that is called like a workload.
            let workload = if what == "container" { known.workload(&name) } else { None };
            let near = near::nearest(&name, names.keys().copied()).into_iter().map(|name| placed(name, &names[name]));
            tell(what, &glob.text, workload.into_iter().chain(near).take(near::MOST).collect(), names);
        }
    }
    for pods in
        origin.pods.iter().filter(|pods| !known.pods.is_empty() && !known.pods.keys().any(|pod| pods.matches(pod)))
    {
        match pods {
            Pods::Owner(owner) => {
                let (_, word) = KINDS.iter().find(|(kind, _)| *kind == owner.kind).copied().unwrap_or(KINDS[0]);
                let near = known.workloads_near(&owner.name, Some(owner.kind));
                tell("workload", &format!("{word}/{}", owner.name), near, &BTreeMap::new());
            }
            Pods::Name(Glob { text, .. }) => tell("Pod", text, known.pods_near(text), &known.pods),
            Pods::Regex(regex) => tell("Pod", &regex.text, known.pods_near(&regex.text), &known.pods),
        }
    }
    found
}

/// Where the index has seen what was asked for, if not within the window.
#[derive(Clone, Debug, PartialEq)]
enum Elsewhen {
    /// Each name is known, but no container has all of them: where the first one is.
    Never(String),
    /// At this time, which is the nearest one; in words what was seen.
    At(String, Stamp),
}

/// `None` where it was seen within the window.
fn elsewhen(origin: &Origin, index: &Index, window: &Window) -> Option<Elsewhen> {
    let selected: Vec<(&Who, &Sight)> = index.seen.iter().filter(|(who, _)| who.is_selected(origin)).collect();
    if selected.is_empty() {
        return apart(origin, index).map(Elsewhen::Never);
    }
    let (since, until) = (Stamp::of(window.since), Stamp::of(window.until));
    if selected.iter().any(|(_, sight)| sight.last >= since && sight.first < until) {
        return None;
    }
    let before = selected.iter().filter(|(_, sight)| sight.last < since).max_by_key(|(_, sight)| sight.last);
    let after = selected.iter().filter(|(_, sight)| sight.first >= until).min_by_key(|(_, sight)| sight.first);
    match (before, after) {
        (Some((who, sight)), _) => Some(Elsewhen::At(format!("{} was last seen", called(who)), sight.last)),
        (None, Some((who, sight))) => Some(Elsewhen::At(format!("{} was first seen", called(who)), sight.first)),
        (None, None) => None,
    }
}

/// Where the containers and Pods that were asked for are, whatever namespace and cluster were typed.
fn apart(origin: &Origin, index: &Index) -> Option<String> {
    let anywhere = Origin { namespaces: Vec::new(), clusters: Vec::new(), ..origin.clone() };
    let places: BTreeSet<String> = index
        .seen
        .keys()
        .filter(|who| who.is_selected(&anywhere))
        .map(|who| format!("{}/{}", who.cluster, who.namespace))
        .collect();
    let typed: Vec<&str> = origin.namespaces.iter().chain(&origin.clusters).map(|glob| &glob.text[..]).collect();
    let listed: Vec<&str> = places.iter().take(near::MOST).map(|place| place.trim_start_matches('/')).collect();
    match (listed.is_empty(), typed.is_empty()) {
        (true, _) => Some("each of these names is in the index, but not together".to_owned()),
        (false, true) => None,
        (false, false) => Some(format!(
            "not in {}; in the index it is in {} (cluster/namespace)",
            typed.join(", "),
            listed.join(", ")
        )),
    }
}

/// A container in words.
fn called(Who { namespace, pod, container, .. }: &Who) -> String {
    let names: Vec<&str> = [&container[..], pod].into_iter().filter(|name| !name.is_empty()).collect();
    let place = if namespace.is_empty() { String::new() } else { format!(" ({namespace})") };
    format!("{}{place}", names.join(" of "))
}

/// The names that the index knows, each with the namespaces that it was seen in.
struct Names<'a> {
    containers: BTreeMap<&'a str, BTreeSet<&'a str>>,
    pods: BTreeMap<&'a str, BTreeSet<&'a str>>,
    namespaces: BTreeMap<&'a str, BTreeSet<&'a str>>,
    clusters: BTreeMap<&'a str, BTreeSet<&'a str>>,
}

impl<'a> Names<'a> {
    fn of(index: &'a Index) -> Self {
        let by = |name: fn(&Who) -> &str, place: fn(&Who) -> &str| {
            let mut names: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
            for who in index.seen.keys().filter(|who| !name(who).is_empty()) {
                let places = names.entry(name(who)).or_default();
                places.extend(Some(place(who)).filter(|place| !place.is_empty()));
            }
            names
        };
        Names {
            containers: by(|who| &who.container, |who| &who.namespace),
            pods: by(|who| &who.pod, |who| &who.namespace),
            namespaces: by(|who| &who.namespace, |_| ""),
            clusters: by(|who| &who.cluster, |_| ""),
        }
    }

    /// What Pods' names begin with: their own parts, without those that Kubernetes makes up.
    fn stems(&self) -> BTreeSet<&'a str> {
        let one = |pod: &'a str| {
            let stem = pod.rsplit_once('-').map(|(stem, _)| stem);
            [stem, stem.and_then(|stem| Some(stem.rsplit_once('-')?.0))]
        };
        self.pods.keys().flat_map(|pod| one(pod)).flatten().collect()
    }

    /// A workload of exactly this name.
    fn workload(&self, name: &str) -> Option<String> {
        self.stems().contains(name).then(|| self.as_workload(name, None)).flatten()
    }

    /// `deploy/web (shop)`, where Pods look as if they belonged to such a workload: of this kind, else of
    /// the most usual.
    fn as_workload(&self, name: &str, kind: Option<Kind>) -> Option<String> {
        let kinds = KINDS.iter().filter(|(of, _)| Some(*of) == kind).chain(KINDS.iter());
        kinds.into_iter().find_map(|(kind, word)| {
            let owner = Owner::new(*kind, name).ok()?;
            let places: BTreeSet<&str> = self
                .pods
                .iter()
                .filter(|(pod, _)| owner.matches(pod))
                .flat_map(|(_, places)| places.iter().copied())
                .collect();
            let has_pods = !places.is_empty() || self.pods.keys().any(|pod| owner.matches(pod));
            has_pods.then(|| placed(&format!("{word}/{name}"), &places))
        })
    }

    fn workloads_near(&self, typed: &str, kind: Option<Kind>) -> Vec<String> {
        let stems = self.stems();
        let near = near::nearest(typed, stems.iter().copied());
        let near = near.into_iter().take(MOST_STEMS);
        near.filter_map(|name| self.as_workload(name, kind)).take(near::MOST).collect()
    }

    /// The nearest Pods, and the nearest beginnings of Pods' names.
    fn pods_near(&self, typed: &str) -> Vec<String> {
        let typed = plain(typed);
        let pods = near::nearest(&typed, self.pods.keys().copied()).into_iter();
        let pods: Vec<String> = pods.take(near::MOST).map(|name| placed(name, &self.pods[name])).collect();
        if pods.is_empty() { self.workloads_near(&typed, None) } else { pods }
    }
}

/// The letters of a pattern that stand for themselves, about.
fn plain(pattern: &str) -> String {
    pattern
        .chars()
        .filter(|c| c.is_alphanumeric() || matches!(c, '-' | '.' | '_'))
        .collect::<String>()
        .trim_matches(['-', '.'])
        .to_owned()
}

fn knows(names: &BTreeMap<&str, BTreeSet<&str>>, glob: &Glob) -> bool {
    names.keys().any(|name| glob.matches(Some(Text::Plain(name))))
}

/// `agent (datadog)`
fn placed(name: &str, places: &BTreeSet<&str>) -> String {
    let told: Vec<&str> = places.iter().take(MOST_PLACES).copied().collect();
    let more = if places.len() > told.len() { ", …" } else { "" };
    if told.is_empty() { name.to_owned() } else { format!("{name} ({}{more})", told.join(", ")) }
}

#[cfg(test)]
mod tests {
    use chrono::{DateTime, Utc};

    use super::*;
    use crate::select::Which;
    use crate::settings::Settings;

    /// An index of containers, each seen for an hour from `hour` of 2026-11-20 (UTC) on.
    fn index(containers: &[(&str, &str, &str, u32)]) -> Index {
        let mut index = Index::new("bq://acme/gke");
        for (namespace, pod, container, hour) in containers {
            let [first, last] = [0, 59].map(|minute| stamp(*hour, minute));
            let who = Who {
                cluster: "east".to_owned(),
                namespace: namespace.to_string(),
                pod: pod.to_string(),
                container: container.to_string(),
            };
            index.add(who, Sight { first, last, entries: 2 });
        }
        index
    }

    fn stamp(hour: u32, minute: u32) -> Stamp {
        Stamp::parse(&format!("2026-11-20T{hour:02}:{minute:02}:00Z")).unwrap().0
    }

    fn known() -> Index {
        index(&[
            ("datadog", "datadog-agent-hg8tg", "agent", 3),
            ("datadog", "datadog-agent-hg8tg", "trace-agent", 3),
            ("shop", "web-7d9f8b6c5-x2x4z", "app", 5),
            ("shop", "web-7d9f8b6c5-x2x4z", "proxy", 5),
            ("shop", "db-0", "postgres", 5),
        ])
    }

    fn origin(words: &str) -> Origin {
        #[derive(clap::Parser)]
        struct Typed {
            #[command(flatten)]
            which: Which,
        }
        let typed = <Typed as clap::Parser>::parse_from(["lq"].into_iter().chain(words.split_whitespace()));
        typed.which.build(&Settings::default()).unwrap()
    }

    #[test]
    fn a_name_that_is_not_known_has_its_nearest() {
        for (typed, said) in [
            ("agnet", "container agnet: nothing matched; nearest in the index: agent (datadog)"),
            ("agen", "container agen: nothing matched; nearest in the index: agent (datadog), trace-agent (datadog)"),
            ("agen*x", "container agen*x: nothing matched; nearest in the index: agent (datadog)"),
            ("web", "container web: nothing matched; nearest in the index: deploy/web (shop)"),
            ("x", "container x: nothing matched; the index knows agent, app, postgres, proxy, trace-agent"),
            ("-n shpo", "namespace shpo: nothing matched; nearest in the index: shop"),
            ("--cluster eats", "cluster eats: nothing matched; nearest in the index: east"),
            ("deploy/wbe", "workload deploy/wbe: nothing matched; nearest in the index: deploy/web (shop)"),
            ("sts/bd", "workload sts/bd: nothing matched; nearest in the index: sts/db (shop)"),
            (
                "deploy/datadog-agent",
                "workload deploy/datadog-agent: nothing matched; nearest in the index: ds/datadog-agent (datadog)",
            ),
            ("ds/xyzzy", "workload ds/xyzzy: nothing matched; the index knows no such name"),
            ("pod/bd-0", "Pod bd-0: nothing matched; nearest in the index: db-0 (shop)"),
            ("--pod ^wbe-", "Pod ^wbe-: nothing matched; nearest in the index: deploy/web (shop)"),
        ] {
            let told: Vec<String> = unknown(&origin(typed), &known()).into_iter().map(|name| name.told).collect();
            assert_eq!(told, [said], "{typed}");
        }
        let several = unknown(&origin("agnet -n shpo app"), &known());
        assert_eq!(several.len(), 2, "{several:?}");
    }

    #[test]
    fn a_name_that_is_known_is_not_told() {
        for typed in ["", "agent", "a*", "agent app", "-n shop", "deploy/web", "--pod web", "pod/db-0", "-A"] {
            assert_eq!(unknown(&origin(typed), &known()), [], "{typed}");
        }
        assert_eq!(unknown(&origin("agnet -n x"), &Index::new("a")), [], "of nothing nothing is told");
    }

    #[test]
    fn at_another_time_or_place_it_is_told_when_and_where() {
        let window = |since, until| {
            let time = |hour| DateTime::from_timestamp(stamp(hour, 0).secs, 0).unwrap().with_timezone(&Utc);
            Window { since: time(since), until: time(until) }
        };
        let at = |what: &str, time| Some(Elsewhen::At(what.to_owned(), time));
        for (typed, since, until, expected) in [
            ("agent", 10, 11, at("agent of datadog-agent-hg8tg (datadog) was last seen", stamp(3, 59))),
            ("agent", 0, 1, at("agent of datadog-agent-hg8tg (datadog) was first seen", stamp(3, 0))),
            ("agent", 3, 4, None),
            (
                "-n datadog -n shop",
                4,
                5,
                at("trace-agent of datadog-agent-hg8tg (datadog) was last seen", stamp(3, 59)),
            ),
            (
                "agent -n shop",
                3,
                4,
                Some(Elsewhen::Never("not in shop; in the index it is in east/datadog (cluster/namespace)".to_owned())),
            ),
            (
                "agent sts/db",
                3,
                4,
                Some(Elsewhen::Never("each of these names is in the index, but not together".to_owned())),
            ),
        ] {
            assert_eq!(elsewhen(&origin(typed), &known(), &window(since, until)), expected, "{typed}");
        }
    }
}
