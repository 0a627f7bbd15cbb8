//! The run: reads the inputs one after another, puts each entry into its file, and gives the files
//! their names if all went well to the end.

use std::io;
use std::path::Path;
use std::time::Duration;

use anyhow::{Context, anyhow};
use signal_hook::consts::SIGINT;

use crate::entry::forms::{Form, Writer};
use crate::entry::scan::Flaw;
use crate::entry::write::{self, Columns};
use crate::entry::{Control, Entry, text};
use crate::input::values::{Item, Values};
use crate::input::{self, Patience, Stopped};
use crate::settings::Settings;
use crate::tool::{Failure, Notes, Outcome, Signals, Status};

use super::TOOL;
use super::args::Args;
use super::check;
use super::count::Count;
use super::fault;
use super::files::{Cluster, Files};
use super::folder::{Folder, Identity, Lock};
use super::manifest;
use super::place::{Place, Places};
use super::plan::{Mode, Plan, Stdout};
use super::pulse::Pulse;
use super::receipt::{self, Receipt, Seen};
use super::tee::Tee;
use super::template::MANIFEST;

/// How long the input may run idle before what is pending is written, in milliseconds.
const IDLE: u32 = 100;

/// How long lines may wait at most, in files that are live and in what is passed on.
const LIVE: Duration = Duration::from_millis(200);

/// The same in files that are not: whoever follows them, or a kill, misses no more.
const PART: Duration = Duration::from_secs(1);

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

struct Split<'a> {
    plan: &'a Plan,
    notes: Notes,
    signals: Signals,
    files: Files,
    places: Places,
    writer: Writer,
    tee: Tee,
    receipt: Receipt,
    count: Count,
    /// What the input is worth: `Done` as long as nothing of it is missing.
    input: Status,
    /// What went wrong beside the files, and keeps none from its name.
    beside: Status,
    /// An input ended in the middle of a value.
    is_cut: bool,
    /// Nothing more is read.
    stopped: bool,
    /// All inputs were read to their ends.
    ended: bool,
    /// A line on its way.
    line: Vec<u8>,
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
        let mut writer = Writer::new(plan.form, plan.zone.clone());
        writer.stamps = plan.stamps;
        Ok(Split {
            plan,
            notes,
            signals,
            files,
            places: Places::new(plan, notes)?,
            writer,
            tee: Tee::new(plan.stdout == Stdout::Entries).context("cannot write to standard output")?,
            receipt: Receipt::default(),
            count: Count::new(plan, notes),
            input: Status::Done,
            beside: Status::Done,
            is_cut: false,
            stopped: false,
            ended: false,
            line: Vec::new(),
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
                    usable |= self.read(input, Values::new(read, self.plan.max_line))?;
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

    /// Reads one input, and says whether there was anything to it: lines, or an end without them.
    fn read(&mut self, input: &Path, mut values: Values) -> Result<bool, Failure> {
        let mut usable = false;
        // Where a value began that the end of the input cut off.
        let mut cut = None;
        while !self.stopped {
            let seen = match values.next() {
                Ok(Some(item)) => {
                    usable |= !matches!(item, Item::Dry);
                    let is_cut = matches!(item, Item::Broken(_, Flaw::Incomplete));
                    let seen = self.take(item)?;
                    cut = cut.or(is_cut.then(|| values.line()));
                    seen
                }
                Ok(None) => {
                    usable = true;
                    if let Some(line) = cut {
                        self.is_cut = true;
                        self.notes.error(fault::cut_off(&receipt::name(input), line));
                    }
                    break;
                }
                Err(e) if Stopped::is(&e) => {
                    self.heed_signals();
                    continue;
                }
                Err(e) => {
                    self.broke(fault::broke_off(&receipt::name(input), usable.then(|| values.line()), &e));
                    break;
                }
            };
            match seen {
                Seen::Failed => self.pass(|tee| tee.failed(values.last())),
                Seen::End => {
                    self.pass(|tee| tee.line(values.last()));
                    self.count.line(values.last(), input, values.line());
                }
                _ => {}
            }
            self.receipt.note(seen, input, values.line());
        }
        self.receipt.mended += values.mended();
        self.count.end_input(input);
        Ok(usable)
    }

    fn take(&mut self, item: Item) -> Result<Seen, Failure> {
        match item {
            Item::Entry(entry) => self.entry(&entry),
            Item::Plain(entry) => {
                self.rest(&entry)?;
                Ok(Seen::Plain)
            }
            Item::Broken(entry, flaw) => {
                self.rest(&entry)?;
                self.receipt.note_flaw(flaw);
                Ok(Seen::Broken)
            }
            Item::Long { piece, first, last } => {
                let rest = self.files.get(&self.plan.rest, Cluster::NONE)?;
                self.files.write(rest, None, piece)?;
                if last {
                    self.files.write(rest, None, b"\n")?;
                }
                self.pass(|tee| tee.piece(piece, last));
                Ok(if first { Seen::Long } else { Seen::Placed })
            }
            Item::Control(Control::Failed(why)) => {
                self.input = self.input.and(Status::Incomplete);
                self.notes.error(format!("the stream broke: {why}"));
                Ok(Seen::Failed)
            }
            Item::Control(Control::End) => Ok(Seen::End),
            Item::Dry => {
                self.flush()?;
                self.pass(Tee::flush);
                Ok(Seen::Placed)
            }
        }
    }

    fn entry(&mut self, entry: &Entry) -> Result<Seen, Failure> {
        let stamp = entry.stamp().map(|(stamp, _)| stamp);
        let (writer, files, line) = (&mut self.writer, &mut self.files, &mut self.line);
        line.clear();
        let (place, pod) = self.places.of(entry, stamp, files, &mut self.count)?;
        self.count.entry(pod);
        let seen = match place {
            Place::File(id) => {
                files.prove(id, pod, stamp);
                self.receipt.timeless += u64::from(stamp.is_none() && writer.form == Form::Cri);
                match writer.copied(entry) {
                    Some(copied) => files.write_line(id, stamp, copied.as_bytes())?,
                    None => {
                        writer.write(entry, line);
                        files.write(id, stamp, line)?;
                    }
                }
                Seen::Placed
            }
            Place::OtherCluster => {
                let rest = files.get(&self.plan.rest, Cluster::NONE)?;
                files.prove(rest, pod, stamp);
                write::entry(entry, &Columns::default(), line);
                line.push(b'\n');
                files.write(rest, stamp, line)?;
                Seen::OtherCluster
            }
            Place::Nowhere => {
                self.rest(entry)?;
                return Ok(Seen::Podless);
            }
        };
        self.pass(|tee| tee.entry(entry));
        Ok(seen)
    }

    /// Copies a line as it stands, without the line ends within it where it was laid out.
    fn rest(&mut self, entry: &Entry) -> Result<(), Failure> {
        let mut line = std::mem::take(&mut self.line);
        line.clear();
        if entry.is_laid_out() {
            text::compact(entry.line(), &mut line);
        } else {
            line.extend_from_slice(entry.line().as_bytes());
        }
        line.push(b'\n');
        let rest = self.files.get(&self.plan.rest, Cluster::NONE)?;
        let stamp = entry.stamp().map(|(stamp, _)| stamp);
        self.files.prove(rest, None, stamp);
        self.files.write(rest, stamp, &line)?;
        line.pop();
        self.pass(|tee| tee.line(&line));
        self.line = line;
        Ok(())
    }

    /// Passes something on to the next tool. That it cannot be passed on does not end the run.
    fn pass(&mut self, pass: impl FnOnce(&mut Tee) -> io::Result<()>) {
        if let Err(e) = pass(&mut self.tee) {
            self.beside = self.beside.and(Status::Incomplete);
            self.notes.error(format!("cannot write to standard output: {e}; going on with the files"));
        }
    }

    /// Something of the input is missing.
    fn broke(&mut self, why: String) {
        self.input = self.input.and(Status::Incomplete);
        self.notes.error(why);
    }

    /// Writes everything that is pending, unless a signal stops the run.
    fn flush(&mut self) -> Result<(), Failure> {
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
    fn heed_signals(&mut self) -> bool {
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
