//! At the limits of the machine: descriptors, file sizes, full disks, memory, rights.

use std::fmt::Write as _;
use std::io::Write;
use std::os::unix::fs::PermissionsExt;

use crate::scene::{Ran, Scene, entry};

#[test]
fn five_thousand_pods_with_thirty_two_descriptors() {
    let scene = Scene::new();
    let mut input = String::new();
    for round in 0..3 {
        for pod in 0..5000 {
            input.push_str(&entry(&format!("pod-{pod}"), &format!("{round} of {pod}")));
        }
    }
    scene.write("input.json", input);
    for flag in ["--quiet", "--append", "--compress=zst"] {
        scene.shell(&format!("ulimit -n 32; lq-split --dir out {flag} --name '{{pod}}.log' input.json")).status(0);
    }
    assert_eq!(scene.files("out").len(), 10_000);
    for pod in 0..5000 {
        let once = format!("0 of {pod}\n1 of {pod}\n2 of {pod}\n");
        assert_eq!(scene.read(&format!("out/pod-{pod}.log")), once.repeat(2));
    }
}

#[test]
fn at_the_limit_of_file_sizes_the_run_stops_and_names_the_file() {
    let scene = Scene::new();
    let mut input = entry("b", "small");
    for n in 0..2000 {
        input.push_str(&entry("a", &format!("{n:0400}")));
    }
    scene.write("input.json", input);
    // 1024 bytes each: about half of what a would have.
    let ran = scene.shell("ulimit -f 400; lq-split --dir out input.json").status(3);
    ran.says("lq-split: cannot write out/a_ns_app.log.part: File too large")
        .says("2 unfinished files")
        .says("ulimit -f");
    assert_eq!(scene.files("out"), ["a_ns_app.log.part", "b_ns_app.log.part"]);
    assert_eq!(scene.read("out/b_ns_app.log.part"), "small\n");
    assert!(scene.read("out/a_ns_app.log.part").starts_with(&format!("{:0400}\n{:0400}\n", 0, 1)));
}

#[test]
fn what_was_on_its_way_when_a_file_could_grow_no_more_is_written_to_the_others_in_order() {
    for flag in ["--quiet", "--append"] {
        let scene = Scene::new();
        let line = |n: usize| format!("{n:0100}\n");
        // One Pod speaks as much as the three others together: its file is full first.
        let pods = ["a", "b", "a", "c", "a", "d"];
        let input: String = (0..60_000).map(|n| entry(pods[n % 6], line(n).trim_end())).collect();
        scene.write("input.json", input);
        // 1024 bytes each.
        let run = format!("ulimit -f 1500; lq-split --dir out {flag} --name '{{pod}}.log' input.json");
        scene.shell(&run).status(3).says("cannot write out/a.log");
        let ending = if flag == "--append" { "" } else { ".part" };
        for (pod, first, step) in [("a", 0, 2), ("b", 1, 6), ("c", 3, 6), ("d", 5, 6)] {
            let written = scene.read(&format!("out/{pod}.log{ending}"));
            let expected: String = (first..60_000).step_by(step).map(line).collect();
            assert!(expected.starts_with(&written), "{pod}: lines are missing, or in another order");
            let is_full = 1500 * 1024 - written.len() < line(0).len();
            assert!(is_full == (pod == "a") && written.len() > 300_000, "{pod}: {}", written.len());
        }
    }
}

#[test]
fn a_live_file_that_can_grow_no_more_still_has_whole_lines() {
    let scene = Scene::new();
    let input: String = (0..2000).map(|n| entry("a", &format!("{n:0401}"))).collect();
    scene.write("input.json", input);
    scene
        .shell("ulimit -f 400; lq-split --append --dir out input.json")
        .status(3)
        .says("cannot write out/a_ns_app.log");
    let lines = scene.read("out/a_ns_app.log");
    let whole = lines.lines().enumerate().all(|(n, line)| line == format!("{n:0401}"));
    assert!(lines.ends_with('\n') && whole && lines.len() > 300_000);
}

#[test]
fn a_packed_file_that_can_grow_no_more_still_has_whole_members() {
    let scene = Scene::new();
    let mut input = String::new();
    let mut noise = 1u64;
    for _ in 0..40_000 {
        noise = noise.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
        input.push_str(&entry("a", &format!("{noise:x}{:x}{:x}", noise.rotate_left(7), noise.wrapping_mul(noise))));
    }
    scene.write("input.json", input);
    scene.shell("ulimit -f 1000; lq-split --compress gz --dir out input.json").status(3);
    let unpacked = scene.shell("gzip -dc < out/a_ns_app.log.gz.part").status(0).stdout;
    assert!(unpacked.len() > 100_000, "{}", unpacked.len());
}

#[test]
fn a_folder_without_rights_is_said() {
    let scene = Scene::new();
    std::fs::create_dir(scene.path("out")).unwrap();
    std::fs::set_permissions(scene.path("out"), PermissionsExt::from_mode(0o555)).unwrap();
    if std::fs::write(scene.path("out/probe"), "").is_ok() {
        // Root may write anywhere but to what is no disk at all.
        scene.shell("printf '%s' '' | lq-split --dir /proc/lq").status(2).says("cannot make the folder /proc/lq");
    } else {
        scene.run(&[], entry("a", "x")).status(2).says("cannot write out/a_ns_app.log.part: Permission denied");
    }
    std::fs::set_permissions(scene.path("out"), PermissionsExt::from_mode(0o755)).unwrap();
}

#[cfg(target_os = "linux")]
#[test]
fn memory_stays_small_whatever_comes() {
    for pods in [3, 5000] {
        let scene = Scene::new();
        let mut child = scene.command(&["--name", "{pod}.log"]).spawn().unwrap();
        let mut stdin = child.stdin.take().unwrap();
        let mut block = String::new();
        let mut sent = 0;
        for n in 0u64.. {
            write!(block, "{}", entry(&format!("pod-{}", n * 7919 % pods), &format!("{n:0120}"))).unwrap();
            if block.len() > 1 << 20 {
                stdin.write_all(block.as_bytes()).unwrap();
                sent += block.len();
                block.clear();
            }
            if sent > 200 << 20 {
                break;
            }
        }
        let status = std::fs::read_to_string(format!("/proc/{}/status", child.id())).unwrap();
        drop(stdin);
        Ran::from(child.wait_with_output().unwrap()).status(0);
        let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
        let peak: u64 = peak.trim().trim_end_matches(" kB").parse().unwrap();
        assert!(peak < 64 << 10, "{peak} KiB for {pods} Pods");
    }
}

#[test]
fn a_line_of_any_length_passes_through_to_the_rest() {
    let scene = Scene::new();
    let line = "x".repeat(20 << 20);
    scene.run(&["--max-line", "64KiB"], format!("{line}\nshort\n")).status(3);
    assert!(scene.bytes("out/_rest.log") == format!("{line}\nshort\n").into_bytes());
}
