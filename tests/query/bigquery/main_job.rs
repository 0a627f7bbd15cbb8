//! The main job: a dataset becomes one file for each Pod, every line right.

use std::collections::BTreeMap;
use std::fs;
use std::process::Command;

use crate::emulator::{Dataset, emulator};
use crate::support::Log;

/// Three Pods of the agent and one of another container, two hours around 10:00.
fn logs() -> Vec<Log> {
    let mut logs = Vec::new();
    for minute in 0..120 {
        for pod in ["agent-hg8tg", "agent-qbpch", "agent-xr4tb"] {
            let time = format!("2026-11-20T{:02}:{:02}:00.{:06}Z", 9 + minute / 60, minute % 60, minute);
            let stream = if minute % 7 == 0 { "stderr" } else { "stdout" };
            let text = format!("{pod} at minute {minute}: 日本 \"quoted\" \\ tab\t");
            logs.push(Log::at(time).of("datadog", pod, "agent").stream(stream).id(format!("{pod}{minute}")).says(text));
        }
        let time = format!("2026-11-20T{:02}:{:02}:30Z", 9 + minute / 60, minute % 60);
        logs.push(Log::at(time).of("shop", "web-1", "web").id(format!("web{minute}")).says("not asked for"));
    }
    // A twin, as exports have them.
    logs.push(logs[200].clone());
    logs
}

/// The lines that belong into each file: those of the hour from 09:30 on.
fn expected(logs: &[Log]) -> BTreeMap<String, Vec<u8>> {
    let mut files: BTreeMap<String, Vec<u8>> = BTreeMap::new();
    let hour = "2026-11-20T09:30".."2026-11-20T10:30";
    let mut wanted: Vec<&Log> =
        logs.iter().filter(|log| log.container == "agent" && hour.contains(&log.time.as_str())).collect();
    wanted.sort_by_key(|log| (log.time.clone(), log.id.clone()));
    wanted.dedup_by_key(|log| log.id.clone());
    for log in wanted {
        let file = files.entry(format!("{}_datadog_agent.log", log.pod)).or_default();
        file.extend_from_slice(format!("{}\n", log.says.as_str().unwrap()).as_bytes());
    }
    files
}

#[test]
fn three_pods_become_three_files_whatever_the_layout() {
    let logs = logs();
    type Load = fn(&Dataset, &[Log]);
    let layouts: [(&str, Load); 3] =
        [("sharded", Dataset::sharded), ("partitioned", Dataset::partitioned), ("analytics", Dataset::analytics)];
    for (name, load) in layouts {
        let dataset = Dataset::new(&format!("main_job_{name}"));
        load(&dataset, &logs);
        let folder = tempfile::tempdir().unwrap();
        let [query, split] = [env!("CARGO_BIN_EXE_lq-query"), env!("CARGO_BIN_EXE_lq-split")];
        let pipeline = format!(
            "set -o pipefail; {query} agent --at 2026-11-20T09:30:00Z --source {} | {split} --dir logs",
            dataset.source()
        );
        let run = Command::new("bash")
            .args(["-c", &pipeline])
            .current_dir(&folder)
            .env("HOME", folder.path())
            .env("BIGQUERY_EMULATOR_HOST", emulator().url())
            .output()
            .unwrap();
        let said = String::from_utf8_lossy(&run.stderr);
        assert!(run.status.success(), "{name}: {said}");
        assert!(said.contains("180 entries of 3 Pods"), "{name}: {said}");
        let files: BTreeMap<String, Vec<u8>> = fs::read_dir(folder.path().join("logs"))
            .unwrap()
            .map(|file| file.unwrap())
            .map(|file| (file.file_name().into_string().unwrap(), fs::read(file.path()).unwrap()))
            .collect();
        assert_eq!(files, expected(&logs), "{name}");
    }
}

#[test]
fn layouts_that_are_mixed_are_all_read_and_twins_dropped() {
    let logs = logs();
    let dataset = Dataset::new("mixed");
    // The sink was changed at noon, and for a while wrote both.
    dataset.sharded(&logs[..300]);
    dataset.partitioned(&logs[100..]);
    let home = tempfile::tempdir().unwrap();
    let mut command = crate::support::lq_query();
    command.env("BIGQUERY_EMULATOR_HOST", emulator().url()).env("HOME", home.path());
    command.args(["--source", &dataset.source(), "--at", "2026-11-20", "-r", "day", "-o", "raw"]);
    let run = crate::support::Run::of(&mut command).ends(0);
    assert_eq!(run.out.lines().count(), 480, "{}", run.err);
}
