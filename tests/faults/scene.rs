//! A home, a folder for temporary files and one to write to; and the tools at work in them.

use std::fs;
use std::io::{Read, Write};
use std::os::unix::process::ExitStatusExt;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::{self, JoinHandle};

use rustix::process::{Pid, Signal, kill_process};
use tempfile::TempDir;

use crate::promise::{Came, Job, Tool};
use crate::support::{Log, eventually};

/// Entries that are more than LQ_MEMORY allows, and more than a pipe holds.
pub const MANY: usize = 6_000;

/// So many entries of so many Pods, as lines.
pub fn entries(count: usize, pods: usize) -> String {
    let one = |n: usize| {
        let log = Log::at(format!("2024-12-19T07:{:02}:{:02}.{n:06}Z", n / 60 % 60, n % 60));
        log.of("shop", &format!("web-{}", n % pods), "web").says(format!("{n:0240}")).id(format!("id{n}")).entry()
    };
    (0..count).map(|n| format!("{}\n", one(n))).collect()
}

/// The folders around the tools: `home`, `tmp`, `out`. They may lie elsewhere.
pub struct Scene {
    pub folder: TempDir,
    pub home: PathBuf,
    pub tmp: PathBuf,
    pub out: PathBuf,
    /// What is half written may be there: others are at work, or one was killed.
    pub has_halves: AtomicBool,
}

impl Scene {
    pub fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let [home, tmp, out] = ["home", "tmp", "out"].map(|name| folder.path().join(name));
        fs::create_dir(&home).unwrap();
        fs::create_dir(&tmp).unwrap();
        Scene { folder, home, tmp, out, has_halves: AtomicBool::new(false) }
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Writes a file, and the folders above it.
    pub fn file(&self, name: &str, bytes: impl AsRef<[u8]>) -> PathBuf {
        let path = self.path(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, bytes).unwrap();
        path
    }

    /// A tool that reads `inputs`, of which `-` is standard input; entries go out, or names as JSON. Behind
    /// another program where `before` has one.
    pub fn command_behind(&self, before: &[&str], tool: Tool, inputs: &[&str]) -> Command {
        let bin = Path::new(env!("CARGO_BIN_EXE_lq-query")).with_file_name(tool.name());
        let (out, bin) = (self.out.to_str().unwrap(), bin.to_str().unwrap());
        let mut words = [before, &[bin]].concat();
        match tool {
            Tool::Query => words.extend(["--seal", "--at", "2024-12-19", "-r", "day", "--source"]),
            Tool::Split => words.extend(["--dir", out]),
            Tool::Fmt => words.extend(["-o", "entry"]),
            Tool::Ls => words.extend(["pods", "-o", "json", "--at", "2024-12-19", "-r", "day", "--source"]),
        }
        words.extend(inputs);
        let mut command = Command::new(words[0]);
        command.args(&words[1..]).env_clear().env("PATH", std::env::var_os("PATH").unwrap_or_default());
        command.env("TZ", "UTC").env("HOME", &self.home).env("TMPDIR", &self.tmp);
        command.env("LQ_MEMORY", "1MiB").current_dir(&self.folder);
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        command
    }

    pub fn command(&self, tool: Tool, inputs: &[&str]) -> Command {
        self.command_behind(&[], tool, inputs)
    }

    /// A tool that has read [`MANY`] entries from standard input, and waits for more.
    pub fn at_work(&self, tool: Tool) -> Live {
        self.at_work_as(self.command(tool, &["-"]), tool)
    }

    pub fn at_work_as(&self, mut command: Command, tool: Tool) -> Live {
        let mut live = Live::start(command.stdin(Stdio::piped()), MANY);
        let mut stdin = live.child.stdin.take().unwrap();
        live.feeder = Some(thread::spawn(move || {
            let _ = stdin.write_all(entries(MANY, 2).as_bytes());
            stdin
        }));
        eventually("all of it is read", || live.feeder.as_ref().unwrap().is_finished());
        match tool {
            Tool::Query => eventually("it sorts on disk", || self.has_open_below(&live, &self.tmp)),
            Tool::Split => eventually("a file is on disk", || !self.written().is_empty()),
            Tool::Fmt => eventually("something is written", || !live.out.lock().unwrap().is_empty()),
            Tool::Ls => {}
        }
        live.listens();
        live
    }

    fn has_open_below(&self, live: &Live, folder: &Path) -> bool {
        let descriptors = fs::read_dir(format!("/proc/{}/fd", live.child.id())).unwrap();
        let mut links = descriptors.filter_map(|found| fs::read_link(found.ok()?.path()).ok());
        links.any(|link| link.starts_with(folder))
    }

    /// The files in the folder that lq-split writes to, and their lines.
    pub fn written(&self) -> Vec<(String, usize)> {
        let mut found: Vec<_> = files(&self.out)
            .into_iter()
            .map(|path| {
                let lines = fs::read(&path).unwrap_or_default().iter().filter(|byte| **byte == b'\n').count();
                (path.strip_prefix(&self.out).unwrap().to_str().unwrap().to_owned(), lines)
            })
            .collect();
        found.sort();
        found
    }

    /// Asserts what holds after every fault: no temporary file is left, what is remembered is sound. Only a
    /// run that was killed may leave half of what it remembered, under a name that says so.
    #[track_caller]
    pub fn is_clean(&self) {
        assert_eq!(files(&self.tmp), [] as [PathBuf; 0], "temporary files");
        for place in [".local/state/lq", ".cache/lq"] {
            for path in files(&self.home.join(place)) {
                // Another run may have given it its final name by now.
                let Ok(bytes) = fs::read(&path) else { continue };
                let is_slice = path.file_name().unwrap().to_str().unwrap().starts_with("slice-");
                let is_sound = match path.extension().and_then(|extension| extension.to_str()) {
                    Some("jsonl") => {
                        bytes.ends_with(b"\n") && bytes.trim_ascii_end().split(|it| *it == b'\n').all(is_json)
                    }
                    Some("json") => is_json(&bytes),
                    Some("lock") => bytes.is_empty(),
                    Some("part") => self.has_halves.load(Ordering::Relaxed),
                    // The last that is written of a slice.
                    _ => is_slice && bytes.ends_with(b"lqslice1"),
                };
                assert!(is_sound, "{}: {}", path.display(), String::from_utf8_lossy(&bytes));
            }
        }
    }
}

fn is_json(text: &[u8]) -> bool {
    serde_json::from_slice::<serde_json::Value>(text).is_ok()
}

/// All files below a folder; none where it is not there.
fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        match entry.file_type().unwrap().is_dir() {
            true => found.extend(files(&entry.path())),
            false => found.push(entry.path()),
        }
    }
    found
}

/// A tool at work. Its output is read all the time, unless it was started [unread](Live::unread).
pub struct Live {
    pub child: Child,
    feeder: Option<JoinHandle<ChildStdin>>,
    out: Arc<Mutex<Vec<u8>>>,
    err: Arc<Mutex<Vec<u8>>>,
    readers: Vec<JoinHandle<()>>,
    wanted: usize,
}

impl Live {
    pub fn start(command: &mut Command, wanted: usize) -> Self {
        let mut live = Live::unread(command, wanted);
        if let Some(stdout) = live.child.stdout.take() {
            live.readers.push(collect(stdout, &live.out));
        }
        live
    }

    /// One whose output nobody reads.
    pub fn unread(command: &mut Command, wanted: usize) -> Self {
        let mut child = command.spawn().unwrap();
        let (out, err) = <(Arc<Mutex<Vec<u8>>>, Arc<Mutex<Vec<u8>>>)>::default();
        let readers = Vec::from_iter(child.stderr.take().map(|stderr| collect(stderr, &err)));
        Live { child, feeder: None, out, err, readers, wanted }
    }

    /// Its output, where nobody reads it yet.
    pub fn stdout(&mut self) -> ChildStdout {
        self.child.stdout.take().unwrap()
    }

    pub fn send(&self, signal: Signal) {
        kill_process(Pid::from_child(&self.child), signal).unwrap();
    }

    /// Waits until signals are its own business.
    pub fn listens(&self) {
        let status = format!("/proc/{}/status", self.child.id());
        eventually("it listens to signals", || {
            let status = fs::read_to_string(&status).unwrap();
            let has = |mask: &str, signal: Signal| {
                let mask = status.lines().find_map(|line| line.strip_prefix(mask)).unwrap();
                u64::from_str_radix(mask.trim(), 16).unwrap() >> (signal.as_raw() - 1) & 1 == 1
            };
            let hangs_up = has("SigCgt:", Signal::HUP) || has("SigIgn:", Signal::HUP);
            hangs_up && has("SigCgt:", Signal::INT) && has("SigCgt:", Signal::TERM)
        });
    }

    /// Waits until standard error says this.
    pub fn said(&self, text: &str) {
        eventually(text, || String::from_utf8_lossy(&self.err.lock().unwrap()).contains(text));
    }

    pub fn has_ended(&mut self) -> bool {
        self.child.try_wait().unwrap().is_some()
    }

    /// More of the same on standard input, as far as it is taken.
    pub fn feed(&mut self) {
        let mut stdin = self.feeder.take().unwrap().join().unwrap();
        self.feeder = Some(thread::spawn(move || {
            let _ = stdin.write_all(entries(MANY, 2).as_bytes());
            stdin
        }));
        self.wanted += MANY;
    }

    /// The end of standard input.
    pub fn close(&mut self) {
        self.feeder.take().map(JoinHandle::join);
    }

    /// Waits for its end; it must come. That its pipes come to their ends too shows that no process is left
    /// that has them.
    pub fn end(mut self, scene: &Scene) -> Came {
        eventually("it has ended", || self.has_ended());
        let status = self.child.wait().unwrap();
        self.readers.drain(..).for_each(|reader| reader.join().unwrap());
        let text = |bytes: &Mutex<Vec<u8>>| String::from_utf8_lossy(&bytes.lock().unwrap()).into_owned();
        let status = status.code().unwrap_or_else(|| 128 + status.signal().unwrap());
        scene.has_halves.fetch_or(status == 128 + Signal::KILL.as_raw(), Ordering::Relaxed);
        scene.is_clean();
        let err = text(&self.err);
        // A job is asked for by the name of its project alone.
        let job = match (err.contains("cancelled job "), err.contains("bq cancel ")) {
            (true, _) => Some(Job::Cancelled),
            (_, true) => Some(Job::RunsOn),
            _ => None,
        };
        Came { status, out: text(&self.out), err, dir: scene.written(), wanted: self.wanted, job }
    }
}

fn collect(mut from: impl Read + Send + 'static, into: &Arc<Mutex<Vec<u8>>>) -> JoinHandle<()> {
    let into = Arc::clone(into);
    thread::spawn(move || {
        let mut piece = [0; 1 << 16];
        while let Ok(length @ 1..) = from.read(&mut piece) {
            into.lock().unwrap().extend_from_slice(&piece[..length]);
        }
    })
}
