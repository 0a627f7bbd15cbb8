//! A slice that needs no query.

use serde_json::json;

use super::scene::{Doors, STDERR, STDOUT, native, native_from, scanned, ten, ten_by_query};
use crate::reader::{Stream, fault};
use crate::scripted::table::{QUERY, billed, failing, settled};
use crate::server::on;
use tonic::Code;

#[test]
fn both_ways_give_the_same_bytes() {
    let doors = Doors::new([on(QUERY, ten_by_query().done()), billed(1 << 30)], ten());
    let straight = doors.query("--no-cache").ends(0).says("straight from the tables");
    assert_eq!((straight.messages().len(), doors.queried()), (10, 0));
    let queried = doors.query("--no-cache --via query").ends(0).says_nothing_of("straight");
    assert_eq!((queried.out, doors.queried()), (straight.out, 1));
}

#[test]
fn a_session_asks_for_what_is_needed_of_all_tables_at_one_time() {
    let doors = Doors::new([], ten());
    doors.query("web -n shop").ends(0);
    let sessions = doors.grpc.sessions();
    let mut tables: Vec<&str> = sessions.iter().map(|session| session.table()).collect();
    tables.sort_unstable();
    assert_eq!(tables, [STDERR, STDOUT].map(|id| format!("projects/acme/datasets/gke/tables/{id}")));
    for session in &sessions {
        let fields = session.fields();
        assert!(fields.iter().any(|field| field == "resource.labels.pod_name"), "{fields:?}");
        assert!(!fields.iter().any(|field| field == "receiveTimestamp" || field == "labels"), "{fields:?}");
        let restriction = session.restriction();
        for said in ["timestamp", "'web'", "'shop'"] {
            assert!(restriction.contains(said), "{restriction}");
        }
        assert!(session.snapshot().is_some());
        assert_eq!(session.snapshot(), sessions[0].snapshot());
    }
}

#[test]
fn what_the_restriction_cannot_say_is_decided_here() {
    let doors = Doors::new([], ten());
    let run = doors.query("--grep [37]$ --no-cache").ends(0);
    assert_eq!((run.messages(), doors.queried()), (vec!["line 3".to_owned(), "line 7".to_owned()], 0));
}

#[test]
fn which_entries_come_is_no_matter_of_which_columns_are_read() {
    let other = || scanned(STDOUT).stream(Stream::of([native_from("k8s_node", "stdout", 0..3)]));
    for words in
        ["", "--with resource", "--field resource.type~n[o]+de", "--with resource --field resource.type=k8s_node"]
    {
        let doors = Doors::of(&[settled(STDOUT)], [], [other()]);
        let run = doors.query(&format!("--no-cache {words}")).ends(0).says_nothing_of("skipped");
        assert_eq!((run.messages().len(), doors.queried()), (3, 0), "{words}: {}", run.err);
    }
}

#[test]
fn a_second_look_at_what_came_straight_is_free_whichever_way() {
    let doors = Doors::new([on(QUERY, crate::scripted::table::dry_run(1))], ten());
    let first = doors.query("-v --grep 3$").ends(0).says("slice 1: kept in the cache");
    let reads = doors.grpc.reads().len();
    let second = doors.query("--grep 3$").ends(0).says("nothing billed, all from the cache");
    let third = doors.query("--grep 3$ --via query").ends(0).says("nothing billed, all from the cache");
    assert_eq!((&first.out, &first.out), (&second.out, &third.out));
    assert_eq!((first.messages().len(), doors.grpc.reads().len(), doors.queried()), (1, reads, 0));
}

#[test]
fn nothing_is_kept_that_a_policy_may_have_hidden_something_of() {
    let tagged = json!({"name": "secret", "type": "STRING", "policyTags": {"names": ["projects/acme/x"]}});
    let untagged = json!({"name": "plain", "type": "STRING", "policyTags": {}});
    let policies = |of: &str| format!("GET projects/acme/datasets/gke/tables/{of}/rowAccessPolicies");
    let some = json!({"rowAccessPolicies": [{"filterPredicate": "FALSE"}]});
    let one = |column| [settled(STDOUT).with(column), settled(STDERR)];
    let plain = || [STDOUT, STDERR].map(settled);
    let denied = failing(403, "accessDenied", "Access Denied: Table acme:gke.stdout_20241219");
    for (what, sink, answer, is_kept) in [
        ("no policy", plain(), json!({}).into(), true),
        ("none on a column", one(untagged), json!({}).into(), true),
        ("one on rows", plain(), some.clone().into(), false),
        ("one on values", one(tagged), json!({}).into(), false),
        ("nobody tells", plain(), denied, false),
        ("more of them", plain(), json!({"nextPageToken": "x"}).into(), false),
    ] {
        let answer: crate::server::Answer = answer;
        let doors = Doors::of(&sink, [on(&policies(STDERR), answer)], ten());
        let said =
            if is_kept { "slice 1: kept in the cache" } else { "slice 1 is not kept in the cache: BigQuery does" };
        assert_eq!(doors.query("-v").ends(0).says(said).messages().len(), 10, "{what}");
    }
}

#[test]
fn sessions_that_expire_are_begun_again_at_the_same_time_and_each_row_comes_once() {
    let expired = || fault::status_behind(2, Code::FailedPrecondition, "the session has expired");
    let stream = Stream::of([native(0..3), native(3..5)]).fault(expired()).fault(expired());
    let doors = Doors::of(&[settled(STDOUT)], [], [scanned(STDOUT).stream(stream)]);
    let run = doors.query("--no-cache -v").ends(0).says("the sessions have expired");
    assert_eq!(run.messages(), (0..5).map(|second| format!("line {second}")).collect::<Vec<_>>());
    let sessions = doors.grpc.sessions();
    assert_eq!(sessions.len(), 3);
    assert!(sessions.iter().all(|session| session.snapshot() == sessions[0].snapshot()));
}

#[test]
fn a_cut_that_storage_is_asked_for_is_made_here() {
    for (words, messages) in [("--limit 2", &["line 0", "line 1"][..]), ("--tail 2", &["line 8", "line 9"])] {
        let doors = Doors::new([], ten());
        let run = doors.query(&format!("--via storage {words}")).ends(0);
        assert_eq!((run.messages(), doors.queried()), (messages.iter().map(|it| (*it).to_owned()).collect(), 0));
    }
}

#[test]
fn the_seal_counts_what_came_straight_at_its_price() {
    let [stdout, stderr] = ten();
    let doors = Doors::new([], [stdout.estimates(1 << 40, 7), stderr.estimates(1 << 40, 3)]);
    let mut command = doors.command("--seal --max-bytes none --via storage");
    let run: crate::support::Run = command.env("LQ_PRICING", "slots").output().unwrap().into();
    let run = run.ends(0).says("≤ 2.0 TiB, ≤ $2.20 billed, straight from the tables");
    let seal = &run.values().pop().unwrap()["lq"];
    assert_eq!((seal["entries"].as_u64(), seal["billed"].as_u64()), (Some(10), Some(2 << 40)));
    assert_eq!(seal["usd"].as_f64(), Some(2.2));
}
