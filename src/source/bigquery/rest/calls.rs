//! The methods of the API that lq calls. <https://cloud.google.com/bigquery/docs/reference/rest>
//!
//! Each gives the body, a JSON object. A `location`, once known, belongs in every call about a job:
//! a job is looked for in the US otherwise.

use std::time::Duration;

use gcp_bigquery_client::model::data_format_options::DataFormatOptions;
use gcp_bigquery_client::model::query_request::QueryRequest;

use super::super::error::Error;
use super::Rest;

/// Which part of a job's result.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Paging<'a> {
    /// What the page before gave; an empty one is none.
    pub page_token: Option<&'a str>,
    /// The number of the first row, from 0, instead of a page token.
    pub start: Option<u64>,
    /// Rows at most. Zero asks whether the job is done, nothing more.
    pub max_results: Option<u64>,
    /// How long BigQuery may wait for the job's end before it answers.
    pub wait: Option<Duration>,
}

impl Rest {
    /// A page of a dataset's tables: `tables[].tableReference.tableId`, `nextPageToken`.
    pub(crate) async fn list_tables(
        &self,
        project: &str,
        dataset: &str,
        page_token: Option<&str>,
    ) -> Result<Vec<u8>, Error> {
        let mut query = vec![("maxResults", "1000")];
        query.extend(page_token.filter(|token| !token.is_empty()).map(|token| ("pageToken", token)));
        self.get(&["projects", project, "datasets", dataset, "tables"], &query).await
    }

    /// A table or view: schema, partitioning, size.
    pub(crate) async fn get_table(&self, project: &str, dataset: &str, table: &str) -> Result<Vec<u8>, Error> {
        self.get(&["projects", project, "datasets", dataset, "tables", table], &[]).await
    }

    /// The first of the policies that hide rows of a table: `rowAccessPolicies[]`.
    /// <https://cloud.google.com/bigquery/docs/reference/rest/v2/rowAccessPolicies/list>
    pub(crate) async fn list_policies(&self, project: &str, dataset: &str, table: &str) -> Result<Vec<u8>, Error> {
        let path = ["projects", project, "datasets", dataset, "tables", table, "rowAccessPolicies"];
        self.get(&path, &[("pageSize", "1")]).await
    }

    /// A dataset: where it is, how long its tables are kept.
    pub(crate) async fn get_dataset(&self, project: &str, dataset: &str) -> Result<Vec<u8>, Error> {
        self.get(&["projects", project, "datasets", dataset], &[]).await
    }

    /// The first page of a project's datasets, as far as the user may see them:
    /// `datasets[].datasetReference.datasetId`.
    pub(crate) async fn list_datasets(&self, project: &str) -> Result<Vec<u8>, Error> {
        self.get(&["projects", project, "datasets"], &[("maxResults", "1000")]).await
    }

    /// What BigQuery would make of a query, and for whom: a job that does not run, with `principal_subject`.
    pub(crate) async fn dry_job(&self, project: &str, sql: &str) -> Result<Vec<u8>, Error> {
        let query = serde_json::json!({"query": sql, "useLegacySql": false});
        let job = serde_json::json!({"configuration": {"dryRun": true, "query": query}}).to_string();
        self.post(&["projects", project, "jobs"], &[], job.as_bytes()).await
    }

    /// Starts a query job in `project` and waits for it as long as the request says; gives the first
    /// page, or only the job's id where it is not done. The request needs a `request_id`: it is sent
    /// again after a lost answer, and BigQuery must know it then. Timestamps are asked for as whole
    /// microseconds; the default, seconds as a float, loses digits.
    pub(crate) async fn query(&self, project: &str, request: &QueryRequest) -> Result<Vec<u8>, Error> {
        let format_options = Some(DataFormatOptions { use_int64_timestamp: Some(true) });
        let request = QueryRequest { format_options, ..request.clone() };
        let body = serde_json::to_vec(&request)
            .map_err(|error| Error::Transport(format!("the request cannot be written as JSON: {error}")))?;
        self.post(&["projects", project, "queries"], &[], &body).await
    }

    /// A page of a job's result, or `jobComplete: false` where it takes longer than the wait.
    pub(crate) async fn query_results(
        &self,
        project: &str,
        job: &str,
        location: Option<&str>,
        paging: Paging<'_>,
    ) -> Result<Vec<u8>, Error> {
        let start = paging.start.map(|start| start.to_string());
        let max_results = paging.max_results.map(|rows| rows.to_string());
        let wait = paging.wait.map(|wait| wait.as_millis().to_string());
        let page_token = paging.page_token.filter(|token| !token.is_empty());
        let optional = [
            ("location", location),
            ("pageToken", page_token),
            ("startIndex", start.as_deref()),
            ("maxResults", max_results.as_deref()),
            ("timeoutMs", wait.as_deref()),
        ];
        let mut query = vec![("formatOptions.useInt64Timestamp", "true")];
        query.extend(optional.into_iter().filter_map(|(name, value)| Some((name, value?))));
        self.get(&["projects", project, "queries", job], &query).await
    }

    /// A job: state, error, statistics.
    pub(crate) async fn job(&self, project: &str, job: &str, location: Option<&str>) -> Result<Vec<u8>, Error> {
        self.get(&["projects", project, "jobs", job], &at(location)).await
    }

    /// Asks BigQuery to stop a job. It stops a little later, or was done before.
    pub(crate) async fn cancel(&self, project: &str, job: &str, location: Option<&str>) -> Result<Vec<u8>, Error> {
        self.post(&["projects", project, "jobs", job, "cancel"], &at(location), b"").await
    }
}

fn at(location: Option<&str>) -> Vec<(&'static str, &str)> {
    location.into_iter().map(|location| ("location", location)).collect()
}
