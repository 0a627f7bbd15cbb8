//! `lq-ls`: which clusters, namespaces, Pods and containers there are or were, out of the name index or
//! asked of the source; and which slices of earlier runs are kept.

pub(crate) mod args;
mod cache;
mod group;
mod json;
mod manual;
mod plan;
mod run;
mod table;

use std::process::ExitCode;

use chrono::SubsecRound;

use crate::private;
use crate::settings::Settings;
use crate::tool::{self, Notes, Outcome};
use crate::when;

pub(crate) use manual::MANUAL;

pub(crate) const NAME: &str = "lq-ls";

/// Runs the tool on the arguments of the process.
pub fn main() -> ExitCode {
    private::keep_to_ourselves();
    tool::run(&MANUAL, |args: args::Args| -> Outcome {
        let settings = Settings::load(&args.from, &Notes { tool: NAME, quiet: args.quiet })?;
        let now = when::now().trunc_subsecs(0);
        match args.kind.kind() {
            Some(kind) => run::run(plan::Plan::new(kind, args, &settings, now)?),
            None => cache::run(&args, &settings, now),
        }
    })
}
