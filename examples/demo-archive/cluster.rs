//! Who lives in the cluster: its Pods, their containers, and how much each of them says.

use std::ops::Range;

use chrono::{DateTime, TimeDelta, Timelike, Utc};
use serde_json::Value;

use crate::rng::{HEX, KUBE, Rng};
use crate::{datadog, shop};

pub const PROJECT: &str = "demo";
pub const CLUSTER: &str = "demo-1";
pub const LOCATION: &str = "asia-northeast1";

/// The CronJob's schedule (hour of the day, UTC), and how long its Pod takes.
const REPORT_AT: i64 = 18;
const REPORT_TAKES: TimeDelta = TimeDelta::minutes(160);

pub struct Cluster {
    pub rng: Rng,
    nodes: Vec<String>,
    pods: Vec<Pod>,
}

#[derive(Clone)]
pub struct Pod {
    pub namespace: &'static str,
    pub name: String,
    pub node: String,
    /// Without the prefix `k8s-pod/`, in alphabetical order.
    pub labels: Vec<(&'static str, String)>,
    pub containers: &'static [Container],
    /// From the first line to the last; without it the Pod lives longer than the archive is deep.
    pub life: Option<Range<DateTime<Utc>>>,
}

pub struct Container {
    pub name: &'static str,
    pub lines_per_hour: f64,
    /// Follows the shop's customers through the day.
    pub busy_by_day: bool,
    pub voice: fn(&mut Rng, &Moment) -> Said,
}

/// What a container knows when it writes a line.
pub struct Moment<'a> {
    pub at: DateTime<Utc>,
    pub pod: &'a Pod,
    pub stage: Stage,
}

#[derive(Clone, Copy, PartialEq)]
pub enum Stage {
    First,
    Middle,
    Last,
}

pub struct Said {
    pub log: &'static str,
    pub severity: &'static str,
    pub payload: Payload,
    /// Trace and span of the request that was served.
    pub trace: Option<(String, String)>,
}

pub enum Payload {
    Text(String),
    Json(Value),
}

impl Said {
    pub fn out(text: String) -> Said {
        Said { log: "stdout", severity: "INFO", payload: Payload::Text(text), trace: None }
    }

    /// Cloud Logging takes all that comes on stderr for an error.
    pub fn err(text: String) -> Said {
        Said { log: "stderr", severity: "ERROR", payload: Payload::Text(text), trace: None }
    }
}

impl Moment<'_> {
    /// A quarter of an hour each day in which the database takes no more connections.
    pub fn outage(&self) -> bool {
        outage_in(self.at) && (20..35).contains(&self.at.minute())
    }
}

/// Whether the hour is the one with the outage.
pub fn outage_in(hour: DateTime<Utc>) -> bool {
    hour.hour() == 5
}

/// How many customers the shop has, about 1: quiet in the small hours of Japan, lively in the evening.
pub fn busy(at: DateTime<Utc>) -> f64 {
    const BY_TENTHS: [u8; 24] = [7, 5, 4, 3, 3, 4, 5, 7, 9, 10, 10, 11, 14, 13, 11, 10, 10, 11, 13, 14, 15, 15, 13, 10];
    let in_japan = (at.hour() as usize + 9) % 24;
    f64::from(BY_TENTHS[in_japan]) / 10.0
}

const AGENT: &[Container] = &[
    Container { name: "agent", lines_per_hour: 200.0, busy_by_day: false, voice: datadog::agent },
    Container { name: "process-agent", lines_per_hour: 50.0, busy_by_day: false, voice: datadog::process_agent },
];
const WEB: &[Container] = &[Container { name: "web", lines_per_hour: 210.0, busy_by_day: true, voice: shop::web }];
const API: &[Container] = &[Container { name: "api", lines_per_hour: 130.0, busy_by_day: true, voice: shop::api }];
const DB: &[Container] =
    &[Container { name: "postgres", lines_per_hour: 120.0, busy_by_day: false, voice: shop::postgres }];
const REPORT: &[Container] =
    &[Container { name: "report", lines_per_hour: 240.0, busy_by_day: false, voice: shop::report }];

impl Cluster {
    pub fn new(seed: u64) -> Cluster {
        let rng = Rng::new(seed);
        let mut names = rng.fork("names", 0);
        let pool = names.word(HEX, 8);
        let nodes: Vec<String> =
            (0..3).map(|_| format!("gke-{CLUSTER}-pool-a-{pool}-{}", names.word(KUBE, 4))).collect();
        let mut pods = Vec::new();

        let revision = names.word(KUBE, 10);
        for node in &nodes {
            pods.push(Pod {
                namespace: "datadog",
                name: format!("agent-{}", names.word(KUBE, 5)),
                node: node.clone(),
                labels: vec![
                    ("app", "agent".into()),
                    ("controller-revision-hash", revision.clone()),
                    ("pod-template-generation", "3".into()),
                ],
                containers: AGENT,
                life: None,
            });
        }
        for (app, containers) in [("web", WEB), ("api", API)] {
            let template = names.word(KUBE, 10);
            for node in &nodes[..2] {
                pods.push(Pod {
                    namespace: "shop",
                    name: format!("{app}-{template}-{}", names.word(KUBE, 5)),
                    node: node.clone(),
                    labels: vec![("app", app.into()), ("pod-template-hash", template.clone())],
                    containers,
                    life: None,
                });
            }
        }
        pods.push(Pod {
            namespace: "shop",
            name: "db-0".into(),
            node: nodes[2].clone(),
            labels: vec![
                ("app", "db".into()),
                ("apps_kubernetes_io/pod-index", "0".into()),
                ("controller-revision-hash", format!("db-{}", names.word(KUBE, 10))),
                ("statefulset_kubernetes_io/pod-name", "db-0".into()),
            ],
            containers: DB,
            life: None,
        });
        Cluster { rng, nodes, pods }
    }

    /// All Pods that live in the hour beginning at `hour`.
    pub fn pods_in(&self, hour: DateTime<Utc>) -> Vec<Pod> {
        let mut pods = self.pods.clone();
        let report = self.report_of_day(hour);
        if report.life.as_ref().is_some_and(|life| life.start < hour + TimeDelta::hours(1) && hour < life.end) {
            pods.push(report);
        }
        pods
    }

    /// The CronJob's Pod of the UTC day that holds `at`.
    fn report_of_day(&self, at: DateTime<Utc>) -> Pod {
        let midnight = at - TimeDelta::seconds(at.timestamp().rem_euclid(86_400));
        let scheduled = midnight + TimeDelta::hours(REPORT_AT);
        let minutes = scheduled.timestamp().div_euclid(60);
        let mut rng = self.rng.fork("report", minutes);
        let job = format!("report-{minutes}");
        let began = scheduled + TimeDelta::milliseconds(2_000 + rng.below(5_000) as i64);
        Pod {
            namespace: "shop",
            name: format!("{job}-{}", rng.word(KUBE, 5)),
            node: rng.pick(&self.nodes).clone(),
            labels: vec![("app", "report".into()), ("job-name", job)],
            containers: REPORT,
            life: Some(began..began + REPORT_TAKES),
        }
    }
}
