//! The flags that say which entries, and what they become.

use anyhow::{Result, anyhow, bail};

use super::field::Condition;
use super::owner::{Kind, Owner, means_pod, word_of};
use super::pattern::{Glob, How, Pattern};
use super::{Content, Label, LabelTest, Logs, Origin, Pods, SeverityOf};
use crate::entry::severity::Severity;
use crate::settings::{Settings, did_you_mean};

/// Which Pods and containers. One flag used twice means either; different flags must all hold.
#[derive(Clone, Debug, Default, clap::Args)]
#[command(next_help_heading = "Which containers")]
pub struct Which {
    /// A container's name (* ? [a-z] allowed), or the Pods of a workload: deploy/x, sts/x, ds/x,
    /// job/x, cj/x, rs/x, pod/x
    #[arg(value_name = "WORKLOAD", value_delimiter = ',')]
    pub workloads: Vec<String>,

    /// The same as a WORKLOAD without slash
    #[arg(short, long = "container", value_name = "NAME", value_delimiter = ',')]
    pub containers: Vec<String>,

    /// Pods whose name has this in it
    #[arg(long = "pod", value_name = "REGEX", allow_hyphen_values = true)]
    pub pods: Vec<String>,

    /// But not those Pods
    #[arg(long = "exclude-pod", value_name = "REGEX", allow_hyphen_values = true)]
    pub exclude_pods: Vec<String>,

    /// Namespaces (* ? [a-z] allowed)
    #[arg(short, long = "namespace", value_name = "NAME", value_delimiter = ',')]
    pub namespaces: Vec<String>,

    /// All namespaces, whatever the settings say
    #[arg(short = 'A', long, conflicts_with = "namespaces")]
    pub all_namespaces: bool,

    /// Clusters (* ? [a-z] allowed)
    #[arg(long = "cluster", value_name = "NAME", value_delimiter = ',')]
    pub clusters: Vec<String>,

    /// Pods with these labels: app=web,tier!=db,canary
    #[arg(short = 'l', long = "selector", value_name = "LABELS")]
    pub selectors: Vec<String>,

    /// stdout or stderr only
    #[arg(long = "stream", value_name = "STREAM", value_parser = ["stdout", "stderr"], conflicts_with = "logs")]
    pub streams: Vec<String>,

    /// Other logs than stdout and stderr (* ? [a-z] allowed)
    #[arg(long = "log", value_name = "NAME")]
    pub logs: Vec<String>,
}

impl Which {
    /// What the settings narrow where no flag was typed, to be told: nobody should miss logs unawares.
    pub(crate) fn narrowed(&self, settings: &Settings) -> Vec<String> {
        let told = |key: &str, all: &str| {
            let names = settings.list(key).join(", ");
            let place = settings.place(key).unwrap_or_default();
            (!names.is_empty()).then(|| format!("only {key} {names} (set in {place}); {all} for all"))
        };
        let namespaces = (self.namespaces.is_empty() && !self.all_namespaces).then(|| told("namespace", "-A"));
        let clusters = self.clusters.is_empty().then(|| told("cluster", "--cluster '*'"));
        [namespaces, clusters].into_iter().flatten().flatten().collect()
    }

    /// Checks what was typed; the settings `namespace` and `cluster` hold where their flags are not used.
    pub(crate) fn build(&self, settings: &Settings) -> Result<Origin> {
        let mut origin = Origin::default();
        for word in &self.workloads {
            match word.split_once('/') {
                None => origin.containers.push(Glob::new("WORKLOAD", word)?),
                Some((kind, name)) => origin.pods.push(workload(kind, name)?),
            }
        }
        origin.containers.extend(globs("--container", &self.containers)?);
        for regex in &self.pods {
            origin.pods.push(Pods::Regex(Pattern::new("--pod", regex, How::default())?));
        }
        for regex in &self.exclude_pods {
            origin.exclude_pods.push(Pattern::new("--exclude-pod", regex, How::default())?);
        }
        origin.namespaces = match (&self.namespaces[..], self.all_namespaces) {
            (_, true) => Vec::new(),
            ([], false) => globs(settings.place("namespace").unwrap_or_default(), settings.list("namespace"))?,
            (typed, false) => globs("--namespace", typed)?,
        };
        origin.clusters = match &self.clusters[..] {
            [] => globs(settings.place("cluster").unwrap_or_default(), settings.list("cluster"))?,
            typed => globs("--cluster", typed)?,
        };
        for typed in &self.selectors {
            origin.selectors.push(selector(typed)?);
        }
        let logs = globs("--log", if self.logs.is_empty() { &self.streams } else { &self.logs })?;
        if !logs.is_empty() {
            origin.logs = Logs::Named(logs);
        }
        Ok(origin)
    }
}

fn globs(flag: &str, typed: &[String]) -> Result<Vec<Glob>> {
    typed.iter().map(|text| Glob::new(flag, text)).collect()
}

fn workload(kind: &str, name: &str) -> Result<Pods> {
    if means_pod(kind) {
        return Ok(Pods::Name(Glob::new("pod/", name)?));
    }
    let Some(known) = Kind::parse(kind) else {
        const WORDS: [&str; 14] = [
            "deploy",
            "deployment",
            "sts",
            "statefulset",
            "ds",
            "daemonset",
            "job",
            "cj",
            "cronjob",
            "rs",
            "replicaset",
            "pod",
            "deployments",
            "cronjobs",
        ];
        let near = did_you_mean(&word_of(kind), WORDS);
        bail!("{kind}/{name}: unknown kind `{kind}`; known are deploy/x sts/x ds/x job/x cj/x rs/x pod/x{near}");
    };
    Ok(Pods::Owner(Owner::new(known, name)?))
}

/// `a=b,c!=d,e,!f`, as kubectl reads it.
fn selector(typed: &str) -> Result<Vec<Label>> {
    let label = |part: &str| {
        let part = part.trim();
        let (key, test) = match part.split_once('=') {
            Some((key, value)) => match key.strip_suffix('!') {
                Some(key) => (key, LabelTest::NotEqual(value.trim().to_owned())),
                None => (key, LabelTest::Equal(value.strip_prefix('=').unwrap_or(value).trim().to_owned())),
            },
            None => match part.strip_prefix('!') {
                Some(key) => (key, LabelTest::Absent),
                None => (part, LabelTest::Exists),
            },
        };
        let key = key.trim();
        if key.is_empty() || key.contains([' ', '(', ')', '!']) {
            bail!(
                "--selector '{typed}': write app=web, tier!=db, canary or !canary, with commas between them; for one of several values use --selector once for each"
            );
        }
        Ok(Label { key: key.to_owned(), test })
    };
    typed.split(',').map(label).collect()
}

/// Which lines.
#[derive(Clone, Debug, Default, clap::Args)]
#[command(next_help_heading = "Which lines")]
pub struct Lines {
    /// At least so grave: debug, info, notice, warning, error, critical, alert, emergency
    #[arg(short, long, alias = "level", value_name = "SEVERITY")]
    pub severity: Option<String>,

    /// Lines in which this is found (structured logs: anywhere in the payload)
    #[arg(short, long, alias = "include", value_name = "REGEX", allow_hyphen_values = true)]
    pub grep: Vec<String>,

    /// But not those in which this is found
    #[arg(short, long, value_name = "REGEX", allow_hyphen_values = true)]
    pub exclude: Vec<String>,

    /// --grep and --exclude are texts, not regular expressions
    #[arg(short = 'F', long)]
    pub fixed_strings: bool,

    /// --grep and --exclude do not tell A from a
    #[arg(short, long)]
    pub ignore_case: bool,

    /// A member of the entry: payload.user_id=42, also != ~ !~ < > <= >=; all must hold
    #[arg(long = "field", value_name = "CONDITION")]
    pub fields: Vec<String>,
}

impl Lines {
    /// Checks what was typed. `of` says which severity of an entry counts.
    pub(crate) fn build(&self, of: SeverityOf) -> Result<Content> {
        let severity = self.severity.as_deref().map(|word| severity(word, of)).transpose()?;
        let how = How { fixed: self.fixed_strings, ignore_case: self.ignore_case };
        let patterns = |flag: &str, typed: &[String]| -> Result<Vec<Pattern>> {
            typed.iter().map(|text| Pattern::new(flag, text, how)).collect()
        };
        Ok(Content {
            severity: severity.map(|least| (least, of)),
            grep: patterns("--grep", &self.grep)?,
            exclude: patterns("--exclude", &self.exclude)?,
            fields: self.fields.iter().map(|typed| Condition::parse(typed)).collect::<Result<_>>()?,
        })
    }
}

fn severity(word: &str, of: SeverityOf) -> Result<Severity> {
    if let Some(severity) = Severity::parse(word) {
        return Ok(severity);
    }
    // A mere number is no time without a unit.
    let is_duration = word.starts_with(|c: char| c.is_ascii_digit()) && word.ends_with(['s', 'm', 'h', 'd', 'w']);
    let is_time = is_duration || matches!(word, "today" | "yesterday" | "now");
    if is_time {
        // Only where records are fetched is there a window to say.
        let flag = if of == SeverityOf::Record { "--since" } else { "lq-query --since" };
        bail!("--severity {word}: that is a time; did you mean {flag} {word}?");
    }
    let names = Severity::ALL.map(|severity| severity.name().to_lowercase());
    let near = did_you_mean(word, names.iter().map(String::as_str));
    Err(anyhow!("--severity {word}: unknown severity; known are {}{near}", names.join(", ")))
}
