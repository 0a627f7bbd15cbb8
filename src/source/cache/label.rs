//! What a kept slice is of: everything that decided its rows, as JSON that people can read too.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::when::Window;

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Label {
    /// Stands for [`asked`](Self::asked).
    pub key: String,
    /// What was asked, of whom, and by which program: see [`Label::key_of`].
    pub asked: Vec<(String, String)>,
    #[serde(with = "instant")]
    pub since: DateTime<Utc>,
    #[serde(with = "instant")]
    pub until: DateTime<Utc>,
    pub tables: Vec<TableState>,
    /// Rows, in the order in which they came.
    pub rows: u64,
    /// Rows with something that U+FFFD stands for.
    pub mended: u64,
}

/// A table, and what it was like before the query began.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct TableState {
    pub table: String,
    pub state: String,
    /// It holds.
    pub rows: u64,
}

impl Label {
    /// The key of what was asked: names and values, told apart however they are made up.
    pub(crate) fn key_of(asked: &[(String, String)]) -> String {
        let mut hash = Sha256::new();
        for text in asked.iter().flat_map(|(name, value)| [name, value]) {
            hash.update((text.len() as u64).to_le_bytes());
            hash.update(text.as_bytes());
        }
        hash.finalize().iter().take(16).map(|byte| format!("{byte:02x}")).collect()
    }

    pub(crate) fn window(&self) -> Window {
        Window { since: self.since, until: self.until }
    }

    pub(crate) fn covers(&self, window: &Window) -> bool {
        self.since <= window.since && window.until <= self.until
    }

    /// The rows that its tables held, all together.
    pub(crate) fn most_rows(&self) -> u64 {
        self.tables.iter().map(|table| table.rows).sum()
    }

    /// What was asked under this name.
    pub(crate) fn said(&self, name: &str) -> &str {
        self.asked.iter().find(|(asked, _)| asked == name).map_or("", |(_, value)| value)
    }
}

/// RFC 3339 with nanoseconds.
mod instant {
    use chrono::{DateTime, SecondsFormat, Utc};
    use serde::de::Error;
    use serde::{Deserialize, Deserializer, Serializer};

    pub(super) fn serialize<S: Serializer>(time: &DateTime<Utc>, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&time.to_rfc3339_opts(SecondsFormat::Nanos, true))
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<DateTime<Utc>, D::Error> {
        let text = String::deserialize(deserializer)?;
        DateTime::parse_from_rfc3339(&text).map(|time| time.to_utc()).map_err(D::Error::custom)
    }
}
