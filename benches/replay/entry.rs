//! One made-up log entry.

/// As a row of a sink's table.
pub struct Entry<'a> {
    /// Unix time in microseconds.
    pub time: i64,
    pub received: i64,
    pub severity: &'static str,
    pub insert_id: String,
    pub pod: &'a Pod,
    /// `None` where it is structured.
    pub text: Option<String>,
    pub payload: Option<Payload>,
}

pub struct Pod {
    pub namespace: &'static str,
    pub name: String,
    pub container: &'static str,
    pub app: &'static str,
    pub node: String,
}

/// A structured log, as a web service writes it. Every number of JSON is a FLOAT in a sink's table.
pub struct Payload {
    pub level: &'static str,
    pub message: String,
    pub logger: &'static str,
    pub thread: String,
    pub user: Option<String>,
    pub request: String,
    pub trace: String,
    pub host: &'static str,
    pub address: String,
    pub latency: f64,
    pub bytes: f64,
    pub is_cached: bool,
    pub tags: &'static [&'static str],
    pub http: Http,
}

pub struct Http {
    pub method: &'static str,
    pub path: String,
    pub status: f64,
    pub agent: &'static str,
}
