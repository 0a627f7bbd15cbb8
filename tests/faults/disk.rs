//! Disks that are full, that may be written to only so far, or not at all: small file systems in memory,
//! in a mount namespace of their own.

use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use tempfile::TempDir;

use crate::promise::{Came, Tool};
use crate::scene::{Live, MANY, Scene, entries};
use crate::support::eventually;
use crate::table::{Fault, holds};

/// A file system in memory that nobody else sees, reached through the process that holds it.
struct Disk {
    shell: Child,
    stdin: ChildStdin,
    stdout: BufReader<ChildStdout>,
    path: PathBuf,
    _folder: TempDir,
}

impl Disk {
    /// One of `bytes`; none where the system lets nobody mount anything.
    fn new(bytes: usize) -> Option<Self> {
        let folder = tempfile::tempdir().unwrap();
        let mut unshare = Command::new("unshare");
        unshare.arg("--mount");
        if !rustix::process::geteuid().is_root() {
            unshare.arg("--map-root-user");
        }
        unshare.arg("sh").stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::inherit());
        let mut shell = unshare.spawn().expect("unshare, of util-linux");
        let (stdin, stdout) = (shell.stdin.take().unwrap(), BufReader::new(shell.stdout.take().unwrap()));
        let path = PathBuf::from(format!("/proc/{}/root{}", shell.id(), folder.path().display()));
        let mut disk = Disk { shell, stdin, stdout, path, _folder: folder };
        let place = disk._folder.path().display();
        if disk.does(&format!("mount -t tmpfs -o size={bytes},mode=700 none {place}")) {
            return Some(disk);
        }
        None
    }

    /// Runs a command where the disk is seen; tells whether it went well.
    fn does(&mut self, command: &str) -> bool {
        let mut line = String::new();
        let asked = writeln!(self.stdin, "{command} && echo yes || echo no");
        asked.and_then(|()| self.stdout.read_line(&mut line)).is_ok() && line == "yes\n"
    }

    fn becomes_read_only(&mut self) {
        let place = self._folder.path().display().to_string();
        // As long as a file is open for writing the system refuses.
        eventually("it is read-only", || self.does(&format!("mount -o remount,bind,ro {place} 2>/dev/null")));
    }

    /// Takes all the room there is.
    fn fills_up(&self) {
        let mut file = fs::File::create(self.path.join("filler")).unwrap();
        while file.write_all(&[0; 4096]).is_ok() {}
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        let _ = self.shell.kill();
        let _ = self.shell.wait();
    }
}

/// What lies on the disk.
#[derive(Clone, Copy, Debug)]
enum On {
    Temporary,
    Out,
    Home,
}

/// How the disk is.
#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    Full,
    ReadOnly,
}

fn on_disk(fault: Fault, on: On, state: State) {
    if Disk::new(256 << 10).is_none() {
        // Past the capture of the test's output: nobody must take this for tried.
        let why = "this system lets nobody mount a file system (unshare --mount)";
        let _ = writeln!(std::io::stderr(), "NOT TRIED: {}: {why}", fault.words());
        return;
    }
    holds(fault, |tool| {
        let mut disk = Disk::new(256 << 10).unwrap();
        let mut scene = Scene::new();
        place(&mut scene, on, &disk.path);
        let input = scene.file("input.json", entries(MANY, 2));
        match state {
            State::Full if !matches!(on, On::Out) => disk.fills_up(),
            // A folder that may not be written to becomes so while something is in it.
            State::ReadOnly if matches!(on, On::Out) => {
                let mut roomy = Disk::new(16 << 20).unwrap();
                place(&mut scene, on, &roomy.path);
                let mut live = scene.at_work(tool);
                roomy.becomes_read_only();
                live.feed();
                live.close();
                return vec![live.end(&scene)];
            }
            State::ReadOnly => disk.becomes_read_only(),
            State::Full => {}
        }
        runs(&scene, &[], tool, &input)
    });
}

/// A run, and one that asks BigQuery where that is remembered, too.
fn runs(scene: &Scene, before: &[&str], tool: Tool, input: &Path) -> Vec<Came> {
    let mut command = scene.command_behind(before, tool, &[input.to_str().unwrap()]);
    let mut came = vec![Live::start(&mut command, if tool == Tool::Ls { 2 } else { MANY }).end(scene)];
    #[cfg(feature = "bigquery")]
    if matches!(tool, Tool::Query | Tool::Ls) && came[0].status == 0 {
        came.push(crate::network::whole(scene, before, tool, || {}));
    }
    came
}

fn place(scene: &mut Scene, on: On, path: &Path) {
    let folder = match on {
        On::Temporary => &mut scene.tmp,
        On::Out => &mut scene.out,
        On::Home => &mut scene.home,
    };
    *folder = path.join("folder");
    fs::create_dir(&folder).unwrap();
}

#[test]
fn no_room_for_temporary_files() {
    on_disk(Fault::FullTemporary, On::Temporary, State::Full);
}

#[test]
fn no_room_in_the_folder() {
    on_disk(Fault::FullFolder, On::Out, State::Full);
}

#[test]
fn no_room_for_what_is_remembered() {
    on_disk(Fault::FullHome, On::Home, State::Full);
}

#[test]
fn read_only_temporary_files() {
    on_disk(Fault::ReadOnlyTemporary, On::Temporary, State::ReadOnly);
}

#[test]
fn a_folder_that_becomes_read_only() {
    on_disk(Fault::ReadOnlyFolder, On::Out, State::ReadOnly);
}

#[test]
fn nothing_may_be_remembered() {
    on_disk(Fault::ReadOnlyHome, On::Home, State::ReadOnly);
}

/// A quota of a disk takes a kernel and a file system that have them; the limit of a process (RLIMIT_FSIZE,
/// in bytes) fails the same writes, with another number.
fn limited(fault: Fault, bytes: &str) {
    holds(fault, |tool| {
        let scene = Scene::new();
        // What fits into memory leaves nothing but what is remembered to be written.
        let count = if fault == Fault::QuotaHome { 1_000 } else { MANY };
        let input = scene.file("input.json", entries(count, 2));
        let limit = format!("--fsize={bytes}");
        let mut came = runs(&scene, &["prlimit", &limit], tool, &input);
        if fault == Fault::QuotaHome && tool == Tool::Query {
            came[0].wanted = count;
        }
        came
    });
}

#[test]
fn temporary_files_may_grow_so_far() {
    limited(Fault::QuotaTemporary, "262144");
}

#[test]
fn files_in_the_folder_may_grow_so_far() {
    limited(Fault::QuotaFolder, "262144");
}

#[test]
fn what_is_remembered_may_grow_so_far() {
    limited(Fault::QuotaHome, "100");
}
