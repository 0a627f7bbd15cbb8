//! Whatever is wrong, the tab key brings no error, no word on stderr, and no network.

use std::fs::{self, File};
use std::net::TcpListener;
use std::os::unix::ffi::OsStrExt;
use std::process::{Output, Stdio};

use crate::home::{Home, TOOLS, built};

/// Asserts that it was silent, and gives what it offered.
#[track_caller]
pub fn silent(output: Output) -> String {
    assert!(output.status.success() && output.stderr.is_empty(), "{output:?}");
    String::from_utf8(output.stdout).unwrap()
}

const QUESTIONS: [&[&str]; 9] = [
    &[""],
    &["--pod", ""],
    &["deploy/"],
    &["-n", ""],
    &["--source", ""],
    &["--profile", ""],
    &["-l", ""],
    &["--since", ""],
    &["--name", "{"],
];

#[test]
fn broken_settings_and_a_broken_index_are_no_errors() {
    let home = Home::new();
    let config = home.join(".config/lq/config.toml");
    let sound = fs::read_to_string(&config).unwrap();
    let index = fs::read_dir(home.join(".local/state/lq")).unwrap().map(|file| file.unwrap().path());
    let index = index.filter(|path| path.extension().is_some_and(|e| e == "jsonl")).collect::<Vec<_>>();
    assert_eq!(index.len(), 1);
    let ask_all = || {
        for tool in TOOLS {
            for words in QUESTIONS {
                silent(home.asking(tool, words).output().unwrap());
            }
        }
    };
    for broken in [
        "[",
        "source = 1",
        "sauce = 'x'",
        "profile = 3",
        "[profile]\nx = 1",
        "tz = 'Nowhere'",
        "source = 'gs://x'",
        "source = 'bq://x'",
        "\u{0}",
    ] {
        fs::write(&config, broken).unwrap();
        ask_all();
    }
    fs::remove_file(&config).unwrap();
    fs::create_dir(&config).unwrap();
    ask_all();
    fs::remove_dir(&config).unwrap();
    fs::write(&config, sound).unwrap();
    for broken in ["", "{", "{\"index\":1}", "\u{0}\n\n\n", &"[".repeat(100_000)] {
        fs::write(&index[0], broken).unwrap();
        ask_all();
    }
}

#[test]
fn strange_surroundings_are_no_errors() {
    let home = Home::new();
    let gone = home.join("gone");
    for words in QUESTIONS {
        let ask = || home.asking("lq-query", words);
        silent(ask().env_remove("HOME").output().unwrap());
        silent(ask().env("HOME", "/nonexistent").env("XDG_STATE_HOME", "relative").output().unwrap());
        silent(ask().env("LQ_SOURCE", "/nonexistent").output().unwrap());
        silent(ask().env("LQ_SOURCE", std::ffi::OsStr::from_bytes(b"\xff")).output().unwrap());
        silent(ask().env("LQ_PROFILE", "nobody").output().unwrap());
        silent(ask().env("TZ", "Nowhere/At all").output().unwrap());
        silent(ask().stdin(Stdio::null()).output().unwrap());
        silent(ask().stdout(File::options().write(true).open("/dev/full").unwrap()).output().unwrap());
        let (reader, writer) = std::io::pipe().unwrap();
        drop(reader);
        silent(ask().stdout(writer).output().unwrap());
        fs::create_dir(&gone).unwrap();
        let mut lost = home.command("sh");
        lost.args(["-c", "cd gone; rmdir ../gone; exec \"$@\"", "sh"]).arg(built().join("lq-query"));
        lost.env("COMPLETE", "fish").arg(words.len().to_string()).arg("lq-query").args(words);
        silent(lost.output().unwrap());
    }
}

#[test]
fn lines_with_mistakes_are_no_errors() {
    let home = Home::new();
    for words in [
        &["--nonsense", "--pod", ""][..],
        &["--stream", "nonsense", "--pod", ""],
        &["--exclude-pod", "(", "--pod", ""],
        &["we[b", "--pod", ""],
        &["nonsense/x", "--pod", ""],
        &["-A", "-n", "shop", "--pod", ""],
        &["--since", "nonsense", "--until", ""],
        &["--at", "1h", "--since", ""],
        &["--help", "--pod", ""],
        &["--version", "-n", ""],
        &["--max-bytes", "nonsense", "--pod", ""],
        &["--tz", "nonsense", "--since", ""],
        &["--tz", "nonsense", "-d", ""],
        &["--source", "-", "--pod", ""],
        &["--source", "", "--pod", ""],
        &["--pod", "", "--pod"],
        &["--", ""],
        &["-"],
        &["--"],
        &["---"],
        &["--="],
        &["=", ","],
        &["deploy//"],
        &["/"],
        &["-n", ",,"],
        &["--name", "}{}{"],
        &["\u{1b}[2J"],
        &["注文"],
        &["--pod", "注文", "-n", "é", "é"],
    ] {
        for tool in TOOLS {
            silent(home.asking(tool, words).output().unwrap());
        }
    }
}

#[test]
fn whatever_a_script_hands_over_is_answered() {
    let home = Home::new();
    for shell in ["bash", "zsh", "fish", "kubectl"] {
        for handed in [
            &[""][..],
            &["x"],
            &["", "", ""],
            &["lq-query 'a", "b c", " ="],
            &["99999999999999999999"],
            &["18446744073709551615", "x"],
            &["1000000000000", "lq-query"],
            &["-1", "lq-query", ""],
            &["0", "lq-query", "x"],
            &["1"],
            &["--", "--", "--"],
        ] {
            let mut command = home.command(built().join("lq-query").to_str().unwrap());
            silent(command.env("COMPLETE", shell).args(handed).output().unwrap());
            command.arg(std::ffi::OsStr::from_bytes(b"\xff\xfe"));
            silent(command.output().unwrap());
        }
    }
}

#[test]
fn what_others_mean_by_the_variable_is_no_question() {
    let home = Home::new();
    for value in ["", "0", "1", "elvish", "nonsense"] {
        let mut command = home.command(built().join("lq-query").to_str().unwrap());
        let output = command.env("COMPLETE", value).arg("--version").output().unwrap();
        let said = silent(output);
        assert!(said.starts_with("lq-query "), "{value}: {said}");
    }
}

#[test]
fn nobody_is_asked_over_the_network() {
    let home = Home::new();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    listener.set_nonblocking(true).unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    for words in QUESTIONS {
        let mut command = home.asking("lq-query", words);
        for name in ["BIGQUERY_EMULATOR_HOST", "HTTPS_PROXY", "HTTP_PROXY", "ALL_PROXY", "GCE_METADATA_HOST"] {
            command.env(name, &address);
        }
        silent(command.env("LQ_SOURCE", "bq://acme/logs").output().unwrap());
    }
    let asked = listener.accept().map_err(|error| error.kind());
    assert_eq!(asked.map(|_| ()), Err(std::io::ErrorKind::WouldBlock));
}

#[test]
fn where_the_tool_is_gone_the_scripts_say_nothing_and_the_shell_lives() {
    let house = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("completions");
    for (shell, script) in [
        (
            "bash",
            "set -eu; . ./lq.bash; COMP_LINE='lq-query ap'; COMP_POINT=11; unset COMP_WORDBREAKS; _lq lq-query ap lq-query; echo alive",
        ),
        ("fish", "source ./lq-query.fish; complete --do-complete 'lq-query ap'; echo alive"),
    ] {
        let mut command = std::process::Command::new(shell);
        command.args(["-c", script]).current_dir(&house).env("PATH", "/usr/bin:/bin").stdin(Stdio::null());
        assert_eq!(silent(command.output().unwrap()), "alive\n", "{shell}");
    }
}

#[test]
fn a_configuration_that_does_not_end_is_not_waited_for() {
    let home = Home::new();
    for endless in ["/dev/zero", "/dev/stdin"] {
        silent(home.asking("lq-query", &["--config", endless, "-n", ""]).stdin(Stdio::piped()).output().unwrap());
    }
}
