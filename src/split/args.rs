//! What was typed.

use std::path::PathBuf;

use crate::entry::forms::Form;
use crate::settings;
use crate::size;

/// Log files from entries: one per Pod and container
#[derive(Clone, Debug, clap::Parser)]
#[command(name = "lq-split", version, max_term_width = 100)]
pub(crate) struct Args {
    /// Files to read one after another, plain, .gz or .zst; `-` is standard input, as is no FILE
    #[arg(value_name = "FILE")]
    pub files: Vec<PathBuf>,

    /// The folder for the files; made where it is missing [default: .]
    #[arg(long, value_name = "DIR", alias = "output-directory")]
    pub dir: Option<PathBuf>,

    /// How files are called; `/` makes folders [default: {pod}_{namespace}_{container}.log]
    ///
    /// Fields: {cluster} {namespace} {pod} {container} {stream} {severity} {node} {date} {hour}
    /// {label.NAME}; {{ and }} are braces. In their values everything but A-Za-z0-9.- is percent-encoded, an absent one is
    /// `-`. Entries that name no Pod go to _rest.log whatever the template says.
    #[arg(long, value_name = "TEMPLATE")]
    pub name: Option<String>,

    /// What is written for an entry
    #[arg(short = 'o', long = "output", value_name = "FORM", value_enum, default_value_t = Form::Raw)]
    pub output: Form,

    /// Put kubectl's stamp in front of each line of `raw` and `kubectl`
    #[arg(short, long)]
    pub timestamps: bool,

    /// Time zone of {date} and {hour} and of the forms text and tsv [default: the system's]
    #[arg(long, value_name = "ZONE", aliases = ["timezone", "time-zone"])]
    pub tz: Option<String>,

    /// The same as --tz UTC
    #[arg(long, conflicts_with = "tz")]
    pub utc: bool,

    /// Live: append whole lines to the files themselves, at once when the input runs idle
    #[arg(long)]
    pub append: bool,

    /// Refuse to replace a file: change nothing, status 2
    #[arg(long, conflicts_with = "append")]
    pub no_clobber: bool,

    /// Compress the files and add .gz or .zst to their names
    #[arg(long, value_name = "FORMAT", value_enum)]
    pub compress: Option<Compress>,

    /// Write the entries to standard output as well
    #[arg(long)]
    pub tee: bool,

    /// Print the path of every finished file
    #[arg(long, conflicts_with = "tee")]
    pub print: bool,

    /// Demand that all of it came: every input must have lq-query's seal, and every Pod as many
    /// entries as that counts; else status 3, and the files stay .part
    #[arg(long)]
    pub sealed: bool,

    /// Write MANIFEST.json beside the files: what was asked for, and of each file its lines, bytes, times
    /// and SHA-256
    #[arg(long, conflicts_with = "append")]
    pub manifest: bool,

    /// Compare the files of a folder with its MANIFEST.json, and write nothing
    #[arg(long, value_name = "DIR", conflicts_with_all = WRITING)]
    pub check: Option<PathBuf>,

    /// A longer line is copied to _rest.log unread [default: 64MiB]
    #[arg(long, value_name = "SIZE", value_parser = size::parse_line)]
    pub max_line: Option<usize>,

    /// Say nothing but errors
    #[arg(short, long)]
    pub quiet: bool,

    #[command(flatten)]
    pub settings: settings::From,
}

/// What says how to write files, or what to read, and means nothing where they are checked.
const WRITING: [&str; 15] = [
    "files",
    "dir",
    "name",
    "output",
    "timestamps",
    "tz",
    "utc",
    "append",
    "no_clobber",
    "compress",
    "tee",
    "print",
    "sealed",
    "manifest",
    "max_line",
];

/// How files are compressed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Compress {
    /// gzip
    #[value(alias = "gzip")]
    Gz,
    /// Zstandard
    #[value(alias = "zstd")]
    Zst,
}

impl Compress {
    /// What it adds to names.
    pub(crate) fn suffix(self) -> &'static str {
        match self {
            Compress::Gz => ".gz",
            Compress::Zst => ".zst",
        }
    }
}
