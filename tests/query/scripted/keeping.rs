//! Slices that were read are kept: a second look and a broken download are free, and never wrong.

mod guarded;
mod hostile;
mod states;

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use std::process::Command;

use serde_json::{Value, json};

use super::table::{QUERY, Scene, billed, dry_run, failing, is_dry, job, row, settled};
use crate::server::api::{Job, Table};
use crate::server::{Request, Rule, on};
use crate::support::{Run, eventually};

const GIB: u64 = 1 << 30;

/// Four days, a slice each.
const FOUR_DAYS: &str = "--since 2024-12-19T00:00:00Z --until 2024-12-23T00:00:00Z --max-bytes none";

/// The table of a day, of two GiB.
fn shard(day: u32) -> Table {
    settled(&format!("stdout_202412{day}")).bytes(2 * GIB)
}

fn four() -> [Table; 4] {
    [19, 20, 21, 22].map(shard)
}

/// A row at `second` behind seven o'clock of a day.
fn row_of(day: u32, second: i64) -> [Value; 9] {
    let mut row = row(second);
    let time: i64 = row[0].as_str().unwrap().parse().unwrap();
    row[0] = json!((time + i64::from(day - 19) * 86_400_000_000).to_string());
    row[8] = json!(format!("day {day} second {second}"));
    row
}

fn of_day(day: u32, seconds: std::ops::Range<i64>) -> Job {
    seconds.fold(job(0), |job, second| job.row(&row_of(day, second)))
}

/// True for a query of a day's table.
fn reads(day: u32) -> impl Fn(&Request) -> bool {
    move |request| request.json()["query"].as_str().unwrap_or_default().contains(&format!("stdout_202412{day}"))
}

/// What each day's query gives.
fn days() -> Vec<Rule> {
    let days = [19, 20, 21, 22].map(|day| on(QUERY, of_day(day, 0..3).done()).when(reads(day)));
    days.into_iter().chain([billed(GIB)]).collect()
}

/// A scene in which a dry run is allowed, and tells of few bytes.
fn scene(tables: &[Table], rules: impl IntoIterator<Item = Rule>) -> Scene {
    Scene::of(tables, [on(QUERY, dry_run(1 << 20)).when(is_dry)].into_iter().chain(rules))
}

/// An hour of one day's two tables, and rows of every kind in it.
fn one_day() -> Scene {
    let tables = ["stdout_20241219", "stderr_20241219"].map(settled);
    scene(&tables, [on(QUERY, job(3).row(&row(1)).done()), billed(GIB)])
}

/// How many queries ran.
fn ran(scene: &Scene) -> usize {
    scene.queries().iter().filter(|query| query.get("dryRun").is_none()).count()
}

fn cache(scene: &Scene) -> PathBuf {
    scene.home.path().join(".cache/lq")
}

/// The files of slices.
fn slices(scene: &Scene) -> Vec<PathBuf> {
    let files = fs::read_dir(cache(scene)).into_iter().flatten().map(|file| file.unwrap().path());
    let mut slices: Vec<PathBuf> =
        files.filter(|path| path.file_name().unwrap().to_str().unwrap().starts_with("slice-")).collect();
    slices.sort();
    slices
}

#[test]
fn a_second_look_sends_no_query_and_gives_the_same_bytes() {
    let scene = one_day();
    let first = scene.query("").ends(0).says("1.0 GiB, < $0.01 billed").says("1 twin dropped");
    let second = scene.query("").ends(0).says("nothing billed, all from the cache").says("1 twin dropped");
    assert_eq!((first.out.lines().count(), &first.out), (3, &second.out));
    assert_eq!(ran(&scene), 1);
    let third = scene.query("-v -o raw").ends(0).says("slice 1: from the cache, 4 rows");
    assert_eq!((third.out.as_str(), ran(&scene)), ("line 0\nline 1\nline 2\n", 1), "whatever the form");
}

#[test]
fn what_is_kept_is_for_its_owner_alone() {
    let scene = one_day();
    scene.query("").ends(0);
    let mode = |path: &PathBuf| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!((mode(&slices(&scene)[0]), mode(&cache(&scene))), (0o600, 0o700));
}

#[test]
fn a_broken_download_goes_on_where_it_stopped() {
    let mut rules = days();
    let broken = failing(403, "quotaExceeded", "Quota exceeded");
    rules.insert(0, on(QUERY, broken).then(of_day(21, 0..3).done()).when(reads(21)));
    let scene = scene(&four(), rules);
    let first = scene.query(FOUR_DAYS).ends(3);
    assert_eq!((first.messages().len(), ran(&scene)), (6, 3));
    let second = scene.query(FOUR_DAYS).ends(0).says("2.0 GiB, $0.01 billed, 2 of 4 slices from the cache");
    assert_eq!((second.messages().len(), ran(&scene)), (12, 5));
    let third = scene.query(FOUR_DAYS).ends(0).says("nothing billed, all from the cache");
    assert_eq!((third.out, ran(&scene)), (second.out, 5));
}

#[test]
fn a_narrower_window_is_served_too_and_a_wider_one_pays_for_the_rest_alone() {
    let scene = scene(&four(), days());
    let two = scene.query("--since 2024-12-19T00:00:00Z --until 2024-12-21T00:00:00Z").ends(0);
    assert_eq!((two.messages().len(), ran(&scene)), (6, 2));
    let narrow = scene.query("-v --since 2024-12-19T07:00:01Z --until 2024-12-20T07:00:02Z").ends(0);
    let narrow = narrow.says("slice 1: from the cache, 2 rows").says("nothing billed, all from the cache");
    let expected = ["day 19 second 1", "day 19 second 2", "day 20 second 0", "day 20 second 1"];
    assert_eq!((narrow.messages(), ran(&scene)), (expected.map(str::to_owned).into(), 2));
    let wide = scene.query(FOUR_DAYS).ends(0).says("2 of 4 slices from the cache");
    assert_eq!((wide.messages().len(), ran(&scene)), (12, 4));
}

#[test]
fn a_cut_is_served_by_all_rows_but_its_own_rows_serve_nothing_else() {
    let scene = one_day();
    scene.query("").ends(0);
    assert_eq!(scene.query("--limit 2").ends(0).says("all from the cache").messages(), ["line 0", "line 1"]);
    assert_eq!(scene.query("--tail 1").ends(0).says("all from the cache").messages(), ["line 2"]);
    assert_eq!(ran(&scene), 1);
    let scene = one_day();
    for (words, queries) in [("--tail 1", 1), ("--tail 1", 1), ("--tail 2", 2), ("", 3), ("--tail 3", 3)] {
        scene.query(words).ends(0);
        assert_eq!(ran(&scene), queries, "{words}");
    }
}

#[test]
fn whatever_else_is_asked_is_asked_of_bigquery() {
    let scene = one_day();
    let mut queries = 0;
    for words in [
        "",
        "web",
        "-n web",
        "-g line",
        "-g line -i",
        "-g line -F",
        "-s info",
        "--stream stdout",
        "--where 1=1",
        "--where 1=1 -g line",
    ] {
        scene.query(words);
        queries += 1;
        assert_eq!(ran(&scene), queries, "{words}: is new");
        scene.query(words);
        assert_eq!(ran(&scene), queries, "{words}: is known");
    }
}

#[test]
fn a_condition_that_depends_on_more_than_the_row_is_asked_each_time() {
    let scene = one_day();
    for (turn, condition) in ["timestamp<CURRENT_TIMESTAMP()", "RAND()<2"].into_iter().enumerate() {
        for time in 1..=2 {
            scene.query(&format!("--where {condition}")).ends(0);
            assert_eq!(ran(&scene), turn * 2 + time, "{condition}");
        }
    }
    assert!(slices(&scene).is_empty());
}

#[test]
fn flags_and_settings_do_without_the_cache_or_renew_it() {
    let scene = one_day();
    scene.query("--no-cache").ends(0);
    scene.query("--cache-size 0").ends(0);
    assert!(slices(&scene).is_empty());
    let run: Run = scene.command("").env("LQ_CACHE_SIZE", "0").output().unwrap().into();
    run.ends(0);
    assert!(slices(&scene).is_empty());
    scene.query("").ends(0);
    assert_eq!((slices(&scene).len(), ran(&scene)), (1, 4));
    scene.query("--no-cache").ends(0).says("billed");
    scene.query("--refresh").ends(0).says("billed");
    assert_eq!((slices(&scene).len(), ran(&scene)), (1, 6));
    scene.query("").ends(0).says("all from the cache");
    let run: Run = scene.command("").env("LQ_CACHE_SIZE", "much").output().unwrap().into();
    run.ends(2).says("LQ_CACHE_SIZE: cache-size: `much` is no size");
}

#[test]
fn a_damaged_slice_is_removed_and_asked_for_again() {
    let scene = one_day();
    let first = scene.query("").ends(0).out;
    let file = slices(&scene).remove(0);
    let sound = fs::read(&file).unwrap();
    for at in [0, 1, 4, 9, sound.len() / 4, sound.len() / 3, sound.len() - 60, sound.len() - 20, sound.len() - 1] {
        for damaged in [[&sound[..at], &[sound[at] ^ 1], &sound[at + 1..]].concat(), sound[..at].to_vec()] {
            fs::write(&file, damaged).unwrap();
            let before = ran(&scene);
            assert_eq!(scene.query("").ends(0).out, first, "at {at}");
            assert_eq!(ran(&scene), before + 1, "at {at}");
            scene.query("").ends(0).says("all from the cache");
        }
    }
}

#[test]
fn the_price_guard_lets_through_what_is_kept_and_a_dry_run_knows_it() {
    let mut rules = vec![on(QUERY, dry_run(60 * GIB)).when(is_dry)];
    rules.extend(days());
    let scene = Scene::of(&four(), rules);
    let four_days = FOUR_DAYS.replace("--max-bytes none", "");
    scene.query(&four_days).ends(4).says("refused: this would read ≤ 240 GiB");
    let day = |day: u32| format!("--since 2024-12-{day}T00:00:00Z --until 2024-12-{}T00:00:00Z", day + 1);
    [19, 20, 22].into_iter().for_each(|it| drop(scene.query(&day(it)).ends(0)));
    let run = scene.query(&format!("{four_days} --dry-run")).ends(0);
    let run = run.says("slice 2: 2024-12-20T00:00:00Z to 2024-12-21T00:00:00Z, stdout_20241220, from the cache");
    let run = run.says("slice 3: 2024-12-21T00:00:00Z to 2024-12-22T00:00:00Z, stdout_20241221, ≤ 60 GiB, ≤ $0.37");
    run.says(
        "would read 4 slices of bq://acme/gke: ≤ 60 GiB, ≤ $0.37, 3 of 4 slices from the cache; nothing was billed",
    );
    scene.query(&four_days).ends(0).says("3 of 4 slices from the cache");
    let run = scene.query(&format!("{four_days} --max-bytes 10MiB")).ends(0).says("nothing billed, all from the cache");
    assert_eq!((run.messages().len(), ran(&scene)), (12, 4));
}

#[test]
fn a_full_cache_forgets_what_was_not_used_for_longest() {
    let scene = scene(&four(), days());
    let day = |day: u32| format!("--since 2024-12-{day}T00:00:00Z --until 2024-12-{}T00:00:00Z", day + 1);
    [19, 20, 21].into_iter().for_each(|it| drop(scene.query(&day(it)).ends(0)));
    let bytes: u64 = slices(&scene).iter().map(|file| fs::metadata(file).unwrap().len()).sum();
    scene.query(&day(19)).ends(0).says("all from the cache");
    scene.query(&format!("{} --cache-size {}", day(22), bytes + 50)).ends(0);
    let served = |it: u32| scene.query(&format!("{} --dry-run", day(it))).err.contains("from the cache");
    let mut rules = vec![on(QUERY, dry_run(GIB)).when(is_dry)];
    rules.extend(days());
    assert_eq!(slices(&scene).len(), 3);
    assert_eq!([19, 21, 22].map(served), [true, true, true]);
    assert!(!slices(&scene).iter().any(|file| file.to_str().unwrap().contains("_1734652800_1734739200")), "the 20th");
    let scene = Scene::of(&four(), rules);
    scene.query(&format!("{} --cache-size 100 -v", day(19))).ends(0).says("there is no room for it");
    assert!(slices(&scene).is_empty());
}

#[test]
fn a_window_larger_than_the_cache_profits_from_what_is_there_each_time() {
    let scene = scene(&four(), days());
    scene.query(FOUR_DAYS).ends(0).says("4.0 GiB");
    let bytes: u64 = slices(&scene)[..2].iter().map(|file| fs::metadata(file).unwrap().len()).sum();
    let words = format!("{FOUR_DAYS} -v --cache-size {}", bytes + 50);
    // What is too much is freed first; what is left then is not pushed out by the rest.
    for _ in 0..3 {
        let run = scene.query(&words).ends(0).says("2 of 4 slices from the cache").says("cache-size is too small");
        assert_eq!((run.says_nothing_of("gave way").messages().len(), slices(&scene).len()), (12, 2));
    }
}

#[test]
fn a_bound_that_was_lowered_frees_what_is_too_much() {
    let scene = scene(&four(), days());
    scene.query(FOUR_DAYS).ends(0);
    scene.query(&format!("{FOUR_DAYS} --dry-run --cache-size 0")).ends(0);
    scene.query(&format!("{FOUR_DAYS} --no-cache")).ends(0);
    assert_eq!(slices(&scene).len(), 4, "a dry run, and one that has nothing to do with them, leave all");
    scene.query("--at 2024-12-19T07:00:00Z --cache-size 1000").ends(0);
    let bytes: u64 = slices(&scene).iter().map(|file| fs::metadata(file).unwrap().len()).sum();
    assert!((1..=1000).contains(&bytes), "{bytes}");
    scene.query("--at 2024-12-19T07:00:00Z --cache-size 0").ends(0);
    assert!(slices(&scene).is_empty());
}

#[test]
fn two_runs_at_once_do_no_harm() {
    let scene = one_day();
    let runs: Vec<_> = (0..6).map(|_| scene.start("")).collect();
    let runs: Vec<Run> = runs.into_iter().map(|run| run.wait_with_output().unwrap().into()).collect();
    assert!(runs.iter().all(|run| run.status == Some(0) && run.out == runs[0].out), "{runs:#?}");
    assert_eq!(slices(&scene).len(), 1);
    assert_eq!(scene.query("").ends(0).says("all from the cache").out, runs[0].out);
}

#[test]
fn a_run_that_is_killed_leaves_nothing() {
    let page = job(3).page(0..2, Some("p2"));
    let stalled = crate::server::Answer::from(job(3).page(2..3, None)).stalled(10);
    let results = on(&format!("{}?pageToken=p2", super::table::RESULTS), stalled);
    let scene = Scene::of(&[settled("stdout_20241219")], [on(QUERY, page), results, billed(GIB)]);
    let mut child = scene.start("");
    eventually("the second page is asked for", || scene.jobs().contains(&super::table::RESULTS.to_owned()));
    let id = child.id().to_string();
    assert!(Command::new("kill").args(["-KILL", &id]).status().unwrap().success());
    child.wait().unwrap();
    assert!(slices(&scene).is_empty());
}

#[test]
fn a_folder_that_cannot_be_written_fails_no_run() {
    let scene = one_day();
    fs::write(scene.home.path().join(".cache"), "a file").unwrap();
    scene.query("").ends(0).says_nothing_of("kept");
    let run = scene.query("-v").ends(0).says("a slice is not kept in the cache: ");
    assert_eq!((run.messages().len(), ran(&scene)), (3, 2));
    // A folder that others may write to is no better.
    let scene = one_day();
    fs::create_dir_all(cache(&scene)).unwrap();
    fs::set_permissions(cache(&scene), fs::Permissions::from_mode(0o777)).unwrap();
    scene.query("-v").ends(0).says("a slice is not kept in the cache: others may write there");
    assert!(slices(&scene).is_empty());
}

#[test]
fn days_that_are_over_are_kept_although_the_window_reaches_to_now() {
    let today = chrono::Utc::now().date_naive();
    let tables: Vec<Table> = (0..=4)
        .map(|back| settled(&format!("stdout_{}", (today - chrono::Days::new(back)).format("%Y%m%d"))))
        .collect();
    let scene = scene(&tables, [on(QUERY, job(0).done()), billed(10 << 20)]);
    scene.query("--since 4d --empty-ok").ends(0);
    assert_eq!(ran(&scene), 2, "days that are over, joined, and those that are not");
    scene.query("--since 4d --empty-ok").ends(0).says("1 of 2 slices from the cache");
    assert_eq!(ran(&scene), 3);
    scene.query("--since 4d --empty-ok --no-cache").ends(0);
    assert_eq!(ran(&scene), 4, "without the cache all days are joined");
}
