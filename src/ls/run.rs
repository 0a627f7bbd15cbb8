//! The run: takes the names out of the index, or asks the source for them, and writes the list.

use std::collections::BTreeMap;
use std::io::{self, IsTerminal, Write};
use std::path::Path;

use anyhow::{Context, Result, anyhow};

use super::args::Form;
use super::plan::{From, Known, Plan};
use super::table::{self, View};
use super::{group, json};
use crate::index::{Index, Sight, Who};
use crate::query::report::{command, nearest};
use crate::query::run as query;
use crate::size::plural;
use crate::source::place::Place;
use crate::tool::{self, Failure, Notes, Outcome, Status};

pub(crate) fn run(plan: Plan) -> Outcome {
    let mut seen = Index::default();
    let outcome = match &plan.from {
        From::Index(known) => look_up(&plan, known, &mut seen),
        From::Source(asked) => query::look(query::prepare(asked.clone())?, &mut seen),
    };
    // Also of a run that broke off: it says so, and what it saw is there.
    let written = write(&plan, &seen.seen);
    outcome.and_then(|status| Ok(written.map(|()| status)?))
}

/// Finds what is known already. Free and instant.
fn look_up(plan: &Plan, known: &Known, seen: &mut Index) -> Outcome {
    // What is asked for by --dry-run is told whatever -q says.
    let notes = Notes { tool: super::NAME, quiet: known.quiet && !known.dry_run };
    let name = name(&known.source)?;
    known.notices.iter().for_each(|notice| notes.say(notice));
    let mut unknown = Vec::new();
    let (told, status) = if known.dry_run {
        ("would look into the name index alone, which costs nothing".to_owned(), Status::Done)
    } else {
        *seen = Index::load(&name);
        let (all, last) = (seen.seen.len(), seen.seen.values().map(|sight| sight.last).max());
        if !seen.seen.keys().any(|who| who.is_selected(&known.origin)) {
            unknown = nearest::unknown(&known.origin, seen);
        }
        seen.seen.retain(|who, _| who.is_selected(&known.origin));
        let nothing = if known.empty_ok { Status::Done } else { Status::NothingMatched };
        match last {
            None => (format!("nothing is known of {name} yet"), nothing),
            Some(_) if seen.seen.is_empty() => {
                (format!("nothing matched of {} known of {name}", plural(all as u64, "container")), nothing)
            }
            Some(last) => {
                let last = last.whole().local(&plan.zone);
                (format!("known from earlier runs, up to {last}"), Status::Done)
            }
        }
    };
    notes.say(told);
    unknown.iter().for_each(|name| notes.say(&name.told));
    notes.say(format!("to ask the source itself: {}", command::with(super::NAME, &["--since", "30d"])));
    Ok(status)
}

/// By which the index knows the source.
fn name(source: &Place) -> Result<String, Failure> {
    match source {
        Place::Archive { path, .. } if path == Path::new("-") => {
            let error = anyhow!("--source -: of standard input nothing is known before it is read");
            return Err(Failure::from(error).hint("to read it: --since 30d"));
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

/// Writes the list to standard output.
fn write(plan: &Plan, seen: &BTreeMap<Who, Sight>) -> Result<()> {
    let groups = group::groups(plan.kind, seen);
    let terminal = io::stdout().is_terminal();
    let mut bytes = Vec::new();
    match plan.form {
        Form::Json => json::write(plan.kind, &groups, terminal, &mut bytes)?,
        Form::Table => {
            let width = || terminal_size::terminal_size_of(io::stdout()).map_or(80, |(width, _)| width.0.into());
            let view = View { zone: &plan.zone, now: plan.now, width: terminal.then(width) };
            table::write(plan.kind, &groups, &view, &mut bytes);
        }
    }
    let written = tool::stdout().and_then(|mut out| {
        out.write_all(&bytes)?;
        out.flush()
    });
    written.context("cannot write to standard output")
}
