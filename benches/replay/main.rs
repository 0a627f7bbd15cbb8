//! What `make bench` measures by: a server that replays recorded results of BigQuery, and a client that only drains
//! it; the same entries as lines and archives; and the least that a splitter or a formatter can do.
//!
//! ```text
//! replay serve --rows 1000000
//! replay drain rest http://127.0.0.1:PORT <query.sql
//! replay entries --size 1GiB --pods 2000 --dialect entry >entries.json
//! replay split entries.json folder pod
//! ```
//!
//! The server cannot run a query: whatever is asked, all rows are the answer, in the columns that the query selects.
//! What it sends is made when it is first asked for, and sent from memory from then on.

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Result;
use clap::{Args, Parser, Subcommand};

use crate::entries::{APPS, Entries, IN_TABLE};
use crate::write::Dialect;

mod column;
mod drain;
mod entries;
mod entry;
mod minimal;
mod record;
mod rest;
#[path = "../../examples/demo-archive/rng.rs"]
mod rng;
mod shape;
mod storage;
mod write;

/// Replay recorded results of BigQuery, or drain a server that does; write the same as lines, split and format them
#[derive(Parser)]
#[command(name = "replay")]
struct Typed {
    #[command(subcommand)]
    what: What,
}

#[derive(Subcommand)]
enum What {
    /// Serve on loopback; the first line says `REST-URL gRPC-URL`
    Serve {
        /// How many rows the table has
        #[arg(long, value_name = "N", default_value_t = 1_000_000)]
        rows: u64,
        #[command(flatten)]
        who: Who,
    },
    /// Read everything, decode it, and say how many rows and bytes came
    Drain {
        /// By which way; for `rest` and `result` the query is on standard input, for `table` the fields
        way: drain::Way,
        /// The REST URL of the server
        rest: String,
        /// Its gRPC URL
        grpc: Option<String>,
    },
    /// Write entries to standard output, a line each
    Entries {
        #[command(flatten)]
        much: Much,
        #[command(flatten)]
        who: Who,
        #[arg(long, default_value = "logentry")]
        dialect: Dialect,
        /// Not in the order of time
        #[arg(long)]
        unsorted: bool,
    },
    /// Write a sink's archive of one day, LogEntry lines, with ten apps
    Archive {
        folder: PathBuf,
        #[command(flatten)]
        much: Much,
        #[command(flatten)]
        who: Who,
    },
    /// Copy each line to FOLDER/POD.log; KEY is that of the Pod's name
    Split { file: PathBuf, folder: PathBuf, key: String },
    /// Write `TIME SEVERITY POD CONTAINER MESSAGE` of LogEntry or entry lines to standard output
    Fmt { file: PathBuf },
}

#[derive(Args)]
struct Who {
    /// How many Pods wrote them
    #[arg(long, value_name = "N", default_value_t = 200, value_parser = clap::value_parser!(u64).range(1..))]
    pods: u64,
    /// Another number makes other lines
    #[arg(long, value_name = "N", default_value_t = 1)]
    seed: u64,
}

#[derive(Args)]
struct Much {
    /// About how many bytes: 100MB, 1GiB
    #[arg(long, value_name = "SIZE", value_parser = |text: &str| parse_size::parse_size(text))]
    size: u64,
}

impl Much {
    /// As many entries as are of that size, as a sample says.
    fn entries(&self, who: &Who, dialect: Dialect) -> Result<Entries> {
        let make = |count| Entries::new(count, who.pods, APPS.len(), who.seed);
        Ok(make((self.size / write::width(&make(5000), dialect)?).max(1)))
    }
}

fn main() -> ExitCode {
    match run(Typed::parse().what) {
        Ok(()) => ExitCode::SUCCESS,
        Err(why) => {
            eprintln!("replay: {why:#}");
            ExitCode::from(2)
        }
    }
}

fn run(what: What) -> Result<()> {
    match what {
        What::Serve { rows, who } => wait(serve(Entries::new(rows, who.pods, IN_TABLE, who.seed))),
        What::Drain { way, rest, grpc } => wait(drain::run(way, &rest, grpc.as_deref())),
        What::Entries { much, who, dialect, unsorted } => {
            write::lines(&much.entries(&who, dialect)?, dialect, unsorted)
        }
        What::Archive { folder, much, who } => write::archive(&much.entries(&who, Dialect::Logentry)?, &folder),
        What::Split { file, folder, key } => minimal::split(&file, &folder, &key),
        What::Fmt { file } => minimal::fmt(&file),
    }
}

fn wait(work: impl Future<Output = Result<()>>) -> Result<()> {
    tokio::runtime::Runtime::new()?.block_on(work)
}

async fn serve(entries: Entries) -> Result<()> {
    let record = std::sync::Arc::new(record::Record::new(entries));
    let [rest, grpc] =
        [tokio::net::TcpListener::bind("127.0.0.1:0").await?, tokio::net::TcpListener::bind("127.0.0.1:0").await?];
    println!("http://{} http://{}", rest.local_addr()?, grpc.local_addr()?);
    tokio::try_join!(rest::serve(rest, record.clone()), storage::serve(grpc, record))?;
    Ok(())
}
