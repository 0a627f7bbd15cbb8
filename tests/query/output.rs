//! What comes out: which entries, how many, in which form, and what is said about them.

use serde_json::json;

use crate::support::{Archive, Log, Run, lines, lq_query};

fn at(time: &str) -> Log {
    Log::at(format!("2024-12-19T{time}Z")).says(time)
}

#[test]
fn stdout_and_stderr_of_a_container_merge_by_time() {
    let archive = Archive::new();
    archive.hour("stdout", 7, [&at("07:00:01"), &at("07:00:03")]);
    archive.hour("stderr", 7, [&at("07:00:02").stream("stderr"), &at("07:00:04").stream("stderr")]);
    let run = archive.query("web").ends(0);
    assert_eq!(run.all("stream"), ["stdout", "stderr", "stdout", "stderr"]);
    assert!(run.messages().is_sorted());
}

#[test]
fn entries_of_other_resources_are_skipped_and_counted() {
    let mut node = at("07:00:01").sink();
    node["resource"]["type"] = "k8s_node".into();
    let mut bucket = at("07:00:02").sink();
    bucket["resource"] = json!({"type": "gcs_bucket", "labels": {"bucket_name": "b"}});
    let archive = Archive::new();
    archive.file("logs.json", format!("{node}\n{bucket}\n{}", lines(&[at("07:00:03")])));
    let run = archive.query("").ends(0).says("skipped 2 entries of resources that are no containers");
    assert_eq!(run.messages(), ["07:00:03"]);
}

#[test]
fn flags_select() {
    let archive = Archive::of(&[
        at("07:00:00").of("shop", "web-6p89qxjlxg-wkr5h", "web").says("GET /items"),
        at("07:00:01").of("shop", "db-0", "postgres").says(json!({"message": "slow", "ms": 900})),
        at("07:00:02").of("datadog", "agent-x2x9z", "agent").says("check done").severity("WARNING"),
        at("07:00:03").of("datadog", "agent-x2x9z", "process-agent").stream("stderr").severity("ERROR").says("Timeout"),
    ]);
    for (flags, expected) in [
        ("", "GET /items|slow|check done|Timeout"),
        ("agent", "check done"),
        ("*agent", "check done|Timeout"),
        ("agent postgres", "slow|check done"),
        ("-c web -c postgres", "GET /items|slow"),
        ("deploy/web", "GET /items"),
        ("sts/db ds/agent", "slow|check done|Timeout"),
        ("--pod ^agent", "check done|Timeout"),
        ("--exclude-pod ^agent", "GET /items|slow"),
        ("-n datadog agent", "check done"),
        ("-n datadog web", ""),
        ("--cluster west", ""),
        ("-l app=postgres", "slow"),
        ("--stream stderr", "Timeout"),
        ("-s warning", "check done|Timeout"),
        ("-g timeout", ""),
        ("-i -g timeout", "Timeout"),
        ("-g ms.:900", "slow"),
        ("-F -g ms.:900", ""),
        ("-e GET -e slow", "check done|Timeout"),
        ("--field payload.ms>500", "slow"),
        ("--since 2024-12-19T07:00:01Z --until 2024-12-19T07:00:03Z", "slow|check done"),
    ] {
        let run = archive.query(&format!("{flags} --empty-ok")).ends(0);
        assert_eq!(run.messages().join("|"), expected, "{flags}");
    }
}

#[test]
fn tail_counts_for_each_container_across_streams_and_slices() {
    let archive = Archive::new();
    archive.hour("stdout", 7, [&at("07:00:01"), &at("07:00:03"), &at("07:00:02").of("shop", "web-2", "web")]);
    archive.hour("stderr", 7, [&at("07:30:00").stream("stderr")]);
    archive.hour("stdout", 9, [&at("09:00:00"), &at("09:00:01").of("shop", "web-1", "sidecar")]);
    let tail = |n: u32| archive.query(&format!("--tail {n}")).ends(0).messages();
    assert_eq!(tail(1), ["07:00:02", "09:00:00", "09:00:01"]);
    assert_eq!(tail(2), ["07:00:02", "07:30:00", "09:00:00", "09:00:01"]);
    assert_eq!(tail(9).len(), 6);
}

#[test]
fn a_limit_is_the_first_ones_and_leaves_later_hours_alone() {
    let archive = Archive::new();
    archive.hour("stdout", 7, [&at("07:00:02"), &at("07:00:01")]);
    archive.hour("stdout", 8, [&at("08:00:00")]);
    for hour in 9..24 {
        archive.file(crate::support::hour_path("stdout", hour), "{ broken\n");
    }
    let run = archive.query("--limit 2").ends(0);
    assert_eq!(run.messages(), ["07:00:01", "07:00:02"]);
    assert_eq!(archive.query("--limit 1").ends(0).messages(), ["07:00:01"]);
    archive.query("--limit 4").ends(3).says("malformed line");
}

#[test]
fn a_pipe_is_told_of_a_command_line_that_cannot_be_taken() {
    let archive = Archive::new();
    for (words, failed) in [
        ("--sinse 2h", Some("there is no --sinse; did you mean --since?")),
        ("--sinse 2h -o logentry", Some("there is no --sinse; did you mean --since?")),
        ("-o nonsense", Some("--output nonsense: known are entry, logentry, raw, text, tsv, logfmt, cri, kubectl")),
        ("--sinse 2h -o raw", None),
        ("-o raw --tail no", None),
        ("--sinse 2h --dry-run", None),
        ("--help", None),
    ] {
        let run = archive.query(words);
        let told = run.out.lines().last().and_then(|line| serde_json::from_str::<serde_json::Value>(line).ok());
        let told = told.and_then(|line| Some(line["lq"]["failed"].as_str()?.to_owned()));
        assert_eq!(told.as_deref(), failed, "{words}: {run:?}");
    }
}

#[test]
fn columns_come_with_with_and_go_with_without() {
    let archive = Archive::of(&[at("07:00:00").says(json!({"message": "m", "n": 12345678901234567890u64}))]);
    let columns = |words: &str| archive.query(words).ends(0).values().remove(0);
    let plain = columns("");
    assert_eq!(plain["payload"]["n"].to_string(), "12345678901234567890");
    assert_eq!((plain.get("node"), plain.get("labels")), (None, None));
    assert_eq!(columns("--without payload").get("payload"), None);
    let with = columns("--with labels,node --with receiveTimestamp");
    assert_eq!(with["node"], "node-1");
    assert_eq!(with["labels"]["k8s-pod/app"], "web");
    assert_eq!(with["receiveTimestamp"], "2024-12-19T23:59:59Z");
    archive.query("--with nonsense").ends(2).says("nonsense").says("labels");
}

#[test]
fn every_form_is_written() {
    let archive = Archive::of(&[
        at("07:00:00.5").id("a").says("a\tline"),
        at("07:00:01").id("b").severity("ERROR").says(json!({"message": "two\nlines", "n": 1})),
    ]);
    let entries = concat!(
        r#"{"timestamp":"2024-12-19T07:00:00.5Z","severity":"INFO","cluster":"east","namespace":"shop","pod":"web-1","#,
        r#""container":"web","stream":"stdout","message":"a\tline","insertId":"a"}"#,
        "\n",
        r#"{"timestamp":"2024-12-19T07:00:01Z","severity":"ERROR","cluster":"east","namespace":"shop","pod":"web-1","#,
        r#""container":"web","stream":"stdout","message":"two\nlines","payload":{"message":"two\nlines","n":1},"insertId":"b"}"#,
        "\n"
    );
    let log_entries = concat!(
        r#"{"insertId":"a","logName":"projects/-/logs/stdout","resource":{"labels":{"cluster_name":"east","#,
        r#""container_name":"web","namespace_name":"shop","pod_name":"web-1"},"type":"k8s_container"},"severity":"INFO","#,
        r#""textPayload":"a\tline","timestamp":"2024-12-19T07:00:00.5Z"}"#,
        "\n",
        r#"{"insertId":"b","jsonPayload":{"message":"two\nlines","n":1},"logName":"projects/-/logs/stdout","#,
        r#""resource":{"labels":{"cluster_name":"east","container_name":"web","namespace_name":"shop","#,
        r#""pod_name":"web-1"},"type":"k8s_container"},"severity":"ERROR","timestamp":"2024-12-19T07:00:01Z"}"#,
        "\n"
    );
    let object = r#"{"severity":"ERROR","timestamp":"2024-12-19T07:00:01Z","message":"two\nlines","n":1}"#;
    for (words, expected) in [
        ("-o entry", entries.to_owned()),
        ("-o logentry", log_entries.to_owned()),
        ("-o raw", format!("a\tline\n{object}\n")),
        ("-o raw -t", format!("2024-12-19T07:00:00.500000000Z a\tline\n2024-12-19T07:00:01.000000000Z {object}\n")),
        (
            "-o text --tz Asia/Tokyo",
            "2024-12-19T16:00:00.5+09:00 INFO web-1 web a\tline\n\
             2024-12-19T16:00:01+09:00 ERROR web-1 web two n=1\n    lines\n"
                .to_owned(),
        ),
        (
            "-o tsv",
            "2024-12-19T07:00:00.5+00:00\tINFO\tweb-1\tweb\ta\\tline\n\
             2024-12-19T07:00:01+00:00\tERROR\tweb-1\tweb\ttwo\\nlines\n"
                .to_owned(),
        ),
        (
            "-o logfmt",
            "timestamp=2024-12-19T07:00:00.5Z severity=INFO cluster=east namespace=shop pod=web-1 container=web \
             stream=stdout message=\"a\\tline\" insertId=a\n\
             timestamp=2024-12-19T07:00:01Z severity=ERROR cluster=east namespace=shop pod=web-1 container=web \
             stream=stdout message=\"two\\nlines\" payload.n=1 insertId=b\n"
                .to_owned(),
        ),
        (
            "-o cri",
            format!(
                "2024-12-19T07:00:00.500000000Z stdout F a\tline\n2024-12-19T07:00:01.000000000Z stdout F {object}\n"
            ),
        ),
        ("-o kubectl", format!("[pod/web-1/web] a\tline\n[pod/web-1/web] {object}\n")),
    ] {
        assert_eq!(archive.query(words).ends(0).out, expected, "{words}");
    }
    archive.query("-t").ends(2).says("-t/--timestamps goes with -o raw and -o kubectl");
}

#[test]
fn a_dry_run_reads_nothing_and_tells_the_plan() {
    let archive = Archive::new();
    archive.file(crate::support::hour_path("stdout", 7), "{ broken");
    archive.file(crate::support::hour_path("stdout", 8), [0; 2048]);
    std::os::unix::fs::symlink("gone", archive.join("stdout/2024/12/19/09:00:00_09:59:59_S0.json")).unwrap();
    let run = archive.query("--dry-run -q --since 2024-12-19T07:00:00Z --until 2024-12-19T10:00:00Z").ends(0);
    assert_eq!(run.out, "");
    let place = archive.path().display();
    let expected = format!(
        "lq-query: --since 2024-12-19T07:00:00Z --until 2024-12-19T10:00:00Z (3h)\n\
         lq-query: slice 1: 2024-12-19T07:00:00Z, 1 file, 8 bytes\n\
         lq-query: slice 2: 2024-12-19T08:00:00Z, 1 file, 2.0 KiB\n\
         lq-query: slice 3: 2024-12-19T09:00:00Z, 1 file, 0 bytes\n\
         lq-query: would read 3 slices of {place}: 3 files, 2.0 KiB; nothing was read (--dry-run)\n"
    );
    assert_eq!(run.err, expected);
    // Not even standard input.
    let mut command = lq_query();
    let run = Run::fed(command.args(["--source", "-", "--dry-run"]), b"{ broken");
    run.ends(0).says("would read 1 slice of standard input; nothing was read (--dry-run)");
}

#[test]
fn the_summary_counts_entries_pods_and_twins() {
    let twin = at("07:00:00").id("a");
    let archive = Archive::of(&[twin.clone(), twin, at("08:00:00.25").of("shop", "web-2", "web")]);
    let run = archive.query("").ends(0);
    run.says("lq-query: 2 entries of 2 Pods, 2024-12-19T07:00:00Z to 2024-12-19T08:00:00Z, 1 twin dropped, in ");
}

#[test]
fn statuses_tell_nothing_from_something_and_from_wrong_usage() {
    let archive = Archive::of(&[at("07:00:00")]);
    archive.query("").ends(0);
    archive.query("nobody").ends(1).says("nothing matched: of 1 entry in the window none was selected");
    archive.query("nobody --empty-ok").ends(0);
    archive.query("--at 2024-12-25").ends(1);
    let silent = archive.query("nobody -q").ends(1);
    assert_eq!((silent.out.as_str(), silent.err.as_str()), ("", ""));
    assert_eq!(archive.query("-q").ends(0).err, "");
    for (wrong, said) in [
        ("--nonsense", "--nonsense"),
        ("-g (", "--grep"),
        ("--since 1", "--since"),
        ("-s 2h", "--since 2h"),
        ("--tail x", "--tail"),
        ("--limit 0", "--limit"),
        ("--tail 1 --limit 1", "--limit"),
        ("--memory 1K", "1MiB is the least"),
        ("--max-line 1", "1KiB"),
        ("--where a=1", "jq"),
        ("-n x -A", "--all-namespaces"),
        ("deploi/x", "deploy/x"),
    ] {
        let run = archive.query(wrong).ends(2).says(said);
        // What clap cannot tell also ends the stream, for a tool behind the pipe.
        assert!(run.out.lines().all(|line| line.starts_with(r#"{"lq":{"failed":""#)), "{wrong}: {}", run.out);
        assert!(run.err.starts_with("lq-query: "), "{}", run.err);
    }
}

#[test]
fn a_run_that_cannot_begin_is_no_empty_stream_to_the_tool_behind() {
    let archive = Archive::of(&[at("07:00:00")]);
    let broken = r#"{"lq":{"failed":"--where speaks SQL, and an archive on disk has none"}}"#;
    assert_eq!(archive.query("--where a=1").ends(2).out.trim_end(), broken);
    assert_eq!(archive.query("--where a=1 -o raw").ends(2).out, "");
    assert_eq!(archive.query("--where a=1 --dry-run").ends(2).out, "");
}

#[test]
fn help_and_version_are_data() {
    for flag in ["--help", "-h", "--version"] {
        let run = Run::of(lq_query().arg(flag)).ends(0);
        assert!(run.out.contains("lq-query") && run.err.is_empty(), "{run:?}");
    }
}
