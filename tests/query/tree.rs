//! A Cloud Storage sink's tree of hours, and what else may lie in an archive.

use std::fs;
use std::os::unix::fs::symlink;

use crate::support::{Archive, Log, Run, gz, hour_path, lines, lq_query};

/// Would be reported if anybody opened it.
const GARBAGE: &str = "{ this is no JSON\n";

fn at(time: &str) -> Log {
    Log::at(format!("2024-12-19T{time}Z")).says(time)
}

/// An archive with one entry in each hour, at half past.
fn day() -> Archive {
    let archive = Archive::new();
    for hour in 0..24 {
        archive.hour("stdout", hour, [&at(&format!("{hour:02}:30:00"))]);
    }
    archive
}

#[test]
fn only_the_hours_that_the_window_touches_are_opened() {
    for (window, touched, expected) in [
        ("--since 2024-12-19T07:00:00Z --until 2024-12-19T08:00:00Z", 7..8, "07:30:00"),
        ("--since 2024-12-19T07:00:00Z --until 2024-12-19T08:00:00.000000001Z", 7..9, "07:30:00"),
        ("--since 2024-12-19T06:59:59.999999999Z --until 2024-12-19T08:00:00Z", 6..8, "07:30:00"),
        ("--since 2024-12-19T07:59:00Z --until 2024-12-19T09:01:00Z", 7..10, "08:30:00"),
        ("--since 2024-12-18T23:00:00Z --until 2024-12-19T00:30:00.1Z", 0..1, "00:30:00"),
        ("--since 2024-12-19T23:00:00Z --until 2024-12-20T05:00:00Z", 23..24, "23:30:00"),
    ] {
        let archive = day();
        for hour in (0..24).filter(|hour| !touched.contains(hour)) {
            archive.file(hour_path("stdout", hour), GARBAGE);
        }
        let run = archive.query(window).ends(0).says_nothing_of("malformed");
        assert_eq!(run.messages(), [expected], "{window}");
        for hour in touched {
            archive.file(hour_path("stdout", hour), GARBAGE);
            archive.query(window).ends(3).says(&format!("{hour:02}:00:00_{hour:02}:59:59_S0.json: 1 malformed line"));
            archive.hour("stdout", hour, []);
        }
    }
}

#[test]
fn an_hour_is_known_however_its_file_is_called() {
    for name in [
        "07:00:00_07:59:59_S0.json",
        "07:00:00_07:59:59_S12.json",
        "07:00:00_07:59:59_A0.json",
        "07:00:00_07:59:59_A31.json.gz",
        "07%3A00%3A00_07%3A59%3A59_S0.json",
        "07%3a00%3a00_07%3a59%3a59_A1.json",
        "07_00_00_07_59_59_S0.json",
    ] {
        let archive = Archive::new();
        let line = lines(&[at("07:30:00")]);
        let bytes = if name.ends_with("gz") { gz(line) } else { line.into_bytes() };
        archive.file(format!("stdout/2024/12/19/{name}"), bytes);
        assert_eq!(archive.query("").ends(0).messages(), ["07:30:00"], "{name}");
        archive.query("--at 2024-12-19T07:10:00Z --dry-run").ends(0).says("slice 1: 2024-12-19T07:00:00Z, 1 file,");
        archive.query("--at 2024-12-19T09:00:00Z --dry-run").ends(0).says("would read 0 slices");
    }
}

#[test]
fn shards_and_late_files_of_an_hour_are_one_slice() {
    let archive = Archive::new();
    for (number, name) in ["S0", "S1", "A0", "A1"].iter().enumerate() {
        let path = format!("stdout/2024/12/19/07:00:00_07:59:59_{name}.json");
        archive.file(path, lines(&[at(&format!("07:00:0{}", 3 - number))]));
    }
    assert_eq!(archive.query("").ends(0).messages(), ["07:00:00", "07:00:01", "07:00:02", "07:00:03"]);
    archive.query("--dry-run").ends(0).says("would read 1 slice").says("4 files");
}

#[test]
fn a_source_may_be_any_folder_or_file_of_the_tree() {
    let archive = day();
    archive.hour("stderr", 7, [&at("07:31:00").stream("stderr")]);
    let here = |below: &str, words: &str| {
        let mut command = lq_query();
        command.current_dir(archive.join(below)).args(words.split_whitespace());
        Run::of(command.args(["--at", "2024-12-19T07:00:00Z"])).ends(0).messages()
    };
    assert_eq!(here("", "--source ."), ["07:30:00", "07:31:00"]);
    assert_eq!(here("", "--source stdout"), ["07:30:00"]);
    assert_eq!(here("stdout/2024", "--source ."), ["07:30:00"]);
    assert_eq!(here("", "--source stdout/2024/12/"), ["07:30:00"]);
    assert_eq!(here("stdout/2024/12/19", "--source ."), ["07:30:00"]);
    assert_eq!(here("stdout", "--source ../stderr/2024/12/19"), ["07:31:00"]);
    assert_eq!(here("stdout/2024/12/19", "--source 07:00:00_07:59:59_S0.json"), ["07:30:00"]);
    // Only the hour is opened from down there, too.
    archive.file(hour_path("stdout", 8), GARBAGE);
    assert_eq!(here("stdout/2024/12/19", "--source ."), ["07:30:00"]);
}

#[test]
fn other_logs_are_read_when_they_are_asked_for() {
    let archive = day();
    let mut event = at("07:45:00").stream("events").sink();
    event["resource"]["type"] = "k8s_pod".into();
    let path = archive.file(hour_path("events", 7), format!("{event}\n"));
    assert_eq!(archive.query("--at 2024-12-19T07:00:00Z --log events").ends(0).messages(), ["07:45:00"]);
    assert_eq!(archive.query("--at 2024-12-19T07:00:00Z --log ev*").ends(0).messages(), ["07:45:00"]);
    assert_eq!(archive.query("--log stdout --at 2024-12-19T07:00:00Z").ends(0).messages(), ["07:30:00"]);
    fs::write(path, GARBAGE).unwrap();
    archive.query("").ends(0).says_nothing_of("malformed");
    archive.query("--dry-run").ends(0).says("not read: events (other logs are read with --log NAME)");
}

#[test]
fn what_else_lies_in_a_tree_does_no_harm() {
    let archive = day();
    archive.file("README.md", "# Our logs\n\nFrom the sink.\n");
    archive.file("stdout/2024/12/19/.07:00:00_07:59:59_S9.json", GARBAGE);
    archive.file("stdout/2024/12/19/.tmp/07:00:00_07:59:59_S9.json", GARBAGE);
    archive.file(".git/config.json", GARBAGE);
    archive.file("stdout/2024/12/19/07:00:00_07:59:59_S1.json.part", GARBAGE);
    archive.file("stdout/2024/12/19/07:00:00_07:59:59_S2.json", "");
    archive.file("stdout/2024/12/19/07:00:00_07:59:59_S3.json", "\n\r\n  \n");
    fs::create_dir_all(archive.join("stdout/2024/12/20")).unwrap();
    fs::create_dir_all(archive.join("empty/2024/12/19")).unwrap();
    symlink(".", archive.join("loop")).unwrap();
    symlink("../..", archive.join("stdout/2024/12/loop")).unwrap();
    symlink("../../../..", archive.join("stdout/2024/12/19/loop")).unwrap();
    symlink(archive.path().parent().unwrap(), archive.join("stdout/above")).unwrap();
    symlink("gone", archive.join("stdout/2024/12/19/.#lock")).unwrap();
    let run = archive.query("").ends(0);
    assert_eq!(run.messages().len(), 24);
    let readme = archive.join("README.md");
    run.says(&format!("lq-query: passed over, as no exported logs: {}\n", readme.display()));
    // The hours are slices none the less.
    archive.query("--dry-run").ends(0).says("slice 2: 2024-12-19T00:00:00Z").says("would read 25 slices");
}

#[test]
fn a_pipe_or_a_socket_in_the_tree_keeps_nobody_waiting() {
    let archive = day();
    let pipe = archive.join("stdout/2024/12/19/07:00:00_07:59:59_S1.json");
    rustix::fs::mkfifoat(rustix::fs::CWD, &pipe, rustix::fs::Mode::RWXU).unwrap();
    let _socket = std::os::unix::net::UnixListener::bind(archive.join("socket")).unwrap();
    let run = archive.query("").ends(0).says("passed over, as no exported logs: ").says(" and 1 more");
    assert_eq!(run.messages().len(), 24);
}

#[test]
fn a_link_to_nothing_is_a_loss_in_its_own_hour_only() {
    let archive = day();
    symlink("gone", archive.join("stdout/2024/12/19/07:00:00_07:59:59_S1.json")).unwrap();
    let run = archive.query("--at 2024-12-19T06:00:00Z -r 3").ends(3);
    assert_eq!(run.all("message"), ["06:30:00", "07:30:00", "08:30:00"]);
    let last = run.values().pop().unwrap();
    // An entry of the hour before might have stood in the file.
    assert_eq!(last["lq"]["complete_until"], "2024-12-19T06:00:00Z");
    run.says("07:00:00_07:59:59_S1.json: is not there: removed meanwhile, or a link to nothing");
    archive.query("--at 2024-12-19T08:00:00Z").ends(0);
}

#[test]
fn links_to_files_and_folders_are_followed() {
    let (archive, linked) = (day(), Archive::new());
    symlink(archive.join("stdout"), linked.join("stdout")).unwrap();
    assert_eq!(linked.query("").ends(0).messages().len(), 24);
}

#[test]
fn files_of_no_hour_are_merged_with_the_hours() {
    let archive = day();
    archive.file("more/export.json", lines(&[at("09:15:00"), at("06:15:00"), at("06:45:00")]));
    archive.file("stdout/2024/12/19/notes.json", lines(&[at("07:15:00")]));
    let run = archive.query("--since 2024-12-19T06:00:00Z --until 2024-12-19T10:00:00Z").ends(0);
    let expected = ["06:15:00", "06:30:00", "06:45:00", "07:15:00", "07:30:00", "08:30:00", "09:15:00", "09:30:00"];
    assert_eq!(run.messages(), expected);
}

#[test]
fn folders_that_only_look_like_days_are_looked_into() {
    for path in [
        "backup/2024/12/24/stdout/2024/12/19/07:00:00_07:59:59_S0.json",
        "2024/12/24/07.json",
        "cluster/2024/12/18/node-7/logs.json",
        "agent/2024/12/19/07:00:00_07:59:59_S0.json",
    ] {
        let archive = Archive::new();
        archive.file(path, lines(&[at("07:30:00")]));
        assert_eq!(archive.query("--at 2024-12-19T07:00:00Z").ends(0).messages(), ["07:30:00"], "{path}");
    }
}

#[test]
fn a_year_of_hours_is_listed_and_its_first_entry_found() {
    let archive = Archive::new();
    let mut date = chrono::NaiveDate::from_ymd_opt(2023, 1, 1).unwrap();
    for _ in 0..365 {
        let folder = archive.join(format!("stdout/{}", date.format("%Y/%m/%d")));
        fs::create_dir_all(&folder).unwrap();
        for hour in 0..24 {
            let line = Log::at(format!("{date}T{hour:02}:30:00Z")).entry();
            fs::write(folder.join(format!("{hour:02}:00:00_{hour:02}:59:59_S0.json")), format!("{line}\n")).unwrap();
        }
        date = date.succ_opt().unwrap();
    }
    archive.query("--since 2023-01-01 --until 2024-01-01 --dry-run").ends(0).says("would read 8,760 slices");
    let run = archive.query("--since 2023-01-01 --until 2024-01-01 --limit 1").ends(0);
    assert_eq!(run.all("timestamp"), ["2023-01-01T00:30:00Z"]);
}

#[test]
fn what_a_file_holds_beyond_its_hour_waits_for_its_own() {
    let archive = Archive::new();
    // From one hour on into the next ones, one of which has no file; a twin waits there.
    let far = at("10:10:00").id("far");
    archive.hour("stdout", 7, [&far, &at("07:30:00"), &at("09:30:00"), &at("08:10:00"), &at("12:00:00")]);
    archive.hour("stdout", 8, [&at("08:05:00"), &at("08:15:00")]);
    archive.hour("stdout", 10, [&at("10:20:00"), &far, &at("10:05:00")]);
    let expected =
        ["07:30:00", "08:05:00", "08:10:00", "08:15:00", "09:30:00", "10:05:00", "10:10:00", "10:20:00", "12:00:00"];
    let run = archive.query("").ends(0);
    assert_eq!(run.messages(), expected);
    run.says("1 twin dropped").says_nothing_of("out of order");
}

#[test]
fn what_stands_in_the_file_of_the_next_hour_comes_out_in_order_and_once() {
    let archive = Archive::new();
    let twin = at("07:50:00").id("twin");
    archive.hour("stdout", 7, [&at("07:30:00"), &twin]);
    archive.hour("stdout", 8, [&at("08:30:00"), &at("07:10:00"), &twin]);
    archive.hour("stdout", 9, [&at("09:30:00"), &at("08:10:00")]);
    let run = archive.query("").ends(0).says("1 twin dropped").says_nothing_of("out of order");
    assert_eq!(run.messages(), ["07:10:00", "07:30:00", "07:50:00", "08:10:00", "08:30:00", "09:30:00"]);
    assert_eq!(archive.query("--tail 2").ends(0).messages(), ["08:30:00", "09:30:00"]);
}

#[test]
fn what_stands_in_the_file_of_a_much_later_hour_comes_out_and_is_told() {
    let archive = Archive::new();
    archive.hour("stdout", 7, [&at("07:30:00")]);
    archive.hour("stdout", 8, [&at("08:30:00")]);
    archive.hour("stdout", 9, [&at("09:30:00"), &at("07:10:00")]);
    let run = archive.query("").ends(3);
    assert_eq!(run.messages(), ["07:30:00", "07:10:00", "08:30:00", "09:30:00"]);
    let run = run.says("lq-query: 1 entry stood in files of much later hours: out of order");
    assert!(run.failed().starts_with("1 entry stood in files of much later hours: out of order"));
}

#[test]
fn hours_come_out_one_by_one_where_they_are_sorted_on_disk() {
    let archive = Archive::new();
    let long = |time: String, number: u32| Log::at(time).says(format!("{number:06}{}", "x".repeat(20_000)));
    let mut expected = Vec::new();
    for hour in 0..3u32 {
        let logs: Vec<Log> = (0..120)
            .map(|i| {
                let number = (i * 7) % 120;
                // Every tenth belongs to the next hour.
                let to = hour + u32::from(number % 10 == 0);
                long(format!("2024-12-19T{to:02}:{:02}:{:02}Z", number / 60, number % 60), to * 1000 + number)
            })
            .collect();
        expected.extend(logs.iter().map(|log| (log.time.clone(), log.says.as_str().unwrap().to_owned())));
        archive.hour("stdout", hour, &logs);
    }
    expected.sort();
    let run = archive.query("--memory 1MiB").ends(0);
    let came: Vec<_> = run.all("timestamp").into_iter().zip(run.messages()).collect();
    assert!(came == expected);
}

#[test]
fn a_window_behind_the_newest_hour_gets_a_command_that_works_when_pasted() {
    let archive = Archive::new();
    let now = chrono::Utc::now();
    let newest = now - chrono::TimeDelta::hours(50);
    let path = newest.format("stdout/%Y/%m/%d/%H:00:00_%H:59:59_S0.json").to_string();
    archive.file(path, lines(&[Log::at(newest.format("%Y-%m-%dT%H:10:00Z").to_string()).says("the newest")]));
    for typed in
        ["web", "--since 2h web", "web --ago 1d -r2 --tz Asia/Tokyo -g 'the new'", "-Ar 2 -- web", "--until 5m -- web"]
    {
        let bash = |command: &str| {
            let mut bash = std::process::Command::new("bash");
            bash.env_clear().env("HOME", "/nonexistent").env("TZ", "Europe/Berlin").env("LQ_SOURCE", archive.path());
            let bin = std::path::Path::new(env!("CARGO_BIN_EXE_lq-query")).parent().unwrap();
            let path = format!("{}:{}", bin.display(), std::env::var("PATH").unwrap());
            Run::of(bash.env("PATH", path).arg("-c").arg(command))
        };
        let run = bash(&format!("lq-query {typed}")).ends(1);
        let pasted = run.err.lines().find_map(|line| line.split_once("its newest hour: ")).unwrap().1;
        assert_eq!(bash(pasted).ends(0).messages(), ["the newest"], "{typed}: {pasted}");
    }
}

#[test]
fn an_empty_window_names_the_first_and_last_hour_there_are() {
    let archive = Archive::new();
    archive.hour("stdout", 7, [&at("07:30:00")]);
    archive.hour("stdout", 20, [&at("20:30:00")]);
    let hours = "the archive holds the hours from 2024-12-19T07:00:00Z to 2024-12-19T21:00:00Z";
    for window in ["--at 2024-12-19T03:00:00Z", "--at 2024-12-19T09:00:00Z", "--at 2024-12-18T00:00:00Z"] {
        archive.query(window).ends(1).says("nothing lies in the window").says(hours);
    }
    archive.query("--at 2024-12-19T21:00:00Z").ends(1).says("which holds the hours from 2024-12-19T07:00:00Z to");
}

#[test]
fn an_archive_without_hours_names_the_first_and_last_time_it_has() {
    let archive = Archive::of(&[at("07:30:00"), at("05:00:00.5")]);
    let times = "the entries of the archive run from 2024-12-19T05:00:00.500Z to 2024-12-19T07:30:00Z";
    archive.query("--at 2024-12-20").ends(1).says("nothing lies in the window").says(times);
    Archive::new().query("").ends(1).says("nothing lies in the window; the archive holds no entries of containers");
}
