//! A slice: a part of the window that can be read alone.

use std::path::PathBuf;

use chrono::{DateTime, Utc};

/// Slices of one plan are disjoint and in the order of time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Slice {
    /// The hour that the files are of; `None` for the whole window.
    pub hour: Option<DateTime<Utc>>,
    /// What to read, in the order that entries of equal time keep.
    pub files: Vec<PathBuf>,
}
