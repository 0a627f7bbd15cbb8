//! The answers that BigQuery gives most: tables, jobs, results. Project `acme`, dataset `gke`.
//! <https://cloud.google.com/bigquery/docs/reference/rest>

use serde_json::{Value, json};

pub const PROJECT: &str = "acme";
pub const DATASET: &str = "gke";

/// A table of a Cloud Logging sink.
#[derive(Clone, Debug)]
pub struct Table {
    id: String,
    fields: Vec<Value>,
    /// Members of the resource beside id, schema and size.
    more: Value,
    bytes: u64,
}

/// A column: name and type, NULLABLE.
pub fn column(name: &str, kind: &str) -> Value {
    json!({"name": name, "type": kind, "mode": "NULLABLE"})
}

/// A RECORD.
pub fn record(name: &str, fields: &[Value]) -> Value {
    json!({"name": name, "type": "RECORD", "mode": "NULLABLE", "fields": fields})
}

impl Table {
    /// A table with the columns that every sink's table has, and `textPayload`.
    pub fn sink(id: &str) -> Self {
        let labels = ["project_id", "location", "cluster_name", "namespace_name", "pod_name", "container_name"];
        let labels: Vec<Value> = labels.map(|name| column(name, "STRING")).into();
        let fields = vec![
            column("logName", "STRING"),
            record("resource", &[column("type", "STRING"), record("labels", &labels)]),
            column("textPayload", "STRING"),
            column("timestamp", "TIMESTAMP"),
            column("receiveTimestamp", "TIMESTAMP"),
            column("severity", "STRING"),
            column("insertId", "STRING"),
            record("labels", &[column("k8s_pod_app", "STRING")]),
        ];
        Table { id: id.to_owned(), fields, more: json!({"type": "TABLE"}), bytes: 1 << 20 }
    }

    /// Another column.
    pub fn with(mut self, column: Value) -> Self {
        self.fields.push(column);
        self
    }

    /// `jsonPayload` with these fields.
    pub fn payload(self, fields: &[Value]) -> Self {
        self.with(record("jsonPayload", fields))
    }

    /// These columns and no others.
    pub fn columns(mut self, columns: &[Value]) -> Self {
        self.fields = columns.to_vec();
        self
    }

    /// Partitioned by day: by this column, or by arrival.
    pub fn partitioned(self, field: Option<&str>) -> Self {
        match field {
            Some(field) => self.member("timePartitioning", json!({"type": "DAY", "field": field})),
            None => self.member("timePartitioning", json!({"type": "DAY"})),
        }
    }

    pub fn view(self) -> Self {
        self.member("type", json!("VIEW"))
    }

    pub fn bytes(self, bytes: u64) -> Self {
        Table { bytes, ..self }
    }

    /// Any other member of the resource.
    pub fn member(mut self, name: &str, value: Value) -> Self {
        self.more[name] = value;
        self
    }

    /// As an item of tables.list.
    pub fn listed(&self) -> Value {
        let mut item = self.more.clone();
        item["kind"] = json!("bigquery#table");
        item["id"] = json!(format!("{PROJECT}:{DATASET}.{}", self.id));
        item["tableReference"] = json!({"projectId": PROJECT, "datasetId": DATASET, "tableId": self.id});
        item
    }

    /// As tables.get gives it.
    pub fn resource(&self) -> Value {
        let mut resource = self.listed();
        resource["schema"] = json!({"fields": self.fields});
        resource["location"] = json!("EU");
        if resource["type"] == "TABLE" {
            resource["numBytes"] = json!(self.bytes.to_string());
        }
        resource
    }
}

/// The dataset as datasets.get gives it, in the EU.
pub fn dataset(id: &str) -> Value {
    json!({
        "kind": "bigquery#dataset",
        "id": format!("{PROJECT}:{id}"),
        "datasetReference": {"projectId": PROJECT, "datasetId": id},
        "location": "EU",
        "type": "DEFAULT",
    })
}

/// datasets.list of datasets with these names.
pub fn datasets(ids: &[&str]) -> Value {
    let mut list = json!({"kind": "bigquery#datasetList", "etag": "e"});
    if !ids.is_empty() {
        list["datasets"] = ids.iter().map(|id| dataset(id)).collect();
    }
    list
}

/// A page of tables.list.
pub fn tables(items: &[Value], next: Option<&str>) -> Value {
    let mut page = json!({"kind": "bigquery#tableList", "etag": "e", "totalItems": items.len()});
    // An empty dataset has no member `tables`.
    if !items.is_empty() {
        page["tables"] = json!(items);
    }
    if let Some(next) = next {
        page["nextPageToken"] = json!(next);
    }
    page
}

/// A query job in project `acme`, location `EU`.
#[derive(Clone, Debug)]
pub struct Job {
    id: String,
    columns: Vec<Value>,
    rows: Vec<Value>,
}

impl Job {
    /// Its result has these columns: name and type.
    pub fn new(id: &str, columns: &[(&str, &str)]) -> Self {
        let columns = columns.iter().map(|(name, kind)| column(name, kind)).collect();
        Job { id: id.to_owned(), columns, rows: Vec::new() }
    }

    /// A row of its result, as it goes over the wire: strings and nulls.
    pub fn row(mut self, values: &[Value]) -> Self {
        let cells: Vec<Value> = values.iter().map(|value| json!({"v": value})).collect();
        self.rows.push(json!({"f": cells}));
        self
    }

    fn reference(&self) -> Value {
        json!({"projectId": PROJECT, "jobId": self.id, "location": "EU"})
    }

    /// jobs.query or getQueryResults while it runs.
    pub fn running(&self) -> Value {
        json!({"kind": "bigquery#queryResponse", "jobReference": self.reference(), "jobComplete": false})
    }

    /// jobs.query or getQueryResults when it is done: all rows.
    pub fn done(&self) -> Value {
        self.page(0..self.rows.len(), None)
    }

    /// A page of the result: these rows, and the token of the next page.
    pub fn page(&self, rows: std::ops::Range<usize>, next: Option<&str>) -> Value {
        let mut page = json!({
            "kind": "bigquery#queryResponse",
            "jobReference": self.reference(),
            "jobComplete": true,
            "schema": {"fields": self.columns},
            "totalRows": self.rows.len().to_string(),
            "totalBytesProcessed": "1048576",
            "cacheHit": false,
        });
        // An empty page has no member `rows`.
        if !rows.is_empty() {
            page["rows"] = json!(self.rows[rows]);
        }
        if let Some(next) = next {
            page["pageToken"] = json!(next);
        }
        page
    }

    /// jobs.get: the job, in `state` RUNNING or DONE, and what it billed.
    pub fn resource(&self, state: &str, billed: u64) -> Value {
        let query = json!({"totalBytesProcessed": billed.to_string(), "totalBytesBilled": billed.to_string(),
            "cacheHit": false});
        json!({
            "kind": "bigquery#job",
            "id": format!("{PROJECT}:EU.{}", self.id),
            "jobReference": self.reference(),
            "configuration": {"jobType": "QUERY", "query": {"useLegacySql": false}},
            "status": {"state": state},
            "statistics": {"totalBytesProcessed": billed.to_string(), "query": query},
        })
    }

    /// jobs.get of a job that failed.
    pub fn failed(&self, reason: &str, message: &str) -> Value {
        let error = json!({"reason": reason, "message": message});
        let mut job = self.resource("DONE", 0);
        job["status"]["errors"] = json!([error.clone()]);
        job["status"]["errorResult"] = error;
        job
    }

    /// jobs.cancel.
    pub fn cancelled(&self) -> Value {
        json!({"kind": "bigquery#jobCancelResponse", "job": self.resource("RUNNING", 0)})
    }
}

/// The answer to a dry run: what the query would read, and no job.
pub fn dry_run(bytes: u64) -> Value {
    json!({
        "kind": "bigquery#queryResponse",
        "jobReference": {"projectId": PROJECT, "location": "EU"},
        "jobComplete": true,
        "schema": {"fields": [column("timestamp", "TIMESTAMP")]},
        "totalBytesProcessed": bytes.to_string(),
        "cacheHit": false,
    })
}
