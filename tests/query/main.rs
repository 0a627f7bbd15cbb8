//! lq-query on archives, from the command line.

mod bad_input;
mod memory;
mod output;
mod pieces;
mod schema;
mod settings;
mod signals;
mod sorted;
mod tree;

#[path = "../support/mod.rs"]
mod support;
