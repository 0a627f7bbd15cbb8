//! Waiting for what another process does.

#![allow(dead_code, reason = "each test file uses a part of it")]

use std::process::{Child, ExitStatus};
use std::time::{Duration, Instant};

/// Waits for a minute until something holds.
#[track_caller]
pub fn eventually(what: &str, mut holds: impl FnMut() -> bool) {
    let patience = Instant::now() + Duration::from_secs(60);
    while !holds() {
        assert!(Instant::now() < patience, "still waiting until {what}");
        std::thread::sleep(Duration::from_millis(5));
    }
}

/// How a child ended.
#[track_caller]
pub fn end(child: &mut Child) -> ExitStatus {
    let mut status = None;
    eventually("the tool ends", || {
        status = child.try_wait().unwrap();
        status.is_some()
    });
    status.unwrap()
}
