//! A page of a result: what it says of the job, and its rows.

use std::ops::Range;

use serde::de::IgnoredAny;
use serde::{Deserialize, Deserializer};
use serde_json::value::RawValue;

use super::cells::Cells;
use super::walk::Walk;
use crate::source::bigquery::error::Error;
use crate::source::bigquery::schema::Schema;

/// The most that may stand beside the rows, in bytes. Ten thousand columns take less.
const LONGEST_HEAD: usize = 16 << 20;

/// The body of jobs.query or jobs.getQueryResults.
#[derive(Debug)]
pub(crate) struct Page {
    pub head: Head,
    body: String,
    /// Where the array of rows stands in the body; empty where there are none.
    rows: Range<usize>,
    /// The cells of the rows, mostly.
    pub(super) cells: Option<Cells>,
}

/// What a page says beside its rows. Everything may be missing.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct Head {
    /// False while the job runs: the page then has no rows, and asking again is the way on.
    #[serde(deserialize_with = "or_default")]
    pub job_complete: bool,
    pub job_reference: Option<JobReference>,
    /// The columns of the rows. Missing while the job runs.
    #[serde(deserialize_with = "fields")]
    pub schema: Option<Schema>,
    /// Rows of the whole result.
    #[serde(deserialize_with = "count")]
    pub total_rows: Option<u64>,
    /// There is a next page. An empty one is none.
    #[serde(deserialize_with = "token")]
    pub page_token: Option<String>,
    /// Bytes. Of a dry run, those that the job would process.
    #[serde(deserialize_with = "count")]
    pub total_bytes_processed: Option<u64>,
    /// Bytes. Absent from the answers of older servers, and where capacity is reserved.
    #[serde(deserialize_with = "count")]
    pub total_bytes_billed: Option<u64>,
    /// The result came from BigQuery's cache, for nothing.
    #[serde(deserialize_with = "or_default")]
    pub cache_hit: bool,
    /// Also warnings: a job that failed says so here as well as one that did not.
    #[serde(deserialize_with = "or_default")]
    pub errors: Vec<Problem>,
}

/// The array of rows as it stands; absent where there are none.
#[derive(Deserialize)]
struct Body<'a> {
    #[serde(borrow)]
    rows: Option<&'a RawValue>,
}

/// <https://cloud.google.com/bigquery/docs/reference/rest/v2/JobReference>
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct JobReference {
    pub project_id: String,
    pub job_id: String,
    pub location: Option<String>,
}

/// <https://cloud.google.com/bigquery/docs/reference/rest/v2/ErrorProto>
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub(crate) struct Problem {
    pub reason: Option<String>,
    pub message: Option<String>,
    pub location: Option<String>,
}

impl Page {
    /// Reads a body. One that is no page (cut off, HTML) is an error.
    pub(crate) fn parse(body: Vec<u8>) -> Result<Self, Error> {
        let text = String::from_utf8(body).map_err(|_| Error::Strange("BigQuery's answer is not UTF-8".to_owned()))?;
        let unlike = |error| Error::Strange(format!("BigQuery's answer is no page: {error}"));
        let (rows, cells) = match rows(&text) {
            Some(found) => found,
            None => (rows_by_serde(&text).map_err(unlike)?, None),
        };
        // What stands before and behind the rows, so that they are not looked at twice.
        let around = [&text[..rows.start], if rows.is_empty() { "" } else { "null" }, &text[rows.end..]].concat();
        if around.len() > LONGEST_HEAD {
            return Err(Error::Strange(format!("BigQuery's answer has {} bytes beside its rows", around.len())));
        }
        let head = serde_json::from_str(&around).map_err(unlike)?;
        Ok(Page { head, rows, cells, body: text })
    }

    /// The array of rows, JSON.
    pub(super) fn rows(&self) -> Option<&str> {
        self.body.get(self.rows.clone()).filter(|rows| !rows.is_empty())
    }

    /// The body.
    pub(crate) fn bytes(&self) -> &[u8] {
        self.body.as_bytes()
    }

    /// The same, for good.
    pub(crate) fn into_bytes(self) -> Vec<u8> {
        self.body.into_bytes()
    }

    /// True where there are no rows.
    pub(crate) fn is_empty(&self) -> bool {
        self.rows().is_none_or(|rows| rows.trim_start_matches('[').trim_ascii_start().starts_with(']'))
    }

    /// How many rows there are.
    pub(crate) fn row_count(&self) -> u64 {
        let rows = self.rows().and_then(|rows| serde_json::from_str::<Vec<IgnoredAny>>(rows).ok());
        rows.map_or(0, |rows| rows.len() as u64)
    }

    /// The values of the first row, in the order of its columns; `None` where there is no row.
    pub(crate) fn first_row(&self) -> Option<Vec<Option<String>>> {
        #[derive(Deserialize)]
        struct Row {
            f: Vec<Cell>,
        }
        #[derive(Deserialize)]
        struct Cell {
            v: Option<String>,
        }
        let rows: Vec<Row> = serde_json::from_str(self.rows()?).ok()?;
        Some(rows.into_iter().next()?.f.into_iter().map(|cell| cell.v).collect())
    }

    /// Why the job failed, where an answer that is no error says that it did. What stands in `errors`
    /// beside a result is a warning.
    pub(crate) fn failure(&self) -> Option<Error> {
        let Head { job_complete, schema, errors, .. } = &self.head;
        let has_columns = schema.as_ref().is_some_and(|schema| !schema.0.is_empty());
        let problem = errors.first().filter(|_| *job_complete && !has_columns)?;
        Some(Error::of_job(problem.reason.clone(), problem.message.clone()))
    }
}

/// Where the array of rows stands, which is sound then, and its cells, if they are as usual. `None` where there is no
/// such array, or the text is no object.
fn rows(text: &str) -> Option<(Range<usize>, Option<Cells>)> {
    let mut walk = Walk::new(text);
    let (rows, cells) = walk.member("rows", |walk| {
        walk.skip_blanks();
        let start = walk.at;
        if let Some(cells) = Cells::of(walk) {
            return Some((start..walk.at, Some(cells)));
        }
        walk.at = start;
        Some((walk.place()?, None))
    })?;
    (walk.is_over() && text.get(rows.clone())?.starts_with('[')).then_some((rows, cells))
}

/// The same for any text, and what is wrong with it; slower.
fn rows_by_serde(text: &str) -> serde_json::Result<Range<usize>> {
    Ok(serde_json::from_str::<Body>(text)?.rows.map_or(0..0, |rows| {
        let start = rows.get().as_ptr() as usize - text.as_ptr() as usize;
        start..start + rows.get().len()
    }))
}

/// A `null` is no value.
fn or_default<'de, D: Deserializer<'de>, T: Default + Deserialize<'de>>(input: D) -> Result<T, D::Error> {
    Ok(Option::deserialize(input)?.unwrap_or_default())
}

fn token<'de, D: Deserializer<'de>>(input: D) -> Result<Option<String>, D::Error> {
    Ok(Option::<String>::deserialize(input)?.filter(|token| !token.is_empty()))
}

/// A number, which Google writes as a string since JavaScript's do not hold 64 bits.
fn count<'de, D: Deserializer<'de>>(input: D) -> Result<Option<u64>, D::Error> {
    let raw = Option::<&RawValue>::deserialize(input)?;
    Ok(raw.and_then(|raw| raw.get().trim_matches('"').parse().ok()))
}

fn fields<'de, D: Deserializer<'de>>(input: D) -> Result<Option<Schema>, D::Error> {
    #[derive(Default, Deserialize)]
    #[serde(default)]
    struct Fields {
        fields: Schema,
    }
    Ok(Option::<Fields>::deserialize(input)?.map(|schema| schema.fields))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use proptest::sample::{Index, select};

    use super::*;

    /// A page whose members come in any order, with blanks, and with all that rows may be.
    fn any_page() -> impl Strategy<Value = String> {
        let rows = select(vec![
            r#""rows":[]"#,
            r#""rows":null"#,
            r#""rows" : [ { "f" : [ { "v" : "a\"]}" } , {"v":null} ] } ]"#,
            r#""rows":[{"f":[{"v":"\u003c\ud83d\ude00 \\"},{"v":"[1,{}]"}]},{"f":[{"v":[1.5e3,{"k":true}]}]}]"#,
            r#""rowz":{"rows":[1]}"#,
            r#""rows":[],"rows":[1]"#,
        ]);
        let others = vec![
            r#""jobComplete":true"#,
            "\"totalRows\":\"2\",\n\"cacheHit\":false",
            r#""errors":[{"message":"\"rows\":[]"}]"#,
        ];
        let others = Just(others).prop_shuffle();
        (rows, others, 0usize..4, select(vec!["", " ", "\n\t"])).prop_map(|(rows, mut others, at, blank)| {
            others.insert(at, rows);
            format!("{blank}{{{blank}{}{blank}}}{blank}", others.join(&format!("{blank},{blank}")))
        })
    }

    fn rows_of(text: &str) -> Option<String> {
        Page::parse(text.as_bytes().to_vec()).ok().map(|page| page.body[page.rows.clone()].to_owned())
    }

    proptest! {
        #[test]
        fn rows_are_found_as_serde_finds_them(
            text in any_page(), edit in proptest::option::of((any::<Index>(), select(b"\"\\[]{},:x1\n\x01 ".to_vec()))),
        ) {
            let mut text = text.into_bytes();
            if let Some((at, byte)) = edit {
                let at = at.index(text.len());
                text[at] = byte;
            }
            let text = String::from_utf8(text).unwrap();
            let wanted = rows_by_serde(&text).ok().map(|place| text[place].to_owned());
            prop_assert_eq!(rows_of(&text), wanted, "{}", text);
        }
    }
}
