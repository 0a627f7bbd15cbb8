//! Every fault, every tool, and what holds afterwards: one table, which lq(7) promises in the same words.
//!
//! [`table`] is the table; [`promise`] says what a cell means; the other files do the harm, one for each
//! kind of it, with real signals, full disks, cut sockets. In every cell it is looked at that nothing
//! hangs, no process and no temporary file is left, and what lq remembers is whole or not there.

#![cfg(target_os = "linux")]

mod clock;
mod disk;
mod folders;
mod inputs;
#[cfg(feature = "bigquery")]
mod network;
mod page;
mod pipes;
mod promise;
mod scene;
mod signals;
mod table;

#[cfg(feature = "bigquery")]
#[path = "../query/scripted/table.rs"]
#[allow(dead_code, reason = "a part of it is used")]
mod script;
#[cfg(feature = "bigquery")]
#[path = "../support/bigquery/mod.rs"]
mod server;
#[path = "../support/mod.rs"]
mod support;
