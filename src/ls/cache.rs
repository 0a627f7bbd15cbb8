//! `lq-ls cache`: the slices that lq-query keeps, so that a second look and a broken download are free.

use std::io::{self, IsTerminal, Write};
use std::path::Path;
use std::time::UNIX_EPOCH;

use anyhow::{Context, Result, anyhow};
use chrono::{DateTime, Utc};
use serde::Serialize;

use super::args::{Args, Form};
use super::table::{self, Column};
use crate::entry::sanitize;
use crate::entry::stamp::Stamp;
use crate::query::plan;
use crate::settings::Settings;
use crate::size::{self, plural};
use crate::source::cache::{Cache, Kept, TableState};
use crate::source::place::{self, Named};
use crate::tool::{self, Failure, Notes, Outcome, Status};
use crate::when::{Zone, age};

pub(crate) fn run(args: &Args, settings: &Settings, now: DateTime<Utc>) -> Outcome {
    refuse_selection(args)?;
    let notes = Notes { tool: super::NAME, quiet: args.quiet };
    let zone = plan::time(&args.times, &args.which, settings, now)?.zone;
    let most = plan::cache_size(None, settings)?;
    let cache = Cache::open(most).ok_or_else(|| anyhow!("there is no home folder, and XDG_CACHE_HOME is not set"))?;
    usable(&cache)?;
    let mut kept = cache.all();
    let source = args.source.source.as_deref().map(said).transpose()?;
    if let Some(source) = &source {
        kept.retain(|kept| kept.label.said("source") == source);
    }
    let terminal = io::stdout().is_terminal();
    let mut out = Vec::new();
    let mut of = source.map_or(String::new(), |source| format!(" of {}", sanitize::line(&source)));
    match args.output {
        Form::Table if kept.is_empty() => {}
        Form::Table => {
            let mut columns = columns(&kept, &zone, now, terminal);
            if terminal && table::width(&columns) > table::terminal_width() && is_of_one_source(&kept) {
                // It is told below.
                columns.remove(0);
                of = format!(" of {}", table::name(kept[0].label.said("source")));
            }
            table::write_columns(&columns, &mut out);
        }
        Form::Json => kept.iter().try_for_each(|kept| json(kept, terminal, &mut out))?,
    }
    write(&out).context("cannot write to standard output")?;
    let held: u64 = kept.iter().map(|kept| kept.bytes).sum();
    let path = cache.path().to_string_lossy();
    if kept.is_empty() {
        notes.say(format!("no slice{of} is kept in {path}"));
    } else {
        let (slices, held, most) = (plural(kept.len() as u64, "slice"), size::say(held), size::say(most));
        notes.say(format!("{slices}{of}, {held} of {most} (cache-size), in {path}"));
        let quoted = shlex::try_quote(&path).ok().filter(|_| sanitize::is_told(&path));
        let command = quoted.map_or(String::new(), |path| format!(": rm -r {path}"));
        notes.say(format!("what is there may be removed at any time{command}"));
    }
    Ok(if kept.is_empty() && !args.empty_ok { Status::NothingMatched } else { Status::Done })
}

/// Refuses a folder that nothing is kept in, nor taken from.
fn usable(cache: &Cache) -> Result<(), Failure> {
    let Some(why) = cache.flaw() else { return Ok(()) };
    let path = cache.path().to_string_lossy();
    let failure = Failure::from(anyhow!("{path}: no slice is kept there nor read from there: {why}"));
    let quoted = shlex::try_quote(&path).ok().filter(|_| sanitize::is_told(&path));
    let moved = quoted.map_or(String::new(), |path| format!(": mv {path} {path}.old"));
    Err(failure.hint(format!("move it away, and the next run makes a folder of its own{moved}")))
}

/// The name of a source, as slices have it.
fn said(source: &Path) -> Result<String> {
    Ok(match place::named(source).map_err(|error| anyhow!("--source {error}"))? {
        Named::Archive => source.to_string_lossy().into_owned(),
        #[cfg(feature = "bigquery")]
        Named::BigQuery(address) => address.to_string(),
    })
}

fn is_of_one_source(kept: &[Kept]) -> bool {
    kept.windows(2).all(|pair| pair[0].label.said("source") == pair[1].label.said("source"))
}

/// Refuses what selects names.
fn refuse_selection(args: &Args) -> Result<(), Failure> {
    let which = &args.which;
    let lists = [
        &which.workloads,
        &which.containers,
        &which.pods,
        &which.exclude_pods,
        &which.namespaces,
        &which.clusters,
        &which.selectors,
        &which.streams,
        &which.logs,
    ];
    if lists.iter().all(|list| list.is_empty()) && !args.times.is_typed() {
        return Ok(());
    }
    let error = anyhow!("cache: lists slices, not names: neither a selection nor a time is of use to it");
    Err(Failure::from(error)
        .hint("all slices: lq-ls cache; those of one source: lq-ls cache --source bq://PROJECT/DATASET"))
}

/// When it was used last.
fn used(kept: &Kept) -> Stamp {
    let since = kept.used.duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs());
    Stamp { secs: i64::try_from(since).unwrap_or(i64::MAX), nanos: 0 }
}

/// What was selected, and how much of it, in words.
fn selection(kept: &Kept) -> String {
    let part = |flag: &str, name: &str| match kept.label.said(name) {
        "" | "all" => None,
        said => Some(format!("{flag}{said}")),
    };
    let all = [part("", "selection"), part("--where ", "where"), part("", "cut")];
    let all = all.into_iter().flatten().collect::<Vec<_>>().join(" ");
    if all.is_empty() { "everything".to_owned() } else { all }
}

/// Whoever sits at a terminal wants to read, a program wants to count: the last field alone has blanks in it.
fn columns(kept: &[Kept], zone: &Zone, now: DateTime<Utc>, terminal: bool) -> Vec<Column> {
    let column = |title, cell: &dyn Fn(&Kept) -> String, is_number| {
        Column::new(title, kept.iter().map(cell).collect(), is_number)
    };
    let time = |time: DateTime<Utc>| zone.stamp(time);
    let used = |kept: &Kept| match terminal {
        true => format!("{} ago", age(now.timestamp().saturating_sub(used(kept).secs))),
        false => used(kept).local(zone),
    };
    let bytes = |kept: &Kept| if terminal { size::say(kept.bytes) } else { kept.bytes.to_string() };
    vec![
        column("SOURCE", &|kept| table::name(kept.label.said("source")), false),
        column("SINCE", &|kept| time(kept.label.since), false),
        column("UNTIL", &|kept| time(kept.label.until), false),
        column("ENTRIES", &|kept| kept.label.rows.to_string(), true),
        column("BYTES", &bytes, true),
        column("USED", &used, false),
        column("SELECTION", &|kept| sanitize::line(&selection(kept)), false),
    ]
}

/// A slice as JSON.
#[derive(Serialize)]
struct Line<'a> {
    source: &'a str,
    since: String,
    until: String,
    entries: u64,
    bytes: u64,
    used: String,
    selection: String,
    columns: &'a str,
    tables: &'a [TableState],
}

fn json(kept: &Kept, terminal: bool, out: &mut Vec<u8>) -> serde_json::Result<()> {
    let label = &kept.label;
    let [since, until] = [label.since, label.until].map(|time| Stamp::of(time).to_string());
    let line = Line {
        source: label.said("source"),
        since,
        until,
        entries: label.rows,
        bytes: kept.bytes,
        used: used(kept).to_string(),
        selection: selection(kept),
        columns: label.said("columns"),
        tables: &label.tables,
    };
    let line = serde_json::to_string(&line)?;
    if terminal {
        sanitize::push_json(&line, out);
    } else {
        out.extend_from_slice(line.as_bytes());
    }
    out.push(b'\n');
    Ok(())
}

fn write(bytes: &[u8]) -> Result<()> {
    let mut out = tool::stdout()?;
    out.write_all(bytes)?;
    Ok(out.flush()?)
}
