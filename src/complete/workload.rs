//! WORKLOADs: containers, and Pods by their workload: `deploy/web`.

use clap_complete::engine::CompletionCandidate;

use super::scene::{Group, Scene};
use super::{names, offer};
use crate::select::{Kind, means_pod};

const KINDS: [(&str, &str); 7] = [
    ("deploy/", "the Pods of a Deployment"),
    ("sts/", "the Pods of a StatefulSet"),
    ("ds/", "the Pods of a DaemonSet"),
    ("job/", "the Pods of a Job"),
    ("cj/", "the Pods of a CronJob"),
    ("rs/", "the Pods of a ReplicaSet"),
    ("pod/", "a Pod by its name"),
];

pub(super) fn workloads(scene: &Scene, typed: &str) -> Vec<CompletionCandidate> {
    let Some((kind, name)) = typed.split_once('/') else {
        let kinds = KINDS.into_iter().filter(|(kind, _)| kind.starts_with(typed));
        let containers = names::containers(scene, typed).into_iter();
        return containers.chain(kinds.map(|(kind, help)| offer(kind, help))).collect();
    };
    let offers = match Kind::parse(kind) {
        Some(kind) => names::owners(scene, kind, name),
        None if means_pod(kind) => names::pods_of(scene, Group::Pods, name),
        None => Vec::new(),
    };
    offers.into_iter().map(|offer| offer.add_prefix(format!("{kind}/"))).collect()
}
