//! The run: reads the inputs one after another, puts each entry into its file, and gives the files
//! their names if all went well to the end.

use std::io;
use std::time::Duration;

use anyhow::{Context, anyhow};
use signal_hook::consts::SIGINT;

use crate::input::crew::Size;
use crate::input::{self, Patience};
use crate::settings::Settings;
use crate::tool::{Failure, Notes, Outcome, Signals, Status};

use super::TOOL;
use super::args::Args;
use super::check;
use super::count::Count;
use super::fault;
use super::files::Files;
use super::folder::{Folder, Identity, Lock};
use super::manifest;
use super::place::Places;
use super::plan::{Mode, Plan, Stdout};
use super::pulse::Pulse;
use super::receipt::{self, Receipt};
use super::tee::Tee;
use super::template::MANIFEST;

/// How long the input may run idle before what is pending is written, in milliseconds.
const IDLE: u32 = 100;

/// How long lines may wait at most, in files that are live and in what is passed on.
const LIVE: Duration = Duration::from_millis(200);

/// The same in files that are not: whoever follows them, or a kill, misses no more.
const PART: Duration = Duration::from_secs(1);

/// Threads that read beside ours: no more than one that fills files can keep busy.
const HANDS: usize = 2;

/// Chunks for each of them. With fewer they wait for each other while the thread that writes has its turn.
const QUEUE: usize = 4;

pub(crate) fn run(args: Args) -> Outcome {
    if let Some(dir) = &args.check {
        return check::run(dir, &Notes { tool: TOOL, quiet: args.quiet });
    }
    let settings = Settings::load(&args.settings, &Notes { tool: TOOL, quiet: args.quiet })?;
    let plan = Plan::new(args, &settings)?;
    let notes = Notes { tool: TOOL, quiet: plan.quiet };
    let mut split = Split::new(&plan, notes)?;
    let ended = split.read_all().and_then(|input| match input {
        Status::Done => split.finish(),
        broken => Ok(broken),
    });
    match ended {
        Ok(Status::Done) => Ok(split.beside),
        Ok(broken) => Ok(split.leave(broken, true)),
        Err(failure) => {
            let hint = failure.hint.or_else(|| fault::remedy(&failure.error).map(str::to_owned));
            Err(Failure { status: split.leave(failure.status, false), hint, error: failure.error })
        }
    }
}

pub(super) struct Split<'a> {
    pub plan: &'a Plan,
    pub notes: Notes,
    signals: Signals,
    pub files: Files,
    pub places: Places,
    pub tee: Tee,
    pub receipt: Receipt,
    pub count: Count,
    /// Threads that read.
    pub crew: Size,
    /// What the input is worth: `Done` as long as nothing of it is missing.
    pub input: Status,
    /// What went wrong beside the files, and keeps none from its name.
    beside: Status,
    /// An input ended in the middle of a value.
    pub is_cut: bool,
    /// Nothing more is read.
    pub stopped: bool,
    /// All inputs were read to their ends.
    ended: bool,
}

impl<'a> Split<'a> {
    fn new(plan: &'a Plan, notes: Notes) -> Result<Self, Failure> {
        let signals = Signals::listen_patiently()?;
        let (folder, lock) = Folder::open(&plan.dir).map_err(|e| Failure::from(e).hint("take another --dir"))?;
        if lock == Lock::Unsupported {
            notes.say(format!("{}: cannot be locked; see that no other run writes to it", plan.dir.display()));
        }
        if plan.manifest && plan.mode == Mode::NoClobber && folder.exists(MANIFEST).context("--no-clobber")? {
            let error = anyhow!("{} is there already", folder.path(MANIFEST).display());
            return Err(Failure::from(error).hint("nothing was changed; take another --dir, or leave --no-clobber out"));
        }
        let files = Files::new(folder, plan, notes, signals.watch())?;
        Ok(Split {
            plan,
            notes,
            signals,
            files,
            places: Places::new(plan, notes),
            tee: Tee::new(plan.stdout == Stdout::Entries).context("cannot write to standard output")?,
            receipt: Receipt::default(),
            count: Count::new(plan, notes),
            crew: Size::of(HANDS, QUEUE),
            input: Status::Done,
            beside: Status::Done,
            is_cut: false,
            stopped: false,
            ended: false,
        })
    }

    /// Reads the inputs to their ends, and says what they were worth.
    fn read_all(&mut self) -> Outcome {
        let mut usable = false;
        for input in &self.plan.inputs {
            let patience = Patience { millis: Some(IDLE), stop: Some(self.signals.waiting()?) };
            match input::open(input, patience) {
                Ok(read) => {
                    let every = if self.plan.mode == Mode::Append || self.tee.is_on() { LIVE } else { PART };
                    // A regular file comes as fast as it can, and is still there after a kill.
                    let read = match Identity::of_input(input) {
                        None => Box::new(Pulse::new(read, every)),
                        Some(_) => read,
                    };
                    usable |= self.read(input, read)?;
                }
                Err(e) => self.broke(format!("cannot read {}: {e}", receipt::name(input))),
            }
            if self.stopped {
                break;
            }
        }
        // The end may have come by the same signal that came to us.
        self.heed_signals();
        self.ended = true;
        self.pass(Tee::flush);
        Ok(if usable { self.input } else { self.input.and(Status::Failed) })
    }

    /// Passes something on to the next tool. That it cannot be passed on does not end the run.
    pub(super) fn pass(&mut self, pass: impl FnOnce(&mut Tee) -> io::Result<()>) {
        if let Err(e) = pass(&mut self.tee) {
            self.beside = self.beside.and(Status::Incomplete);
            self.notes.error(format!("cannot write to standard output: {e}; going on with the files"));
        }
    }

    /// Something of the input is missing.
    pub(super) fn broke(&mut self, why: String) {
        self.input = self.input.and(Status::Incomplete);
        self.notes.error(why);
    }

    /// Writes everything that is pending, unless a signal stops the run.
    pub(super) fn flush(&mut self) -> Result<(), Failure> {
        loop {
            self.files.flush()?;
            // An interrupt that does not stop the run has cut the flush short all the same.
            if !self.heed_signals() || self.stopped {
                return Ok(());
            }
        }
    }

    /// After the first interrupt reading goes on: it went to the tool in front as well, and that may
    /// still have something to say. Any other signal stops it. Says whether there was one.
    pub(super) fn heed_signals(&mut self) -> bool {
        let mut any = false;
        while let Some(signal) = self.signals.take() {
            any = true;
            let first = !matches!(self.input, Status::Interrupted(_));
            self.input = Status::Interrupted(signal);
            if first && signal == SIGINT && !self.ended {
                self.notes.say("interrupted; reading on to the end of the input, once more stops at once");
            } else {
                self.stopped = true;
            }
        }
        any
    }

    /// Gives the files their names, if no entry is missing that must be there, and tells.
    fn finish(&mut self) -> Outcome {
        let is_sealed = self.count.is_sealed();
        if self.plan.sealed && !is_sealed {
            self.count.accuse(self.receipt.has_long());
            return Ok(Status::Incomplete);
        }
        self.flush()?;
        if self.is_cut || self.input != Status::Done {
            return Ok(self.input.and(Status::Incomplete));
        }
        let finished = self.files.finish()?;
        self.say_oddities();
        let sealed = is_sealed.then_some(self.count.came());
        receipt::say_finished(&finished, &self.files, sealed, &self.plan.dir, &self.notes);
        self.count.remark();
        for (name, why) in &finished.failed {
            self.beside = self.beside.and(Status::Incomplete);
            self.notes.error(fault::unnamed(&self.files.folder.path(name), why));
        }
        if self.plan.stdout == Stdout::Paths {
            self.print(&finished.names);
        }
        if self.plan.manifest {
            self.give_receipt();
        }
        Ok(Status::Done)
    }

    /// Writes the manifest, if there is nothing to be told of that it does not say. An older one is of files
    /// that were replaced, and goes.
    fn give_receipt(&mut self) {
        let given = match self.beside {
            Status::Done => {
                manifest::write(&mut self.files, &self.count).map_err(|e| format!("{e:#}; the files are whole"))
            }
            _ => Err(manifest::withdraw(&self.files.folder)),
        };
        if let Err(why) = given {
            self.beside = self.beside.and(Status::Incomplete);
            self.notes.error(why);
        }
    }

    /// The files have their names by now: that these cannot be told takes nothing from them.
    fn print(&mut self, names: &[String]) {
        if let Err(e) = receipt::print(names, &self.files.folder)
            && e.kind() != io::ErrorKind::BrokenPipe
        {
            self.beside = self.beside.and(Status::Incomplete);
            self.notes.error(format!("cannot write to standard output: {e}; the files are whole"));
        }
    }

    /// Ends a run that went badly: writes what can be written, and tells what is left. `tell` where
    /// nobody else tells of a write that fails.
    fn leave(&mut self, status: Status, tell: bool) -> Status {
        let rescued = self.files.rescue();
        let status = if status == Status::Failed && self.files.any_on_disk() { Status::Incomplete } else { status };
        let status = status.and(self.input);
        if let (Err(error), true) = (rescued, tell) {
            self.notes.error(format!("{error:#}"));
        }
        self.pass(|tee| tee.fail("lq-split did not come to a good end"));
        self.say_oddities();
        receipt::say_left(&self.files, &self.plan.dir, &self.notes);
        status
    }

    fn say_oddities(&mut self) {
        let rest = self.files.folder.path(&self.plan.rest);
        self.beside = self.beside.and(self.receipt.say(&rest, &self.notes));
    }
}
