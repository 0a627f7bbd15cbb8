//! Folders that are removed midway, and folders that two runs share.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::Ordering;

use crate::promise::{Came, Tool};
use crate::scene::{Live, MANY, Scene, entries};
use crate::table::{Fault, holds};

/// A tool that loses a folder midway, and is given more to read behind that.
fn without(tool: Tool, folder: impl Fn(&Scene) -> PathBuf) -> Vec<Came> {
    let scene = Scene::new();
    let mut live = scene.at_work(tool);
    let _ = fs::remove_dir_all(folder(&scene));
    live.feed();
    live.close();
    vec![live.end(&scene)]
}

#[test]
fn temporary_files_lose_their_folder() {
    holds(Fault::RemovedTemporary, |tool| without(tool, |scene| scene.tmp.clone()));
}

#[test]
fn files_lose_their_folder() {
    holds(Fault::RemovedFolder, |tool| without(tool, |scene| scene.out.clone()));
}

#[test]
fn what_is_remembered_loses_its_folder() {
    holds(Fault::RemovedHome, |tool| {
        let scene = Scene::new();
        let first = scene.file("first.json", entries(10, 2));
        Live::start(&mut scene.command(tool, &[first.to_str().unwrap()]), 10).end(&scene);
        assert!(remembered(&scene.home) > 0);
        let mut live = scene.at_work(tool);
        fs::remove_dir_all(scene.home.join(".local")).unwrap();
        live.close();
        let came = live.end(&scene);
        // Of standard input nothing is remembered.
        Live::start(&mut scene.command(tool, &[first.to_str().unwrap()]), 10).end(&scene);
        assert!(remembered(&scene.home) > 0);
        let mut came = vec![Came { wanted: if tool == Tool::Ls { 2 } else { MANY }, ..came }];
        #[cfg(feature = "bigquery")]
        for folder in [".local", ".cache"] {
            came.push(crate::network::whole(&scene, &[], tool, || {
                let _ = fs::remove_dir_all(scene.home.join(folder));
            }));
        }
        came
    });
}

/// How many containers are remembered below a home.
fn remembered(home: &Path) -> usize {
    let files = fs::read_dir(home.join(".local/state/lq")).into_iter().flatten().flatten();
    let texts = files.map(|file| fs::read_to_string(file.path()).unwrap());
    texts.map(|text| text.lines().filter(|line| line.contains("\"container\"")).count()).sum()
}

#[test]
fn two_runs_share_a_folder() {
    holds(Fault::TwoRuns, |tool| {
        let scene = Scene::new();
        scene.has_halves.store(true, Ordering::Relaxed);
        if tool == Tool::Split {
            let mut first = scene.at_work(tool);
            let input = scene.file("input.json", entries(10, 2));
            let second = Live::start(&mut scene.command(tool, &[input.to_str().unwrap()]), 0).end(&scene);
            first.close();
            let first = first.end(&scene);
            assert_eq!((first.status, first.dir.iter().map(|(_, lines)| lines).sum()), (0, MANY), "{first:?}");
            assert!(first.dir.iter().all(|(name, _)| !name.ends_with(".part")), "{first:?}");
            return vec![second];
        }
        let input = scene.file("input.json", entries(MANY, 20));
        let runs: Vec<_> = (0..20)
            .map(|pod| {
                let mut command = scene.command(tool, &[input.to_str().unwrap()]);
                command.args(["--pod", &format!("^web-{pod}$")]);
                Live::start(&mut command, if tool == Tool::Ls { 1 } else { MANY / 20 })
            })
            .collect();
        let mut came: Vec<Came> = runs.into_iter().map(|live| live.end(&scene)).collect();
        assert_eq!(remembered(&scene.home), 20);
        // One that is stopped while it remembers is not waited for.
        let lock = fs::File::options().write(true).open(scene.home.join(".local/state/lq/names.lock")).unwrap();
        lock.lock().unwrap();
        let wanted = if tool == Tool::Ls { 20 } else { MANY };
        came.push(Live::start(&mut scene.command(tool, &[input.to_str().unwrap()]), wanted).end(&scene));
        lock.unlock().unwrap();
        #[cfg(feature = "bigquery")]
        std::thread::scope(|scope| {
            let runs: Vec<_> =
                (0..5).map(|_| scope.spawn(|| crate::network::whole(&scene, &[], tool, || {}))).collect();
            came.extend(runs.into_iter().map(|run| run.join().unwrap()));
        });
        scene.has_halves.store(false, Ordering::Relaxed);
        scene.is_clean();
        #[cfg(feature = "bigquery")]
        if tool == Tool::Query {
            let files = fs::read_dir(scene.home.join(".cache/lq")).unwrap();
            let names = files.map(|file| file.unwrap().file_name().into_string().unwrap());
            assert_eq!(names.filter(|name| name.starts_with("slice-")).count(), 5, "each has another server");
        }
        came
    });
}
