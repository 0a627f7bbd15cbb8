//! The command that was typed, to be typed again with another time. There is none where a word of it
//! cannot be told as it is: what is told is harmless for a terminal.

use clap::{Arg, Command, CommandFactory};

use crate::entry::sanitize;
use crate::query::args::Args;

/// This command with another time: the hour from `hour` on.
pub(crate) fn at(tool: &str, hour: &str) -> Option<String> {
    timed(tool, &["--at", hour])
}

/// This command with another time: the hour with `time` in its middle.
pub(crate) fn around(tool: &str, time: &str) -> Option<String> {
    timed(tool, &["--around", time])
}

/// This command with another time: from `since` on, until before `until`.
pub(crate) fn within(tool: &str, since: &str, until: &str) -> Option<String> {
    timed(tool, &["--since", since, "--until", until])
}

fn timed(tool: &str, time: &[&str]) -> Option<String> {
    let mut words: Vec<String> = [&[tool], time].concat().into_iter().map(str::to_owned).collect();
    words.extend(kept(&Args::command(), typed(), is_no_time));
    quoted(&words)
}

/// The command that lists the Pods that the source of this command had in its window; within a day where
/// none was typed.
pub(crate) fn pods() -> Option<String> {
    let mut words = ["lq-ls", "pods"].map(str::to_owned).to_vec();
    let window = kept(&Args::command(), typed(), |flag| !is_no_time(flag));
    let day = ["--since", "1d"].map(str::to_owned).to_vec();
    words.extend(if window.is_empty() { day } else { window });
    let is_of_source = |flag: Option<&Arg>| {
        let is_place = |flag: &Arg| ["profile", "config", "tz", "utc"].contains(&flag.get_id().as_str());
        flag.is_some_and(|flag| flag.get_help_heading() == Some("Source") || is_place(flag))
    };
    words.extend(kept(&Args::command(), typed(), is_of_source));
    quoted(&words)
}

/// The words behind the tool's name.
pub(crate) fn typed() -> impl Iterator<Item = String> {
    std::env::args_os().skip(1).map(|word| word.to_string_lossy().into_owned())
}

/// This command with further flags.
pub(crate) fn with(tool: &str, flags: &[&str]) -> Option<String> {
    let mut words: Vec<String> = typed().collect();
    let end = words.iter().position(|word| word == "--").unwrap_or(words.len());
    words.splice(end..end, flags.iter().map(|flag| flag.to_string()));
    words.insert(0, tool.to_owned());
    quoted(&words)
}

fn quoted(words: &[String]) -> Option<String> {
    let quoted = words.iter().map(|word| shlex::try_quote(word).ok().filter(|_| sanitize::is_told(word)));
    Some(quoted.collect::<Option<Vec<_>>>()?.join(" "))
}

/// Keeps the flags that are to be kept, and their values. What is no flag, and a cluster of short ones
/// without a value, is `None`.
fn kept(
    command: &Command,
    mut words: impl Iterator<Item = String>,
    is_kept: impl Fn(Option<&Arg>) -> bool,
) -> Vec<String> {
    let mut kept = Vec::new();
    while let Some(word) = words.next() {
        if word == "--" {
            if is_kept(None) {
                kept.push(word);
                kept.extend(words);
            }
            break;
        }
        // The flag of this word that takes a value, what stands in front of it, and whether the value
        // is the next word.
        let (before, flag, is_apart) = if let Some(long) = word.strip_prefix("--") {
            let name = long.split_once('=').map_or(long, |(name, _)| name);
            let is_named = |arg: &&Arg| {
                arg.get_long() == Some(name) || arg.get_all_aliases().is_some_and(|aliases| aliases.contains(&name))
            };
            ("", command.get_arguments().find(is_named), name == long)
        } else {
            // A cluster ends with the first flag that takes a value.
            let shorts = word.strip_prefix('-').unwrap_or_default();
            let find = |short| command.get_arguments().find(|arg| arg.get_short() == Some(short) && is_valued(arg));
            match shorts.char_indices().find_map(|(at, short)| Some((at, short, find(short)?))) {
                Some((at, short, flag)) => (&shorts[..at], Some(flag), at + short.len_utf8() == shorts.len()),
                None => ("", None, false),
            }
        };
        let value = if is_apart && flag.is_some_and(is_valued) { words.next() } else { None };
        if is_kept(flag) {
            kept.push(word);
            kept.extend(value);
        } else if !before.is_empty() && is_kept(None) {
            kept.push(format!("-{before}"));
        }
    }
    kept
}

fn is_valued(flag: &Arg) -> bool {
    flag.get_action().takes_values()
}

/// True but for the flags that say a time; the zone is none of them.
fn is_no_time(flag: Option<&Arg>) -> bool {
    flag.is_none_or(|flag| flag.get_help_heading() != Some("Time") || ["tz", "utc"].contains(&flag.get_id().as_str()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_command_that_cannot_be_told_as_it_is_is_not_told() {
        for (word, told) in [
            ("/srv/logs", Some("/srv/logs")),
            ("/srv/my logs", Some("'/srv/my logs'")),
            ("/srv/東京", Some("'/srv/東京'")),
            ("/srv/a\nb", None),
            ("/srv/\u{1b}[31mlogs", None),
            ("/srv/\u{202e}logs", None),
            ("/srv/\u{fffd}", None),
        ] {
            let quoted = quoted(&["lq-ls".to_owned(), word.to_owned()]);
            assert_eq!(quoted.as_deref().map(|told| told.trim_start_matches("lq-ls ").trim_matches('"')), told);
        }
    }

    #[test]
    fn a_command_without_its_times_keeps_everything_else() {
        for (typed, expected) in [
            ("agent --ago 1d -n datadog", "agent -n datadog"),
            ("agent --ago=1d -r2h --utc", "agent --utc"),
            ("-d 1 agent -q", "agent -q"),
            ("-qd1 agent", "-q agent"),
            ("-qd 1 agent", "-q agent"),
            ("-nd agent --from 2h", "-nd agent"),
            ("--tz Asia/Tokyo --around 13:10 x", "--tz Asia/Tokyo x"),
            ("-g --since -n x --until 2h", "-g --since -n x"),
            ("--grep --since x", "--grep --since x"),
            ("--dry-run --since 2h x", "--dry-run x"),
            ("--ago 1d -- --since", "-- --since"),
            ("- -", "- -"),
            ("", ""),
        ] {
            let words = typed.split_whitespace().map(str::to_owned);
            assert_eq!(kept(&Args::command(), words, is_no_time).join(" "), expected, "{typed}");
        }
    }
}
