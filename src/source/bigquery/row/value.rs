//! What a row has for a column, whatever way it came.

use super::arrow::Bound;
use super::native::Native;

/// A value of a row.
#[derive(Clone, Copy, Debug)]
pub(super) enum Value<'v> {
    Null,
    /// The contents of a JSON string, escaped, maybe otherwise than lq escapes.
    Escaped(&'v str),
    /// The same as lq escapes it.
    Spelt(&'v str),
    /// Text that stands for itself.
    Plain(&'v str),
    /// A JSON value other than a string.
    Bare(&'v str),
    /// A point in time: microseconds since 1970 UTC.
    Time(i64),
    /// The value of an Arrow column in this row. Never NULL.
    Native(&'v Native<'v>, usize),
    /// An object of these members, in this row.
    Object(&'v [(Vec<u8>, Bound<'v>)], usize),
}

impl Value<'_> {
    pub(super) fn is_something(&self) -> bool {
        !matches!(self, Value::Null)
    }
}
