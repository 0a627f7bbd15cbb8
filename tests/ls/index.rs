//! Without a time the list is what earlier runs saw.

use std::fs;
use std::os::unix::fs::PermissionsExt;

use serde_json::json;

use crate::scene::{DAY, Home, logs};
use crate::support::Log;

#[test]
fn what_a_run_of_lq_query_saw_is_listed() {
    let home = Home::of(&logs());
    home.query("web").ends(0);
    let run = home.ls("pods -o json").ends(0);
    assert_eq!(
        run.values(),
        [
            json!({"cluster": "east", "namespace": "shop", "pod": "web-2", "containers": ["web"],
                "first": "2024-12-19T09:00:00.500Z", "last": "2024-12-19T09:02:00.500Z", "entries": 3}),
            json!({"cluster": "east", "namespace": "shop", "pod": "web-1", "containers": ["web"],
                "first": "2024-12-19T01:00:00.500Z", "last": "2024-12-19T01:02:00.500Z", "entries": 3}),
        ]
    );
    run.says("lq-ls: known from earlier runs, up to 2024-12-19T09:02:00Z\n")
        .says("lq-ls: to ask the source itself: lq-ls pods -o json --since 1970-01-01\n");
}

#[test]
fn the_window_that_is_proposed_reaches_what_the_source_has() {
    let home = Home::of(&logs());
    home.home.hour("tree/stdout", 7, &logs());
    home.home.hour("tree/stdout", 9, &logs());
    let run = home.ls("pods --source tree --utc").ends(1);
    run.says("lq-ls pods --source tree --utc --since 2024-12-19T07:00:00Z --until 2024-12-19T10:00:00Z\n");
    let day = chrono::Utc::now().format("%Y/%m/%d");
    home.home.file(format!("new/stdout/{day}/00:00:00_00:59:59_S0.json"), "");
    home.ls("pods --source new").ends(1).says("lq-ls pods --source new --since 30d\n");
    home.home.file("a\u{1b}[31mb/logs.json", "");
    let odd: crate::support::Run =
        home.command("pods").env("LQ_SOURCE", "logs").arg("--source").arg("a\u{1b}[31mb").output().unwrap().into();
    odd.ends(1).says("nothing is known of ").says_nothing_of("to ask the source itself");
}

#[test]
fn where_names_cannot_be_kept_it_is_said_why() {
    let home = Home::of(&logs());
    let place = home.home.file(".local/state/lq", "");
    let told = format!("names cannot be kept in {}: it is no folder\n", place.display());
    home.ls("pods").ends(1).says(&told);
    assert_eq!(home.ls(&format!("pods {DAY} -o json")).ends(0).says(&told).all("pod").len(), 4);
    assert_eq!(home.ls(&format!("pods {DAY} -q")).ends(0).err, "");
    home.query("").ends(0).says_nothing_of("cannot be kept");
}

#[test]
fn where_others_may_write_names_are_not_kept_and_the_remedy_is_named() {
    let home = Home::of(&logs());
    let place = home.home.join(".local/state/lq");
    fs::create_dir_all(&place).unwrap();
    fs::set_permissions(&place, fs::Permissions::from_mode(0o777)).unwrap();
    let place = place.display();
    let told = format!("names cannot be kept in {place}: others may write there; chmod go-w {place}\n");
    home.ls(&format!("pods {DAY}")).ends(0).says(&told);
}

#[test]
fn a_full_index_says_that_there_may_be_more() {
    let pods: Vec<Log> = (0..20_001)
        .map(|n| {
            Log::at(format!("2024-12-19T01:{:02}:{:02}Z", n / 60 % 60, n % 60)).of("shop", &format!("web-{n}"), "web")
        })
        .collect();
    let home = Home::of(&pods);
    assert_eq!(home.ls(&format!("pods {DAY} -o json")).ends(0).values().len(), 20_001);
    let run = home.ls("pods -o json").ends(0);
    assert_eq!(run.values().len(), 20_000);
    run.says("up to 2024-12-19T01:59:59Z, the newest 20,000 containers of Pods only\n");
}

#[test]
fn a_list_that_asked_the_source_feeds_the_index() {
    let home = Home::of(&logs());
    let asked = home.ls(&format!("containers {DAY}")).ends(0).out;
    // The source is not there any more.
    home.home.file("logs/logs.json", "");
    assert_eq!(home.ls("containers").ends(0).out, asked);
}

#[test]
fn names_select_as_in_lq_query() {
    let home = Home::of(&logs());
    home.query("").ends(0);
    for (words, pods) in [
        ("", "web-2 agent-y agent-x web-1"),
        ("agent", "agent-y agent-x"),
        ("-c 'a*t' -n datadog", "agent-y agent-x"),
        ("proxy", "web-1"),
        ("pod/web-2 pod/agent-x", "web-2 agent-x"),
        ("--pod ^web --exclude-pod 2", "web-1"),
        ("-n shop web", "web-2 web-1"),
        ("--cluster east agent", "agent-y agent-x"),
    ] {
        assert_eq!(home.ls(&format!("pods -o json {words}")).ends(0).all("pod").join(" "), pods, "{words}");
    }
    let pods: Vec<_> = home.ls("pods web -o json").values().iter().map(|pod| pod["containers"].clone()).collect();
    assert_eq!(pods, [json!(["web"]), json!(["web"])], "only what was selected is counted");
}

#[test]
fn every_kind_counts_what_it_has() {
    let home = Home::of(&logs());
    home.query("").ends(0);
    let list = |kind: &str| {
        let run = home.ls(&format!("{kind} -o json")).ends(0);
        let bare = |mut line: serde_json::Value| {
            line.as_object_mut().unwrap().retain(|key, _| !["first", "last", "cluster"].contains(&key.as_str()));
            line
        };
        run.values().into_iter().map(bare).collect::<Vec<_>>()
    };
    assert_eq!(
        list("containers"),
        [
            json!({"namespace": "datadog", "container": "agent", "pods": 2, "entries": 3}),
            json!({"namespace": "shop", "container": "proxy", "pods": 1, "entries": 3}),
            json!({"namespace": "shop", "container": "web", "pods": 2, "entries": 6}),
        ]
    );
    assert_eq!(
        list("namespaces"),
        [
            json!({"namespace": "datadog", "pods": 2, "containers": ["agent"], "entries": 3}),
            json!({"namespace": "shop", "pods": 2, "containers": ["proxy", "web"], "entries": 9}),
        ]
    );
    let all = json!({"namespaces": 2, "pods": 4, "containers": ["agent", "proxy", "web"], "entries": 12});
    assert_eq!(list("clusters"), [all]);
    for (alias, kind) in [("po", "pods"), ("pod", "pods"), ("container", "containers"), ("ns", "namespaces")] {
        assert_eq!(list(alias), list(kind), "{alias}");
    }
}

#[test]
fn where_nothing_is_known_it_is_said_how_that_changes() {
    let home = Home::of(&logs());
    let run = home.ls("pods agent").ends(1);
    let place = home.home.join("logs").canonicalize().unwrap();
    let run = run.says(&format!("lq-ls: nothing is known of {} yet\n", place.display()));
    let run = run.says("lq-ls: to ask the source itself: lq-ls pods agent --since 1970-01-01\n");
    assert_eq!(run.out, "");
    home.ls("pods agent --empty-ok").ends(0);
    assert_eq!(home.ls("pods agent -q").ends(1).err, "");
    home.query("").ends(0);
    home.ls("pods nobody").ends(1).says("lq-ls: nothing matched of 5 containers known of ");
    home.ls("pods agnet").ends(1).says("lq-ls: container agnet: nothing matched; nearest in the index: agent (");
}

#[test]
fn what_the_index_does_not_know_needs_a_time() {
    let home = Home::of(&logs());
    for (words, flag) in [("-l app=web", "-l/--selector"), ("--stream stdout", "--stream"), ("--log events", "--log")] {
        let run = home.ls(&format!("pods {words}")).ends(2);
        run.says(&format!("lq-ls: {flag} needs a time: ")).says("--since 30d");
        home.ls(&format!("pods {words} {DAY} --empty-ok")).ends(0);
    }
    home.ls("pods --source -").ends(2).says("of standard input nothing is known before it is read");
    home.ls("pods --source gone").ends(2).says("cannot read the archive gone: No such file");
}

#[test]
fn a_zone_is_no_time_and_a_dry_run_reads_nothing() {
    let home = Home::of(&logs());
    home.query("").ends(0);
    let run = home.ls("pods --tz Asia/Tokyo agent").ends(0);
    assert!(run.out.contains("  2024-12-19T16:00:00+09:00  2024-12-19T16:01:00+09:00\n"), "{}", run.out);
    let run = home.ls("pods --dry-run -q").ends(0).says("would look into the name index alone");
    assert_eq!(run.out, "");
}

#[test]
fn a_setting_that_hides_names_is_told() {
    let home = Home::of(&logs());
    home.query("").ends(0);
    let run: crate::support::Run = home.command("ns -o json").env("LQ_NAMESPACE", "shop").output().unwrap().into();
    let run = run.ends(0).says("lq-ls: only namespace shop (set in LQ_NAMESPACE); -A for all");
    assert_eq!(run.all("namespace"), ["shop"]);
}

#[test]
fn each_source_has_an_index_of_its_own() {
    let home = Home::of(&logs());
    home.home.file("other/logs.json", crate::support::lines(&[Log::at("2024-12-19T01:00:00Z").of("x", "y", "z")]));
    home.query("").ends(0);
    home.ls("pods --source other").ends(1);
    home.ls(&format!("pods --source other {DAY}")).ends(0);
    assert_eq!(home.ls("pods --source ./other/../other -o json").ends(0).all("pod"), ["y"]);
    assert_eq!(home.ls("pods -o json").ends(0).all("pod").len(), 4);
}
