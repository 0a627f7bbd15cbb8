//! BigQuery as a source: finds the tables that Cloud Logging's sink writes, queries them day by day,
//! and hands out the rows as blocks of entries.
//!
//! | part | what it is for |
//! |---|---|
//! | [`address`] | `bq://PROJECT/DATASET` |
//! | [`auth`] | who am I: Application Default Credentials |
//! | [`rest`] | one HTTP request to BigQuery's API, and again where that may help |
//! | [`error`] | what went wrong, in words that name the remedy |
//! | [`retry`] | is it transient, and when again |
//! | [`tls`] | one provider of cryptography for all connections |
//! | [`mask`] | takes secrets out of what is shown |
//! | [`schema`] | columns of a table |
//! | [`tables`] | which tables hold the logs of a window |
//! | [`sql`] | plan and tables -> query |
//! | [`row`] | rows -> entry lines |
//!
//! All async code of lq is below this module, behind a channel.

pub(crate) mod address;
pub(crate) mod auth;
pub(crate) mod error;
mod mask;
pub(crate) mod rest;
pub(crate) mod retry;
pub(crate) mod row;
pub(crate) mod schema;
#[cfg(test)]
#[path = "../../../tests/support/bigquery/mod.rs"]
mod scripted;
pub(crate) mod sql;
pub(crate) mod tables;
pub(crate) mod tls;

pub(crate) use address::Address;
