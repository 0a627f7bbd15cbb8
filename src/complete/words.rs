//! Values that are neither names out of the index nor times.

use std::collections::{BTreeSet, HashSet};

use clap_complete::engine::CompletionCandidate;

use super::scene::Scene;
use super::{is_plain, offer};
use crate::entry::find::OPEN;
use crate::entry::severity::Severity;
use crate::entry::template::{COLUMN, FIELDS, OF_FILES};
use crate::entry::write;
use crate::index::Index;

/// Paths, which the shells complete themselves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Paths {
    Files,
    Folders,
}

impl Paths {
    pub(super) fn name(self) -> &'static str {
        match self {
            Paths::Files => "files",
            Paths::Folders => "folders",
        }
    }

    /// What an offer asks the shell for, if it is no word itself.
    pub(super) fn of(offer: &CompletionCandidate) -> Option<Self> {
        let tag = offer.get_tag()?.to_string();
        [Paths::Files, Paths::Folders].into_iter().find(|paths| paths.name() == tag)
    }

    fn offer(self) -> CompletionCandidate {
        CompletionCandidate::new("").tag(Some(self.name().into()))
    }
}

pub(super) fn files() -> CompletionCandidate {
    Paths::Files.offer()
}

pub(super) fn folders() -> CompletionCandidate {
    Paths::Folders.offer()
}

/// Datasets and, as long as nothing is typed, archives that were read or set; and files.
pub(super) fn sources(scene: &Scene, typed: &str) -> Vec<CompletionCandidate> {
    let mut known: Vec<(String, String)> = Vec::new();
    for (name, source) in scene.profiles() {
        known.extend(source.filter(|_| is_plain(&name)).map(|source| (source, format!("of profile {name}"))));
    }
    known.extend(Index::sources().into_iter().map(|source| (source, "seen before".to_owned())));
    let mut seen = HashSet::new();
    known.retain(|(source, _)| seen.insert(source.clone()) && is_plain(source.trim_start_matches(['/', '~', '.'])));
    known.retain(|(source, _)| match source.starts_with("bq://") {
        true => source.starts_with(typed),
        false => typed.is_empty(),
    });
    let mut offers: Vec<_> = known.into_iter().map(|(source, help)| offer(source, help)).collect();
    if !typed.starts_with("bq://") {
        offers.push(files());
    }
    offers
}

/// Projects of known datasets.
pub(super) fn projects(scene: &Scene, typed: &str) -> Vec<CompletionCandidate> {
    let sources = sources(scene, "bq://");
    let values =
        sources.iter().filter_map(|offer| offer.get_value().to_str()?.strip_prefix("bq://")?.split('/').next());
    let projects: BTreeSet<&str> = values.filter(|project| project.starts_with(typed)).collect();
    projects.into_iter().map(|project| offer(project, "")).collect()
}

/// The keys of Pods' labels; several conditions stand apart by commas.
pub(super) fn selectors(scene: &Scene, typed: &str) -> Vec<CompletionCandidate> {
    let last = typed.rfind(',').map_or(0, |at| at + 1);
    let (front, key) = typed.split_at(last);
    let labels = scene.glance().labels();
    let (absent, key) = key.strip_prefix('!').map_or(("", key), |key| ("!", key));
    let end = if absent.is_empty() { "=" } else { "" };
    let labels = labels.iter().filter(|label| is_plain(label) && label.starts_with(key));
    labels.map(|label| offer(format!("{front}{absent}{label}{end}"), "")).collect()
}

pub(super) fn logs(_: &Scene, typed: &str) -> Vec<CompletionCandidate> {
    let known = [
        ("events", "what happened to the Pods: scheduled, OOMKilled, failed probes"),
        ("stdout", "what containers wrote"),
        ("stderr", "what containers wrote"),
    ];
    those(&known, typed)
}

pub(super) fn severities(_: &Scene, typed: &str) -> Vec<CompletionCandidate> {
    let names = Severity::ALL.map(|severity| severity.name().to_lowercase());
    let typed = typed.to_lowercase();
    names.into_iter().filter(|name| name.starts_with(&typed)).map(|name| offer(name, "")).collect()
}

/// Keys of an entry, up to the operator.
pub(super) fn fields(_: &Scene, typed: &str) -> Vec<CompletionCandidate> {
    let keys = write::KEYS.into_iter().chain(write::WITH).filter(|key| key.starts_with(typed));
    keys.map(|key| offer(format!("{key}{}", if OPEN.contains(&key) { "." } else { "=" }), "")).collect()
}

pub(super) fn sizes(values: &[&str], typed: &str) -> Vec<CompletionCandidate> {
    let values = values.iter().filter(|value| value.to_lowercase().starts_with(&typed.to_lowercase()));
    values.map(|value| offer(*value, "")).collect()
}

/// For `lq-split --name`.
pub(super) fn file_templates(scene: &Scene, typed: &str) -> Vec<CompletionCandidate> {
    template(scene, typed, OF_FILES)
}

/// For `lq-fmt --template`.
pub(super) fn line_templates(scene: &Scene, typed: &str) -> Vec<CompletionCandidate> {
    template(scene, typed, &FIELDS)
}

/// The next field, whatever stands in front of it.
fn template(scene: &Scene, typed: &str, fields: &[(&str, &str)]) -> Vec<CompletionCandidate> {
    let open = typed.rfind('{').filter(|open| !typed[*open..].contains('}'));
    let (front, field) = match open {
        Some(open) => (&typed[..open], &typed[open + 1..]),
        None => (typed, ""),
    };
    let mut names: Vec<(String, &str)> = Vec::new();
    for (name, help) in fields {
        match name.split_once('.') {
            Some(("label", _)) => {
                let labels = scene.glance().labels();
                names.extend(labels.iter().filter(|key| is_plain(key)).map(|key| (format!("label.{key}"), *help)));
            }
            // What the user calls it is not known.
            Some(_) => {}
            None if *name == COLUMN => names.extend(write::WITH.iter().map(|column| ((*column).to_owned(), *help))),
            None => names.push(((*name).to_owned(), help)),
        }
    }
    let mut seen = HashSet::new();
    names.retain(|(name, _)| name.starts_with(field) && seen.insert(name.clone()));
    names.into_iter().map(|(name, help)| offer(format!("{front}{{{name}}}"), help)).collect()
}

/// The sections of the configuration file.
pub(super) fn profiles(scene: &Scene, typed: &str) -> Vec<CompletionCandidate> {
    let profiles = scene.profiles().into_iter();
    let profiles = profiles.filter(|(name, _)| is_plain(name) && name.starts_with(typed));
    profiles.map(|(name, source)| offer(name, source.unwrap_or_default())).collect()
}

fn those(known: &[(&str, &str)], typed: &str) -> Vec<CompletionCandidate> {
    known.iter().filter(|(value, _)| value.starts_with(typed)).map(|(value, help)| offer(*value, *help)).collect()
}
