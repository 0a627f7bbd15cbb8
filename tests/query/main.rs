//! lq-query from the command line: on archives, on an emulator of BigQuery, on a scripted BigQuery.

mod bad_input;
#[cfg(feature = "bigquery")]
mod bigquery;
mod doctor;
mod index;
mod memory;
mod nearest;
mod output;
mod pieces;
mod schema;
#[cfg(feature = "bigquery")]
mod scripted;
mod sealed;
mod settings;
mod signals;
mod sorted;
#[cfg(feature = "bigquery")]
mod storage;
mod tree;

#[cfg(feature = "bigquery")]
#[path = "../support/emulator.rs"]
mod emulator;
#[cfg(feature = "bigquery")]
#[path = "../support/storage/mod.rs"]
mod reader;
#[cfg(feature = "bigquery")]
#[path = "../support/bigquery/mod.rs"]
mod server;
#[path = "../support/mod.rs"]
mod support;
