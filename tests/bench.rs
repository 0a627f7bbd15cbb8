//! The benchmark, without its clock: `make bench` measures what must be right first.
#![cfg(feature = "bigquery")]

use std::path::Path;
use std::process::Command;

#[path = "support/mod.rs"]
mod support;

use support::Run;

#[test]
fn all_that_is_measured_does_the_same_work() {
    let tools = Path::new(env!("CARGO_BIN_EXE_lq-query")).parent().unwrap();
    let mut command = Command::new("python3");
    command.current_dir(env!("CARGO_MANIFEST_DIR")).args(["benches/bench.py", "--check"]);
    let run = Run::of(command.arg(tools)).ends(0);
    assert_eq!(run.out, "all agree\n", "{run:?}");
}
