//! Signals: to tools that read standard input, and to those that wait for a job in BigQuery.

use rustix::process::Signal;

use crate::promise::{Came, Tool};
use crate::scene::{Live, MANY, Scene, entries};
use crate::support::eventually;
use crate::table::{Fault, holds};

/// One signal to a tool at work.
fn one(signal: Signal) -> impl Fn(Tool) -> Vec<Came> + Sync {
    move |tool| {
        let mut came = vec![reading(tool, signal)];
        #[cfg(feature = "bigquery")]
        if matches!(tool, Tool::Query | Tool::Ls) {
            came.push(crate::network::signalled(&Scene::new(), tool, &[signal]));
        }
        came
    }
}

/// Whoever starts the tests may ignore SIGHUP, and what is ignored stays so.
const NOT_IGNORED: &[&str] = &["env", "--default-signal=HUP"];

fn reading(tool: Tool, signal: Signal) -> Came {
    let scene = Scene::new();
    let mut live = scene.at_work_as(scene.command_behind(NOT_IGNORED, tool, &["-"]), tool);
    live.send(signal);
    if (tool, signal) == (Tool::Split, Signal::INT) {
        live.said("reading on to the end");
        live.feed();
        live.close();
    }
    live.end(&scene)
}

#[test]
fn kill_9() {
    holds(Fault::Kill, one(Signal::KILL));
}

#[test]
fn kill_9_of_the_tool_in_front() {
    holds(Fault::FrontKilled, |tool| {
        let (scene, front) = (Scene::new(), Scene::new());
        let input = front.file("input.json", entries(MANY, 2));
        let mut query = Live::unread(&mut front.command(Tool::Query, &[input.to_str().unwrap()]), MANY);
        let pipe = query.stdout();
        eventually("the pipe is full", || rustix::io::ioctl_fionread(&pipe).unwrap() > 60_000);
        query.send(Signal::KILL);
        query.end(&front);
        let words: &[&str] = if tool == Tool::Split { &["-", "--sealed"] } else { &["-"] };
        vec![Live::start(scene.command(tool, words).stdin(pipe), MANY).end(&scene)]
    });
}

#[test]
fn again_after_kill_9() {
    holds(Fault::Again, |tool| {
        let scene = Scene::new();
        let live = scene.at_work(tool);
        live.send(Signal::KILL);
        live.end(&scene);
        let input = scene.file("input.json", entries(MANY, 2));
        let wanted = if tool == Tool::Ls { 2 } else { MANY };
        let mut came = vec![Live::start(&mut scene.command(tool, &[input.to_str().unwrap()]), wanted).end(&scene)];
        #[cfg(feature = "bigquery")]
        if matches!(tool, Tool::Query | Tool::Ls) {
            crate::network::signalled(&scene, tool, &[Signal::KILL]);
            came.push(crate::network::whole(&scene, &[], tool, || {}));
        }
        came
    });
}

#[test]
fn ctrl_c() {
    holds(Fault::Interrupt, one(Signal::INT));
}

#[test]
fn sigterm() {
    holds(Fault::Terminate, one(Signal::TERM));
}

#[test]
fn sighup() {
    holds(Fault::HangUp, one(Signal::HUP));
}

#[test]
fn sighup_under_nohup() {
    holds(Fault::HangUpIgnored, |tool| {
        let scene = Scene::new();
        let mut live = scene.at_work_as(scene.command_behind(&["nohup"], tool, &["-"]), tool);
        live.send(Signal::HUP);
        live.feed();
        live.close();
        let came = live.end(&scene);
        // What comes again is a twin.
        let wanted = match tool {
            Tool::Query => MANY,
            Tool::Split | Tool::Fmt => 2 * MANY,
            Tool::Ls => 2,
        };
        vec![Came { wanted, ..came }]
    });
}

/// A tool that hangs in a reader that does not read, if its output is long enough for that; `signalled`
/// until it ends.
fn stuck(tool: Tool, mut signalled: impl FnMut(&Live)) -> Came {
    let scene = Scene::new();
    let input = scene.file("input.json", entries(MANY, 600));
    let words: &[&str] = if tool == Tool::Split { &["--tee"] } else { &[] };
    let mut command = scene.command(tool, &[words, &[input.to_str().unwrap()]].concat());
    let mut live = Live::unread(&mut command, MANY);
    let stdout = live.stdout();
    eventually("the pipe is full", || rustix::io::ioctl_fionread(&stdout).unwrap() > 60_000);
    eventually("it has ended", || {
        signalled(&live);
        live.has_ended()
    });
    live.end(&scene)
}

#[test]
fn sigterm_while_the_reader_hangs() {
    holds(Fault::TerminateStuck, |tool| {
        let mut once = Some(Signal::TERM);
        let came = stuck(tool, |live| once.take().into_iter().for_each(|signal| live.send(signal)));
        assert!(came.dir.iter().all(|(name, _)| name.ends_with(".part")), "{:?}", came.dir);
        vec![came]
    });
}

#[test]
fn ctrl_c_twice() {
    holds(Fault::InterruptTwice, |tool| {
        if tool == Tool::Split {
            let scene = Scene::new();
            let live = scene.at_work(tool);
            live.send(Signal::INT);
            live.said("once more stops at once");
            live.send(Signal::INT);
            return vec![live.end(&scene)];
        }
        // Signals that come close upon each other are one.
        let mut came = vec![stuck(tool, |live| live.send(Signal::INT))];
        #[cfg(feature = "bigquery")]
        if tool != Tool::Fmt {
            came.push(crate::network::signalled(&Scene::new(), tool, &[Signal::INT, Signal::INT]));
        }
        came
    });
}
