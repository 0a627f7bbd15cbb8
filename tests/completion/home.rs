//! A user who has looked at logs before.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use chrono::{SecondsFormat, TimeDelta, Utc};

use crate::support::{Archive, Log, Run, lines, lq_query};

pub const TOOLS: [&str; 4] = ["lq-query", "lq-split", "lq-fmt", "lq-ls"];

/// Where the tools were built.
pub fn built() -> &'static Path {
    Path::new(env!("CARGO_BIN_EXE_lq-query")).parent().unwrap()
}

pub fn completions() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("completions")
}

/// A home folder, with settings, files, and tools that note with which words they were run.
pub struct Home {
    folder: Archive,
}

impl Home {
    /// Of a user whom lq-query has shown the names of some Pods.
    pub fn new() -> Self {
        Home::who_saw(&logs())
    }

    /// Of a user whom it has shown these.
    pub fn who_saw(logs: &[Log]) -> Self {
        let home = Home { folder: Archive::new() };
        home.folder.file("archive/logs.json", lines(logs));
        let mut first = lq_query();
        first.env("HOME", home.path()).arg("--source").arg(home.join("archive")).args(["--since", "30d", "-q"]);
        Run::of(&mut first).ends(0);
        let source = home.join("archive");
        let settings = format!(
            "source = \"{}\"\n\n[profile.prod]\nsource = \"bq://acme/logs\"\n\n[profile.\"e`vil\"]\nsource = \"bq://acme/evil\"\n",
            source.display()
        );
        home.folder.file(".config/lq/config.toml", settings);
        home.folder.file("my folder/a file.json", "");
        home.folder.file("my folder/$x`y.json", "");
        fs::create_dir(home.join("typed")).unwrap();
        for tool in TOOLS {
            let script = format!(
                "#!/bin/sh\n[ -z \"$COMPLETE\" ] || exec {built}/{tool} \"$@\"\n\
                 printf '%s\\n' \"$@\" >{typed}/part-{tool} && mv {typed}/part-{tool} {typed}/{tool}\n",
                built = built().display(),
                typed = home.join("typed").display(),
            );
            let path = home.folder.file(format!("bin/{tool}"), script);
            fs::set_permissions(path, fs::Permissions::from_mode(0o755)).unwrap();
        }
        home
    }

    pub fn path(&self) -> &Path {
        self.folder.path()
    }

    pub fn join(&self, path: &str) -> PathBuf {
        self.folder.join(path)
    }

    /// A program in this home, with the tools on the PATH.
    pub fn command(&self, program: &str) -> Command {
        let mut command = Command::new(program);
        let path = std::env::var("PATH").unwrap();
        command.current_dir(self.path()).env_clear().env("HOME", self.path());
        command.env("PATH", format!("{}:{path}", self.join("bin").display()));
        command.envs([("TERM", "xterm-256color"), ("LC_ALL", "C.UTF-8"), ("TZ", "UTC")]);
        command
    }

    /// The tool, asked as fish would for the last of these words.
    pub fn asking(&self, tool: &str, words: &[&str]) -> Command {
        let mut command = self.command(built().join(tool).to_str().unwrap());
        command.env("COMPLETE", "fish").arg(words.len().to_string()).arg(tool).args(words);
        command
    }

    /// The words with which a tool was run last.
    pub fn typed(&self, tool: &str) -> Option<Vec<String>> {
        let words = fs::read_to_string(self.join("typed").join(tool)).ok()?;
        Some(words.lines().map(str::to_owned).collect())
    }

    /// As if no tool had been run.
    pub fn forgets(&self) {
        fs::remove_dir_all(self.join("typed")).unwrap();
        fs::create_dir(self.join("typed")).unwrap();
    }
}

/// So many minutes ago.
pub fn ago(minutes: i64) -> String {
    (Utc::now() - TimeDelta::minutes(minutes)).to_rfc3339_opts(SecondsFormat::Secs, true)
}

/// Of some Pods that are there, one that is gone, and some whose names nobody should see.
fn logs() -> Vec<Log> {
    let day = 24 * 60;
    let mut logs = vec![
        Log::at(ago(30)).of("datadog", "agent-hg8tg", "agent"),
        Log::at(ago(30)).of("datadog", "agent-hg8tg", "trace-agent"),
        Log::at(ago(12 * day + 2)).of("datadog", "agent-qbpch", "agent"),
        Log::at(ago(12 * day + 1)).of("datadog", "agent-qbpch", "agent"),
        Log::at(ago(3 * 60 + 1)).of("shop", "web-6d4b75cb6d-x2x4z", "web"),
        Log::at(ago(4 * 60 + 1)).of("shop", "db-0", "postgres"),
        Log::at(ago(5 * 60 + 1)).of("batch", "report-29412345-7x2kq", "report"),
    ];
    for evil in
        ["evil$(touch pwned)", "evil`touch pwned`", "evil;touch pwned", "evil\u{1b}[2J\rx", "evil' \"x", "-evil"]
    {
        logs.push(Log { cluster: evil.into(), ..Log::at(ago(31)).of(evil, evil, evil) });
    }
    logs
}
