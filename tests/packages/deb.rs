//! `make deb`: the package unpacks into Debian's places, installs and is removed in a scratch root.

use std::collections::BTreeMap;
use std::fs;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::Command;

use tempfile::TempDir;

use crate::{bin, made, names, printed, read, tools, tree, version};

/// The package, made in a folder of its own.
fn package() -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    made(&[
        "deb",
        &format!("DIST={}", folder.path().display()),
        "DEBFULLNAME=Taro Yamada",
        "DEBEMAIL=taro@example.com",
    ]);
    let machine = printed(Command::new("dpkg").arg("--print-architecture"));
    let deb = folder.path().join(format!("lq_{}_{}.deb", version(), machine.trim()));
    (folder, deb)
}

/// A line of the package's control file.
fn field(deb: &Path, name: &str) -> String {
    printed(Command::new("dpkg-deb").arg("--field").arg(deb).arg(name)).trim().to_owned()
}

fn unzipped(file: &Path) -> String {
    let mut text = String::new();
    flate2::read::GzDecoder::new(fs::File::open(file).unwrap()).read_to_string(&mut text).unwrap();
    text
}

#[test]
fn the_package_unpacks_into_debian_s_places() {
    let (folder, deb) = package();
    let root = folder.path().join("root");
    printed(Command::new("dpkg-deb").arg("--extract").args([&deb, &root]));
    let usr = root.join("usr");

    let mut expected = BTreeMap::new();
    for tool in tools() {
        expected.insert(format!("bin/{tool}"), "755");
        expected.insert(format!("share/bash-completion/completions/{tool}"), "644");
        expected.insert(format!("share/fish/vendor_completions.d/{tool}.fish"), "644");
        assert_eq!(fs::read(usr.join("bin").join(&tool)).unwrap(), fs::read(bin().join(&tool)).unwrap());
    }
    expected.insert("bin/kubectl-lq".into(), "755");
    expected.insert("bin/kubectl_complete-lq".into(), "755");
    expected.insert("share/zsh/vendor-completions/_lq".into(), "644");
    expected.insert("share/doc/lq/copyright".into(), "644");
    expected.insert("share/doc/lq/changelog.gz".into(), "644");
    expected.insert("share/doc/lq/THIRD-PARTY-LICENSES.gz".into(), "644");
    expected.insert("share/lintian/overrides/lq".into(), "644");
    for page in names("man") {
        let place = format!("share/man/man{}/{page}.gz", page.rsplit('.').next().unwrap());
        assert_eq!(unzipped(&usr.join(&place)), read(&format!("man/{page}")));
        expected.insert(place, "644");
    }
    let expected: BTreeMap<String, String> = expected.into_iter().map(|(k, mode)| (k, mode.to_owned())).collect();
    assert_eq!(tree(&usr), expected);
    assert_eq!(fs::read_dir(&root).unwrap().count(), 1, "only usr");
}

#[test]
fn the_package_says_what_it_is_and_what_it_needs() {
    let (folder, deb) = package();
    for (name, value) in [
        ("Package", "lq"),
        ("Version", version()),
        ("Maintainer", "Taro Yamada <taro@example.com>"),
        ("Recommends", "ca-certificates"),
    ] {
        assert_eq!(field(&deb, name), value, "{name}");
    }
    assert!(field(&deb, "Depends").starts_with("libc6 (>= 2."), "{}", field(&deb, "Depends"));

    let owners = printed(Command::new("dpkg-deb").arg("--contents").arg(&deb));
    assert!(owners.lines().all(|line| line.contains(" root/root ")), "{owners}");

    let root = folder.path().join("root");
    printed(Command::new("dpkg-deb").arg("--raw-extract").args([&deb, &root]));
    printed(Command::new("md5sum").args(["--quiet", "--strict", "--check", "DEBIAN/md5sums"]).current_dir(&root));
    let changelog = unzipped(&root.join("usr/share/doc/lq/changelog.gz"));
    assert!(changelog.starts_with(&format!("lq ({}) unstable; urgency=medium\n\n  * ", version())), "{changelog}");
    assert!(changelog.ends_with("\n\n -- Taro Yamada <taro@example.com>  Wed, 18 Nov 2026 11:06:40 +0000\n\n"));
    assert!(changelog.lines().all(|line| line.chars().count() <= 80), "{changelog}");
    let copyright = fs::read_to_string(root.join("usr/share/doc/lq/copyright")).unwrap();
    let licence = read("LICENSE-MIT");
    for line in licence.lines().skip(2).filter(|line| !line.is_empty()) {
        assert!(copyright.contains(line.trim_start_matches("Copyright (c) ")), "{line}");
    }
}

#[test]
fn two_packages_of_one_commit_are_the_same_bytes() {
    let ((_first, one), (_second, other)) = (package(), package());
    assert!(fs::read(one).unwrap() == fs::read(other).unwrap());
}

#[test]
fn dpkg_installs_the_package_and_removes_all_of_it() {
    let (folder, deb) = package();
    let root = folder.path().join("root");
    for made in ["var/lib/dpkg/updates", "var/lib/dpkg/info"] {
        fs::create_dir_all(root.join(made)).unwrap();
    }
    fs::write(root.join("var/lib/dpkg/status"), "").unwrap();
    let dpkg = |arguments: &[&str]| {
        // libc6 is not in the root; what it is needed for is not run there.
        let force = "--force-not-root,depends,bad-path";
        let mut dpkg = Command::new("fakeroot");
        dpkg.args(["dpkg", "--root", root.to_str().unwrap(), "--log=/dev/null", force]).args(arguments);
        // dpkg wants programs of the system's administrator on the PATH.
        dpkg.env("PATH", format!("{}:/usr/sbin:/sbin", std::env::var("PATH").unwrap()));
        printed(&mut dpkg)
    };

    dpkg(&["--install", deb.to_str().unwrap()]);
    assert!(dpkg(&["--status", "lq"]).contains("Status: install ok installed"));
    let page = root.join("usr/share/man/man1/lq-query.1.gz");
    assert_eq!(unzipped(&page), read("man/lq-query.1"));
    let ran = printed(Command::new(root.join("usr/bin/lq-split")).arg("--version"));
    assert_eq!(ran, format!("lq-split {}\n", version()));

    dpkg(&["--remove", "lq"]);
    assert!(!root.join("usr").exists(), "{:?}", tree(&root));
    assert!(!fs::read_to_string(root.join("var/lib/dpkg/status")).unwrap().contains("Package: lq"));
}
