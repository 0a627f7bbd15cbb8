//! The threads that wait for BigQuery.

use std::io;
use std::sync::Mutex;
use std::thread;

use tokio::runtime::{Builder, Runtime};

use super::read::MAKERS;
use crate::tool::no_thread;

/// One waits while another decodes what came.
const WORKERS: usize = 2;

/// Those that begin later: one reads the slices, one asks for the addresses of names, and those that make entries.
const OTHERS: usize = 2 + MAKERS;

/// Starts them. Fails where the system allows no more threads.
pub(super) fn start() -> io::Result<Runtime> {
    has_room(WORKERS + OTHERS).map_err(no_thread)?;
    Builder::new_multi_thread().worker_threads(WORKERS).enable_all().build()
}

/// Fails where so many threads cannot run at a time: tokio panics where it cannot start one of its own.
fn has_room(threads: usize) -> io::Result<()> {
    let gate = Mutex::new(());
    thread::scope(|scope| {
        let _closed = gate.lock();
        let mut numbers = 0..threads;
        numbers.try_for_each(|_| thread::Builder::new().spawn_scoped(scope, || drop(gate.lock())).map(drop))
    })
}
