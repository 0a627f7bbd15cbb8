//! What will be done: every default settled, made of arguments and settings without I/O.

use std::path::{Path, PathBuf};

use anyhow::{Result, anyhow, bail};
use chrono::{DateTime, Utc};

use super::args::Args;
use crate::entry::forms::Form;
use crate::entry::write::{Columns, WITH};
use crate::select::{Predicate, SeverityOf};
use crate::settings::Settings;
use crate::size;
use crate::tool::Failure;
use crate::when::{Resolved, Zone};

#[derive(Clone, Debug)]
pub(crate) struct Plan {
    /// A file, a folder, or `-`.
    pub source: PathBuf,
    /// The file or variable that names the source, where it was not typed.
    pub source_set_in: Option<String>,
    pub time: Resolved,
    pub select: Predicate,
    pub columns: Columns,
    pub form: Form,
    pub timestamps: bool,
    pub cut: Cut,
    pub dry_run: bool,
    pub empty_ok: bool,
    pub quiet: bool,
    /// Bytes.
    pub memory: usize,
    /// Bytes.
    pub max_line: usize,
}

/// How many entries were asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Cut {
    All,
    /// The first ones of all.
    First(u64),
    /// The last ones of each container.
    Last(u64),
}

impl Plan {
    /// `now` in whole seconds.
    pub(crate) fn new(args: Args, settings: &Settings, now: DateTime<Utc>) -> Result<Self, Failure> {
        if args.r#where.is_some() {
            let error = anyhow!("--where speaks SQL, and an archive on disk has none");
            return Err(Failure::from(error).hint("filter with --field, or with jq: lq-query … | jq -c 'select(…)'"));
        }
        if args.timestamps && !matches!(args.output, Form::Raw | Form::Kubectl) {
            let error = anyhow!("-t/--timestamps goes with -o raw and -o kubectl; other forms have their time already");
            return Err(error.into());
        }
        let typed_zone = args.times.tz.is_some() || args.times.utc;
        let zone = if typed_zone { None } else { settings.parse("tz", Zone::parse)? };
        let mut time = args.times.resolve(now, zone.unwrap_or(Zone::Local))?;
        time.notices.extend(args.which.narrowed(settings));
        let memory = match args.memory {
            Some(typed) => typed,
            None => settings.parse("memory", size::parse_memory)?.unwrap_or(256 << 20),
        };
        let select = Predicate { origin: args.which.build(settings)?, content: args.lines.build(SeverityOf::Record)? };
        let (source, source_set_in) = match args.source {
            Some(source) => (source, None),
            None => (settings.path("source").ok_or_else(no_source)?, settings.place("source").map(str::to_owned)),
        };
        check_source(&source)?;
        let with = WITH.into_iter().filter(|name| args.with.iter().any(|typed| typed == name)).collect();
        Ok(Plan {
            source,
            source_set_in,
            time,
            select,
            columns: Columns { payload: args.without.is_none(), with },
            form: args.output,
            timestamps: args.timestamps,
            cut: match (args.limit, args.tail) {
                (Some(first), _) => Cut::First(first),
                (None, Some(last)) => Cut::Last(last),
                (None, None) => Cut::All,
            },
            dry_run: args.dry_run,
            empty_ok: args.empty_ok,
            quiet: args.quiet,
            memory,
            max_line: args.max_line,
        })
    }
}

fn no_source() -> Failure {
    Failure::from(anyhow!("no source: name an archive of exported logs with --source PATH")).hint(
        "a sink's bucket becomes one with `gcloud storage rsync -r gs://BUCKET ./archive`; \
         to type it once: export LQ_SOURCE=./archive, or source = \"…\" in ~/.config/lq/config.toml",
    )
}

fn check_source(source: &Path) -> Result<()> {
    if source.as_os_str().as_encoded_bytes().starts_with(b"bq://") {
        bail!(
            "--source {}: this lq reads archives on disk, not BigQuery; export the logs with `bq extract`, \
             or copy the sink's bucket with `gcloud storage rsync`",
            source.display()
        );
    }
    if source.as_os_str().as_encoded_bytes().starts_with(b"gs://") {
        bail!(
            "--source {0}: copy the bucket first: `gcloud storage rsync -r {0} ./archive`, then --source ./archive",
            source.display()
        );
    }
    Ok(())
}
