//! What will be done: every default settled, made of arguments and settings without I/O.

use std::path::{Path, PathBuf};

use anyhow::anyhow;
use chrono::{DateTime, Utc};

use super::args::Args;
use crate::entry::forms::Form;
use crate::entry::write::{Columns, WITH};
use crate::select::{Predicate, SeverityOf};
use crate::settings::Settings;
use crate::size;
use crate::source::Cut;
#[cfg(feature = "bigquery")]
use crate::source::bigquery;
use crate::tool::Failure;
use crate::when::{Resolved, Zone};

#[derive(Clone, Debug)]
pub(crate) struct Plan {
    pub source: Source,
    /// The file or variable that names the source, where it was not typed.
    pub source_set_in: Option<String>,
    pub time: Resolved,
    pub select: Predicate,
    pub columns: Columns,
    pub form: Form,
    pub timestamps: bool,
    pub cut: Cut,
    pub dry_run: bool,
    pub print_sql: bool,
    pub empty_ok: bool,
    pub quiet: bool,
    /// Bytes.
    pub memory: usize,
    /// Bytes.
    pub max_line: usize,
}

/// Where the logs are.
#[derive(Clone, Debug)]
pub(crate) enum Source {
    /// A file, a folder, or `-`.
    Archive(PathBuf),
    #[cfg(feature = "bigquery")]
    BigQuery(Box<bigquery::Options>),
}

impl Plan {
    /// `now` in whole seconds.
    pub(crate) fn new(args: Args, settings: &Settings, now: DateTime<Utc>) -> Result<Self, Failure> {
        let timestamps = args.output.stamps(args.timestamps)?;
        let typed_zone = args.times.tz.is_some() || args.times.utc;
        let zone = if typed_zone { None } else { settings.parse("tz", Zone::parse)? };
        let mut time = args.times.resolve(now, zone.unwrap_or(Zone::Local))?;
        time.notices.extend(args.which.narrowed(settings));
        let memory = match args.memory {
            Some(typed) => typed,
            None => settings.parse("memory", size::parse_memory)?.unwrap_or(256 << 20),
        };
        let select = Predicate { origin: args.which.build(settings)?, content: args.lines.build(SeverityOf::Record)? };
        let (source, source_set_in) = match &args.source {
            Some(source) => (source.clone(), None),
            None => (settings.path("source").ok_or_else(no_source)?, settings.place("source").map(str::to_owned)),
        };
        let source = Source::new(&source, &args, settings)?;
        let with = WITH.into_iter().filter(|name| args.with.iter().any(|typed| typed == name)).collect();
        Ok(Plan {
            source,
            source_set_in,
            time,
            select,
            columns: Columns { payload: args.without.is_none(), with },
            form: args.output,
            timestamps,
            cut: match (args.limit, args.tail) {
                (Some(first), _) => Cut::First(first),
                (None, Some(last)) => Cut::Last(last),
                (None, None) => Cut::All,
            },
            dry_run: args.dry_run,
            print_sql: args.print_sql,
            empty_ok: args.empty_ok,
            quiet: args.quiet,
            memory,
            max_line: args.max_line,
        })
    }
}

fn no_source() -> Failure {
    Failure::from(anyhow!("no source: name a dataset with --source bq://PROJECT/DATASET, or an archive of exported logs with --source PATH")).hint(
        "a sink's bucket becomes an archive with `gcloud storage rsync -r gs://BUCKET ./archive`; \
         to type it once: export LQ_SOURCE=…, or source = \"…\" in ~/.config/lq/config.toml",
    )
}

impl Source {
    fn new(typed: &Path, args: &Args, settings: &Settings) -> Result<Self, Failure> {
        let name = typed.as_os_str().as_encoded_bytes();
        if name.starts_with(b"bq://") {
            return Source::bigquery(typed, args, settings);
        }
        if name.starts_with(b"gs://") {
            let error = anyhow!(
                "--source {0}: copy the bucket first: `gcloud storage rsync -r {0} ./archive`, then --source ./archive",
                typed.display()
            );
            return Err(error.into());
        }
        if args.r#where.is_some() {
            let error = anyhow!("--where speaks SQL, and an archive on disk has none");
            return Err(Failure::from(error).hint("filter with --field, or with jq: lq-query … | jq -c 'select(…)'"));
        }
        if args.print_sql {
            return Err(anyhow!("--print-sql: an archive on disk is not asked in SQL; --dry-run shows its plan").into());
        }
        Ok(Source::Archive(typed.to_owned()))
    }

    #[cfg(feature = "bigquery")]
    fn bigquery(typed: &Path, args: &Args, settings: &Settings) -> Result<Self, Failure> {
        let setting = |typed: &Option<String>, key| typed.clone().or_else(|| settings.get(key).map(str::to_owned));
        let bound = match args.max_bytes {
            Some(typed) => typed,
            None => settings.parse("max-bytes", size::parse_bound)?.unwrap_or(bigquery::MAX_BYTES),
        };
        if let Some(condition) = &args.r#where {
            bigquery::sql::check_where(condition)?;
        }
        Ok(Source::BigQuery(Box::new(bigquery::Options {
            address: bigquery::Address::parse(&typed.to_string_lossy())?,
            billing_project: setting(&args.billing_project, "billing-project"),
            location: setting(&args.location, "location"),
            max_bytes: match bound {
                size::Bound::Bytes(most) => Some(most),
                size::Bound::None => None,
            },
            pricing: settings.parse("pricing", bigquery::Pricing::parse)?.unwrap_or_default(),
            refresh: args.refresh,
            condition: args.r#where.clone(),
            verbose: args.verbose,
        })))
    }

    #[cfg(not(feature = "bigquery"))]
    fn bigquery(typed: &Path, _: &Args, _: &Settings) -> Result<Self, Failure> {
        let error = anyhow!("--source {}: this lq-query was built without BigQuery", typed.display());
        Err(Failure::from(error).hint("build it with the feature `bigquery`, which is on by default"))
    }
}
