//! The command that was typed, to be typed again with another time.

use clap::{Arg, Command, CommandFactory};

use crate::query::args::Args;

/// This command with another time: the hour from `hour` on.
pub(crate) fn at(tool: &str, hour: &str) -> String {
    let typed = std::env::args_os().skip(1).map(|word| word.to_string_lossy().into_owned());
    let mut words = vec![tool.to_owned(), "--at".to_owned(), hour.to_owned()];
    words.extend(without_times(&Args::command(), typed));
    quoted(&words)
}

/// This command with further flags.
pub(crate) fn with(tool: &str, flags: &[&str]) -> String {
    let mut words: Vec<String> = std::env::args_os().skip(1).map(|word| word.to_string_lossy().into_owned()).collect();
    let end = words.iter().position(|word| word == "--").unwrap_or(words.len());
    words.splice(end..end, flags.iter().map(|flag| flag.to_string()));
    words.insert(0, tool.to_owned());
    quoted(&words)
}

fn quoted(words: &[String]) -> String {
    let quoted = words.iter().map(|word| shlex::try_quote(word).unwrap_or_default().into_owned());
    quoted.collect::<Vec<_>>().join(" ")
}

/// Drops the flags that say a time, and their values; the zone stays.
fn without_times(command: &Command, mut words: impl Iterator<Item = String>) -> Vec<String> {
    let mut kept = Vec::new();
    while let Some(word) = words.next() {
        if word == "--" {
            kept.push(word);
            kept.extend(words);
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
        if !flag.is_some_and(is_time) {
            kept.push(word);
            kept.extend(value);
        } else if !before.is_empty() {
            kept.push(format!("-{before}"));
        }
    }
    kept
}

fn is_valued(flag: &Arg) -> bool {
    flag.get_action().takes_values()
}

fn is_time(flag: &Arg) -> bool {
    flag.get_help_heading() == Some("Time") && !["tz", "utc"].contains(&flag.get_id().as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

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
            assert_eq!(without_times(&Args::command(), words).join(" "), expected, "{typed}");
        }
    }
}
