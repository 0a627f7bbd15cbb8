//! The run: lists the slices, reads them in one thread, sorts and writes them in the other.

use std::io::IsTerminal;
use std::ops::ControlFlow;
use std::path::Path;
use std::sync::mpsc::{RecvTimeoutError, sync_channel};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, anyhow};

use super::plan::{Cut, Plan};
use super::report;
use super::sink::Sink;
use crate::entry::forms::Form;
use crate::entry::stamp::Stamp;
use crate::source::archive;
use crate::source::intake::Reading;
use crate::source::order::Order;
use crate::source::slice::Slice;
use crate::source::tally::Tally;
use crate::source::tree::Tree;
use crate::source::{Event, SliceEnd};
use crate::tool::{Failure, Notes, Outcome, Signals, Status};

/// What became of the stream.
#[derive(Debug, Default)]
pub(crate) struct Stream {
    /// What was seen beside the entries, in the slices that came.
    pub tally: Tally,
    /// What could not be read, and why.
    pub lost: Vec<String>,
    /// All entries before this time are there. Unknown where only the last ones were asked for.
    pub complete_until: Option<Stamp>,
    pub signal: Option<i32>,
    /// Entries that were dropped as twins.
    pub twins: u64,
}

/// What is known before the first entry is read.
pub(crate) struct Prepared {
    plan: Plan,
    notes: Notes,
    signals: Signals,
    tree: Tree,
    slices: Vec<Slice>,
}

/// Says which window is meant, and lists its slices.
pub(crate) fn prepare(plan: Plan) -> Result<Prepared, Failure> {
    let notes = Notes { tool: super::NAME, quiet: plan.quiet };
    report::window(&plan, &notes);
    let signals = Signals::listen()?;
    if plan.source == Path::new("-") {
        let slices = vec![Slice { hour: None, files: vec![plan.source.clone()] }];
        return Ok(Prepared { plan, notes, signals, tree: Tree::default(), slices });
    }
    let set_in = plan.source_set_in.as_ref().map_or(String::new(), |place| format!(" (set in {place})"));
    let unreadable = || format!("cannot read the archive {}{set_in}", plan.source.display());
    let tree = Tree::walk(&plan.source, &plan.select.origin.logs).with_context(unreadable)?;
    let slices = tree.slices(&plan.time.window).with_context(unreadable)?;
    report::end_of_archive(&plan, &tree, &notes)?;
    Ok(Prepared { plan, notes, signals, tree, slices })
}

pub(crate) fn run(Prepared { plan, notes, mut signals, tree, slices }: Prepared) -> Outcome {
    let started = Instant::now();
    if plan.dry_run {
        report::dry_run(&plan, &slices);
        return Ok(Status::Done);
    }
    let terminal = std::io::stdout().is_terminal();
    if terminal && plan.form == Form::Entry {
        notes.say("these are entries; to read them pipe into lq-fmt, to have one file per Pod into lq-split --dir DIR");
    }
    let mut sink = Sink::new(&plan, terminal)?;
    let mut stream = Stream::default();
    if let Err(error) = stream.carry(&plan, slices, &mut signals, &mut sink) {
        // Where it is standard output that fails, this will too; the first error tells it.
        let told = sink.finish(Some((&format!("{error:#}"), stream.complete_until))).is_ok();
        return Err(if told && sink.written().entries > 0 { Failure { status: Status::Incomplete, error, hint: None } } else { error.into() });
    }
    sink.finish(stream.broken().as_deref().map(|why| (why, stream.complete_until)))?;
    report::trouble(&stream, sink.disorder, &notes);
    report::summary(&plan, sink.written(), &stream, started.elapsed(), &notes);
    if sink.written().entries == 0 && stream.signal.is_none() {
        report::nothing(&plan, &tree, &stream.tally, &notes)?;
    }
    Ok(status(&plan, &stream, sink.written().entries, sink.disorder))
}

impl Stream {
    /// Carries entries from the source into the sink, slice by slice.
    fn carry(&mut self, plan: &Plan, slices: Vec<Slice>, signals: &mut Signals, sink: &mut Sink) -> Result<()> {
        let window = plan.time.window;
        let begin = Stamp { secs: window.since.timestamp(), nanos: window.since.timestamp_subsec_nanos() };
        self.complete_until = (!matches!(plan.cut, Cut::Last(_))).then_some(begin);
        let reading = Reading {
            window,
            select: plan.select.clone(),
            columns: plan.columns.clone(),
            max_line: plan.max_line,
            block: (plan.memory / 64).clamp(64 << 10, 1 << 20),
        };
        let named = !plan.source.is_dir();
        let (send, events) = sync_channel(4);
        let source = thread::Builder::new().name("source".into()).spawn(move || {
            archive::read(&slices, reading, named, |event| match send.send(event) {
                Ok(()) => ControlFlow::Continue(()),
                Err(_) => ControlFlow::Break(()),
            })
        })?;
        let mut order = Order::new(plan.memory);
        // Whoever breaks off does not wait for the source: it may hang in a read.
        while !sink.is_full() {
            self.signal = signals.take();
            if self.signal.is_some() {
                return Ok(());
            }
            match events.recv_timeout(Duration::from_millis(100)) {
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => {
                    let end = source.join();
                    let _ =
                        end.map_err(|_| anyhow!("reading broke down, which is a fault of lq-query; please report it"))?;
                    break;
                }
                Ok(Event::Block(block)) => order.push(block)?,
                Ok(Event::Lost(what)) => self.lost.push(what),
                Ok(Event::Restart) => order.forget(),
                Ok(Event::Failed(failure)) => return Err(failure.error),
                Ok(Event::SliceEnd(SliceEnd { limit, tally })) => {
                    self.tally.add(tally);
                    self.slice(&mut order, limit, signals, sink)?;
                    if self.signal.is_some() {
                        return Ok(());
                    }
                }
            }
        }
        sink.hand_out_tail()
    }

    /// Hands the sink the entries of a slice.
    fn slice(&mut self, order: &mut Order, limit: Option<Stamp>, signals: &mut Signals, sink: &mut Sink) -> Result<()> {
        let mut reached = limit;
        let _ = order.drain(limit, |entry| {
            self.signal = signals.take();
            if self.signal.is_some() {
                reached = Some(entry.stamp);
                return Ok(ControlFlow::Break(()));
            }
            sink.take(entry)
        })?;
        self.twins = order.twins + self.tally.twins;
        if self.lost.is_empty() {
            self.complete_until = self.complete_until.map(|until| reached.map_or(until, |reached| reached.max(until)));
        }
        sink.flush()
    }

    /// Why the stream is not whole, if it is not.
    fn broken(&self) -> Option<String> {
        match (self.signal, self.lost.as_slice()) {
            (Some(_), _) => Some("interrupted".to_owned()),
            (None, []) => None,
            (None, [one]) => Some(one.clone()),
            (None, [one, more @ ..]) => Some(format!("{one}; and {} more", more.len())),
        }
    }
}

fn status(plan: &Plan, stream: &Stream, entries: u64, disorder: u64) -> Status {
    if let Some(signal) = stream.signal {
        return Status::Interrupted(signal);
    }
    let tally = &stream.tally;
    let incomplete = !stream.lost.is_empty() || !tally.malformed.is_empty() || disorder > 0;
    match (incomplete, entries) {
        (true, 0) if !stream.lost.is_empty() && tally.span.is_none() => Status::Failed,
        (true, _) => Status::Incomplete,
        (false, 0) if !plan.empty_ok => Status::NothingMatched,
        (false, _) => Status::Done,
    }
}
