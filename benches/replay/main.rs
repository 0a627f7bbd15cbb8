//! What `make bench` measures lq and others by: a server that replays recorded results of BigQuery, and a client
//! that only drains it.
//!
//! ```text
//! replay serve --rows 1000000
//! replay drain rest http://127.0.0.1:PORT <query.sql
//! ```
//!
//! The server cannot run a query: whatever is asked, all rows are the answer, in the columns that the query selects.
//! What it sends is made when it is first asked for, and sent from memory from then on.

use std::process::ExitCode;

use anyhow::Result;
use clap::{Parser, Subcommand};

mod column;
mod drain;
mod entries;
mod entry;
mod record;
mod rest;
#[path = "../../examples/demo-archive/rng.rs"]
mod rng;
mod shape;
mod storage;

/// Replay recorded results of BigQuery, or drain a server that does
#[derive(Parser)]
#[command(name = "replay")]
struct Args {
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
        /// How many Pods wrote them
        #[arg(long, value_name = "N", default_value_t = 200, value_parser = clap::value_parser!(u64).range(1..))]
        pods: u64,
        /// Another number makes other lines
        #[arg(long, value_name = "N", default_value_t = 1)]
        seed: u64,
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
}

#[tokio::main]
async fn main() -> ExitCode {
    let ran = match Args::parse().what {
        What::Serve { rows, pods, seed } => serve(entries::Entries::new(rows, pods, seed)).await,
        What::Drain { way, rest, grpc } => drain::run(way, &rest, grpc.as_deref()).await,
    };
    match ran {
        Ok(()) => ExitCode::SUCCESS,
        Err(why) => {
            eprintln!("replay: {why:#}");
            ExitCode::from(2)
        }
    }
}

async fn serve(entries: entries::Entries) -> Result<()> {
    let record = std::sync::Arc::new(record::Record::new(entries));
    let [rest, grpc] =
        [tokio::net::TcpListener::bind("127.0.0.1:0").await?, tokio::net::TcpListener::bind("127.0.0.1:0").await?];
    println!("http://{} http://{}", rest.local_addr()?, grpc.local_addr()?);
    tokio::try_join!(rest::serve(rest, record.clone()), storage::serve(grpc, record))?;
    Ok(())
}
