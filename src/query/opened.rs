//! The source of a run, opened: what it has of the window, what that costs, and how it is read.

use std::io::{self, IsTerminal, Write};
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::sync::mpsc::{SyncSender, sync_channel};
use std::thread;

use anyhow::Context;

use super::plan::Plan;
use super::report;
use crate::entry::sanitize;
use crate::source::archive;
#[cfg(feature = "bigquery")]
use crate::source::bigquery;
use crate::source::intake::Reading;
use crate::source::place::{self, Place};
use crate::source::running::Running;
use crate::source::slice::Slice;
use crate::source::tally::Tally;
use crate::source::tree::Tree;
use crate::source::{Event, Spare, Spent};
use crate::tool::{self, Failure, Notes, Signals};

pub(crate) enum Opened {
    Archive {
        path: PathBuf,
        tree: Tree,
        slices: Vec<Slice>,
    },
    #[cfg(feature = "bigquery")]
    /// `None` once it reads.
    BigQuery(Option<Box<bigquery::open::Opened>>),
}

/// Events that wait to be taken, at most.
const WAITING: usize = 4;

impl Opened {
    /// Finds out what there is to read. Costs nothing.
    pub(crate) fn open(plan: &Plan, notes: &Notes, signals: &mut Signals) -> Result<Self, Failure> {
        match &plan.source {
            Place::Archive { path, set_in } => archive(plan, path, set_in.as_deref(), notes),
            #[cfg(feature = "bigquery")]
            Place::BigQuery(options) => {
                let wanted = bigquery::open::Wanted {
                    window: plan.time.window,
                    select: plan.select.clone(),
                    columns: plan.output.as_ref().map(|output| output.columns.clone()),
                    cut: plan.cut,
                };
                // On the same terminal entries, or what -v tells, would be torn apart by it.
                let is_torn = plan.output.is_some() && io::stdout().is_terminal();
                let is_quiet = plan.quiet || plan.dry_run || plan.print_sql || options.verbose > 0;
                let is_shown = !is_quiet && !is_torn && io::stderr().is_terminal();
                let screen = bigquery::progress::Screen::new(is_shown, *notes);
                let opened = bigquery::open::Opened::open((**options).clone(), wanted, screen, signals)?;
                Ok(Opened::BigQuery(Some(Box::new(opened))))
            }
        }
    }

    /// Prints what would be read.
    pub(crate) fn dry_run(&mut self, plan: &Plan, signals: &mut Signals) -> Result<(), Failure> {
        match self {
            Opened::Archive { path, slices, .. } => report::archive::dry_run(plan, path, slices),
            #[cfg(feature = "bigquery")]
            Opened::BigQuery(Some(opened)) => report::bigquery::dry_run(plan, opened, signals)?,
            #[cfg(feature = "bigquery")]
            Opened::BigQuery(None) => {}
        }
        Ok(())
    }

    /// Prints the SQL that would run on standard output.
    pub(crate) fn print_sql(&mut self, signals: &mut Signals) -> Result<(), Failure> {
        #[cfg(feature = "bigquery")]
        if let Opened::BigQuery(Some(opened)) = self {
            opened.look_at_ways(signals)?;
            let mut sql = opened.sql().into_bytes();
            // What `--where` says stands in it as it was typed.
            if io::stdout().is_terminal() {
                sql.clear();
                sanitize::push(&opened.sql(), &mut sql);
            }
            let mut out = tool::stdout()?;
            let printed = out.write_all(&sql).and_then(|()| out.flush());
            printed.context("cannot write to standard output")?;
        }
        Ok(())
    }

    /// Says why nothing came.
    pub(crate) fn nothing(&self, plan: &Plan, tally: &Tally, notes: &Notes) -> anyhow::Result<()> {
        match self {
            Opened::Archive { tree, .. } => report::archive::nothing(plan, tree, tally, notes),
            #[cfg(feature = "bigquery")]
            Opened::BigQuery(_) => {
                notes.say("nothing matched in the window");
                Ok(())
            }
        }
    }

    /// The keys of Pods' labels that are known before anything is read, as the source has them.
    pub(crate) fn labels(&self) -> Vec<String> {
        match self {
            Opened::Archive { .. } => Vec::new(),
            #[cfg(feature = "bigquery")]
            Opened::BigQuery(opened) => opened.as_ref().map_or(Vec::new(), |opened| opened.labels()),
        }
    }

    /// What was paid, in words; `None` where nothing can be.
    pub(crate) fn spent(&self, plan: &Plan, spent: &Spent) -> Option<String> {
        match &plan.source {
            Place::Archive { .. } => None,
            #[cfg(feature = "bigquery")]
            Place::BigQuery(options) => report::bigquery::spent(spent, options.pricing),
        }
    }

    /// Bytes that were billed, and their price in dollars; `None` where there is none.
    pub(crate) fn billed(&self, plan: &Plan, spent: &Spent) -> (Option<u64>, Option<f64>) {
        match &plan.source {
            Place::Archive { .. } => (None, None),
            #[cfg(feature = "bigquery")]
            Place::BigQuery(options) => (Some(spent.bytes().all()), options.pricing.told(spent.bytes())),
        }
    }

    /// Starts reading.
    pub(crate) fn start(&mut self, plan: &Plan) -> io::Result<Running> {
        let (send, events) = sync_channel(WAITING);
        let reading = Reading {
            window: plan.time.window,
            select: plan.select.clone(),
            columns: plan.output.as_ref().map(|output| output.columns.clone()),
            max_line: plan.max_line,
            block: (plan.memory / 64).clamp(64 << 10, 1 << 20),
            spare: Spare::default(),
        };
        let spare = reading.spare.clone();
        match self {
            Opened::Archive { path, slices, .. } => {
                let (named, slices) = (!path.is_dir(), std::mem::take(slices));
                let thread = thread::Builder::new().name("source".into()).spawn(move || {
                    let _ = archive::read(&slices, reading, named, sender(send));
                    Spent::default()
                });
                let thread = thread.map_err(tool::no_thread)?;
                Ok(Running::new(events, thread, spare, None))
            }
            #[cfg(feature = "bigquery")]
            Opened::BigQuery(opened) => {
                let opened = opened.take().ok_or_else(|| io::Error::other("reads already"))?;
                let (tell, demand) = tokio::sync::watch::channel(crate::source::Demand::default());
                let way = bigquery::read::Way { reading, demand, send: sender(send) };
                let thread = bigquery::read::start(*opened, way).map_err(tool::no_thread)?;
                Ok(Running::new(events, thread, spare, Some(Box::new(move |demand| _ = tell.send(demand)))))
            }
        }
    }
}

fn sender(send: SyncSender<Event>) -> impl FnMut(Event) -> ControlFlow<()> + Send {
    move |event| match send.send(event) {
        Ok(()) => ControlFlow::Continue(()),
        Err(_) => ControlFlow::Break(()),
    }
}

/// Lists the files of the window.
fn archive(plan: &Plan, path: &Path, set_in: Option<&str>, notes: &Notes) -> Result<Opened, Failure> {
    if path == Path::new("-") {
        let slices = vec![Slice { hour: None, files: vec![path.to_owned()] }];
        return Ok(Opened::Archive { path: path.to_owned(), tree: Tree::default(), slices });
    }
    let set_in = set_in.map_or(String::new(), |place| format!(" (set in {place})"));
    let unreadable = || format!("cannot read the archive {}{set_in}", path.display());
    let tree = Tree::walk(path, &plan.select.origin.logs).map_err(|error| {
        let is_missing = error.kind() == io::ErrorKind::NotFound;
        let failure = Failure::from(anyhow::Error::new(error).context(unreadable()));
        if is_missing { failure.hint(place::missing(path)) } else { failure }
    })?;
    let slices = tree.slices(&plan.time.window).with_context(unreadable)?;
    report::archive::end_of_archive(plan, &tree, notes)?;
    Ok(Opened::Archive { path: path.to_owned(), tree, slices })
}
