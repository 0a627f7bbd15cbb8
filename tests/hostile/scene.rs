//! A home with nothing in it, and the tools at work in it.

use std::fs;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use tempfile::TempDir;

pub const QUERY: &str = env!("CARGO_BIN_EXE_lq-query");
pub const SPLIT: &str = env!("CARGO_BIN_EXE_lq-split");
pub const FMT: &str = env!("CARGO_BIN_EXE_lq-fmt");
pub const LS: &str = env!("CARGO_BIN_EXE_lq-ls");
pub const TOOLS: [&str; 4] = [QUERY, SPLIT, FMT, LS];

pub struct Scene {
    home: TempDir,
}

impl Scene {
    pub fn new() -> Self {
        Scene { home: tempfile::tempdir().unwrap() }
    }

    pub fn path(&self, name: impl AsRef<Path>) -> PathBuf {
        self.home.path().join(name)
    }

    pub fn write(&self, name: impl AsRef<Path>, content: impl AsRef<[u8]>) {
        let path = self.path(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, content).unwrap();
    }

    /// The tool in the home and an empty environment, with these words.
    pub fn command<S: AsRef<std::ffi::OsStr>>(&self, tool: &str, words: impl IntoIterator<Item = S>) -> Command {
        let mut command = self.any(tool);
        command.args(words);
        command
    }

    /// The tool, run by a shell that first does what `before` says, with the words of `words`.
    pub fn behind(&self, before: &str, tool: &str, words: &str) -> Command {
        let mut command = self.any("bash");
        command.arg0("sh").args(["-c", &format!("{before}; exec {tool} {words}")]);
        command
    }

    fn any(&self, program: &str) -> Command {
        let mut command = Command::new(program);
        command.env_clear().env("PATH", std::env::var_os("PATH").unwrap_or_default()).env("TZ", "UTC");
        command
            .env("HOME", self.home.path())
            .env("PAGER", "")
            .env("NO_COLOR", "1")
            .current_dir(self.home.path())
            .stdin(Stdio::null());
        command
    }

    /// The paths below the home of all files and folders in it, sorted, without following links.
    pub fn all(&self) -> Vec<PathBuf> {
        let below = |found: walkdir::DirEntry| found.path().strip_prefix(self.home.path()).unwrap().to_owned();
        let walk = walkdir::WalkDir::new(self.home.path()).min_depth(1).sort_by_file_name();
        walk.into_iter().map(|found| below(found.unwrap())).collect()
    }
}
