//! Input that is broken, strange or not there: shown as far as it goes, told on stderr, never lost.

use std::io::Write;

use flate2::Compression;
use flate2::write::GzEncoder;

use crate::run::{Place, run};

const GOOD: &str = "{\"pod\":\"p\",\"message\":\"good\"}\n";

#[test]
fn broken_json_passes_through_and_is_counted() {
    let place = Place::new();
    place.write("app.json", format!("{GOOD}{{\"pod\":\"p\",\"mess\n{GOOD}{{\"a\":tru}}\n"));
    let ran = place.fmt("app.json", "");
    assert_eq!(ran.stdout, "- - p - good\n{\"pod\":\"p\",\"mess\n- - p - good\n{\"a\":tru}\n");
    let told = "lq-fmt: app.json: 2 lines are broken JSON, shown as they are; the first is line 2: ";
    assert!(ran.stderr.starts_with(told), "{}", ran.stderr);
    assert_eq!((ran.status, ran.stderr.lines().count()), (3, 1));
}

#[test]
fn plain_lines_are_no_trouble() {
    let ran = Place::new().fmt("", "2026-11-21 plain\r\n\nbehind a blank one\n[1] bracket\n{not json}\n");
    assert_eq!(ran.stdout, "2026-11-21 plain\n\nbehind a blank one\n[1] bracket\n{not json}\n");
    assert_eq!((ran.status, ran.stderr.as_str()), (0, ""));
}

#[test]
fn what_is_not_utf8_is_mended_and_said() {
    let ran = Place::new().fmt("", b"caf\xe9\n{\"pod\":\"p\",\"message\":\"half \\ud83d\"}\n");
    assert_eq!(ran.stdout, "caf\u{fffd}\n- - p - half \u{fffd}\n");
    let told = "lq-fmt: standard input: 2 lines hold bytes that are not UTF-8, or half a surrogate pair; U+FFFD stands for them\n";
    assert_eq!((ran.status, ran.stderr.as_str()), (0, told));
}

#[test]
fn nul_and_escapes_are_spelt_out() {
    let ran = Place::new().fmt("", "a\0b \x1b[31mred\x1b[0m \x1b]0;title\x07\n");
    assert_eq!(ran.stdout, "a\\u0000b red \\u001b]0;title\\u0007\n");
    assert_eq!(ran.status, 0);
}

#[test]
fn a_line_over_the_limit_passes_through() {
    let long = "x".repeat(300_000);
    let stdin = format!("{GOOD}{long}東\x1b\n{GOOD}");
    for (flags, shown) in [("", format!("{long}東\\u001b\n")), ("-o raw", format!("{long}東\x1b\n"))] {
        let ran = Place::new().fmt(&format!("--max-line 64K {flags}"), &stdin);
        let good = if flags.is_empty() { "- - p - good\n" } else { "good\n" };
        assert!(ran.stdout == format!("{good}{shown}{good}"), "{flags}: {} bytes", ran.stdout.len());
        let told = "lq-fmt: standard input: line 2 is longer than 64 KiB; passed through as it stands, --max-line raises the limit\n";
        assert_eq!((ran.status, ran.stderr.as_str()), (3, told), "{flags}");
    }
}

fn gzip(text: &str) -> Vec<u8> {
    let mut gzip = GzEncoder::new(Vec::new(), Compression::default());
    gzip.write_all(text.as_bytes()).unwrap();
    gzip.finish().unwrap()
}

#[test]
fn compressed_input_is_read_and_a_cut_one_said() {
    let place = Place::new();
    let lines: String = (0..20_000).map(|n| format!("line {n} {}\n", n * 7919 % 10_007)).collect();
    let whole = gzip(&lines);
    place.write("a.gz", &whole);
    place.write("a.zst", zstd::encode_all(lines.as_bytes(), 1).unwrap());
    place.write("cut.gz", &whole[..whole.len() / 2]);
    for name in ["a.gz", "a.zst"] {
        let ran = place.fmt(name, "");
        assert!(ran.stdout == lines && ran.stderr.is_empty() && ran.status == 0, "{name}: {}", ran.stderr);
    }
    let ran = place.fmt("-o entry cut.gz", "");
    let last = "{\"lq\":{\"failed\":\"lq-fmt: cannot read cut.gz: it is cut off; what came before is shown\"}}";
    assert_eq!((ran.status, ran.stdout.lines().last()), (3, Some(last)));
    let ran = place.fmt("cut.gz", "");
    assert!(lines.starts_with(&ran.stdout) || ran.stdout.starts_with("line 0 "), "the beginning is shown");
    assert_eq!(ran.stderr, "lq-fmt: cannot read cut.gz: it is cut off; what came before is shown\n");
    assert_eq!(ran.status, 3);
}

#[test]
fn an_unreadable_file_is_named_and_the_others_are_shown() {
    let place = Place::new();
    place.write("there", "there\n");
    std::fs::create_dir(place.dir.path().join("folder")).unwrap();
    let ran = place.fmt("gone there folder", "");
    assert_eq!((ran.status, ran.stdout.as_str()), (3, "there\n"));
    assert!(ran.stderr.contains("lq-fmt: cannot read gone: No such file or directory"), "{}", ran.stderr);
    assert!(ran.stderr.contains("lq-fmt: cannot read folder: "), "{}", ran.stderr);
    let ran = place.fmt("gone folder", "");
    assert_eq!((ran.status, ran.stdout.as_str(), ran.stderr.lines().count()), (2, "", 2));
}

#[test]
fn a_stream_that_says_it_broke_is_a_warning() {
    let failed = "{\"lq\":{\"failed\":\"quota \\u001b[1m\",\"complete_until\":\"2026-11-21T07:00:00Z\"}}\n";
    let told = "lq-fmt: warning: standard input is incomplete, as it says itself: quota \n";
    let ran = Place::new().fmt("", format!("{GOOD}{failed}"));
    assert_eq!((ran.status, ran.stdout.as_str(), ran.stderr.as_str()), (3, "- - p - good\n", told));
    let ran = Place::new().fmt("-o entry -g good", format!("{GOOD}{failed}"));
    assert_eq!((ran.status, ran.stdout), (3, format!("{GOOD}{failed}")), "tools behind must know too");
}

#[test]
fn a_long_reason_is_shown_in_part_and_passed_on_in_full() {
    let failed = format!("{{\"lq\":{{\"failed\":\"{}\"}}}}\n", "x".repeat(100_000));
    let ran = Place::new().fmt("-o entry", format!("{GOOD}{failed}"));
    let told = format!("as it says itself: {}…\n", "x".repeat(500));
    assert!(ran.stderr.ends_with(&told) && ran.stderr.len() < 1_000, "{}", ran.stderr);
    assert_eq!((ran.status, ran.stdout), (3, format!("{GOOD}{failed}")));
}

#[test]
fn what_only_looks_like_the_end_of_a_stream_is_shown() {
    for line in
        [r#"{"lq":{"end":"evil hidden"}}"#, r#"{"lq":{"end":true,"note":"rm -rf ran"}}"#, r#"{"lq":{"failed":5}}"#]
    {
        let ran = Place::new().fmt("-o raw", format!("{line}\n"));
        assert_eq!((ran.status, ran.stdout, ran.stderr.as_str()), (0, format!("{line}\n"), ""));
    }
}

#[test]
fn the_end_of_a_stream_is_passed_on_where_its_count_is_right() {
    let end = "{\"lq\":{\"end\":true,\"entries\":1,\"pods\":{}}}\n";
    for (flags, out) in
        [("-o entry", format!("{GOOD}{end}")), ("-o entry -g good", GOOD.into()), ("-o raw", "good\n".into())]
    {
        let ran = Place::new().fmt(flags, format!("{GOOD}{end}"));
        assert_eq!((ran.status, ran.stdout, ran.stderr.as_str()), (0, out, ""), "{flags}");
    }
}

#[test]
fn entries_for_another_tool_end_with_what_could_not_be_read() {
    let place = Place::new();
    place.write("a", GOOD);
    let ran = place.fmt("-o entry a gone", "");
    let failed = "{\"lq\":{\"failed\":\"lq-fmt: cannot read gone: No such file or directory (os error 2)\"}}\n";
    assert_eq!((ran.status, ran.stdout), (3, format!("{GOOD}{failed}")));
}

#[test]
fn entries_for_another_tool_end_with_what_was_wrong_with_their_lines() {
    let end = "{\"lq\":{\"end\":true,\"entries\":2,\"pods\":{}}}\n";
    let broke = "{\"lq\":{\"failed\":\"disk full\"}}\n";
    let long = "x".repeat(5_000);
    for (what, input, told) in [
        ("a broken line", format!("{GOOD}{{\"a\":tru}}\n{GOOD}"), "line 2 is broken JSON"),
        ("a broken line, and a seal", format!("{{\"a\":tru}}\n{GOOD}{end}"), "line 1 is broken JSON"),
        ("cut off in the middle of a value", format!("{GOOD}{{\"pod\":\"p\",\"mes"), "line 2 is broken JSON"),
        ("a line over the limit", format!("{GOOD}{long}\n"), "line 2 is longer than 4.0 KiB"),
        ("a long one cut off", format!("{GOOD}{{\"message\":\"{long}"), "line 2 is longer than 4.0 KiB"),
        ("an array cut off", format!("[{GOOD}"), "cannot read standard input: it is cut off"),
        ("a reason, and more behind it", format!("{broke}{GOOD}"), "incomplete, as it says itself: disk full"),
    ] {
        for form in ["entry", "logentry"] {
            let ran = Place::new().fmt(&format!("--max-line 4K -o {form}"), &input);
            let last = ran.stdout.lines().last().unwrap();
            assert!(last.starts_with("{\"lq\":{\"failed\":\"lq-fmt: ") && last.contains(told), "{what}: {last}");
            assert_eq!(ran.status, 3, "{what}");
        }
        let ran = Place::new().fmt("--max-line 4K -o tsv", &input);
        assert!(ran.status == 3 && !ran.stdout.contains("failed"), "{what}: {}", ran.stdout);
    }
}

#[test]
fn quiet_leaves_only_errors() {
    let ran = Place::new().fmt("-q", b"caf\xe9\n{\"a\n");
    assert_eq!(ran.stderr.lines().count(), 1, "{}", ran.stderr);
    assert!(ran.stderr.contains("line 2 is broken JSON"), "{}", ran.stderr);
}

#[test]
fn standard_input_that_is_a_folder() {
    let ran = run(&mut Place::new().shell("lq-fmt < ."), "");
    assert_eq!(
        (ran.status, ran.stderr.as_str()),
        (2, "lq-fmt: cannot read standard input: Is a directory (os error 21)\n")
    );
}

#[test]
fn an_array_that_is_cut_off_is_told() {
    let ran = Place::new().fmt("", "[{\"pod\":\"p\",\"message\":\"m\"},\n");
    assert_eq!((ran.status, ran.stdout.as_str()), (3, "- - p - m\n"));
    assert!(ran.stderr.contains("cannot read standard input: it is cut off"), "{}", ran.stderr);
}
