//! Words complete: in a real bash through the script that is installed, and in zsh and fish as their
//! scripts ask the tools.

use std::path::Path;
use std::process::Command;

/// A shell that finds the tools by their names.
fn shell(program: &str) -> Command {
    let tools = Path::new(env!("CARGO_BIN_EXE_lq-query")).parent().unwrap();
    let mut command = Command::new(program);
    command.env("PATH", format!("{}:{}", tools.display(), std::env::var("PATH").unwrap()));
    command
}

/// What bash offers behind `line`, cut into words as readline cuts it: at blanks, and around `=` and `:`.
fn bash(line: &str) -> Vec<String> {
    let mut words = Vec::new();
    for word in line.split(' ') {
        let mut rest = word;
        while let Some(at) = rest.find(['=', ':']) {
            if at > 0 {
                words.push(&rest[..at]);
            }
            words.push(&rest[at..=at]);
            rest = &rest[at + 1..];
        }
        if !rest.is_empty() || word.is_empty() {
            words.push(rest);
        }
    }
    let script = r#"
        source "$1"; COMP_LINE=$2; COMP_POINT=${#2}; COMP_TYPE=9; shift 2
        COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1))
        _lq "$1" "${COMP_WORDS[COMP_CWORD]}" ''
        printf '%s\n' "${COMPREPLY[@]}""#;
    let completions = Path::new(env!("CARGO_MANIFEST_DIR")).join("completions/lq.bash");
    let output = shell("bash").args(["-c", script, "bash"]).arg(completions).arg(line).args(words).output().unwrap();
    assert_eq!(String::from_utf8_lossy(&output.stderr), "", "{line}");
    String::from_utf8(output.stdout).unwrap().lines().filter(|l| !l.is_empty()).map(str::to_owned).collect()
}

#[test]
fn bash_completes_flags_and_enumerated_values() {
    for (line, expected) in [
        ("lq-query --tai", "--tail"),
        ("lq-query agent --dry", "--dry-run"),
        ("lq-query -o lo", "logentry logfmt"),
        ("lq-query --output lo", "logentry logfmt"),
        ("lq-query --output=lo", "logentry logfmt"),
        ("lq-query -s e", "error emergency"),
        ("lq-fmt --severity=w", "warning"),
        ("lq-query --stream std", "stdout stderr"),
        ("lq-query --stream=", "stdout stderr"),
        ("lq-query --with node,trace,spa", "node,trace,spanId"),
        ("lq-query --without ", "payload"),
        ("lq-split --compress ", "gz zst"),
        ("lq-split --no-c", "--no-clobber"),
        ("lq-fmt --color=", "auto always never"),
        ("lq-fmt --high", "--highlight"),
        ("lq-ls po", "pods"),
        ("lq-ls -n shop cl", "clusters"),
        ("lq-ls pods -o j", "json"),
    ] {
        assert_eq!(bash(line).join(" "), expected, "{line}");
    }
}

#[test]
fn bash_completes_nothing_where_nothing_fits_and_says_nothing() {
    for line in ["lq-query --nonsense", "lq-query --output=nonsense", "lq-split --since"] {
        assert_eq!(bash(line), [""; 0], "{line}");
    }
}

#[test]
fn zsh_and_fish_get_values_with_their_help() {
    let ask = |name: &str, words: &[&str]| {
        let mut command = shell(words[0]);
        command.env("COMPLETE", name).env("_CLAP_IFS", "\n");
        command.env("_CLAP_COMPLETE_INDEX", (words.len() - 1).to_string());
        let output = command.arg("--").args(words).output().unwrap();
        assert!(output.status.success() && output.stderr.is_empty(), "{output:?}");
        String::from_utf8(output.stdout).unwrap().trim_end().to_owned()
    };
    assert_eq!(ask("zsh", &["lq-query", "-o", "ra"]), "raw:What the container wrote");
    assert_eq!(ask("fish", &["lq-query", "-o", "ra"]), "raw\tWhat the container wrote");
    assert_eq!(ask("fish", &["lq-fmt", "--pag"]).split('\t').next(), Some("--paging"));
    assert_eq!(ask("fish", &["lq-split", "--compress", ""]), "gz\tgzip\nzst\tZstandard");
}
