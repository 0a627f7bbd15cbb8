//! `lq-fmt`: entries as lines for people, or in any other form.

pub(crate) mod args;
mod manual;
mod out;
mod page;
mod pager;
mod plan;
mod run;
mod style;
mod trouble;

#[cfg(test)]
mod tests;

use std::process::ExitCode;

use crate::settings::Settings;
use crate::tool::{self, Notes, Outcome};

pub(crate) use manual::MANUAL;
pub(crate) use plan::{Surroundings, read_when};

pub(crate) const NAME: &str = "lq-fmt";

/// Runs the tool on the arguments of the process.
pub fn main() -> ExitCode {
    tool::run(&MANUAL, |args: args::Args| -> Outcome {
        let settings = Settings::load(&args.from, &Notes { tool: NAME, quiet: args.quiet })?;
        let plan = plan::Plan::new(args, &settings, &plan::Surroundings::look())?;
        run::run(&plan)
    })
}
