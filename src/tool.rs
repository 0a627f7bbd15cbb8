//! What surrounds every tool: completion, parsing, the notes on stderr, checked stdout, signals, the
//! error line, the exit status.

mod flags;
mod foreign;
mod usage;

use std::fs::File;
use std::io::{self, BufWriter, PipeReader, Read, Write};
use std::os::fd::{AsFd, OwnedFd};
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

use rustix::event::{PollFd, PollFlags, Timespec};
use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM, SIGXFSZ};

use crate::complete;
use crate::entry::sanitize;
use crate::manual::Manual;

/// How a run ended. The numbers are promised in every man page under EXIT STATUS.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Status {
    Done,
    /// Ran well, nothing matched. Of `lq-query` and `lq-ls` only.
    NothingMatched,
    /// Wrong usage, or failed with nothing usable.
    Failed,
    /// Refused by the price guard.
    Refused,
    /// Something is missing or broken; stderr says what.
    Incomplete,
    /// Ended by this signal.
    Interrupted(i32),
}

impl Status {
    fn code(self) -> u8 {
        match self {
            Status::Done => 0,
            Status::NothingMatched => 1,
            Status::Failed => 2,
            Status::Incomplete => 3,
            Status::Refused => 4,
            Status::Interrupted(signal) => 128u8.saturating_add(signal as u8),
        }
    }

    /// The one to report of two.
    pub(crate) fn and(self, other: Status) -> Status {
        let first = [self, other].into_iter().min_by_key(|status| match status {
            Status::Interrupted(_) => 0,
            Status::Failed => 1,
            Status::Refused => 2,
            Status::Incomplete => 3,
            Status::NothingMatched => 4,
            Status::Done => 5,
        });
        first.unwrap_or(Status::Done)
    }
}

/// Why a run could not go on, with the status that says so and a remedy.
#[derive(Debug)]
pub(crate) struct Failure {
    pub status: Status,
    pub error: anyhow::Error,
    pub hint: Option<String>,
}

impl Failure {
    /// Says on lines of their own what the user can do.
    pub(crate) fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// By this signal, before anything was read.
    pub(crate) fn interrupted(signal: i32) -> Self {
        Failure { status: Status::Interrupted(signal), error: anyhow::anyhow!("interrupted"), hint: None }
    }
}

impl<E: Into<anyhow::Error>> From<E> for Failure {
    fn from(error: E) -> Self {
        Failure { status: Status::Failed, error: error.into(), hint: None }
    }
}

pub(crate) type Outcome = Result<Status, Failure>;

/// Runs a tool: completes a word if a shell asked for one, parses the arguments, works, and turns
/// what came of it into a line on stderr and an exit status.
pub(crate) fn run<A: clap::Parser>(manual: &'static Manual, work: impl FnOnce(A) -> Outcome) -> ExitCode {
    run_or(manual, work, |_| ())
}

/// Does the same, and calls `refuse` with the reason where the arguments cannot be taken.
pub(crate) fn run_or<A: clap::Parser>(
    manual: &'static Manual,
    work: impl FnOnce(A) -> Outcome,
    refuse: impl FnOnce(&str),
) -> ExitCode {
    // A file that may not grow any more is a full disk: the write fails, the process goes on.
    let _ = signal_hook::flag::register(SIGXFSZ, Arc::default());
    if complete::answers(|| manual.command::<A>(), manual.values) {
        return ExitCode::SUCCESS;
    }
    let command = manual.command::<A>();
    let name = command.get_name().to_owned();
    let parsed = command.clone().try_get_matches().and_then(|mut typed| A::from_arg_matches_mut(&mut typed));
    let args = match parsed {
        Ok(args) => args,
        Err(error) if error.use_stderr() => {
            let words: Vec<_> = std::env::args_os().skip(1).collect();
            let said = usage::said(&error, &words, &command);
            said.iter().for_each(|line| say(&format!("{name}: {}", sanitize::line(line))));
            refuse(said.first().map_or("wrong usage", String::as_str));
            return ExitCode::from(Status::Failed.code());
        }
        Err(help) => return ExitCode::from(print(&name, &help)),
    };
    let code = match work(args) {
        Ok(status) => status.code(),
        Err(failure) if is_reader_gone(&failure.error) => Status::Done.code(),
        Err(failure) => {
            let causes: Vec<String> = failure.error.chain().map(|cause| sanitize::line(&cause.to_string())).collect();
            say(&format!("{name}: {}", causes.join(": ")));
            for line in failure.hint.iter().flat_map(|hint| hint.lines()) {
                say(&format!("{name}: {}", sanitize::line(line)));
            }
            failure.status.code()
        }
    };
    ExitCode::from(code)
}

/// Prints what clap has to say that is no error: help and version.
fn print(name: &str, help: &clap::Error) -> u8 {
    match help.print().and_then(|()| io::stdout().flush()) {
        Err(e) if e.kind() != io::ErrorKind::BrokenPipe => {
            say(&format!("{name}: cannot write to standard output: {e}"));
            Status::Failed.code()
        }
        _ => Status::Done.code(),
    }
}

/// One line, or several, on stderr. Where even that is gone, nothing more can be said.
pub(crate) fn say(text: &str) {
    let _ = writeln!(io::stderr(), "{text}");
}

/// True where an error says that whoever read our output has gone away.
pub(crate) fn is_reader_gone(error: &anyhow::Error) -> bool {
    error.chain().any(|cause| cause.downcast_ref::<io::Error>().is_some_and(|e| e.kind() == io::ErrorKind::BrokenPipe))
}

/// True where standard output is a pipe or a socket that nobody reads any more.
pub(crate) fn has_reader_left() -> bool {
    let stdout = rustix::stdio::stdout();
    let mut polled = [PollFd::new(&stdout, PollFlags::empty())];
    let now = Timespec { tv_sec: 0, tv_nsec: 0 };
    rustix::event::poll(&mut polled, Some(&now)).is_ok()
        && polled[0].revents().intersects(PollFlags::ERR | PollFlags::HUP)
}

/// What a tool has to tell beside its data.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Notes {
    /// The tool's name, in front of each line.
    pub tool: &'static str,
    /// `-q`: only errors.
    pub quiet: bool,
}

impl Notes {
    /// What is good to know. Silent with `-q`. Control characters are made harmless.
    pub(crate) fn say(&self, text: impl AsRef<str>) {
        if !self.quiet {
            self.error(text);
        }
    }

    /// What must be known.
    pub(crate) fn error(&self, text: impl AsRef<str>) {
        say(&format!("{}: {}", self.tool, sanitize::line(text.as_ref())));
    }
}

/// Standard output, buffered in large pieces. Flush it: what is dropped with it is lost.
pub(crate) fn stdout() -> io::Result<BufWriter<File>> {
    let file = File::from(rustix::io::dup(rustix::stdio::stdout())?);
    Ok(BufWriter::with_capacity(64 << 10, file))
}

/// SIGINT, SIGTERM and SIGHUP, handed to the tool's own loop one by one.
pub(crate) struct Signals {
    seen: Receiver<i32>,
    wake: PipeReader,
    counts: Arc<Counts>,
}

/// Of the signals so far.
#[derive(Debug, Default)]
struct Counts {
    came: AtomicUsize,
    taken: AtomicUsize,
    /// Those of which the tool knows.
    noticed: AtomicUsize,
    /// Grows as long as the tool does not hang, once there was a signal.
    pulse: AtomicUsize,
}

impl Counts {
    /// The tool is at work, and knows of so many signals.
    fn notice(&self, signals: usize) {
        self.noticed.fetch_max(signals, Ordering::Release);
        self.pulse.fetch_add(1, Ordering::Release);
    }
}

/// Tells whether a signal waits, to somebody who is at long work and does not take it.
#[derive(Clone, Debug, Default)]
pub(crate) struct Watch(Arc<Counts>);

impl Watch {
    /// True while a signal waits to be [taken](Signals::take). Whoever asks shows that the tool does not hang.
    pub(crate) fn sees_signal(&self) -> bool {
        let came = self.0.came.load(Ordering::Acquire);
        if came > 0 {
            self.0.notice(came);
        }
        came > self.0.taken.load(Ordering::Acquire)
    }
}

impl Signals {
    /// Starts listening, for a tool that stops at the first signal. With the second one the process ends
    /// at once, wherever it hangs; or where it has not [taken](Self::take) the first for as long as `grace`,
    /// or has, and then hangs as long: in writing its last line, where nobody reads.
    pub(crate) fn listen(grace: Duration) -> io::Result<Self> {
        Self::start(2, grace, |_, _| true)
    }

    /// Starts listening, for a tool that goes on after a first SIGINT. With the third signal the process
    /// ends at once; or where it hangs, and has neither taken nor [noticed](Watch) any other one for two seconds,
    /// or has, and shows no life for as long.
    pub(crate) fn listen_patiently() -> io::Result<Self> {
        Self::start(3, Duration::from_secs(2), |number, signal| number > 0 || signal != SIGINT)
    }

    /// With the signal number `patience` the process ends; where one that `must_be_taken` is not, after
    /// `grace`.
    fn start(patience: usize, grace: Duration, must_be_taken: fn(usize, i32) -> bool) -> io::Result<Self> {
        let mut signals = signal_hook::iterator::Signals::new([SIGINT, SIGTERM])?;
        if !is_ignored(SIGHUP) {
            signals.add_signal(SIGHUP)?;
        }
        let (send, seen) = channel();
        let (wake, mut waker) = io::pipe()?;
        let counts = Arc::<Counts>::default();
        let counted = Arc::clone(&counts);
        let thread = std::thread::Builder::new().name("signals".into()).spawn(move || {
            for (number, signal) in signals.forever().enumerate() {
                let exit = move || std::process::exit(i32::from(Status::Interrupted(signal).code()));
                if number + 1 >= patience {
                    exit();
                }
                let _ = send.send(signal);
                counted.came.fetch_add(1, Ordering::Release);
                let _ = waker.write_all(&[0]);
                if must_be_taken(number, signal) {
                    let counts = Arc::clone(&counted);
                    std::thread::spawn(move || {
                        let mut pulse = counts.pulse.load(Ordering::Acquire);
                        loop {
                            std::thread::sleep(grace);
                            let before = std::mem::replace(&mut pulse, counts.pulse.load(Ordering::Acquire));
                            if pulse == before || counts.noticed.load(Ordering::Acquire) <= number {
                                exit();
                            }
                        }
                    });
                }
            }
        });
        thread.map_err(no_thread)?;
        Ok(Signals { seen, wake, counts })
    }

    /// For work that is long.
    pub(crate) fn watch(&self) -> Watch {
        Watch(Arc::clone(&self.counts))
    }

    /// A descriptor that is readable while a signal waits to be [taken](Self::take).
    pub(crate) fn waiting(&self) -> io::Result<OwnedFd> {
        self.wake.as_fd().try_clone_to_owned()
    }

    /// The next signal that came, if any.
    pub(crate) fn take(&mut self) -> Option<i32> {
        let signal = self.seen.try_recv().ok()?;
        self.counts.notice(self.counts.taken.fetch_add(1, Ordering::AcqRel) + 1);
        let _ = self.wake.read(&mut [0]);
        Some(signal)
    }
}

/// The error where a thread cannot be started, with what helps.
pub(crate) fn no_thread(error: io::Error) -> io::Error {
    let why = "cannot start a thread (`ulimit -u` shows how many processes and threads a user may have)";
    io::Error::new(error.kind(), format!("{why}: {error}"))
}

/// True for a signal that whoever started us ignores, as nohup(1) does: it is none of our business then.
/// Only Linux tells.
fn is_ignored(signal: i32) -> bool {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let mask = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    mask.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok()).is_some_and(|mask| mask >> (signal - 1) & 1 == 1)
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::Ordering::Relaxed;

    use super::Status::{Done, Failed, Incomplete, Interrupted, NothingMatched, Refused};

    #[test]
    fn a_watch_sees_a_signal_until_it_is_taken_and_shows_that_the_tool_lives() {
        let watch = super::Watch::default();
        assert!(!watch.sees_signal());
        watch.0.came.store(2, Relaxed);
        watch.0.taken.store(1, Relaxed);
        assert!(watch.sees_signal());
        assert_eq!(watch.0.noticed.load(Relaxed), 2);
        watch.0.taken.store(2, Relaxed);
        assert!(!watch.sees_signal());
    }

    #[test]
    fn of_two_statuses_the_first_of_the_promised_order_is_told() {
        let order = [Interrupted(2), Failed, Refused, Incomplete, NothingMatched, Done];
        for (place, first) in order.into_iter().enumerate() {
            for later in &order[place..] {
                assert_eq!(first.and(*later), first);
                assert_eq!(later.and(first), first);
            }
        }
        assert_eq!(order.map(super::Status::code), [130, 2, 4, 3, 1, 0]);
    }
}
