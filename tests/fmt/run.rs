//! Runs the tool in a folder of its own, with nothing of the machine's settings around it.

use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};

use tempfile::TempDir;

pub struct Place {
    pub dir: TempDir,
}

/// What came of a run.
#[derive(Debug)]
pub struct Ran {
    pub stdout: String,
    pub stderr: String,
    pub status: i32,
}

impl Place {
    pub fn new() -> Place {
        Place { dir: tempfile::tempdir().expect("a folder") }
    }

    pub fn write(&self, name: &str, contents: impl AsRef<[u8]>) {
        std::fs::write(self.dir.path().join(name), contents).expect("a file");
    }

    /// The tool, its flags as typed in a shell.
    pub fn command(&self, flags: &str) -> Command {
        self.program(env!("CARGO_BIN_EXE_lq-fmt"), &shlex::split(flags).expect("words"))
    }

    pub fn shell(&self, script: &str) -> Command {
        let bin = Path::new(env!("CARGO_BIN_EXE_lq-fmt")).parent().expect("a folder").to_owned();
        let mut command = self.program("bash", &["-c".to_owned(), script.to_owned()]);
        let path = std::env::var("PATH").unwrap_or_default();
        command.env("PATH", format!("{}:{path}", bin.display()));
        command
    }

    fn program(&self, program: &str, arguments: &[String]) -> Command {
        let mut command = Command::new(program);
        command.args(arguments).current_dir(&self.dir).env_clear();
        command.env("HOME", self.dir.path()).env("TZ", "Asia/Tokyo").env("TERM", "xterm-256color");
        command.env("PATH", std::env::var_os("PATH").unwrap_or_default());
        command
    }

    pub fn fmt(&self, flags: &str, stdin: impl AsRef<[u8]>) -> Ran {
        run(&mut self.command(flags), stdin)
    }
}

pub fn run(command: &mut Command, stdin: impl AsRef<[u8]>) -> Ran {
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().expect("a process");
    let mut pipe = child.stdin.take().expect("a pipe");
    let bytes = stdin.as_ref().to_vec();
    // A tool that does not read is no reason to fail here.
    let writer = std::thread::spawn(move || drop(pipe.write_all(&bytes)));
    let output = child.wait_with_output().expect("its output");
    writer.join().expect("a writer");
    Ran {
        stdout: String::from_utf8(output.stdout).expect("stdout is UTF-8"),
        stderr: String::from_utf8(output.stderr).expect("stderr is UTF-8"),
        status: output.status.code().expect("an exit status"),
    }
}

/// Runs the tool on `stdin` and wants nothing but this on stdout.
pub fn writes(flags: &str, stdin: &str, stdout: &str) {
    let ran = Place::new().fmt(flags, stdin);
    assert_eq!(ran.stdout, stdout, "lq-fmt {flags}, stderr: {}", ran.stderr);
    assert_eq!((ran.status, ran.stderr.as_str()), (0, ""), "lq-fmt {flags}");
}
