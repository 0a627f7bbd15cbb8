//! From an entry to its file.
//!
//! The name is made only for values not seen before.

use hashbrown::HashMap;

use crate::entry::Entry;
use crate::entry::seal::pod_name;
use crate::entry::stamp::Stamp;
use crate::entry::text::Text;
use crate::tool::{Failure, Notes};

use super::count::{Count, Pod};
use super::files::{Cluster, Files, Id};
use super::name::{self, Names};
use super::plan::{Mode, Plan};
use super::template::Field;

/// Where an entry goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Place {
    File(Id),
    /// Its cluster is not the one whose files are appended to.
    OtherCluster,
}

pub(crate) struct Places {
    names: Names,
    rest: String,
    /// The template does not tell clusters apart.
    clusters_apart: bool,
    known: HashMap<Box<[u8]>, (Place, Pod)>,
    notes: Notes,
}

/// A value may be spelt in many ways; a log that does so must not fill the memory.
const SPELLINGS: usize = 1 << 16;

impl Places {
    pub(crate) fn new(plan: &Plan, notes: Notes) -> Self {
        Places {
            names: Names::new(&plan.name, &plan.rest, plan.zone.clone()),
            rest: plan.rest.clone(),
            clusters_apart: !plan.name.has(&Field::Cluster),
            known: HashMap::new(),
            notes,
        }
    }

    /// The file of entries with this [key](super::key), and their Pod, once one was [found](Self::find).
    pub(crate) fn known(&self, key: &[u8]) -> Option<(Place, Pod)> {
        self.known.get(key).copied()
    }

    /// Finds the file and the Pod of the first entry with this key. Fails where that file is new, there already, and
    /// must not be replaced.
    pub(crate) fn find(
        &mut self,
        key: &[u8],
        entry: &Entry,
        stamp: Option<Stamp>,
        files: &mut Files,
        count: &mut Count,
    ) -> Result<(Place, Pod), Failure> {
        let place = self.place(entry, stamp, files)?;
        let [cluster, namespace, pod] =
            [entry.cluster(), entry.namespace(), entry.pod()].map(|name| name.map_or("".into(), Text::to_cow));
        let pod = count.pod(&pod_name(&cluster, &namespace, &pod));
        if self.known.len() > SPELLINGS + 2 * files.all.len().max(count.pods()) {
            self.known.clear();
        }
        self.known.insert(key.into(), (place, pod));
        Ok((place, pod))
    }

    fn place(&mut self, entry: &Entry, stamp: Option<Stamp>, files: &mut Files) -> Result<Place, Failure> {
        let mut cluster = Cluster::NONE;
        if self.clusters_apart {
            let folder = name::of_cluster(entry.cluster().map(Text::to_cow).as_deref(), &self.rest);
            let (found, is_new) = files.cluster(folder);
            if is_new {
                self.announce(found, files);
            }
            if files.mode == Mode::Append && found != Cluster(0) {
                return Ok(Place::OtherCluster);
            }
            cluster = found;
        }
        let name = self.names.name(entry, stamp);
        Ok(Place::File(files.get(&name, cluster)?))
    }

    fn announce(&self, cluster: Cluster, files: &Files) {
        let clusters = files.clusters();
        match (cluster, files.mode) {
            (Cluster(1), Mode::Append) => self.notes.error(format!(
                "entries of more than one cluster ({}): those of the first are appended, the others go to {} as \
                 entries; --name '{{cluster}}/{{pod}}_{{namespace}}_{{container}}.log' gives each its files",
                clusters.join(", "),
                self.rest,
            )),
            (Cluster(1), _) => self.notes.say(format!(
                "entries of more than one cluster ({}): the files go into a folder for each",
                clusters.join(", "),
            )),
            _ => {}
        }
    }
}
