//! Which of the tables may hold what is asked, and what their columns tell of it.

use std::collections::BTreeSet;

use super::columns::Source;
use super::expression::{Said, Test};
use super::unit::Unit;
use super::{Asked, origin, unit};
use crate::select::Predicate;
use crate::source::bigquery::tables::Table;

/// A table that may hold what is asked.
pub(super) struct Part<'a> {
    pub source: Source<'a>,
    /// Its rows of the window and of Kubernetes: decided nowhere else.
    pub rows: Test,
    /// What it tells of the logs that are meant.
    pub log: Said,
    /// What it tells of each condition.
    pub said: Vec<Said>,
}

impl Part<'_> {
    /// All that is said of its rows.
    pub(super) fn test(&self) -> Test {
        let said = [&self.log].into_iter().chain(&self.said).map(|said| said.test.clone());
        Test::all([self.rows.clone()].into_iter().chain(said))
    }
}

/// The tables to read.
pub(super) struct Choice<'a> {
    pub parts: Vec<Part<'a>>,
    /// The conditions, and whether each is left to be decided here.
    pub units: Vec<(Unit<'a>, bool)>,
    /// The tables tell exactly which log a row is of.
    pub is_log_told: bool,
}

impl<'a> Choice<'a> {
    /// `window` says which rows of a table are of the window.
    pub(super) fn of(tables: &[&'a Table], asked: &Asked<'a>, window: impl Fn(&Source) -> Test) -> Self {
        let logs = &asked.select.origin.logs;
        let units = unit::of(asked.select);
        let mut choice = Choice { parts: Vec::new(), units: Vec::new(), is_log_told: true };
        for table in tables {
            let source = Source { table };
            if source.column("timestamp").is_none() {
                continue;
            }
            let log = origin::log(&source, logs);
            let said = units.iter().map(|unit| unit.on_table(&source, logs)).collect();
            let part = Part { source, rows: Test::all([window(&source), log.kind]), log: log.name, said };
            if part.test() == Test::Never {
                continue;
            }
            choice.is_log_told &= part.log.is_exact;
            choice.parts.push(part);
        }
        let parts = &choice.parts;
        let is_left = |at: usize| parts.iter().any(|part| !part.said[at].is_exact);
        choice.units = units.into_iter().enumerate().map(|(at, unit)| (unit, is_left(at))).collect();
        choice
    }

    pub(super) fn sources(&self) -> Vec<Source<'a>> {
        self.parts.iter().map(|part| part.source).collect()
    }

    pub(super) fn left(&self) -> impl Iterator<Item = &Unit<'a>> {
        self.units.iter().filter(|(_, is_left)| *is_left).map(|(unit, _)| unit)
    }

    /// What is left to be decided here, and the columns of an entry that it looks at.
    pub(super) fn local(&self, asked: &Asked) -> (Predicate, BTreeSet<&str>) {
        let mut local = Predicate::default();
        if asked.columns.is_some() || !self.is_log_told {
            local.origin.logs = asked.select.origin.logs.clone();
        }
        self.left().for_each(|unit| unit.put(&mut local));
        let mut needed: BTreeSet<&str> = self.left().flat_map(|unit| unit.columns()).collect();
        needed.extend((!self.is_log_told).then_some("stream"));
        (local, needed)
    }
}
