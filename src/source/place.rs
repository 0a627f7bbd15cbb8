//! Where the logs are: what was typed or set, and what that means.

use std::path::{Path, PathBuf};

use anyhow::{anyhow, bail};

#[cfg(feature = "bigquery")]
use super::bigquery;
use crate::entry::sanitize;
use crate::settings::Settings;
use crate::size;
use crate::tool::Failure;

/// The flags that say where the logs are.
#[derive(Clone, Debug, Default, clap::Args)]
#[command(next_help_heading = "Source")]
#[group(skip)]
pub struct Args {
    /// Where the logs are: bq://PROJECT/DATASET, or an archive of exported logs (file or folder), or
    /// `-` for standard input, which is read to its end
    #[arg(long, value_name = "SOURCE")]
    pub source: Option<PathBuf>,

    /// BigQuery: the project that queries are billed to [default: GOOGLE_CLOUD_PROJECT, else the
    /// credentials' own, else the source's]
    #[arg(long, value_name = "PROJECT")]
    pub billing_project: Option<String>,

    /// BigQuery: where the dataset is, as EU or asia-northeast1 [default: asked]
    #[arg(long, value_name = "PLACE")]
    pub location: Option<String>,

    /// BigQuery: refuse to have more billed than this; `none` for no bound [default: 100GiB]
    #[arg(long, value_name = "SIZE", value_parser = size::parse_bound)]
    #[arg(alias = "maximum_bytes_billed")]
    pub max_bytes: Option<size::Bound>,

    /// BigQuery: look again at which tables there are, and read all slices anew
    #[arg(long)]
    pub refresh: bool,
}

/// By which way rows come out of BigQuery.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub enum Via {
    /// Straight from the tables where that is sure to give the same entries, else by query
    #[default]
    Auto,
    /// By query
    Query,
    /// Straight from the tables by the Storage Read API, without a query, or not at all
    Storage,
}

impl Via {
    pub(crate) fn parse(text: &str) -> anyhow::Result<Self> {
        let via = clap::ValueEnum::from_str(text, true);
        via.map_err(|_| anyhow!("`{text}` is no way; write auto, query or storage"))
    }
}

/// Where the logs are.
#[derive(Clone, Debug)]
pub(crate) enum Place {
    Archive {
        /// A file, a folder, or `-`.
        path: PathBuf,
        /// The file or variable that names it, where it was not typed.
        set_in: Option<String>,
    },
    #[cfg(feature = "bigquery")]
    BigQuery(Box<bigquery::Options>),
}

impl Args {
    /// True where a source was typed or is set.
    pub(crate) fn is_named(&self, settings: &Settings) -> bool {
        self.source.is_some() || settings.path("source").is_some()
    }

    /// What was typed, else what is set. Without I/O.
    pub(crate) fn build(&self, settings: &Settings) -> Result<Place, Failure> {
        let (name, path) = match &self.source {
            Some(typed) => (named(typed).map_err(|error| anyhow!("--source {error}"))?, Some(typed.clone())),
            None => {
                let name = settings.parse("source", |source| named(Path::new(source)))?;
                (name.ok_or_else(|| no_source(settings))?, settings.path("source"))
            }
        };
        match name {
            Named::Archive => {
                let set_in = settings.place("source").filter(|_| self.source.is_none()).map(str::to_owned);
                Ok(Place::Archive { path: path.unwrap_or_default(), set_in })
            }
            #[cfg(feature = "bigquery")]
            Named::BigQuery(address) => Ok(Place::BigQuery(Box::new(self.options(address, settings)?))),
        }
    }

    /// How to deal with a dataset, as far as flags and settings say it.
    #[cfg(feature = "bigquery")]
    pub(crate) fn options(&self, address: bigquery::Address, settings: &Settings) -> anyhow::Result<bigquery::Options> {
        let setting = |typed: &Option<String>, key| typed.clone().or_else(|| settings.get(key).map(str::to_owned));
        let bound = match self.max_bytes {
            Some(typed) => typed,
            None => settings.parse("max-bytes", size::parse_bound)?.unwrap_or(bigquery::MAX_BYTES),
        };
        Ok(bigquery::Options {
            address,
            billing_project: setting(&self.billing_project, "billing-project"),
            location: setting(&self.location, "location"),
            max_bytes: match bound {
                size::Bound::Bytes(most) => Some(most),
                size::Bound::None => None,
            },
            pricing: settings.parse("pricing", bigquery::Pricing::parse)?.unwrap_or_default(),
            refresh: self.refresh,
            cache_size: None,
            via: Via::Query,
            condition: None,
            verbose: 0,
        })
    }
}

/// What the name of a source says.
pub(crate) enum Named {
    /// A path.
    Archive,
    #[cfg(feature = "bigquery")]
    BigQuery(bigquery::Address),
}

/// Reads the name of a source. An error begins with it.
pub(crate) fn named(source: &Path) -> anyhow::Result<Named> {
    let text = source.to_string_lossy();
    if text.is_empty() {
        bail!("it is empty; write bq://PROJECT/DATASET, or the path of an archive");
    }
    if text.starts_with("bq://") {
        #[cfg(feature = "bigquery")]
        return bigquery::Address::parse(&text).map(Named::BigQuery);
        #[cfg(not(feature = "bigquery"))]
        bail!("{text}: this build of lq is without BigQuery; its feature `bigquery` is on by default");
    }
    if text.starts_with("gs://") {
        bail!("{text}: copy the bucket first: `gcloud storage rsync -r {text} ./archive`, then --source ./archive");
    }
    Ok(Named::Archive)
}

impl Place {
    /// By which the [index](crate::index) knows it, wherever it is called from; `None` for standard input.
    /// Reads the file system.
    pub(crate) fn name(&self) -> Option<String> {
        match self {
            Place::Archive { path, .. } if path == Path::new("-") => None,
            Place::Archive { path, .. } => path.canonicalize().ok()?.into_os_string().into_string().ok(),
            #[cfg(feature = "bigquery")]
            Place::BigQuery(options) => Some(options.address.to_string()),
        }
    }
}

/// Says where to get a source from.
pub(crate) fn no_source(settings: &Settings) -> Failure {
    let error = anyhow!(
        "no source: name a dataset with --source bq://PROJECT/DATASET, or an archive of exported logs with --source PATH"
    );
    // Whoever has a profile wants no new one.
    let hint = match &settings.profile_names()[..] {
        [] => "for BigQuery: gcloud auth application-default login; mkdir -p ~/.config/lq; lq-query --doctor --source \
               bq://PROJECT/DATASET >> ~/.config/lq/config.toml; export LQ_PROFILE=DATASET\n\
               for an archive: gcloud storage rsync -r gs://BUCKET ./archive; export LQ_SOURCE=./archive"
            .to_owned(),
        [one] => format!("there is a profile: --profile {one}; or once for all: export LQ_PROFILE={one}"),
        all => format!("there are profiles: --profile NAME, or export LQ_PROFILE=NAME, with one of {}", all.join(", ")),
    };
    Failure::from(error).hint(hint)
}

/// What helps where nothing lies at the path of an archive.
pub(crate) fn missing(path: &Path) -> String {
    let text = path.to_string_lossy();
    // As bq, SQL and the console write the name of a dataset.
    let parts: Vec<&str> = text.split([':', '.', '/']).collect();
    let is_id = |text: &&str| text.starts_with(|c: char| c.is_ascii_alphabetic());
    match parts[..] {
        [project, dataset] if parts.iter().all(is_id) => {
            format!("for a dataset of BigQuery: --source bq://{project}/{dataset}")
        }
        _ => {
            let quoted = shlex::try_quote(&text).ok().filter(|_| sanitize::is_told(&text));
            let path = quoted.map_or("ARCHIVE".into(), |quoted| quoted.into_owned());
            format!("a sink's bucket becomes an archive with: gcloud storage rsync -r gs://BUCKET {path}")
        }
    }
}
