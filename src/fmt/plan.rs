//! What will be done: every default settled, made of arguments, settings and surroundings without I/O.

use std::io::IsTerminal;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, anyhow, bail};
use clap::ValueEnum;

use super::args::{Args, When};
use crate::entry::forms::Form;
use crate::entry::template_form::Line;
use crate::select::{Content, How, Pattern, SeverityOf};
use crate::settings::Settings;
use crate::when::{Iana, Zone};

#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Plan {
    /// At least one; `-` is standard input.
    pub files: Vec<PathBuf>,
    /// Nobody may know that input is expected from the terminal.
    pub waits_for_terminal: bool,
    pub content: Content,
    pub form: Form,
    /// Instead of the form, which is `text` then.
    pub line: Option<Line>,
    pub timestamps: bool,
    pub zone: Zone,
    pub highlight: Option<Pattern>,
    pub color: bool,
    /// A terminal or a pager reads what is written.
    pub screen: bool,
    /// The command line for a shell.
    pub pager: Option<String>,
    /// Bytes.
    pub max_line: usize,
    pub quiet: bool,
}

/// What the process finds around itself.
#[derive(Clone, Debug, Default)]
pub(crate) struct Surroundings {
    pub stdin_is_terminal: bool,
    pub stdout_is_terminal: bool,
    /// `TERM` is `dumb`.
    pub is_dumb: bool,
    /// `NO_COLOR`, <https://no-color.org>.
    pub no_color: bool,
    /// `CLICOLOR_FORCE`, <https://bixense.com/clicolors>.
    pub force_color: bool,
    /// `PAGER`.
    pub pager: Option<String>,
}

impl Surroundings {
    pub(crate) fn look() -> Self {
        let variable = |name| std::env::var(name).ok();
        let is_set = |name: &str| std::env::var_os(name).is_some_and(|value| !value.is_empty());
        Surroundings {
            stdin_is_terminal: std::io::stdin().is_terminal(),
            stdout_is_terminal: std::io::stdout().is_terminal(),
            is_dumb: variable("TERM").is_some_and(|term| term == "dumb"),
            no_color: is_set("NO_COLOR"),
            force_color: is_set("CLICOLOR_FORCE") && variable("CLICOLOR_FORCE").is_none_or(|force| force != "0"),
            pager: variable("PAGER"),
        }
    }

    /// What is typed or set counts first, then the variables, then the terminal.
    pub(crate) fn color(&self, when: When) -> bool {
        match when {
            When::Always => true,
            When::Never => false,
            When::Auto if self.no_color => false,
            When::Auto => self.force_color || (self.stdout_is_terminal && !self.is_dumb),
        }
    }

    fn pager(&self, when: When, has_files: bool) -> Option<String> {
        let wanted = match when {
            When::Always => true,
            When::Never => false,
            When::Auto => has_files && self.stdout_is_terminal && !self.is_dumb,
        };
        let command = self.pager.as_deref().map_or(DEFAULT_PAGER, str::trim);
        (wanted && !matches!(command, "" | "cat")).then(|| command.to_owned())
    }
}

/// Quits at once where all fits on the screen, shows colours, leaves the text there.
const DEFAULT_PAGER: &str = "less -FRX";

impl Plan {
    pub(crate) fn new(args: Args, settings: &Settings, around: &Surroundings) -> Result<Self> {
        let zone = match args.tz {
            Some(typed) => Zone::parse(&typed).context("--tz")?,
            None if args.utc => Zone::Named(Iana::UTC),
            None => settings.parse("tz", Zone::parse)?.unwrap_or(Zone::Local),
        };
        let when = |typed: Option<When>, key| match typed {
            Some(when) => Ok(when),
            None => settings.parse(key, read_when).map(Option::unwrap_or_default),
        };
        if args.timestamps && args.template.is_some() {
            bail!("-t/--timestamps goes with -o raw and -o kubectl; a template writes {{timestamp}}");
        }
        let line = args.template.map(|typed| Line::parse(&typed).with_context(|| format!("--template '{typed}'")));
        let how = How { fixed: args.lines.fixed_strings, ignore_case: args.lines.ignore_case };
        let is_stdin = |path: &PathBuf| path == Path::new("-");
        let has_files = !args.files.iter().all(is_stdin);
        let files = if args.files.is_empty() { vec![PathBuf::from("-")] } else { args.files };
        let pager = around.pager(when(args.paging, "paging")?, has_files);
        Ok(Plan {
            waits_for_terminal: around.stdin_is_terminal && files.iter().any(is_stdin),
            files,
            content: args.lines.build(SeverityOf::Shown)?,
            form: args.output,
            line: line.transpose()?,
            timestamps: args.output.stamps(args.timestamps)?,
            zone,
            highlight: Pattern::any_of("--highlight", &args.highlight, how)?,
            color: args.output == Form::Text && around.color(when(args.color, "color")?),
            screen: around.stdout_is_terminal || pager.is_some(),
            pager,
            max_line: args.max_line,
            quiet: args.quiet,
        })
    }

    /// A tool behind us may want to know how the stream ended.
    pub(crate) fn has_tool_behind(&self) -> bool {
        self.form.has_controls() && !self.screen
    }
}

pub(crate) fn read_when(text: &str) -> Result<When> {
    When::from_str(text, true).map_err(|_| anyhow!("`{text}` is none of auto, always, never"))
}
