//! `lq-split`: one log file per Pod and container.
//!
//! | file | what it is for |
//! |---|---|
//! | [`args`] | what was typed |
//! | [`plan`] | what will be done |
//! | [`manual`] | what `--help` says beside the flags |
//! | [`run`] | the run itself |
//! | [`template`], [`name`], [`read`] | from an entry's fields to a name below the folder, and back |
//! | [`sheet`], [`key`] | what is to be done about items, noted by any thread |
//! | [`take`] | the notes, taken one after another |
//! | [`place`] | from an entry to its file |
//! | [`files`], [`finish`] | the files of a run, and their end |
//! | [`pending`] | what waits to be written to one of them |
//! | [`pen`] | who writes |
//! | [`disk`] | files on disk: opened, written to, closed |
//! | [`folder`] | the folder, through handles and never through links |
//! | [`pack`] | compression |
//! | [`mend`] | packed files that a kill cut off in the middle of a piece |
//! | [`pulse`] | pauses in reading, in which what is pending is written |
//! | [`tee`] | the entries again, on standard output |
//! | [`count`] | how many entries came of which Pod, and how many ought to |
//! | [`proof`], [`manifest`] | what is to be proven of the files later |
//! | [`check`] | whether they are what the manifest says |
//! | [`fault`] | what is said of a run that cannot go on |
//! | [`receipt`] | what came of it, for people |

pub(crate) mod args;
mod check;
mod count;
mod disk;
mod fault;
mod files;
mod finish;
mod folder;
pub(crate) mod key;
mod manifest;
mod manual;
mod mend;
pub(crate) mod name;
mod pack;
mod pen;
mod pending;
mod place;
mod plan;
mod proof;
mod pulse;
mod read;
mod receipt;
mod run;
mod sheet;
mod take;
mod tee;
pub(crate) mod template;

use std::process::ExitCode;

pub(crate) use manual::MANUAL;

/// The tool's name in messages.
const TOOL: &str = "lq-split";

/// Runs the tool on the arguments of the process.
pub fn main() -> ExitCode {
    crate::tool::run(&MANUAL, run::run)
}
