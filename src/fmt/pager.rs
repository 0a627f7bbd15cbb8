//! The pager: a child that reads what would have gone to the terminal.

use std::path::Path;
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use anyhow::{Context, Result, bail};
use signal_hook::consts::SIGINT;

pub(crate) struct Pager {
    child: Child,
    command: String,
}

impl Pager {
    /// Starts `command` in a shell. `None` where there is no such program.
    pub(crate) fn start(command: &str) -> Result<Option<(Pager, ChildStdin)>> {
        if program(command).is_some_and(|name| !is_there(&name)) {
            return Ok(None);
        }
        let mut shell = Command::new("sh");
        shell.arg("-c").arg(command).stdin(Stdio::piped());
        if std::env::var_os("LESS").is_none() {
            shell.env("LESS", "FRX"); // for a PAGER that is only `less`
        }
        // Ctrl-C is the pager's; we end when it does.
        signal_hook::flag::register(SIGINT, Arc::new(AtomicBool::new(false)))?;
        let mut child = shell.spawn().with_context(|| format!("cannot start the pager `{command}`"))?;
        let Some(input) = child.stdin.take() else { bail!("the pager `{command}` takes no input") };
        Ok(Some((Pager { child, command: command.to_owned() }, input)))
    }

    /// Waits until the reader has seen enough. Its input must be closed.
    pub(crate) fn wait(mut self) -> Result<()> {
        let status = self.child.wait().context("lost sight of the pager")?;
        // 126 and 127 are the shell's own words for a command that it cannot run.
        if let Some(126 | 127) = status.code() {
            bail!("the pager `{}` cannot be run; --paging never does without", self.command);
        }
        Ok(())
    }
}

/// The program that a command line names, if that can be told without a shell.
fn program(command: &str) -> Option<String> {
    let words = shlex::split(command)?;
    let name = words.into_iter().find(|word| !word.contains('='))?;
    let is_plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '/' | '-' | '_' | '.' | '+');
    name.chars().all(is_plain).then_some(name)
}

fn is_there(program: &str) -> bool {
    if program.contains('/') {
        return Path::new(program).exists();
    }
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&path).any(|folder| folder.join(program).is_file())
}
