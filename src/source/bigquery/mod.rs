//! BigQuery as a source: finds the tables that Cloud Logging's sink writes, queries them day by day,
//! and hands out the rows as blocks of entries.
//!
//! | part | what it is for |
//! |---|---|
//! | [`address`] | `bq://PROJECT/DATASET` |
//! | [`auth`] | who am I: Application Default Credentials |
//! | [`datasets`] | which datasets a project has |
//! | [`doctor`] | looks at all that a run needs, and says what is missing |
//! | [`rest`] | one HTTP request to BigQuery's API, and again where that may help |
//! | [`error`] | what went wrong, in words that name the remedy |
//! | [`retry`] | is it transient, and when again |
//! | [`tls`] | one provider of cryptography for all connections |
//! | [`way`] | who may see a token, and what errors on the way mean |
//! | [`mask`] | takes secrets out of what is shown |
//! | [`schema`] | columns of a table |
//! | [`tables`] | which tables hold the logs of a window |
//! | [`slices`] | runs of whole UTC days |
//! | [`sql`] | plan and tables -> query |
//! | [`price`] | bytes billed, their price, the bound on both |
//! | [`state`] | what tables are like just now |
//! | [`stock`] | which slices are kept already, and which may be |
//! | [`open`] | what is known before the first byte is billed |
//! | [`estimate`] | what dry runs tell: bytes, price, access |
//! | [`job`] | one query: started, awaited, paged, cancelled |
//! | [`refused`] | entries that never became rows |
//! | [`sessions`] | slices that need no query: are they ready, and at what price |
//! | [`read`] | slice after slice: jobs -> blocks |
//! | [`storage`] | the Storage Read API: Arrow batches over gRPC |
//! | [`progress`] | what a terminal shows meanwhile |
//! | [`row`] | rows -> entry lines |
//! | [`via`] | straight from the tables, or by a query |
//!
//! All async code of lq is below this module, behind a channel.

pub(crate) mod address;
pub(crate) mod auth;
mod datasets;
pub(crate) mod doctor;
pub(crate) mod error;
pub(crate) mod estimate;
mod job;
mod mask;
pub(crate) mod open;
pub(crate) mod price;
pub(crate) mod progress;
pub(crate) mod read;
mod refused;
pub(crate) mod rest;
pub(crate) mod retry;
pub(crate) mod row;
mod runtime;
pub(crate) mod schema;
#[cfg(test)]
#[path = "../../../tests/support/bigquery/mod.rs"]
mod scripted;
#[cfg(test)]
#[path = "../../../tests/support/storage/mod.rs"]
mod scripted_storage;
mod sessions;
pub(crate) mod slices;
pub(crate) mod sql;
mod state;
pub(crate) mod stock;
pub(crate) mod storage;
pub(crate) mod tables;
pub(crate) mod tls;
pub(crate) mod via;
mod way;

pub(crate) use address::Address;
pub(crate) use open::Options;
pub(crate) use price::Pricing;

use crate::size::Bound;

/// What may be billed for a run where nothing else is said.
pub(crate) const MAX_BYTES: Bound = Bound::Bytes(100 << 30);
