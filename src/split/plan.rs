//! What will be done: every default settled, plain data, made without looking at anything.

use std::path::PathBuf;

use anyhow::{Context, Result};

use crate::entry::forms::Form;
use crate::input::values::MAX_LINE;
use crate::settings::Settings;
use crate::when::Zone;

use super::args::{Args, Compress};
use super::template::Template;

/// The kubelet's own order of words.
const NAME: &str = "{pod}_{namespace}_{container}.log";

/// Where lines go that name no Pod.
const REST: &str = "_rest.log";

/// What a run does with the files that it finds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mode {
    /// New files take the place of old ones, at the end.
    Replace,
    /// The same, but an old file ends the run.
    NoClobber,
    /// Whole lines are appended, at once.
    Append,
}

/// Whom standard output serves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Stdout {
    Nothing,
    /// The entries once more.
    Entries,
    /// The paths of the finished files.
    Paths,
}

#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Plan {
    /// At least one; `-` is standard input.
    pub inputs: Vec<PathBuf>,
    pub dir: PathBuf,
    pub name: Template,
    /// The file for what has no place by its name.
    pub rest: String,
    pub form: Form,
    pub stamps: bool,
    pub zone: Zone,
    pub mode: Mode,
    pub compress: Option<Compress>,
    pub stdout: Stdout,
    /// Every input must have its seal, and hold what that counts.
    pub sealed: bool,
    /// A manifest is written.
    pub manifest: bool,
    /// In bytes.
    pub max_line: usize,
    pub quiet: bool,
}

impl Plan {
    /// Fails on a template, a zone or a size that cannot be meant, and on flags that do not go together.
    pub(crate) fn new(args: Args, settings: &Settings) -> Result<Plan> {
        let suffix = args.compress.map_or("", Compress::suffix);
        let rest = format!("{REST}{suffix}");
        let template = args.name.as_deref().unwrap_or(NAME);
        let name = Template::parse(template, suffix, &rest).with_context(|| format!("--name '{template}'"))?;
        let zone = match &args.tz {
            _ if args.utc => Zone::parse("UTC")?,
            Some(tz) => Zone::parse(tz).context("--tz")?,
            None => settings.parse("tz", Zone::parse)?.unwrap_or(Zone::Local),
        };
        let dir = args.dir.or_else(|| settings.path("dir")).unwrap_or_else(|| ".".into());
        Ok(Plan {
            inputs: if args.files.is_empty() { vec!["-".into()] } else { args.files },
            dir,
            name,
            rest,
            form: args.output,
            stamps: args.output.stamps(args.timestamps)?,
            zone,
            mode: match (args.append, args.no_clobber) {
                (true, _) => Mode::Append,
                (_, true) => Mode::NoClobber,
                _ => Mode::Replace,
            },
            compress: args.compress,
            stdout: match (args.tee, args.print) {
                (true, _) => Stdout::Entries,
                (_, true) => Stdout::Paths,
                _ => Stdout::Nothing,
            },
            sealed: args.sealed,
            manifest: args.manifest,
            max_line: args.max_line.unwrap_or(MAX_LINE),
            quiet: args.quiet,
        })
    }
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;
    use crate::when::Iana;

    fn plan(words: &str) -> Plan {
        let args = Args::try_parse_from(format!("lq-split {words}").split_whitespace()).unwrap();
        Plan::new(args, &Settings::default()).unwrap()
    }

    #[test]
    fn what_is_not_typed_has_its_default() {
        let expected = Plan {
            inputs: vec!["-".into()],
            dir: ".".into(),
            name: Template::parse("{pod}_{namespace}_{container}.log", "", "_rest.log").unwrap(),
            rest: "_rest.log".into(),
            form: Form::Raw,
            stamps: false,
            zone: Zone::Local,
            mode: Mode::Replace,
            compress: None,
            stdout: Stdout::Nothing,
            sealed: false,
            manifest: false,
            max_line: 64 << 20,
            quiet: false,
        };
        assert_eq!(plan(""), expected);
    }

    #[test]
    fn what_is_typed_makes_the_plan() {
        type Change = fn(&mut Plan);
        let cases: [(&str, Change); 14] = [
            ("-", |_| {}),
            ("a b", |plan| plan.inputs = vec!["a".into(), "b".into()]),
            ("--dir d", |plan| plan.dir = "d".into()),
            ("--output-directory d", |plan| plan.dir = "d".into()),
            ("-o cri", |plan| plan.form = Form::Cri),
            ("-t", |plan| plan.stamps = true),
            ("--append", |plan| plan.mode = Mode::Append),
            ("--no-clobber", |plan| plan.mode = Mode::NoClobber),
            ("--tee", |plan| plan.stdout = Stdout::Entries),
            ("--print", |plan| plan.stdout = Stdout::Paths),
            ("--sealed", |plan| plan.sealed = true),
            ("--manifest", |plan| plan.manifest = true),
            ("--utc", |plan| plan.zone = Zone::Named(Iana::UTC)),
            ("-q --max-line 1M", |plan| (plan.quiet, plan.max_line) = (true, 1 << 20)),
        ];
        for (words, change) in cases {
            let mut expected = plan("");
            change(&mut expected);
            assert_eq!(plan(words), expected, "{words}");
        }
    }

    #[test]
    fn compressed_files_have_its_ending_once() {
        for words in ["--compress gz --name {pod}.log", "--compress gzip --name {pod}.log.gz"] {
            let plan = plan(words);
            assert_eq!(plan.name, Template::parse("{pod}.log.gz", "", "").unwrap(), "{words}");
            assert_eq!(plan.rest, "_rest.log.gz");
        }
    }

    #[test]
    fn a_labels_name_may_have_slashes() {
        let template = Template::parse("{label.app.kubernetes.io/name}/{pod}", "", "").unwrap();
        assert_eq!(template.components.len(), 2);
        assert!(template.has(&super::super::template::Field::Label("app.kubernetes.io/name".into())));
    }

    #[test]
    fn the_flags_are_sound() {
        <Args as clap::CommandFactory>::command().debug_assert();
    }
}
