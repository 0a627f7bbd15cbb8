//! Who spoke: every cluster, namespace, Pod, container and stream seen, numbered.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, PoisonError};

use hashbrown::HashMap;

use crate::entry::Entry;
use crate::entry::text::Text;
use crate::index::Who;

/// A container of a Pod.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Container {
    /// The number of its Pod.
    pub pod: u32,
    pub who: Who,
}

/// Numbers the origins of entries. Numbers are small and start at 0. Clones, in other threads, give the same ones.
#[derive(Clone, Debug, Default)]
pub(crate) struct Census {
    /// What was asked for here before: nobody is waited for.
    known: HashMap<Vec<u8>, (u32, u32)>,
    all: Arc<Mutex<All>>,
    key: Vec<u8>,
}

/// What all clones share.
#[derive(Debug, Default)]
struct All {
    origins: HashMap<Vec<u8>, (u32, u32)>,
    containers: HashMap<Vec<u8>, u32>,
    pods: HashMap<Vec<u8>, u32>,
    /// Containers that were not yet [told](Census::tell), in the order of their numbers.
    new: Vec<Container>,
    /// The keys of the labels of their first entries.
    labels: BTreeSet<String>,
}

impl Census {
    /// The numbers of the entry's origin (stream included) and of its container.
    pub(crate) fn number(&mut self, entry: &Entry) -> (u32, u32) {
        self.key.clear();
        let mut ends = [0; 4];
        for (end, name) in ends.iter_mut().zip(names(entry)) {
            if let Some(name) = name {
                name.push_to(&mut self.key);
            }
            self.key.push(0xff); // never part of a name: not UTF-8
            *end = self.key.len();
        }
        self.key.extend_from_slice(entry.stream().unwrap_or_default().as_bytes());
        if let Some(numbers) = self.known.get(&self.key) {
            return *numbers;
        }
        let mut all = self.all.lock().unwrap_or_else(PoisonError::into_inner);
        let numbers = all.number(entry, &self.key, ends);
        self.known.insert(self.key.clone(), numbers);
        numbers
    }

    /// The containers that were numbered since the last call, in the order of their numbers.
    /// With the keys of their labels, as far as the source tells them.
    pub(crate) fn tell(&mut self) -> (Vec<Container>, BTreeSet<String>) {
        let mut all = self.all.lock().unwrap_or_else(PoisonError::into_inner);
        (std::mem::take(&mut all.new), std::mem::take(&mut all.labels))
    }
}

impl All {
    /// The same by the key of an entry, in which its names end at `ends`.
    fn number(&mut self, entry: &Entry, key: &[u8], ends: [usize; 4]) -> (u32, u32) {
        if let Some(numbers) = self.origins.get(key) {
            return *numbers;
        }
        let [_, _, pod, container] = ends.map(|end| &key[..end]);
        let next = self.pods.len() as u32;
        let pod = *self.pods.entry(pod.to_vec()).or_insert(next);
        let next = self.containers.len() as u32;
        let container = *self.containers.entry(container.to_vec()).or_insert(next);
        if container == next {
            let [cluster, namespace, pod_name, container] =
                names(entry).map(|name| name.map_or(String::new(), |name| name.to_cow().into_owned()));
            self.new.push(Container { pod, who: Who { cluster, namespace, pod: pod_name, container } });
            self.labels.extend(entry.label_keys());
        }
        let numbers = (self.origins.len() as u32, container);
        self.origins.insert(key.to_vec(), numbers);
        numbers
    }
}

fn names<'e>(entry: &'e Entry) -> [Option<Text<'e>>; 4] {
    [entry.cluster(), entry.namespace(), entry.pod(), entry.container()]
}
