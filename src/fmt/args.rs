//! What can be typed.

use std::path::PathBuf;

use clap::{Parser, ValueEnum};

use crate::entry::forms::Form;
use crate::{select, settings, size};

/// Log entries as lines for people
#[derive(Parser, Clone, Debug)]
#[command(name = super::NAME, version, max_term_width = 100)]
pub struct Args {
    /// Files, plain or compressed (gzip, zstd); `-` is standard input, as is no FILE
    #[arg(value_name = "FILE")]
    pub files: Vec<PathBuf>,

    #[command(flatten)]
    pub lines: select::Lines,

    /// Form of output
    #[arg(short, long, value_name = "FORM", value_enum, default_value = "text", help_heading = "Output")]
    pub output: Form,

    /// Lines laid out by yourself: '{time} {pod} {message}'
    ///
    /// Fields: {time} {severity} {pod} {container} {message} as -o text shows them; {timestamp} {cluster}
    /// {namespace} {stream} {node} {insertId} {label.NAME} as the entry has them; {date} {hour} in
    /// local time; {payload}, or a member of it: {payload.user.id}; and what lq-query --with asked for:
    /// {trace} {httpRequest.status}. {pod:20} is padded to 20 columns. An absent value is `-`.
    /// \t, \n and \\ are read as in printf, {{ and }} are braces. An entry is one line: line ends
    /// and tabs inside of values are written \n and \t (-o text indents lines), so that cut and awk
    /// find the columns of '{pod}\t{message}'.
    #[arg(long, value_name = "TEMPLATE", conflicts_with = "output", help_heading = "Output")]
    pub template: Option<String>,

    /// kubectl's stamp in front of each line, for -o raw and kubectl
    #[arg(short, long, help_heading = "Output")]
    pub timestamps: bool,

    /// Mark what this finds in messages and payloads; -F and -i hold for it too
    #[arg(short = 'H', long, value_name = "REGEX", allow_hyphen_values = true, help_heading = "Output")]
    pub highlight: Vec<String>,

    /// Show times in this zone [default: the system's]
    #[arg(long, value_name = "ZONE", aliases = ["timezone", "time-zone"], help_heading = "Output")]
    pub tz: Option<String>,

    /// Show times in UTC
    #[arg(long, conflicts_with = "tz", help_heading = "Output")]
    pub utc: bool,

    /// Colours; NO_COLOR and CLICOLOR_FORCE are obeyed too [default: auto]
    #[arg(long, value_name = "WHEN", value_enum, help_heading = "Output")]
    pub color: Option<When>,

    /// Page through FILEs on a terminal, with $PAGER or less [default: auto]
    #[arg(long, value_name = "WHEN", value_enum, help_heading = "Output")]
    pub paging: Option<When>,

    /// Only errors on stderr
    #[arg(short, long, help_heading = "Output")]
    pub quiet: bool,

    /// The longest line to format; longer ones pass through as they are
    #[arg(long, value_name = "SIZE", value_parser = size::parse_line, default_value = "64MiB", help_heading = "Settings")]
    pub max_line: usize,

    #[command(flatten)]
    pub from: settings::From,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum When {
    /// Where it is of use: on a terminal
    #[default]
    Auto,
    Always,
    Never,
}
