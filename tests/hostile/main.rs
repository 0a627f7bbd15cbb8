//! What comes from logs, files, servers and the environment is hostile: all tools, as real processes.

mod bombs;
mod race;
mod scene;
#[cfg(feature = "bigquery")]
mod secrets;
#[cfg(feature = "bigquery")]
mod server;
mod terminal;
mod umask;

#[path = "../support/terminal.rs"]
mod screen;
#[cfg(feature = "bigquery")]
#[path = "../support/bigquery/mod.rs"]
mod scripted;
#[path = "../support/mod.rs"]
mod support;
