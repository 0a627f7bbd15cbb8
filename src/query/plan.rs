//! What will be done: every default settled, made of arguments and settings without I/O.

use anyhow::{Result, anyhow};
use chrono::{DateTime, Utc};

use super::args::Args;
use crate::entry::forms::Form;
use crate::entry::write::{Columns, WITH};
use crate::select::{Predicate, SeverityOf, Which};
use crate::settings::Settings;
use crate::size;
use crate::source::Cut;
#[cfg(feature = "bigquery")]
use crate::source::bigquery;
use crate::source::cache;
use crate::source::place::Place;
#[cfg(feature = "bigquery")]
use crate::source::place::Via;
use crate::tool::Failure;
use crate::when::{Resolved, Times, Zone};

/// Bytes to sort in where nothing else is said. What is on its way from BigQuery takes up to 120 MiB beside them, and
/// all of it is to stay below 300 MiB.
pub(super) const MEMORY: usize = 128 << 20;

#[derive(Clone, Debug)]
pub(crate) struct Plan {
    /// The name of the tool that does it.
    pub tool: &'static str,
    pub source: Place,
    pub time: Resolved,
    pub select: Predicate,
    /// How entries are written; `None` where it is only counted whose they are.
    pub output: Option<Output>,
    pub cut: Cut,
    /// A whole stream ends with its [seal](crate::entry::seal).
    pub seal: bool,
    pub dry_run: bool,
    pub print_sql: bool,
    pub empty_ok: bool,
    pub quiet: bool,
    /// Bytes.
    pub memory: usize,
    /// Bytes.
    pub max_line: usize,
}

/// What is written of an entry, and how.
#[derive(Clone, Debug)]
pub(crate) struct Output {
    pub columns: Columns,
    pub form: Form,
    pub timestamps: bool,
}

impl Plan {
    /// `now` in whole seconds.
    pub(crate) fn new(args: Args, settings: &Settings, now: DateTime<Utc>) -> Result<Self, Failure> {
        let timestamps = args.output.stamps(args.timestamps)?;
        if args.seal && !args.output.has_controls() {
            let error =
                anyhow!("--seal goes with -o entry and logentry: lines of the other forms cannot count entries");
            return Err(
                Failure::from(error).hint("lay them out behind it: lq-query --seal … | lq-split --sealed -o FORM")
            );
        }
        let time = time(&args.times, &args.which, settings, now)?;
        let memory = memory(args.memory, settings)?;
        let select = Predicate { origin: args.which.build(settings)?, content: args.lines.build(SeverityOf::Record)? };
        let source = source(&args, settings)?;
        let with = WITH.into_iter().filter(|name| args.with.iter().any(|typed| typed == name)).collect();
        let columns = Columns { payload: args.without.is_none(), with };
        Ok(Plan {
            tool: super::NAME,
            source,
            time,
            select,
            output: Some(Output { columns, form: args.output, timestamps }),
            cut: match (args.limit, args.tail) {
                (Some(first), _) => Cut::First(first),
                (None, Some(last)) => Cut::Last(last),
                (None, None) => Cut::All,
            },
            seal: args.seal,
            dry_run: args.dry_run,
            print_sql: args.print_sql,
            empty_ok: args.empty_ok,
            quiet: args.quiet,
            memory,
            max_line: args.max_line,
        })
    }
}

/// The window that was typed, with what the settings say of zone, namespaces and clusters.
pub(crate) fn time(times: &Times, which: &Which, settings: &Settings, now: DateTime<Utc>) -> Result<Resolved> {
    let typed_zone = times.tz.is_some() || times.utc;
    let zone = if typed_zone { None } else { settings.parse("tz", Zone::parse)? };
    let mut time = times.resolve(now, zone.unwrap_or(Zone::Local))?;
    time.notices.extend(which.narrowed(settings));
    Ok(time)
}

/// The memory to sort in, in bytes.
pub(crate) fn memory(typed: Option<usize>, settings: &Settings) -> Result<usize> {
    match typed {
        Some(typed) => Ok(typed),
        None => Ok(settings.parse("memory", size::parse_memory)?.unwrap_or(MEMORY)),
    }
}

/// What slices that are kept may take, in bytes.
pub(crate) fn cache_size(typed: Option<usize>, settings: &Settings) -> Result<u64> {
    let size = match typed {
        Some(typed) => Some(typed),
        None => settings.parse("cache-size", size::parse)?,
    };
    Ok(size.map_or(cache::MOST, |size| size as u64))
}

/// By which way rows come out of BigQuery.
#[cfg(feature = "bigquery")]
fn via(typed: Option<Via>, settings: &Settings) -> Result<Via> {
    match typed {
        Some(typed) => Ok(typed),
        None => Ok(settings.parse("via", Via::parse)?.unwrap_or_default()),
    }
}

/// Where the logs are, if what was asked for can be asked there.
fn source(args: &Args, settings: &Settings) -> Result<Place, Failure> {
    match args.source.build(settings)? {
        Place::Archive { .. } if args.r#where.is_some() => {
            let error = anyhow!("--where speaks SQL, and an archive on disk has none");
            Err(Failure::from(error).hint("filter with --field, or with jq: lq-query … | jq -c 'select(…)'"))
        }
        Place::Archive { .. } if args.print_sql => {
            Err(anyhow!("--print-sql: an archive on disk is not asked in SQL; --dry-run shows its plan").into())
        }
        archive @ Place::Archive { .. } => Ok(archive),
        #[cfg(feature = "bigquery")]
        Place::BigQuery(options) => {
            if let Some(condition) = &args.r#where {
                bigquery::sql::check_where(condition)?;
            }
            let via = via(args.via, settings)?;
            if args.r#where.is_some() && via == Via::Storage {
                let error = anyhow!("--where speaks SQL, and --via storage asks for rows without any");
                return Err(Failure::from(error).hint("filter with --field; or leave the way to lq: --via auto"));
            }
            let cache_size = if args.no_cache { None } else { Some(cache_size(args.cache_size, settings)?) };
            let condition = args.r#where.clone();
            let options = bigquery::Options { condition, verbose: args.verbose, cache_size, via, ..*options };
            Ok(Place::BigQuery(Box::new(options)))
        }
    }
}
