//! Replays what the fuzzer learnt: every file of `fuzz/corpus` through its target.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

/// A target and its function.
type Target = (&'static str, fn(&[u8]));

const TARGETS: &[Target] = &[
    ("canon", super::canon),
    ("complete", super::complete),
    ("input", super::input),
    ("name", super::name),
    ("packed", super::packed),
    ("record", super::record),
    #[cfg(feature = "bigquery")]
    ("regex", super::regex),
    #[cfg(feature = "bigquery")]
    ("rows", super::rows),
    ("settings", super::settings),
    #[cfg(feature = "bigquery")]
    ("sql", super::sql),
    ("time", super::time),
];

/// The most that is checked in, in bytes.
const MOST: u64 = 1 << 20;

fn house(folder: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz").join(folder)
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    let mut files: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).collect();
    files.sort();
    files
}

#[test]
fn what_was_found_once_is_not_found_again() {
    let mut broken = Vec::new();
    for (name, target) in TARGETS {
        let files = files(&house("corpus").join(name));
        assert!(files.len() > 2, "{name} has seeds");
        for file in files {
            let data = fs::read(&file).unwrap();
            if std::panic::catch_unwind(|| target(&data)).is_err() {
                broken.push(file);
            }
        }
    }
    assert!(broken.is_empty(), "why is told above; they break their targets: {broken:?}");
}

#[test]
#[cfg(feature = "bigquery")]
fn every_target_is_played_and_run() {
    let named: BTreeSet<String> = TARGETS.iter().map(|(name, _)| (*name).to_owned()).collect();
    let names = |folder| -> BTreeSet<String> {
        let stem = |file: &PathBuf| file.file_stem().unwrap().to_str().unwrap().to_owned();
        files(&house(folder)).iter().map(stem).collect()
    };
    assert_eq!(names("corpus"), named);
    assert_eq!(names("fuzz_targets"), named);
    let manifest: toml::Table = fs::read_to_string(house("Cargo.toml")).unwrap().parse().unwrap();
    let bins = manifest["bin"].as_array().unwrap().iter().map(|bin| bin["name"].as_str().unwrap().to_owned());
    assert_eq!(bins.collect::<BTreeSet<_>>(), named);
}

#[test]
fn unsafe_code_is_forbidden_to_tools_tests_examples_and_the_fuzzer() {
    for manifest in [house("Cargo.toml"), house("../Cargo.toml")] {
        let manifest: toml::Table = fs::read_to_string(manifest).unwrap().parse().unwrap();
        assert_eq!(manifest["lints"]["rust"]["unsafe_code"].as_str(), Some("forbid"));
    }
}

#[test]
fn the_corpus_stays_small() {
    let folders = files(&house("corpus"));
    let sizes = folders.iter().flat_map(|folder| files(folder)).map(|file| file.metadata().unwrap().len());
    let total: u64 = sizes.sum();
    assert!(total < MOST, "{total} bytes; cargo fuzz cmin makes less of it");
}
