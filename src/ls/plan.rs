//! What will be done: every default settled, made of arguments and settings without I/O.

use anyhow::anyhow;
use chrono::{DateTime, Utc};

use super::args::{Args, Form};
use super::group::Kind;
use crate::query::plan::{self as query, memory, time};
use crate::select::{Origin, Predicate};
use crate::settings::Settings;
use crate::source::Cut;
#[cfg(feature = "bigquery")]
use crate::source::bigquery;
use crate::source::place::Place;
use crate::tool::Failure;
use crate::when::Zone;

#[derive(Clone, Debug)]
pub(crate) struct Plan {
    pub kind: Kind,
    pub form: Form,
    pub zone: Zone,
    pub now: DateTime<Utc>,
    pub from: From,
}

/// Where the names come from.
#[derive(Clone, Debug)]
#[expect(clippy::large_enum_variant, reason = "there is one of them")]
pub(crate) enum From {
    Index(Known),
    /// The source itself, asked as lq-query asks it.
    Source(query::Plan),
}

/// What is wanted of what is known of a source.
#[derive(Clone, Debug)]
pub(crate) struct Known {
    pub source: Place,
    pub origin: Origin,
    /// What the settings narrow, to be told.
    pub notices: Vec<String>,
    pub dry_run: bool,
    pub empty_ok: bool,
    pub quiet: bool,
}

impl Plan {
    /// `now` in whole seconds.
    pub(crate) fn new(kind: Kind, args: Args, settings: &Settings, now: DateTime<Utc>) -> Result<Self, Failure> {
        let resolved = time(&args.times, &args.which, settings, now)?;
        let memory = memory(args.memory, settings)?;
        let zone = resolved.zone.clone();
        let source = place(&args, settings)?;
        let origin = args.which.build(settings)?;
        let from = if args.times.is_typed() {
            From::Source(query::Plan {
                tool: super::NAME,
                source,
                time: resolved,
                select: Predicate { origin, ..Predicate::default() },
                output: None,
                cut: Cut::All,
                seal: false,
                dry_run: args.dry_run,
                print_sql: false,
                empty_ok: args.empty_ok,
                quiet: args.quiet,
                memory,
                max_line: args.max_line,
            })
        } else {
            refuse_unknowable(&args)?;
            From::Index(Known {
                source,
                origin,
                notices: args.which.narrowed(settings),
                dry_run: args.dry_run,
                empty_ok: args.empty_ok,
                quiet: args.quiet,
            })
        };
        Ok(Plan { kind, form: args.output, zone, now, from })
    }
}

fn place(args: &Args, settings: &Settings) -> Result<Place, Failure> {
    match args.source.build(settings)? {
        #[cfg(feature = "bigquery")]
        Place::BigQuery(options) => {
            Ok(Place::BigQuery(Box::new(bigquery::Options { verbose: args.verbose, ..*options })))
        }
        archive => Ok(archive),
    }
}

/// Refuses to select by what no index can tell.
fn refuse_unknowable(args: &Args) -> Result<(), Failure> {
    let which = &args.which;
    let flags = [
        ("-l/--selector", which.selectors.is_empty(), "labels"),
        ("--stream", which.streams.is_empty(), "streams"),
        ("--log", which.logs.is_empty(), "logs"),
    ];
    match flags.into_iter().find(|(_, is_unused, _)| !is_unused) {
        Some((flag, _, what)) => {
            let error = anyhow!("{flag} needs a time: the name index, which is asked without one, knows no {what}");
            Err(Failure::from(error).hint("to ask the source itself: --since 30d"))
        }
        None => Ok(()),
    }
}
