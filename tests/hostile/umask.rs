//! Who may read what the tools write: files of logs whoever the user's umask lets, what lq keeps for
//! itself nobody else; and what is put by while sorting is gone with the process, however that ends.

use std::fs;
use std::io::Write;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Stdio;

use crate::scene::{QUERY, SPLIT, Scene};
use crate::support::{Log, eventually, lines};

fn mode(path: &Path) -> u32 {
    fs::symlink_metadata(path).unwrap().permissions().mode() & 0o777
}

#[test]
fn files_of_logs_follow_the_umask_and_what_lq_remembers_is_private() {
    for (umask, file, folder) in
        [("000", 0o666, 0o777), ("002", 0o664, 0o775), ("022", 0o644, 0o755), ("077", 0o600, 0o700)]
    {
        let scene = Scene::new();
        scene.write("logs.jsonl", lines(&[Log::at("2024-12-19T07:00:00Z")]) + "plain\n");
        let run = |before: &str, tool: &str, words: &str| {
            let output = scene.behind(before, tool, words).output().unwrap();
            assert!(output.status.success() || output.status.code() == Some(3), "{output:?}");
        };
        let umask_before = format!("umask {umask}");
        run(&umask_before, QUERY, "--source logs.jsonl --at 2024-12-19 -r day");
        run(&umask_before, SPLIT, "--name {namespace}/{pod}.log --dir out/deep logs.jsonl");
        run(&umask_before, SPLIT, "--append --name {namespace}/{pod}.log --dir live logs.jsonl");
        run(&umask_before, SPLIT, "--compress zst --dir packed logs.jsonl");
        let is_kept = |path: &PathBuf| path.starts_with(".local") || path.starts_with(".cache");
        let (kept, written): (Vec<PathBuf>, Vec<PathBuf>) = scene.all().into_iter().partition(is_kept);
        assert!(kept.iter().any(|path| scene.path(path).is_file()), "{kept:?}");
        for path in kept {
            let wanted = if scene.path(&path).is_dir() { 0o700 } else { 0o600 };
            assert_eq!(mode(&scene.path(&path)), wanted, "umask {umask}: {}", path.display());
        }
        let written: Vec<_> = written.into_iter().filter(|path| path != Path::new("logs.jsonl")).collect();
        assert_eq!(written.len(), 5 + 4 + 3, "{written:?}");
        for path in written {
            let wanted = if scene.path(&path).is_dir() { folder } else { file };
            assert_eq!(mode(&scene.path(&path)), wanted, "umask {umask}: {}", path.display());
        }
    }
}

/// The modes of the files that a process has open in a folder, by number.
#[cfg(target_os = "linux")]
fn open_files(process: u32, folder: &Path) -> Vec<u32> {
    let open = fs::read_dir(format!("/proc/{process}/fd")).into_iter().flatten().flatten().map(|file| file.path());
    let open = open.filter(|file| fs::read_link(file).is_ok_and(|to| to.starts_with(folder)));
    open.filter_map(|file| Some(file.metadata().ok()?.permissions().mode() & 0o777)).collect()
}

#[cfg(target_os = "linux")]
#[test]
fn what_is_sorted_on_disk_has_no_name_and_is_gone_with_a_killed_run() {
    let scene = Scene::new();
    let folder = scene.path("tmp");
    fs::create_dir(&folder).unwrap();
    let mut command = scene.behind("umask 000", QUERY, "--source - --memory 1MiB --at 2024-12-19 -r day");
    command.env("TMPDIR", &folder).stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null());
    let mut child = command.spawn().unwrap();
    let mut stdin = child.stdin.take().unwrap();
    let log = Log::at("2024-12-19T07:00:00Z").says("secret of a customer ".repeat(400));
    let much = lines(std::iter::repeat_n(&log, 1_000));
    stdin.write_all(much.as_bytes()).unwrap();
    eventually("something is sorted on disk", || !open_files(child.id(), &folder).is_empty());
    assert!(open_files(child.id(), &folder).iter().all(|mode| *mode == 0o600));
    assert_eq!(fs::read_dir(&folder).unwrap().count(), 0, "it has no name");
    child.kill().unwrap();
    child.wait().unwrap();
    assert_eq!(fs::read_dir(&folder).unwrap().count(), 0);
    let written: Vec<_> = scene.all().into_iter().filter(|path| path != Path::new("tmp")).collect();
    assert!(written.is_empty(), "{written:?}");
}
