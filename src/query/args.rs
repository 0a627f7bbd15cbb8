//! What can be typed.

use clap::Parser;
use clap::builder::PossibleValuesParser;

use crate::entry::forms::Form;
use crate::entry::write::WITH;
use crate::source::place::Via;
use crate::{select, settings, size, source, when};

/// Log entries of any Pod that ever ran, in order, as JSON lines
#[derive(Parser, Clone, Debug)]
#[command(name = super::NAME, version, max_term_width = 100)]
pub struct Args {
    #[command(flatten)]
    pub which: select::Which,

    #[command(flatten)]
    pub times: when::Times,

    #[command(flatten)]
    pub lines: select::Lines,

    /// A condition in SQL on the columns of the tables, for BigQuery only
    #[arg(long, value_name = "SQL", help_heading = "Which lines")]
    pub r#where: Option<String>,

    /// Only the last N entries of each container
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..), help_heading = "How many")]
    pub tail: Option<u64>,

    /// Only the first N entries of all
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
    #[arg(conflicts_with = "tail", help_heading = "How many")]
    pub limit: Option<u64>,

    #[command(flatten)]
    pub source: source::place::Args,

    /// BigQuery: neither keep slices of the window on disk, nor take them from there
    #[arg(long, help_heading = "Source")]
    pub no_cache: bool,

    /// BigQuery: what the slices that are kept may take on disk; 0 for none, and to free it
    /// [default: 10GiB]
    #[arg(long, value_name = "SIZE", value_parser = size::parse, help_heading = "Source")]
    pub cache_size: Option<usize>,

    /// BigQuery: by which way rows come [default: auto]
    #[arg(long, value_name = "WAY", value_enum, ignore_case = true, help_heading = "Source")]
    pub via: Option<Via>,

    /// Further columns, by comma
    #[arg(long, value_name = "COLUMNS", value_delimiter = ',', help_heading = "Output")]
    #[arg(value_parser = PossibleValuesParser::new(WITH))]
    pub with: Vec<String>,

    /// Leave a column out: structured logs then have their text only, as far as they have one
    #[arg(long, value_name = "COLUMN", value_parser = ["payload"], help_heading = "Output")]
    pub without: Option<String>,

    /// Form of output
    #[arg(short, long, value_name = "FORM", value_enum, default_value = "entry", help_heading = "Output")]
    pub output: Form,

    /// kubectl's stamp in front of each line, for -o raw and kubectl
    #[arg(short, long, help_heading = "Output")]
    pub timestamps: bool,

    /// End a whole stream with a line that counts its entries by Pod, for lq-split --sealed
    #[arg(long, conflicts_with_all = ["dry_run", "print_sql", "show_config", "doctor"], help_heading = "Output")]
    pub seal: bool,

    /// Print the plan (window, slices, files or tables, bytes, price) and read nothing
    #[arg(long, alias = "dry_run", help_heading = "Output")]
    pub dry_run: bool,

    /// Print the SQL that would run, ready for BigQuery's console, and read nothing
    #[arg(long, conflicts_with = "dry_run", help_heading = "Output")]
    pub print_sql: bool,

    /// Status 0, not 1, where nothing matched
    #[arg(long, help_heading = "Output")]
    pub empty_ok: bool,

    /// Only errors on stderr
    #[arg(short, long, help_heading = "Output")]
    pub quiet: bool,

    /// Tell more: -v each job, -vv each request
    #[arg(short, long, action = clap::ArgAction::Count, conflicts_with = "quiet", help_heading = "Output")]
    pub verbose: u8,

    /// Memory for sorting; more is sorted on disk [default: 128MiB]
    #[arg(long, value_name = "SIZE", value_parser = size::parse_memory, help_heading = "Settings")]
    pub memory: Option<usize>,

    /// The longest line to accept
    #[arg(long, value_name = "SIZE", value_parser = size::parse_line, default_value = "64MiB", help_heading = "Settings")]
    pub max_line: usize,

    #[command(flatten)]
    pub from: settings::From,

    /// Print every setting, its value and where it comes from, as TOML, and read nothing
    #[arg(long, conflicts_with_all = ["dry_run", "print_sql"], help_heading = "Settings")]
    pub show_config: bool,

    /// Check all that a run needs (credentials, permissions, tables, how old, how dear), and print a
    /// profile for the configuration file
    #[arg(long, conflicts_with_all = ["dry_run", "print_sql", "show_config"], help_heading = "Settings")]
    #[arg(conflicts_with_all = SELECTING)]
    pub doctor: bool,
}

/// What selects entries or times, and has nothing to select in a check-up.
const SELECTING: [&str; 23] = [
    "workloads",
    "containers",
    "pods",
    "exclude_pods",
    "selectors",
    "streams",
    "logs",
    "severity",
    "grep",
    "exclude",
    "fixed_strings",
    "ignore_case",
    "fields",
    "since",
    "until",
    "at",
    "around",
    "range",
    "ago",
    "day",
    "where",
    "tail",
    "limit",
];
