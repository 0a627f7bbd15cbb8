//! The REST side. <https://cloud.google.com/bigquery/docs/reference/rest>

use std::collections::HashMap;
use std::sync::Arc;

use anyhow::{Context, Result, bail};
use axum::Router;
use axum::body::{Body, Bytes, to_bytes};
use axum::extract::{Request, State};
use axum::http::{Method, StatusCode, header};
use axum::response::Response;
use serde_json::{Value, json};
use tokio::net::TcpListener;

use crate::column::Column;
use crate::record::{Record, job_of, reference};
use crate::shape::{self, DATASET, PROJECT, TABLE};

/// The longest question, in bytes.
const LONGEST: usize = 4 << 20;

/// The dataset in which the results of jobs lie.
pub const RESULTS: &str = "_results";

pub async fn serve(listener: TcpListener, record: Arc<Record>) -> Result<()> {
    let router = Router::new().fallback(answer).with_state(record);
    Ok(axum::serve(listener, router).await?)
}

enum Answer {
    Json(Value),
    /// Compressed.
    Page(Bytes),
}

async fn answer(State(record): State<Arc<Record>>, request: Request) -> Response {
    let asked = format!("{} {}", request.method(), request.uri());
    let (status, packed, body) = match say(&record, request).await {
        Ok(Answer::Json(value)) => (StatusCode::OK, false, Bytes::from(value.to_string())),
        Ok(Answer::Page(body)) => (StatusCode::OK, true, body),
        Err(why) => {
            eprintln!("replay: {asked}: {why:#}");
            let problem = json!({"reason": "invalid", "message": format!("{why:#}")});
            let error = json!({"error": {"code": 400, "message": problem["message"], "errors": [problem]}});
            (StatusCode::BAD_REQUEST, false, Bytes::from(error.to_string()))
        }
    };
    let mut response = Response::builder().status(status).header(header::CONTENT_TYPE, "application/json");
    if packed {
        response = response.header(header::CONTENT_ENCODING, "gzip");
    }
    response.body(Body::from(body)).unwrap_or_default()
}

async fn say(record: &Arc<Record>, request: Request) -> Result<Answer> {
    let path = request.uri().path().to_owned();
    let path: Vec<&str> = path.trim_start_matches("/bigquery/v2/").split('/').collect();
    let query: HashMap<String, String> = request
        .uri()
        .query()
        .unwrap_or_default()
        .split('&')
        .filter_map(|pair| pair.split_once('='))
        .map(owned)
        .collect();
    let method = request.method().clone();
    let body = to_bytes(request.into_body(), LONGEST).await?;
    let told = || serde_json::from_slice::<Value>(&body).context("no JSON");
    let value = match (&method, path.as_slice()) {
        (&Method::GET, ["projects", _, "datasets", dataset]) => dataset_named(dataset),
        (&Method::GET, ["projects", _, "datasets", _, "tables"]) => json!({"tables": [listed()], "totalItems": 1}),
        (&Method::GET, ["projects", _, "datasets", _, "tables", TABLE]) => table(record),
        (&Method::POST, ["projects", _, "queries"]) => {
            let columns = selected(&told()?["query"])?;
            record.add_job(&job_of(&columns), columns.clone());
            return page(record, &columns, 0).await;
        }
        (&Method::POST, ["projects", _, "jobs"]) => {
            let mut job = told()?;
            let columns = selected(&job["configuration"]["query"]["query"])?;
            let made = format!("job_{}", record.next());
            let id = job["jobReference"]["jobId"].as_str().unwrap_or(&made).to_owned();
            record.add_job(&id, columns);
            finish(&mut job, &id)
        }
        (&Method::GET, ["projects", _, "jobs", id]) => {
            record.job(id)?;
            finish(&mut json!({}), id)
        }
        (&Method::GET, ["projects", _, "queries", id]) => {
            let columns = record.job(id)?;
            if query.get("maxResults").is_some_and(|rows| rows == "0") {
                let mut head = record.head(&columns);
                head["jobReference"] = reference(id);
                return Ok(Answer::Json(head));
            }
            let number = query.get("pageToken").map_or(Ok(0), |token| token.parse())?;
            return page(record, &columns, number).await;
        }
        _ => bail!("not recorded"),
    };
    Ok(Answer::Json(value))
}

fn owned((name, value): (&str, &str)) -> (String, String) {
    (name.to_owned(), value.to_owned())
}

fn selected(sql: &Value) -> Result<Vec<Column>> {
    shape::selected(sql.as_str().context("no query")?)
}

async fn page(record: &Arc<Record>, columns: &[Column], number: usize) -> Result<Answer> {
    let (record, columns) = (record.clone(), columns.to_vec());
    let pages = tokio::task::spawn_blocking(move || record.pages(&columns)).await??;
    Ok(Answer::Page(pages.0.get(number).context("no such page")?.clone()))
}

/// A job that is done.
fn finish(job: &mut Value, id: &str) -> Value {
    job["kind"] = json!("bigquery#job");
    job["id"] = json!(format!("{PROJECT}:asia-northeast1.{id}"));
    job["jobReference"] = reference(id);
    job["status"] = json!({"state": "DONE"});
    let destination = json!({"projectId": PROJECT, "datasetId": RESULTS, "tableId": id});
    job["configuration"]["jobType"] = json!("QUERY");
    job["configuration"]["query"]["destinationTable"] = destination;
    job["statistics"] = json!({
        "creationTime": "1795300000000", "startTime": "1795300000000", "endTime": "1795300001000",
        "totalBytesProcessed": "0",
        "query": {"totalBytesBilled": "0", "totalBytesProcessed": "0", "cacheHit": false, "statementType": "SELECT"},
    });
    job.take()
}

fn dataset_named(id: &str) -> Value {
    json!({
        "kind": "bigquery#dataset", "id": format!("{PROJECT}:{id}"), "location": "asia-northeast1",
        "datasetReference": {"projectId": PROJECT, "datasetId": id},
    })
}

fn listed() -> Value {
    json!({
        "kind": "bigquery#table", "id": format!("{PROJECT}:{DATASET}.{TABLE}"), "type": "TABLE",
        "tableReference": {"projectId": PROJECT, "datasetId": DATASET, "tableId": TABLE},
        "timePartitioning": {"type": "DAY", "field": "timestamp"},
    })
}

/// A table into which nothing is streamed any more.
fn table(record: &Record) -> Value {
    let mut table = listed();
    table["schema"] = json!({"fields": shape::table().iter().map(Column::schema).collect::<Vec<_>>()});
    table["location"] = json!("asia-northeast1");
    table["numRows"] = json!(record.entries.count.to_string());
    table["numBytes"] = json!((record.entries.count * 900).to_string());
    table["creationTime"] = json!("1795046400000");
    table["lastModifiedTime"] = json!("1795230000000");
    table
}
