//! What was typed around the word that is being completed, and what is known for it.

use std::path::PathBuf;

use chrono::{DateTime, SubsecRound, Utc};
use clap::{ArgMatches, Command, FromArgMatches, Id};

use super::shell::Request;
use crate::index::Glance;
use crate::select::{Origin, Which};
use crate::settings::{self, From, Inventory, Settings};
use crate::source::place;
use crate::when::{Times, Zone};

/// The longest configuration file that is read while somebody waits, in bytes.
const LONGEST_FILE: u64 = 1 << 20;

pub(crate) struct Scene {
    /// The arguments that the tool has.
    known: Vec<Id>,
    /// `None` where nothing can be made of the line.
    typed: Option<ArgMatches>,
    pub now: DateTime<Utc>,
}

/// What is being completed: what was typed of the same does not narrow it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Group {
    Containers,
    Pods,
    ExcludedPods,
    Namespaces,
    Clusters,
}

impl Scene {
    /// Of a line with mistakes, what stands in front of the first one counts.
    pub(super) fn new(command: Command, request: &Request) -> Self {
        let mut words = request.words.clone();
        if words[request.current].is_empty() {
            // Some flags take no empty value, and then nothing behind it would count.
            words[request.current].push('x');
        }
        let known = command.get_arguments().map(|arg| arg.get_id().clone()).collect();
        let typed = command.ignore_errors(true).try_get_matches_from(words).ok();
        Scene { known, typed, now: Utc::now().trunc_subsecs(0) }
    }

    /// Some of the tool's arguments, told by the id of one of them; as if none were typed where the tool
    /// has them not.
    fn args<A: FromArgMatches + Default>(&self, id: &str) -> A {
        let typed = self.typed.as_ref().filter(|_| self.known.iter().any(|known| known == id));
        typed.and_then(|typed| A::from_arg_matches(typed).ok()).unwrap_or_default()
    }

    pub(super) fn times(&self) -> Times {
        self.args("since")
    }

    /// The profiles of the configuration file, with their sources.
    pub(super) fn profiles(&self) -> Vec<(String, Option<String>)> {
        self.settings().profiles
    }

    /// What can be read of the settings.
    fn settings(&self) -> Settings {
        let mut from: From = self.args("profile");
        let file = from.config.clone().or_else(settings::default_path);
        // A pipe or a terminal would be waited for.
        let is_short = |file: &PathBuf| file.metadata().is_ok_and(|meta| meta.is_file() && meta.len() <= LONGEST_FILE);
        if !file.as_ref().is_some_and(is_short) {
            from.config = Some("-".into());
        }
        Inventory::take(&from).settings
    }

    /// Where times without an offset are read, if nothing else is typed.
    pub(super) fn zone(&self) -> Zone {
        self.settings().parse("tz", Zone::parse).ok().flatten().unwrap_or(Zone::Local)
    }

    /// What is known of the source that the line is about.
    pub(super) fn glance(&self) -> Glance {
        let place = self.args::<place::Args>("source").build(&self.settings()).ok();
        place.and_then(|place| place.name()).map(|name| Glance::at(&name)).unwrap_or_default()
    }

    /// Whom the rest of the line selects, by name.
    pub(super) fn origin(&self, group: Group) -> Origin {
        let mut which: Which = self.args("workloads");
        match group {
            Group::Containers => {
                which.containers.clear();
                which.workloads.retain(|word| word.contains('/'));
            }
            Group::Pods => {
                which.pods.clear();
                which.workloads.retain(|word| !word.contains('/'));
            }
            Group::ExcludedPods => which.exclude_pods.clear(),
            Group::Namespaces => {
                which.namespaces.clear();
                which.all_namespaces = true;
            }
            Group::Clusters => which.clusters = vec!["*".to_owned()],
        }
        // The index knows neither labels nor logs.
        let which = Which { selectors: Vec::new(), logs: Vec::new(), streams: Vec::new(), ..which };
        which.build(&self.settings()).unwrap_or_default()
    }
}
