//! `--doctor` on an archive.

use std::ffi::OsStr;
use std::fs;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::Command;

use chrono::{TimeDelta, Utc};

use crate::support::{Archive, Log, Run, gz, hour_path, lines, lq_query, zst};

fn examine(archive: &Archive, words: &str) -> Run {
    let mut command = lq_query();
    Run::of(command.args(["--doctor", "--source"]).arg(archive.path()).args(words.split_whitespace()))
}

#[test]
fn an_archive_is_looked_at_and_its_profile_runs() {
    let archive = Archive::new();
    let log = Log::at("2024-12-19T07:00:00Z").says("hello");
    archive.hour("stdout", 7, [&log]);
    archive.file(hour_path("stderr", 9) + ".gz", gz(lines([&log])));
    archive.file(hour_path("stdout", 8) + ".zst", zst(lines([&log])));
    archive.hour("events", 7, [&log]);
    archive.file("notes.txt", "");
    let run = examine(&archive, "").ends(0);
    for said in [
        &format!("ok    archive {}: 4 files, ", archive.path().display()),
        "ok    compression: 1 empty, 1 gzip, 1 plain, 1 zstd\n",
        "ok    layout: a sink's tree of stderr and stdout; 1 file of no hour, which every run reads; other logs, for \
         --log NAME: events\n",
        "warn  hours: 2024-12-19T07:00Z to 2024-12-19T10:00Z, ",
        "gcloud storage rsync -r gs://BUCKET ",
        "ok    entries: Cloud Logging's LogEntry, in ",
    ] {
        assert!(run.err.contains(said), "`{said}` is missing in:\n{}", run.err);
    }
    let config = Archive::new();
    let config = config.file("config.toml", &run.out);
    let profile = run.out.split("[profile.").nth(1).unwrap().split(']').next().unwrap();
    let mut command = lq_query();
    command.args(["--at", "2024-12-19", "-r", "day", "-o", "raw", "--profile", profile, "--config"]);
    assert_eq!(Run::of(command.arg(&config)).ends(0).out, "hello\n".repeat(3));
}

#[test]
fn an_archive_of_this_hour_is_fresh() {
    let archive = Archive::new();
    let hour = Utc::now() - TimeDelta::hours(3);
    let name = hour.format("stdout/%Y/%m/%d/%H:00:00_%H:59:59_S0.json").to_string();
    archive.file(name, lines([&Log::at(hour.format("%FT%TZ").to_string())]));
    examine(&archive, "").ends(0).says("ok    hours: ").says_nothing_of("warn");
}

#[test]
fn an_archive_that_cannot_be_read_is_told() {
    let archive = Archive::new();
    let run = examine(&archive, "").ends(2).says("holds no files of stdout or stderr").says("gcloud storage rsync");
    assert_eq!(run.out, "");
    archive.hour("events", 7, [&Log::at("2024-12-19T07:00:00Z")]);
    examine(&archive, "").ends(0).says("ok    layout: folders of days that are named after no log");
    let mut gone = lq_query();
    let run = Run::of(gone.args(["--doctor"]).env("LQ_SOURCE", "/nowhere/archive")).ends(2);
    run.says("FAIL  archive /nowhere/archive (set in LQ_SOURCE): No such file")
        .says("rsync -r gs://BUCKET /nowhere/archive");
    let mut stdin = lq_query();
    Run::of(stdin.args(["--doctor", "--source", "-"])).ends(2).says("standard input is read to its end");
}

#[test]
fn a_file_that_cannot_be_read_is_a_fault() {
    let archive = Archive::new();
    archive.file("a.json", lines([&Log::at("2024-12-19T07:00:00Z")]));
    let file = archive.file("b.json", "x");
    fs::set_permissions(&file, fs::Permissions::from_mode(0o000)).unwrap();
    // Root may read everything: then a link to nothing has to do.
    if fs::File::open(&file).is_ok() {
        fs::remove_file(&file).unwrap();
        std::os::unix::fs::symlink("nothing", &file).unwrap();
    }
    examine(&archive, "").ends(2).says("FAIL  unreadable: 1 of 2 files, the first is ").says("b.json: ");
}

#[test]
fn a_folder_that_may_not_be_read_is_no_file() {
    let archive = Archive::of([&Log::at("2024-12-19T07:00:00Z")]);
    let locked = archive.join("locked");
    fs::create_dir(&locked).unwrap();
    fs::set_permissions(&locked, fs::Permissions::from_mode(0o000)).unwrap();
    // Root may read everything, and then there is nothing in it.
    let (status, said) = match fs::read_dir(&locked) {
        Ok(_) => (0, "/logs.json\n".to_owned()),
        Err(_) => (2, format!("FAIL  unreadable folder: {}\n", locked.display())),
    };
    examine(&archive, "").ends(status).says(": 1 file, ").says("layout: 1 file of no hour").says(&said);
    fs::set_permissions(&locked, fs::Permissions::from_mode(0o700)).unwrap();
}

#[test]
fn a_file_that_is_damaged_is_told() {
    let archive = Archive::new();
    let mut cut = gz(lines([&Log::at("2024-12-19T07:00:00Z")]));
    cut.truncate(20);
    archive.file("a.json.gz", cut);
    examine(&archive, "").ends(2).says("FAIL  entries: cannot read ");
    let text = Archive::new();
    text.file("a.log", "plain\ntext\n");
    examine(&text, "").ends(2).says("FAIL  entries: none with a time at the beginning of the file\n");
}

#[test]
fn what_is_no_archive_gets_no_profile() {
    for (name, bytes) in [
        ("README.md", "# Logs\n"),
        ("empty.json", ""),
        ("package.json", "{\"name\":\"npm\"}\n"),
        ("binary", "\u{0}\u{1}{\u{2}\n"),
    ] {
        let archive = Archive::new();
        archive.file(name, bytes);
        let run =
            examine(&archive, "").ends(2).says("FAIL  entries: none with a time").says("is it an archive of logs?");
        assert_eq!(run.out, "", "{name}");
    }
    let archive = Archive::new();
    archive.file("a.json", "{\"time\":\"2024-12-19T07:00:00Z\",\"name\":\"npm\"}\n");
    examine(&archive, "").ends(0).says("warn  entries: JSON of no known dialect").says("no name finds them");
}

#[test]
fn entries_are_looked_for_behind_files_that_have_none() {
    let archive = Archive::of([&Log::at("2024-12-19T07:00:00Z")]);
    archive.file("README.md", "# Logs\n");
    examine(&archive, "").ends(0).says("ok    entries: Cloud Logging's LogEntry").says("ok    written: ");
}

#[test]
fn a_pipe_is_not_waited_for() {
    let archive = Archive::of([&Log::at("2024-12-19T07:00:00Z")]);
    let pipe = archive.join("e.json");
    assert!(Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    examine(&archive, "").ends(2).says("e.json: no regular file").says("ok    entries: ");
    for none in [pipe.as_path(), Path::new("/dev/null")] {
        let mut command = lq_query();
        let run = Run::of(command.args(["--doctor", "--source"]).arg(none)).ends(2).says("no regular file");
        assert_eq!(run.out, "");
    }
}

#[test]
fn hours_that_lie_ahead_are_the_clock_s() {
    let archive = Archive::new();
    let hour = Utc::now() + TimeDelta::days(3);
    let name = hour.format("stdout/%Y/%m/%d/%H:00:00_%H:59:59_S0.json").to_string();
    archive.file(name, lines([&Log::at(hour.format("%FT%TZ").to_string())]));
    examine(&archive, "").ends(0).says("warn  clock: hours: ").says("d from now\n").says("timedatectl");
}

#[test]
fn a_name_that_no_configuration_file_can_hold_is_refused() {
    let outer = Archive::new();
    let folder = outer.path().join(OsStr::from_bytes(b"f\xff"));
    // Not every file system takes such a name.
    if fs::create_dir(&folder).is_ok() {
        fs::write(folder.join("a.json"), lines([&Log::at("2024-12-19T07:00:00Z")])).unwrap();
        for (flag, said) in [("--doctor", "FAIL  archive "), ("--show-config", "lq-query: --source ")] {
            let mut command = lq_query();
            let run = Run::of(command.args([flag, "--source"]).arg(&folder)).ends(2).says(said).says("is not UTF-8");
            assert_eq!(run.out, "");
        }
    }
}

#[test]
fn colour_comes_where_it_is_wanted() {
    let archive = Archive::of([&Log::at("2024-12-19T07:00:00Z")]);
    let mut command = lq_query();
    command.args(["--doctor", "--source"]).arg(archive.path());
    assert!(!Run::of(&mut command).err.contains('\u{1b}'));
    assert!(Run::of(command.env("LQ_COLOR", "always")).err.contains("\u{1b}[32mok"));
    assert!(!Run::of(command.env("LQ_COLOR", "never")).err.contains('\u{1b}'));
    Run::of(command.env("LQ_COLOR", "red")).ends(2).says("LQ_COLOR: color: `red`");
}
