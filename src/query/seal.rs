//! The seal of a whole stream: what was written, and what was asked for.

use super::opened::Opened;
use super::plan::Plan;
use super::report::command;
use super::run::Stream;
use super::sink::Written;
use crate::entry::seal::{Seal, Window};
use crate::entry::stamp::Stamp;

pub(super) fn of(plan: &Plan, stream: &Stream, written: &Written, source: &Opened) -> Seal {
    let [since, until] = [plan.time.window.since, plan.time.window.until].map(|time| Stamp::of(time).to_string());
    let (billed, usd) = source.billed(plan, &stream.spent);
    Seal {
        end: true,
        entries: written.entries,
        pods: written.by_pod(&stream.tally.containers),
        window: Some(Window { since, until }),
        source: plan.source.name(),
        command: [plan.tool.to_owned()].into_iter().chain(command::typed()).collect(),
        billed,
        usd,
        version: Some(env!("CARGO_PKG_VERSION").to_owned()),
    }
}
