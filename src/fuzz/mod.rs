//! What the fuzzer calls: for each target one function that takes any bytes and asserts what must hold of them.
//!
//! | target | what it is about |
//! |---|---|
//! | [`record`] | scanner, dialects and forms of output, with serde_json as the witness |
//! | [`canon`] | the canon of rows, with serde_json as the witness |
//! | [`input`] | items of a stream, whatever pieces it comes in |
//! | [`packed`] | the same through gzip and zstd |
//! | [`rows`] | pages of BigQuery's answers |
//! | [`time`] | the time grammar |
//! | [`name`] | names of files |
//! | [`settings`] | the configuration file |
//! | [`sql`] | `--where`, and flags on their way into a query |
//! | [`regex`] | regular expressions on their way into RE2 |
//! | [`complete`] | the line that a shell hands over |
//!
//! `make fuzz` runs them; `make test` replays `fuzz/corpus`. No tool holds any of this: it is compiled for
//! the fuzzer and for the tests only.

use std::borrow::Cow;

pub(crate) mod canon;
mod complete;
#[cfg(test)]
mod corpus;
pub(crate) mod input;
mod name;
pub(crate) mod record;
mod settings;
mod time;

#[cfg(feature = "bigquery")]
mod regex;
#[cfg(feature = "bigquery")]
mod rows;
#[cfg(feature = "bigquery")]
mod sql;

pub use canon::canon;
pub use complete::complete;
pub use input::{input, packed};
pub use name::name;
pub use record::record;
#[cfg(feature = "bigquery")]
pub use regex::regex;
#[cfg(feature = "bigquery")]
pub use rows::rows;
pub use settings::settings;
#[cfg(feature = "bigquery")]
pub use sql::sql;
pub use time::time;

/// The bytes as text: what is not UTF-8 is mended as the input layer mends it.
fn text(data: &[u8]) -> Cow<'_, str> {
    String::from_utf8_lossy(data)
}
