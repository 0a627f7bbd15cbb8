//! What is wrong with a text that is no JSON object.

use super::scan::MAX_DEPTH;

/// Why a text is not the JSON object that it promised to be; positions count bytes from its start.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Flaw {
    /// The text ended inside the value.
    Incomplete,
    /// Not JSON from here on.
    Invalid(usize),
    /// Nested deeper than [`MAX_DEPTH`], from here on.
    TooDeep(usize),
    /// Longer than the limit that the reader was given.
    TooLong,
}

impl std::fmt::Display for Flaw {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Flaw::Incomplete => write!(f, "cut off in the middle of a JSON value"),
            Flaw::Invalid(at) => write!(f, "no JSON at byte {}", at + 1),
            Flaw::TooDeep(_) => write!(f, "nested deeper than {MAX_DEPTH} levels"),
            Flaw::TooLong => write!(f, "longer than the limit for a line"),
        }
    }
}

impl std::error::Error for Flaw {}

impl Flaw {
    /// The same flaw for a text that starts `at` bytes later.
    pub(crate) fn seen_from(self, at: usize) -> Self {
        match self {
            Flaw::Invalid(place) => Flaw::Invalid(place.saturating_sub(at)),
            Flaw::TooDeep(place) => Flaw::TooDeep(place.saturating_sub(at)),
            other => other,
        }
    }
}
