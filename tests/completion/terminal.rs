//! A shell on a pseudo-terminal, and the screen that its user sees.

use std::fs::File;
use std::io::{Read, Write};
use std::process::{Child, Command};
use std::sync::{Arc, Mutex};

use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use rustix::termios::{Winsize, tcsetwinsize};

use crate::home::{Home, TOOLS, completions};
use crate::support::eventually;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shell {
    Bash,
    Zsh,
    Fish,
}

pub const SHELLS: [Shell; 3] = [Shell::Bash, Shell::Zsh, Shell::Fish];

/// How prompts begin. Then comes the number of the line that is awaited: an old screen shows no new number.
pub const PROMPT: &str = "ready";
const ROWS: u16 = 60;
const COLUMNS: u16 = 160;

impl Shell {
    pub fn name(self) -> &'static str {
        match self {
            Shell::Bash => "bash",
            Shell::Zsh => "zsh",
            Shell::Fish => "fish",
        }
    }

    /// Commands that make it complete lq's words, as the README has them.
    pub fn sourced(self) -> String {
        let folder = completions().display().to_string();
        match self {
            Shell::Bash => format!("source {folder}/lq.bash"),
            Shell::Zsh => format!("autoload -Uz compinit; compinit -u -D; source {folder}/_lq"),
            Shell::Fish => TOOLS.map(|tool| format!("source {folder}/{tool}.fish")).join("; "),
        }
    }

    /// It, without anybody's settings, on the terminal that is its input.
    fn command(self, home: &Home, start: &str) -> Command {
        let mut command = home.command("setsid");
        command.arg("--ctty");
        match self {
            Shell::Bash => {
                let prompt = format!("number=0; PROMPT_COMMAND='((++number))'; PS1='{PROMPT} $number> '");
                let start = format!("{prompt}; bind 'set bell-style none'; {start}\n");
                std::fs::write(home.join("bashrc"), start).unwrap();
                command.args(["bash", "--noprofile", "--rcfile", "bashrc", "-i"]);
            }
            Shell::Zsh => {
                let prompt =
                    format!("number=0; precmd() {{ ((++number)) }}; setopt PROMPT_SUBST; PS1='{PROMPT} $number> '");
                let start = format!("{prompt}; unsetopt PROMPT_SP BEEP; {start}\n");
                std::fs::write(home.join(".zshrc"), start).unwrap();
                command.env("ZDOTDIR", home.path()).args(["zsh", "--no-globalrcs", "-i"]);
            }
            Shell::Fish => {
                let number = "set -g number 0; function count_prompts --on-event fish_prompt; set number (math $number + 1); end";
                let prompt = format!("{number}; function fish_prompt; echo -n \"{PROMPT} $number> \"; end");
                let start =
                    format!("{prompt}; function fish_greeting; end; set -g fish_autosuggestion_enabled 0; {start}");
                command.args(["fish", "--no-config", "--private", "--interactive", "--init-command", &start]);
            }
        }
        command
    }
}

pub struct Terminal {
    keys: File,
    screen: Arc<Mutex<vt100::Parser>>,
    shell: Child,
    /// Of the last prompt that was awaited.
    number: u32,
}

impl Terminal {
    /// Starts the shell with some commands, and waits for its prompt.
    pub fn open(shell: Shell, home: &Home, start: &str) -> Self {
        let master = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).unwrap();
        grantpt(&master).unwrap();
        unlockpt(&master).unwrap();
        tcsetwinsize(&master, Winsize { ws_row: ROWS, ws_col: COLUMNS, ws_xpixel: 0, ws_ypixel: 0 }).unwrap();
        let name = ptsname(&master, Vec::new()).unwrap();
        let side = File::options().read(true).write(true).open(name.to_str().unwrap()).unwrap();
        let mut command = shell.command(home, start);
        command.stdin(side.try_clone().unwrap()).stdout(side.try_clone().unwrap()).stderr(side);
        let shell = command.spawn().unwrap();
        let keys = File::from(master);
        let screen = vt100::Parser::new(ROWS.try_into().unwrap(), COLUMNS.try_into().unwrap(), 0);
        let screen = Arc::new(Mutex::new(screen));
        let (mut output, mut answers) = (keys.try_clone().unwrap(), keys.try_clone().unwrap());
        let seen = Arc::clone(&screen);
        std::thread::spawn(move || {
            let mut bytes = [0; 4096];
            // The last one to close the terminal makes reading fail.
            while let Ok(n @ 1..) = output.read(&mut bytes) {
                seen.lock().unwrap().process(&bytes[..n]);
                // What are you? Some shells wait for a terminal's answer.
                if bytes[..n].windows(3).any(|asked| asked == b"\x1b[c") {
                    let _ = answers.write_all(b"\x1b[?62c");
                }
            }
        });
        let mut terminal = Terminal { keys, screen, shell, number: 0 };
        terminal.waits();
        terminal
    }

    /// Types this: ⇥ is the tab key, ← an arrow, ⏎ ends the line.
    pub fn types(&mut self, keys: &str) -> &mut Self {
        let keys = keys.replace('⇥', "\t").replace('←', "\x1b[D").replace('⏎', "\r");
        self.keys.write_all(keys.as_bytes()).unwrap();
        self
    }

    /// Waits for the next prompt, with nothing behind it.
    #[track_caller]
    pub fn waits(&mut self) -> &mut Self {
        let last = self.number;
        let number = |screen: &vt100::Screen| -> Option<u32> {
            let (row, _) = screen.cursor_position();
            let row = screen.rows(0, COLUMNS).nth(row.into())?;
            row.trim_end().strip_prefix(PROMPT)?.strip_suffix('>')?.trim().parse().ok()
        };
        self.until("a prompt", |screen| number(screen).is_some_and(|number| number > last));
        self.number = number(self.screen.lock().unwrap().screen()).unwrap();
        self
    }

    /// Waits until the screen shows this somewhere, blanks in a row as one.
    #[track_caller]
    pub fn shows(&mut self, text: &str) -> &mut Self {
        self.until(text, |screen| plain(screen).iter().any(|line| line.contains(text)))
    }

    /// What the screen shows now, blanks in a row as one, without empty lines.
    pub fn lines(&self) -> Vec<String> {
        plain(self.screen.lock().unwrap().screen())
    }

    #[track_caller]
    fn until(&mut self, what: &str, holds: impl Fn(&vt100::Screen) -> bool) -> &mut Self {
        let screen = Arc::clone(&self.screen);
        let shown = || screen.lock().unwrap().screen().contents();
        let waited = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            eventually(what, || holds(screen.lock().unwrap().screen()));
        }));
        assert!(waited.is_ok(), "{what} is not on the screen:\n{}", shown());
        self
    }
}

fn plain(screen: &vt100::Screen) -> Vec<String> {
    let lines = screen.rows(0, COLUMNS).map(|row| row.split_whitespace().collect::<Vec<_>>().join(" "));
    lines.filter(|line| !line.is_empty()).collect()
}

impl Drop for Terminal {
    fn drop(&mut self) {
        let _ = self.shell.kill();
        let _ = self.shell.wait();
    }
}
