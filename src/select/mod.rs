//! Which entries: one predicate as plain data, used as a filter here and translated to SQL there.
//!
//! Within a group (all uses of one flag) one hit is enough; all groups must hold. What an entry
//! does not say counts as empty text: `*` matches it, a name does not.

mod args;
mod field;
pub(crate) mod number;
mod owner;
mod pattern;
mod words;

#[cfg(test)]
pub(crate) mod cases;
#[cfg(test)]
mod tests;

use crate::entry::severity::Severity;
use crate::entry::text::{self, Text};
use crate::entry::{Entry, Message};

pub(crate) use args::{Lines, Which};
pub(crate) use field::{Condition, Operator};
pub(crate) use owner::{Kind, Owner, means_pod};
pub(crate) use pattern::{Glob, How, Pattern};

/// Which entries. The default is all of them but those of logs other than stdout and stderr, see
/// [`Origin::logs`].
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Predicate {
    pub origin: Origin,
    pub content: Content,
}

/// Where an entry must come from.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Origin {
    pub clusters: Vec<Glob>,
    pub namespaces: Vec<Glob>,
    pub containers: Vec<Glob>,
    pub pods: Vec<Pods>,
    pub exclude_pods: Vec<Pattern>,
    /// Of one list all must hold.
    pub selectors: Vec<Vec<Label>>,
    pub logs: Logs,
}

/// Names of Pods.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Pods {
    Owner(Owner),
    /// By its whole name: `pod/x`.
    Name(Glob),
    /// By a part of its name: `--pod`.
    Regex(Pattern),
}

/// Names of logs, as [`Entry::stream`] gives them.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) enum Logs {
    /// What a container wrote to stdout and stderr, and entries that name no log.
    #[default]
    OfContainers,
    /// Those of these names.
    Named(Vec<Glob>),
}

/// A condition on a Pod's label.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Label {
    pub key: String,
    pub test: LabelTest,
}

/// As kubectl has it: an absent label is not equal to anything.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum LabelTest {
    Equal(String),
    NotEqual(String),
    Exists,
    Absent,
}

/// What an entry must say.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Content {
    /// At least so grave. Entries without a severity count as DEFAULT.
    pub severity: Option<(Severity, SeverityOf)>,
    pub grep: Vec<Pattern>,
    pub exclude: Vec<Pattern>,
    /// All must hold.
    pub fields: Vec<Condition>,
}

/// Which of the two severities of an entry counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum SeverityOf {
    /// What the envelope says, as in BigQuery.
    Record,
    /// What is shown: the payload's own where it has one.
    Shown,
}

impl Predicate {
    /// True for an entry that was asked for. `scratch` is room to work in.
    pub(crate) fn matches(&self, entry: &Entry, scratch: &mut Vec<u8>) -> bool {
        self.origin.matches(entry) && self.content.matches(entry, scratch)
    }
}

impl Origin {
    /// True for an entry that comes from where it should.
    pub(crate) fn matches(&self, entry: &Entry) -> bool {
        self.matches_names(entry.cluster(), entry.namespace(), entry.pod(), entry.container())
            && self.logs.matches(entry)
            && any(&self.selectors, |all| all.iter().all(|label| label.matches(entry)))
    }

    /// True for the names of a container that was asked for, whatever its labels and its logs are.
    pub(crate) fn matches_names(
        &self,
        cluster: Option<Text>,
        namespace: Option<Text>,
        pod: Option<Text>,
        container: Option<Text>,
    ) -> bool {
        any(&self.containers, |glob| glob.matches(container))
            && any(&self.namespaces, |glob| glob.matches(namespace))
            && any(&self.clusters, |glob| glob.matches(cluster))
            && self.matches_pod(pod)
    }

    fn matches_pod(&self, pod: Option<Text>) -> bool {
        if self.pods.is_empty() && self.exclude_pods.is_empty() {
            return true;
        }
        let name = pod.map(Text::to_cow).unwrap_or_default();
        any(&self.pods, |pods| pods.matches(&name))
            && !self.exclude_pods.iter().any(|regex| regex.matches(name.as_bytes()))
    }
}

/// An empty group asks for nothing, so everything is right.
fn any<T>(group: &[T], is_right: impl FnMut(&T) -> bool) -> bool {
    group.is_empty() || group.iter().any(is_right)
}

impl Pods {
    /// True for the name of such a Pod.
    pub(crate) fn matches(&self, name: &str) -> bool {
        match self {
            Pods::Owner(owner) => owner.matches(name),
            Pods::Name(glob) => glob.matches(Some(Text::Plain(name))),
            Pods::Regex(regex) => regex.matches(name.as_bytes()),
        }
    }
}

impl Logs {
    fn matches(&self, entry: &Entry) -> bool {
        let stream = entry.stream();
        match self {
            Logs::OfContainers => matches!(stream.as_deref(), None | Some("stdout" | "stderr")),
            Logs::Named(globs) => globs.iter().any(|glob| glob.matches(stream.as_deref().map(Text::Plain))),
        }
    }
}

impl Label {
    fn matches(&self, entry: &Entry) -> bool {
        let value = entry.label(&self.key);
        match &self.test {
            LabelTest::Equal(wanted) => value.is_some_and(|value| value == **wanted),
            LabelTest::NotEqual(wanted) => value.is_none_or(|value| value != **wanted),
            LabelTest::Exists => value.is_some(),
            LabelTest::Absent => value.is_none(),
        }
    }
}

impl Content {
    /// True where nothing is asked for.
    pub(crate) fn is_empty(&self) -> bool {
        self.severity.is_none() && self.grep.is_empty() && self.exclude.is_empty() && self.fields.is_empty()
    }

    /// True for an entry that says what it should.
    pub(crate) fn matches(&self, entry: &Entry, scratch: &mut Vec<u8>) -> bool {
        let grave = self.severity.is_none_or(|(least, of)| least <= severity(entry, of));
        if !grave || !self.fields.iter().all(|field| field.matches(entry, scratch)) {
            return false;
        }
        if self.grep.is_empty() && self.exclude.is_empty() {
            return true;
        }
        let text = searched(entry, scratch);
        any(&self.grep, |regex| regex.matches(text)) && !self.exclude.iter().any(|regex| regex.matches(text))
    }
}

fn severity(entry: &Entry, of: SeverityOf) -> Severity {
    let own = if of == SeverityOf::Shown { entry.own_severity() } else { None };
    own.or_else(|| Severity::parse(&entry.severity()?.to_cow())).unwrap_or(Severity::Default)
}

/// What `--grep` looks at: the text, or for structured logs the whole payload as compact JSON.
fn searched<'a>(entry: &Entry<'a>, scratch: &'a mut Vec<u8>) -> &'a [u8] {
    match (entry.payload(), entry.message()) {
        (None, Message::Text(text)) => unescaped(text, scratch),
        (Some(payload), _) | (None, Message::Payload(payload)) => {
            scratch.clear();
            text::compact(payload, scratch);
            scratch
        }
    }
}

/// The text itself, copied only where something in it is escaped.
fn unescaped<'a>(text: Text<'a>, scratch: &'a mut Vec<u8>) -> &'a [u8] {
    match text {
        Text::Json(raw) if memchr::memchr(b'\\', raw.as_bytes()).is_some() => {
            scratch.clear();
            text.push_to(scratch);
            scratch
        }
        Text::Json(raw) | Text::Plain(raw) => raw.as_bytes(),
    }
}
