//! What the other tests stand on: a home, which holds the index, and the tools in it.

use std::process::Command;

use crate::support::{Archive, Log, Run, lines, lq_ls, lq_query};

/// A home with an archive in it.
pub struct Home {
    pub home: Archive,
}

/// The day that everything happens on.
pub const DAY: &str = "--at 2024-12-19 -r day";

impl Home {
    /// With an archive `logs` of these entries.
    pub fn of<'a>(logs: impl IntoIterator<Item = &'a Log>) -> Self {
        let home = Archive::new();
        home.file("logs/logs.json", lines(logs));
        Home { home }
    }

    /// lq-ls on the archive.
    pub fn command(&self, words: &str) -> Command {
        let mut command = lq_ls();
        command.current_dir(self.home.path()).env("HOME", self.home.path()).env("LQ_SOURCE", "logs");
        command.args(shlex::split(words).unwrap());
        command
    }

    pub fn ls(&self, words: &str) -> Run {
        Run::of(&mut self.command(words))
    }

    /// lq-query on the archive and the day.
    pub fn query(&self, words: &str) -> Run {
        let mut command = lq_query();
        command.current_dir(self.home.path()).env("HOME", self.home.path()).env("LQ_SOURCE", "logs");
        Run::of(command.args(DAY.split(' ')).args(words.split_whitespace()))
    }
}

/// Two containers of the shop in two Pods, one of the agent in two Pods: twelve entries, and a twin.
pub fn logs() -> Vec<Log> {
    let at = |hour: u32, minute: u32| Log::at(format!("2024-12-19T{hour:02}:{minute:02}:00.5Z"));
    let mut logs = Vec::new();
    for n in 0..3 {
        logs.push(at(1, n).of("shop", "web-1", "web").id(format!("a{n}")));
        logs.push(at(2, n).of("shop", "web-1", "proxy").id(format!("b{n}")).stream("stderr"));
        logs.push(at(9, n).of("shop", "web-2", "web").id(format!("c{n}")));
    }
    logs.push(at(5, 0).of("datadog", "agent-x", "agent").id("d"));
    logs.push(at(7, 0).of("datadog", "agent-y", "agent").id("e"));
    logs.push(at(7, 1).of("datadog", "agent-y", "agent").id("f"));
    logs.push(logs[0].clone());
    logs
}
