//! What is handed to other machines: `make install`, `make deb`, `make dist`, `make krew`, `make brew` and
//! kubectl's plugin, with the tools of this build in place of optimised ones.

#[cfg(target_os = "linux")]
mod deb;
mod dist;
mod install;
mod kubectl;
mod licences;
mod versions;

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::OnceLock;

/// The project's folder.
fn house() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn read(name: &str) -> String {
    fs::read_to_string(house().join(name)).unwrap()
}

/// The names of the files in a folder of the project, in order.
fn names(folder: &str) -> Vec<String> {
    let files = fs::read_dir(house().join(folder)).unwrap();
    let mut names: Vec<String> = files.map(|file| file.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

/// The tools' names.
fn tools() -> Vec<String> {
    names("src/bin").iter().map(|file| file.trim_end_matches(".rs").to_owned()).collect()
}

/// A folder with the tools of this build, without the symbols that make them ten times as large.
fn bin() -> &'static Path {
    static BIN: OnceLock<PathBuf> = OnceLock::new();
    BIN.get_or_init(|| {
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("packages");
        fs::create_dir_all(&folder).unwrap();
        let built = Path::new(env!("CARGO_BIN_EXE_lq-query")).parent().unwrap();
        for tool in tools() {
            let strip = Command::new("strip").arg("-o").args([folder.join(&tool), built.join(&tool)]).status();
            assert!(strip.unwrap().success());
        }
        folder
    })
}

fn version() -> &'static str {
    env!("CARGO_PKG_VERSION")
}

/// `make ARGUMENTS` with the tools of this build, as if called from a shell.
fn make(arguments: &[&str]) -> Output {
    let mut make = Command::new("make");
    make.current_dir(house()).arg(format!("BIN={}", bin().display())).args(arguments);
    for variable in ["MAKEFLAGS", "MFLAGS", "MAKELEVEL", "DIST_URL"] {
        make.env_remove(variable);
    }
    // Packed loosely: the tests look at what is in a package, not at its size. dpkg-deb(1)
    make.env("DPKG_DEB_COMPRESSOR_TYPE", "none").env("SOURCE_DATE_EPOCH", "1795000000").output().unwrap()
}

/// Runs `make ARGUMENTS`, which must work.
fn made(arguments: &[&str]) -> Output {
    let output = make(arguments);
    assert!(output.status.success(), "make {arguments:?}: {output:?}");
    output
}

/// The files and links below a folder with their modes: "755".
fn tree(root: &Path) -> BTreeMap<String, String> {
    let found = walkdir::WalkDir::new(root).into_iter().map(Result::unwrap);
    let files = found.filter(|entry| !entry.file_type().is_dir());
    let described = files.map(|entry| {
        let name = entry.path().strip_prefix(root).unwrap().to_str().unwrap().to_owned();
        (name, format!("{:o}", entry.metadata().unwrap().permissions().mode() & 0o7777))
    });
    described.collect()
}

/// What a command prints; it must work.
fn printed(command: &mut Command) -> String {
    let output = command.output().unwrap();
    assert!(output.status.success(), "{command:?}: {output:?}");
    String::from_utf8(output.stdout).unwrap()
}
