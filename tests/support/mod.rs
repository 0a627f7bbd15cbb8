//! What the tests stand on: log records in every dialect, archives to hold them, runs of the tools.

#![allow(dead_code, unused_imports, reason = "each test file uses a part of it")]

use std::fs;
use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use serde_json::{Value, json};
use tempfile::TempDir;

mod wait;
pub use wait::{end, eventually};

/// One record of a container, to be written in any dialect.
#[derive(Clone, Debug)]
pub struct Log {
    pub time: String,
    pub severity: &'static str,
    pub cluster: String,
    pub namespace: String,
    pub pod: String,
    pub container: String,
    pub stream: String,
    pub says: Value,
    pub id: Option<String>,
}

impl Log {
    /// `time` is RFC 3339 in UTC.
    pub fn at(time: impl Into<String>) -> Self {
        Log {
            time: time.into(),
            severity: "INFO",
            cluster: "east".into(),
            namespace: "shop".into(),
            pod: "web-1".into(),
            container: "web".into(),
            stream: "stdout".into(),
            says: "hello".into(),
            id: None,
        }
    }

    pub fn says(self, says: impl Into<Value>) -> Self {
        Log { says: says.into(), ..self }
    }

    pub fn id(self, id: impl Into<String>) -> Self {
        Log { id: Some(id.into()), ..self }
    }

    pub fn of(self, namespace: &str, pod: &str, container: &str) -> Self {
        Log { namespace: namespace.into(), pod: pod.into(), container: container.into(), ..self }
    }

    pub fn stream(self, stream: &str) -> Self {
        Log { stream: stream.into(), ..self }
    }

    pub fn severity(self, severity: &'static str) -> Self {
        Log { severity, ..self }
    }

    /// As Cloud Logging's sink writes it into files.
    pub fn sink(&self) -> Value {
        let mut value = json!({
            "labels": {"compute.googleapis.com/resource_name": "node-1", "k8s-pod/app": self.container},
            "logName": format!("projects/acme/logs/{}", self.stream),
            "receiveTimestamp": "2024-12-19T23:59:59Z",
            "resource": {"labels": self.resource_labels(), "type": "k8s_container"},
            "severity": self.severity,
            "timestamp": self.time,
        });
        match &self.says {
            Value::String(text) => value["textPayload"] = format!("{text}\n").into(),
            payload => value["jsonPayload"] = payload.clone(),
        }
        if let Some(id) = &self.id {
            value["insertId"] = json!(id);
        }
        value
    }

    /// As `bq extract` writes a row of the sink's tables: every column, mangled labels, BigQuery's time.
    pub fn table_row(&self) -> Value {
        let is_text = self.says.is_string();
        json!({
            "logName": format!("projects/acme/logs/{}", self.stream),
            "resource": {"type": "k8s_container", "labels": self.resource_labels()},
            "textPayload": if is_text { self.says.clone() } else { Value::Null },
            "jsonPayload": if is_text { Value::Null } else { self.says.clone() },
            "timestamp": self.time.replace('T', " ").replace('Z', " UTC"),
            "severity": self.severity,
            "insertId": self.id,
            "httpRequest": null,
            "labels": {"k8s_pod_app": self.container},
            "trace": null,
        })
    }

    /// As a query of Log Analytics gives it, JSON columns as strings.
    pub fn analytics_row(&self) -> Value {
        let is_text = self.says.is_string();
        json!({
            "log_name": format!("projects/acme/logs/{}", self.stream),
            "resource": {"type": "k8s_container", "labels": self.resource_labels().to_string()},
            "text_payload": if is_text { self.says.clone() } else { Value::Null },
            "json_payload": if is_text { Value::Null } else { self.says.to_string().into() },
            "timestamp": self.time,
            "severity": self.severity,
            "insert_id": self.id,
            "labels": json!({"k8s-pod/app": self.container}).to_string(),
        })
    }

    /// As lq-query writes it.
    pub fn entry(&self) -> Value {
        let text = match &self.says {
            Value::String(text) => text.clone(),
            payload => ["message", "msg", "log"]
                .iter()
                .find_map(|key| payload[key].as_str())
                .map_or_else(|| payload.to_string(), |text| text.strip_suffix('\n').unwrap_or(text).to_owned()),
        };
        let mut value = json!({
            "timestamp": self.time,
            "severity": self.severity,
            "cluster": self.cluster,
            "namespace": self.namespace,
            "pod": self.pod,
            "container": self.container,
            "stream": self.stream,
            "message": text,
        });
        if !self.says.is_string() {
            value["payload"] = self.says.clone();
        }
        if let Some(id) = &self.id {
            value["insertId"] = json!(id);
        }
        value
    }

    fn resource_labels(&self) -> Value {
        json!({
            "cluster_name": self.cluster,
            "container_name": self.container,
            "location": "asia-northeast1",
            "namespace_name": self.namespace,
            "pod_name": self.pod,
            "project_id": "acme",
        })
    }
}

/// One line for each record, in the sink's dialect.
pub fn lines<'a>(logs: impl IntoIterator<Item = &'a Log>) -> String {
    logs.into_iter().map(|log| format!("{}\n", log.sink())).collect()
}

/// A folder for the length of a test.
pub struct Archive {
    dir: TempDir,
}

impl Archive {
    pub fn new() -> Self {
        Archive { dir: tempfile::tempdir().unwrap() }
    }

    /// An archive of one file `logs.json`.
    pub fn of<'a>(logs: impl IntoIterator<Item = &'a Log>) -> Self {
        let archive = Archive::new();
        archive.file("logs.json", lines(logs));
        archive
    }

    pub fn path(&self) -> &Path {
        self.dir.path()
    }

    pub fn join(&self, path: impl AsRef<Path>) -> PathBuf {
        self.dir.path().join(path)
    }

    /// Writes a file, and the folders above it.
    pub fn file(&self, path: impl AsRef<Path>, bytes: impl AsRef<[u8]>) -> PathBuf {
        let path = self.join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, bytes).unwrap();
        path
    }

    /// Writes the file of an hour of 2024-12-19 into a sink's tree.
    pub fn hour<'a>(&self, log: &str, hour: u32, logs: impl IntoIterator<Item = &'a Log>) -> PathBuf {
        self.file(hour_path(log, hour), lines(logs))
    }

    /// Runs lq-query on the archive, its window the whole of 2024-12-19 unless `words` say another.
    pub fn query(&self, words: &str) -> Run {
        let mut command = self.command(words);
        if !["--since", "--until", "--at", "--around"].iter().any(|flag| words.contains(flag)) {
            command.args(["--at", "2024-12-19", "-r", "day"]);
        }
        Run::of(&mut command)
    }

    /// lq-query on the archive, to be run.
    pub fn command(&self, words: &str) -> Command {
        let mut command = lq_query();
        command.arg("--source").arg(self.path()).args(words.split_whitespace());
        command
    }
}

/// `stdout/2024/12/19/07:00:00_07:59:59_S0.json`
pub fn hour_path(log: &str, hour: u32) -> String {
    format!("{log}/2024/12/19/{hour:02}:00:00_{hour:02}:59:59_S0.json")
}

/// lq-query in an empty environment, in UTC.
pub fn lq_query() -> Command {
    tool(env!("CARGO_BIN_EXE_lq-query"))
}

/// lq-ls, likewise.
pub fn lq_ls() -> Command {
    tool(env!("CARGO_BIN_EXE_lq-ls"))
}

fn tool(program: &str) -> Command {
    let mut command = Command::new(program);
    command.env_clear().env("PATH", std::env::var_os("PATH").unwrap_or_default());
    command.env("HOME", "/nonexistent").env("TZ", "UTC").stdin(Stdio::null());
    command
}

/// What came of a run.
#[derive(Debug)]
pub struct Run {
    pub out: String,
    pub err: String,
    pub status: Option<i32>,
}

impl Run {
    pub fn of(command: &mut Command) -> Self {
        command.output().unwrap().into()
    }

    /// With these bytes on standard input, from a pipe.
    pub fn fed(command: &mut Command, input: &[u8]) -> Self {
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let mut stdin = child.stdin.take().unwrap();
        let input = input.to_vec();
        let feeder = std::thread::spawn(move || drop(stdin.write_all(&input)));
        let run = child.wait_with_output().unwrap().into();
        feeder.join().unwrap();
        run
    }

    /// The lines of standard output as JSON.
    pub fn values(&self) -> Vec<Value> {
        self.out.lines().map(|line| serde_json::from_str(line).unwrap_or_else(|e| panic!("{e}: {line}"))).collect()
    }

    /// The member `key` of every entry, as text.
    pub fn all(&self, key: &str) -> Vec<String> {
        self.values().iter().filter_map(|entry| Some(entry.get(key)?.as_str()?.to_owned())).collect()
    }

    pub fn messages(&self) -> Vec<String> {
        self.all("message")
    }

    /// Why the stream is not whole, as its last line says.
    #[track_caller]
    pub fn failed(&self) -> String {
        let last = self.values().pop().unwrap_or_default();
        last["lq"]["failed"].as_str().unwrap_or_else(|| panic!("no failed line: {self:#?}")).to_owned()
    }

    /// Asserts the status, and shows what the run said where it is another.
    #[track_caller]
    pub fn ends(self, status: i32) -> Self {
        assert_eq!(self.status, Some(status), "{self:#?}");
        self
    }

    /// Asserts that standard error has this in it.
    #[track_caller]
    pub fn says(self, text: &str) -> Self {
        assert!(self.err.contains(text), "`{text}` is missing in:\n{}", self.err);
        self
    }

    #[track_caller]
    pub fn says_nothing_of(self, text: &str) -> Self {
        assert!(!self.err.contains(text), "`{text}` is in:\n{}", self.err);
        self
    }
}

impl From<Output> for Run {
    fn from(output: Output) -> Self {
        Run {
            out: String::from_utf8(output.stdout).unwrap(),
            err: String::from_utf8(output.stderr).unwrap(),
            status: output.status.code(),
        }
    }
}

/// The command where no more than so many threads may run. The limit holds for a user, and not for root: who runs as
/// root is somebody else here, and needs a copy of the tool where they may read it, in `folder`.
#[cfg(target_os = "linux")]
pub fn with_threads(most: usize, command: &Command, folder: &Path) -> Command {
    use std::os::unix::fs::PermissionsExt;
    use std::os::unix::process::CommandExt;
    let tool = folder.join("tool");
    std::fs::set_permissions(folder, PermissionsExt::from_mode(0o755)).unwrap();
    std::fs::copy(command.get_program(), &tool).unwrap();
    let mut limited = Command::new("prlimit");
    limited.arg(format!("--nproc={most}")).arg(&tool).args(command.get_args()).env_clear().current_dir("/");
    limited.envs(command.get_envs().filter_map(|(name, value)| Some((name, value?))));
    if rustix::process::geteuid().is_root() {
        limited.uid(65534);
    }
    limited
}

pub fn gz(bytes: impl AsRef<[u8]>) -> Vec<u8> {
    let mut out = Vec::new();
    flate2::read::GzEncoder::new(bytes.as_ref(), flate2::Compression::fast()).read_to_end(&mut out).unwrap();
    out
}

pub fn zst(bytes: impl AsRef<[u8]>) -> Vec<u8> {
    let mut encoder = zstd::Encoder::new(Vec::new(), 1).unwrap();
    encoder.include_checksum(true).unwrap(); // as the zstd command does
    encoder.write_all(bytes.as_ref()).unwrap();
    encoder.finish().unwrap()
}
