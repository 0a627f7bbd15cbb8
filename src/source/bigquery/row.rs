//! Rows of a result -> lines of Cloud Logging's LogEntry, which the scanner of archives then reads.
//!
//! Why a payload comes as JSON text, its NULLs stripped by the query, and not as native nested rows:
//! UNION ALL refuses tables whose payloads have different fields, and the text costs little or saves much. For
//! 10,000 rows, bytes as multiples of those of native nested rows, time as a multiple of the last row's:
//!
//! | payload | way | bytes | gzipped | time to entries |
//! |---|---|---|---|---|
//! | 10 columns, all filled | text | 1.21 | 1.06 | 0.9 |
//! | 400 columns, 8 filled | text, NULLs in it | 2.03 | 2.63 | 18 |
//! | 400 columns, 8 filled | text, NULLs stripped | 0.10 | 0.75 | 1 |
//!
//! | part | what it is for |
//! |---|---|
//! | [`mod@line`] | values of a row -> its line |
//! | [`value`] | what a row has for a column |
//! | [`page`], [`walk`], [`cells`] | rows that come as JSON |
//! | [`arrow`], [`strings`] | rows that come as Arrow batches |
//! | [`native`] | nested Arrow values -> JSON |
//! | [`time`] | TIMESTAMP |
//!
//! A page is the body of jobs.query or jobs.getQueryResults. It is walked once, without a tree of its
//! rows; texts are copied as they stand, since they are escaped for JSON already.
//! <https://cloud.google.com/bigquery/docs/reference/rest/v2/jobs/getQueryResults#response-body>

mod arrow;
mod cells;
mod line;
mod native;
mod page;
mod strings;
mod time;
mod value;
mod walk;

#[cfg(test)]
mod tests;

pub(crate) use line::Lines;
pub(crate) use page::{Head, Page};
