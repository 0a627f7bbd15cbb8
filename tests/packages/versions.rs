//! One version number: Cargo.toml's.

use std::process::Command;

use crate::{bin, names, read, tools, version};

#[test]
fn every_tool_says_the_version() {
    for tool in tools() {
        let output = Command::new(bin().join(&tool)).arg("--version").output().unwrap();
        assert_eq!(String::from_utf8(output.stdout).unwrap(), format!("{tool} {}\n", version()));
    }
}

#[test]
fn every_man_page_says_the_version() {
    for page in names("man") {
        let text = read(&format!("man/{page}"));
        let title = text.lines().find(|line| line.starts_with(".TH ")).unwrap();
        assert!(title.contains(&format!(" \"lq {}\" ", version())), "man/{page}: {title}");
    }
}

#[test]
fn the_changelog_begins_with_the_version() {
    let text = read("CHANGELOG.md");
    let first = text.lines().find_map(|line| line.strip_prefix("## ")).unwrap();
    assert_eq!(first.split(' ').next(), Some(version()));
}
