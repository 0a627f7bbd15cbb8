//! What a run costs: told, bounded, and never paid twice.

use std::process::{Command, Stdio};

use super::table::{JOB, QUERY, Scene, billed, dry_run, failing, is_dry, job, job_named};
use crate::server::api::Table;
use crate::server::{Rule, on};

const GIB: u64 = 1 << 30;

/// Two days of large tables: two slices.
fn two_days() -> [Table; 2] {
    ["stdout_20241219", "stdout_20241220"].map(|id| Table::sink(id).bytes(2 * GIB))
}

const TWO_DAYS: &str = "--since 2024-12-19T07:00:00Z --until 2024-12-20T08:00:00Z";

/// What a dry run would read.
fn would_read(bytes: u64) -> Rule {
    on(QUERY, dry_run(bytes)).when(is_dry)
}

#[test]
fn a_dry_run_tells_tables_bytes_and_price_and_bills_nothing() {
    let scene = Scene::of(&two_days(), [would_read(20 * GIB + GIB / 2)]);
    let run = scene.query(&format!("--dry-run {TWO_DAYS}")).ends(0);
    let run = run.says("would read 2 slices of bq://acme/gke: ≤ 41 GiB, ≤ $0.25; nothing was billed");
    let run = run.says("stdout_20241219").says("stdout_20241220").says("timestamp, severity, insertId");
    assert!(run.out.is_empty());
    let run = scene.query(&format!("--dry-run --max-bytes 1GiB {TWO_DAYS}")).ends(0);
    run.says("--max-bytes allows 1.0 GiB: to run it, --max-bytes 42GiB");
    assert!(scene.queries().iter().all(|query| query["dryRun"] == true));
}

#[test]
fn a_dry_run_tells_what_would_make_it_cheaper() {
    use crate::server::api::column;
    let tables = [Table::sink("stdout_20241219").payload(&[column("message", "STRING"), column("user", "STRING")])];
    let reads_payload = |request: &crate::server::Request| {
        request.json()["query"].as_str().unwrap_or_default().contains("TO_JSON_STRING(")
    };
    let scene = Scene::of(
        &tables,
        [
            on(QUERY, dry_run(10 * GIB)).when(move |request| {
                is_dry(request)
                    && reads_payload(request)
                    && !request.json()["query"].as_str().unwrap().contains("STRUCT(")
            }),
            would_read(4 * GIB),
        ],
    );
    scene.query("--dry-run").ends(0).says("cheaper with --without payload: ≤ 4.0 GiB, ≤ $0.02 (60% less)");
}

#[test]
fn pricing_is_what_is_set() {
    for (pricing, says, never) in [("slots", "≤ 41 GiB; nothing", "$"), ("10", "≤ 41 GiB, ≤ $0.40", "$0.25")] {
        let scene = Scene::new([would_read(41 * GIB)]);
        let run: crate::support::Run = scene.command("--dry-run").env("LQ_PRICING", pricing).output().unwrap().into();
        run.ends(0).says(says).says_nothing_of(never);
    }
}

#[test]
fn a_run_of_several_slices_is_refused_before_the_first_job() {
    let scene = Scene::of(&two_days(), [would_read(60 * GIB)]);
    let run = scene.query(TWO_DAYS).ends(4);
    let run =
        run.says("refused: this would read ≤ 120 GiB, ≤ $0.73, and --max-bytes allows 100 GiB; nothing was billed");
    run.says("--max-bytes 121GiB");
    assert!(scene.queries().iter().all(|query| query["dryRun"] == true));
}

#[test]
fn the_flag_that_is_named_lets_the_run_through() {
    let scene =
        Scene::of(&two_days(), [would_read(60 * GIB), on(QUERY, job_named("job_1", 0..1).done()), billed(60 * GIB)]);
    scene.query(&format!("--max-bytes 121GiB {TWO_DAYS}")).ends(0);
    let most: Vec<_> =
        scene.queries().iter().filter_map(|query| query["maximumBytesBilled"].as_str().map(str::to_owned)).collect();
    assert_eq!(most, [(121 * GIB).to_string(), (61 * GIB).to_string()], "each job carries what is left");
}

#[test]
fn one_slice_is_refused_by_bigquery_itself_and_the_price_told() {
    let refused = failing(
        400,
        "bytesBilledLimitExceeded",
        "Query exceeded limit for bytes billed: 1073741824. 64424509440 or higher required.",
    );
    let scene = Scene::new([would_read(60 * GIB), on(QUERY, refused)]);
    scene.query("--max-bytes 1GiB").ends(4).says("≤ 60 GiB").says("--max-bytes 61GiB").says("nothing was billed");
    assert_eq!(scene.queries().len(), 2);
}

#[test]
fn without_a_bound_nothing_is_asked_for_its_price() {
    let scene = Scene::of(&two_days(), [on(QUERY, job_named("job_1", 0..1).done()), billed(GIB)]);
    scene.query(&format!("--max-bytes none {TWO_DAYS}")).ends(0).says("2.0 GiB, $0.01 billed");
    assert!(
        scene.queries().iter().all(|query| query.get("dryRun").is_none() && query.get("maximumBytesBilled").is_none())
    );
}

#[test]
fn what_came_from_the_cache_is_told() {
    let mut done = job(2).done();
    done["cacheHit"] = true.into();
    let scene = Scene::new([on(QUERY, done)]);
    scene.query("").ends(0).says("nothing billed, all from BigQuery's cache");
    assert_eq!(scene.jobs(), [QUERY]);
}

#[test]
fn what_the_answer_itself_says_was_billed_is_not_asked_again() {
    let mut done = job(2).done();
    done["totalBytesBilled"] = "10485760".into();
    let scene = Scene::new([on(QUERY, done)]);
    scene.query("").ends(0).says("10 MiB, < $0.01 billed");
    assert_eq!(scene.jobs(), [QUERY]);
}

#[test]
fn a_limit_does_not_pay_for_days_that_are_not_needed() {
    let scene = Scene::of(&two_days(), [would_read(GIB), on(QUERY, job(3).done()), billed(GIB)]);
    let run = scene.query(&format!("--limit 2 {TWO_DAYS}")).ends(0);
    assert_eq!(run.messages(), ["line 0", "line 1"]);
    assert_eq!(scene.jobs().iter().filter(|told| *told == JOB).count(), 1, "one job ran");
}

#[test]
fn head_does_not_pay_for_days_that_are_not_needed() {
    // More than a pipe holds.
    let scene = Scene::of(&two_days(), [would_read(GIB), on(QUERY, job(3_000).done()), billed(GIB)]);
    let mut query = scene.command(TWO_DAYS).stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
    let head = Command::new("head").args(["-n", "1"]).stdin(query.stdout.take().unwrap()).output().unwrap();
    assert!(String::from_utf8_lossy(&head.stdout).contains("line 0"));
    assert_eq!(query.wait().unwrap().code(), Some(0));
    let ran = scene.queries().iter().filter(|query| query.get("dryRun").is_none()).count();
    assert_eq!(ran, 1);
}

#[test]
fn entries_come_although_nobody_tells_what_they_cost() {
    let silent = crate::server::Answer::from(job(0).resource("DONE", 0)).stalled(0);
    let scene = Scene::new([on(QUERY, job(2).done()), on(JOB, silent)]);
    let run = scene.query("").ends(0).says("≤ 1.0 MiB, < $0.01 billed");
    assert_eq!(run.messages().len(), 2);
}

#[test]
fn a_later_slice_that_is_too_dear_leaves_an_incomplete_stream() {
    let refused = failing(
        400,
        "bytesBilledLimitExceeded",
        "Query exceeded limit for bytes billed: 1. 10737418240 or higher required.",
    );
    let scene = Scene::of(
        &two_days(),
        [would_read(GIB), on(QUERY, job_named("job_1", 0..2).done()).then(refused), billed(GIB)],
    );
    let run = scene.query(&format!("--max-bytes 3GiB {TWO_DAYS}")).ends(3);
    assert_eq!(run.messages().len(), 2);
    run.says("refused: this would read ≤ 10 GiB").says("1.0 GiB, < $0.01 were billed before").says("--max-bytes 11GiB");
}

#[test]
fn the_flag_is_named_even_where_the_estimate_was_too_low() {
    let refused = failing(
        400,
        "bytesBilledLimitExceeded",
        "Query exceeded limit for bytes billed: 1073741824. 64424509440 or higher required.",
    );
    let scene = Scene::new([would_read(1), on(QUERY, refused)]);
    scene.query("--max-bytes 1GiB").ends(4).says("--max-bytes 60GiB");
}

#[test]
fn what_no_table_can_hold_is_told_and_not_paid_for() {
    let scene = Scene::new([]);
    let run = scene.query("--field payload.nothing=1").ends(1).says("no table of the window can hold it");
    assert!(run.out.is_empty());
    scene.query("--field payload.nothing=1 --print-sql").ends(0).says("no table of the window can hold it");
    assert_eq!(scene.jobs(), [] as [&str; 0]);
}

#[test]
fn the_seal_says_what_was_billed_and_its_price() {
    for (pricing, usd) in [("6.4", Some(0.25)), ("slots", None)] {
        let scene = Scene::new([on(QUERY, job(3).done()), billed(40 * GIB)]);
        let run: crate::support::Run =
            scene.command("--seal").env("LQ_PRICING", pricing).env("LQ_MAX_BYTES", "none").output().unwrap().into();
        let last = run.ends(0).values().pop().unwrap();
        let seal = &last["lq"];
        assert_eq!((seal["entries"].as_u64(), seal["source"].as_str()), (Some(3), Some("bq://acme/gke")), "{seal}");
        assert_eq!((seal["billed"].as_u64(), seal["usd"].as_f64()), (Some(40 * GIB), usd), "{seal}");
    }
}

#[test]
fn refused_entries_that_nobody_may_pay_to_count_are_told_of() {
    let tables = ["stdout_20241219", "export_errors_20241219"].map(|id| Table::sink(id).bytes(2 * GIB));
    let counts =
        |request: &crate::server::Request| request.json()["query"].as_str().is_some_and(|sql| sql.contains("export_"));
    for (most, why, queries) in [
        ("10MiB", "--max-bytes leaves too little for it", 1),
        ("15MiB", "--max-bytes leaves too little for it", 2),
        ("2GiB", "it would read too much", 2),
    ] {
        let refusal = failing(400, "bytesBilledLimitExceeded", "Query exceeded limit for bytes billed");
        let rules = [on(QUERY, refusal).when(counts), on(QUERY, job(2).done()), billed(10 << 20)];
        let scene = Scene::of(&tables, rules);
        let run = scene.query(&format!("--max-bytes {most}")).ends(0);
        run.says(&format!("entries that BigQuery refused were not counted, {why}: see export_errors_20241219"));
        assert_eq!(scene.queries().len(), queries, "{most}");
    }
}
