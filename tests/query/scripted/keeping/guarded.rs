//! The cache spends nothing that would make a run fail, and opens no door that is shut.

use serde_json::{Value, json};

use super::states::asked_for_states;
use super::{FOUR_DAYS, GIB, days, four, one_day, ran, scene, slices};
use crate::scripted::table::{JOB, QUERY, Scene, billed, dry_run, failing, is_dry, job, settled};
use crate::server::api::{Job, Table};
use crate::server::{Answer, Request, Rule, on};
use crate::support::Run;

const MIB: u64 = 1 << 20;

fn by_day() -> Table {
    settled("stdout").partitioned(Some("timestamp")).bytes(9 << 30).member("numPartitions", json!("9"))
}

/// The answers to questions for the states of partitions: these changes, in turn.
fn states(changed: &[u32]) -> Vec<Rule> {
    let is_about = |request: &Request| request.json()["query"].as_str().unwrap_or_default().contains("PARTITIONS");
    let answer = |changed: &u32| {
        let lines: Vec<String> = (19..=22).map(|day| format!("stdout 202412{day} 9 1000 {changed}")).collect();
        Job::new("job_2", &[("states", "STRING")]).row(&[json!(lines.join("\n"))]).done()
    };
    let asked = changed[1..].iter().fold(on(QUERY, answer(&changed[0])), |rule, it| rule.then(answer(it)));
    vec![asked.when(is_about), on("GET projects/acme/jobs/job_2", job(0).resource("DONE", 10 * MIB))]
}

#[test]
fn rights_that_were_withdrawn_open_no_slice_that_is_kept() {
    let denied = || failing(403, "accessDenied", "Access Denied: Table acme:gke.stdout_20241219");
    let scene = Scene::of(
        &[settled("stdout_20241219")],
        [on(QUERY, dry_run(MIB)).then(denied()).when(is_dry), on(QUERY, job(3).done()).then(denied()), billed(GIB)],
    );
    scene.query("").ends(0);
    assert_eq!(scene.query("").ends(0).says("all from the cache").messages().len(), 3);
    let run = scene.query("").ends(2).says("Access Denied").says_nothing_of("from the cache");
    assert_eq!((run.messages().len(), ran(&scene)), (0, 2));
    let run = scene.query("--dry-run").ends(2).says("Access Denied");
    assert_eq!(run.out, "");
}

#[test]
fn rows_that_a_policy_filtered_are_not_kept() {
    let plain = job(0).resource("DONE", GIB);
    let with = |name: &str, value: Value| {
        let mut resource = plain.clone();
        resource["statistics"][name] = value;
        Answer::from(resource)
    };
    for (what, answer, is_kept) in [
        ("no policy", Answer::from(plain.clone()), true),
        ("none applied", with("rowLevelSecurityStatistics", json!({"rowLevelSecurityApplied": false})), true),
        ("rows", with("rowLevelSecurityStatistics", json!({"rowLevelSecurityApplied": true})), false),
        ("values", with("dataMaskingStatistics", json!({"dataMaskingApplied": true})), false),
        ("no answer", failing(403, "accessDenied", "Access Denied: Job acme:job_1"), false),
    ] {
        let scene = scene(&[settled("stdout_20241219")], [on(QUERY, job(3).done()), on(JOB, answer)]);
        assert_eq!(scene.query("").ends(0).messages().len(), 3, "{what}");
        assert_eq!(slices(&scene).len(), usize::from(is_kept), "{what}");
    }
}

#[test]
fn another_login_at_a_stand_in_is_another_question() {
    let scene = one_day();
    let ask = |login: &str| {
        let url = scene.server.url().replace("://", &format!("://{login}@"));
        let run: Run = scene.command("").env("BIGQUERY_EMULATOR_HOST", url).output().unwrap().into();
        run.ends(0);
        ran(&scene)
    };
    assert_eq!(["ann:one", "ann:one", "bob:one", "ann:two"].map(ask), [1, 1, 2, 3]);
}

#[test]
fn every_slice_has_one_dry_run_at_most() {
    let scene = scene(&four(), days());
    let dry = || scene.queries().iter().filter(|query| query["dryRun"] == true).count();
    scene.query("--since 2024-12-19T00:00:00Z --until 2024-12-21T00:00:00Z --max-bytes none").ends(0);
    assert_eq!(dry(), 0);
    scene.query(&FOUR_DAYS.replace("none", "9GiB")).ends(0).says("2 of 4 slices from the cache");
    assert_eq!(dry(), 4);
}

#[test]
fn a_run_that_lacks_a_single_slice_is_refused_before_its_first_line() {
    let mut rules = vec![on(QUERY, dry_run(60 * GIB)).when(is_dry)];
    rules.extend(days());
    let scene = Scene::of(&four(), rules);
    let day = |day: u32| format!("--since 2024-12-{day}T00:00:00Z --until 2024-12-{}T00:00:00Z", day + 1);
    [19, 20, 22].into_iter().for_each(|it| drop(scene.query(&day(it)).ends(0)));
    let run = scene.query(&FOUR_DAYS.replace("none", "50GiB")).ends(4).says("refused: this would read ≤ 60 GiB");
    assert_eq!((run.says("nothing was billed").messages().len(), ran(&scene)), (0, 3));
}

#[test]
fn partitions_are_not_asked_for_where_that_might_be_too_dear() {
    for (bound, asked) in [("205MiB", 0), ("219MiB", 0), ("220MiB", 1), ("none", 1)] {
        let mut rules = vec![on(QUERY, dry_run(200 * MIB)).when(is_dry)];
        rules.extend(states(&[6]));
        rules.extend([on(QUERY, job(3).done()), billed(200 * MIB)]);
        let scene = Scene::of(&[by_day()], rules);
        let run = scene.query(&format!("--max-bytes {bound}")).ends(0);
        assert_eq!((run.messages().len(), asked_for_states(&scene)), (3, asked), "{bound}");
    }
}

#[test]
fn what_was_billed_for_partitions_counts_and_is_told() {
    let mut rules = vec![on(QUERY, dry_run(60 * GIB)).when(is_dry)];
    rules.extend(states(&[6, 6, 7]));
    rules.extend([on(QUERY, job(0).done()), billed(60 * GIB)]);
    let scene = Scene::of(&[by_day()], rules);
    let words = "--since 2024-12-19T00:00:00Z --until 2024-12-23T00:00:00Z --empty-ok --max-bytes";
    scene.query(&format!("{words} none")).ends(0);
    let queries = ran(&scene);
    scene.query(&format!("{words} 50GiB")).ends(0).says("10 MiB, < $0.01 billed, all from the cache");
    assert_eq!(ran(&scene), queries + 1);
    let run = scene.query(&format!("{words} 50GiB")).ends(4).says("refused: this would read ≤ ");
    run.says("10 MiB, < $0.01 were billed before").says_nothing_of("nothing was billed");
}
