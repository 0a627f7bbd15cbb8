//! Somebody who may write to the folder swaps what is in it while lq-split is at work. Whatever comes of
//! the run, nothing outside of the folder is touched.

use std::fs;
use std::os::unix::fs::{MetadataExt, symlink};
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::SystemTime;

use rustix::fs::{CWD, RenameFlags, renameat_with};
use serde_json::json;

use crate::scene::{SPLIT, Scene};

/// Names the other thing so, and this one as that was named, in one step.
fn swap(one: &Path, other: &Path) -> bool {
    renameat_with(CWD, one, CWD, other, RenameFlags::EXCHANGE).is_ok()
}

/// A pipe of this name, unless something has it.
fn pipe(at: &Path) {
    Command::new("mkfifo").arg(at).stderr(Stdio::null()).status().unwrap();
}

/// Swaps until it is over, and counts.
fn swaps(one: &Path, other: &Path, is_over: &AtomicBool) -> u32 {
    let mut count = 0;
    while !is_over.load(Ordering::Relaxed) {
        count += u32::from(swap(one, other));
    }
    count
}

/// What is outside: a file that nobody may write to, rename, remove or date.
struct Outside {
    inode: u64,
    modified: SystemTime,
}

impl Outside {
    fn new(scene: &Scene) -> Self {
        scene.write("outside/x.log", "precious\n");
        scene.write("outside/x.log.part", "precious\n");
        Outside::look(scene)
    }

    fn look(scene: &Scene) -> Self {
        let meta = scene.path("outside/x.log").metadata().unwrap();
        Outside { inode: meta.ino(), modified: meta.modified().unwrap() }
    }

    #[track_caller]
    fn assert_unharmed(&self, scene: &Scene, what: &str) {
        let mut names: Vec<_> =
            fs::read_dir(scene.path("outside")).unwrap().map(|file| file.unwrap().file_name()).collect();
        names.sort();
        assert_eq!(names, ["x.log", "x.log.part"], "{what}");
        for name in names {
            assert_eq!(fs::read_to_string(scene.path("outside").join(name)).unwrap(), "precious\n", "{what}");
        }
        let now = Outside::look(scene);
        assert_eq!((now.inode, now.modified), (self.inode, self.modified), "{what}");
    }
}

/// Entries of the Pods `a` and `b`, more than is written in one go.
fn input() -> String {
    let entry = |pod: &str| {
        let entry = json!({"timestamp": "2024-12-19T07:00:00Z", "namespace": "n", "pod": pod, "container": "c",
            "message": "x".repeat(100_000)});
        format!("{entry}\n")
    };
    (entry("a") + &entry("b")).repeat(4)
}

/// Runs lq-split again and again while `one` and `other` in the folder are swapped.
fn race(what: &str, words: &str, one: &str, other: &str, prepare: impl Fn(&Scene)) {
    let scene = Scene::new();
    let outside = Outside::new(&scene);
    fs::create_dir(scene.path("out")).unwrap();
    scene.write("in.jsonl", input());
    prepare(&scene);
    let is_over = AtomicBool::new(false);
    let count = thread::scope(|scope| {
        let swapper = scope.spawn(|| swaps(&scene.path(one), &scene.path(other), &is_over));
        for run in 0..12 {
            let words = words.split(' ').chain(["--dir", "out", "in.jsonl"]);
            let mut command = scene.command(SPLIT, words);
            let status = command.stdout(Stdio::null()).stderr(Stdio::null()).status().unwrap();
            assert!(matches!(status.code(), Some(0 | 2 | 3)), "{what}, run {run}: {status}");
            // What the run took away is put there again.
            prepare(&scene);
        }
        is_over.store(true, Ordering::Relaxed);
        swapper.join().unwrap()
    });
    assert!(count > 200, "{what}: only {count} swaps");
    outside.assert_unharmed(&scene, what);
}

#[test]
fn a_folder_on_the_way_is_swapped_for_a_link_again_and_again() {
    for words in ["--name {pod}/x.log", "--append --name {pod}/x.log", "--no-clobber --name {pod}/x.log"] {
        race(words, words, "out/a", "out/link", |scene| {
            let _ = fs::create_dir(scene.path("out/a"));
            let _ = symlink("../outside", scene.path("out/link"));
        });
    }
}

#[test]
fn a_file_is_swapped_for_links_of_either_kind_and_for_a_pipe_again_and_again() {
    type Plant = fn(&Scene);
    let plants: [(&str, Plant); 3] = [
        ("a link", |scene| drop(symlink("../outside/x.log", scene.path("out/planted")))),
        ("a further name", |scene| drop(fs::hard_link(scene.path("outside/x.log"), scene.path("out/planted")))),
        ("a pipe", |scene| pipe(&scene.path("out/planted"))),
    ];
    for (what, plant) in plants {
        for (words, name) in [
            ("--name {pod}.log", "out/a.log.part"),
            ("--name {pod}.log", "out/a.log"),
            ("--append --name {pod}.log", "out/a.log"),
        ] {
            race(&format!("{what} at {name}, {words}"), words, name, "out/planted", |scene| {
                if !scene.path(name).exists() {
                    scene.write(name, "");
                }
                plant(scene);
            });
        }
    }
}

#[test]
fn whatever_stands_at_a_name_is_replaced_or_refused_and_never_waited_for() {
    type Plant = fn(&Path);
    let plants: [(&str, Plant); 6] = [
        ("a link to a file", |at| symlink("../outside/x.log", at).unwrap()),
        ("a link to nothing", |at| symlink("../outside/new", at).unwrap()),
        ("a link to a folder", |at| symlink("/etc", at).unwrap()),
        ("a link to a device", |at| symlink("/dev/full", at).unwrap()),
        ("a pipe", |at| pipe(at)),
        ("somebody's file", |at| fs::write(at, "theirs\n").unwrap()),
    ];
    for (what, plant) in plants {
        for name in ["out/a.log", "out/a.log.part", "out/b.log", "out/_rest.log", "out/_rest.log.part"] {
            for mode in ["--quiet", "--append", "--no-clobber"] {
                let what = format!("{what} at {name}, {mode}");
                let scene = Scene::new();
                let outside = Outside::new(&scene);
                fs::create_dir(scene.path("out")).unwrap();
                scene.write("in.jsonl", input() + "plain\n");
                plant(&scene.path(name));
                let mut command = scene.command(SPLIT, ["--name", "{pod}.log", "--dir", "out", mode, "in.jsonl"]);
                let status = command.stderr(Stdio::null()).status().unwrap().code();
                assert!(matches!(status, Some(0 | 2 | 3)), "{what}: {status:?}");
                outside.assert_unharmed(&scene, &what);
                if status == Some(0) {
                    let written = |name: &str| fs::symlink_metadata(scene.path(name)).unwrap();
                    let is_ours = |name: &str| written(name).is_file() && written(name).nlink() == 1;
                    assert!(["out/a.log", "out/b.log", "out/_rest.log"].into_iter().all(is_ours), "{what}");
                }
            }
        }
    }
}
