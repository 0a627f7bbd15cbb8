//! Input that is broken, cut, missing or no JSON: nothing of it is lost, and it is said.

use std::io::Write;

use crate::scene::{Scene, entry, entry_with};
use serde_json::json;

#[test]
fn empty_input_makes_no_files() {
    let scene = Scene::new();
    scene.run(&[], "").status(0).says("out: 0 files, 0 lines, 0 bytes");
    assert!(scene.path("out").is_dir());
    assert_eq!(scene.files("out"), [""; 0]);
}

#[test]
fn plain_lines_go_to_the_rest_with_a_notice() {
    let scene = Scene::new();
    let input = format!("starting up\n{}  indented  \n\nafter a blank line\n", entry("a", "hello"));
    scene
        .run(&[], input)
        .status(0)
        .says("4 lines that are no JSON (the first: standard input, line 1) went to out/_rest.log");
    assert_eq!(scene.read("out/_rest.log"), "starting up\n  indented  \n\nafter a blank line\n");
    assert_eq!(scene.read("out/a_ns_app.log"), "hello\n");
}

#[test]
fn broken_json_goes_to_the_rest_and_is_status_3() {
    let scene = Scene::new();
    let input = format!("{}{{\"pod\":\"a\",\"mess\n{}", entry("a", "one"), entry("a", "two"));
    scene.run(&["-q"], input).status(3).says("1 line of broken JSON (standard input, line 2");
    assert_eq!(scene.read("out/_rest.log"), "{\"pod\":\"a\",\"mess\n");
    assert_eq!(scene.read("out/a_ns_app.log"), "one\ntwo\n");
}

#[test]
fn objects_that_name_no_pod_go_to_the_rest_as_they_came() {
    let scene = Scene::new();
    let node = entry_with("", "node up", json!({"pod": null}));
    let input = format!("{{\"level\": \"info\",  \"msg\":1}}\n{node}{}", entry_with("", "empty", json!({})));
    scene.run(&[], &input).status(0).says("3 entries that name no Pod");
    assert_eq!(scene.read("out/_rest.log"), input);
}

#[test]
fn a_laid_out_object_without_a_pod_becomes_one_line_of_the_rest() {
    let scene = Scene::new();
    scene.run(&[], "{\n  \"a\": \"b c\",\n  \"d\": [1, 2]\n}\n").status(0);
    assert_eq!(scene.read("out/_rest.log"), "{\"a\":\"b c\",\"d\":[1,2]}\n");
}

#[test]
fn a_line_over_the_limit_is_copied_to_the_rest() {
    let scene = Scene::new();
    let long = "x".repeat(3_000_000);
    let input = format!("{}{}{}", entry("a", "one"), entry("a", &long), entry("a", "two"));
    scene.run(&["--max-line", "1MiB"], input).status(3).says("1 line over --max-line (standard input, line 2)");
    assert_eq!(scene.read("out/_rest.log"), entry("a", &long));
    assert_eq!(scene.read("out/a_ns_app.log"), "one\ntwo\n");
}

#[test]
fn a_stream_that_says_it_broke_gives_no_file_its_name() {
    let scene = Scene::new();
    let failed = r#"{"lq":{"failed":"quota exceeded","complete_until":"2026-11-21T16:00:00Z"}}"#;
    let input = format!("{}{}{failed}\n", entry("b", "two"), entry("a", "one"));
    let ran = scene.run(&["-q"], input).status(3).says("the stream broke: quota exceeded");
    ran.says("2 unfinished files with 2 lines left: a_ns_app.log.part b_ns_app.log.part");
    assert_eq!(scene.files("out"), ["a_ns_app.log.part", "b_ns_app.log.part"]);
    assert_eq!(scene.read("out/a_ns_app.log.part"), "one\n");
}

#[test]
fn a_seal_is_no_entry() {
    let scene = Scene::new();
    scene.run(&[], entry("a", "one") + "{\"lq\":{\"end\":true,\"entries\":1,\"pods\":{}}}\n").status(0);
    assert_eq!(scene.files("out"), ["a_ns_app.log"]);
}

#[test]
fn an_input_that_is_missing_does_not_keep_the_others_from_being_read() {
    let scene = Scene::new();
    scene.write("one.json", entry("a", "one"));
    scene.write("two.json", entry("a", "two"));
    scene.run(&["one.json", "gone.json", "two.json"], "").status(3).says("cannot read gone.json: No such file");
    assert_eq!(scene.files("out"), ["a_ns_app.log.part"]);
    assert_eq!(scene.read("out/a_ns_app.log.part"), "one\ntwo\n");
}

#[test]
fn without_any_input_nothing_is_usable() {
    let scene = Scene::new();
    scene.run(&["gone.json"], "").status(2).says("lq-split: cannot read gone.json");
    scene.run(&["."], "").status(2).says("directory");
}

#[test]
fn an_input_that_gives_nothing_before_it_breaks_is_not_usable() {
    let scene = Scene::new();
    scene.write("cut.gz", b"\x1f\x8b");
    let zst = zstd::encode_all(entry("a", "x").as_bytes(), 1).unwrap();
    scene.write("cut.zst", &zst[..zst.len() / 2]);
    for name in ["cut.gz", "cut.zst"] {
        let ran = scene.run(&[name], "").status(2);
        ran.says(&format!("lq-split: {name} is cut off before its first line; fetch it again"));
    }
    scene.shell("lq-split --dir out < .").status(2).says("cannot read standard input: Is a directory");
    scene.shell("lq-split --dir out cut.gz - < /dev/null").status(3);
    assert_eq!(scene.files("out"), [""; 0]);
}

#[test]
fn a_cut_gz_leaves_what_came_before_the_cut() {
    let scene = Scene::new();
    let lines: String = (0..20_000).map(|n| entry("a", &format!("line {n} {}", n * 7919 % 1_000_003))).collect();
    let mut gz = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    gz.write_all(lines.as_bytes()).unwrap();
    let gz = gz.finish().unwrap();
    scene.write("cut.json.gz", &gz[..gz.len() / 2]);
    scene.run(&["cut.json.gz"], "").status(3).says("cut.json.gz is cut off behind line").says("fetch it again");
    let part = scene.read("out/a_ns_app.log.part");
    assert!(part.starts_with("line 0 0\nline 1 7919\n") && part.len() > 10_000);
}

#[test]
fn what_is_not_utf_8_is_mended_and_counted() {
    let scene = Scene::new();
    let mut input = entry("a", "caf?").into_bytes();
    let at = input.iter().position(|b| *b == b'?').unwrap();
    input[at] = 0xe9;
    input.extend_from_slice(entry("a", "half SURR").replace("SURR", "\\ud83d").as_bytes());
    scene.run(&[], input).status(0).says("2 lines were not UTF-8, or had half a character");
    assert_eq!(scene.read("out/a_ns_app.log"), "caf\u{fffd}\nhalf \u{fffd}\n");
}

#[test]
fn usage_errors_name_the_remedy() {
    let cases: &[(&[&str], &str)] = &[
        (
            &["--name", "{podd}.log"],
            "; did you mean `pod`? Fields are cluster namespace pod container stream severity node date hour label.NAME",
        ),
        (&["--name", "{lable.app}"], "fields are"),
        (&["--name", "../{pod}"], "names stay inside --dir"),
        (&["--name", "a/../{pod}"], "names stay inside --dir"),
        (&["--name", "/{pod}"], "leave the first `/` out"),
        (&["--name", "a//{pod}"], "an empty name between slashes"),
        (&["--name", "{pod}/"], "an empty name between slashes"),
        (&["--name", ""], "an empty name"),
        (&["--name", "{pod"], "without `}`"),
        (&["--name", "pod}"], "without `{`"),
        (&["--name", "_rest.log"], "take another name"),
        (&["--name", "{pod}.part"], "take another ending"),
        (&["--name", "{pod}\n"], "no control characters"),
        (&["--name", "{pod}\\n"], "no control characters"),
        (&["--name", "{pod:9}"], "names are not padded"),
        (&["--name", "{message}"], "fields are cluster"),
        (&["--append", "--no-clobber"], "cannot be used with"),
        (&["--tee", "--print"], "cannot be used with"),
        (&["-t", "-o", "text"], "the other forms have their time already"),
        (&["--tz", "Mars"], "--tz"),
        (&["--max-line", "much"], "is no size"),
        (&["-o", "yaml"], "entry, logentry, raw"),
    ];
    for (args, remedy) in cases {
        let scene = Scene::new();
        scene.run(args, entry("a", "one")).status(2).says("lq-split: ").says(remedy);
        assert!(!scene.path("out").exists(), "{args:?} left something");
    }
}

#[test]
fn an_input_that_is_cut_off_in_its_last_value_is_not_whole() {
    let whole = entry("a", "one") + &entry("a", "two");
    let laid_out = entry("a", "one") + "{\n  \"pod\": \"a\",\n  \"labels\": {\n    \"x\": 5";
    let line = entry("a", "two").len();
    for (input, number) in [(&whole[..whole.len() - 2], 2), (&whole[..whole.len() - line + 1], 2), (&laid_out, 2)] {
        let scene = Scene::new();
        scene.write("cut.json", input);
        scene.write("out/MANIFEST.json", "old");
        let told = |name: &str| format!("{name} is cut off in the middle of a value, line {number}; fetch it again");
        scene.run(&["--manifest", "cut.json"], "").status(3).says(&told("cut.json"));
        scene.run(&["--manifest"], input).status(3).says(&told("standard input"));
        assert_eq!(scene.files("out"), ["MANIFEST.json", "_rest.log.part", "a_ns_app.log.part"]);
        assert_eq!(
            (scene.read("out/MANIFEST.json"), scene.read("out/a_ns_app.log.part")),
            ("old".into(), "one\n".into())
        );
    }
    // The end of the line alone is missing, which is nothing.
    Scene::new().run(&[], whole.trim_end()).status(0);
}

#[test]
fn parts_that_are_packed_in_different_ways_are_given_one_by_one() {
    let scene = Scene::new();
    let mut gz = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    gz.write_all(entry("a", "one").as_bytes()).unwrap();
    let (gz, zst) = (gz.finish().unwrap(), zstd::encode_all(entry("a", "two").as_bytes(), 1).unwrap());
    for (input, first) in [([&gz[..], &zst].concat(), "gzip"), ([&zst[..], &gz].concat(), "zstd")] {
        scene.run(&[], input).status(3).says(&format!("something else follows the {first} part"));
    }
}
