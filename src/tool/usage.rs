//! What a tool says of arguments that it cannot take: the thing and the remedy on one line, where
//! clap has paragraphs.

use std::error::Error as _;
use std::ffi::OsString;
use std::num::ParseIntError;

use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::{Arg, Command};

use super::{flags, foreign};
use crate::settings::{did_you_mean, nearest};

/// The lines for stderr, without the tool's name and not yet harmless: what is wrong, and sometimes
/// where to look. `words` are what was typed behind the tool's name; `command` is the tool's.
pub(super) fn said(error: &clap::Error, words: &[OsString], command: &Command) -> Vec<String> {
    let name = command.get_name();
    let arg = text(error, ContextKind::InvalidArg);
    let value = text(error, ContextKind::InvalidValue);
    let line = match (error.kind(), arg, value) {
        (ErrorKind::UnknownArgument, Some(arg), _) if let Some(line) = negative(&arg, words) => line,
        (ErrorKind::InvalidUtf8, ..) => {
            let is_text = |word: &&OsString| word.to_str().is_some();
            let wrong = words.iter().filter(|word| !is_text(word)).map(|word| word.as_encoded_bytes().escape_ascii());
            let wrong: Vec<_> = wrong.map(|word| format!("$'{word}'")).collect();
            format!("{}: not UTF-8", wrong.join(" "))
        }
        (ErrorKind::UnknownArgument, Some(arg), _) => {
            let (line, is_remedy) = unknown(&arg, command);
            let look = format!("{name} -h shows the flags");
            return if is_remedy { vec![line] } else { vec![line, look] };
        }
        (ErrorKind::InvalidValue, Some(arg), Some(value)) if value.is_empty() => {
            format!("{}: a value is missing; write {}", flag(&arg), plain(&arg))
        }
        (ErrorKind::InvalidValue, Some(arg), Some(value)) => {
            let known = texts(error, ContextKind::ValidValue);
            let theirs = foreign::value(&value).filter(|ours| known.iter().any(|known| known == ours));
            let near = match theirs {
                Some(ours) => format!("; did you mean `{ours}`?"),
                None => match did_you_mean(&value, known.iter().map(String::as_str)) {
                    // What stands where its kind should may be what is looked for.
                    near if near.is_empty() && arg == "<KIND>" => format!("; write {name} {} {value}", known[0]),
                    near => near,
                },
            };
            format!("{} {value}: known are {}{near}", plain(flag(&arg)), known.join(", "))
        }
        (ErrorKind::ValueValidation, Some(arg), Some(value)) => {
            let why = match error.source() {
                Some(source) if source.is::<ParseIntError>() && value.starts_with('-') => NEGATIVE.to_owned(),
                Some(source) if source.is::<ParseIntError>() => "is no number".to_owned(),
                Some(source) => source.to_string(),
                None => "cannot be read".to_owned(),
            };
            // Some reasons say the value themselves.
            let why = why.strip_prefix(&value).map_or(why.as_str(), str::trim_start);
            format!("{} {value}: {}", flag(&arg), why.replace("is not in 1..18446744073709551615", "must be 1 or more"))
        }
        (ErrorKind::MissingRequiredArgument, Some(arg), _) => {
            let missing = command.get_positionals().find(|known| known.to_string() == arg);
            let known = missing.map(|known| known.get_possible_values()).unwrap_or_default();
            let known: Vec<&str> = known.iter().map(|value| value.get_name()).collect();
            let of = if known.is_empty() { String::new() } else { format!("; it is one of {}", known.join(", ")) };
            format!("{} is missing{of}", plain(&arg))
        }
        (ErrorKind::TooManyValues, Some(arg), Some(value)) => {
            format!("{} takes no value; leave `{value}` out", flag(&arg))
        }
        (ErrorKind::ArgumentConflict, Some(arg), _) => {
            let others = texts(error, ContextKind::PriorArg);
            match others.contains(&arg) {
                true => format!("{} was given twice", flag(&arg)),
                false => {
                    let others: Vec<&str> = others.iter().map(|other| flag(other)).collect();
                    format!("{} cannot be used with {}", flag(&arg), others.join(" and "))
                }
            }
        }
        _ => {
            let text = error.to_string();
            let first = text.trim_start_matches("error: ").split("\n\n").next().unwrap_or_default();
            first.lines().map(str::trim).collect::<Vec<_>>().join(" ")
        }
    };
    vec![line]
}

/// What kubectl and stern call all, -1, is here the absence of a bound.
const NEGATIVE: &str = "must be 1 or more; for all leave it out";

/// For a negative number behind a flag that bounds entries, of which clap takes `arg` for a flag.
fn negative(arg: &str, words: &[OsString]) -> Option<String> {
    let text = |word: &OsString| word.to_string_lossy().into_owned();
    let mut pairs = words.windows(2).map(|pair| (text(&pair[0]), text(&pair[1])));
    let is_number = |word: &str| word.starts_with(arg) && word.parse::<i64>().is_ok();
    let (flag, number) = pairs.find(|(flag, word)| matches!(flag.as_str(), "--tail" | "--limit") && is_number(word))?;
    Some(format!("{flag} {number}: {NEGATIVE}"))
}

/// For a flag that the tool lacks; and whether that has a remedy.
fn unknown(arg: &str, command: &Command) -> (String, bool) {
    let name = command.get_name();
    let there = format!("there is no {arg}");
    if let Some(remedy) = foreign::remedy(name, arg) {
        return (format!("{there}; {remedy}"), true);
    }
    if let Some((other, long)) = flags::of_others(name, arg) {
        let long = if arg == long { String::new() } else { format!(" ({long})") };
        return (format!("{there}; it is a flag of {other}{long}"), true);
    }
    // A short flag is not guessed.
    let Some(word) = arg.strip_prefix("--") else { return (there, false) };
    // What is near to an alias is told under the name that the help has.
    let near = nearest(word, command.get_arguments().flat_map(longs)).map(|near| format!("--{near}"));
    if let Some(near) = near.and_then(|near| find(command, &near)).and_then(Arg::get_long) {
        return (format!("{there}; did you mean --{near}?"), true);
    }
    match nearest(arg, foreign::flags(name)).and_then(|near| Some((near, foreign::remedy(name, near)?))) {
        Some((near, remedy)) => (format!("{there}, nor {near}; {remedy}"), true),
        None => (there, false),
    }
}

/// The long names of a flag, hidden ones too.
pub(super) fn longs(arg: &Arg) -> Vec<&str> {
    arg.get_long_and_visible_aliases()
        .unwrap_or_default()
        .into_iter()
        .chain(arg.get_all_aliases().unwrap_or_default())
        .collect()
}

/// A tool's flag of this name, `--long` or `-s`.
fn find<'a>(command: &'a Command, name: &str) -> Option<&'a Arg> {
    command.get_arguments().find(|arg| match name.strip_prefix("--") {
        Some(long) => longs(arg).contains(&long),
        None => arg.get_short().is_some_and(|short| name == format!("-{short}")),
    })
}

/// `--tail` of `--tail <N>`, and `FILE` of `[FILE]...`.
fn flag(arg: &str) -> &str {
    arg.trim_start_matches(['[', '<']).split([' ', '=', '[', ']', '>']).next().unwrap_or(arg).trim_end_matches('.')
}

/// `--tail N` of `--tail <N>`.
fn plain(arg: &str) -> String {
    arg.replace(['<', '>'], "")
}

fn text(error: &clap::Error, kind: ContextKind) -> Option<String> {
    texts(error, kind).into_iter().next()
}

fn texts(error: &clap::Error, kind: ContextKind) -> Vec<String> {
    match error.get(kind) {
        Some(ContextValue::String(text)) => vec![text.clone()],
        Some(ContextValue::Strings(texts)) => texts.clone(),
        _ => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::manual::{self, named};

    /// What a tool says of this command line.
    fn told(line: &str) -> String {
        let (name, words) = line.split_once(' ').unwrap();
        let tools = manual::commands();
        let command = tools.iter().find(|tool| tool.get_name() == name).unwrap();
        let words = shlex::split(words).unwrap();
        let error = command.clone().try_get_matches_from([vec![name.to_owned()], words.clone()].concat()).unwrap_err();
        let words: Vec<OsString> = words.into_iter().map(OsString::from).collect();
        said(&error, &words, command).join("\n")
    }

    #[test]
    fn the_thing_and_the_remedy_stand_on_one_line() {
        let cases = [
            ("lq-query --sinse 2h", "there is no --sinse; did you mean --since?"),
            ("lq-query --frm 2h", "there is no --frm; did you mean --since?"),
            ("lq-query --foo 2h", "there is no --foo; did you mean --range?"),
            ("lq-query --zebra", "there is no --zebra\nlq-query -h shows the flags"),
            ("lq-query -j 4", "there is no -j\nlq-query -h shows the flags"),
            ("lq-query --tail", "--tail: a value is missing; write --tail N"),
            ("lq-query --tail --since 1h", "--tail: a value is missing; write --tail N"),
            ("lq-query --tail x", "--tail x: is no number"),
            ("lq-query --tail 0", "--tail 0: must be 1 or more"),
            ("lq-query --tail -1", "--tail -1: must be 1 or more; for all leave it out"),
            ("lq-query --limit -10 web", "--limit -10: must be 1 or more; for all leave it out"),
            ("lq-query --tail=-1", "--tail -1: must be 1 or more; for all leave it out"),
            ("lq-query -q -v", "--quiet cannot be used with --verbose"),
            ("lq-query --tail 1 --limit 2", "--tail cannot be used with --limit"),
            ("lq-query --since 1h --since 2h", "--since was given twice"),
            ("lq-query --quiet=yes", "--quiet takes no value; leave `yes` out"),
            ("lq-query --stream out", "--stream out: known are stdout, stderr"),
            ("lq-query --max-bytes much", "--max-bytes much: `much` is no size; write 100GiB, 1TiB or none"),
            (
                "lq-split -o rwa",
                "--output rwa: known are entry, logentry, raw, text, tsv, logfmt, cri, kubectl; did you mean `raw`?",
            ),
            ("lq-split --append --no-clobber", "--append cannot be used with --no-clobber"),
            ("lq-split --check k1 k2", "--check cannot be used with FILE"),
            ("lq-split --check k1 --sealed k2", "--check cannot be used with --sealed and FILE"),
            ("lq-fmt --template x -o raw", "--template cannot be used with --output"),
        ];
        for (line, wanted) in cases {
            assert_eq!(told(line), wanted, "{line}");
        }
    }

    #[test]
    fn flags_of_other_tools_are_known_with_what_to_type_instead() {
        let cases = [
            (
                "lq-query --previous web",
                "there is no --previous; any Pod that ever logged is there, crashed and deleted ones too: \
                 lq-query --pod '^web-' --since 3d",
            ),
            (
                "lq-query --contxt=prod",
                "there is no --contxt, nor --context; the cluster is named as the logs name it: --cluster NAME",
            ),
            (
                "lq-query -pf web",
                "there is no -p; elsewhere it means a Pod, the previous one, or a priority; write --pod REGEX or -s SEVERITY",
            ),
            (
                "lq-query -o json",
                "--output json: known are entry, logentry, raw, text, tsv, logfmt, cri, kubectl; did you mean `entry`?",
            ),
            ("lq-query --dir logs", "there is no --dir; it is a flag of lq-split"),
            ("lq-fmt -n shop", "there is no -n; it is a flag of lq-query (--namespace)"),
            ("lq-fmt -f", "there is no -f; lines are shown as they come: kubectl logs -f ... | lq-fmt"),
            ("lq-split --folder x", "there is no --folder; write --dir DIR"),
            ("lq-ls -q", "KIND is missing; it is one of pods, containers, namespaces, clusters, cache"),
            ("lq-ls pdos", "KIND pdos: known are pods, containers, namespaces, clusters, cache; did you mean `pods`?"),
            (
                "lq-ls agent",
                "KIND agent: known are pods, containers, namespaces, clusters, cache; write lq-ls pods agent",
            ),
        ];
        for (line, wanted) in cases {
            assert_eq!(told(line), wanted, "{line}");
        }
    }

    #[test]
    fn what_we_tell_to_type_is_there_and_what_it_replaces_is_not() {
        let tools = manual::commands();
        let mut count = 0;
        for tool in &tools {
            let name = tool.get_name();
            for flag in foreign::flags(name) {
                count += 1;
                let remedy = foreign::remedy(name, flag).unwrap();
                assert_eq!(named::unknown(remedy, name), [""; 0], "{name} {flag}");
                assert!(find(tool, flag).is_none(), "{name} has {flag}");
            }
        }
        assert!(count > 80, "{count}");
    }
}
