//! With a time BigQuery is asked for names alone: the same list, whatever the layout.

use crate::emulator::{Dataset, emulator};
use crate::scene::{DAY, Home, logs};
use crate::support::{Log, Run};

fn ls(home: &Home, dataset: &Dataset, words: &str) -> Run {
    let mut command = home.command(words);
    command.env("BIGQUERY_EMULATOR_HOST", emulator().url()).args(["--source", &dataset.source()]);
    Run::of(&mut command)
}

/// Without a twin, which BigQuery counts.
fn entries() -> Vec<Log> {
    let mut logs = logs();
    logs.pop();
    logs
}

#[test]
fn lists_are_the_same_whatever_they_are_made_of() {
    let logs = entries();
    let home = Home::of(&logs);
    let sharded = Dataset::new("ls_sharded");
    sharded.sharded(&logs);
    let partitioned = Dataset::new("ls_partitioned");
    partitioned.partitioned(&logs);
    let analytics = Dataset::new("ls_analytics");
    analytics.analytics(&logs);
    for words in [
        "pods -o json",
        "containers -o json",
        "namespaces",
        "clusters",
        "pods agent 'w*'",
        "pods -n shop --exclude-pod 2 -o json",
        r"pods --pod '\bx' -o json",
        "pods -l app=web",
        "containers --stream stderr",
        "containers --log 'std*' --log 'é*'",
        "pods --since 2024-12-19T01:01:00Z --until 2024-12-19T02:01:00Z -o json",
    ] {
        let window = if words.contains("--since") { "" } else { DAY };
        let words = format!("{words} {window}");
        let wanted = home.ls(&words).ends(0).out;
        assert!(!wanted.is_empty(), "{words}");
        for dataset in [&sharded, &partitioned, &analytics] {
            assert_eq!(ls(&home, dataset, &words).ends(0).out, wanted, "{words} {}", dataset.id);
        }
    }
}

#[test]
fn the_run_is_summed_up_and_feeds_the_index() {
    let home = Home::of(&[]);
    let dataset = Dataset::new("ls_index");
    dataset.sharded(&entries());
    ls(&home, &dataset, "pods").ends(1).says("nothing is known of bq://acme/ls_index");
    let run = ls(&home, &dataset, &format!("pods {DAY}")).ends(0);
    let run = run.says("lq-ls: will read ≤ ").says("lq-ls: 12 entries of 4 Pods, 2024-12-19T01:00:00Z to ");
    assert_eq!(ls(&home, &dataset, "pods").ends(0).out, run.out);
    ls(&home, &dataset, &format!("pods {DAY} nobody")).ends(1).says("nothing matched in the window");
}

#[test]
fn twins_are_counted_as_rows() {
    let home = Home::of(&[]);
    let dataset = Dataset::new("ls_twins");
    dataset.sharded(&logs());
    let run = ls(&home, &dataset, &format!("pods pod/web-1 {DAY} -o json")).ends(0);
    assert_eq!(run.values()[0]["entries"], 7);
}
