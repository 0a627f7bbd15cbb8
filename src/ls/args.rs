//! What can be typed.

use clap::{Parser, ValueEnum};

use super::group::Kind;
use crate::{select, settings, size, source, when};

/// Which Pods, containers, namespaces and clusters there are or were
#[derive(Parser, Clone, Debug)]
#[command(name = super::NAME, version, max_term_width = 100)]
pub struct Args {
    /// What to list
    #[arg(value_name = "KIND", value_enum)]
    pub kind: What,

    #[command(flatten)]
    pub which: select::Which,

    #[command(flatten)]
    pub times: when::Times,

    #[command(flatten)]
    pub source: source::place::Args,

    /// Form of output
    #[arg(short, long, value_name = "FORM", value_enum, default_value = "table", help_heading = "Output")]
    pub output: Form,

    /// Print the plan (window, slices, files or tables, bytes, price) and read nothing
    #[arg(long, help_heading = "Output")]
    pub dry_run: bool,

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
}

/// What to list.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum What {
    /// With their containers
    #[value(aliases = ["pod", "po"])]
    Pods,
    /// With the number of their Pods
    #[value(alias = "container")]
    Containers,
    /// With the number of their Pods and containers
    #[value(aliases = ["namespace", "ns"])]
    Namespaces,
    /// With the number of their namespaces, Pods and containers
    #[value(alias = "cluster")]
    Clusters,
    /// Not names, but the slices that lq-query keeps on disk
    Cache,
}

impl What {
    /// What a line is about; `None` for the cache.
    pub(crate) fn kind(self) -> Option<Kind> {
        match self {
            What::Pods => Some(Kind::Pods),
            What::Containers => Some(Kind::Containers),
            What::Namespaces => Some(Kind::Namespaces),
            What::Clusters => Some(Kind::Clusters),
            What::Cache => None,
        }
    }
}

/// How the list is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Form {
    /// Columns for people, as kubectl has them
    Table,
    /// One JSON object a line
    Json,
}
