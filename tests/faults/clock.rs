//! A clock that jumps while the tools work: libfaketime stands between them and the system's.

use std::fs;
use std::path::PathBuf;

use crate::promise::{Came, Tool};
use crate::scene::{MANY, Scene};
use crate::table::{Fault, holds};

/// <https://github.com/wolfcw/libfaketime>; `make tools` installs it.
fn library() -> PathBuf {
    let folders = fs::read_dir("/usr/lib").unwrap().flatten().map(|folder| folder.path());
    let mut found = folders.map(|folder| folder.join("faketime/libfaketimeMT.so.1")).filter(|file| file.is_file());
    found.next().expect("libfaketime; `make tools` installs it")
}

/// The end of the day that all ask for.
const START: &str = "@2024-12-20 00:00:00\n";

fn jumps(fault: Fault, to: &'static str) {
    holds(fault, |tool| {
        let scene = Scene::new();
        let clock = scene.file("clock", START);
        // As on a real machine: a clock that is set does not set the one that measures time.
        let settings = ["FAKETIME_NO_CACHE=1", "FAKETIME_DONT_FAKE_MONOTONIC=1"];
        let settings = settings.map(str::to_owned).into_iter();
        let settings = settings.chain([format!("FAKETIME_TIMESTAMP_FILE={}", clock.display())]);
        let words = settings.chain([format!("LD_PRELOAD={}", library().display())]).collect::<Vec<_>>();
        let env: Vec<&str> = ["env"].into_iter().chain(words.iter().map(String::as_str)).collect();
        let mut live = scene.at_work_as(scene.command_behind(&env, tool, &["-"]), tool);
        fs::write(&clock, to).unwrap();
        live.close();
        let came = live.end(&scene);
        let mut came = vec![Came { wanted: if tool == Tool::Ls { 2 } else { MANY }, ..came }];
        #[cfg(feature = "bigquery")]
        if matches!(tool, Tool::Query | Tool::Ls) {
            fs::write(&clock, START).unwrap();
            came.push(crate::network::whole(&scene, &env, tool, || fs::write(&clock, to).unwrap()));
        }
        came
    });
}

#[test]
fn forward() {
    jumps(Fault::ClockForward, "@2034-12-20 00:00:00\n");
}

#[test]
fn back() {
    jumps(Fault::ClockBack, "@2014-12-20 00:00:00\n");
}
