//! Writes the log archive of a small made-up cluster, in the form of Cloud Logging's Cloud Storage sink, so that
//! lq can be tried without a cloud:
//!
//! ```text
//! cargo run --example demo-archive -- ./archive
//! lq-query agent --source ./archive --since 2h | lq-fmt
//! ```
//!
//! An hour's lines depend on the hour, the seed and the scale alone: an archive written again tomorrow tells the same
//! story of today. Every day has a CronJob at 18:00 UTC and a short outage of the database at 05:20 UTC.

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Context, Result};
use chrono::{DateTime, SecondsFormat, TimeDelta, Utc};
use clap::Parser;

use crate::cluster::Cluster;
use crate::hour::Hour;
use crate::tree::Tree;

mod cluster;
mod datadog;
mod events;
mod hour;
mod rng;
mod shop;
mod tree;

/// Write a made-up cluster's log archive, in the form of Cloud Logging's Cloud Storage sink
#[derive(Parser)]
#[command(name = "demo-archive")]
struct Args {
    /// Where to write: a new or empty directory, or an archive written by this program, which is replaced
    dir: PathBuf,
    /// How many hours the archive goes back
    #[arg(long, default_value_t = 26, value_parser = clap::value_parser!(u32).range(1..=8784))]
    hours: u32,
    /// Where the archive ends: `now` or an RFC 3339 time
    #[arg(long, value_name = "TIME", default_value = "now", value_parser = parse_end)]
    end: DateTime<Utc>,
    /// Another number makes other names and other lines
    #[arg(long, value_name = "N", default_value_t = 1)]
    seed: u64,
    /// So many times as many lines
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..=200))]
    scale: u32,
}

fn parse_end(text: &str) -> Result<DateTime<Utc>, String> {
    if text == "now" {
        return Ok(Utc::now());
    }
    match DateTime::parse_from_rfc3339(text) {
        Ok(time) => Ok(time.to_utc()),
        Err(why) => Err(format!("{why}: say `now`, or a time such as 2026-11-21T16:00:00Z")),
    }
}

fn main() -> ExitCode {
    match run(&Args::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(why) => {
            eprintln!("demo-archive: {why:#}");
            ExitCode::from(2)
        }
    }
}

fn run(args: &Args) -> Result<()> {
    let end = args.end;
    let start = end.checked_sub_signed(TimeDelta::hours(args.hours.into())).context("--hours goes back too far")?;
    let cluster = Cluster::new(args.seed);
    let mut tree = Tree::replace(&args.dir)?;
    let (mut entries, mut twins) = (0, 0);

    let mut from = start - TimeDelta::seconds(start.timestamp().rem_euclid(3600));
    from -= TimeDelta::nanoseconds(from.timestamp_subsec_nanos().into());
    while from < end {
        let mut hour = Hour::new(from, start..end, &cluster);
        hour.speak(args.scale);
        hour.events();
        entries += hour.entries;
        twins += hour.twins;
        hour.write(&mut tree)?;
        from += TimeDelta::hours(1);
    }

    eprintln!(
        "demo-archive: {}: {} files, {entries} entries ({twins} of them written twice), {} to {}",
        args.dir.display(),
        tree.files,
        start.to_rfc3339_opts(SecondsFormat::Secs, true),
        end.to_rfc3339_opts(SecondsFormat::Secs, true),
    );
    Ok(())
}
