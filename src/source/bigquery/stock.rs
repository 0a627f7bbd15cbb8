//! Which slices are kept already, and which may be once they are read.
//!
//! What is asked (the key of a [`Label`]) is everything that decides the rows of a slice but its window and what
//! its tables hold: who asks whom for what, by which version of lq. The window must be covered, and
//! each table that holds something of it must be in the state in which it was before the slice was read.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, TimeDelta, Utc};

use super::error::Error;
use super::open::{Opened, Part, interruptible};
use super::slices::Slice;
use super::sql;
use super::state::{self, States};
use super::tables::{self, Known, Table};
use crate::source::Cut;
use crate::source::cache::{Cache, Kept, Label, TableState};
use crate::tool::{Failure, Signals};
use crate::when::{self, Window};

/// What is kept of a slice, or may be.
#[derive(Debug, Default)]
pub(crate) struct Stock {
    /// The rows are there: reading them costs nothing, or cost nothing.
    pub is_kept: bool,
    /// Until it is read.
    pub kept: Option<Kept>,
    /// Under which the rows may be kept; how many there are is not known yet.
    pub label: Option<Label>,
}

impl Opened {
    /// The slices on disk; `None` where none are to be read or written.
    pub(super) fn cache(&self) -> Option<&Cache> {
        let is_of_use = |cache: &&Cache| cache.most > 0 && self.wanted.columns.is_some() && self.is_settled();
        self.cache.as_ref().filter(is_of_use)
    }

    /// Frees what slices on disk take beyond what they may.
    pub(super) fn shrink_cache(&self) {
        // Who cannot remove them could not have kept them.
        let _ = self.cache.as_ref().map(Cache::shrink);
    }

    fn is_settled(&self) -> bool {
        self.options.condition.as_deref().is_none_or(sql::is_settled)
    }

    /// Finds out which slices are kept already, as far as that costs nothing.
    pub(crate) fn look_into_cache(&mut self, signals: &mut Signals) -> Result<(), Failure> {
        let runtime = self.runtime.handle().clone();
        interruptible(&runtime, signals, async {
            self.look_at_tables().await?;
            self.take_stock();
            self.check_access().await;
            self.check_ways()
        })
    }

    /// Finds out which slices may be read straight, whatever is kept of them. Costs nothing.
    pub(crate) fn look_at_ways(&mut self, signals: &mut Signals) -> Result<(), Failure> {
        let runtime = self.runtime.handle().clone();
        // What is kept does not matter to whoever looks at the query.
        self.cache = None;
        interruptible(&runtime, signals, self.look_at_tables())
    }

    /// Goes on without slices that are kept.
    pub(super) fn no_cache(&mut self, why: &str) {
        self.cache = None;
        if self.options.verbose > 0 {
            self.screen.say(&format!("slices are neither kept nor taken from the cache: {why}"));
        }
    }

    async fn look_again(&self, tables: Vec<String>) -> Result<BTreeMap<String, Known>, Error> {
        tables::look_again(&async |ask| self.office.ask(&self.options.address, ask).await, tables).await
    }

    /// True for a slice whose rows are kept: reading it costs nothing.
    pub(crate) fn is_kept(&self, number: usize) -> bool {
        self.stocks.get(number).is_some_and(|stock| stock.is_kept)
    }

    /// The slices that BigQuery must be asked for, with their numbers.
    pub(super) fn unkept(&self) -> impl Iterator<Item = (usize, &Part)> {
        self.parts.iter().enumerate().filter(|(number, _)| !self.is_kept(*number))
    }

    /// The slices that may be kept.
    fn lasting(&self) -> Vec<&Part> {
        let now = self.now();
        self.parts.iter().filter(|part| state::is_old(&part.slice, &self.found.tables, now)).collect()
    }

    /// The tables of slices that may be kept, and those that are in no slice: as far as is remembered, they cannot
    /// hold what is asked for.
    fn lasting_tables(&self) -> impl Iterator<Item = &Table> {
        let now = self.now();
        let is_young = |part: &&Part| !state::is_old(&part.slice, &self.found.tables, now);
        let young: BTreeSet<usize> =
            self.parts.iter().filter(is_young).flat_map(|part| &part.slice.tables).copied().collect();
        let old = self.lasting().into_iter().flat_map(|part| part.slice.of(&self.found.tables));
        let rest = self.found.tables.iter().enumerate().filter(move |(number, _)| !young.contains(number));
        old.chain(rest.map(|(_, table)| table))
    }

    /// The time, by the server's clock where that is known.
    pub(super) fn now(&self) -> DateTime<Utc> {
        when::now() - self.office.rest.ahead().unwrap_or_default().max(TimeDelta::zero())
    }

    /// Finds out what tables are like just now: those of slices that may be kept, and of those that may be read
    /// straight. Of those that were looked at for this run it is known. Where that cannot be found out, the run goes on
    /// without the cache, and by query. Where one is to be read otherwise than was remembered, all is planned anew.
    /// Costs nothing.
    pub(super) async fn look_at_tables(&mut self) -> Result<(), Failure> {
        self.states = States { tables: self.found.known.clone(), ..States::default() };
        let unseen = |table: &&Table| self.found.known.get(&table.id).is_some_and(|known| known.seen.is_none());
        // A server that once said nothing of changes never will.
        let tells = |table: &&Table| self.found.known.get(&table.id).is_some_and(|known| known.modified.is_some());
        let mut tables: Vec<&Table> = Vec::new();
        if self.cache().is_some() {
            let refused = self.found.export_errors.iter().filter(|_| self.is_refusal_old());
            tables.extend(self.lasting_tables().chain(refused).filter(tells));
        }
        tables.extend(self.tables_to_look_at());
        let mut unseen: Vec<String> = tables.into_iter().filter(unseen).map(|table| table.id.clone()).collect();
        unseen.sort_unstable();
        unseen.dedup();
        let seen = match self.look_again(unseen).await {
            Ok(seen) => seen,
            Err(error) => {
                self.no_cache(&error.to_string());
                return Ok(());
            }
        };
        let is_other =
            |(id, now): (&String, &Known)| self.found.known.get(id).is_some_and(|then| !then.is_read_like(now));
        if seen.iter().any(is_other) {
            self.renew(self.wanted.window.since).await?;
            self.states.tables = self.found.known.clone();
        } else {
            self.states.tables.extend(seen);
        }
        self.states.looked = Some(self.now());
        Ok(())
    }

    /// The query for the states of partitions, where some slice is worth it.
    pub(super) fn partitions_to_ask(&self) -> Option<sql::Statement> {
        self.cache()?;
        let slices: Vec<&Slice> = self.lasting().into_iter().map(|part| &part.slice).collect();
        let (names, window) = self.states.to_ask(&slices, &self.found.tables)?;
        Some(sql::partition_states(&names, &self.options.address, window))
    }

    /// Finds out for each slice whether its rows are kept, and under which label they may be.
    pub(super) fn take_stock(&mut self) {
        let now = self.now();
        let stocks = self.parts.iter().map(|part| match self.cache() {
            Some(cache) if state::is_old(&part.slice, &self.found.tables, now) => self.stock(cache, part),
            _ => Stock::default(),
        });
        self.stocks = stocks.collect();
    }

    fn stock(&self, cache: &Cache, part: &Part) -> Stock {
        let Some(label) = self.label(part, part.statement.cut) else { return Stock::default() };
        if self.options.refresh {
            return Stock { label: Some(label), ..Stock::default() };
        }
        // All rows hold the first ones and the last ones too.
        let whole = if part.statement.cut == Cut::All { None } else { self.label(part, Cut::All) };
        let is_equal = |kept: &Kept| kept.label.window() == label.window() && kept.label.tables == label.tables;
        let cut = cache.find(&label.key, &part.slice.window).into_iter().find(|kept| match part.statement.cut {
            Cut::All => self.serves(part, &kept.label, &label),
            // The first ones of a longer time are others.
            _ => is_equal(kept),
        });
        let kept = cut.or_else(|| {
            let whole = whole?;
            cache.find(&whole.key, &part.slice.window).into_iter().find(|kept| self.serves(part, &kept.label, &whole))
        });
        // What is kept in this run takes no other's place that it needs itself.
        kept.iter().for_each(|kept| cache.touch(kept));
        Stock { is_kept: kept.is_some(), kept, label: Some(label) }
    }

    /// Takes nothing from the cache that BigQuery would not give to whoever asks now: the credentials of a machine may
    /// be somebody else's than they were, and rights are withdrawn.
    pub(super) async fn check_access(&mut self) {
        let kept: Vec<usize> = (0..self.parts.len()).filter(|number| self.is_kept(*number)).collect();
        let allowed = self.allowed(&kept).await;
        for number in kept.into_iter().filter(|number| !allowed.contains(number)) {
            let stock = &mut self.stocks[number];
            (stock.is_kept, stock.kept) = (false, None);
        }
    }

    /// True where rows are on disk that may serve, whatever the tables are like.
    pub(super) fn may_be_kept(&self) -> bool {
        let is_there = |cache: &Cache, part: &Part, cut| {
            let key = self.asked(part, cut).map(|asked| Label::key_of(&asked));
            key.is_some_and(|key| !cache.find(&key, &part.slice.window).is_empty())
        };
        self.cache().is_some_and(|cache| {
            self.parts
                .iter()
                .any(|part| [part.statement.cut, Cut::All].into_iter().any(|cut| is_there(cache, part, cut)))
        })
    }

    /// Whether no more of the window's entries will be refused.
    fn is_refusal_old(&self) -> bool {
        let tables = &self.found.export_errors;
        let slice = Slice { window: self.wanted.window, tables: (0..tables.len()).collect() };
        state::is_old(&slice, tables, self.now())
    }

    /// What decides how many entries of the window were refused; `None` where that may still change.
    pub(super) fn label_of_refused(&self) -> Option<Label> {
        self.cache().filter(|_| self.is_refusal_old())?;
        let window = self.wanted.window;
        let states = self.found.export_errors.iter().map(|table| self.states.of(table, &window));
        let tables = states.collect::<Option<Vec<_>>>()?.concat();
        let asked = [("selection", "how many were refused".to_owned())].into_iter().chain(self.who_asks());
        Some(label(asked.map(|(name, value)| (name.to_owned(), value)).collect(), window, tables))
    }

    /// Who asks whom.
    fn who_asks(&self) -> Vec<(&'static str, String)> {
        let asked = [
            ("source", self.options.address.to_string()),
            ("server", self.office.rest.base()),
            ("login", self.office.rest.login()),
            // A project's defaults may say what SQL means.
            ("billed", self.office.project.clone()),
            // Of some tables not everybody sees all rows.
            ("account", self.account.clone()),
            ("lq", env!("CARGO_PKG_VERSION").to_owned()),
        ];
        asked.into()
    }

    /// What decides the rows of a slice; `None` where one of its tables has no state.
    pub(super) fn label(&self, part: &Part, cut: Cut) -> Option<Label> {
        let tables = part.slice.of(&self.found.tables);
        let states = tables.into_iter().map(|table| self.states.of(table, &part.slice.window));
        let tables = states.collect::<Option<Vec<_>>>()?.concat();
        Some(label(self.asked(part, cut)?, part.slice.window, tables))
    }

    /// What is asked for with a slice, and of whom.
    fn asked(&self, part: &Part, cut: Cut) -> Option<Vec<(String, String)>> {
        let columns = self.wanted.columns.as_ref()?;
        let payload = if columns.payload { &["payload"][..] } else { &[] };
        let asked = [
            ("selection", self.wanted.select.words()),
            ("where", self.options.condition.clone().unwrap_or_default()),
            ("columns", [payload, &columns.with].concat().join(",")),
            ("cut", say_cut(cut)),
            // What the query does not decide. It depends on the columns that the tables have.
            ("left", part.statement.local.words()),
        ];
        Some(asked.into_iter().chain(self.who_asks()).map(|(name, value)| (name.to_owned(), value)).collect())
    }

    /// Whether all rows that are `wanted` are among those that are kept, and nothing else that is kept is of
    /// their window. The keys are the same.
    fn serves(&self, part: &Part, kept: &Label, wanted: &Label) -> bool {
        let (window, tables) = (wanted.window(), part.slice.of(&self.found.tables));
        let is_same = |table: &TableState| kept.tables.contains(table);
        // A table that is gone, and was read.
        let is_gone = |table: &TableState| {
            !wanted.tables.iter().any(|it| it.table == table.table) && self.states.reads(&tables, &window, &table.table)
        };
        // Which of the rows were mended is not known.
        let is_narrower = kept.window() != window;
        kept.covers(&window)
            && wanted.tables.iter().all(is_same)
            && !kept.tables.iter().any(is_gone)
            && !(is_narrower && kept.mended > 0)
    }
}

fn label(asked: Vec<(String, String)>, Window { since, until }: Window, tables: Vec<TableState>) -> Label {
    Label { key: Label::key_of(&asked), asked, since, until, tables, rows: 0, mended: 0 }
}

fn say_cut(cut: Cut) -> String {
    match cut {
        Cut::All => "all".to_owned(),
        Cut::First(most) => format!("first {most}"),
        Cut::Last(most) => format!("last {most} of each container"),
    }
}
