//! `make install` and `make uninstall` in a scratch root.

use std::collections::BTreeMap;
use std::fs;

use crate::{made, names, tools, tree};

/// Every place below PREFIX, and its mode.
fn expected() -> BTreeMap<String, String> {
    let mut places = BTreeMap::new();
    for tool in tools() {
        places.insert(format!("bin/{tool}"), "755");
        places.insert(format!("share/bash-completion/completions/{tool}"), "644");
        places.insert(format!("share/fish/vendor_completions.d/{tool}.fish"), "644");
    }
    places.insert("bin/kubectl-lq".into(), "755");
    places.insert("bin/kubectl_complete-lq".into(), "755");
    places.insert("share/zsh/site-functions/_lq".into(), "644");
    for page in names("man") {
        places.insert(format!("share/man/man{}/{page}", page.rsplit('.').next().unwrap()), "644");
    }
    places.into_iter().map(|(place, mode)| (place, mode.to_owned())).collect()
}

#[test]
fn what_is_installed_is_uninstalled_and_nothing_else() {
    let root = tempfile::tempdir().unwrap();
    let destination = format!("DESTDIR={}", root.path().display());
    let stranger = root.path().join("opt/lq/share/man/man1/stranger.1");
    fs::create_dir_all(stranger.parent().unwrap()).unwrap();
    fs::write(&stranger, "").unwrap();
    let before = tree(root.path());

    made(&["install", &destination, "PREFIX=/opt/lq"]);
    fs::remove_file(&stranger).unwrap();
    assert_eq!(tree(&root.path().join("opt/lq")), expected());

    fs::write(&stranger, "").unwrap();
    made(&["uninstall", &destination, "PREFIX=/opt/lq"]);
    assert_eq!(tree(root.path()), before);
}

#[test]
fn an_installed_file_is_readable_whatever_the_umask_and_is_renewed() {
    let root = tempfile::tempdir().unwrap();
    let destination = format!("DESTDIR={}", root.path().display());
    made(&["install", &destination]);
    let page = root.path().join("usr/local/share/man/man7/lq.7");
    fs::write(&page, "old").unwrap();
    let install = format!("umask 077; exec make install '{destination}' 'BIN={}'", crate::bin().display());
    crate::printed(std::process::Command::new("sh").args(["-c", &install]).current_dir(crate::house()));
    assert_eq!(tree(&root.path().join("usr/local")), expected());
    assert_eq!(fs::read_to_string(page).unwrap(), crate::read("man/lq.7"));
}

#[test]
fn a_prefix_below_the_home_folder_may_be_said_with_its_tilde() {
    let home = tempfile::tempdir().unwrap();
    let variable = format!("HOME={}", home.path().display());
    made(&["install", "PREFIX=~/.local", &variable]);
    assert_eq!(tree(&home.path().join(".local")), expected());
    made(&["uninstall", "PREFIX=~/.local", &variable]);
    assert!(tree(home.path()).is_empty());
}
