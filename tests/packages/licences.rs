//! What packages say of the code of others that is in the tools.

use std::collections::BTreeSet;
use std::fs;
use std::process::Command;

use regex::bytes::Regex;

use crate::{bin, house, printed};

const TARGETS: [&str; 3] = ["x86_64-unknown-linux-gnu", "x86_64-unknown-linux-musl", "aarch64-apple-darwin"];

/// The file that packages for `target` bring.
fn licences(target: &str) -> String {
    printed(Command::new("python3").args(["packaging/licences.py", target]).current_dir(house()))
}

/// The crates that it names: `anyhow 1.0.104`.
fn named(licences: &str) -> BTreeSet<&str> {
    licences
        .lines()
        .filter_map(|line| line.rsplit_once(" [").and_then(|_| line.split_once(": ")))
        .map(|(n, _)| n)
        .collect()
}

#[test]
fn every_crate_that_cargo_links_in_is_named() {
    for target in TARGETS {
        let tree =
            ["tree", "--locked", "-e", "normal,no-proc-macro", "--prefix", "none", "--format", "{p}", "--target"];
        let tree = printed(Command::new(env!("CARGO")).args(tree).arg(target).current_dir(house()));
        let licences = licences(target);
        let named = named(&licences);
        let linked = tree.lines().filter(|line| !line.is_empty() && !line.starts_with("lq-tools "));
        for line in linked {
            let mut words = line.split(' ');
            let (name, version) = (words.next().unwrap(), words.next().unwrap().trim_start_matches('v'));
            assert!(named.contains(&*format!("{name} {version}")), "{target}: {line}");
        }
        assert!(named.contains("Rust's standard library"));
        assert_eq!(named.contains("musl"), target.ends_with("musl"), "{target}");
    }
}

#[test]
fn every_crate_that_left_traces_in_a_tool_is_named() {
    let licences = licences(TARGETS[0]);
    let named: BTreeSet<String> = named(&licences).into_iter().map(|name| name.replace(' ', "-")).collect();
    let tool = fs::read(bin().join("lq-query")).unwrap();
    // Panics tell where they are, in cargo's folder of sources.
    let source = Regex::new(r"registry/src/[^/\x00]+/([A-Za-z0-9_-]+-[0-9][0-9A-Za-z.+-]*)/").unwrap();
    let traces: BTreeSet<String> =
        source.captures_iter(&tool).map(|found| String::from_utf8(found[1].to_vec()).unwrap()).collect();
    let unnamed: Vec<&String> = traces.difference(&named).collect();
    assert!(unnamed.is_empty(), "{unnamed:?} of {traces:?}");
}

#[test]
fn every_crate_has_its_texts_and_every_text_is_there_once() {
    let licences = licences(TARGETS[1]);
    let heading = regex::Regex::new(r"(?m)^-+ \[([0-9]+)\] -+$").unwrap();
    let list = &licences[..heading.find(&licences).unwrap().start()];
    let number = regex::Regex::new(r"\[([0-9]+)\]").unwrap();
    let asked: BTreeSet<&str> = number.captures_iter(list).map(|found| found.get(1).unwrap().as_str()).collect();
    let mut texts = BTreeSet::new();
    let mut told = BTreeSet::new();
    for (text, found) in heading.split(&licences).skip(1).zip(heading.captures_iter(&licences)) {
        assert!(text.trim().len() > 100, "{text}");
        assert!(texts.insert(text.split_whitespace().collect::<Vec<_>>().join(" ")), "twice: {text}");
        told.insert(found.get(1).unwrap().as_str());
    }
    assert_eq!(told, asked);
    let crates = list.lines().skip(3).filter(|line| !line.is_empty());
    assert!(crates.clone().count() > 150 && crates.clone().all(|line| number.is_match(line)), "{list}");
    for holder in
        ["Rich Felker", "Meta Platforms, Inc.", "Andrew Gallant", "The Rust Project Contributors", "BoringSSL"]
    {
        assert!(licences.contains(holder), "{holder}");
    }
}

#[test]
fn the_list_is_the_same_bytes_each_time() {
    assert_eq!(licences(TARGETS[0]), licences(TARGETS[0]));
}
