//! Who spoke: every cluster, namespace, Pod, container and stream seen, numbered.

use std::collections::BTreeSet;

use hashbrown::HashMap;

use crate::entry::Entry;
use crate::index::Who;

/// A container of a Pod.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Container {
    /// The number of its Pod.
    pub pod: u32,
    pub who: Who,
}

/// Numbers the origins of entries. Numbers are small and start at 0.
#[derive(Debug, Default)]
pub(crate) struct Census {
    origins: HashMap<Vec<u8>, (u32, u32)>,
    containers: HashMap<Vec<u8>, u32>,
    pods: HashMap<Vec<u8>, u32>,
    /// Containers that were not yet [told](Self::tell), in the order of their numbers.
    new: Vec<Container>,
    /// The keys of the labels of their first entries.
    labels: BTreeSet<String>,
    key: Vec<u8>,
}

impl Census {
    /// The numbers of the entry's origin (stream included) and of its container.
    pub(crate) fn number(&mut self, entry: &Entry) -> (u32, u32) {
        self.key.clear();
        let mut ends = [0; 4];
        let names = [entry.cluster(), entry.namespace(), entry.pod(), entry.container()];
        for (end, name) in ends.iter_mut().zip(names) {
            if let Some(name) = name {
                name.push_to(&mut self.key);
            }
            self.key.push(0xff); // never part of a name: not UTF-8
            *end = self.key.len();
        }
        self.key.extend_from_slice(entry.stream().unwrap_or_default().as_bytes());
        if let Some(numbers) = self.origins.get(&self.key) {
            return *numbers;
        }
        let [_, _, pod, container] = ends.map(|end| &self.key[..end]);
        let next = self.pods.len() as u32;
        let pod = *self.pods.entry(pod.to_vec()).or_insert(next);
        let next = self.containers.len() as u32;
        let container = *self.containers.entry(container.to_vec()).or_insert(next);
        if container == next {
            let [cluster, namespace, pod_name, container] =
                names.map(|name| name.map_or(String::new(), |name| name.to_cow().into_owned()));
            self.new.push(Container { pod, who: Who { cluster, namespace, pod: pod_name, container } });
            self.labels.extend(entry.label_keys());
        }
        let numbers = (self.origins.len() as u32, container);
        self.origins.insert(self.key.clone(), numbers);
        numbers
    }

    /// The containers that were numbered since the last call, in the order of their numbers.
    /// With the keys of their labels, as far as the source tells them.
    pub(crate) fn tell(&mut self) -> (Vec<Container>, BTreeSet<String>) {
        (std::mem::take(&mut self.new), std::mem::take(&mut self.labels))
    }
}
