//! Which of the tables that are listed matter: a pure function.

use chrono::NaiveDate;

use super::ask::{Kind, Listed};
use super::name::{self, EXPORT_ERRORS, Names};
use super::{Wanted, days};

/// A table that may have to be read: it is looked at first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Candidate {
    pub id: String,
    /// The log that its name is of.
    pub log: String,
    /// Of a shard.
    pub day: Option<NaiveDate>,
    pub kind: Kind,
    /// It may be about anything: its columns will tell.
    pub is_guess: bool,
}

/// What of a dataset matters.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Choice {
    /// What may hold the wanted logs of the window.
    pub logs: Vec<Candidate>,
    pub export_errors: Vec<Candidate>,
    /// The first and the last day of which there is a shard of the wanted logs, whatever the window.
    pub shard_days: Option<(NaiveDate, NaiveDate)>,
    /// Views that are not read since the sink's own tables hold the same entries.
    pub passed_over: Vec<String>,
}

/// Views of a Log Analytics dataset looked at where none has a name that is known.
const MOST_VIEWS: usize = 16;

/// Chooses by name and kind.
///
/// - A sink's own tables come first: all of them, since each layout holds another part of the time
///   where a sink was changed; what two of them hold is a twin.
/// - Views are looked at only where no table reaches into the window: a view beside the tables holds
///   what they hold, and reading both costs twice as much. Log Analytics' own datasets have views only.
/// - Of these, `_AllLogs` holds all that its siblings hold, so it is the only one that is read; without
///   it `_Default`, which lacks audit logs only; without both, views named like a wanted log, and at
///   last all others. What is in a view of a user's own is known by its columns, not by its name.
pub(crate) fn choose(listed: &[Listed], wanted: &Wanted) -> Choice {
    let names = Names::of(wanted.logs);
    let touched = days(&wanted.window);
    let is_touched = |day: Option<NaiveDate>| match (day, touched) {
        (Some(day), Some((first, last))) => (first..=last).contains(&day),
        (None, touched) => touched.is_some(),
        (Some(_), None) => false,
    };
    let all: Vec<Candidate> = listed.iter().map(Candidate::of).collect();
    let (tables, views): (Vec<_>, Vec<_>) = all.into_iter().partition(|it| it.kind == Kind::Table);
    let (errors, tables): (Vec<_>, Vec<_>) = tables.into_iter().partition(|it| it.log == EXPORT_ERRORS);
    let tables: Vec<_> = tables.into_iter().filter(|it| names.has(&it.log)).collect();
    let has_tables = !tables.is_empty();
    let shard_days = span(tables.iter().filter_map(|it| it.day));

    let in_window = |them: Vec<Candidate>| -> Vec<_> { them.into_iter().filter(|it| is_touched(it.day)).collect() };
    let mut logs = in_window(tables);
    let views = views_of(views, &names, has_tables);
    let mut passed_over = Vec::new();
    if logs.is_empty() {
        logs = in_window(views);
    } else {
        passed_over = views.into_iter().map(|it| it.id).collect();
    }
    logs.sort_by(|a, b| (a.day, &a.id).cmp(&(b.day, &b.id)));
    Choice { logs, export_errors: in_window(errors), shard_days, passed_over }
}

/// The views that may hold the wanted logs.
fn views_of(views: Vec<Candidate>, names: &Names, has_tables: bool) -> Vec<Candidate> {
    for name in ["_AllLogs", "_Default"] {
        if let Some(view) = views.iter().find(|it| it.id == name) {
            return vec![view.clone()];
        }
    }
    let (named, others): (Vec<_>, Vec<_>) = views.into_iter().partition(|it| names.has(&it.log));
    match named.is_empty() && !has_tables {
        true => {
            let guesses = others.into_iter().filter(|it| it.kind == Kind::View).take(MOST_VIEWS);
            guesses.map(|it| Candidate { is_guess: true, ..it }).collect()
        }
        false => named,
    }
}

fn span(days: impl Iterator<Item = NaiveDate>) -> Option<(NaiveDate, NaiveDate)> {
    days.fold(None, |span, day| Some(span.map_or((day, day), |(first, last)| (day.min(first), day.max(last)))))
}

impl Candidate {
    fn of(listed: &Listed) -> Self {
        let (log, day) = name::read(&listed.id);
        Candidate { id: listed.id.clone(), log: log.to_owned(), day, kind: listed.kind, is_guess: false }
    }
}

impl Choice {
    /// What is to be looked at.
    pub(crate) fn all(&self) -> impl Iterator<Item = &Candidate> {
        self.logs.iter().chain(&self.export_errors)
    }
}
