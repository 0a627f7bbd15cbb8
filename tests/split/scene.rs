//! A folder to run the tool in, and words for what went in and came out.

use std::io::Write;
use std::os::unix::process::ExitStatusExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};

use serde_json::json;
use tempfile::TempDir;

#[path = "../support/wait.rs"]
mod wait;
pub use wait::{end, eventually};

/// A folder of its own; the tool runs in it and writes to `out`.
pub struct Scene {
    folder: TempDir,
}

/// What a run came to.
#[derive(Debug)]
pub struct Ran {
    pub status: i32,
    pub stdout: String,
    pub stderr: String,
}

impl Scene {
    pub fn new() -> Self {
        Scene { folder: TempDir::new().unwrap() }
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub fn write(&self, name: &str, content: impl AsRef<[u8]>) {
        let path = self.path(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, content).unwrap();
    }

    pub fn read(&self, name: &str) -> String {
        String::from_utf8(self.bytes(name)).unwrap()
    }

    pub fn bytes(&self, name: &str) -> Vec<u8> {
        std::fs::read(self.path(name)).unwrap_or_else(|e| panic!("{name}: {e}; there are {:?}", self.files("")))
    }

    /// The paths of all files below `folder`, sorted.
    pub fn files(&self, folder: &str) -> Vec<String> {
        let base = self.path(folder);
        let mut found = Vec::new();
        let mut folders = vec![base.clone()];
        while let Some(folder) = folders.pop() {
            for entry in std::fs::read_dir(folder).into_iter().flatten() {
                let entry = entry.unwrap();
                match entry.file_type().unwrap().is_dir() {
                    true => folders.push(entry.path()),
                    false => found.push(entry.path().strip_prefix(&base).unwrap().to_str().unwrap().to_owned()),
                }
            }
        }
        found.sort();
        found
    }

    fn clean(&self, program: impl AsRef<std::ffi::OsStr>) -> Command {
        let tools = Path::new(env!("CARGO_BIN_EXE_lq-split")).parent().unwrap();
        // Where the machine lacks a jq, `make tools` puts one there.
        let extra = Path::new(env!("CARGO_MANIFEST_DIR")).join("target/tools/bin");
        let path = format!("{}:{}", std::env::var("PATH").unwrap_or_default(), extra.display());
        let mut command = Command::new(program);
        command.env_clear().env("HOME", self.folder.path()).env("TZ", "UTC").env("LC_ALL", "C.UTF-8");
        command.env("PATH", format!("{}:{path}", tools.display())).current_dir(self.folder.path());
        command
    }

    /// The tool with these words behind `--dir out`.
    pub fn command(&self, args: &[&str]) -> Command {
        let mut command = self.clean(env!("CARGO_BIN_EXE_lq-split"));
        command.args(["--dir", "out"]).args(args);
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        command
    }

    /// Runs the tool on `input`.
    pub fn run(&self, args: &[&str], input: impl AsRef<[u8]>) -> Ran {
        feed(self.command(args).spawn().unwrap(), input.as_ref())
    }

    /// A script in bash, to be run; the tools are in its PATH.
    pub fn bash(&self, script: &str) -> Command {
        let mut command = self.clean("bash");
        command.args(["-c", script]);
        command
    }

    /// Runs a script in bash.
    pub fn shell(&self, script: &str) -> Ran {
        self.bash(script).output().map(Ran::from).unwrap()
    }

    /// Waits until the file has this content.
    pub fn await_content(&self, name: &str, content: &str) {
        let arrived = || std::fs::read_to_string(self.path(name)).is_ok_and(|found| found == content);
        eventually(&format!("{name} has {content:?}"), arrived);
    }
}

impl From<Output> for Ran {
    fn from(output: Output) -> Self {
        Ran {
            status: output.status.code().unwrap_or_else(|| 1000 + output.status.signal().unwrap()),
            stdout: String::from_utf8(output.stdout).unwrap(),
            stderr: String::from_utf8(output.stderr).unwrap(),
        }
    }
}

impl Ran {
    /// Ended with this status.
    #[track_caller]
    pub fn status(self, status: i32) -> Self {
        assert_eq!(self.status, status, "{self:#?}");
        self
    }

    /// Said this.
    #[track_caller]
    pub fn says(self, what: &str) -> Self {
        assert!(self.stderr.contains(what), "no {what:?} in {self:#?}");
        self
    }

    /// Said nothing of this.
    #[track_caller]
    pub fn says_not(self, what: &str) -> Self {
        assert!(!self.stderr.contains(what), "{what:?} in {self:#?}");
        self
    }
}

/// Gives a running tool its whole input and waits for its end.
pub fn feed(mut child: Child, input: &[u8]) -> Ran {
    let mut stdin = child.stdin.take().unwrap();
    std::thread::scope(|scope| {
        scope.spawn(move || {
            // A tool that refuses its input closes it.
            let _ = stdin.write_all(input);
        });
        child.wait_with_output().map(Ran::from).unwrap()
    })
}

/// An entry of container `app` in namespace `ns`.
pub fn entry(pod: &str, message: &str) -> String {
    let entry = json!({
        "timestamp": "2026-11-21T16:00:00.5Z", "severity": "INFO", "cluster": "c1", "namespace": "ns",
        "pod": pod, "container": "app", "stream": "stdout", "message": message, "insertId": "i",
    });
    format!("{entry}\n")
}

/// The same with some of its fields changed; `null` takes one away.
pub fn entry_with(pod: &str, message: &str, changes: serde_json::Value) -> String {
    let mut entry: serde_json::Value = serde_json::from_str(&entry(pod, message)).unwrap();
    for (key, value) in changes.as_object().unwrap() {
        match value.is_null() {
            true => entry.as_object_mut().unwrap().remove(key),
            false => entry.as_object_mut().unwrap().insert(key.clone(), value.clone()),
        };
    }
    format!("{entry}\n")
}
