//! `lq-query`: entries of a window out of a source, in order, as JSON lines.

pub(crate) mod args;
mod config;
mod doctor;
mod manual;
mod opened;
mod outlet;
pub(crate) mod plan;
pub(crate) mod report;
pub(crate) mod run;
mod seal;
mod sink;
mod tail;

use std::process::ExitCode;

use chrono::SubsecRound;
use clap::ValueEnum;

use crate::entry::forms::Form;
use crate::private;
use crate::settings::Settings;
use crate::tool::{self, Failure, Notes, Outcome};
use crate::when;

pub(crate) use manual::MANUAL;

pub(crate) const NAME: &str = "lq-query";

/// Runs the tool on the arguments of the process.
pub fn main() -> ExitCode {
    private::keep_to_ourselves();
    let work = |args: args::Args| -> Outcome {
        if args.show_config {
            return config::show(&args);
        }
        if args.doctor {
            return doctor::examine(&args);
        }
        let (form, is_stream) = (args.output, !args.dry_run);
        let notes = Notes { tool: NAME, quiet: args.quiet };
        let prepared = Settings::load(&args.from, &notes).map_err(Failure::from).and_then(|settings| {
            let plan = plan::Plan::new(args, &settings, when::now().trunc_subsecs(0))?;
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
    };
    tool::run_or(&MANUAL, work, |why| {
        // Whoever reads the pipe must not take an empty stream for a quiet hour.
        if let Some(form) = form_of_stream(std::env::args_os().map(|word| word.to_string_lossy().into_owned())) {
            let _ = sink::fail(form, &anyhow::anyhow!("{why}").into());
        }
    })
}

/// The form of output that was typed, in words that are no sound command line; `None` where entries were
/// not asked for.
fn form_of_stream(words: impl Iterator<Item = String>) -> Option<Form> {
    let words: Vec<String> = words.collect();
    let mut form = None;
    for (word, next) in words.iter().zip(words.iter().skip(1).map(Some).chain([None])) {
        form = match (word.as_str(), next) {
            ("--dry-run" | "--print-sql" | "--show-config" | "--doctor", _) => return None,
            ("-o" | "--output", Some(next)) => Some(next.as_str()),
            (word, _) => word.strip_prefix("--output=").or(word.strip_prefix("-o")).or(form),
        };
    }
    Some(form.and_then(|word| Form::from_str(word, true).ok()).unwrap_or(Form::Entry))
}
