//! What is said on stderr: the window, the plan, trouble, the summary.

pub(crate) mod archive;
#[cfg(feature = "bigquery")]
pub(crate) mod bigquery;
pub(crate) mod command;
pub(crate) mod nearest;

use std::time::Duration;

use chrono::{DateTime, Utc};

use super::plan::Plan;
use super::run::Stream;
use super::sink::Written;
use crate::size::{self, plural};
use crate::source::tally::{Malformed, Tally};
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

/// What is missing, broken or out of order: with any of it the stream is not whole.
pub(crate) fn missing(stream: &Stream, disorder: u64) -> Vec<String> {
    let mut missing = stream.lost.clone();
    if disorder > 0 {
        let count = plural(disorder, "entry");
        missing
            .push(format!("{count} stood in files of much later hours: out of order, and twins among them were kept"));
    }
    let malformed = &stream.tally.malformed;
    missing.extend(malformed.iter().map(|(file, malformed)| format!("{file}: {}", say_malformed(malformed))));
    missing
}

/// The first of them, and how many there are beside it.
pub(crate) fn in_a_line(missing: &[String]) -> Option<String> {
    match missing {
        [] => None,
        [one] => Some(one.clone()),
        [one, more @ ..] => Some(format!("{one}; and {} more", more.len())),
    }
}

/// What is missing, which is loud, and what was changed.
pub(crate) fn trouble(missing: &[String], tally: &Tally, notes: &Notes) {
    let (listed, more) = missing.split_at(missing.len().min(LISTED));
    listed.iter().for_each(|what| notes.error(what));
    if !more.is_empty() {
        notes.error(format!("… and {} with such trouble", plural(more.len() as u64, "more file")));
    }
    if tally.mended > 0 {
        let count = plural(tally.mended, "line");
        notes.say(format!("{count} held bytes that are not UTF-8, or half a surrogate pair; U+FFFD stands for them"));
    }
    for (file, (entries, sealed)) in tally.miscounted.iter().take(LISTED) {
        let (entries, sealed) = (plural(*entries, "entry"), size::count(*sealed));
        notes.say(format!("{file}: {entries}, and its seal counts {sealed}"));
    }
    if tally.miscounted.len() > LISTED {
        let more = plural((tally.miscounted.len() - LISTED) as u64, "more file");
        notes.say(format!("… and {more} whose seals count otherwise"));
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
pub(crate) fn summary(
    plan: &Plan,
    written: &Written,
    stream: &Stream,
    spent: Option<String>,
    elapsed: Duration,
    notes: &Notes,
) {
    let entries = plural(written.entries, "entry");
    let took = format!("in {:.1}s", elapsed.as_secs_f64());
    let spent = spent.map_or(String::new(), |spent| format!("; {spent}"));
    if stream.signal.is_some() {
        let until = stream
            .complete_until
            .map_or(String::new(), |until| format!("; complete until {}", until.local(&plan.time.zone)));
        return notes.error(format!("interrupted after {entries}{until}{spent}"));
    }
    let Some((first, last)) = written.span else {
        if !spent.is_empty() {
            notes.say(format!("no entries {took}{spent}"));
        }
        return;
    };
    let pods = plural(written.pods(&stream.tally.containers) as u64, "Pod");
    let [first, last] = [first, last].map(|stamp| stamp.whole().local(&plan.time.zone));
    let twins = if stream.twins > 0 { format!(", {} dropped", plural(stream.twins, "twin")) } else { String::new() };
    notes.say(format!("{entries} of {pods}, {first} to {last}{twins}, {took}{spent}"));
}

/// Notes on what was asked for, which `-q` does not silence.
fn loud(plan: &Plan) -> Notes {
    let notes = Notes { tool: plan.tool, quiet: false };
    if plan.quiet {
        window(plan, &notes);
    }
    notes
}

fn local(plan: &Plan, time: DateTime<Utc>) -> String {
    plan.time.zone.stamp(time)
}
