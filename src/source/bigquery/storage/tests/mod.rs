//! The API over real sockets: what is asked for, what is tried again, what comes out.

mod connections;
mod cuts;
mod faults;
mod hostile;
mod memory;
mod sessions;
mod statuses;

use std::sync::{Arc, Mutex};
use std::time::Duration;

use reqwest::Url;

use super::channel::Target;
use super::{Batches, Inner, Limits, Scan, Storage};
use crate::source::bigquery::auth::Auth;
use crate::source::bigquery::error::Error;
use crate::source::bigquery::scripted_storage::rows::numbers_of;
use crate::source::bigquery::scripted_storage::{Server, Stream, Table};

const STDOUT: &str = "projects/acme/datasets/gke/tables/stdout";
const STDERR: &str = "projects/acme/datasets/gke/tables/stderr";
const JOB: &str = "projects/acme/locations/US/jobs/job_1";

/// Gives up soon.
fn brief() -> Limits {
    Limits {
        message: Duration::from_millis(400),
        first: Duration::from_secs(3),
        later: Duration::from_secs(3),
        pause: Duration::from_millis(20),
        parallel: 4,
        ..Limits::here()
    }
}

fn within(limits: Limits, url: &str, auth: Auth) -> Storage {
    let target = Target { url: Url::parse(url).unwrap(), proxies: None };
    Storage(Arc::new(Inner::within(limits, target, auth, "acme")))
}

fn storage(server: &Server) -> Storage {
    within(brief(), &server.url(), Auth::nobody())
}

/// With time enough for what a busy machine does.
fn patient(server: &Server) -> Storage {
    let minute = Duration::from_secs(60);
    within(Limits { message: minute, first: minute, later: minute, ..brief() }, &server.url(), Auth::nobody())
}

/// What is told of calls that are tried again.
fn telling(storage: Storage) -> (Storage, Arc<Mutex<Vec<String>>>) {
    let said = Arc::new(Mutex::new(Vec::new()));
    let heard = Arc::clone(&said);
    (storage.telling(move |text| heard.lock().unwrap().push(text.to_owned())), said)
}

fn scan(table: &str) -> Scan {
    Scan { table: table.to_owned(), fields: Vec::new(), restriction: String::new(), snapshot: None }
}

/// All numbers that are still to come, in their order.
async fn rest(mut batches: Batches) -> Result<Vec<i64>, Error> {
    let mut numbers = Vec::new();
    while let Some(batch) = batches.next().await? {
        numbers.extend(numbers_of(&batch.rows));
    }
    numbers.sort_unstable();
    Ok(numbers)
}

/// All numbers of table `stdout`.
async fn read(storage: &Storage) -> Result<Vec<i64>, Error> {
    let session = storage.session(&scan(STDOUT)).await?;
    rest(storage.read(&[session])).await
}

/// A server with one table of this one stream.
fn serving(stream: Stream) -> Server {
    Server::start([Table::new(STDOUT).stream(stream)])
}
