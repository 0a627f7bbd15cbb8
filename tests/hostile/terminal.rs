//! Nothing that any tool writes to a terminal can drive it, whoever said it: a log, a file's name, the
//! settings, the environment, the command line.

use std::ffi::{OsStr, OsString};
use std::os::unix::ffi::OsStringExt;
use std::process::Command;

use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;
use serde_json::{Value, json};

use crate::scene::{FMT, LS, QUERY, SPLIT, Scene, TOOLS};
use crate::screen::on_terminal;

/// What terminals obey, and what makes a text look other than it is.
pub const HOSTILE: &[&str] = &[
    "\u{1b}]0;title\u{7}",
    "\u{1b}]2;title\u{1b}\\",
    "\u{1b}]52;c;cm0gLXJm\u{7}",
    "\u{1b}]8;;https://evil.example/\u{1b}\\click\u{1b}]8;;\u{1b}\\",
    "\u{1b}P1$qm\u{1b}\\",
    "\u{1b}_apc\u{1b}\\",
    "\u{1b}[2J\u{1b}[H",
    "\u{1b}[1A\u{1b}[2K",
    "\u{1b}[6n",
    "\u{1b}[?1049h",
    "\u{1b}[31mred\u{1b}[0m",
    "\u{1b}c",
    "\u{9b}2J",
    "\u{9d}0;title\u{9c}",
    "\u{90}dcs\u{9c}",
    "\u{85}",
    "line\roverwritten",
    "ab\u{8}\u{8}cd",
    "\u{7}\u{c}\u{b}\u{e}\u{f}",
    "\u{7f}",
    "\0",
    "\u{202e}gpj.exe",
    "\u{2066}\u{2069}\u{200f}\u{61c}",
    "\u{2028}\u{2029}",
    "web\u{200b}\u{2060}\u{feff}",
    "\u{e0041}\u{e007f}",
    "\n\u{1b}[2Jx",
];

/// What is written is text, tabs and line ends, and colours of our own where those are wished for.
#[track_caller]
pub fn assert_harmless(shown: &str, what: &str) {
    let is_harmful = |c: char| {
        c.is_control() && !matches!(c, '\n' | '\t')
            || matches!(c, '\u{61c}' | '\u{200b}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}')
            || matches!(c, '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}')
    };
    if let Some(at) = shown.find(is_harmful) {
        let (start, end) = (shown.floor_char_boundary(at.saturating_sub(200)), shown.ceil_char_boundary(at + 50));
        panic!("{what}: {:?}", &shown[start..end.min(shown.len())]);
    }
}

/// `text` in every field of every dialect, as key and as value; and as a line of its own.
fn lines(text: &str) -> Vec<u8> {
    let time = "2024-12-19T07:00:00Z";
    let labels = json!({"pod_name": text, "container_name": text, "namespace_name": text, "cluster_name": text});
    let values = [
        json!({"timestamp": time, "severity": text, "cluster": text, "namespace": text, "pod": text, "container": text,
            "stream": text, "message": text, "insertId": text, "node": text, "labels": {text: text}, "trace": text,
            "spanId": text, "httpRequest": {text: text}, "logName": text, text: text}),
        json!({"timestamp": time, "pod": "p", "container": "c", "message": "m",
            "payload": {text: text, "a": {text: [text, {text: 1}]}, "message": text, "level": text}}),
        json!({"timestamp": text, "pod": text, "container": "c", "message": text}),
        json!({"timestamp": time, "resource": {"type": text, "labels": labels}, "logName": text, "textPayload": text,
            "insertId": text, "severity": text, "labels": {text: text}, "httpRequest": {"requestMethod": text},
            "sourceLocation": {"file": text}, "operation": {"id": text}, "trace": text}),
        json!({"timestamp": time, "resource": {"labels": {"pod_name": "p"}}, "jsonPayload": {text: text, "msg": text}}),
        json!({"timestamp": time, "log_name": text, "resource": {"labels": "{}"}, "json_payload": json!({text: text}).to_string()}),
        json!({"message": text, "nodeName": text, "namespace": text, "podName": text, "containerName": text}),
        json!({text: text, "time": text, "level": text}),
        json!([text, {text: text}]),
        json!(text),
        json!({"lq": {"failed": text, "complete_until": text}, text: text}),
    ];
    let mut out: Vec<u8> = values.iter().flat_map(|value| format!("{value}\n").into_bytes()).collect();
    // The same without an escape, as no writer of JSON would leave it, and half of it.
    for value in &values[..3] {
        let bare = value.to_string().replace("\\u001b", "\u{1b}").replace("\\u0007", "\u{7}").replace("\\r", "\r");
        out.extend(format!("{bare}\n{}\n", &bare[..bare.floor_char_boundary(bare.len() / 2)]).into_bytes());
    }
    out.extend(format!("{text}\n{{\"{text}\n[\"{text}\n").into_bytes());
    out
}

/// Every known trick, many random mixtures of them, and bytes that are no text.
fn input() -> Vec<u8> {
    let mut all: Vec<u8> = HOSTILE.iter().flat_map(|text| lines(text)).collect();
    let piece = prop_oneof![3 => proptest::sample::select(HOSTILE).prop_map(str::to_owned), 1 => any::<String>()];
    let texts = proptest::collection::vec(piece, 1..5).prop_map(|pieces| pieces.concat());
    let bytes = proptest::collection::vec(any::<u8>(), 0..60);
    let mut runner = TestRunner::deterministic();
    for _ in 0..150 {
        all.extend(lines(&texts.new_tree(&mut runner).unwrap().current()));
        all.extend(bytes.new_tree(&mut runner).unwrap().current());
        all.push(b'\n');
    }
    all.extend(b"\x9b2J \x9d0;t\x9c \xc2 \xff\xfe \xed\xa0\x80\n{\"pod\":\"\x9b2J\",\"message\":\"\x9b\xff\"}\n");
    all
}

/// A name of a file that drives a terminal, and is no UTF-8 either.
fn name() -> OsString {
    OsString::from_vec(b"\x1b]0;x\x07\x9b2J\xe2\x80\xae\r\n.json".to_vec())
}

const FORMS: [&str; 8] = ["entry", "logentry", "raw", "text", "tsv", "logfmt", "cri", "kubectl"];

#[test]
fn no_form_of_any_tool_drives_a_terminal() {
    let scene = Scene::new();
    scene.write("logs.json", input());
    let mut commands: Vec<(String, Command)> = Vec::new();
    for form in FORMS {
        let words = ["--color", "never", "--paging", "never", "-o", form, "logs.json"];
        commands.push((format!("lq-fmt {form}"), scene.command(FMT, words)));
        commands.push((
            format!("lq-fmt {form} of lines over the limit"),
            scene.command(FMT, words.into_iter().chain(["--max-line", "1KiB"])),
        ));
        let words = ["--source", "logs.json", "--at", "2024-12-19", "-r", "day", "--log", "*", "-o", form];
        commands.push((format!("lq-query {form}"), scene.command(QUERY, words)));
    }
    let template = "{timestamp} {time} {severity} {cluster} {namespace} {pod} {container} {stream} {message} {payload}";
    commands
        .push(("lq-fmt --template".into(), scene.command(FMT, ["--color=never", "--template", template, "logs.json"])));
    let tee = ["--dir", "out", "--tee", "--name", "{namespace}/{pod}_{container}_{severity}.log", "logs.json"];
    commands.push(("lq-split --tee".into(), scene.command(SPLIT, tee)));
    commands.push(("lq-split --tee of lines over the limit".into(), {
        scene.command(SPLIT, ["--dir", "out2", "--tee", "--max-line", "1KiB", "logs.json"])
    }));
    for kind in ["pods", "containers", "namespaces", "clusters"] {
        for form in ["table", "json"] {
            let words = [kind, "--source", "logs.json", "--at", "2024-12-19", "-r", "day", "--log", "*", "-o", form];
            commands.push((format!("lq-ls {kind} {form}"), scene.command(LS, words)));
        }
    }
    for (what, command) in commands {
        let (shown, status) = on_terminal(command, 200);
        assert!(shown.len() > 200 && matches!(status, 0 | 3), "{what}: {status} {shown}");
        assert_harmless(&shown, &what);
    }
}

/// In a pipe and in files whoever reads wants what was written.
#[test]
fn pipes_and_files_get_what_was_written_to_the_byte() {
    let scene = Scene::new();
    let entry = |text: &str| json!({"timestamp": "2024-12-19T07:00:00Z", "pod": "p", "container": "c", "stream": "stdout", "message": text});
    let texts: Vec<&str> = HOSTILE.iter().copied().filter(|text| !text.contains('\n')).collect();
    let lines = |written: &dyn Fn(&str) -> String| texts.iter().map(|text| written(text) + "\n").collect::<String>();
    let entries = lines(&|text| entry(text).to_string());
    scene.write("logs.json", &entries);
    for (form, wanted) in [
        ("raw", lines(&|text| text.to_owned())),
        ("kubectl", lines(&|text| format!("[pod/p/c] {text}"))),
        ("cri", lines(&|text| format!("2024-12-19T07:00:00.000000000Z stdout F {text}"))),
        ("entry", entries.clone()),
    ] {
        let commands = [
            scene.command(FMT, ["-o", form, "logs.json"]),
            scene.command(QUERY, ["--source", "logs.json", "--at", "2024-12-19", "-r", "day", "-o", form]),
        ];
        for mut command in commands {
            let output = command.output().unwrap();
            assert_eq!(String::from_utf8(output.stdout).unwrap(), wanted, "{command:?}");
        }
        let mut split = scene.command(SPLIT, ["-q", "-o", form, "--dir", "out", "--name", form, "logs.json"]);
        assert!(split.status().unwrap().success());
        assert_eq!(std::fs::read_to_string(scene.path("out").join(form)).unwrap(), wanted, "lq-split {form}");
    }
    let tee = scene.command(SPLIT, ["--dir", "out", "--tee", "logs.json"]).output().unwrap();
    assert_eq!(String::from_utf8(tee.stdout).unwrap(), entries);
}

#[test]
fn no_name_of_a_file_or_folder_drives_a_terminal() {
    let scene = Scene::new();
    let (evil, dash) = (name(), OsStr::new("-"));
    let entry =
        json!({"timestamp": "2024-12-19T07:00:00Z", "pod": "p", "container": "c", "stream": "stdout", "message": "m"});
    let broken = json!({"lq": {"failed": "why"}});
    scene.write(std::path::Path::new("logs").join(&evil), format!("{entry}\n{{\"a\n{broken}\n"));
    scene.write(std::path::Path::new("plain").join(&evil), format!("{entry}\n"));
    let source = |folder: &str| scene.path(folder).join(&evil).into_os_string();
    let dir = scene.path(&evil).into_os_string();
    let words = |words: &str| words.split(' ').map(OsString::from).collect::<Vec<_>>();
    let window = words("--at 2024-12-19 -r day");
    let with = |front: &str, place: &OsStr, more: &[OsString]| {
        words(front).into_iter().chain([place.to_owned()]).chain(more.iter().cloned()).collect::<Vec<_>>()
    };
    let cases = [
        ("an archive with a broken file", QUERY, with("--source", OsStr::new("logs"), &window)),
        ("a broken file", QUERY, with("--source", &source("logs"), &window)),
        ("no archive there", QUERY, with("--source", &dir, &window)),
        ("nothing matched", QUERY, [with("--source", &source("plain"), &window), vec![evil.clone()]].concat()),
        ("what would be read", QUERY, [with("--dry-run --source", &source("plain"), &window)].concat()),
        ("the settings", QUERY, with("--show-config --source", &source("plain"), &[])),
        ("a check-up", QUERY, with("--doctor --source", &source("plain"), &[])),
        ("a check-up of what is not there", QUERY, with("--doctor --source", &dir, &[])),
        ("a table", LS, with("pods --source", &source("logs"), &window)),
        ("a list as JSON that broke off", LS, with("pods -o json --source", OsStr::new("logs"), &window)),
        ("input that is not there", FMT, vec![evil.clone()]),
        ("input that is broken", FMT, with("--paging never", &source("logs"), &[])),
        (
            "entries with why they are not all",
            FMT,
            with("--paging never -o entry", &source("logs"), &[dash.to_owned()]),
        ),
        ("files of broken input", SPLIT, with("--print --dir", &dir, &[source("logs")])),
        ("paths of finished files", SPLIT, with("--print --dir", &dir, &[source("plain")])),
        ("files that are there already", SPLIT, with("--no-clobber --dir", &dir, &[source("plain")])),
        ("names of the user's own making", SPLIT, with("--print --dir out --name", &evil, &[source("plain")])),
        ("a folder that cannot be made", SPLIT, with("--dir", &source("plain"), &[source("plain")])),
    ];
    for (what, tool, words) in cases {
        let (shown, _) = on_terminal(scene.command(tool, words), 200);
        assert!(!shown.is_empty(), "{what}");
        assert_harmless(&shown, what);
    }
}

#[test]
fn no_word_of_the_command_line_is_echoed_as_it_is() {
    const FLAGS: &str = "--tz --since --until --at --ago -r -d -s -o -g -l --field --pod -n --name --template --max-line \
                         --memory --source --config --profile --color --compress --with --where --stream --log -c \
                         --max-bytes --location --nonsense";
    let scene = Scene::new();
    let all = HOSTILE.concat().replace('\0', "");
    for tool in TOOLS {
        for flag in FLAGS.split_whitespace() {
            let (shown, _) = on_terminal(scene.command(tool, [flag, &all]), 200);
            assert_harmless(&shown, &format!("{tool} {flag}"));
        }
        for word in [format!("--{all}"), format!("-x{all}"), format!("deploy/{all}"), all.clone()] {
            let (shown, _) = on_terminal(scene.command(tool, ["--source", "gone", &word]), 200);
            assert_harmless(&shown, &format!("{tool} {word:?}"));
        }
    }
}

#[test]
fn no_setting_is_echoed_as_it_is() {
    let scene = Scene::new();
    let keys = [
        "source",
        "profile",
        "tz",
        "cluster",
        "namespace",
        "max-bytes",
        "location",
        "billing-project",
        "memory",
        "dir",
        "color",
        "paging",
    ];
    let quoted = |text: &str| Value::from(text).to_string();
    for evil in ["\u{1b}]0;x\u{7}\r\u{202e}\u{7f}", "\u{9b}2J\u{feff}\u{e0041}"] {
        for tool in TOOLS {
            for words in [&["--help"][..], &["-h"], &["--show-config"], &["gone"], &["--doctor"], &["pods"]] {
                let mut command = scene.command(tool, words);
                for key in keys {
                    command.env(format!("LQ_{}", key.to_uppercase().replace('-', "_")), evil);
                }
                command.envs([("TZ", evil), ("PAGER", evil), ("TMPDIR", evil), ("BIGQUERY_EMULATOR_HOST", evil)]);
                command.envs([("GOOGLE_APPLICATION_CREDENTIALS", evil), ("HTTPS_PROXY", evil), ("COLUMNS", evil)]);
                let (shown, _) = on_terminal(command, 200);
                assert_harmless(&shown, &format!("{tool} {words:?} by the environment"));
            }
        }
        // TOML takes no escapes in what it reads raw, and every escape of JSON's but pairs.
        let mut files: Vec<String> = keys.iter().map(|key| format!("{key} = {}\n", quoted(evil))).collect();
        files.push(format!("{} = 1\n", quoted(evil)));
        files.push(format!("[profile.{}]\nsource = {0}\n", quoted(evil)));
        files.push(format!("tz = '{evil}\n"));
        files.push(format!("{evil}\n"));
        for file in files {
            scene.write(".config/lq/config.toml", &file);
            for tool in TOOLS {
                for words in [&["--show-config"][..], &["gone"], &["pods"], &["--profile", "nobody"]] {
                    let (shown, _) = on_terminal(scene.command(tool, words), 200);
                    assert_harmless(&shown, &format!("{tool} {words:?} with {file:?}"));
                }
            }
        }
        std::fs::remove_file(scene.path(".config/lq/config.toml")).unwrap();
    }
}
