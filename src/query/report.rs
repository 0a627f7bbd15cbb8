//! What is said on stderr: the window, the plan, the end of the archive, trouble, the summary.

use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::Result;
use chrono::{DateTime, TimeDelta, Utc};
use clap::{Arg, Command, CommandFactory};

use super::args::Args;
use super::plan::Plan;
use super::run::Stream;
use super::sink::Written;
use crate::entry::stamp::Stamp;
use crate::size::{self, plural};
use crate::source::slice::Slice;
use crate::source::tally::{Malformed, Tally};
use crate::source::tree::Tree;
use crate::tool::Notes;

/// Slices that the plan lists one by one.
const LISTED: usize = 24;

/// The resolved window, in a form that can be pasted back.
pub(crate) fn window(plan: &Plan, notes: &Notes) {
    notes.say(plan.time.window.echo(&plan.time.zone));
    for notice in &plan.time.notices {
        notes.say(notice);
    }
}

/// Prints the plan: what was asked for, so `-q` does not silence it.
pub(crate) fn dry_run(plan: &Plan, slices: &[Slice]) {
    let notes = Notes { tool: super::NAME, quiet: false };
    if plan.quiet {
        window(plan, &notes);
    }
    if plan.source == Path::new("-") {
        return notes.say("would read 1 slice of standard input; nothing was read (--dry-run)");
    }
    let mut files = 0;
    let mut bytes = 0;
    for (number, slice) in slices.iter().enumerate() {
        // Of a file that is not there the run itself will tell.
        let size = |file: &PathBuf| file.metadata().map_or(0, |data| data.len());
        let slice_bytes: u64 = slice.files.iter().map(size).sum();
        files += slice.files.len() as u64;
        bytes += slice_bytes;
        if number < LISTED {
            let hour = match slice.hour {
                Some(hour) => local(plan, hour),
                None if slices.len() == 1 => "the whole window".to_owned(),
                None => "files of no hour".to_owned(),
            };
            let count = plural(slice.files.len() as u64, "file");
            notes.say(format!("slice {}: {hour}, {count}, {}", number + 1, size::say(slice_bytes)));
        }
    }
    if slices.len() > LISTED {
        notes.say(format!("… and {}", plural((slices.len() - LISTED) as u64, "more slice")));
    }
    let count = plural(slices.len() as u64, "slice");
    notes.say(format!(
        "would read {count} of {}: {}, {}; nothing was read (--dry-run)",
        plan.source.display(),
        plural(files, "file"),
        size::say(bytes)
    ));
}

/// Says which logs are left out, and where the archive ends, if the window goes on behind that.
pub(crate) fn end_of_archive(plan: &Plan, tree: &Tree, notes: &Notes) -> Result<()> {
    if let [first @ .., last] = tree.unwanted.as_slice() {
        let (listed, more) = first.split_at(first.len().min(3));
        let more = if more.is_empty() { String::new() } else { format!("{} more, ", more.len()) };
        let listed: String = listed.iter().map(|name| format!("{name}, ")).collect();
        notes.say(format!("not read: {listed}{more}{last} (other logs are read with --log NAME)"));
    }
    if let Some((first, last)) = tree.hours()?
        && plan.time.window.until > last + TimeDelta::hours(1)
    {
        let hours = hours(plan, first, last);
        notes.say(format!("the window ends behind the archive, which holds {hours}"));
        notes.say(format!("its newest hour: {}", command_at(plan, last)));
    }
    Ok(())
}

/// Says why nothing came.
pub(crate) fn nothing(plan: &Plan, tree: &Tree, tally: &Tally, notes: &Notes) -> Result<()> {
    let why = if tally.in_window > 0 {
        let read = plural(tally.in_window, "entry");
        format!("nothing matched: of {read} in the window none was selected")
    } else if let Some((first, last)) = tree.hours()? {
        format!("nothing lies in the window; the archive holds {}", hours(plan, first, last))
    } else if let Some((first, last)) = tally.span {
        let [first, last] = [first, last].map(|stamp| local_stamp(plan, stamp));
        format!("nothing lies in the window; the entries of the archive run from {first} to {last}")
    } else {
        "nothing lies in the window; the archive holds no entries of containers".to_owned()
    };
    notes.say(why);
    Ok(())
}

fn hours(plan: &Plan, first: DateTime<Utc>, last: DateTime<Utc>) -> String {
    format!("the hours from {} to {}", local(plan, first), local(plan, last + TimeDelta::hours(1)))
}

/// What is missing, broken or was changed. Loud where something is missing.
pub(crate) fn trouble(stream: &Stream, disorder: u64, notes: &Notes) {
    let tally = &stream.tally;
    for what in stream.lost.iter().take(LISTED) {
        notes.error(what);
    }
    for (file, malformed) in tally.malformed.iter().take(LISTED) {
        notes.error(format!("{file}: {}", say_malformed(malformed)));
    }
    let unlisted = stream.lost.len().saturating_sub(LISTED) + tally.malformed.len().saturating_sub(LISTED);
    if unlisted > 0 {
        notes.error(format!("… and {} with such trouble", plural(unlisted as u64, "more file")));
    }
    if tally.mended > 0 {
        let count = plural(tally.mended, "line");
        notes.say(format!("{count} held bytes that are not UTF-8, or half a surrogate pair; U+FFFD stands for them"));
    }
    if let [one, more @ ..] = tally.foreign.as_slice() {
        let more = if more.is_empty() { String::new() } else { format!(" and {} more", more.len()) };
        notes.say(format!("passed over, as no exported logs: {one}{more}"));
    }
    if tally.other_resources > 0 {
        let count = plural(tally.other_resources, "entry");
        notes.say(format!("skipped {count} of resources that are no containers"));
    }
    if tally.pieces > 0 {
        let count = plural(tally.pieces, "piece");
        notes.say(format!(
            "{count} of long entries that Cloud Logging split could not be joined, and came as they are, in order"
        ));
    }
    if disorder > 0 {
        let count = plural(disorder, "entry");
        notes
            .error(format!("{count} stood in files of much later hours: out of order, and twins among them were kept"));
    }
}

fn say_malformed(Malformed { lines, first, long, timeless }: &Malformed) -> String {
    if lines == timeless {
        let count = plural(*lines, "line");
        return format!(
            "{count} without a timestamp, the first is line {first}: of no window; lq-fmt and lq-split read them"
        );
    }
    let mut kinds = Vec::new();
    for (count, kind) in [(*long, "over --max-line"), (*timeless, "without a timestamp")] {
        if count > 0 {
            kinds.push(format!("{} {kind}", size::count(count)));
        }
    }
    let kinds = if kinds.is_empty() { String::new() } else { format!(" ({})", kinds.join(", ")) };
    format!("{}{kinds}, the first is line {first}; not part of the result", plural(*lines, "malformed line"))
}

/// One line on what came.
pub(crate) fn summary(plan: &Plan, written: &Written, stream: &Stream, elapsed: Duration, notes: &Notes) {
    let entries = plural(written.entries, "entry");
    let took = format!("in {:.1}s", elapsed.as_secs_f64());
    if stream.signal.is_some() {
        let until = stream
            .complete_until
            .map_or(String::new(), |until| format!("; complete until {}", local_stamp(plan, until)));
        return notes.error(format!("interrupted after {entries}{until}"));
    }
    let Some((first, last)) = written.span else { return };
    let pods = plural(written.pods(&stream.tally.pods) as u64, "Pod");
    let [first, last] = [first, last].map(|stamp| local_stamp(plan, Stamp { nanos: 0, ..stamp }));
    let twins = if stream.twins > 0 { format!(", {} dropped", plural(stream.twins, "twin")) } else { String::new() };
    notes.say(format!("{entries} of {pods}, {first} to {last}{twins}, {took}"));
}

fn local(plan: &Plan, time: DateTime<Utc>) -> String {
    plan.time.zone.stamp(time)
}

fn local_stamp(plan: &Plan, stamp: Stamp) -> String {
    DateTime::from_timestamp(stamp.secs, stamp.nanos).map_or_else(|| stamp.to_string(), |time| local(plan, time))
}

/// This command with another time: the hour from `hour` on.
fn command_at(plan: &Plan, hour: DateTime<Utc>) -> String {
    let typed = std::env::args_os().skip(1).map(|word| word.to_string_lossy().into_owned());
    let mut words = vec![super::NAME.to_owned(), "--at".to_owned(), local(plan, hour)];
    words.extend(without_times(&Args::command(), typed));
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
