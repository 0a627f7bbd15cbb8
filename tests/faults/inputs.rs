//! Input that cannot be read, or not to its end.

use std::fs::{self, Permissions};
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::Path;

use crate::promise::Tool;
use crate::scene::{Live, Scene, entries};
use crate::support::gz;
use crate::table::{Fault, holds};

/// A file that is good and one that `make` makes: as an archive, or as two inputs. All of the second are
/// 11 lines, where it can be read.
fn beside_a_good_one(fault: Fault, name: &str, make: impl Fn(&Path) + Sync) {
    holds(fault, |tool| {
        let scene = Scene::new();
        let good = scene.file("in/good.json", entries(10, 2));
        let bad = scene.path("in").join(name);
        make(&bad);
        let (good, bad) = (good.to_str().unwrap(), bad.to_str().unwrap());
        let folder = scene.path("in");
        let inputs =
            if matches!(tool, Tool::Query | Tool::Ls) { vec![folder.to_str().unwrap()] } else { vec![bad, good] };
        // Root may read everything, unless its powers are taken from it.
        let powerless: &[&str] = match fault == Fault::Forbidden && rustix::process::geteuid().is_root() {
            true => &["setpriv", "--bounding-set=-all", "--inh-caps=-all"],
            false => &[],
        };
        let came = Live::start(&mut scene.command_behind(powerless, tool, &inputs), 10 + 11).end(&scene);
        let goods = if tool == Tool::Ls { came.out.matches("\"pod\"").count() >= 2 } else { true };
        let lines: usize = came.dir.iter().map(|(_, lines)| lines).sum();
        let read = came.out.matches("\"message\"").count().max(lines);
        assert!(goods && (tool == Tool::Ls || read >= 10), "{}: {}: {came:?}", fault.words(), tool.name());
        vec![came]
    });
}

#[test]
fn no_permission() {
    beside_a_good_one(Fault::Forbidden, "bad.json", |bad| {
        fs::write(bad, entries(10, 2)).unwrap();
        fs::set_permissions(bad, Permissions::from_mode(0o000)).unwrap();
    });
}

#[test]
fn a_folder() {
    beside_a_good_one(Fault::Folder, "bad.json", |bad| fs::create_dir(bad).unwrap());
}

#[test]
fn the_device_fails() {
    // Nothing is mapped where this file begins: reading it fails with EIO.
    beside_a_good_one(Fault::Device, "bad.json", |bad| symlink("/proc/self/mem", bad).unwrap());
}

#[test]
fn cut_off() {
    beside_a_good_one(Fault::CutInput, "bad.gz", |bad| {
        let packed = gz(entries(1_000, 2));
        fs::write(bad, &packed[..packed.len() / 2]).unwrap();
    });
}

#[test]
fn a_plain_file_cut_off() {
    beside_a_good_one(Fault::CutPlainInput, "bad.json", |bad| {
        let plain = entries(12, 2);
        fs::write(bad, &plain[..plain.len() - 9]).unwrap();
    });
}

#[test]
fn a_broken_line() {
    beside_a_good_one(Fault::BrokenLine, "bad.json", |bad| {
        fs::write(bad, format!("{}{{\"pod\":\"web\n{}", entries(5, 2), entries(5, 2))).unwrap();
    });
}

#[test]
fn wrong_bytes() {
    beside_a_good_one(Fault::DamagedInput, "bad.gz", |bad| {
        let mut packed = gz(entries(1_000, 2));
        let middle = packed.len() / 2;
        packed[middle..middle + 64].fill(0xff);
        fs::write(bad, packed).unwrap();
    });
}
