//! Completion: what a shell offers behind what was typed.
//!
//! The shells' scripts in `completions/` ask the tool itself, with `COMPLETE` in its environment. It
//! answers from its flags, the name index, the settings and the clock: from local files only, without a
//! word on stderr, and with status 0 whatever happens.
//!
//! | file | what it is for |
//! |---|---|
//! | [`shell`], [`mod@line`] | what bash, zsh and fish ask, and how they are answered |
//! | [`scene`] | what was typed around the word, and what is known for it |
//! | [`names`], [`workload`] | names out of the index |
//! | [`times`] | values of the time flags, with the window that they would mean |
//! | [`words`] | all other values |

pub(crate) mod line;
mod names;
mod scene;
pub(crate) mod shell;
#[cfg(test)]
mod tests;
mod times;
mod words;
mod workload;

use std::ffi::OsStr;
use std::io::{self, Write};
use std::sync::Arc;

use clap::Command;
use clap_complete::engine::{self, ArgValueCompleter, CompletionCandidate};

use scene::Scene;
use shell::{Request, Shell};

/// Answers on stdout if a shell asks, which is told by `COMPLETE`; false where the tool is to work.
pub(crate) fn answers(command: impl FnOnce() -> Command, values: Values) -> bool {
    let Some(shell) = std::env::var("COMPLETE").ok().and_then(|name| Shell::parse(&name)) else { return false };
    let mut words = std::env::args_os().map(|word| word.to_string_lossy().into_owned());
    words.next();
    let words: Vec<String> = words.collect();
    let command = command();
    let answer = match words.is_empty() {
        true => shell.script(command.get_name()),
        false => offers(command, values, &shell.request(words)),
    };
    // A shell that went away needs no answer.
    let _ = io::stdout().write_all(answer.as_bytes()).and_then(|()| io::stdout().flush());
    true
}

/// What is offered for a word, as its shell reads it.
fn offers(command: Command, values: Values, request: &Request) -> String {
    let mut offers = match request {
        Request { is_hopeless: true, .. } => Vec::new(),
        Request { is_path: true, .. } => vec![words::files()],
        _ => complete(command, values, request),
    };
    // Flags are offered to whoever types a dash, and where there is nothing else.
    let is_flag = |offer: &CompletionCandidate| offer.get_id().is_some_and(|id| id.starts_with("arg::"));
    if request.word().is_empty() && !offers.iter().all(is_flag) {
        offers.retain(|offer| !is_flag(offer));
    }
    request.answer(offers)
}

fn complete(command: Command, values: Values, request: &Request) -> Vec<CompletionCandidate> {
    let scene = Arc::new(Scene::new(command.clone(), request));
    let mut command = command.mut_args(|arg| match values(arg.get_id().as_str()) {
        Some(complete) => {
            let scene = Arc::clone(&scene);
            let is_positional = arg.is_positional();
            // Nothing is looked up for whoever types a flag.
            let complete = move |typed: &OsStr| match typed.to_string_lossy() {
                flag if is_positional && flag.starts_with('-') => Vec::new(),
                typed => complete(&scene, &typed),
            };
            arg.add(ArgValueCompleter::new(complete))
        }
        None => arg,
    });
    let words = request.words.iter().map(Into::into).collect();
    engine::complete(&mut command, words, request.current, None).unwrap_or_default()
}

/// What the values of a tool's argument may be, told by its id, which is the same in all tools.
pub(crate) type Values = fn(&str) -> Option<Complete>;

/// What a value may be, given what was typed of it.
pub(crate) type Complete = fn(&Scene, &str) -> Vec<CompletionCandidate>;

/// The values where logs are asked for. Those that are enumerated in their definition need none, and those of
/// `FREE` have none.
pub(crate) fn of_questions(id: &str) -> Option<Complete> {
    Some(match id {
        "workloads" => workload::workloads,
        "containers" => names::containers,
        "pods" => names::pods,
        "exclude_pods" => names::excluded_pods,
        "namespaces" => names::namespaces,
        "clusters" => names::clusters,
        "selectors" => words::selectors,
        "logs" => words::logs,
        "since" => |scene, typed| times::moments(scene, typed, |times, value| times.since = Some(value)),
        "until" => |scene, typed| times::moments(scene, typed, |times, value| times.until = Some(value)),
        "at" => |scene, typed| times::moments(scene, typed, |times, value| times.at = Some(value)),
        "around" => |scene, typed| times::moments(scene, typed, |times, value| times.around = Some(value)),
        "range" => times::ranges,
        "ago" => times::durations,
        "day" => times::days,
        "source" => words::sources,
        "billing_project" => words::projects,
        "cache_size" => |_, typed| words::sizes(&["1GiB", "10GiB", "100GiB", "0"], typed),
        "max_bytes" => |_, typed| words::sizes(&["10GiB", "100GiB", "1TiB", "none"], typed),
        "memory" => |_, typed| words::sizes(&["64MiB", "256MiB", "1GiB", "4GiB"], typed),
        _ => return of_pipes(id),
    })
}

/// The values of all others. The tools that read entries have no more, and hold no more.
pub(crate) fn of_pipes(id: &str) -> Option<Complete> {
    Some(match id {
        "severity" => words::severities,
        "fields" => words::fields,
        "tz" => times::zones,
        "max_line" => |_, typed| words::sizes(&["1MiB", "64MiB", "256MiB", "1GiB"], typed),
        "name" => words::file_templates,
        "template" => words::line_templates,
        "profile" => words::profiles,
        "files" | "config" => |_, _| vec![words::files()],
        "dir" | "check" => |_, _| vec![words::folders()],
        _ => return None,
    })
}

/// Arguments whose values nobody can guess.
#[cfg(test)]
const FREE: [&str; 7] = ["grep", "exclude", "highlight", "where", "tail", "limit", "location"];

/// True for a name as Kubernetes and Google Cloud have them. No others are offered: what comes from a log
/// must neither reach a terminal unasked nor mean anything to a shell.
fn is_plain(name: &str) -> bool {
    let is_plain = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'_' | b'-' | b'/' | b':');
    name.starts_with(|c: char| c.is_ascii_alphanumeric()) && name.bytes().all(is_plain)
}

/// An offer with its description.
fn offer(value: impl Into<String>, help: impl Into<String>) -> CompletionCandidate {
    let help = help.into();
    CompletionCandidate::new(value.into()).help((!help.is_empty()).then(|| help.into()))
}
