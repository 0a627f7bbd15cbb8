//! The run: takes the names out of the index, or asks the source for them, and writes the list.

use std::collections::BTreeMap;
use std::io::{self, IsTerminal, Write};
use std::path::Path;

use anyhow::{Context, Result, anyhow};
use chrono::TimeDelta;

use super::args::Form;
use super::plan::{From, Known, Plan};
use super::table::{self, View};
use super::{group, json};
use crate::entry;
use crate::entry::stamp::Stamp;
use crate::index::{Index, MOST, Sight, Who};
use crate::query::plan::Plan as Asked;
use crate::query::report::{command, nearest};
use crate::query::run::{self as query, Seen};
use crate::select::Logs;
use crate::size::{self, plural};
use crate::source::place::Place;
use crate::source::tree::Tree;
use crate::tool::{self, Failure, Notes, Outcome, Status};

/// So far back it is proposed to ask.
const LATELY: TimeDelta = TimeDelta::days(30);

/// Before there were containers.
const EVER: &str = "1970-01-01";

pub(crate) fn run(plan: Plan) -> Outcome {
    let mut seen = Seen::default();
    let outcome = match &plan.from {
        From::Index(known) => look_up(&plan, known, &mut seen.names),
        From::Source(asked) => ask(asked, &mut seen),
    };
    let is_dry = match &plan.from {
        From::Index(known) => known.dry_run,
        From::Source(asked) => asked.dry_run,
    };
    let failed = outcome.as_ref().err().filter(|_| !is_dry).map(|failure| format!("{:#}", failure.error));
    // Also of a run that broke off: it says so, and what it saw is there.
    let written = write(&plan, &seen.names.seen, failed.or(seen.broken).as_deref());
    outcome.and_then(|status| Ok(written.map(|()| status)?))
}

/// Asks the source itself, and remembers what it has.
fn ask(asked: &Asked, seen: &mut Seen) -> Outcome {
    let outcome = query::look(query::prepare(asked.clone())?, seen);
    if let Err(error) = seen.names.save() {
        Notes { tool: super::NAME, quiet: asked.quiet }.say(format!("{error:#}"));
    }
    outcome
}

/// Finds what is known already. Free and instant.
fn look_up(plan: &Plan, known: &Known, seen: &mut Index) -> Outcome {
    // What is asked for by --dry-run is told whatever -q says.
    let notes = Notes { tool: super::NAME, quiet: known.quiet && !known.dry_run };
    let name = name(&known.source)?;
    known.notices.iter().for_each(|notice| notes.say(notice));
    let mut unknown = Vec::new();
    let mut newest = None;
    let (told, status) = if known.dry_run {
        ("would look into the name index alone, which costs nothing".to_owned(), Status::Done)
    } else {
        *seen = Index::load(&name);
        let (all, last) = (seen.seen.len(), seen.seen.values().map(|sight| sight.last).max());
        let only = match seen.is_full() {
            true => format!(", the newest {} containers of Pods only", size::count(MOST as u64)),
            false => String::new(),
        };
        newest = last;
        if !seen.seen.keys().any(|who| who.is_selected(&known.origin)) {
            unknown = nearest::unknown(&known.origin, seen);
        }
        seen.seen.retain(|who, _| who.is_selected(&known.origin));
        let nothing = if known.empty_ok { Status::Done } else { Status::NothingMatched };
        match last {
            None => {
                // Whoever is told to ask wants to know that it will be for nothing the next time.
                let trouble = Index::check().err().map_or(String::new(), |error| format!("; {error:#}"));
                (format!("nothing is known of {name} yet{trouble}"), nothing)
            }
            Some(_) if seen.seen.is_empty() => {
                (format!("nothing matched of {} known of {name}", plural(all as u64, "container")), nothing)
            }
            Some(last) => {
                let last = last.whole().local(&plan.zone);
                (format!("known from earlier runs, up to {last}{only}"), Status::Done)
            }
        }
    };
    notes.say(told);
    unknown.iter().for_each(|name| notes.say(&name.told));
    if !notes.quiet {
        let window = window(plan, &known.source, newest);
        let command = command::with(super::NAME, &window.iter().map(String::as_str).collect::<Vec<_>>());
        command.into_iter().for_each(|command| notes.say(format!("to ask the source itself: {command}")));
    }
    Ok(status)
}

/// The flags of a window that reaches what the source has. Reads no file.
fn window(plan: &Plan, source: &Place, newest: Option<Stamp>) -> Vec<String> {
    let lately = plan.now - LATELY;
    let is_lately = newest.is_some_and(|newest| newest >= Stamp::of(lately));
    let words = |words: &[&str]| words.iter().map(|word| (*word).to_owned()).collect();
    match source {
        Place::Archive { path, .. } if !is_lately => {
            match Tree::walk(path, &Logs::OfContainers).and_then(|tree| tree.hours()) {
                Ok(Some((first, last))) if last < lately => {
                    let [first, end] = [first, last + TimeDelta::hours(1)].map(|time| plan.zone.stamp(time));
                    words(&["--since", &first, "--until", &end])
                }
                Ok(Some(_)) => words(&["--since", "30d"]),
                // Files of no hour are read whole, whatever is asked for.
                Ok(None) | Err(_) => words(&["--since", EVER]),
            }
        }
        _ => words(&["--since", "30d"]),
    }
}

/// By which the index knows the source.
fn name(source: &Place) -> Result<String, Failure> {
    match source {
        Place::Archive { path, .. } if path == Path::new("-") => {
            let error = anyhow!("--source -: of standard input nothing is known before it is read");
            return Err(Failure::from(error).hint(format!("to read it: --since {EVER}")));
        }
        Place::Archive { path, set_in } => {
            let set_in = set_in.as_ref().map_or(String::new(), |place| format!(" (set in {place})"));
            path.metadata().with_context(|| format!("cannot read the archive {}{set_in}", path.display()))?;
        }
        #[cfg(feature = "bigquery")]
        Place::BigQuery(_) => {}
    }
    source.name().ok_or_else(|| anyhow!("the archive has a name that is not UTF-8, and is not known by it").into())
}

/// Writes the list to standard output; says behind it why it is not whole, if it `broke`.
fn write(plan: &Plan, seen: &BTreeMap<Who, Sight>, broke: Option<&str>) -> Result<()> {
    let groups = group::groups(plan.kind, seen);
    let terminal = io::stdout().is_terminal();
    let mut bytes = Vec::new();
    match plan.form {
        Form::Json => {
            json::write(plan.kind, &groups, terminal, &mut bytes)?;
            // Who sits at a terminal reads it on stderr.
            broke.filter(|_| !terminal).into_iter().for_each(|why| entry::write::failed(why, None, &mut bytes));
        }
        Form::Table => {
            let view = View { zone: &plan.zone, now: plan.now, width: terminal.then(table::terminal_width) };
            table::write(plan.kind, &groups, &view, &mut bytes);
        }
    }
    let written = tool::stdout().and_then(|mut out| {
        out.write_all(&bytes)?;
        out.flush()
    });
    written.context("cannot write to standard output")
}
