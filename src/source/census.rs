//! Who spoke: every cluster, namespace, Pod, container and stream seen, numbered.

use std::collections::HashMap;

use crate::entry::Entry;

/// Numbers the origins of entries. Numbers are small and start at 0.
#[derive(Debug, Default)]
pub(crate) struct Census {
    origins: HashMap<Vec<u8>, (u32, u32)>,
    containers: HashMap<Vec<u8>, u32>,
    pods: HashMap<Vec<u8>, u32>,
    /// The Pod of each container, by their numbers.
    pod_of: Vec<u32>,
    key: Vec<u8>,
}

impl Census {
    /// The numbers of the entry's origin (stream included) and of its container.
    pub(crate) fn number(&mut self, entry: &Entry) -> (u32, u32) {
        self.key.clear();
        let mut ends = [0; 4];
        for (end, name) in ends.iter_mut().zip([entry.cluster(), entry.namespace(), entry.pod(), entry.container()]) {
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
            self.pod_of.push(pod);
        }
        let numbers = (self.origins.len() as u32, container);
        self.origins.insert(self.key.clone(), numbers);
        numbers
    }

    /// The number of the Pod that each container belongs to, by the container's number.
    pub(crate) fn pods(&self) -> &[u32] {
        &self.pod_of
    }
}
