//! What `--help` and the man page of a tool say beside its flags: one text for both.

#[cfg(test)]
pub(crate) mod named;
#[cfg(test)]
mod page;

use clap::{Arg, ArgAction, Command, CommandFactory};

use crate::complete::Values;

/// The sections of one tool's manual.
#[derive(Debug)]
pub(crate) struct Manual {
    /// What `-h` shows below the usage: with it at most 24 lines of 80 columns.
    pub short: &'static str,
    /// Paragraphs.
    pub description: &'static [&'static str],
    /// Pairs of what it does, and the command. The tests run every one of them.
    pub examples: &'static [(&'static str, &'static str)],
    /// The statuses that this tool ends with, from [`STATUSES`].
    pub statuses: &'static [&'static str],
    /// Further variables, with what they do; [`ENVIRONMENT`] comes before them.
    pub environment: &'static [(&'static str, &'static str)],
    /// Further files, with what they are for.
    pub files: &'static [(&'static str, &'static str)],
    pub see_also: &'static str,
    /// What is offered for the values of its flags.
    pub values: Values,
}

/// One table for all tools: the first that applies.
pub(crate) const STATUSES: &[(&str, &str)] = &[
    ("130", "interrupted by SIGINT (SIGTERM: 143, SIGHUP: 129)"),
    ("2", "wrong usage, or failed with nothing usable"),
    ("4", "refused: more would be billed than --max-bytes allows"),
    ("3", "incomplete: something is missing or broken; stderr says what"),
    ("1", "ran well, and nothing matched (with --empty-ok: 0)"),
    ("0", "done; also when the reader of the output went away"),
];

/// What every tool obeys.
const ENVIRONMENT: &[(&str, &str)] = &[
    ("LQ_PROFILE", "the profile of the configuration file, as --profile"),
    ("LQ_TZ", "the zone in which times are read and shown, as --tz; else TZ and the system's zone"),
    ("XDG_CONFIG_HOME", "where lq/config.toml lies, instead of ~/.config"),
];

const FILES: &[(&str, &str)] =
    &[("~/.config/lq/config.toml", "settings and profiles: file < profile < LQ_* variables < flags; see lq-config(5)")];

/// The command lines of all tools. No tool holds those of the others: it knows their flags by [name](names).
#[cfg(test)]
pub(crate) fn commands() -> [Command; 4] {
    [
        crate::query::MANUAL.command::<crate::query::args::Args>(),
        crate::split::MANUAL.command::<crate::split::args::Args>(),
        crate::fmt::MANUAL.command::<crate::fmt::args::Args>(),
        crate::ls::MANUAL.command::<crate::ls::args::Args>(),
    ]
}

impl Manual {
    /// The tool's command line with this manual behind its flags in `--help`. `-h` lists no flags but
    /// those of [`short`](Self::short).
    pub(crate) fn command<A: CommandFactory>(&self) -> Command {
        let built_in = |name: &'static str, short, action, help: &'static str| {
            Arg::new(name).long(name).short(short).action(action).help(help).help_heading(None)
        };
        A::command()
            .disable_help_flag(true)
            .disable_version_flag(true)
            .arg(built_in("help", 'h', ArgAction::Help, "Show all of this; -h shows what is needed most"))
            .arg(built_in("version", 'V', ArgAction::Version, "Show the version"))
            .mut_args(|arg| arg.hide_short_help(true))
            .long_about(self.description.join("\n\n"))
            .after_help(self.short)
            .after_long_help(self.help())
    }

    /// All sections, with their titles and their pairs.
    fn sections(&self) -> Vec<(&'static str, Vec<(&'static str, &'static str)>)> {
        let statuses = STATUSES.iter().filter(|(status, _)| self.statuses.contains(status));
        vec![
            ("EXAMPLES", self.examples.to_vec()),
            ("EXIT STATUS", statuses.copied().collect()),
            ("ENVIRONMENT", [ENVIRONMENT, self.environment].concat()),
            ("FILES", [FILES, self.files].concat()),
        ]
    }

    fn help(&self) -> String {
        let mut help = String::new();
        for (title, pairs) in self.sections() {
            help.push_str(&format!("{title}\n"));
            for (name, text) in pairs {
                help.push_str(&format!("  {name}\n      {text}\n"));
            }
            help.push('\n');
        }
        help.push_str(&format!("SEE ALSO\n  {}", self.see_also));
        help
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_short_help_fits_one_screen() {
        for mut command in commands() {
            let short = command.render_help().to_string();
            assert!(short.lines().count() <= 24, "{short}");
            assert_eq!(short.lines().find(|line| line.chars().count() > 80), None);
        }
    }

    #[test]
    fn the_short_help_names_only_flags_that_the_whole_help_explains() {
        for mut command in commands() {
            let short = command.render_help().to_string();
            assert_eq!(named::unknown(&short, command.get_name()), [""; 0], "{}", command.get_name());
        }
    }
}
