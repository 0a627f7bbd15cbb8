//! One hour of the archive: what was said in it, and into which of the hour's files each entry falls.
//!
//! The real sink promises little, and so does this one: shards overlap in time, entries stand slightly out of
//! order, some are written twice, and late ones come in a file of their own.

use std::collections::BTreeMap;
use std::ops::Range;

use anyhow::Result;
use chrono::{DateTime, SecondsFormat, TimeDelta, Utc};
use serde_json::{Map, Value, json};

use crate::cluster::{CLUSTER, Cluster, Container, LOCATION, Moment, PROJECT, Payload, Pod, Said, Stage, busy};
use crate::events;
use crate::rng::{BASE36, Rng};
use crate::tree::Tree;

/// Log and shard: which of the hour's files.
type Name = (&'static str, &'static str);
/// Where it goes in its file (roughly in order of time), and what it says.
type Line = (DateTime<Utc>, String);

const NANOS_PER_HOUR: u64 = 3_600_000_000_000;

pub struct Hour<'a> {
    from: DateTime<Utc>,
    /// What the archive holds; of its first and last hour only a part.
    window: Range<DateTime<Utc>>,
    cluster: &'a Cluster,
    pods: Vec<Pod>,
    files: BTreeMap<Name, Vec<Line>>,
    pub entries: usize,
    pub twins: usize,
}

/// What of an entry does not depend on the line that was said.
struct Source {
    resource: Value,
    labels: Value,
}

impl<'a> Hour<'a> {
    pub fn new(from: DateTime<Utc>, window: Range<DateTime<Utc>>, cluster: &'a Cluster) -> Hour<'a> {
        let pods = cluster.pods_in(from);
        Hour { from, window, cluster, pods, files: BTreeMap::new(), entries: 0, twins: 0 }
    }

    /// Lets every container say its lines.
    pub fn speak(&mut self, scale: u32) {
        for pod in self.pods.clone() {
            for container in pod.containers {
                let source = Source::of(&pod, container.name);
                let mut rng = self.rng(&format!("{} {}", pod.name, container.name));
                for (at, stage) in self.moments(&mut rng, &pod, container, scale) {
                    let said = (container.voice)(&mut rng, &Moment { at, pod: &pod, stage });
                    self.add(&mut rng, at, &source, said);
                }
            }
        }
    }

    /// When the container speaks in this hour: spread evenly, but by no clock.
    fn moments(&self, rng: &mut Rng, pod: &Pod, container: &Container, scale: u32) -> Vec<(DateTime<Utc>, Stage)> {
        let busy = if container.busy_by_day { busy(self.from) } else { 1.0 };
        let lines = ((container.lines_per_hour * busy * f64::from(scale)) as u64).max(1);
        let slot = NANOS_PER_HOUR / lines;
        let mut moments: Vec<_> = (0..lines)
            .map(|n| TimeDelta::nanoseconds((n * slot + rng.below(slot)) as i64))
            .map(|into| (self.from + into, Stage::Middle))
            .collect();
        if let Some(life) = &pod.life {
            moments.retain(|(at, _)| life.contains(at));
            let ends = [(life.start, Stage::First), (life.end, Stage::Last)];
            let hour = self.from..self.from + TimeDelta::hours(1);
            moments.extend(ends.into_iter().filter(|(at, _)| hour.contains(at)));
        }
        moments
    }

    /// Adds what the cluster itself had to tell.
    pub fn events(&mut self) {
        let mut rng = self.rng("events");
        for event in events::in_hour(&mut rng, self.from, &self.pods) {
            let source = Source { resource: event.resource, labels: Value::Null };
            let payload = Payload::Json(event.payload);
            let said = Said { log: "events", severity: event.severity, payload, trace: None };
            self.add(&mut rng, event.at, &source, said);
        }
    }

    pub fn write(self, tree: &mut Tree) -> Result<()> {
        for ((log, shard), mut lines) in self.files {
            lines.sort();
            let mut rng = self.cluster.rng.fork(&format!("{log} {shard} gz"), self.from.timestamp());
            tree.write(log, self.from, shard, rng.one_in(5), lines.iter().map(|(_, line)| line.as_str()))?;
        }
        Ok(())
    }

    fn rng(&self, purpose: &str) -> Rng {
        self.cluster.rng.fork(purpose, self.from.timestamp())
    }

    /// Takes the same numbers from `rng` whether or not the entry lies in the window.
    fn add(&mut self, rng: &mut Rng, at: DateTime<Utc>, source: &Source, said: Said) {
        let log = said.log;
        let mut habits = self.rng(&format!("{log} files"));
        let two_shards = log != "events" && habits.one_in(4);
        // A late entry comes hours after its time: the last hours have none yet.
        let settled = self.from + TimeDelta::hours(5) < self.window.end;
        let addenda = log != "events" && habits.one_in(6) && settled;

        let late = rng.one_in(30) && addenda;
        let twin = rng.one_in(250);
        let delay = TimeDelta::milliseconds(
            if late { 3_900_000 + rng.below(7_200_000) } else { 200 + rng.below(6_000) } as i64,
        );
        let received = (at + delay + TimeDelta::nanoseconds(rng.below(1_000_000) as i64)).min(self.window.end);
        let insert_id = rng.word(BASE36, 16);
        let mut put = rng.fork("put", 0);
        if !self.window.contains(&at) {
            return;
        }

        let line = source.entry(at, received, insert_id, said).to_string();
        let copies = if twin { 2 } else { 1 };
        for copy in 0..copies {
            let shard = match (late && copy == 0, two_shards && put.one_in(2)) {
                (true, _) => "A0",
                (false, true) => "S1",
                (false, false) => "S0",
            };
            let place = at + TimeDelta::milliseconds(put.below(20_000) as i64);
            self.files.entry((log, shard)).or_default().push((place, line.clone()));
        }
        self.entries += copies;
        self.twins += copies - 1;
    }
}

impl Source {
    fn of(pod: &Pod, container: &str) -> Source {
        let mut labels = Map::new();
        labels.insert("compute.googleapis.com/resource_name".into(), Value::from(pod.node.as_str()));
        for (key, value) in &pod.labels {
            labels.insert(format!("k8s-pod/{key}"), Value::from(value.as_str()));
        }
        let resource = json!({
            "labels": {
                "cluster_name": CLUSTER,
                "container_name": container,
                "location": LOCATION,
                "namespace_name": pod.namespace,
                "pod_name": pod.name,
                "project_id": PROJECT,
            },
            "type": "k8s_container",
        });
        Source { resource, labels: Value::Object(labels) }
    }

    /// The LogEntry, its keys in alphabetical order as Google writes them.
    fn entry(&self, at: DateTime<Utc>, received: DateTime<Utc>, insert_id: String, said: Said) -> Value {
        let stamp = |time: DateTime<Utc>| Value::from(time.to_rfc3339_opts(SecondsFormat::Nanos, true));
        let mut entry = Map::new();
        let mut set = |key: &str, value: Value| {
            entry.insert(key.to_owned(), value);
        };
        set("insertId", insert_id.into());
        let text = match said.payload {
            Payload::Text(text) => Some(text),
            Payload::Json(payload) => {
                set("jsonPayload", payload);
                None
            }
        };
        if !self.labels.is_null() {
            set("labels", self.labels.clone());
        }
        set("logName", format!("projects/{PROJECT}/logs/{}", said.log).into());
        set("receiveTimestamp", stamp(received));
        set("resource", self.resource.clone());
        set("severity", said.severity.into());
        let (trace, span) = said.trace.unzip();
        if let Some(span) = span {
            set("spanId", span.into());
        }
        if let Some(text) = text {
            set("textPayload", text.into());
        }
        set("timestamp", stamp(at));
        if let Some(trace) = trace {
            set("trace", trace.into());
        }
        Value::Object(entry)
    }
}
