//! The predicate: the table of [`cases`](super::cases), names of Pods, and what is refused.

use clap::Parser;
use proptest::prelude::*;

use super::cases::CASES;
use super::owner::Kind;
use super::{Lines, Owner, Predicate, SeverityOf, Which};
use crate::entry::Entry;
use crate::entry::scan::Spans;
use crate::settings::{From, Settings};
use crate::tool::Notes;

#[derive(clap::Parser)]
struct Flags {
    #[command(flatten)]
    which: Which,
    #[command(flatten)]
    lines: Lines,
}

pub(super) fn parse(flags: &str) -> Result<Predicate, String> {
    let words = shlex::split(flags).expect("flags are words");
    let flags = Flags::try_parse_from(["lq".to_owned()].into_iter().chain(words)).map_err(|e| e.to_string())?;
    let settings = Settings::default();
    let origin = flags.which.build(&settings).map_err(|e| format!("{e:#}"))?;
    let content = flags.lines.build(SeverityOf::Record).map_err(|e| format!("{e:#}"))?;
    Ok(Predicate { origin, content })
}

#[test]
fn every_case_selects_what_it_says() {
    let mut scratch = Vec::new();
    for (name, flags, line, selected) in CASES {
        let predicate = parse(flags).unwrap_or_else(|e| panic!("{name}: {e}"));
        let mut spans = Spans::default();
        let entry = Entry::parse(line, &mut spans).expect("a JSON object");
        assert_eq!(predicate.matches(&entry, &mut scratch), *selected, "{name}: {flags}");
        assert_eq!(parse(flags).as_ref(), Ok(&predicate), "{name}: the same flags make the same predicate");
    }
}

#[test]
fn what_is_shown_decides_where_the_payload_has_a_severity_of_its_own() {
    let line = r#"{"severity":"ERROR","pod":"p","message":"m","payload":{"level":30,"msg":"m"}}"#;
    let mut spans = Spans::default();
    let entry = Entry::parse(line, &mut spans).unwrap();
    let lines = Lines { severity: Some("error".into()), ..Lines::default() };
    for (of, selected) in [(SeverityOf::Record, true), (SeverityOf::Shown, false)] {
        assert_eq!(lines.build(of).unwrap().matches(&entry, &mut Vec::new()), selected, "{of:?}");
    }
}

#[test]
fn typed_flags_displace_the_settings() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("config.toml");
    std::fs::write(&file, "namespace = \"shop\"\ncluster = [\"a\", \"b\"]\n").unwrap();
    let settings =
        Settings::load(&From { profile: None, config: Some(file) }, &Notes { tool: "lq-query", quiet: true }).unwrap();
    let names = |flags: &str| {
        let words = shlex::split(flags).unwrap();
        let flags = Flags::parse_from(["lq".to_owned()].into_iter().chain(words));
        let origin = flags.which.build(&settings).unwrap();
        [origin.namespaces, origin.clusters].map(|globs| globs.into_iter().map(|glob| glob.text).collect::<Vec<_>>())
    };
    assert_eq!(names(""), [vec!["shop"], vec!["a", "b"]]);
    assert_eq!(names("-n other"), [vec!["other"], vec!["a", "b"]]);
    assert_eq!(names("-A"), [vec![], vec!["a", "b"]]);
    assert_eq!(names("--cluster c"), [vec!["shop"], vec!["c"]]);
}

/// Names as Kubernetes makes them, and such as only look like them.
#[test]
fn owners_are_told_by_the_names_of_their_pods() {
    use Kind::*;
    for (kind, owner, pod, owns) in [
        (Deployment, "web", "web-6d4b75cb6d-x2x4z", true),
        (Deployment, "web", "web-6d4b75cb6-x2x4z", true),
        (Deployment, "web", "web-bdf4c5-22222", true),
        (Deployment, "web", "web-7d9f-x2x", true),
        (Deployment, "web", "web-xkt2vz9pqr-k2k2k", true),
        (Deployment, "web", "web-api-6d4b75cb6d-x2x4z", false),
        (Deployment, "web-api", "web-api-6d4b75cb6d-x2x4z", true),
        (Deployment, "web", "webx-6d4b75cb6d-x2x4z", false),
        (Deployment, "web", "web-6d4b75cb6d", false),
        (Deployment, "web", "web-6d4b75cb6d-x2x4z-1", false),
        (Deployment, "web", "web-6d4b75cb6d-abcde", false),
        (Deployment, "web", "web-db-0", false),
        (Deployment, "web", "web-db-100", false),
        (Deployment, "web", "web-db-x2x4z", false),
        (Deployment, "web", "web-v2-x2x4z", false),
        (Deployment, "web", "web-k8s-x2x4z", false),
        (Deployment, "web", "web-http2-x2x4z", false),
        (Deployment, "web", "web-29412345-x2x4z", false),
        (Deployment, "web", "web-7-x2x4z", false),
        (Deployment, "a.b", "a.b-6d4b75cb6d-x2x4z", true),
        (Deployment, "a.b", "axb-6d4b75cb6d-x2x4z", false),
        (ReplicaSet, "web-6d4b75cb6d", "web-6d4b75cb6d-x2x4z", true),
        (ReplicaSet, "web", "web-6d4b75cb6d-x2x4z", false),
        (DaemonSet, "agent", "agent-7x2kq", true),
        (DaemonSet, "agent", "agent-x2x", true),
        (DaemonSet, "agent", "agent-0", false),
        (DaemonSet, "agent", "agent-100", false),
        (DaemonSet, "agent", "agent-db-7x2kq", false),
        (DaemonSet, "agent", "agent-aeiou", false),
        (StatefulSet, "db", "db-0", true),
        (StatefulSet, "db", "db-12", true),
        (StatefulSet, "db", "db-7x2kq", false),
        (StatefulSet, "db", "db-main-0", false),
        (Job, "migrate", "migrate-7x2kq", true),
        (Job, "migrate", "migrate-3-7x2kq", true),
        (Job, "migrate", "migrate-29412345-7x2kq", false),
        (CronJob, "report", "report-29412345-7x2kq", true),
        (CronJob, "report", "report-1612345678-7x2kq", true),
        (CronJob, "report", "report-29412345-0-7x2kq", true),
        (CronJob, "report", "report-7x2kq", false),
        (CronJob, "report", "report-daily-29412345-7x2kq", false),
    ] {
        assert_eq!(Owner::new(kind, owner).unwrap().matches(pod), owns, "{kind:?} {owner}: {pod}");
    }
}

#[test]
fn the_likeliest_owner_of_a_pod_is_one_of_its_owners() {
    use Kind::*;
    for (pod, owners) in [
        ("web-6d4b75cb6d-x2x4z", &[(Deployment, "web"), (ReplicaSet, "web-6d4b75cb6d")][..]),
        ("web-api-6d4b75cb6-x2x4z", &[(Deployment, "web-api"), (ReplicaSet, "web-api-6d4b75cb6")]),
        ("a.b-6d4b75cb6d-x2x4z", &[(Deployment, "a.b"), (ReplicaSet, "a.b-6d4b75cb6d")]),
        ("agent-7x2kq", &[(DaemonSet, "agent"), (Job, "agent")]),
        ("node-exporter-7x2kq", &[(DaemonSet, "node-exporter"), (Job, "node-exporter")]),
        ("db-0", &[(StatefulSet, "db")]),
        ("db-main-12", &[(StatefulSet, "db-main")]),
        ("migrate-3-7x2kq", &[(Job, "migrate")]),
        ("report-29412345-7x2kq", &[(CronJob, "report"), (Job, "report-29412345")]),
        ("report-29412345-0-7x2kq", &[(CronJob, "report"), (Job, "report-29412345")]),
        ("web", &[]),
        ("web-abcde", &[]),
        ("", &[]),
        ("-", &[]),
    ] {
        for kind in [Deployment, ReplicaSet, StatefulSet, DaemonSet, Job, CronJob] {
            let wanted = owners.iter().find(|(owning, _)| *owning == kind).map(|(_, name)| *name);
            assert_eq!(kind.likely_owner(pod), wanted, "{kind:?} {pod}");
            if let Some(name) = wanted {
                assert!(Owner::new(kind, name).unwrap().matches(pod), "{kind:?} {pod}");
            }
        }
    }
}

proptest! {
    #[test]
    fn whoever_is_likely_owns(
        name in "[a-z][a-z0-9.-]{0,12}",
        parts in prop::collection::vec("[b-z0-9]{3,10}|[0-9]{1,10}|[4-9bcdf]{6,10}|[bcd24-9]{5}", 1..4),
    ) {
        let pod = format!("{name}-{}", parts.join("-"));
        for kind in [Kind::Deployment, Kind::ReplicaSet, Kind::StatefulSet, Kind::DaemonSet, Kind::Job, Kind::CronJob] {
            if let Some(owner) = kind.likely_owner(&pod) {
                prop_assert!(Owner::new(kind, owner).unwrap().matches(&pod), "{:?} {} {}", kind, owner, pod);
            }
        }
    }
}

/// `generateName` keeps 58 bytes of what it is given.
#[test]
fn names_that_kubernetes_cut_are_still_known() {
    use Kind::*;
    let random = "x2x4z";
    for length in 40..=80 {
        let name = "n".repeat(length);
        for (kind, base) in [
            (Deployment, format!("{name}-6d4b75cb6d-")),
            (Deployment, format!("{name}-6d4b75cb-")),
            (DaemonSet, format!("{name}-")),
            (Job, format!("{name}-")),
            (CronJob, format!("{name}-29412345-")),
        ] {
            let pod = format!("{}{random}", &base[..base.len().min(58)]);
            assert!(Owner::new(kind, &name).unwrap().matches(&pod), "{kind:?}, {length} bytes: {pod}");
            let other = format!("m{}", &pod[1..]);
            assert!(!Owner::new(kind, &name).unwrap().matches(&other), "{kind:?}, {length} bytes: {other}");
        }
        for index in ["7", "12345"] {
            let tail = format!("-{index}-");
            let pod = format!("{}{tail}{random}", &name[..name.len().min(58 - tail.len())]);
            assert!(Owner::new(Job, &name).unwrap().matches(&pod), "Job of {length} bytes: {pod}");
        }
    }
}

#[test]
fn what_cannot_be_meant_is_refused_with_a_remedy() {
    for (flags, wanted) in [
        ("-s loud", "--severity loud: unknown severity; known are default, debug, info"),
        ("-s eror", "did you mean `error`?"),
        ("-s 2h", "did you mean --since 2h?"),
        ("-s yesterday", "did you mean --since yesterday?"),
        ("-g 'foo('", "--grep 'foo(': unclosed group, at character 4; -F searches for the text itself"),
        ("-e '東京['", "--exclude '東京[': unclosed character class, at character 3; -F"),
        ("--pod '*'", "--pod '*': repetition operator missing expression, at character 1"),
        ("-g '\\p{Foo}'", "--grep '\\p{Foo}': Unicode property not found, at character 1"),
        ("-g '(?:a{1000}){1000}'", "too large"),
        ("web/x", "web/x: unknown kind `web`; known are deploy/x sts/x"),
        ("deplyo/web", "did you mean `deploy`?"),
        ("deploy/", "no name of a Kubernetes workload"),
        ("'deploy/web*'", "for patterns there is --pod REGEX"),
        ("''", "WORKLOAD: a name is missing"),
        ("'we[b'", "WORKLOAD we[b: "),
        ("-l 'app in (a,b)'", "--selector once for each"),
        ("-l ''", "write app=web"),
        ("--field user_id=42", "did you mean payload.user_id?"),
        ("--field user_id=42", "payload.user_id=42, 'payload.status>=500', 'labels.\"k8s-pod/app\"~^web'"),
        ("--field sevrity=ERROR", "did you mean `severity`?"),
        ("--field payload.a", "an operator (= != ~ !~ < > <= >=) is missing"),
        ("--field =1", "--field '=1': a key is missing in front of the operator; good ones are"),
        ("--field payload.=1", "a key is missing in front of the operator; good ones are"),
        ("--field 'labels.\"app=1'", "a key, or the end of a quote, is missing in front of the operator"),
        ("--field pod.name=1", "`pod` has nothing below it"),
        ("--field 'payload.a~('", "--field '(': unclosed group, at character 1"),
        ("--field 'severity>=ERROR'", "--severity WARNING"),
        ("--field 'timestamp>yesterday'", "is no time"),
        ("-A -n shop", "cannot be used with"),
        ("--stream stdout --log x", "cannot be used with"),
    ] {
        let error = parse(flags).err().unwrap_or_else(|| panic!("{flags} is accepted"));
        assert!(error.contains(wanted), "{flags}: {error}");
        assert!(error.starts_with("error: ") || !error.contains('\n'), "{flags}: more than a line: {error}");
    }
}
