//! lq-ls from the command line: out of the index, of archives, of an emulator and of a scripted BigQuery.

mod archive;
#[cfg(feature = "bigquery")]
mod bigquery;
#[cfg(feature = "bigquery")]
mod cache;
mod index;
mod scene;
mod screen;
#[cfg(feature = "bigquery")]
mod scripted;

#[cfg(feature = "bigquery")]
#[path = "../support/emulator.rs"]
mod emulator;
#[cfg(feature = "bigquery")]
#[path = "../support/bigquery/mod.rs"]
mod server;
#[path = "../support/mod.rs"]
mod support;
#[path = "../support/terminal.rs"]
mod terminal;
