//! What stays known, for how long, and where it is kept.

use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt, symlink};
use std::path::{Path, PathBuf};

use chrono::{DateTime, Utc};
use serde_json::{Value, json};
use tempfile::TempDir;

use super::super::{Cache, Wanted};
use super::dataset::{Dataset, address, partitioned, sink_table};
use super::{at, window};
use crate::private::Folder;
use crate::select::Logs;
use crate::source::bigquery::address::Address;
use crate::when::Window;

/// A cache in a folder that is not there yet.
struct Home {
    dir: TempDir,
    cache: Cache,
}

impl Home {
    fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let cache =
            Cache::new(Some(Folder::at(&dir.path().join("cache/lq"))), &address(), "https://bigquery.googleapis.com");
        Home { dir, cache }
    }

    fn folder(&self) -> PathBuf {
        self.dir.path().join("cache/lq")
    }

    fn files(&self) -> Vec<PathBuf> {
        let mut files: Vec<_> =
            fs::read_dir(self.folder()).into_iter().flatten().map(|entry| entry.unwrap().path()).collect();
        files.sort();
        files
    }

    fn file(&self) -> PathBuf {
        let [file] = &self.files()[..] else { panic!("{:?}", self.files()) };
        file.clone()
    }

    /// How often the dataset was listed and which tables were looked at for a window, at a time.
    async fn asks(&self, dataset: &Dataset, window: Window, now: DateTime<Utc>) -> (usize, String) {
        self.asks_again(dataset, window, now, false).await
    }

    async fn asks_again(
        &self,
        dataset: &Dataset,
        window: Window,
        now: DateTime<Utc>,
        refresh: bool,
    ) -> (usize, String) {
        let wanted = Wanted { window, logs: &Logs::OfContainers };
        dataset.find_with(&wanted, &self.cache, now, refresh).await.unwrap();
        dataset.take_asked()
    }
}

fn shard(modified: &str) -> Value {
    let mut table = sink_table();
    table["lastModifiedTime"] = at(modified).timestamp_millis().to_string().into();
    table
}

fn streamed_to(mut table: Value) -> Value {
    table["streamingBuffer"] = json!({"estimatedBytes": "1"});
    table
}

fn nothing() -> (usize, String) {
    (0, String::new())
}

/// The window is an hour of the 20th, except where it says another. The first look is at `first`.
#[tokio::test]
async fn what_is_believed_at_the_second_look() {
    const DAY: &str = "2026-11-20T10:00:00Z";
    const HOUR_LATER: &str = "2026-11-20T11:00:00Z";
    let stdout = "stdout_20261120";
    let whole = partitioned(json!({"type": "DAY", "field": "timestamp"}));
    let done = shard("2026-11-21T00:05:00Z");
    for (what, name, table, first, second, list, gets) in [
        ("a moment later", stdout, done.clone(), "2026-11-20T12:00:00Z", "2026-11-20T12:09:59Z", 0, false),
        ("ten minutes later", stdout, done.clone(), "2026-11-20T12:00:00Z", "2026-11-20T12:10:00Z", 1, true),
        ("the window was not over", stdout, done.clone(), "2026-11-20T10:59:00Z", "2026-11-20T11:06:00Z", 1, true),
        ("late entries may come", stdout, done.clone(), "2026-11-20T11:04:59Z", "2026-11-20T11:06:00Z", 1, true),
        ("late entries have come", stdout, done.clone(), "2026-11-20T11:05:00Z", "2026-11-20T11:06:00Z", 0, false),
        ("a shard that is done", stdout, done.clone(), "2026-11-23T00:05:00Z", "2026-12-22T00:00:00Z", 1, false),
        ("for a month", stdout, done.clone(), "2026-11-23T00:05:00Z", "2026-12-23T00:05:00Z", 1, true),
        (
            "its day is over, but not long",
            stdout,
            done.clone(),
            "2026-11-22T23:59:59Z",
            "2026-11-24T00:00:00Z",
            1,
            true,
        ),
        ("it was young when looked at", stdout, done.clone(), "2026-11-20T12:00:00Z", "2026-12-01T00:00:00Z", 1, true),
        (
            "rows came late",
            stdout,
            shard("2026-11-22T09:00:00Z"),
            "2026-11-24T08:00:00Z",
            "2026-11-24T09:00:00Z",
            1,
            true,
        ),
        ("rows come now", stdout, streamed_to(done.clone()), "2026-11-25T00:00:00Z", "2026-11-25T01:00:00Z", 1, true),
        ("the clock went back", stdout, done.clone(), "2026-11-25T00:00:00Z", "2026-11-24T23:59:59Z", 1, true),
        ("a table of all days", "stdout", whole.clone(), "2026-11-25T00:00:00Z", "2026-11-25T00:09:00Z", 0, false),
        ("the same, later", "stdout", whole.clone(), "2026-11-25T00:00:00Z", "2026-11-25T00:10:00Z", 1, true),
    ] {
        let home = Home::new();
        let dataset = Dataset::new().with(name, table);
        let window = window(DAY, HOUR_LATER);
        assert_eq!(home.asks(&dataset, window, at(first)).await, (1, name.to_owned()), "{what}");
        let expected = (list, if gets { name.to_owned() } else { String::new() });
        assert_eq!(home.asks(&dataset, window, at(second)).await, expected, "{what}");
    }
}

#[tokio::test]
async fn what_was_learnt_for_one_window_serves_another_that_ended_before() {
    let home = Home::new();
    let dataset = Dataset::of(&["stdout_20261119", "stdout_20261120"]);
    let now = at("2026-11-22T12:00:00Z");
    let hour = |day: &str| window(&format!("{day}T10:00:00Z"), &format!("{day}T11:00:00Z"));
    assert_eq!(home.asks(&dataset, hour("2026-11-20"), now).await, (1, "stdout_20261120".into()));
    assert_eq!(home.asks(&dataset, hour("2026-11-19"), now).await, (0, "stdout_20261119".into()));
    assert_eq!(home.asks(&dataset, hour("2026-11-19"), now).await, nothing());
    assert_eq!(home.asks(&dataset, hour("2026-11-20"), now).await, nothing());
}

#[tokio::test]
async fn a_window_up_to_now_is_always_looked_at_anew() {
    let home = Home::new();
    let dataset = Dataset::of(&["stdout_20261122"]);
    for _ in 0..2 {
        let window = window("2026-11-22T11:00:00Z", "2026-11-22T12:00:00Z");
        assert_eq!(home.asks(&dataset, window, at("2026-11-22T12:00:00Z")).await, (1, "stdout_20261122".into()));
    }
}

#[tokio::test]
async fn refresh_believes_nothing_and_renews_all() {
    let home = Home::new();
    let (window, now) = (window("2026-11-20T10:00:00Z", "2026-11-20T11:00:00Z"), at("2026-11-23T12:00:00Z"));
    let dataset = Dataset::of(&["stdout_20261120"]);
    home.asks(&dataset, window, now).await;
    let renewed = Dataset::of(&["stdout_20261120", "stderr_20261120"]);
    assert_eq!(home.asks_again(&renewed, window, now, true).await, (1, "stderr_20261120 stdout_20261120".into()));
    assert_eq!(home.asks(&renewed, window, now).await, nothing());
}

#[tokio::test]
async fn memory_alone_never_says_that_there_is_nothing_or_that_something_has_gone() {
    let home = Home::new();
    let (window, now) = (window("2026-11-20T10:00:00Z", "2026-11-20T11:00:00Z"), at("2026-11-22T12:00:00Z"));
    let wanted = Wanted { window, logs: &Logs::OfContainers };
    // Found: shards of another day only.
    let before = Dataset::of(&["stdout_20261119"]);
    assert_eq!(home.asks(&before, window, now).await, (1, String::new()));
    // Meanwhile a table has come.
    let after = Dataset::of(&["stdout_20261119", "stderr_20261120", "stdout_20261120"]);
    assert_eq!(home.asks(&after, window, now).await, (1, "stderr_20261120 stdout_20261120".into()));
    // And one has gone that was listed, but not looked at.
    let hour = super::window("2026-11-19T10:00:00Z", "2026-11-19T11:00:00Z");
    let gone = Dataset::of(&["stdout_20261120"]).with("stderr_20261119", sink_table());
    let found = gone.find_with(&Wanted { window: hour, ..wanted }, &home.cache, now, false).await.unwrap();
    assert_eq!(found.tables[0].id, "stderr_20261119");
    assert_eq!(found.notes, [""; 0]);
}

#[tokio::test]
async fn errors_are_not_remembered() {
    let home = Home::new();
    let wanted = Wanted { window: window("2026-11-20T10:00:00Z", "2026-11-20T11:00:00Z"), logs: &Logs::OfContainers };
    let now = at("2026-11-22T12:00:00Z");
    Dataset::new().find_with(&wanted, &home.cache, now, false).await.unwrap_err();
    let dataset = Dataset::of(&["stdout_20261120"]);
    assert_eq!(home.asks(&dataset, wanted.window, now).await, (1, "stdout_20261120".into()));
}

#[tokio::test]
async fn the_file_is_the_users_own() {
    let home = Home::new();
    let window = window("2026-11-20T10:00:00Z", "2026-11-20T11:00:00Z");
    home.asks(&Dataset::of(&["stdout_20261120"]), window, at("2026-11-22T12:00:00Z")).await;
    let mode = |path: &Path| fs::metadata(path).unwrap().mode() & 0o777;
    assert_eq!((mode(&home.folder()), mode(&home.file())), (0o700, 0o600));
    assert!(home.file().file_name().unwrap().to_str().unwrap().starts_with("tables-gke-"));
}

#[tokio::test]
async fn each_server_and_dataset_has_a_file_of_its_own() {
    let dir = tempfile::tempdir().unwrap();
    let dataset = Dataset::of(&["stdout_20261120"]);
    let now = at("2026-11-22T12:00:00Z");
    let wanted = Wanted { window: window("2026-11-20T10:00:00Z", "2026-11-20T11:00:00Z"), logs: &Logs::OfContainers };
    for (address, base, asks) in [
        ("bq://acme/gke", "https://bigquery.googleapis.com", 1),
        ("bq://acme/gke", "http://127.0.0.1:9050", 1),
        ("bq://acme/gke2", "http://127.0.0.1:9050", 1),
        ("bq://other/gke", "http://127.0.0.1:9050", 1),
        ("bq://acme/gke", "http://127.0.0.1:9050/", 0),
    ] {
        let cache = Cache::new(Some(Folder::at(dir.path())), &Address::parse(address).unwrap(), base);
        dataset.find_with(&wanted, &cache, now, false).await.unwrap();
        assert_eq!(dataset.take_asked().0, asks, "{address} {base}");
    }
}

#[tokio::test]
async fn a_file_that_is_not_sound_is_as_if_it_were_not_there_and_is_replaced() {
    let (window, now) = (window("2026-11-20T10:00:00Z", "2026-11-20T11:00:00Z"), at("2026-11-22T12:00:00Z"));
    let dataset = Dataset::of(&["stdout_20261120"]);
    for (what, damage) in [
        ("cut off", (|bytes| bytes[..bytes.len() / 2].to_vec()) as fn(Vec<u8>) -> Vec<u8>),
        ("empty", |_| Vec::new()),
        ("no JSON", |_| b"\0\xff".to_vec()),
        ("another version", |bytes| replaced(bytes, "\"version\":1", "\"version\":0")),
        ("of another dataset", |bytes| replaced(bytes, "bq://acme/gke", "bq://acme/eks")),
        ("of another form", |bytes| replaced(bytes, "\"kind\":\"Table\"", "\"kind\":7")),
    ] {
        let home = Home::new();
        home.asks(&dataset, window, now).await;
        let file = home.file();
        let sound = fs::read(&file).unwrap();
        let damaged = damage(sound.clone());
        assert_ne!(damaged, sound, "{what}");
        fs::write(&file, damaged).unwrap();
        assert_eq!(home.asks(&dataset, window, now).await.0, 1, "{what}");
        assert_eq!(home.asks(&dataset, window, now).await, nothing(), "{what}");
    }
}

fn replaced(bytes: Vec<u8>, from: &str, to: &str) -> Vec<u8> {
    String::from_utf8(bytes).unwrap().replace(from, to).into_bytes()
}

#[tokio::test]
async fn a_link_in_its_place_is_replaced_not_followed() {
    let home = Home::new();
    let (window, now) = (window("2026-11-20T10:00:00Z", "2026-11-20T11:00:00Z"), at("2026-11-22T12:00:00Z"));
    let dataset = Dataset::of(&["stdout_20261120"]);
    home.asks(&dataset, window, now).await;
    let (file, other) = (home.file(), home.dir.path().join("other"));
    fs::rename(&file, &other).unwrap();
    symlink(&other, &file).unwrap();
    let before = fs::read(&other).unwrap();
    assert_eq!(home.asks(&dataset, window, now).await.0, 1);
    assert!(file.symlink_metadata().unwrap().is_file());
    assert_eq!(fs::read(&other).unwrap(), before);
}

#[tokio::test]
async fn trouble_with_the_folder_is_no_trouble() {
    let (window, now) = (window("2026-11-20T10:00:00Z", "2026-11-20T11:00:00Z"), at("2026-11-22T12:00:00Z"));
    let dataset = Dataset::of(&["stdout_20261120"]);
    // A file stands where the folder should be.
    let home = Home::new();
    fs::write(home.dir.path().join("cache"), "").unwrap();
    for _ in 0..2 {
        assert_eq!(home.asks(&dataset, window, now).await.0, 1);
    }
    // Others can write to the folder, so what is in it may be theirs.
    let home = Home::new();
    home.asks(&dataset, window, now).await;
    fs::set_permissions(home.folder(), fs::Permissions::from_mode(0o777)).unwrap();
    assert_eq!(home.asks(&dataset, window, now).await.0, 1);
}

#[tokio::test]
async fn the_file_does_not_grow_for_ever() {
    let home = Home::new();
    let columns: Vec<Value> =
        (0..3_000).map(|n| json!({"name": format!("column_of_a_wide_table_{n}"), "type": "STRING"})).collect();
    let mut wide = sink_table();
    wide["schema"]["fields"].as_array_mut().unwrap().extend(columns);
    let mut dataset = Dataset::new();
    let days = || (0..60).map(|n| super::day("2026-09-01") + chrono::TimeDelta::days(n));
    for day in days() {
        dataset = dataset.with(&format!("stdout_{}", day.format("%Y%m%d")), wide.clone());
    }
    let now = at("2026-11-22T12:00:00Z");
    home.asks(&dataset, super::window_of("2026-09-01", "2026-10-30"), now).await;
    let size = home.file().metadata().unwrap().len();
    assert!((4 << 20..9 << 20).contains(&size), "{size}");
}
