//! `make dist`, and the manifest and the formula that `make krew` and `make brew` write of its tarballs.

use std::collections::BTreeSet;
use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use tempfile::TempDir;

use crate::{bin, house, made, make, names, printed, read, tools, tree, version};

const LINUX: &str = "x86_64-unknown-linux-musl";

/// A folder with a tarball for `target`.
fn dist(target: &str) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    add(&folder, target);
    folder
}

fn add(folder: &TempDir, target: &str) {
    pack(folder, target, &format!("BIN={}", sketches().display()));
}

fn pack(folder: &TempDir, target: &str, bin: &str) {
    made(&["dist", &format!("DIST={}", folder.path().display()), &format!("DIST_TARGET={target}"), bin]);
}

/// A folder with a word in place of each tool, for what depends on names alone: packing tools takes seconds.
fn sketches() -> &'static Path {
    static SKETCHES: OnceLock<PathBuf> = OnceLock::new();
    SKETCHES.get_or_init(|| {
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("sketches");
        fs::create_dir_all(&folder).unwrap();
        tools().iter().for_each(|tool| fs::write(folder.join(tool), tool).unwrap());
        folder
    })
}

fn tarball(folder: &TempDir, target: &str) -> PathBuf {
    folder.path().join(format!("lq-{}-{target}.tar.gz", version()))
}

fn sum(file: &Path) -> String {
    Sha256::digest(fs::read(file).unwrap()).iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Runs `make krew` or `make brew`, and reads the file that it names.
fn filled(what: &str, folder: &TempDir, url: &str) -> String {
    let output = made(&["--silent", what, &format!("DIST={}", folder.path().display()), &format!("DIST_URL={url}")]);
    fs::read_to_string(String::from_utf8(output.stdout).unwrap().trim()).unwrap()
}

#[test]
fn the_tarball_holds_the_installed_tree_licences_and_readme() {
    let folder = dist(LINUX);
    let listing = printed(Command::new("tar").args(["--list", "--verbose", "--file"]).arg(tarball(&folder, LINUX)));
    let kinds: BTreeSet<char> = listing.lines().map(|line| line.chars().next().unwrap()).collect();
    assert_eq!(kinds, BTreeSet::from(['-', 'd']), "krew unpacks no links:\n{listing}");
    assert!(listing.lines().all(|line| line.contains(" 0/0 ") || line.contains(" root/root ")), "{listing}");

    let unpacked = folder.path().join("unpacked");
    fs::create_dir(&unpacked).unwrap();
    printed(Command::new("tar").arg("-xzf").arg(tarball(&folder, LINUX)).current_dir(&unpacked));
    let top = unpacked.join(format!("lq-{}-{LINUX}", version()));
    assert_eq!(fs::read_dir(&unpacked).unwrap().count(), 1);

    let installed = tempfile::tempdir().unwrap();
    made(&["install", &format!("DESTDIR={}", installed.path().display()), "PREFIX="]);
    let mut expected = tree(installed.path());
    for document in names(".").iter().filter(|name| name.starts_with("README") || name.starts_with("LICENSE")) {
        expected.insert(document.clone(), "644".into());
    }
    expected.insert("CHANGELOG.md".into(), "644".into());
    expected.insert("share/doc/lq/THIRD-PARTY-LICENSES".into(), "644".into());
    assert_eq!(tree(&top), expected);
}

#[test]
fn two_tarballs_of_one_commit_are_the_same_bytes() {
    let (one, other) = (dist(LINUX), dist(LINUX));
    assert!(fs::read(tarball(&one, LINUX)).unwrap() == fs::read(tarball(&other, LINUX)).unwrap());
}

#[test]
fn the_sums_are_those_of_all_that_was_made() {
    let folder = dist(LINUX);
    add(&folder, "aarch64-apple-darwin");
    let sums: Vec<String> = ["aarch64-apple-darwin", LINUX]
        .map(|target| (tarball(&folder, target), format!("lq-{}-{target}.tar.gz", version())))
        .map(|(file, name)| format!("{}  {name}", sum(&file)))
        .into();
    let listed = fs::read_to_string(folder.path().join("SHA256SUMS")).unwrap();
    assert_eq!(listed.lines().collect::<Vec<_>>(), sums);
}

#[test]
fn krew_s_manifest_names_every_tarball() {
    let folder = dist(LINUX);
    add(&folder, "aarch64-apple-darwin");
    let text = filled("krew", &folder, "https://example.com/v1/");
    let manifest = folder.path().join("lq.yaml");
    let parsed = printed(Command::new("ruby").args(["-ryaml", "-rjson", "-e", PARSED]).arg(&manifest));
    let manifest: Value = serde_json::from_str(&parsed).unwrap();
    // https://github.com/kubernetes-sigs/krew/blob/master/internal/index/validation/validate.go
    assert_eq!(manifest["apiVersion"], "krew.googlecontainertools.github.com/v1alpha2");
    assert_eq!((&manifest["kind"], &manifest["metadata"]["name"]), (&json!("Plugin"), &json!("lq")));
    assert_eq!(manifest["spec"]["version"], format!("v{}", version()));
    for required in ["shortDescription", "description", "homepage"] {
        assert!(manifest["spec"][required].as_str().is_some_and(|text| !text.is_empty()), "{required}");
    }
    assert!(!text.contains('@'), "{text}");
    let platform = |os: &str, arch: &str, target: &str| {
        json!({
            "selector": {"matchLabels": {"os": os, "arch": arch}},
            "uri": format!("https://example.com/v1/lq-{}-{target}.tar.gz", version()),
            "sha256": sum(&tarball(&folder, target)),
            "files": [{"from": "lq-*/*", "to": "."}],
            "bin": "bin/kubectl-lq",
        })
    };
    let platforms = [platform("darwin", "arm64", "aarch64-apple-darwin"), platform("linux", "amd64", LINUX)];
    assert_eq!(manifest["spec"]["platforms"], json!(platforms));
}

const PARSED: &str = "puts JSON.generate(YAML.safe_load(File.read(ARGV[0])))";

#[test]
fn the_plugin_runs_where_krew_puts_it() {
    let folder = tempfile::tempdir().unwrap();
    pack(&folder, LINUX, &format!("BIN={}", bin().display()));
    let krew = folder.path().join("krew");
    let store = krew.join("store/lq").join(format!("v{}", version()));
    fs::create_dir_all(&store).unwrap();
    fs::create_dir(krew.join("bin")).unwrap();
    // The manifest's `files`: what is in the tarball's folder goes into the store.
    let tarball = tarball(&folder, LINUX);
    printed(Command::new("tar").arg("-xzf").arg(tarball).args(["--strip-components", "1", "-C"]).arg(&store));
    symlink(store.join("bin/kubectl-lq"), krew.join("bin/kubectl-lq")).unwrap();
    let plugin = printed(Command::new(krew.join("bin/kubectl-lq")).args(["split", "--version"]));
    assert_eq!(plugin, format!("lq-split {}\n", version()));
    // The manifest's caveat.
    symlink("kubectl-lq", krew.join("bin/kubectl_complete-lq")).unwrap();
    let words = printed(Command::new(krew.join("bin/kubectl_complete-lq")).args(["-o", "ra"]));
    assert_eq!(words, "raw\tWhat the container wrote\n:4\n");
}

#[test]
fn the_formula_is_ruby_and_names_every_tarball() {
    let folder = dist(LINUX);
    add(&folder, "aarch64-apple-darwin");
    let formula = filled("brew", &folder, "https://example.com/v1");
    printed(Command::new("ruby").arg("-c").arg(folder.path().join("lq.rb")));
    assert!(formula.contains(&format!("\n  version \"{}\"\n", version())), "{formula}");
    assert!(!formula.contains('@'), "{formula}");
    for (system, cpu, target) in [("macos", "arm", "aarch64-apple-darwin"), ("linux", "intel", LINUX)] {
        let url = format!("https://example.com/v1/lq-{}-{target}.tar.gz", version());
        let sum = sum(&tarball(&folder, target));
        let part =
            format!("  on_{system} do\n    on_{cpu} do\n      url \"{url}\"\n      sha256 \"{sum}\"\n    end\n  end\n");
        assert!(formula.contains(&part), "{part}\n{formula}");
    }
}

#[test]
fn the_formula_installs_every_folder_of_the_tree() {
    let formula = read("packaging/homebrew/lq.rb.in");
    let installed = tempfile::tempdir().unwrap();
    made(&["install", &format!("DESTDIR={}", installed.path().display()), "PREFIX="]);
    let licences = "share/doc/lq/THIRD-PARTY-LICENSES".to_owned();
    for file in tree(installed.path()).keys().chain([&licences]) {
        let folder = Path::new(file).parent().unwrap();
        assert!(formula.contains(&format!("Dir[\"{}/*\"]", folder.display())), "{file}");
    }
}

#[test]
fn what_is_missing_for_a_manifest_is_said() {
    let empty = tempfile::tempdir().unwrap();
    let made_twice = dist(LINUX);
    add(&made_twice, "x86_64-unknown-linux-gnu");
    for (what, folder, url, said) in [
        ("krew", &empty, "", "make krew: say where the tarballs can be fetched, as in DIST_URL=https://"),
        ("brew", &empty, "", "make brew: say where the tarballs can be fetched, as in DIST_URL=https://"),
        ("krew", &empty, "http://example.com", "must begin with https://"),
        ("brew", &empty, "https://example.com", &format!("no tarball of {} is in", version())),
        ("krew", &made_twice, "https://example.com", "are for linux/amd64: remove one"),
    ] {
        let output = make(&[what, &format!("DIST={}", folder.path().display()), &format!("DIST_URL={url}")]);
        let stderr = String::from_utf8(output.stderr).unwrap();
        assert!(!output.status.success() && stderr.contains(said), "{stderr}");
        assert!(!folder.path().join("lq.yaml").exists() && !folder.path().join("lq.rb").exists());
    }
}

#[test]
fn what_is_missing_for_a_static_build_is_said() {
    // A rustc that knows every target and has the standard library of one.
    let fake = tempfile::tempdir().unwrap();
    let here = format!("{}-unknown-linux-musl", std::env::consts::ARCH);
    let script = format!("#!/bin/sh\ncase $4 in {here}) echo / ;; *) echo /nowhere/$4 ;; esac\n");
    fs::write(fake.path().join("rustc"), script).unwrap();
    fs::set_permissions(fake.path().join("rustc"), fs::Permissions::from_mode(0o755)).unwrap();
    let path = format!("{}:{}", fake.path().display(), std::env::var("PATH").unwrap());
    let compiler = format!("CC_{}", here.replace('-', "_"));
    for (target, said) in [
        ("riscv64gc-unknown-linux-musl", "is missing: rustup target add riscv64gc-unknown-linux-musl"),
        (&here, "no-such-gcc, a C compiler for musl, is missing: apt install musl-tools, or set CC_"),
    ] {
        let mut script = Command::new("sh");
        script.args(["packaging/build.sh", "static", target]).current_dir(house());
        let output = script.env("PATH", &path).env(&compiler, "no-such-gcc").env("CARGO", "false").output().unwrap();
        let stderr = String::from_utf8(output.stderr).unwrap();
        assert!(!output.status.success() && stderr.contains(said), "{target}: {stderr}");
    }
}
