//! `--doctor` on a BigQuery that works: every layout is known, and the profile that is printed runs.

use chrono::{Days, TimeDelta, Utc};

use crate::emulator::{Dataset, emulator};
use crate::support::{Log, Run, lq_query};

/// An entry of each of the last eight days, the newest one a minute old.
fn logs() -> Vec<Log> {
    let now = Utc::now() - TimeDelta::minutes(1);
    let day = |back| (now - Days::new(back)).format("%Y-%m-%dT%H:%M:%SZ").to_string();
    (0..8).map(|back| Log::at(day(back)).id(format!("id{back}")).says(format!("day {back}"))).collect()
}

#[test]
fn every_layout_is_known_and_the_profile_runs() {
    type Load = fn(&Dataset, &[Log]);
    let layouts: [(&str, Load, &str); 3] = [
        ("sharded", Dataset::sharded, "ok    layout: one table a day; "),
        ("partitioned", Dataset::partitioned, "ok    layout: tables partitioned by timestamp; "),
        ("analytics", Dataset::analytics, "ok    layout: a view of Log Analytics; "),
    ];
    for (name, load, layout) in layouts {
        let logs = logs();
        let dataset = Dataset::new(&format!("doctor_{name}"));
        load(&dataset, &logs);
        let home = tempfile::tempdir().unwrap();
        let query = |words: &[&str]| {
            let mut command = lq_query();
            command.env("BIGQUERY_EMULATOR_HOST", emulator().url()).env("HOME", home.path());
            Run::of(command.args(words))
        };
        let run = query(&["--doctor", "--source", &dataset.source()]).ends(0).says_nothing_of("FAIL");
        let run = run.says(layout).says("ok    clock: agrees with BigQuery's").says("in asia-northeast1");
        let run = run.says("ok    lag: the newest entry is ").says("ok    a typical day: ");
        if name == "partitioned" {
            let (first, last) = (&logs[7].time[..10], &logs[0].time[..10]);
            assert!(run.err.contains(&format!("ok    days (UTC) of stdout: {first} to {last} (")), "{}", run.err);
        }
        let config = home.path().join("config.toml");
        std::fs::write(&config, &run.out).unwrap();
        let config = config.to_str().unwrap();
        let run = query(&["--config", config, "--profile", &dataset.id, "--since", "10d", "-o", "raw"]).ends(0);
        assert_eq!(run.out.lines().count(), logs.len(), "{name}");
    }
}

#[test]
fn a_dataset_that_is_not_there_is_told_with_the_nearest_one() {
    let dataset = Dataset::new("doctor_near");
    let source = dataset.source();
    let home = tempfile::tempdir().unwrap();
    let mut command = lq_query();
    command.env("BIGQUERY_EMULATOR_HOST", emulator().url()).env("HOME", home.path());
    let run = Run::of(command.args(["--doctor", "--source", &source.replace("doctor_near", "docter_near")])).ends(2);
    run.says("FAIL  dataset bq://acme/docter_near").says(&format!("did you mean {source}"));
}
