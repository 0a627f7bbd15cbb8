//! Which Pods belong to a workload, told by how Kubernetes names them.
//!
//! Logs do not say who owned a Pod; its name does. The parts that Kubernetes makes up come from an
//! alphabet without vowels (`k8s.io/apimachinery/pkg/util/rand`); `generateName` cuts what it is
//! given to 58 bytes before it puts five of them behind it (`k8s.io/apiserver/pkg/storage/names`).
//!
//! | workload | its Pods | |
//! |---|---|---|
//! | Deployment | `NAME-HASH-RRRRR` | HASH: a 32-bit number, each digit as one of `4-9bcdf` |
//! | ReplicaSet, DaemonSet, Job | `NAME-RRRRR` | |
//! | indexed Job | `NAME-INDEX-RRRRR` | `pkg/controller/job/indexed_job_utils.go` |
//! | CronJob | `NAME-MINUTES-RRRRR` | `pkg/controller/cronjob/utils.go`; seconds before Kubernetes 1.21 |
//! | StatefulSet | `NAME-ORDINAL` | |
//!
//! Names that people made up after these (`web-7d9f-x2x`) are accepted too, as long as they do not
//! look like those of a workload with a longer name: `deploy/web` has no Pods of a StatefulSet
//! `web-db` or a DaemonSet `web-v2`.

use std::ops::RangeInclusive;
use std::sync::LazyLock;

use anyhow::{Result, bail};
use regex::bytes::Regex;

/// A workload, and with it its Pods.
#[derive(Clone, Debug)]
pub(crate) struct Owner {
    pub kind: Kind,
    pub name: String,
    regex: Regex,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Deployment,
    ReplicaSet,
    StatefulSet,
    DaemonSet,
    Job,
    CronJob,
}

impl PartialEq for Owner {
    fn eq(&self, other: &Self) -> bool {
        self.kind == other.kind && self.name == other.name
    }
}

impl Kind {
    /// By kubectl's names: short, singular or plural, also as `deployments.apps` and
    /// `deployments.v1.apps`. `None` for `pod` too: a Pod owns nothing.
    pub(crate) fn parse(word: &str) -> Option<Self> {
        Some(match word_of(word).as_str() {
            "deploy" | "deployment" | "deployments" => Kind::Deployment,
            "rs" | "replicaset" | "replicasets" => Kind::ReplicaSet,
            "sts" | "statefulset" | "statefulsets" => Kind::StatefulSet,
            "ds" | "daemonset" | "daemonsets" => Kind::DaemonSet,
            "job" | "jobs" => Kind::Job,
            "cj" | "cronjob" | "cronjobs" => Kind::CronJob,
            _ => return None,
        })
    }

    /// The name of the workload of this kind that a Pod most likely belongs to, for proposals: where its
    /// name fits several kinds, the usual one. [`Owner::matches`] holds for it.
    pub(crate) fn likely_owner(self, pod: &str) -> Option<&str> {
        let is_digits = |text: &str, length: RangeInclusive<usize>| {
            length.contains(&text.len()) && text.bytes().all(|b| b.is_ascii_digit())
        };
        let (stem, last) = pod.rsplit_once('-')?;
        if self == Kind::StatefulSet {
            return is_digits(last, 1..=6).then_some(stem);
        }
        if !is_random(last) {
            return None;
        }
        let Some((name, part)) = stem.rsplit_once('-') else {
            return matches!(self, Kind::DaemonSet | Kind::Job).then_some(stem);
        };
        let is_minutes = |part| is_digits(part, 8..=10);
        match self {
            Kind::Deployment => is_hash(part).then_some(name),
            Kind::ReplicaSet => is_hash(part).then_some(stem),
            Kind::CronJob if is_minutes(part) => Some(name),
            Kind::CronJob => {
                let (name, minutes) = name.rsplit_once('-')?;
                (is_digits(part, 1..=6) && is_minutes(minutes)).then_some(name)
            }
            Kind::Job if is_minutes(part) => Some(stem),
            Kind::Job if is_digits(part, 1..=6) => Some(name),
            _ if is_hash(part) => None,
            Kind::DaemonSet if is_digits(part, 1..=10) => None,
            _ => Some(stem),
        }
    }
}

/// True for kubectl's names of Pods themselves.
pub(crate) fn means_pod(word: &str) -> bool {
    matches!(word_of(word).as_str(), "po" | "pod" | "pods")
}

/// A resource's name without its group.
pub(super) fn word_of(kind: &str) -> String {
    kind.split('.').next().unwrap_or(kind).to_ascii_lowercase()
}

/// Whether a part of a Pod's name, between dashes, is one that Kubernetes makes up.
fn is_random(part: &str) -> bool {
    static REGEX: LazyLock<Option<Regex>> = LazyLock::new(|| Regex::new(&format!("^{}$", random())).ok());
    REGEX.as_ref().is_some_and(|regex| regex.is_match(part.as_bytes()))
}

fn is_hash(part: &str) -> bool {
    static REGEX: LazyLock<Option<Regex>> = LazyLock::new(|| Regex::new(&format!("^{}$", hash())).ok());
    REGEX.as_ref().is_some_and(|regex| regex.is_match(part.as_bytes()))
}

impl Owner {
    pub(crate) fn new(kind: Kind, name: &str) -> Result<Self> {
        let is_name = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || matches!(b, b'-' | b'.');
        if name.is_empty() || !name.bytes().all(is_name) {
            bail!("`{name}` is no name of a Kubernetes workload; for patterns there is --pod REGEX");
        }
        Ok(Owner { kind, name: name.to_owned(), regex: Regex::new(&pattern(kind, name))? })
    }

    /// The regular expression of its Pods' names.
    pub(crate) fn regex(&self) -> &str {
        self.regex.as_str()
    }

    /// True for the name of one of its Pods.
    pub(crate) fn matches(&self, pod: &str) -> bool {
        self.regex.is_match(pod.as_bytes())
    }
}

/// What `rand.String` makes.
const RANDOM: &str = "[b-df-hj-np-tv-xz24-9]";
/// The same letters with all digits, and the letters alone.
const ANY: &str = "[b-df-hj-np-tv-xz0-9]";
const LETTER: &str = "[b-df-hj-np-tv-xz]";
/// What the hash of a Pod template is made of.
const HASH: &str = "[4-9bcdf]";
/// The longest base of a generated name, and the longest name.
const BASE: usize = 58;

fn pattern(kind: Kind, name: &str) -> String {
    let random = random();
    let stem = regex::escape(name);
    let mut forms = Vec::new();
    match kind {
        Kind::StatefulSet => forms.push(format!("{stem}-[0-9]+")),
        Kind::ReplicaSet | Kind::DaemonSet => forms.push(format!("{stem}-{random}")),
        Kind::Job => {
            forms.push(format!("{stem}-(?:[0-9]{{1,6}}-)?{random}"));
            forms.extend((1..=6).filter_map(|digits| {
                let cut = name.get(..BASE - digits - 2)?;
                Some(format!("{}-[0-9]{{{digits}}}-{RANDOM}{{5}}", regex::escape(cut)))
            }));
        }
        Kind::CronJob => forms.push(format!("{stem}-[0-9]{{8,10}}-(?:[0-9]{{1,6}}-)?{random}")),
        Kind::Deployment => forms.push(format!("{stem}-{}-{random}", hash())),
    }
    // Where base and dash are longer than 58, the end of the base is missing, and the dash.
    let middle = match kind {
        Kind::Deployment => Some(HASH),
        Kind::CronJob => Some("[0-9]"),
        _ => None,
    };
    match (kind, middle) {
        (Kind::StatefulSet, _) => {}
        _ if name.len() >= BASE => forms.push(format!("{}{RANDOM}{{5}}", regex::escape(&name[..BASE]))),
        (_, Some(middle)) if (BASE - 11..BASE).contains(&name.len()) => {
            let rest = BASE - name.len() - 1;
            forms.push(format!("{stem}-{middle}{{{rest}}}{RANDOM}{{5}}"));
        }
        _ => {}
    }
    format!("^(?:{})$", forms.join("|"))
}

/// Five random letters; or three to five of them, if not all are digits: those are ordinals.
fn random() -> String {
    let mut forms = vec![format!("{RANDOM}{{5}}")];
    for digits in 0..5usize {
        let least = 2usize.saturating_sub(digits);
        forms.push(format!("[0-9]{{{digits}}}{LETTER}{ANY}{{{least},{}}}", 4 - digits));
    }
    format!("(?:{})", forms.join("|"))
}

/// The hash of a Pod template. Short words such as `v2`, `k8s` or `http2` are parts of names rather.
fn hash() -> String {
    let mut forms = vec![format!("{HASH}{{6,10}}"), format!("{LETTER}{ANY}{{5,9}}")];
    for digits in 1..10usize {
        let least = 3usize.saturating_sub(digits);
        forms.push(format!("[0-9]{{{digits}}}{LETTER}{ANY}{{{least},{}}}", 9 - digits));
    }
    format!("(?:{})", forms.join("|"))
}
