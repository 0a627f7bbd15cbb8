//! What the user sees: lists, with what is known of each name where the shell shows that.

use crate::home::Home;
use crate::terminal::{SHELLS, Shell, Terminal};

/// It, listing at once what there is.
fn open(shell: Shell, home: &Home) -> Terminal {
    let at_once = match shell {
        Shell::Bash => "bind 'set show-all-if-ambiguous on'",
        Shell::Zsh => "unsetopt LIST_AMBIGUOUS",
        Shell::Fish => "true",
    };
    Terminal::open(shell, home, &format!("{at_once}; {}", shell.sourced()))
}

/// A word and what is said of it, as the shell puts them side by side.
fn line(shell: Shell, word: &str, help: &str) -> String {
    match shell {
        Shell::Bash => word.to_owned(),
        Shell::Zsh => format!("{word} -- {help}"),
        Shell::Fish => format!("{word} ({help})"),
    }
}

#[test]
fn lists_show_what_is_known_of_each_word() {
    let home = Home::new();
    for shell in SHELLS {
        for (keys, lines) in [
            (
                "lq-query --pod ",
                &[
                    ("agent-hg8tg", "seen 30 minutes ago, 2 lines, datadog"),
                    ("web-6d4b75cb6d-x2x4z", "seen 3 hours ago, 1 line, shop"),
                    ("agent-qbpch", "gone 12 days, 2 lines, datadog"),
                ][..],
            ),
            (
                "lq-query -n datadog --pod ",
                &[("agent-hg8tg", "seen 30 minutes ago, 2 lines"), ("agent-qbpch", "gone 12 days, 2 lines")],
            ),
            (
                "lq-query ",
                &[("agent", "2 Pods in datadog, seen 30 minutes ago"), ("deploy/", "the Pods of a Deployment")],
            ),
            ("lq-query -n ", &[("datadog", "2 Pods, seen 30 minutes ago"), ("shop", "2 Pods, seen 3 hours ago")]),
            ("lq-split --t", &[("--tee", "Write the entries to standard output as well")]),
            ("lq-query -o ", &[("raw", "What the container wrote")]),
            ("lq-split --name '{", &[("{pod}", "the Pod")]),
        ] {
            let mut terminal = open(shell, &home);
            terminal.types(keys).types("⇥");
            for (word, help) in lines {
                terminal.shows(&line(shell, word, help));
            }
            assert!(!terminal.lines().join("\n").contains("evil"), "{keys}\n{}", terminal.lines().join("\n"));
        }
    }
}

#[test]
fn times_show_the_window_that_they_mean() {
    let home = Home::new();
    for shell in [Shell::Zsh, Shell::Fish] {
        let mut terminal = open(shell, &home);
        let day = chrono::Utc::now() - chrono::TimeDelta::days(1);
        let day = day.format("yesterday -- %a %Y-%m-%d 00:00 to now").to_string();
        let day = if shell == Shell::Fish { day.replace(" -- ", " (") } else { day };
        terminal.types("lq-query --since ⇥").shows(&day);
    }
}

#[test]
fn bash_keeps_the_order_of_pods() {
    let home = Home::new();
    let mut terminal = open(Shell::Bash, &home);
    terminal.types("lq-query --pod ⇥").shows("agent-qbpch");
    let screen = terminal.lines().join("\n");
    let place = |name: &str| screen.find(name).unwrap_or_else(|| panic!("{name}: {screen}"));
    assert!(place("web-6d4b75cb6d-x2x4z") < place("db-0"), "{screen}");
    assert!(place("db-0") < place("agent-qbpch"), "{screen}");
}
