//! What is seen of containers, put together to what a line is about.

use std::collections::{BTreeMap, BTreeSet};

use crate::index::{Sight, Who};

/// What a line is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Pods,
    Containers,
    Namespaces,
    Clusters,
}

/// What a line says.
#[derive(Clone, Debug)]
pub(crate) struct Group<'a> {
    /// Whom it is about; empty is what that has not, and what the source does not say.
    pub who: Who,
    pub namespaces: BTreeSet<&'a str>,
    /// With their namespaces.
    pub pods: BTreeSet<(&'a str, &'a str)>,
    pub containers: BTreeSet<&'a str>,
    pub sight: Sight,
}

/// The lines: of Pods those first that wrote last, of all else in the order of names.
pub(crate) fn groups(kind: Kind, seen: &BTreeMap<Who, Sight>) -> Vec<Group<'_>> {
    let mut groups: BTreeMap<Who, Group> = BTreeMap::new();
    for (who, sight) in seen {
        let group = groups.entry(subject(kind, who)).or_insert_with_key(|subject| Group {
            who: subject.clone(),
            namespaces: BTreeSet::new(),
            pods: BTreeSet::new(),
            containers: BTreeSet::new(),
            sight: Sight { entries: 0, ..*sight },
        });
        group.sight = group.sight.plus(*sight);
        let Who { namespace, pod, container, .. } = who;
        let is_said = |name: &&str| !name.is_empty();
        group.namespaces.extend(Some(namespace.as_str()).filter(is_said));
        group.containers.extend(Some(container.as_str()).filter(is_said));
        group.pods.extend(Some(pod.as_str()).filter(is_said).map(|pod| (namespace.as_str(), pod)));
    }
    let mut groups: Vec<Group> = groups.into_values().collect();
    if kind == Kind::Pods {
        groups.sort_by_key(|group| std::cmp::Reverse(group.sight.last));
    }
    groups
}

/// Whom a line is about that counts this container of a Pod.
fn subject(kind: Kind, who: &Who) -> Who {
    let Who { cluster, namespace, pod, container } = who.clone();
    match kind {
        Kind::Pods => Who { cluster, namespace, pod, ..Who::default() },
        Kind::Containers => Who { cluster, namespace, container, ..Who::default() },
        Kind::Namespaces => Who { cluster, namespace, ..Who::default() },
        Kind::Clusters => Who { cluster, ..Who::default() },
    }
}
