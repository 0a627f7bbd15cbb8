//! kubectl's plugin: the tool that a word names, found beside it or on the PATH; and its completion.

use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::Path;
use std::process::{Command, Output};

use tempfile::TempDir;

use crate::{bin, house, tools, version};

/// A folder with the plugin under both of its names.
fn plugin() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    for name in ["kubectl-lq", "kubectl_complete-lq"] {
        fs::copy(house().join("packaging/kubectl-lq"), folder.path().join(name)).unwrap();
    }
    folder
}

/// Runs a file as kubectl does, with the tools on the PATH where they are `known`.
fn run(file: &Path, words: &[&str], known: bool) -> Output {
    let tools = if known { bin().to_str().unwrap() } else { "/nowhere" };
    Command::new(file).args(words).env("PATH", format!("{tools}:/usr/bin:/bin")).output().unwrap()
}

fn said(output: Output) -> String {
    assert!(output.stderr.is_empty(), "{output:?}");
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn the_first_word_names_the_tool() {
    let folder = plugin();
    let plugin = folder.path().join("kubectl-lq");
    for tool in tools() {
        let word = tool.trim_start_matches("lq-");
        assert_eq!(said(run(&plugin, &[word, "--version"], true)), format!("{tool} {}\n", version()));
    }
    assert_eq!(said(run(&plugin, &["--version"], true)), format!("lq-query {}\n", version()));
}

#[test]
fn a_word_that_names_no_tool_is_a_workload() {
    let folder = plugin();
    let plugin = folder.path().join("kubectl-lq");
    for word in ["agent", "deploy/web", "../lq-split", "lq-split", "*", ""] {
        let output = run(&plugin, &[word, "--source", "/no such archive"], true);
        let stderr = String::from_utf8(output.stderr).unwrap();
        assert!(stderr.starts_with("lq-query: "), "{word:?}: {stderr}");
        assert_eq!(output.status.code(), Some(2), "the tool's own status");
    }
}

#[test]
fn the_tools_are_found_beside_the_file_that_links_lead_to() {
    let folder = plugin();
    let at = |name: &str| folder.path().join(name);
    for tool in tools() {
        symlink(bin().join(&tool), at(&tool)).unwrap();
    }
    fs::create_dir(at("far")).unwrap();
    symlink("../kubectl-lq", at("far/relative")).unwrap();
    symlink(at("far/relative"), at("far/absolute")).unwrap();
    for file in ["kubectl-lq", "far/relative", "far/absolute"] {
        assert_eq!(said(run(&at(file), &["fmt", "--version"], false)), format!("lq-fmt {}\n", version()), "{file}");
    }
}

#[test]
fn without_tools_it_says_so_and_completes_nothing() {
    let folder = plugin();
    let output = run(&folder.path().join("kubectl-lq"), &["agent"], false);
    let stderr = String::from_utf8(output.stderr).unwrap();
    let expected = format!("kubectl lq: lq-query is neither in {} nor on the PATH", folder.path().display());
    assert!(stderr.starts_with(&expected), "{stderr}");
    assert_eq!(output.status.code(), Some(2));
    assert_eq!(said(run(&folder.path().join("kubectl_complete-lq"), &["ag"], false)), ":4\n");
}

/// Writes a program that leaves a file behind when it runs.
fn trap(program: &Path, left: &Path) {
    fs::write(program, format!("#!/bin/sh\ntouch '{}'\n", left.display())).unwrap();
    fs::set_permissions(program, fs::Permissions::from_mode(0o755)).unwrap();
}

#[test]
fn what_lies_in_the_current_folder_or_is_called_alike_is_never_run() {
    let folder = plugin();
    let at = |name: &str| folder.path().join(name);
    fs::create_dir(at("here")).unwrap();
    for name in ["lq-query", "lq-zap"] {
        trap(&at("here").join(name), &at("ran"));
    }
    for (file, words) in [("kubectl-lq", &["agent"][..]), ("kubectl-lq", &["--help"]), ("kubectl_complete-lq", &[""])] {
        Command::new(at(file)).args(words).current_dir(at("here")).env("PATH", "/usr/bin:/bin").output().unwrap();
        assert!(!at("ran").exists(), "{file} {words:?}");
    }
    for tool in tools() {
        symlink(bin().join(&tool), at(&tool)).unwrap();
    }
    trap(&at("lq-zap"), &at("ran"));
    for (file, words) in [("kubectl-lq", &["--help"][..]), ("kubectl_complete-lq", &[""]), ("kubectl-lq", &["zap"])] {
        let output = run(&at(file), words, false);
        assert!(!at("ran").exists() && !String::from_utf8_lossy(&output.stdout).contains("zap"), "{output:?}");
    }
}

#[test]
fn a_tool_that_is_missing_beside_the_others_is_named() {
    let folder = plugin();
    symlink(bin().join("lq-query"), folder.path().join("lq-query")).unwrap();
    let output = run(&folder.path().join("kubectl-lq"), &["split", "--dir", "x"], true);
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert!(stderr.starts_with("kubectl lq: lq-split is not beside lq-query in "), "{stderr}");
    assert_eq!(output.status.code(), Some(2));
}

#[test]
fn help_names_every_tool() {
    let folder = plugin();
    for flag in ["-h", "--help"] {
        let help = said(run(&folder.path().join("kubectl-lq"), &[flag], true));
        assert!(help.contains("Usage: kubectl lq [WORKLOAD]... [options]"), "{help}");
        for tool in tools() {
            let about = Command::new(bin().join(&tool)).arg("-h").output().unwrap().stdout;
            let about = String::from_utf8(about).unwrap().lines().next().unwrap().to_owned();
            assert!(help.contains(&format!("  {}\t{about}\n", tool.trim_start_matches("lq-"))), "{help}");
        }
    }
}

/// A value is told without the flag in front of it: the shells' scripts that kubectl writes keep that themselves.
#[test]
fn kubectl_is_told_the_candidates_and_how_to_end_a_word() {
    let folder = plugin();
    for (words, expected) in [
        (&["sp"][..], "split\tLog files from entries: one per Pod and container\n:4\n"),
        (&["--output=ra"], "raw\tWhat the container wrote\n:4\n"),
        (&["-o", "ra"], "raw\tWhat the container wrote\n:4\n"),
        (&["query", "-o", "ra"], "raw\tWhat the container wrote\n:4\n"),
        (&["split", "--compress", ""], "gz\tgzip\nzst\tZstandard\n:4\n"),
        (&["split", "--compress=z"], "zst\tZstandard\n:4\n"),
        (&["query", "de"], "deploy/\tthe Pods of a Deployment\n:6\n"),
        (&["fmt", "lo"], ":0\n"),
        (&["split", "--dir", "lo"], ":16\n"),
        (&["--nonsense"], ":4\n"),
    ] {
        assert_eq!(said(run(&folder.path().join("kubectl_complete-lq"), words, true)), expected, "{words:?}");
    }
}

#[test]
fn the_first_word_may_be_a_tool_or_a_workload() {
    let folder = plugin();
    let offered = said(run(&folder.path().join("kubectl_complete-lq"), &[""], true));
    let values: Vec<&str> = offered.lines().map(|line| line.split('\t').next().unwrap()).collect();
    for tool in tools() {
        assert!(values.contains(&tool.trim_start_matches("lq-")), "{tool}: {values:?}");
    }
    assert!(values.contains(&"deploy/"), "{values:?}");
}
