//! The run: opens the source, which reads slices in a thread of its own; sorts and writes them here.

use std::io::{self, IsTerminal};
use std::ops::ControlFlow;
use std::sync::mpsc::RecvTimeoutError;
use std::time::{Duration, Instant};

use anyhow::{Result, anyhow};

use super::opened::Opened;
use super::outlet;
use super::plan::Plan;
use super::report;
use super::seal;
use super::sink::{Ending, Sink, Written};
use crate::entry::forms::Form;
use crate::entry::stamp::Stamp;
use crate::index::Index;
use crate::source::order::Order;
use crate::source::running::Running;
use crate::source::tally::Tally;
use crate::source::{Cut, Event, SliceEnd, Spent};
use crate::tool::{self, Failure, Notes, Outcome, Signals, Status};

/// What became of the stream.
#[derive(Debug, Default)]
pub(crate) struct Stream {
    /// What was seen beside the entries, in the slices that came.
    pub tally: Tally,
    /// What could not be read, and why.
    pub lost: Vec<String>,
    /// Why it is not whole, if it ended so.
    pub broken: Option<String>,
    /// All entries before this time are there. Unknown where only the last ones were asked for.
    pub complete_until: Option<Stamp>,
    pub signal: Option<i32>,
    /// Entries that were dropped as twins.
    pub twins: u64,
    pub spent: Spent,
}

/// Whose entries came.
#[derive(Debug, Default)]
pub(crate) struct Seen {
    /// Of no source where that has no name.
    pub names: Index,
    /// Why they are not all, where the run did not fail.
    pub broken: Option<String>,
}

/// A signal is not taken before a part is sorted on disk: that may take so long.
pub(crate) const GRACE: Duration = Duration::from_secs(10);

/// More than a pipe holds, and what was not yet written into it, in bytes.
const PIPE: usize = (64 << 10) + outlet::HELD;

/// What is known before the first entry is read.
pub(crate) struct Prepared {
    plan: Plan,
    notes: Notes,
    signals: Signals,
    source: Opened,
}

/// Says which window is meant, and finds out what there is to read.
pub(crate) fn prepare(plan: Plan) -> Result<Prepared, Failure> {
    let notes = Notes { tool: plan.tool, quiet: plan.quiet };
    report::window(&plan, &notes);
    let mut signals = Signals::listen(GRACE)?;
    let source = Opened::open(&plan, &notes, &mut signals)?;
    Ok(Prepared { plan, notes, signals, source })
}

/// Does what was planned, and remembers the names that it saw.
pub(crate) fn run(mut prepared: Prepared) -> Outcome {
    if prepared.plan.print_sql {
        prepared.source.print_sql(&mut prepared.signals)?;
        return Ok(Status::Done);
    }
    let mut seen = Seen::default();
    let outcome = look(prepared, &mut seen);
    // Who asked for entries need not know that their names are lost: lq-ls tells it.
    let _ = seen.names.save();
    outcome
}

/// The same, but remembers nothing; `seen` is what it saw, as far as it came. Of a dry run that is nothing.
pub(crate) fn look(Prepared { plan, notes, mut signals, mut source }: Prepared, seen: &mut Seen) -> Outcome {
    if plan.dry_run {
        source.dry_run(&plan, &mut signals)?;
        return Ok(Status::Done);
    }
    let terminal = std::io::stdout().is_terminal();
    if terminal && plan.output.as_ref().is_some_and(|output| output.form == Form::Entry) {
        notes.say("these are entries; to read them pipe into lq-fmt, to have one file per Pod into lq-split --dir DIR");
    }
    let mut sink = Sink::new(&plan, terminal)?;
    let mut stream = Stream::default();
    stream.tally.labels.extend(source.labels());
    let outcome = stream.run(&plan, source, &notes, &mut signals, &mut sink);
    *seen = Seen { names: stream.seen(&plan, sink.written()), broken: stream.broken.take() };
    outcome
}

impl Stream {
    /// Reads the source to its end, or until something breaks off, and says what came.
    fn run(
        &mut self,
        plan: &Plan,
        mut source: Opened,
        notes: &Notes,
        signals: &mut Signals,
        sink: &mut Sink,
    ) -> Outcome {
        let started = Instant::now();
        let mut running = source.start(plan).map_err(|error| self.fail(error.into(), sink))?;
        let carried = self.carry(plan, &mut running, signals, sink);
        match running.end() {
            Some(spent) => self.spent = spent,
            None if carried.is_ok() => {
                let error = anyhow!("reading broke down, which is a fault of {}; please report it", plan.tool);
                return Err(self.fail(error.into(), sink));
            }
            None => {}
        }
        if let Err(failure) = carried {
            let spent = source.spent(plan, &self.spent).filter(|_| !tool::is_reader_gone(&failure.error));
            spent.into_iter().for_each(|spent| notes.say(spent));
            return Err(self.fail(failure, sink));
        }
        let missing = report::missing(self, sink.disorder);
        let status = status(plan, self, sink.written().entries, !missing.is_empty());
        let is_whole = matches!(status, Status::Done | Status::NothingMatched);
        let seal = (plan.seal && is_whole).then(|| seal::of(plan, self, sink.written(), &source));
        self.broken = self.signal.map(|_| "interrupted".to_owned()).or_else(|| report::in_a_line(&missing));
        sink.finish(match (&self.broken, &seal) {
            (Some(why), _) => Ending::Broken(why, self.complete_until),
            (None, Some(seal)) => Ending::Sealed(seal),
            (None, None) => Ending::Whole,
        })?;
        report::trouble(&missing, &self.tally, notes);
        if plan.seal && seal.is_none() {
            notes.error("--seal: the stream is not whole, and so it has no seal");
        }
        let spent = source.spent(plan, &self.spent);
        report::summary(plan, sink.written(), self, spent, started.elapsed(), notes);
        if sink.written().entries == 0 && self.signal.is_none() {
            source.nothing(plan, &self.tally, notes)?;
            report::nearest::tell(plan, notes);
        }
        Ok(status)
    }

    /// Carries entries from the source into the sink, slice by slice.
    fn carry(
        &mut self,
        plan: &Plan,
        source: &mut Running,
        signals: &mut Signals,
        sink: &mut Sink,
    ) -> Result<(), Failure> {
        let since = plan.time.window.since;
        self.complete_until = (!matches!(plan.cut, Cut::Last(_))).then_some(Stamp::of(since));
        let mut order = Order::new(plan.memory, source.spare.clone());
        let mut slices = 0;
        // Where nothing is written there is nobody who may have enough.
        source.want(if plan.output.is_some() { 1 } else { usize::MAX });
        // Whoever breaks off does not wait for the source: it may hang in a read.
        while !sink.is_full() {
            self.signal = signals.take();
            if self.signal.is_some() {
                return Ok(());
            }
            match source.next(Duration::from_millis(100)) {
                Err(RecvTimeoutError::Timeout) => check_reader()?,
                Err(RecvTimeoutError::Disconnected) => break,
                Ok(Event::Block(block)) => order.push(block)?,
                Ok(Event::Lost(what)) => self.lost.push(what),
                Ok(Event::Restart) => order.forget(),
                Ok(Event::Failed(failure)) => return Err(failure),
                Ok(Event::SliceEnd(SliceEnd { limit, counted, tally })) => {
                    counted.into_iter().for_each(|(container, sight)| sink.count(container, sight));
                    self.tally.add(tally);
                    slices += 1;
                    let mut handed_out = 0;
                    self.slice(&mut order, limit, signals, sink, |bytes| {
                        // The next slice is begun while this one is written, but not before it is known that
                        // somebody reads more than a pipe holds: what is begun is billed.
                        handed_out += bytes;
                        if handed_out > PIPE {
                            source.want(slices + 1);
                        }
                    })?;
                    if self.signal.is_some() {
                        return Ok(());
                    }
                    if !sink.is_full() {
                        source.want(slices + 1);
                    }
                }
            }
        }
        Ok(sink.hand_out_tail(|| {
            self.signal = signals.take();
            self.signal.is_some()
        })?)
    }

    /// The names of what was written.
    fn seen(&self, plan: &Plan, written: &Written) -> Index {
        let mut index = Index::new(plan.source.name().unwrap_or_default());
        for (container, sight) in written.seen(&self.tally.containers) {
            index.add(container.who.clone(), sight);
        }
        self.tally.labels.iter().for_each(|key| index.add_label(key));
        index
    }

    /// Ends the stream with `failure`; gives what is to be told of it.
    fn fail(&self, failure: Failure, sink: &mut Sink) -> Failure {
        // Where it is standard output that fails, this will too; the first error tells it.
        let told = sink.finish(Ending::Broken(&format!("{:#}", failure.error), self.complete_until)).is_ok();
        match failure.status {
            Status::Failed | Status::Refused if told && sink.written().entries > 0 => {
                Failure { status: Status::Incomplete, ..failure }
            }
            _ => failure,
        }
    }

    /// Hands the sink the entries of a slice.
    fn slice(
        &mut self,
        order: &mut Order,
        limit: Option<Stamp>,
        signals: &mut Signals,
        sink: &mut Sink,
        mut handed_out: impl FnMut(usize),
    ) -> Result<()> {
        let mut reached = limit;
        let _ = order.drain(limit, |entry| {
            self.signal = signals.take();
            if self.signal.is_some() {
                reached = Some(entry.stamp);
                return Ok(ControlFlow::Break(()));
            }
            handed_out(entry.line.len());
            sink.take(entry)
        })?;
        self.twins = order.twins + self.tally.twins;
        // What a line holds that nobody can read may be an entry of any time in the slice.
        if self.lost.is_empty() && self.tally.malformed.is_empty() {
            self.complete_until = self.complete_until.map(|until| reached.map_or(until, |reached| reached.max(until)));
        }
        sink.flush()
    }
}

/// Errors where whoever read our output has gone away: nobody should wait for what nobody reads.
fn check_reader() -> Result<()> {
    if tool::has_reader_left() { Err(io::Error::from(io::ErrorKind::BrokenPipe).into()) } else { Ok(()) }
}

fn status(plan: &Plan, stream: &Stream, entries: u64, is_broken: bool) -> Status {
    if let Some(signal) = stream.signal {
        return Status::Interrupted(signal);
    }
    let tally = &stream.tally;
    match (is_broken, entries) {
        (true, 0) if !stream.lost.is_empty() && tally.span.is_none() => Status::Failed,
        (true, _) => Status::Incomplete,
        (false, 0) if !plan.empty_ok => Status::NothingMatched,
        (false, _) => Status::Done,
    }
}
