//! lq gives operators of Kubernetes services their log files back.
//!
//! The map of the house. Data flows one way: arguments -> plan -> source -> entries -> sink.
//!
//! | room | what it is for |
//! |---|---|
//! | [`complete`] | what a shell offers behind what was typed |
//! | [`entry`] | the record: scanner, dialects, forms of output |
//! | [`index`] | which names were ever seen |
//! | [`input`] | reading: files and standard input, decompression, values and lines |
//! | [`select`] | which entries: one predicate |
//! | [`when`] | the time grammar |
//! | [`settings`] | configuration file, profiles, environment |
//! | [`source`] | where entries come from: slices, blocks, order |
//! | [`query`] | the tool `lq-query` |
//! | [`manual`] | what `--help` and the man pages say beside the flags |
//! | [`split`] | the tool `lq-split` |
//! | [`fmt`] | the tool `lq-fmt` |
//! | [`ls`] | the tool `lq-ls` |
//! | `fuzz` | what must hold of any bytes; for the fuzzer and the tests alone |
//! | [`near`] | which known name a misspelt one may stand for |
//! | [`private`] | files of what lq remembers |
//! | [`tool`] | what surrounds every tool: parsing, notes, signals, exit status |
//!
//! A binary is three lines; each tool is a function of this library.

// Without BigQuery some parts have nobody whom they serve.
#![cfg_attr(not(feature = "bigquery"), allow(dead_code, unused_imports, unused_variables))]

pub(crate) mod complete;
pub(crate) mod entry;
pub mod fmt;
#[cfg(any(fuzzing, test))]
pub mod fuzz;
pub(crate) mod index;
pub(crate) mod input;
pub mod ls;
pub(crate) mod manual;
pub(crate) mod near;
pub(crate) mod private;
pub mod query;
pub(crate) mod select;
pub(crate) mod settings;
pub(crate) mod size;
pub(crate) mod source;
pub mod split;
pub(crate) mod tool;
pub mod when;
