//! The scripts: wherever they are put and however they are read, the words complete.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use crate::home::{Home, TOOLS, built, completions};
use crate::support::eventually;
use crate::terminal::{PROMPT, Shell, Terminal};

/// The words come out completed.
#[track_caller]
fn completes(terminal: &mut Terminal, home: &Home, keys: &str, tool: &str, expected: &[&str]) {
    home.forgets();
    terminal.types(keys).types("⏎");
    eventually(keys, || home.typed(tool).is_some());
    assert_eq!(home.typed(tool).unwrap(), expected, "{keys}\n{}", terminal.lines().join("\n"));
    terminal.waits();
}

/// The tools' own words on how to be completed are the scripts.
#[test]
fn every_tool_prints_its_scripts() {
    let file = |name: &str| fs::read_to_string(completions().join(name)).unwrap();
    for tool in TOOLS {
        for (shell, script) in [("bash", "lq.bash"), ("zsh", "_lq"), ("fish", &format!("{tool}.fish"))] {
            let printed = std::process::Command::new(built().join(tool)).env("COMPLETE", shell).output().unwrap();
            assert_eq!(String::from_utf8(printed.stdout).unwrap(), file(script), "{tool} {shell}");
        }
    }
}

/// The line that the README has for a shell's own file.
fn line_of_the_readme(shell: Shell) -> String {
    let page = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("README.md")).unwrap();
    let row = page.lines().find(|line| line.starts_with(&format!("| {}, ", shell.name()))).unwrap();
    row.split('`').rev().nth(1).unwrap().replace("\\|", "|")
}

#[test]
fn the_readme_s_lines_make_words_complete() {
    let home = Home::new();
    for (shell, before) in [
        (Shell::Bash, "set -u; "),
        (Shell::Zsh, "setopt nounset; autoload -Uz compinit; compinit -u -D; "),
        (Shell::Fish, ""),
    ] {
        let mut terminal = Terminal::open(shell, &home, &format!("{before}{}", line_of_the_readme(shell)));
        completes(&mut terminal, &home, "lq-query --dry⇥", "lq-query", &["--dry-run"]);
        completes(&mut terminal, &home, "lq-split --no-c⇥", "lq-split", &["--no-clobber"]);
        completes(&mut terminal, &home, "lq-ls pods --nonsense⇥", "lq-ls", &["pods", "--nonsense"]);
        let lines = terminal.lines();
        assert!(lines.iter().all(|line| line.starts_with(PROMPT)), "{}", lines.join("\n"));
    }
}

#[test]
fn the_shells_find_the_scripts_where_they_are_installed() {
    let home = Home::new();
    let put = |script: &str, place: &str| {
        let place = home.join(place);
        fs::create_dir_all(place.parent().unwrap()).unwrap();
        fs::copy(completions().join(script), place).unwrap();
    };
    put("_lq", "site-functions/_lq");
    put("lq-split.fish", "vendor/lq-split.fish");
    let folder = |name: &str| home.join(name).display().to_string();
    for (shell, start) in [
        (Shell::Zsh, format!("fpath=({} $fpath); autoload -Uz compinit; compinit -u -D", folder("site-functions"))),
        (Shell::Fish, format!("set -g fish_complete_path {}", folder("vendor"))),
    ] {
        let mut terminal = Terminal::open(shell, &home, &start);
        // The first time the script is read, the second time it is there.
        completes(&mut terminal, &home, "lq-split --no-c⇥", "lq-split", &["--no-clobber"]);
        completes(&mut terminal, &home, "lq-split --compress=z⇥", "lq-split", &["--compress=zst"]);
    }
}

#[test]
fn zsh_says_what_is_missing_where_it_is_sourced_too_early() {
    let home = Home::new();
    let mut terminal = Terminal::open(Shell::Zsh, &home, "");
    terminal.types(&format!("source {}/_lq⏎", completions().display()));
    terminal.shows("lq: completion needs compinit first: autoload -Uz compinit && compinit");
}

#[test]
fn words_complete_behind_sudo_and_for_other_names_of_a_tool() {
    let home = Home::new();
    let sudo = home.join("bin/sudo");
    fs::write(&sudo, "#!/bin/sh\nexec \"$@\"\n").unwrap();
    fs::set_permissions(&sudo, fs::Permissions::from_mode(0o755)).unwrap();
    // The package bash-completion completes behind sudo in bash.
    let package = "/usr/share/bash-completion/bash_completion";
    let of_bash = if Path::new(package).exists() { format!("source {package}; ") } else { String::new() };
    for (shell, start) in [
        (
            Shell::Bash,
            format!(
                "{of_bash}{}; quemaru() {{ lq-query \"$@\"; }}; complete -F _lq quemaru; alias q=lq-query; complete -F _lq q",
                Shell::Bash.sourced()
            ),
        ),
        (
            Shell::Zsh,
            format!(
                "{}; quemaru() {{ lq-query \"$@\" }}; compdef quemaru=lq-query; alias q=lq-query",
                Shell::Zsh.sourced()
            ),
        ),
        (
            Shell::Fish,
            format!(
                "set -g fish_complete_path $__fish_data_dir/completions; {}; \
                 function quemaru --wraps lq-query; lq-query $argv; end; alias q=lq-query",
                Shell::Fish.sourced()
            ),
        ),
    ] {
        let mut terminal = Terminal::open(shell, &home, &start);
        completes(&mut terminal, &home, "q --namespace=da⇥", "lq-query", &["--namespace=datadog"]);
        completes(&mut terminal, &home, "quemaru tra⇥", "lq-query", &["trace-agent"]);
        if shell != Shell::Bash || Path::new(package).exists() {
            completes(&mut terminal, &home, "sudo lq-query --namespace=da⇥", "lq-query", &["--namespace=datadog"]);
        }
    }
}
