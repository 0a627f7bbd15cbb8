//! A pseudo-terminal, and what comes to be on it.

#![allow(dead_code, reason = "each test file uses a part of it")]

use std::fs::File;
use std::io::Read;
use std::os::unix::process::ExitStatusExt;
use std::process::Command;

use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use rustix::termios::{Winsize, tcsetwinsize};

/// Both ends of a terminal of so many columns: who looks at it, and what a program writes to.
pub fn terminal(columns: u16) -> (File, File) {
    let master = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).expect("a pseudo-terminal");
    grantpt(&master).unwrap();
    unlockpt(&master).unwrap();
    let name = ptsname(&master, Vec::new()).unwrap();
    let side = File::options().read(true).write(true).open(name.to_str().unwrap()).unwrap();
    tcsetwinsize(&side, Winsize { ws_row: 24, ws_col: columns, ws_xpixel: 0, ws_ypixel: 0 }).unwrap();
    (master.into(), side)
}

/// All that the command writes to a terminal, which is its stdout and stderr; and its status.
pub fn on_terminal(mut command: Command, columns: u16) -> (String, i32) {
    let (mut master, side) = terminal(columns);
    command.stdout(side.try_clone().unwrap()).stderr(side);
    let mut child = command.spawn().expect("a process");
    drop(command); // or our copy of the terminal keeps it open
    let mut shown = Vec::new();
    let mut buf = [0; 4096];
    // The last one to close the terminal makes reading fail.
    while let Ok(n @ 1..) = master.read(&mut buf) {
        shown.extend_from_slice(&buf[..n]);
    }
    let status = child.wait().unwrap();
    let status = status.code().unwrap_or_else(|| 128 + status.signal().unwrap_or_default());
    (String::from_utf8(shown).expect("UTF-8").replace("\r\n", "\n"), status)
}
