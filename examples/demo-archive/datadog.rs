//! What the containers of the DaemonSet `agent` say: text in the style of the Datadog agent.

use crate::cluster::{Moment, Said};
use crate::rng::Rng;

const CHECKS: &[&str] = &[
    "cpu",
    "memory",
    "disk",
    "network",
    "load",
    "io",
    "uptime",
    "ntp",
    "container",
    "containerd",
    "kubelet",
    "kubernetes_state_core",
    "postgres",
    "nginx",
];

pub fn agent(rng: &mut Rng, moment: &Moment) -> Said {
    let check = *rng.pick(CHECKS);
    let (level, place, text) = match rng.below(100) {
        _ if moment.outage() && rng.one_in(6) => (
            "ERROR",
            "pkg/collector/worker/check_logger.go:70 in Error",
            "check:postgres | Error running check: connection to db-0.db.shop.svc:5432 failed: FATAL: sorry, too many clients already".into(),
        ),
        0..38 => (
            "INFO",
            "pkg/collector/worker/check_logger.go:40 in CheckStarted",
            format!("check:{check} | Running check..."),
        ),
        38..76 => (
            "INFO",
            "pkg/collector/worker/check_logger.go:59 in CheckFinished",
            format!("check:{check} | Done running check"),
        ),
        76..84 => (
            "INFO",
            "comp/forwarder/defaultforwarder/transaction/transaction.go:433 in internalProcess",
            format!(
                "Successfully posted payload to \"https://app.datadoghq.com/api/v1/{}\" (202 Accepted), the agent will only log transaction success every 500 transactions",
                rng.pick(&["series", "check_run", "intake"])
            ),
        ),
        84..89 => (
            "INFO",
            "pkg/serializer/serializer.go:428 in SendProcessesMetadata",
            format!("Sent processes metadata payload, size: {} bytes.", 1_200 + rng.below(900)),
        ),
        89..92 => (
            "INFO",
            "pkg/logs/launchers/file/launcher.go:342 in startNewTailer",
            format!(
                "Starting a new tailer for: /var/log/pods/shop_db-0_{0}/postgres/0.log (offset: {1}, whence: 0) for tailer key file:{0}",
                "5f0c3c1e-7d1b-4d0a-9a52-1d2f8f0f6a11",
                rng.below(1 << 24)
            ),
        ),
        92..94 => (
            "DEBUG",
            "pkg/aggregator/aggregator.go:597 in flushSeriesAndSketches",
            format!("Flushing {} series to the forwarder", 300 + rng.below(200)),
        ),
        94..96 => (
            "WARN",
            "pkg/collector/corechecks/net/ntp.go:144 in Run",
            format!("Ntp offset is {}ms, above the threshold of 100ms", 100 + rng.below(60)),
        ),
        96..98 => (
            "WARN",
            "comp/forwarder/defaultforwarder/worker.go:191 in process",
            "Too many errors for endpoint 'https://app.datadoghq.com/api/v1/series': retrying later".into(),
        ),
        98 => (
            "ERROR",
            "comp/forwarder/defaultforwarder/worker.go:184 in process",
            "Error while processing transaction: error while sending transaction, rescheduling it: context deadline exceeded (Client.Timeout exceeded while awaiting headers)".into(),
        ),
        _ => (
            "ERROR",
            "pkg/collector/worker/check_logger.go:70 in Error",
            "check:nginx | Error running check: Get \"http://10.8.2.17:81/nginx_status\": dial tcp 10.8.2.17:81: connect: connection refused".into(),
        ),
    };
    let line = format!("{} | CORE | {level} | ({place}) | {text}", clock(moment));
    if level == "ERROR" { Said::err(line) } else { Said::out(line) }
}

pub fn process_agent(rng: &mut Rng, moment: &Moment) -> Said {
    // The agent counts its rounds, one every ten seconds, from some day on.
    let round = moment.at.timestamp().rem_euclid(100_000_000) / 10;
    let (level, place, text) = match rng.below(50) {
        0..40 => (
            "INFO",
            "cmd/process-agent/collector.go:165 in logCheckDuration",
            format!(
                "Finished {} check #{round} in {}ms",
                rng.pick(&["process", "rtcontainer", "container"]),
                rng.latency_ms(9.0)
            ),
        ),
        40..46 => (
            "INFO",
            "pkg/process/runner/submitter.go:289 in Submit",
            format!(
                "Delivery queues: process[size={}, weight={}], rtprocess[size=0, weight=0]",
                rng.below(4),
                rng.below(9_000)
            ),
        ),
        46..49 => (
            "DEBUG",
            "pkg/process/checks/process.go:243 in run",
            format!("collected {} processes in {}ms", 80 + rng.below(60), rng.latency_ms(6.0)),
        ),
        _ => (
            "WARN",
            "pkg/process/checks/container.go:98 in Run",
            "Unable to gather stats for container 1 of 42, its cgroup is gone".into(),
        ),
    };
    Said::out(format!("{} | PROCESS | {level} | ({place}) | {text}", clock(moment)))
}

fn clock(moment: &Moment) -> String {
    moment.at.format("%Y-%m-%d %H:%M:%S UTC").to_string()
}
