//! Where a row must come from: time, log, container, Pod, labels.

use chrono::{DateTime, Datelike, Duration, TimeDelta, Utc};

use super::cell::Cell;
use super::claim::{Claim, Sign};
use super::columns::Source;
use super::expression::{Column, Said, Sql, Test, sql};
use super::literal;
use super::regex::{self, Translated};
use super::text::{contains, found, not_found};
use crate::entry::label_names;
use crate::entry::text::Text;
use crate::select::{Glob, Label, LabelTest, Logs, Pattern, Pods};
use crate::source::bigquery::tables::Layout;
use crate::when::Window;

/// The rows of a window, told by the columns that divide the table.
pub(super) fn window(source: &Source, window: Window) -> Test {
    within(source, window, true)
}

/// The same of rows that have left the streaming buffer. Row restrictions know the pseudocolumn too:
/// <https://github.com/GoogleCloudDataproc/spark-bigquery-connector#partitioned-tables>
pub(super) fn stored(source: &Source, window: Window) -> Test {
    within(source, window, false)
}

fn within(source: &Source, window: Window, is_buffered: bool) -> Test {
    let (since, until) = (whole_microsecond(window.since), whole_microsecond(window.until));
    if since >= until {
        return Test::Never;
    }
    let between = |column: &Column, since: DateTime<Utc>, until: DateTime<Utc>| {
        let test = |sign, time| Test::compares(&column.sql(), sign, Sql::text(literal::timestamp(time)));
        [test(Sign::AtLeast, since), test(Sign::Less, until)]
    };
    let column = source.column("timestamp").map_or_else(|| Column::named("timestamp"), |(_, column)| column);
    let [from, to] = between(&column, since, until);
    match source.table.layout {
        Layout::Shard(date) => {
            let first = date.and_time(chrono::NaiveTime::MIN).and_utc();
            let is_apart =
                until <= first || first.checked_add_signed(Duration::days(1)).is_some_and(|end| end <= since);
            if is_apart { Test::Never } else { Test::all([from, to]) }
        }
        Layout::Ingestion => {
            // Rows arrive late, and early by clocks that are wrong. What arrived just now is in no
            // partition yet: <https://cloud.google.com/bigquery/docs/querying-partitioned-tables>
            let arrived = Column::pseudo("_PARTITIONTIME");
            let days = between(&arrived, day(since, -1), day(until - Duration::microseconds(1), 2));
            let buffered = is_buffered.then(|| Test::Says(arrived.sql(), Claim::Null));
            let arrived = Test::any([Test::all(days)].into_iter().chain(buffered));
            Test::all([arrived, from, to])
        }
        Layout::Partitioned | Layout::Analytics => Test::all([from, to]),
    }
}

/// BigQuery keeps microseconds. An instant between two of them lies behind all rows of the first, so the
/// next one bounds the same rows.
fn whole_microsecond(instant: DateTime<Utc>) -> DateTime<Utc> {
    let over = instant.timestamp_subsec_nanos() % 1_000;
    let missing = if over == 0 { 0 } else { 1_000 - i64::from(over) };
    instant.checked_add_signed(TimeDelta::nanoseconds(missing)).unwrap_or(instant)
}

/// Midnight (UTC) of an instant's day, some days later.
fn day(instant: DateTime<Utc>, later: i64) -> DateTime<Utc> {
    let midnight = instant.date_naive().and_time(chrono::NaiveTime::MIN).and_utc();
    let day = midnight.checked_add_signed(Duration::days(later)).filter(|day| (1..=9999).contains(&day.year()));
    day.unwrap_or(midnight)
}

/// Rows of the logs that are meant, as an archive's reader takes them: what containers wrote, or by a
/// log's name what speaks of Kubernetes at all.
pub(super) fn log(source: &Source, logs: &Logs) -> Log {
    let container = || match source.container() {
        Some(name) => Test::is_there(&name.sql()),
        None => Test::Never,
    };
    let kind = |claim| match source.text(&["resource", "type"]) {
        Some(kind) => Test::Says(kind.sql(), claim),
        None => container(),
    };
    let (kind, name) = match (logs, source.stream()) {
        (Logs::OfContainers, Some(_)) => (container(), Said::exactly(Test::Always)),
        (Logs::Named(globs), Some(stream)) => {
            let is_named = globs.iter().any(|glob| glob.matches(Some(Text::Plain(stream))));
            (container(), Said::exactly(Test::of(is_named)))
        }
        (Logs::OfContainers, None) => {
            let stream = match (source.log_id(), source.text(&["logName"])) {
                // A table of another log.
                _ if source.table.log.is_some() => Test::Never,
                (Some(id), Some(name)) => Test::any([
                    Test::Is(sql("{} IN ('stdout', 'stderr')", [&id.sql()])),
                    Test::Says(name.sql(), Claim::Null),
                ]),
                _ => Test::Always,
            };
            (kind(Claim::Compares(Sign::Equal, Sql::text("'k8s_container'"))), Said::exactly(stream))
        }
        (Logs::Named(globs), None) => {
            let name = source.log_id().map(|id| Cell::Sql(sql("REPLACE({}, '%2F', '/')", [&id.sql()])));
            (kind(Claim::StartsWith("k8s_")), names(name, globs))
        }
    };
    Log { kind, name }
}

/// What a table tells of the log of its rows.
pub(super) struct Log {
    /// They speak of a container, or of Kubernetes: decided nowhere else.
    pub kind: Test,
    /// The log is one of those that are meant.
    pub name: Said,
}

/// A name that fits one of `globs`; none asks for nothing.
pub(super) fn names(name: Option<Cell>, globs: &[Glob]) -> Said {
    if globs.is_empty() {
        return Said::exactly(Test::Always);
    }
    let Some(name) = name else {
        return Said::exactly(Test::of(globs.iter().any(|glob| glob.matches(None))));
    };
    let name = &name.sql();
    let (literal, wild): (Vec<&Glob>, Vec<&Glob>) = globs.iter().partition(|glob| glob.regex().is_none());
    let mut said = Vec::new();
    if !literal.is_empty() {
        said.push(Said::exactly(one_of(name, &literal)));
    }
    said.extend(wild.into_iter().map(|glob| {
        // Stars alone take any name, and none.
        if glob.matches(None) { Said::exactly(Test::Always) } else { wildcards(name, glob) }
    }));
    Said::any(said)
}

fn one_of(name: &Sql, globs: &[&Glob]) -> Test {
    match globs {
        [one] => Test::compares(name, Sign::Equal, Sql::value(&one.text)),
        many => {
            let names = many.iter().map(|glob| glob.text.clone()).collect();
            Test::Says(name.clone(), Claim::OneOf(names))
        }
    }
}

/// Globs match bytes, and names are ASCII; a glob that is not is left to be told here.
fn wildcards(name: &Sql, glob: &Glob) -> Said {
    let bare = glob.regex().filter(|_| glob.text.is_ascii()).and_then(|regex| regex.strip_prefix("(?-u)"));
    match bare.map(|regex| regex::re2(regex, false)) {
        Some(Translated::Exact(regex)) => Said::exactly(contains(name, &regex)),
        Some(Translated::Superset(regex)) => Said::loosely(contains(name, &regex)),
        Some(Translated::Unsayable) | None => Said::loosely(Test::Always),
    }
}

/// An absent Pod has the empty name.
fn empty_for_null(name: &Sql) -> Sql {
    sql("IFNULL({}, '')", [name])
}

/// A Pod that is one of `pods`.
pub(super) fn pods(source: &Source, pods: &[Pods]) -> Said {
    let Some(name) = source.pod() else {
        return Said::exactly(Test::of(pods.iter().any(|pods| pods.matches(""))));
    };
    let name = name.sql();
    let or_empty = empty_for_null(&name);
    Said::any(pods.iter().map(|one| match one {
        Pods::Owner(owner) => match regex::re2(owner.regex(), false) {
            Translated::Exact(regex) => Said::exactly(contains(&name, &regex)),
            Translated::Superset(regex) => Said::loosely(contains(&name, &regex)),
            Translated::Unsayable => Said::loosely(Test::Always),
        },
        Pods::Name(glob) => {
            let name = if one.matches("") { &or_empty } else { &name };
            names(Some(Cell::Sql(name.clone())), std::slice::from_ref(glob))
        }
        Pods::Regex(pattern) => found(if one.matches("") { &or_empty } else { &name }, pattern),
    }))
}

/// A Pod in whose name `pattern` is not found.
pub(super) fn excluded_pod(source: &Source, pattern: &Pattern) -> Said {
    match source.pod() {
        Some(name) => not_found(&empty_for_null(&name.sql()), pattern),
        None => Said::exactly(Test::of(!pattern.matches(b""))),
    }
}

/// Labels of which all of one list hold.
pub(super) fn selectors(source: &Source, selectors: &[Vec<Label>]) -> Said {
    Said::any(selectors.iter().map(|all| Said::all(all.iter().map(|label| one_label(source, label)))))
}

fn one_label(source: &Source, label: &Label) -> Said {
    // The names under which an entry looks for a label.
    let names = label_names(&label.key);
    if !source.says_labels(&names) {
        return Said::loosely(Test::Always);
    }
    let value = source.label(&names).map(|value| value.sql());
    Said::exactly(match (&label.test, value) {
        (LabelTest::Equal(wanted), Some(value)) => Test::compares(&value, Sign::Equal, Sql::value(wanted)),
        (LabelTest::NotEqual(wanted), Some(value)) => Test::Says(value, Claim::Differs(wanted.clone())),
        (LabelTest::Exists, Some(value)) => Test::is_there(&value),
        (LabelTest::Absent, Some(value)) => Test::Says(value, Claim::Null),
        (LabelTest::Equal(_) | LabelTest::Exists, None) => Test::Never,
        (LabelTest::NotEqual(_) | LabelTest::Absent, None) => Test::Always,
    })
}
