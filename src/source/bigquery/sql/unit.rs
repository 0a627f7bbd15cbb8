//! The conditions of a predicate, one by one: each is decided by SQL, or left to be decided here.

use super::claim::Claim;
use super::columns::Source;
use super::expression::{Said, Sql, Test};
use super::{field, origin, text};
use crate::entry::severity::Severity;
use crate::select::{Condition, Glob, Label, Logs, Pattern, Pods, Predicate, SeverityOf};

/// A condition that stands alone: all of them must hold.
#[derive(Clone, Copy, Debug)]
pub(super) enum Unit<'a> {
    Containers(&'a [Glob]),
    Namespaces(&'a [Glob]),
    Clusters(&'a [Glob]),
    Pods(&'a [Pods]),
    ExcludedPod(&'a Pattern),
    Selectors(&'a [Vec<Label>]),
    Severity(Severity, SeverityOf),
    Field(&'a Condition),
    /// The text has one of these.
    Grep(&'a [Pattern]),
    Exclude(&'a Pattern),
}

/// The conditions of `select` but for the logs, which choose tables.
pub(super) fn of(select: &Predicate) -> Vec<Unit<'_>> {
    let (origin, content) = (&select.origin, &select.content);
    let mut units = vec![
        Unit::Clusters(&origin.clusters),
        Unit::Namespaces(&origin.namespaces),
        Unit::Pods(&origin.pods),
        Unit::Containers(&origin.containers),
        Unit::Selectors(&origin.selectors),
        Unit::Grep(&content.grep),
    ];
    units.retain(|unit| match unit {
        Unit::Containers(globs) | Unit::Namespaces(globs) | Unit::Clusters(globs) => !globs.is_empty(),
        Unit::Pods(pods) => !pods.is_empty(),
        Unit::Selectors(selectors) => !selectors.is_empty(),
        Unit::Grep(patterns) => !patterns.is_empty(),
        _ => true,
    });
    units.extend(origin.exclude_pods.iter().map(Unit::ExcludedPod));
    units.extend(content.severity.map(|(least, of)| Unit::Severity(least, of)));
    units.extend(content.fields.iter().map(Unit::Field));
    units.extend(content.exclude.iter().map(Unit::Exclude));
    units
}

impl Unit<'_> {
    /// True for what is told by the text that is searched, whatever the table.
    pub(super) fn is_of_text(&self) -> bool {
        matches!(self, Unit::Grep(_) | Unit::Exclude(_))
    }

    /// True where it may matter how a number in a payload is spelt.
    pub(super) fn minds_numbers(&self) -> bool {
        match self {
            Unit::Grep(patterns) => patterns.iter().any(text::minds_numbers),
            Unit::Exclude(pattern) => text::minds_numbers(pattern),
            _ => false,
        }
    }

    /// What SQL says of it on a table's rows.
    pub(super) fn on_table(&self, source: &Source, logs: &Logs) -> Said {
        match self {
            Unit::Containers(globs) => origin::names(source.container(), globs),
            Unit::Namespaces(globs) => origin::names(source.namespace(), globs),
            Unit::Clusters(globs) => origin::names(source.cluster(), globs),
            Unit::Pods(pods) => origin::pods(source, pods),
            Unit::ExcludedPod(pattern) => origin::excluded_pod(source, pattern),
            Unit::Selectors(selectors) => origin::selectors(source, selectors),
            Unit::Severity(least, SeverityOf::Record) => Said::exactly(severity(source, *least)),
            Unit::Severity(_, SeverityOf::Shown) => Said::loosely(Test::Always),
            Unit::Field(condition) => field::condition(source, logs, condition),
            Unit::Grep(_) | Unit::Exclude(_) => Said::exactly(Test::Always),
        }
    }

    /// What SQL says of it on a text that is never NULL.
    pub(super) fn on_text(&self, searched: &Sql) -> Said {
        match self {
            Unit::Grep(patterns) => Said::any(patterns.iter().map(|pattern| text::found(searched, pattern))),
            Unit::Exclude(pattern) => text::not_found(searched, pattern),
            _ => Said::exactly(Test::Always),
        }
    }

    /// Puts the condition into a predicate.
    pub(super) fn put(&self, select: &mut Predicate) {
        let (origin, content) = (&mut select.origin, &mut select.content);
        match self {
            Unit::Containers(globs) => origin.containers = globs.to_vec(),
            Unit::Namespaces(globs) => origin.namespaces = globs.to_vec(),
            Unit::Clusters(globs) => origin.clusters = globs.to_vec(),
            Unit::Pods(pods) => origin.pods = pods.to_vec(),
            Unit::ExcludedPod(pattern) => origin.exclude_pods.push((*pattern).clone()),
            Unit::Selectors(selectors) => origin.selectors = selectors.to_vec(),
            Unit::Severity(least, of) => content.severity = Some((*least, *of)),
            Unit::Field(condition) => content.fields.push((*condition).clone()),
            Unit::Grep(patterns) => content.grep = patterns.to_vec(),
            Unit::Exclude(pattern) => content.exclude.push((*pattern).clone()),
        }
    }

    /// The further columns of an entry that it looks at.
    pub(super) fn columns(&self) -> Vec<&str> {
        match self {
            Unit::Selectors(_) => vec!["labels"],
            Unit::Grep(_) | Unit::Exclude(_) => vec!["payload"],
            Unit::Field(condition) => match condition.path.first().map(String::as_str) {
                Some("message") => vec!["payload"],
                Some("node") => vec!["labels"],
                key => key.into_iter().collect(),
            },
            _ => Vec::new(),
        }
    }
}

/// Words of at least this gravity. What is no such word, or absent, counts as DEFAULT.
fn severity(source: &Source, least: Severity) -> Test {
    if least == Severity::Default {
        return Test::Always;
    }
    let Some(severity) = source.text(&["severity"]) else { return Test::Never };
    Test::Says(severity.sql(), Claim::Grave(least))
}
