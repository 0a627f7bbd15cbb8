//! `lq-query`: entries of a window out of a source, in order, as JSON lines.

pub(crate) mod args;
mod config;
mod manual;
mod opened;
pub(crate) mod plan;
pub(crate) mod report;
pub(crate) mod run;
mod sink;
mod tail;

use std::process::ExitCode;

use chrono::{SubsecRound, Utc};

use crate::settings::Settings;
use crate::tool::{self, Failure, Outcome};

pub(crate) use manual::MANUAL;

pub(crate) const NAME: &str = "lq-query";

/// Runs the tool on the arguments of the process.
pub fn main() -> ExitCode {
    tool::run(&MANUAL, |args: args::Args| -> Outcome {
        if args.show_config {
            return config::show(&args);
        }
        let (form, is_stream) = (args.output, !args.dry_run);
        let prepared = Settings::load(&args.from).map_err(Failure::from).and_then(|settings| {
            let plan = plan::Plan::new(args, &settings, Utc::now().trunc_subsecs(0))?;
            run::prepare(plan)
        });
        match prepared {
            Ok(prepared) => run::run(prepared),
            Err(failure) => {
                if is_stream {
                    // Where this fails too, the first failure is the one to tell.
                    let _ = sink::fail(form, &failure);
                }
                Err(failure)
            }
        }
    })
}
