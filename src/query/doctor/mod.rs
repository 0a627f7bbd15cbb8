//! `--doctor`: looks at all that a run needs, says on standard error what is missing and what helps, and
//! prints a profile for the configuration file on standard output.
//!
//! | part | what it is for |
//! |---|---|
//! | [`archive`] | looks at an archive |
//! | [`profile`] | the profile |
//!
//! What is looked at of BigQuery stands in [`crate::source::bigquery::doctor`].

mod archive;
mod profile;

use std::io::{self, IsTerminal, Write};

use anyhow::{Context, Result};

use super::args::Args;
use super::config;
use crate::fmt::{Surroundings, read_when};
use crate::settings::{self, Inventory, Settings};
#[cfg(feature = "bigquery")]
use crate::source::bigquery::{self, doctor};
use crate::source::checkup::Checkup;
use crate::source::place::Place;
use crate::tool::{self, Failure, Notes, Outcome, Signals, Status};
use profile::Profile;

pub(crate) fn examine(args: &Args) -> Outcome {
    let inventory = Inventory::take(&args.from).sound()?;
    let notes = Notes { tool: super::NAME, quiet: args.quiet };
    inventory.strays.iter().for_each(|stray| notes.say(stray));
    let settings = &inventory.settings;
    let mut checkup = Checkup { quiet: args.quiet, color: has_color(settings)?, has_failed: false };
    let profile = match args.source.is_named(settings) {
        true => match args.source.build(settings)? {
            Place::Archive { path, set_in } => archive::examine(&path, set_in.as_deref(), &mut checkup)?,
            #[cfg(feature = "bigquery")]
            Place::BigQuery(options) => dataset(Some(&options.address), args, settings, &mut checkup)?,
        },
        #[cfg(feature = "bigquery")]
        false => dataset(None, args, settings, &mut checkup)?,
        #[cfg(not(feature = "bigquery"))]
        false => return Err(crate::source::place::no_source(settings)),
    };
    if checkup.has_failed {
        notes.say("no profile is printed before what fails is mended");
        return Ok(Status::Failed);
    }
    let Some(profile) = profile else { return Ok(Status::Failed) };
    let profile = profile.with(config::typed(args)?);
    let name = profile.name(&settings.profile_names());
    let mut out = tool::stdout()?;
    let text = profile.text(&name);
    out.write_all(text.as_bytes()).and_then(|()| out.flush()).context("cannot write to standard output")?;
    let file = inventory.file.or_else(settings::default_path);
    if let Some(file) = file.map(|file| config::shown(&file.display().to_string()))
        && io::stdout().is_terminal()
    {
        notes.say(format!("to keep it: the same command again, with >> {file} behind it"));
    }
    notes.say(format!("then: lq-query --profile {name} ...; or once for all: export LQ_PROFILE={name}"));
    Ok(Status::Done)
}

/// Colours as lq-fmt has them, but for standard error.
fn has_color(settings: &Settings) -> Result<bool> {
    let when = settings.parse("color", read_when)?.unwrap_or_default();
    let around = Surroundings { stdout_is_terminal: io::stderr().is_terminal(), ..Surroundings::look() };
    Ok(around.color(when))
}

/// Looks at a dataset, or for one.
#[cfg(feature = "bigquery")]
fn dataset(
    address: Option<&bigquery::Address>,
    args: &Args,
    settings: &Settings,
    checkup: &mut Checkup,
) -> Result<Option<Profile>, Failure> {
    // Whatever the address: what was typed or set beside it.
    let nowhere = bigquery::Address { project: String::new(), dataset: String::new() };
    let options = args.source.options(nowhere, settings)?;
    let asked = doctor::Asked {
        address: address.cloned(),
        billing_project: options.billing_project,
        location: options.location,
        max_bytes: options.max_bytes,
        pricing: options.pricing,
        verbose: args.verbose,
    };
    let found = doctor::examine(&asked, checkup, &mut Signals::listen(crate::query::run::GRACE)?)?;
    Ok(found.map(|found| Profile::of_dataset(&found, &asked, settings, args.source.max_bytes.is_some())))
}
