//! One query: started, awaited, paged, cancelled.
//!
//! `jobs.query` waits a moment itself, so that a small query is one round trip and the id of a large
//! one is known early enough to cancel it. After that `getQueryResults` waits and pages.
//! <https://cloud.google.com/bigquery/docs/reference/rest/v2/jobs/query>

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use gcp_bigquery_client::model::query_parameter::QueryParameter;
use gcp_bigquery_client::model::query_parameter_type::QueryParameterType;
use gcp_bigquery_client::model::query_parameter_value::QueryParameterValue;
use gcp_bigquery_client::model::query_request::QueryRequest;
use serde::Deserialize;
use tokio::sync::OnceCell;

use super::address::Address;
use super::error::Error;
use super::price::{Bytes, Pricing};
use super::rest::{Paging, Rest};
use super::retry::Pace;
use super::row::{Head, Page};
use super::sql::{Statement, Value};
use super::tables::Ask;
use crate::source::Spent;

/// How long `jobs.query` waits for the rows.
const FIRST_WAIT: Duration = Duration::from_millis(1500);

/// How long one `getQueryResults` waits for a job that runs.
const WAIT: Duration = Duration::from_secs(10);

/// How long a cancellation may take; whoever asked for it waits.
const CANCELLING: Duration = Duration::from_secs(5);

/// Who asks, and where.
#[derive(Clone, Debug)]
pub(crate) struct Office {
    pub rest: Rest,
    /// The project that is billed.
    pub project: String,
    /// Where the dataset is; BigQuery guesses where it is not known.
    pub location: Option<String>,
}

/// A query that BigQuery knows of.
#[derive(Clone, Debug)]
pub(crate) struct Job {
    office: Office,
    pub id: String,
    /// What BigQuery says of it once it is done.
    answer: Arc<OnceCell<JobAnswer>>,
}

/// What a query cost.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Cost {
    /// Bytes; `None` where BigQuery does not say.
    pub billed: Option<u64>,
    pub processed: u64,
    pub is_cached: bool,
}

impl Office {
    /// Starts `statement`. The job is done if the page says so.
    /// Errors with `bytesBilledLimitExceeded`, and bills nothing, if more than `most` bytes would be billed.
    pub(crate) async fn start(&self, statement: &Statement, most: Option<u64>) -> Result<(Job, Page), Error> {
        let request = QueryRequest {
            timeout_ms: Some(FIRST_WAIT.as_millis() as i32),
            maximum_bytes_billed: most.map(|bytes| bytes.to_string()),
            request_id: Some(request_id()),
            ..self.request(statement)
        };
        let page = Page::parse(self.rest.query(&self.project, &request).await?)?;
        if let Some(error) = page.failure() {
            return Err(error);
        }
        let head = &page.head;
        let Some(id) = head.job_reference.as_ref().map(|job| job.job_id.clone()).filter(|id| !id.is_empty()) else {
            return Err(Error::Strange("BigQuery's answer names no job".to_owned()));
        };
        let location = head.job_reference.as_ref().and_then(|job| job.location.clone());
        let office = Office { location: location.or_else(|| self.location.clone()), ..self.clone() };
        Ok((Job { office, id, answer: Arc::default() }, page))
    }

    /// The bytes that `statement` would process at most. Costs nothing.
    pub(crate) async fn estimate(&self, statement: &Statement) -> Result<u64, Error> {
        let request = QueryRequest { dry_run: Some(true), ..self.request(statement) };
        let page = Page::parse(self.rest.query(&self.project, &request).await?)?;
        match page.failure() {
            Some(error) => Err(error),
            None => Ok(page.head.total_bytes_processed.unwrap_or_default()),
        }
    }

    /// Asks about a dataset or its tables.
    pub(crate) async fn ask(&self, Address { project, dataset }: &Address, ask: Ask) -> Result<Vec<u8>, Error> {
        match ask {
            Ask::List { page } => self.rest.list_tables(project, dataset, page.as_deref()).await,
            Ask::Get { table } => self.rest.get_table(project, dataset, &table).await,
        }
    }

    fn request(&self, statement: &Statement) -> QueryRequest {
        QueryRequest {
            location: self.location.clone(),
            labels: Some(HashMap::from([("tool".to_owned(), "lq".to_owned())])),
            parameter_mode: (!statement.parameters.is_empty()).then(|| "NAMED".to_owned()),
            query_parameters: Some(statement.parameters.iter().map(|one| parameter(&one.name, &one.value)).collect()),
            ..QueryRequest::new(statement.text.clone())
        }
    }
}

impl Job {
    /// Waits until the job is done, or for some seconds: the page says which. All waits for one job share
    /// a `pace`.
    pub(crate) async fn wait(&self, pace: &mut Pace) -> Result<Page, Error> {
        pace.keep(WAIT, self.results(Paging { wait: Some(WAIT), ..Paging::default() })).await
    }

    /// The page that `token` stands for.
    pub(crate) async fn page(&self, token: &str) -> Result<Page, Error> {
        self.results(Paging { page_token: Some(token), ..Paging::default() }).await
    }

    async fn results(&self, paging: Paging<'_>) -> Result<Page, Error> {
        let Office { rest, project, location } = &self.office;
        let page = Page::parse(rest.query_results(project, &self.id, location.as_deref(), paging).await?)?;
        page.failure().map_or(Ok(page), Err)
    }

    /// As `bq` wants it.
    pub(crate) fn full_id(&self) -> String {
        let location = self.office.location.as_ref().map_or(String::new(), |location| format!("{location}."));
        format!("{}:{location}{}", self.office.project, self.id)
    }

    /// What the job cost; `head` is that of one of its pages.
    pub(crate) async fn cost(&self, head: &Head) -> Cost {
        let mut cost = Cost {
            billed: head.total_bytes_billed,
            processed: head.total_bytes_processed.unwrap_or_default(),
            is_cached: head.cache_hit,
        };
        if cost.is_cached {
            cost.billed = Some(0);
        } else if cost.billed.is_none() {
            cost.billed = self.billed().await;
        }
        cost
    }

    async fn billed(&self) -> Option<u64> {
        self.statistics().await?.query.as_ref()?.total_bytes_billed.as_ref()?.parse().ok()
    }

    /// True where BigQuery says that no policy hid rows or values from whoever asked.
    /// <https://cloud.google.com/bigquery/docs/reference/rest/v2/Job#JobStatistics>
    pub(crate) async fn is_unfiltered(&self) -> bool {
        let is_applied = |statistics: &Statistics| {
            let rows =
                statistics.row_level_security_statistics.as_ref().is_some_and(|it| it.row_level_security_applied);
            rows || statistics.data_masking_statistics.as_ref().is_some_and(|it| it.data_masking_applied)
        };
        self.statistics().await.is_some_and(|statistics| !is_applied(statistics))
    }

    /// The table that holds the result, as the Storage Read API names it. Where nobody said which one, it is one that
    /// lives for a day.
    pub(crate) async fn destination(&self) -> Result<String, Error> {
        let answer = self.answer().await?;
        let table = answer.configuration.as_ref().and_then(|it| it.query.as_ref()?.destination_table.as_ref());
        let table = table.ok_or_else(|| Error::Strange("BigQuery does not name the table of the result".to_owned()))?;
        let Destination { project_id, dataset_id, table_id } = table;
        Ok(format!("projects/{project_id}/datasets/{dataset_id}/tables/{table_id}"))
    }

    /// Where it runs, as far as BigQuery says it.
    pub(crate) fn location(&self) -> Option<&str> {
        self.office.location.as_deref()
    }

    async fn statistics(&self) -> Option<&Statistics> {
        self.answer().await.ok()?.statistics.as_ref()
    }

    /// To be asked for when the job is done.
    async fn answer(&self) -> Result<&JobAnswer, Error> {
        let Office { rest, project, location } = &self.office;
        let ask = async || {
            let body = rest.job(project, &self.id, location.as_deref()).await?;
            serde_json::from_slice(&body).map_err(|error| Error::Strange(error.to_string()))
        };
        self.answer.get_or_try_init(ask).await
    }

    /// Asks BigQuery to end the job, and waits a little for the answer. Dropping the connection would not end it.
    pub(crate) async fn cancel(&self) -> Result<(), Error> {
        let Office { rest, project, location } = &self.office;
        let cancelled = rest.cancel(project, &self.id, location.as_deref());
        match tokio::time::timeout(CANCELLING, cancelled).await {
            Ok(answer) => answer.map(drop),
            Err(_) => Err(Error::Transport("no answer".to_owned())),
        }
    }
}

impl Cost {
    /// `120 MiB, < $0.01 billed`
    pub(crate) fn say(self, pricing: Pricing) -> String {
        match self.billed {
            _ if self.is_cached => "from BigQuery's cache, nothing billed".to_owned(),
            Some(bytes) => format!("{} billed", pricing.say(bytes, "")),
            None => format!("{} processed", pricing.say(self.processed, "")),
        }
    }
}

impl Spent {
    pub(crate) fn bytes(&self) -> Bytes {
        Bytes { queried: self.billed, straight: self.scanned }
    }

    pub(crate) fn add(&mut self, cost: Cost) {
        self.jobs += 1;
        self.cached += u64::from(cost.is_cached);
        self.billed = self.billed.saturating_add(cost.billed.unwrap_or(cost.processed));
        self.is_estimate |= cost.billed.is_none();
    }
}

/// <https://cloud.google.com/bigquery/docs/reference/rest/v2/Job#JobStatistics2>
#[derive(Debug, Deserialize)]
struct JobAnswer {
    statistics: Option<Statistics>,
    configuration: Option<Configuration>,
}

/// <https://cloud.google.com/bigquery/docs/reference/rest/v2/Job#JobConfigurationQuery>
#[derive(Debug, Deserialize)]
struct Configuration {
    query: Option<QueryConfiguration>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct QueryConfiguration {
    destination_table: Option<Destination>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Destination {
    project_id: String,
    dataset_id: String,
    table_id: String,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Statistics {
    query: Option<QueryStatistics>,
    row_level_security_statistics: Option<RowLevelSecurity>,
    data_masking_statistics: Option<DataMasking>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct RowLevelSecurity {
    #[serde(default)]
    row_level_security_applied: bool,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct DataMasking {
    #[serde(default)]
    data_masking_applied: bool,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct QueryStatistics {
    total_bytes_billed: Option<String>,
}

fn parameter(name: &str, value: &Value) -> QueryParameter {
    let scalar = |value: String| QueryParameterValue { value: Some(value), ..QueryParameterValue::default() };
    let kind = |name: &str| QueryParameterType { r#type: name.to_owned(), ..QueryParameterType::default() };
    let (kind, value) = match value {
        Value::String(text) => (kind("STRING"), scalar(text.clone())),
        Value::Integer(number) => (kind("INT64"), scalar(number.to_string())),
        Value::Float(number) => (kind("FLOAT64"), scalar(number.to_string())),
        Value::Strings(texts) => (
            QueryParameterType { array_type: Some(Box::new(kind("STRING"))), ..kind("ARRAY") },
            QueryParameterValue {
                array_values: Some(texts.iter().cloned().map(scalar).collect()),
                ..QueryParameterValue::default()
            },
        ),
    };
    QueryParameter { name: Some(name.to_owned()), parameter_type: Some(kind), parameter_value: Some(value) }
}

/// What makes a repeated request the same request to BigQuery: 36 random characters at most.
fn request_id() -> String {
    let [a, b] = [(); 2].map(|()| std::hash::BuildHasher::hash_one(&std::hash::RandomState::new(), ()));
    format!("lq-{a:016x}{b:016x}")
}
