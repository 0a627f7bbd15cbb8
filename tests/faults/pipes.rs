//! Closed pipes, and a full disk behind standard output.

use std::fs::File;
use std::io::Read;
use std::process::Command;

use crate::promise::{Came, Tool};
use crate::scene::{Live, MANY, Scene, entries};
use crate::table::{Fault, holds};

/// A tool that has much to write.
fn much(scene: &Scene, tool: Tool) -> Command {
    let input = scene.file("input.json", entries(MANY, 600));
    let mut words = vec![input.to_str().unwrap()];
    if tool == Tool::Split {
        words.push("--tee");
    }
    scene.command(tool, &words)
}

#[test]
fn the_reader_is_gone_at_once() {
    holds(Fault::ReaderGoneAtOnce, |tool| {
        let scene = Scene::new();
        let (reader, writer) = std::io::pipe().unwrap();
        drop(reader);
        let mut command = much(&scene, tool);
        let live = Live::start(command.stdout(writer), MANY);
        // The command has the other end of the pipe as long as it lives.
        drop(command);
        let mut came = vec![live.end(&scene)];
        #[cfg(feature = "bigquery")]
        if matches!(tool, Tool::Query | Tool::Ls) {
            came.push(crate::network::unread(tool));
        }
        came
    });
}

#[test]
fn the_reader_goes_midway() {
    holds(Fault::ReaderGoneMidway, |tool| {
        let scene = Scene::new();
        let mut live = Live::unread(&mut much(&scene, tool), MANY);
        let mut stdout = live.stdout();
        stdout.read_exact(&mut [0; 1000]).unwrap();
        drop(stdout);
        vec![live.end(&scene)]
    });
}

#[test]
fn a_full_disk_behind_standard_output() {
    holds(Fault::FullOutput, |tool| -> Vec<Came> {
        let scene = Scene::new();
        let full = File::options().write(true).open("/dev/full").unwrap();
        vec![Live::start(much(&scene, tool).stdout(full), MANY).end(&scene)]
    });
}
