//! The two questions to the API, and what of the answers matters.

use std::collections::HashSet;
use std::sync::LazyLock;

use regex::Regex;
use serde::{Deserialize, Deserializer, Serialize};

use super::super::error::Error;
use super::super::schema::Schema;

/// A question about the dataset.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Ask {
    /// tables.list, from the page with this token; with `maxResults` 1000, for there are many shards.
    /// <https://cloud.google.com/bigquery/docs/reference/rest/v2/tables/list>
    List { page: Option<String> },
    /// tables.get of one table.
    /// <https://cloud.google.com/bigquery/docs/reference/rest/v2/tables/get>
    Get { table: String },
}

/// More pages than any dataset has: a server that goes on for ever is stopped here.
const MOST_PAGES: usize = 1000;

/// So many pages in a row without a table are believed.
const EMPTY_PAGES: u32 = 100;

/// More tables than any dataset has.
const MOST_TABLES: usize = 1_000_000;

/// The longest name that a table can have, in bytes, and what it is made of: letters, marks, numbers, connectors,
/// dashes, spaces. <https://cloud.google.com/bigquery/docs/tables#table_naming>
const LONGEST_NAME: usize = 1024;
static NAME: LazyLock<Option<Regex>> = LazyLock::new(|| Regex::new(r"\A[\p{L}\p{M}\p{N}\p{Pc}\p{Pd}\p{Zs}]+\z").ok());

/// Whether a table can be called so.
fn is_name(text: &str) -> bool {
    text.len() <= LONGEST_NAME && NAME.as_ref().is_none_or(|name| name.is_match(text))
}

/// What is listed of a table.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Listed {
    pub id: String,
    pub kind: Kind,
}

/// Whether rows lie in a table itself, as those of a sink do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Kind {
    Table,
    View,
    /// MATERIALIZED_VIEW, EXTERNAL, SNAPSHOT, and what may come: no sink makes any of them.
    Other,
}

/// What is known of a table.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Known {
    pub kind: Kind,
    pub schema: Schema,
    pub partitions: Option<Partitions>,
    /// How many there are.
    #[serde(default)]
    pub partition_count: Option<u64>,
    /// With what is in the streaming buffer.
    pub bytes: Option<u64>,
    pub location: Option<String>,
    /// When it was last changed, in Unix milliseconds.
    pub modified: Option<i64>,
    /// Rows are coming in, or were a short while ago.
    pub is_streamed_to: bool,
    /// What it was like just now. Never remembered.
    #[serde(skip)]
    pub seen: Option<Seen>,
}

impl Known {
    /// True where a query that was made for the one reads the other as well.
    pub(crate) fn is_read_like(&self, other: &Known) -> bool {
        self.kind == other.kind && self.schema == other.schema && self.partitions == other.partitions
    }
}

/// What changes with the rows of a table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Seen {
    /// The same text, the same rows, but for those in the streaming buffer; with their number. `None` where the
    /// server does not tell all that is needed, and where there are none: then they may all be on their way.
    pub state: Option<(String, u64)>,
    /// When the oldest row came that waits in the streaming buffer, in Unix milliseconds; `None` where none does.
    pub buffered_since: Option<i64>,
    /// A policy may hide values of some column from some.
    pub has_policy: bool,
}

/// How a table is partitioned by time.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Partitions {
    /// `DAY`, `HOUR`, `MONTH`, `YEAR`.
    pub unit: String,
    /// The column; `None` where it is the time at which a row arrived.
    pub column: Option<String>,
    /// Milliseconds that a partition is kept.
    pub kept_for: Option<i64>,
}

/// All tables of the dataset, in the order they are listed.
pub(crate) async fn list<A>(ask: &A) -> Result<Vec<Listed>, Error>
where
    A: AsyncFn(Ask) -> Result<Vec<u8>, Error>,
{
    let mut tables = Vec::new();
    let mut page = None;
    let mut tokens = HashSet::new();
    let mut empty_pages = 0;
    for _ in 0..MOST_PAGES {
        let answer: wire::List = read("tables.list", &ask(Ask::List { page: page.clone() }).await?)?;
        let before = tables.len();
        tables.extend(answer.tables.into_iter().flatten().filter_map(wire::Item::listed));
        empty_pages = if tables.len() == before { empty_pages + 1 } else { 0 };
        match answer.next_page_token.filter(|token| !token.is_empty()) {
            None => return Ok(tables),
            Some(_) if empty_pages > EMPTY_PAGES => {
                return Err(Error::Strange("tables.list sends nothing but empty pages".to_owned()));
            }
            Some(token) if tables.len() > MOST_TABLES || !tokens.insert(token.clone()) => break,
            token => page = token,
        }
    }
    Err(Error::Strange("tables.list does not come to an end: the server repeats its pages".to_owned()))
}

/// The tables on one page of the answer.
pub(crate) fn page(body: &[u8]) -> Result<Vec<Listed>, Error> {
    let answer: wire::List = read("tables.list", body)?;
    Ok(answer.tables.into_iter().flatten().filter_map(wire::Item::listed).collect())
}

/// One table; `None` where there is none of this name (any more).
pub(crate) async fn get<A>(ask: &A, table: &str) -> Result<Option<Known>, Error>
where
    A: AsyncFn(Ask) -> Result<Vec<u8>, Error>,
{
    match ask(Ask::Get { table: table.to_owned() }).await {
        Ok(body) => Ok(Some(read::<wire::Table>("tables.get", &body)?.known())),
        Err(Error::Api { status: 404, .. }) => Ok(None),
        Err(error) => Err(error),
    }
}

fn read<'a, T: Deserialize<'a>>(call: &str, body: &'a [u8]) -> Result<T, Error> {
    serde_json::from_slice(body).map_err(|e| Error::Strange(format!("the answer to {call} cannot be understood: {e}")))
}

/// The answers as they come. BigQuery leaves out what is not so, and writes 64-bit numbers as strings.
mod wire {
    use serde::de::{Error as _, IgnoredAny};
    use serde_json::value::RawValue;

    use super::*;

    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    pub(super) struct List {
        pub tables: Option<Vec<Item>>,
        pub next_page_token: Option<String>,
    }

    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    pub(super) struct Item {
        table_reference: Option<Reference>,
        #[serde(rename = "type")]
        kind: Option<String>,
    }

    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Reference {
        table_id: Option<String>,
    }

    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    pub(super) struct Table {
        #[serde(rename = "type")]
        kind: Option<String>,
        #[serde(default, deserialize_with = "columns")]
        schema: Option<(Schema, bool)>,
        time_partitioning: Option<TimePartitioning>,
        #[serde(default, deserialize_with = "integer")]
        num_partitions: Option<i64>,
        #[serde(default, deserialize_with = "integer")]
        num_bytes: Option<i64>,
        #[serde(default, deserialize_with = "integer")]
        last_modified_time: Option<i64>,
        #[serde(default, deserialize_with = "integer")]
        creation_time: Option<i64>,
        #[serde(default, deserialize_with = "integer")]
        num_rows: Option<i64>,
        etag: Option<String>,
        location: Option<String>,
        streaming_buffer: Option<StreamingBuffer>,
    }

    #[derive(Default, Deserialize)]
    #[serde(default)]
    struct Fields {
        fields: Schema,
    }

    /// The same columns, of which only counts whether a policy may hide their values.
    /// <https://cloud.google.com/bigquery/docs/reference/rest/v2/tables#TableFieldSchema>
    #[derive(Default, Deserialize)]
    #[serde(rename_all = "camelCase", default)]
    struct Policies {
        fields: Vec<Policies>,
        policy_tags: Option<PolicyTags>,
        data_policies: Option<Vec<IgnoredAny>>,
    }

    #[derive(Default, Deserialize)]
    #[serde(default)]
    struct PolicyTags {
        names: Vec<IgnoredAny>,
    }

    impl Policies {
        fn is_any(&self) -> bool {
            self.policy_tags.as_ref().is_some_and(|tags| !tags.names.is_empty())
                || self.data_policies.as_ref().is_some_and(|policies| !policies.is_empty())
                || self.fields.iter().any(Policies::is_any)
        }
    }

    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct TimePartitioning {
        #[serde(rename = "type")]
        unit: Option<String>,
        field: Option<String>,
        #[serde(default, deserialize_with = "integer")]
        expiration_ms: Option<i64>,
    }

    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct StreamingBuffer {
        #[serde(default, deserialize_with = "integer")]
        estimated_bytes: Option<i64>,
        #[serde(default, deserialize_with = "integer")]
        oldest_entry_time: Option<i64>,
    }

    impl Item {
        pub(super) fn listed(self) -> Option<Listed> {
            let id = self.table_reference?.table_id.filter(|id| is_name(id))?;
            Some(Listed { id, kind: kind(self.kind.as_deref()) })
        }
    }

    impl Table {
        pub(super) fn known(self) -> Known {
            let kind = kind(self.kind.as_deref());
            let seen = self.seen();
            let buffered = self.streaming_buffer.as_ref().and_then(|buffer| buffer.estimated_bytes);
            let bytes = self.num_bytes.map(|bytes| bytes.saturating_add(buffered.unwrap_or(0)));
            Known {
                kind,
                schema: self.schema.map(|(schema, _)| schema).unwrap_or_default(),
                partitions: self.time_partitioning.map(|it| Partitions {
                    unit: it.unit.unwrap_or_else(|| "DAY".to_owned()),
                    column: it.field.filter(|field| !field.is_empty()),
                    kept_for: it.expiration_ms.filter(|ms| *ms > 0),
                }),
                partition_count: self.num_partitions.and_then(|count| u64::try_from(count).ok()),
                // A view says 0.
                bytes: bytes.filter(|_| kind == Kind::Table).and_then(|bytes| u64::try_from(bytes).ok()),
                location: self.location.filter(|location| !location.is_empty()),
                modified: self.last_modified_time,
                is_streamed_to: self.streaming_buffer.is_some(),
                seen: Some(seen),
            }
        }

        fn seen(&self) -> Seen {
            // The etag says nothing that the others do not, but nobody promises that.
            let etag = self.etag.as_deref().unwrap_or_default();
            let state = |created, modified, rows, bytes| {
                format!("created {created}, modified {modified}, {rows} rows, {bytes} bytes, etag {etag:?}")
            };
            Seen {
                state: self
                    .creation_time
                    .zip(self.last_modified_time)
                    .zip(self.num_rows.zip(self.num_bytes))
                    .filter(|(_, (rows, _))| *rows > 0)
                    .map(|((created, modified), (rows, bytes))| (state(created, modified, rows, bytes), rows as u64)),
                // A buffer that does not say since when may hold anything.
                buffered_since: self.streaming_buffer.as_ref().map(|buffer| buffer.oldest_entry_time.unwrap_or(0)),
                has_policy: self.schema.as_ref().is_some_and(|(_, has_policy)| *has_policy),
            }
        }
    }

    fn kind(word: Option<&str>) -> Kind {
        match word {
            // A clone is written to like any table.
            None | Some("TABLE" | "CLONE" | "") => Kind::Table,
            Some("VIEW") => Kind::View,
            Some(_) => Kind::Other,
        }
    }

    /// The columns, and whether a policy may hide something of them. One that cannot be understood may.
    fn columns<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<(Schema, bool)>, D::Error> {
        let Some(json) = Option::<Box<RawValue>>::deserialize(deserializer)? else { return Ok(None) };
        let fields: Fields = serde_json::from_str(json.get()).map_err(D::Error::custom)?;
        let policies = serde_json::from_str::<Policies>(json.get());
        Ok(Some((fields.fields, policies.map_or(true, |policies| policies.is_any()))))
    }

    /// An integer, written as a string or as a number. What is neither is as if it were not there.
    fn integer<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<i64>, D::Error> {
        Ok(match serde_json::Value::deserialize(deserializer)? {
            serde_json::Value::String(text) => text.parse().ok(),
            serde_json::Value::Number(number) => number.as_i64(),
            _ => None,
        })
    }
}
