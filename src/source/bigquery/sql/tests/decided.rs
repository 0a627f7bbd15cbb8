//! What SQL decides, what is left to be decided here, and which tables are not asked at all.

use proptest::prelude::*;

use super::super::{Payload, Statement};
use super::{
    LAYOUTS, analytics, asked, column, date, layout, payload_columns, record, sink_columns, table, time, window, words,
};
use crate::select::Predicate;
use crate::source::bigquery::schema::Kind;
use crate::source::bigquery::tables::{Layout, Table};
use crate::when::Window;

fn ask(tables: &[Table], flags: &str) -> Option<Statement> {
    asked(tables, &words(flags), window())
}

fn partitioned(flags: &str) -> Statement {
    ask(layout("partitioned"), flags).unwrap_or_else(|| panic!("{flags}: no table is asked"))
}

/// True where nothing but the log is left.
fn is_decided(statement: &Statement) -> bool {
    let mut nothing = Predicate::default();
    nothing.origin.logs = statement.local.origin.logs.clone();
    statement.local == nothing
}

#[test]
fn what_sql_can_say_is_not_left() {
    for flags in [
        "",
        "agent",
        "'a*' web",
        "'*'",
        "deploy/web sts/db job/x cj/y --pod ^web --exclude-pod x$",
        "-n shop --cluster 'prod-*'",
        "-l app=web,!canary -l tier",
        "--stream stdout",
        "-s error",
        "-g 'timeout|timed out' -g 'a.*b' -e health",
        "-F -g 'a.b' -e x",
        "-F -i -g café",
        "--field severity=ERROR",
        "--field timestamp>2026-11-21T07:30:00Z",
        "--field node=n1",
    ] {
        for (layout, tables) in LAYOUTS.iter() {
            let statement = ask(tables, flags).unwrap();
            assert!(is_decided(&statement), "{layout}: {flags}: {:?}", statement.local);
        }
    }
}

#[test]
fn what_a_sinks_columns_tell_is_not_left() {
    for flags in [
        "--field payload.user_id=42",
        "--field 'payload.user_id<42.5'",
        "--field payload.userId=x",
        "--field payload.user.address.city!=x",
        "--field payload.ok=true",
        "--field payload.user.name~^A",
        "--field 'payload.user.name<b'",
        "--field 'httpRequest.status>=500'",
        "--field 'httpRequest.latency<0.5'",
        "--field sourceLocation.line=5",
        "--field traceSampled=true",
        "--field resource.labels.location=x",
    ] {
        for name in ["sharded", "partitioned", "ingestion"] {
            let statement = ask(layout(name), flags).unwrap();
            assert!(is_decided(&statement), "{name}: {flags}: {:?}", statement.local);
        }
    }
}

#[test]
fn what_sql_cannot_say_exactly_is_left_with_the_columns_it_looks_at() {
    for (flags, column) in [
        (r"-g '\bfoo\b'", "jsonPayload"),
        (r"--without payload -g '\bfoo\b'", "jsonPayload"),
        (r"-e '\bfoo\b'", "jsonPayload"),
        ("-g 'a{1001}'", "jsonPayload"),
        ("-g '\\d+ ms'", "jsonPayload"),
        ("-F -e 15", "jsonPayload"),
        ("-g e", "jsonPayload"),
        (r"--pod '\bweb'", "pod"),
        (r"--exclude-pod '\bweb'", "pod"),
        (r"--pod '\bweb' deploy/web", "pod"),
        ("--field message=x", "jsonPayload"),
        ("--field payload.user=x", "jsonPayload"),
        ("--field payload~x", "jsonPayload"),
        ("--field 'payload.tags=[\"x\"]'", "jsonPayload"),
        ("--field payload.user_id~4", "jsonPayload"),
        ("--field payload.user_id=NaN", "jsonPayload"),
        ("--field payload.user_id!=Infinity", "jsonPayload"),
        ("--field payload.user_id=-Infinity", "jsonPayload"),
        ("--field 'payload.user.name<5'", "jsonPayload"),
        ("--field labels~x", "labels"),
        ("--field 'httpRequest.status>=500.5'", "httpRequest"),
        ("--field httpRequest~x", "httpRequest"),
        (r"--field 'trace~\bx'", "trace"),
    ] {
        let statement = partitioned(flags);
        assert!(!is_decided(&statement), "{flags}");
        assert!(statement.columns.iter().any(|out| out.name == column), "{flags}: {:?}", statement.columns);
        let cut = format!("{flags} --tail 5");
        assert!(!partitioned(&cut).text.contains("QUALIFY"), "{cut}: what is dropped here must not be counted there");
    }
}

#[test]
fn a_field_that_no_table_has_is_asked_of_no_table() {
    for flags in [
        "--field payload.nothing=1",
        "--field payload.nothing!=1",
        "--field payload.user.name.x=1",
        "--field payload.tags.x=1",
        "--field 'payload.user_id=x'",
        "--field payload.user_id=9007199254740993",
        "--field payload.ok=maybe",
        "--field operation.last=true",
        "--field stream=x",
        "--log events",
        "-l nothing=x",
        "-l nothing",
    ] {
        assert_eq!(ask(layout("partitioned"), flags), None, "{flags}");
    }
    for flags in ["-l nothing!=x", "-l '!nothing'"] {
        assert!(!partitioned(flags).text.contains("nothing"), "{flags}");
    }
}

#[test]
fn only_tables_that_can_hold_it_are_asked() {
    let tables = |flags: &str| {
        let statement = ask(layout("sharded"), flags).unwrap();
        statement.reads.into_iter().map(|reads| reads.table).collect::<Vec<_>>()
    };
    assert_eq!(tables(""), ["stdout_20261121", "stderr_20261121"]);
    assert_eq!(tables("--stream stderr"), ["stderr_20261121"]);
    assert_eq!(tables("--log 'std*t'"), ["stdout_20261121"]);
    assert_eq!(tables("--field payload.ok=true"), ["stdout_20261121"]);
    let bare = table("stdout", "stdout", Layout::Partitioned, vec![column("timestamp", Kind::Timestamp)]);
    assert_eq!(ask(&[bare], ""), None, "no table of containers");
    let odd = table("stdout", "stdout", Layout::Partitioned, vec![column("time", Kind::Timestamp)]);
    assert_eq!(ask(&[odd], ""), None, "no table of logs");
    assert_eq!(ask(&[], ""), None);
}

#[test]
fn a_window_in_nanoseconds_bounds_the_same_microseconds() {
    for (since, until, wanted) in [
        ("07:00:00Z", "08:00:00Z", Some(("07:00:00.000000", "08:00:00.000000"))),
        ("07:00:00.000001Z", "08:00:00.999999Z", Some(("07:00:00.000001", "08:00:00.999999"))),
        ("07:00:00.000000001Z", "08:00:00.000000001Z", Some(("07:00:00.000001", "08:00:00.000001"))),
        ("07:00:00.000000001Z", "07:00:00.000000999Z", None),
        ("23:59:59.999999001Z", "23:59:59.999999999Z", None),
    ] {
        let [from, to] = [since, until].map(|text| time(&format!("2026-11-21T{text}")));
        let statement = asked(layout("partitioned"), &[], Window { since: from, until: to });
        let Some((first, behind)) = wanted else {
            assert_eq!(statement, None, "{since} to {until}");
            continue;
        };
        let text = statement.unwrap().text;
        assert!(text.contains(&format!("timestamp >= TIMESTAMP '2026-11-21 {first}+00:00'")), "{text}");
        assert!(text.contains(&format!("timestamp < TIMESTAMP '2026-11-21 {behind}+00:00'")), "{text}");
    }
}

#[test]
fn shards_of_other_days_are_not_asked() {
    let tables: Vec<Table> = (20..24)
        .map(|day| table(&format!("stdout_202611{day}"), "stdout", Layout::Shard(date(day)), sink_columns(None)))
        .collect();
    for (since, until, days) in [
        ("2026-11-21T00:00:00Z", "2026-11-22T00:00:00Z", "21"),
        ("2026-11-21T00:00:00Z", "2026-11-22T00:00:00.000001Z", "21 22"),
        ("2026-11-21T23:59:59.9999991Z", "2026-11-22T00:00:01Z", "22"),
        ("2026-11-19T12:00:00Z", "2026-11-20T00:00:01Z", "20"),
    ] {
        let window = Window { since: time(since), until: time(until) };
        let statement = asked(&tables, &[], window).unwrap();
        let asked: Vec<&str> = statement.reads.iter().map(|reads| &reads.table[reads.table.len() - 2..]).collect();
        assert_eq!(asked.join(" "), days, "{since} to {until}");
    }
}

#[test]
fn late_rows_of_a_table_partitioned_by_arrival_are_asked_too() {
    let since = |text: &str| format!("_PARTITIONTIME >= TIMESTAMP '2026-11-{text} 00:00:00.000000+00:00'");
    let until = |text: &str| format!("_PARTITIONTIME < TIMESTAMP '2026-11-{text} 00:00:00.000000+00:00'");
    let text = ask(layout("ingestion"), "").unwrap().text;
    assert!(text.contains(&since("20")) && text.contains(&until("23")), "{text}");
    assert!(text.contains("_PARTITIONTIME IS NULL"), "what has no partition yet: {text}");
}

#[test]
fn only_what_is_needed_is_read() {
    let reads = |flags: &str| partitioned(flags).reads[0].columns.join(" ");
    let core = "timestamp severity insertId resource.labels.cluster_name resource.labels.namespace_name \
                resource.labels.pod_name resource.labels.container_name textPayload";
    assert_eq!(reads(""), format!("{core} jsonPayload"));
    assert_eq!(reads("agent -n x -s error -g y"), format!("{core} jsonPayload"));
    assert_eq!(reads("--without payload"), format!("{core} jsonPayload.message jsonPayload.msg"));
    assert_eq!(reads("--without payload -g x"), format!("{core} jsonPayload.message jsonPayload.msg jsonPayload"));
    assert_eq!(
        reads("--without payload --field payload.ok=true"),
        format!("{core} jsonPayload.message jsonPayload.msg jsonPayload.ok")
    );
    assert_eq!(reads("--with node"), format!("{core} jsonPayload labels.compute_googleapis_com_resource_name"));
    assert_eq!(reads("-l app=web"), format!("{core} jsonPayload labels.k8s_pod_app"));
}

#[test]
fn without_a_column_for_its_text_a_payload_is_read_whole() {
    for (fields, payload) in [
        (vec![column("message", Kind::String)], Payload::Texts),
        (vec![column("log", Kind::String), column("n", Kind::Float)], Payload::Texts),
        (vec![column("message", Kind::Float)], Payload::Whole),
        (vec![column("n", Kind::Float)], Payload::Whole),
        (vec![record("message", vec![column("text", Kind::String)])], Payload::Whole),
    ] {
        let tables = [table("stdout", "stdout", Layout::Partitioned, sink_columns(Some(fields.clone())))];
        let statement = ask(&tables, "--without payload").unwrap();
        assert_eq!(statement.payload, payload, "{fields:?}");
        assert_eq!(statement.reads_payload(), payload == Payload::Whole, "{fields:?}");
    }
    assert_eq!(ask(&[analytics()], "--without payload").unwrap().payload, Payload::Whole);
    let none = [table("stdout", "stdout", Layout::Partitioned, sink_columns(None))];
    assert_eq!(ask(&none, "").unwrap().payload, Payload::None);
    assert_eq!(partitioned("").payload, Payload::Whole);
}

#[test]
fn payloads_that_name_their_type_have_columns_of_their_own() {
    let mut columns = sink_columns(Some(payload_columns()));
    columns.push(record("jsonpayload_v1_event", vec![column("msg", Kind::String)]));
    let tables = [table("stdout", "stdout", Layout::Partitioned, columns)];
    let text = ask(&tables, "--field payload.msg=x").unwrap().text;
    let both =
        "COALESCE(NULLIF(TO_JSON_STRING(jsonPayload), 'null'), NULLIF(TO_JSON_STRING(`jsonpayload_v1_event`), 'null'))";
    assert!(text.contains(both), "{text}");
    assert!(text.contains("(jsonPayload.`msg` = @p1 OR `jsonpayload_v1_event`.`msg` = @p1)"), "{text}");
}

#[test]
fn what_is_split_is_judged_when_it_is_joined() {
    let mut columns = sink_columns(Some(payload_columns()));
    let parts = vec![column("uid", Kind::String), column("index", Kind::Integer), column("totalSplits", Kind::Integer)];
    columns.push(record("split", parts));
    let tables = [table("stdout", "stdout", Layout::Partitioned, columns)];
    let statement = ask(&tables, "agent -s error -g x -e y --field payload.ok=true --tail 5").unwrap();
    let text = statement.text.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(text.contains("OR split IS NOT NULL"), "{text}");
    assert!(text.contains("(jsonPayload.`ok` = TRUE OR split.uid IS NOT NULL)"), "{text}");
    assert!(!text.contains("QUALIFY"), "{text}");
    let content = &statement.local.content;
    assert_eq!((content.grep.len(), content.exclude.len(), content.fields.len()), (1, 1, 1));
    assert_eq!(content.severity, None, "which all pieces have alike");
    assert!(statement.columns.iter().any(|out| out.name == "split"));
}

#[test]
fn a_cut_says_how_many_rows_it_gives() {
    let statement = partitioned("--limit 7");
    assert_eq!(statement.limit, Some(7));
    assert!(statement.text.ends_with("ORDER BY timestamp, insertId\nLIMIT 7"), "{}", statement.text);
    assert_eq!(partitioned("--tail 7").limit, None);
    assert_eq!(partitioned(r"--limit 7 -g '\bx'").limit, None);
    assert!(!partitioned("").text.contains("ORDER BY"));
}

#[test]
fn a_list_of_names_reads_nothing_but_names_and_times() {
    let labels = "resource.labels.cluster_name resource.labels.namespace_name resource.labels.pod_name \
                  resource.labels.container_name";
    for (flags, further) in [
        ("lq-ls pods", ""),
        ("lq-ls pods agent -n shop deploy/web --exclude-pod x --stream stdout", ""),
        (r"lq-ls pods --pod '\bweb'", ""),
        ("lq-ls pods -l app=web", " labels.k8s_pod_app"),
    ] {
        let statement = partitioned(flags);
        assert_eq!(statement.reads[0].columns.join(" "), format!("{labels} timestamp{further}"), "{flags}");
        let columns: Vec<&str> = statement.columns.iter().map(|out| out.name).collect();
        let names = ["cluster", "namespace", "pod", "container", "timestamp", "last", "entries"];
        assert_eq!(columns, names, "{flags}");
    }
}

#[test]
fn of_a_list_what_sql_cannot_say_is_decided_on_the_counted_rows() {
    for (tables, flags, grouped) in [
        (layout("partitioned"), r"--pod '\bweb'", "cluster, namespace, pod, container"),
        (layout("analytics"), "--log 'é*'", "cluster, namespace, pod, container, stream"),
        (layout("analytics"), r#"-l 'a"b'"#, "cluster, namespace, pod, container, labels"),
    ] {
        let statement = ask(tables, &format!("lq-ls pods {flags}")).unwrap();
        assert_ne!(statement.local, Predicate::default(), "{flags}");
        assert!(statement.text.ends_with(&format!("GROUP BY {grouped}")), "{flags}: {}", statement.text);
    }
    let exact = ask(layout("analytics"), "lq-ls pods web -n 's*' --log 'e*'").unwrap();
    assert_eq!(exact.local, Predicate::default(), "rows that are counted say no log");
}

#[test]
fn tables_that_say_no_names_are_not_asked_for_them() {
    let columns = vec![
        column("timestamp", Kind::Timestamp),
        column("logName", Kind::String),
        record("resource", vec![column("type", Kind::String)]),
    ];
    let tables = [table("events", "events", Layout::Partitioned, columns)];
    assert!(ask(&tables, "--log events").is_some());
    assert_eq!(ask(&tables, "lq-ls pods --log events"), None);
}

/// Flags that may stand together, and the mark by which each is known again.
const MARKED: &[(&str, &str)] = &[
    ("-c c1", "c1"),
    ("-n n1", "n1"),
    ("--cluster 'k1*'", "k1"),
    ("--pod p1", "p1"),
    ("--pod '\\bp2'", "p2"),
    ("--exclude-pod p3", "p3"),
    ("--exclude-pod '\\bp4'", "p4"),
    ("deploy/d1", "d1"),
    ("-l app=l1", "l1"),
    ("-g g1", "g1"),
    ("-g '\\bg2'", "g2"),
    ("-e e1", "e1"),
    ("-e '\\be2'", "e2"),
    ("--field message=f1", "f1"),
    ("--field payload.user.name=f2", "f2"),
    ("--field payload.user_id=4242", "4242"),
    ("--field 'payload.user_id~f4'", "f4"),
    ("--field httpRequest.status=4343", "4343"),
    ("--field insertId=f5", "f5"),
    ("--field trace!=f6", "f6"),
    ("-s critical", "Critical"),
];

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn every_condition_is_said_or_left(chosen in prop::sample::subsequence(MARKED, 0..8), layout in 0usize..4) {
        let flags = chosen.iter().map(|(flags, _)| *flags).collect::<Vec<_>>().join(" ");
        let (name, tables) = &LAYOUTS[layout];
        let statement = ask(tables, &flags).expect("a table is asked");
        let said = format!("{}{:?}", statement.text.replace("critical", "Critical"), statement.parameters);
        let left = format!("{:?}", statement.local);
        for (flags, mark) in chosen {
            prop_assert!(said.contains(mark) || left.contains(mark), "{name}: {flags}");
            if flags.contains("\\b") {
                prop_assert!(left.contains(mark), "{name}: {flags}");
            }
        }
    }
}
