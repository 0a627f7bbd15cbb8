//! What is said of an archive on disk: the plan, its end, why nothing came.

use std::path::{Path, PathBuf};

use anyhow::Result;
use chrono::{DateTime, TimeDelta, Utc};

use super::{LISTED, command, local, loud};
use crate::entry::stamp::Stamp;
use crate::query::plan::Plan;
use crate::size::{self, plural};
use crate::source::slice::Slice;
use crate::source::tally::Tally;
use crate::source::tree::Tree;
use crate::tool::Notes;

/// Prints the plan: what was asked for, so `-q` does not silence it.
pub(crate) fn dry_run(plan: &Plan, path: &Path, slices: &[Slice]) {
    let notes = loud(plan);
    if path == Path::new("-") {
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
        path.display(),
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
        if let Some(at) = command::at(plan.tool, &local(plan, last)) {
            notes.say(format!("its newest hour: {at}"));
        }
    }
    Ok(())
}

/// Says why nothing came.
pub(crate) fn nothing(plan: &Plan, tree: &Tree, tally: &Tally, notes: &Notes) -> Result<()> {
    let mut all = None;
    let why = if tally.in_window > 0 {
        let read = plural(tally.in_window, "entry");
        format!("nothing matched: of {read} in the window none was selected")
    } else if let Some((first, last)) = tree.hours()? {
        // Which hours it holds was told before the run where the window ends behind them.
        match plan.time.window.until > last + TimeDelta::hours(1) {
            true => "nothing lies in the window".to_owned(),
            false => format!("nothing lies in the window; the archive holds {}", hours(plan, first, last)),
        }
    } else if let Some((first, last)) = tally.span {
        // What --until takes is not part of the window any more.
        let behind = Stamp { secs: last.secs.saturating_add(1), nanos: 0 };
        let [since, until] = [first.whole(), behind].map(|stamp| stamp.local(&plan.time.zone));
        all = command::within(plan.tool, &since, &until);
        let [first, last] = [first, last].map(|stamp| stamp.local(&plan.time.zone));
        format!("nothing lies in the window; the entries of the archive run from {first} to {last}")
    } else {
        "nothing lies in the window; the archive holds no entries of containers".to_owned()
    };
    notes.say(why);
    if let Some(all) = all {
        notes.say(format!("to have them: {all}"));
    }
    Ok(())
}

fn hours(plan: &Plan, first: DateTime<Utc>, last: DateTime<Utc>) -> String {
    format!("the hours from {} to {}", local(plan, first), local(plan, last + TimeDelta::hours(1)))
}
