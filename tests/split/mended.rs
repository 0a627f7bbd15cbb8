//! Packed files that a kill cut off, and what is appended to them.

use std::io::Read;
use std::os::unix::fs::PermissionsExt;

use proptest::prelude::*;

use crate::scene::{Scene, entry};

const FORMATS: [&str; 2] = ["gz", "zst"];

/// A file of three pieces, each of its own run; and its text.
fn packed(scene: &Scene, format: &str) -> (Vec<u8>, String) {
    let mut text = String::new();
    for run in 0..3 {
        let lines: Vec<String> =
            (0..40u64).map(|n| format!("{run} {n} {:x}", (run * 40 + n) * 7919 * 104_729)).collect();
        let input: String = lines.iter().map(|line| entry("a", line)).collect();
        scene.run(&["--append", "--compress", format], input).status(0);
        text += &lines.iter().map(|line| format!("{line}\n")).collect::<String>();
    }
    (scene.bytes(&format!("out/a_ns_app.log.{format}")), text)
}

/// What can be unpacked of bytes before they end or break.
fn readable(packed: &[u8], format: &str) -> String {
    let mut text = Vec::new();
    // Bytes that came before an error stay in `text`.
    let _ = match format {
        "gz" => flate2::read::MultiGzDecoder::new(packed).read_to_end(&mut text),
        _ => zstd::Decoder::new(packed).unwrap().read_to_end(&mut text),
    };
    String::from_utf8(text).unwrap()
}

/// Cuts the file so far, appends a line, and looks at what can be read then.
#[track_caller]
fn cut_and_append(whole: &[u8], text: &str, format: &str, at: usize) {
    let scene = Scene::new();
    let name = format!("out/a_ns_app.log.{format}");
    scene.write(&name, &whole[..at]);
    let ran = scene.run(&["--append", "--compress", format], entry("a", "appended")).status(0);
    let before = readable(&whole[..at], format);
    let lines = &before[..before.rfind('\n').map_or(0, |end| end + 1)];
    assert!(text.starts_with(lines));
    let mut found = Vec::new();
    match format {
        "gz" => flate2::read::MultiGzDecoder::new(&scene.bytes(&name)[..]).read_to_end(&mut found).unwrap(),
        _ => zstd::Decoder::new(&scene.bytes(&name)[..]).unwrap().read_to_end(&mut found).unwrap(),
    };
    assert_eq!(String::from_utf8(found).unwrap(), format!("{lines}appended\n"), "cut at {at}: {ran:?}");
    assert_eq!(scene.files("out"), [format!("a_ns_app.log.{format}")]);
}

#[test]
fn a_packed_file_that_was_cut_off_is_mended_before_anything_is_appended() {
    for format in FORMATS {
        let scene = Scene::new();
        let (whole, text) = packed(&scene, format);
        let name = format!("out/a_ns_app.log.{format}");
        scene.write(&name, &whole[..whole.len() - 10]);
        let ran = scene.run(&["--append", "--compress", format], entry("a", "appended")).status(0);
        ran.says(&format!("{name}: was cut off in the middle of its last piece; "));
        let two_runs: String = text.lines().take(80).map(|line| format!("{line}\n")).collect();
        let found = readable(&scene.bytes(&name), format);
        assert!(found.starts_with(&two_runs) && found.ends_with("\nappended\n"), "{found}");
        // It is whole now.
        scene.run(&["--append", "--compress", format], entry("a", "more")).status(0).says_not("cut off");
        assert_eq!(readable(&scene.bytes(&name), format), found + "more\n");
    }
}

#[test]
fn the_system_s_gzip_reads_a_mended_file() {
    let scene = Scene::new();
    let (whole, text) = packed(&scene, "gz");
    // The trailer alone is cut: all of the text is there.
    scene.write("out/a_ns_app.log.gz", &whole[..whole.len() - 4]);
    let ran = scene.run(&["--append", "--compress", "gz"], entry("a", "appended")).status(0);
    ran.says("40 lines of that could be read and are kept");
    assert_eq!(scene.shell("gzip -dc out/a_ns_app.log.gz").status(0).stdout, text + "appended\n");
}

#[test]
fn cut_at_the_borders_of_its_pieces_a_file_loses_nothing() {
    for format in FORMATS {
        let (whole, text) = packed(&Scene::new(), format);
        let magic = &whole[..3];
        let borders = (0..whole.len() - 3).filter(|at| &whole[*at..at + 3] == magic);
        for border in borders.chain([whole.len()]) {
            for at in border.saturating_sub(2)..=(border + 2).min(whole.len()) {
                cut_and_append(&whole, &text, format, at);
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 40, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn cut_anywhere_what_can_be_read_and_what_is_appended_is_there(format in 0..2usize, share in 0.0..1.0) {
        let (whole, text) = packed(&Scene::new(), FORMATS[format]);
        cut_and_append(&whole, &text, FORMATS[format], (whole.len() as f64 * share) as usize);
    }
}

#[test]
fn what_is_not_packed_or_damaged_is_not_appended_to() {
    for format in FORMATS {
        let (whole, _) = packed(&Scene::new(), format);
        let mut flipped = whole.clone();
        flipped[whole.len() / 2] ^= 0x55;
        let tail = [&whole[..], b"\0\0\0\0"].concat();
        for (content, said) in [
            (&b"plain\n"[..], "it is not packed as --compress says"),
            (b"pl", "it is not packed as --compress says"),
            (&flipped, "it is damaged behind its first "),
            (&tail, "it is damaged behind its first "),
        ] {
            let scene = Scene::new();
            let name = format!("out/a_ns_app.log.{format}");
            scene.write(&name, content);
            let ran = scene.run(&["--append", "--compress", format], entry("a", "x")).status(2);
            ran.says(&format!("cannot write {name}: {said}")).says("move that file away or take another --dir");
            assert!(scene.bytes(&name) == content, "{said}");
        }
    }
}

#[test]
fn a_mended_file_keeps_its_rights_and_no_link_is_followed() {
    let scene = Scene::new();
    let (whole, _) = packed(&scene, "gz");
    let name = "out/a_ns_app.log.gz";
    scene.write(name, &whole[..whole.len() - 1]);
    scene.write("victim", "precious");
    std::fs::set_permissions(scene.path(name), PermissionsExt::from_mode(0o600)).unwrap();
    std::os::unix::fs::symlink("../victim", scene.path("out/_mended.part")).unwrap();
    scene.run(&["--append", "--compress", "gz"], entry("a", "x")).status(0).says("cut off");
    assert_eq!(scene.path(name).metadata().unwrap().permissions().mode() & 0o777, 0o600);
    assert_eq!(scene.read("victim"), "precious");
    assert_eq!(scene.files("out"), ["a_ns_app.log.gz"]);
}

#[test]
fn a_bomb_that_was_cut_off_is_mended_in_little_memory() {
    let scene = Scene::new();
    let mut bomb = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    let lines = b"0123456789abcde\n".repeat(1 << 16);
    (0..200).for_each(|_| std::io::Write::write_all(&mut bomb, &lines).unwrap());
    let bomb = bomb.finish().unwrap();
    scene.write("out/a_ns_app.log.gz", &bomb[..bomb.len() - 9]);
    scene.write("input", entry("a", "x"));
    // KiB of address space: no more than a part of the text, which is 200 MiB.
    scene.shell("ulimit -v 150000; lq-split --dir out --append --compress gz input").status(0).says("lines of that");
    assert_eq!(scene.shell("gzip -dc out/a_ns_app.log.gz | tail -n 1").status(0).stdout, "x\n");
}
