//! What `--help` and the man page of a tool say beside its flags: one text for both.

#[cfg(test)]
mod page;

use clap::{Command, CommandFactory};

/// The sections of one tool's manual.
#[derive(Debug)]
pub(crate) struct Manual {
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
    &[("~/.config/lq/config.toml", "settings and profiles: file < profile < LQ_* variables < flags; see lq(7)")];

impl Manual {
    /// The tool's command line with this manual behind its flags in `--help`.
    pub(crate) fn command<A: CommandFactory>(&self) -> Command {
        A::command().long_about(self.description.join("\n\n")).after_long_help(self.help())
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
