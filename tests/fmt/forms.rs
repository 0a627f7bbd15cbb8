//! What each form looks like, for each dialect.

use crate::run::{Place, writes};

const TEXT: &str = r#"{"timestamp":"2026-11-21T07:00:00.123456Z","severity":"INFO","cluster":"c","namespace":"shop","pod":"web-1","container":"web","stream":"stderr","message":"first \"line\"\tx\n  second","insertId":"a1"}"#;

const STRUCTURED: &str = r#"{"timestamp":"2026-11-21T07:00:01Z","severity":"ERROR","cluster":"c","namespace":"shop","pod":"api-1","container":"api","stream":"stdout","message":"paid","payload":{"level":"warn","message":"paid","user_id":9007199254740993,"amount":1.50,"by":{"name":"Ada L","ok":true},"tags":["a", 1],"empty":{},"none":null,"trace":"at x\n\tat y"},"insertId":"a2"}"#;

const LOGENTRY: &str = r#"{"insertId":"a3","labels":{"k8s-pod/app":"db"},"logName":"projects/p/logs/stdout","resource":{"type":"k8s_container","labels":{"cluster_name":"c","namespace_name":"shop","pod_name":"db-0","container_name":"postgres"}},"severity":"NOTICE","textPayload":"ready\n","timestamp":"2026-11-21T16:00:02+09:00"}"#;

const ROW: &str = r#"{"insertId":"a4","logName":"projects/p/logs/stdout","resource":{"type":"k8s_container","labels":{"cluster_name":"c","namespace_name":"shop","pod_name":"db-0","container_name":"postgres"}},"severity":"INFO","jsonPayload":{"msg":"row","n":12345678901234567890},"timestamp":"2026-11-21 07:00:03.5 UTC"}"#;

const ANALYTICS: &str = r#"{"insert_id":"a5","log_name":"projects/p/logs/stderr","resource":{"type":"k8s_container","labels":{"cluster_name":"c","namespace_name":"shop","pod_name":"db-0","container_name":"postgres"}},"severity":"ERROR","text_payload":"late","timestamp":"2026-11-21T07:00:04Z"}"#;

const STERN: &str =
    r#"{"message":"hello\n","nodeName":"n1","namespace":"shop","podName":"web-1","containerName":"web"}"#;

const OBJECT: &str = r#"{"level":50,"time":"2026-11-21T07:00:05.000Z","msg":"pino","id":1}"#;

const PLAIN: &str = "E1122 plain";

fn all() -> String {
    [TEXT, STRUCTURED, LOGENTRY, ROW, ANALYTICS, STERN, OBJECT, PLAIN].map(|line| format!("{line}\n")).concat()
}

#[test]
fn text() {
    let trace = r#"trace="at x\n\tat y""#;
    let pairs = format!(
        "level=warn user_id=9007199254740993 amount=1.50 by.name=\"Ada L\" by.ok=true tags=[\"a\",1] empty={{}} none=null {trace}"
    );
    let wanted = [
        "2026-11-21T16:00:00.123456+09:00 INFO web-1 web first \"line\"\tx",
        "      second",
        &format!("2026-11-21T16:00:01+09:00 WARNING api-1 api paid {pairs}"),
        "2026-11-21T16:00:02+09:00 NOTICE db-0 postgres ready",
        "2026-11-21T16:00:03.5+09:00 INFO db-0 postgres row n=12345678901234567890",
        "2026-11-21T16:00:04+09:00 ERROR db-0 postgres late",
        "- - web-1 web hello",
        "2026-11-21T16:00:05.000+09:00 ERROR - - pino level=50 time=2026-11-21T07:00:05.000Z id=1",
        "E1122 plain",
    ];
    writes("", &all(), &wanted.map(|line| format!("{line}\n")).concat());
}

#[test]
fn a_template() {
    let wanted = [
        r#"16:INFO:web-1   :first "line"\tx\n  second"#,
        "16:WARNING:api-1   :paid",
        "16:NOTICE:db-0    :ready",
        "16:INFO:db-0    :row",
        "16:ERROR:db-0    :late",
        "-:-:web-1   :hello",
        "16:ERROR:-       :pino",
        "-:-:-       :E1122 plain",
    ];
    let wanted = wanted.map(|line| format!("{line}\n")).concat();
    writes("--template {hour}:{severity}:{pod:8}:{message}", &all(), &wanted);
}

#[test]
fn a_template_takes_the_place_of_a_form_and_of_stamps() {
    let cases = [
        ("--template {pod} -o raw", "cannot be used with"),
        ("--template {pod} -t", "a template writes {timestamp}"),
        ("-t", "-t/--timestamps goes with -o raw and -o kubectl"),
        ("--template {podd}", "--template '{podd}': there is no field {podd}; did you mean `pod`? Fields are "),
    ];
    for (flags, told) in cases {
        let ran = Place::new().fmt(flags, "");
        assert!(ran.stderr.starts_with("lq-fmt: ") && ran.stderr.contains(told), "{flags}: {}", ran.stderr);
        assert_eq!(ran.status, 2, "{flags}");
    }
}

#[test]
fn tsv() {
    let wanted = [
        r#"2026-11-21T07:00:00.123456+00:00|INFO|web-1|web|first "line"\tx\n  second"#,
        "2026-11-21T07:00:01+00:00|WARNING|api-1|api|paid",
        "2026-11-21T07:00:02+00:00|NOTICE|db-0|postgres|ready",
        "2026-11-21T07:00:03.5+00:00|INFO|db-0|postgres|row",
        "2026-11-21T07:00:04+00:00|ERROR|db-0|postgres|late",
        "-|-|web-1|web|hello",
        "2026-11-21T07:00:05.000+00:00|ERROR|-|-|pino",
        "-|-|-|-|E1122 plain",
    ];
    writes("-o tsv --utc", &all(), &wanted.map(|line| format!("{}\n", line.replace('|', "\t"))).concat());
}

#[test]
fn logfmt() {
    let wanted = [
        r#"timestamp=2026-11-21T07:00:00.123456Z severity=INFO cluster=c namespace=shop pod=web-1 container=web stream=stderr message="first \"line\"\tx\n  second" insertId=a1"#,
        r#"timestamp=2026-11-21T07:00:01Z severity=ERROR cluster=c namespace=shop pod=api-1 container=api stream=stdout message=paid payload.level=warn payload.user_id=9007199254740993 payload.amount=1.50 payload.by.name="Ada L" payload.by.ok=true payload.tags="[\"a\",1]" payload.empty="{}" payload.none=null payload.trace="at x\n\tat y" insertId=a2"#,
        "timestamp=2026-11-21T07:00:02Z severity=NOTICE cluster=c namespace=shop pod=db-0 container=postgres stream=stdout message=ready insertId=a3",
        "timestamp=2026-11-21T07:00:03.5Z severity=INFO cluster=c namespace=shop pod=db-0 container=postgres stream=stdout message=row payload.n=12345678901234567890 insertId=a4",
        "timestamp=2026-11-21T07:00:04Z severity=ERROR cluster=c namespace=shop pod=db-0 container=postgres stream=stderr message=late insertId=a5",
        "namespace=shop pod=web-1 container=web message=hello",
        "timestamp=2026-11-21T07:00:05.000Z severity=ERROR message=pino payload.level=50 payload.time=2026-11-21T07:00:05.000Z payload.id=1",
        r#"message="E1122 plain""#,
    ];
    writes("-o logfmt", &all(), &wanted.map(|line| format!("{line}\n")).concat());
}

#[test]
fn raw() {
    let payload = STRUCTURED.split_once("\"payload\":").unwrap().1.split_once(",\"insertId\"").unwrap().0;
    let payload = payload.replace("\"a\", 1", "\"a\",1");
    let wanted = [
        "first \"line\"\tx\n  second",
        &format!(r#"{{"severity":"ERROR","timestamp":"2026-11-21T07:00:01Z",{}"#, &payload[1..]),
        "ready",
        r#"{"severity":"INFO","timestamp":"2026-11-21T07:00:03.5Z","msg":"row","n":12345678901234567890}"#,
        "late",
        "hello",
        OBJECT,
        PLAIN,
    ];
    writes("-o raw", &all(), &wanted.map(|line| format!("{line}\n")).concat());
}

#[test]
fn raw_with_kubectls_stamps() {
    let wanted = "2026-11-21T07:00:00.123456000Z first \"line\"\tx\n2026-11-21T07:00:00.123456000Z   second\n";
    writes("-o raw -t", TEXT, wanted);
}

#[test]
fn kubectl() {
    let wanted = "[pod/web-1/web] first \"line\"\tx\n[pod/web-1/web]   second\n[pod/db-0/postgres] ready\n";
    writes("-o kubectl", &format!("{TEXT}\n{LOGENTRY}\n"), wanted);
    writes("-o kubectl -t", LOGENTRY, "[pod/db-0/postgres] 2026-11-21T07:00:02.000000000Z ready\n");
}

#[test]
fn cri() {
    let wanted = "2026-11-21T07:00:00.123456000Z stderr F first \"line\"\tx\n2026-11-21T07:00:00.123456000Z stderr F   second\n2026-11-21T07:00:02.000000000Z stdout F ready\n";
    writes("-o cri", &format!("{TEXT}\n{LOGENTRY}\n"), wanted);
}

#[test]
fn entry() {
    let wanted = [
        TEXT,
        &STRUCTURED.replace("\"a\", 1", "\"a\",1"),
        r#"{"timestamp":"2026-11-21T07:00:02Z","severity":"NOTICE","cluster":"c","namespace":"shop","pod":"db-0","container":"postgres","stream":"stdout","message":"ready","insertId":"a3"}"#,
        r#"{"timestamp":"2026-11-21T07:00:03.5Z","severity":"INFO","cluster":"c","namespace":"shop","pod":"db-0","container":"postgres","stream":"stdout","message":"row","payload":{"msg":"row","n":12345678901234567890},"insertId":"a4"}"#,
        r#"{"timestamp":"2026-11-21T07:00:04Z","severity":"ERROR","cluster":"c","namespace":"shop","pod":"db-0","container":"postgres","stream":"stderr","message":"late","insertId":"a5"}"#,
        r#"{"namespace":"shop","pod":"web-1","container":"web","message":"hello"}"#,
        &format!(
            r#"{{"timestamp":"2026-11-21T07:00:05.000Z","severity":"ERROR","message":"pino","payload":{OBJECT}}}"#
        ),
        r#"{"message":"E1122 plain"}"#,
    ];
    writes("-o entry", &all(), &wanted.map(|line| format!("{line}\n")).concat());
}

#[test]
fn logentry() {
    let wanted = r#"{"insertId":"a1","logName":"projects/-/logs/stderr","resource":{"labels":{"cluster_name":"c","container_name":"web","namespace_name":"shop","pod_name":"web-1"},"type":"k8s_container"},"severity":"INFO","textPayload":"first \"line\"\tx\n  second","timestamp":"2026-11-21T07:00:00.123456Z"}"#;
    writes("-o logentry", TEXT, &format!("{wanted}\n"));
}

/// Nothing that a form shows may hang on the way that an entry came.
#[test]
fn every_form_is_the_same_after_a_round_trip_through_entries() {
    let place = Place::new();
    let own = format!("{TEXT}\n{STRUCTURED}\n");
    let records = format!("{own}{LOGENTRY}\n{ROW}\n{ANALYTICS}\n{STERN}\n{PLAIN}\n");
    for (form, lines) in [
        ("text", &records),
        ("tsv", &records),
        ("logfmt", &records),
        ("raw", &records),
        ("raw -t", &records),
        ("cri", &records),
        ("kubectl", &records),
        ("entry", &records),
        ("logentry", &own),
    ] {
        let direct = place.fmt(&format!("-o {form}"), lines).stdout;
        let entries = place.fmt("-o entry", lines).stdout;
        assert_eq!(place.fmt(&format!("-o {form}"), &entries).stdout, direct, "-o {form}");
    }
}

#[test]
fn zones_are_typed_or_set_or_the_systems() {
    let place = Place::new();
    place.write("config.toml", "tz = \"Europe/Berlin\"\n");
    for (flags, time) in [
        ("--config -", "2026-11-21T16:00:02+09:00"),
        ("--utc", "2026-11-21T07:00:02+00:00"),
        ("--config config.toml", "2026-11-21T08:00:02+01:00"),
        ("--config config.toml --tz America/New_York", "2026-11-21T02:00:02-05:00"),
        ("--config config.toml --utc", "2026-11-21T07:00:02+00:00"),
    ] {
        let ran = place.fmt(flags, LOGENTRY);
        assert!(ran.stdout.starts_with(time), "{flags}: {ran:?}");
    }
}

#[test]
fn entries_without_a_time_are_counted_where_the_form_needs_one() {
    let said = |form: &str| Place::new().fmt(form, "{\"pod\":\"a\",\"message\":\"x\"}\nplain\n").stderr;
    let counted = "lq-fmt: standard input: 2 entries have no time, nor have the lines of -o cri; readers of the \
                   kubelet's files refuse those\n";
    assert_eq!((said("-o cri").as_str(), said("-o raw").as_str()), (counted, ""));
}
