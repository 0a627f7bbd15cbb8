//! Another log of the cluster beside stdout and stderr: Kubernetes' events, which no container wrote.

use chrono::{DateTime, SecondsFormat, TimeDelta, Timelike, Utc};
use serde_json::{Value, json};

use crate::cluster::{CLUSTER, LOCATION, PROJECT, Pod, outage_in};
use crate::rng::{HEX, Rng};

pub struct Event {
    pub at: DateTime<Utc>,
    pub severity: &'static str,
    pub resource: Value,
    pub payload: Value,
}

/// The events of one hour; most hours have none.
pub fn in_hour(rng: &mut Rng, hour: DateTime<Utc>, pods: &[Pod]) -> Vec<Event> {
    let mut events = Vec::new();
    for pod in pods {
        if let Some(life) = &pod.life {
            let before = |ms| life.start - TimeDelta::milliseconds(ms);
            let scheduled = format!("Successfully assigned {}/{} to {}", pod.namespace, pod.name, pod.node);
            events.push(of_pod(rng, before(1_900), pod, "Scheduled", &scheduled));
            events.push(of_pod(
                rng,
                before(900),
                pod,
                "Pulled",
                "Container image \"report:2.4.1\" already present on machine",
            ));
            events.push(of_pod(rng, before(700), pod, "Started", "Started container report"));
            let after = life.end + TimeDelta::milliseconds(1_200);
            events.push(of_pod(rng, after, pod, "Completed", "Job completed"));
        }
        if outage_in(hour) && ["web", "api"].contains(&pod.containers[0].name) {
            for minute in 21..35 {
                let at = hour + TimeDelta::minutes(minute) + TimeDelta::microseconds(rng.below(60_000_000) as i64);
                events.push(of_pod(
                    rng,
                    at,
                    pod,
                    "Unhealthy",
                    "Readiness probe failed: HTTP probe failed with statuscode: 503",
                ));
            }
        }
    }
    if hour.hour().is_multiple_of(8) {
        let at = hour + TimeDelta::milliseconds(rng.below(3_600_000) as i64);
        let resource = json!({
            "labels": {"cluster_name": CLUSTER, "location": LOCATION, "project_id": PROJECT},
            "type": "k8s_cluster",
        });
        let object = json!({"kind": "Lease", "name": "cluster-autoscaler", "namespace": "kube-system"});
        let payload = payload(rng, at, object, "LeaderElection", "cluster-autoscaler became leader");
        events.push(Event { at, severity: "INFO", resource, payload });
    }
    let end = hour + TimeDelta::hours(1);
    events.retain(|event| (hour..end).contains(&event.at));
    events
}

fn of_pod(rng: &mut Rng, at: DateTime<Utc>, pod: &Pod, reason: &str, message: &str) -> Event {
    let resource = json!({
        "labels": {
            "cluster_name": CLUSTER,
            "location": LOCATION,
            "namespace_name": pod.namespace,
            "pod_name": pod.name,
            "project_id": PROJECT,
        },
        "type": "k8s_pod",
    });
    let object = json!({"apiVersion": "v1", "kind": "Pod", "name": pod.name, "namespace": pod.namespace});
    let severity = if reason == "Unhealthy" { "WARNING" } else { "INFO" };
    Event { at, severity, resource, payload: payload(rng, at, object, reason, message) }
}

fn payload(rng: &mut Rng, at: DateTime<Utc>, object: Value, reason: &str, message: &str) -> Value {
    let name = format!("{}.{}", object["name"].as_str().unwrap_or_default(), rng.word(HEX, 16));
    json!({
        "apiVersion": "v1",
        "eventTime": null,
        "involvedObject": object,
        "kind": "Event",
        "lastTimestamp": at.to_rfc3339_opts(SecondsFormat::Secs, true),
        "message": message,
        "metadata": {"name": name, "namespace": object["namespace"]},
        "reason": reason,
        "type": if reason == "Unhealthy" { "Warning" } else { "Normal" },
    })
}
