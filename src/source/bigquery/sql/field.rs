//! `--field`: a condition on one member of an entry, on the columns that hold it.

use std::cmp::Ordering;

use chrono::{DateTime, TimeDelta, Utc};

use super::cell::Cell;
use super::claim::{Claim, Sign};
use super::columns::{Keys, Place, Source, json_value};
use super::expression::{Column, Said, Sql, Test, sql};
use super::literal;
use super::text;
use crate::entry::stamp::Stamp;
use crate::entry::{mangle, write};
use crate::select::{Condition, Logs, Operator, number};
use crate::source::bigquery::schema::Kind;

/// What SQL says of `condition` on a table's rows. An absent member fulfils none.
pub(super) fn condition(source: &Source, logs: &Logs, condition: &Condition) -> Said {
    let Some((key, below)) = condition.path.split_first() else { return Said::loosely(Test::Always) };
    let named = |name: Option<Cell>| match name {
        Some(name) => on_text(&name.sql(), condition),
        None => Said::exactly(Test::Never),
    };
    let own = |name: &'static str| match source.column(name) {
        Some((column, place)) => on_place(source.below(column, place, below, Keys::Own), condition),
        None => Said::exactly(Test::Never),
    };
    match key.as_str() {
        "cluster" => named(source.cluster()),
        "namespace" => named(source.namespace()),
        "pod" => named(source.pod()),
        "container" => named(source.container()),
        "stream" => match source.stream() {
            Some(stream) => Said::exactly(Test::of(condition.matches_text(stream))),
            None => named(source.log_id().map(|id| Cell::Sql(sql("REPLACE({}, '%2F', '/')", [&id.sql()])))),
        },
        "message" => or_split(source, message(source, logs, condition)),
        "node" => named(source.label(&NODE.map(str::to_owned))),
        "payload" => or_split(source, payload(source, logs, below, condition)),
        "labels" => labels(source, below, condition),
        key => match write::KEYS.into_iter().chain(write::WITH).find(|known| *known == key) {
            Some(name) => own(name),
            None => Said::exactly(Test::Never),
        },
    }
}

/// The label of the node's name, as Cloud Logging has it and as its tables have it.
pub(super) const NODE: [&str; 2] = ["compute.googleapis.com/resource_name", "compute_googleapis_com_resource_name"];

/// The pieces of a split entry are joined before their text can be judged.
pub(super) fn or_split(source: &Source, said: Said) -> Said {
    match source.text(&["split", "uid"]) {
        Some(uid) => Said::loosely(Test::any([said.test, Test::is_there(&uid.sql())])),
        None => said,
    }
}

/// The text, or what the payload has for one. A payload that stands for the text itself is judged here.
fn message(source: &Source, logs: &Logs, condition: &Condition) -> Said {
    let payload = source.payload_texts(logs).into_iter().map(|(_, text)| Cell::Text(text, Kind::String));
    let text = Cell::first(source.text(&["textPayload"]).into_iter().chain(payload).collect());
    let text = text.map(|text| without_newline(&text.sql()));
    match (text, source.payloads(logs).is_empty()) {
        (Some(text), true) => on_text(&sql("IFNULL({}, '')", [&text]), condition),
        (Some(text), false) => {
            let is_absent = Test::Says(text.clone(), Claim::Null);
            Said::loosely(Test::any([on_text(&text, condition).test, is_absent]))
        }
        (None, true) => Said::exactly(Test::of(condition.matches_text(""))),
        (None, false) => Said::loosely(Test::Always),
    }
}

/// A text without its one trailing newline.
pub(super) fn without_newline(text: &Sql) -> Sql {
    sql("REGEXP_REPLACE({}, r'\\n$', '')", [text])
}

fn payload(source: &Source, logs: &Logs, below: &[String], condition: &Condition) -> Said {
    Said::any(
        source
            .payloads(logs)
            .into_iter()
            .map(|(column, place)| on_place(source.below(column, place, below, Keys::Typed), condition)),
    )
}

fn labels(source: &Source, below: &[String], condition: &Condition) -> Said {
    let Some((column, whole)) = source.column("labels") else { return Said::exactly(Test::Never) };
    match below {
        [key] => {
            let names = [key.clone(), mangle(key)];
            match source.label(&names) {
                _ if !source.says_labels(&names) => Said::loosely(Test::Always),
                Some(label) => on_text(&label.sql(), condition),
                None => Said::exactly(Test::Never),
            }
        }
        keys => on_place(source.below(column, whole, keys, Keys::Typed), condition),
    }
}

fn on_place(place: Place, condition: &Condition) -> Said {
    match place {
        Place::Absent => Said::exactly(Test::Never),
        Place::Text(column) => on_text(&column.sql(), condition),
        Place::Scalar(column, Kind::Timestamp) => on_time(&column.sql(), condition),
        Place::Scalar(column, Kind::Float) => on_float(&column.sql(), condition),
        Place::Scalar(column, Kind::Integer) => on_integer(&column.sql(), condition),
        Place::Scalar(column, Kind::Boolean) => on_boolean(&column.sql(), condition),
        // Its text is JSON, which only this side writes as it is meant.
        Place::Scalar(column, _) | Place::Record(column) => Said::loosely(Test::is_there(&column.sql())),
        Place::Repeated(column) => Said::loosely(Test::Is(sql("ARRAY_LENGTH({}) > 0", [&column.sql()]))),
        Place::Json(_, paths) if paths.is_empty() => Said::loosely(Test::Always),
        Place::Json(column, paths) => {
            let said = Said::any(paths.iter().map(|path| on_json(&column, &Sql::value(path), condition)));
            // Under two spellings only the first counts.
            Said { is_exact: said.is_exact && paths.len() == 1, ..said }
        }
    }
}

/// A text that may be NULL.
fn on_text(text: &Sql, condition: &Condition) -> Said {
    let compare = |sign| Said::exactly(Test::compares(text, sign, Sql::value(&condition.value)));
    let there = |said: Said| if said.test == Test::Always { Said { test: Test::is_there(text), ..said } } else { said };
    match &condition.operator {
        Operator::Equal => compare(Sign::Equal),
        Operator::NotEqual => compare(Sign::NotEqual),
        Operator::Matches(pattern) => there(text::found(text, pattern)),
        Operator::MatchesNot(pattern) => there(text::not_found(text, pattern)),
        // Numbers that are written as texts are compared as numbers.
        _ if is_number(&condition.value) => Said::loosely(Test::is_there(text)),
        Operator::Less => compare(Sign::Less),
        Operator::Greater => compare(Sign::Greater),
        Operator::AtMost => compare(Sign::AtMost),
        Operator::AtLeast => compare(Sign::AtLeast),
    }
}

fn is_number(text: &str) -> bool {
    number::compare(text, text).is_some()
}

/// A number that prints as the shortest text that reads as the same FLOAT64. So numbers other than
/// `nearest` lie on the same side of what was typed as of `nearest`.
fn on_float(column: &Sql, condition: &Condition) -> Said {
    if let Operator::Matches(_) | Operator::MatchesNot(_) = condition.operator {
        return Said::loosely(Test::is_there(column));
    }
    let nearest = condition.value.parse::<f64>().ok().filter(|nearest| nearest.is_finite());
    let (Some(nearest), true) = (nearest, is_number(&condition.value)) else {
        return match condition.operator {
            // These print as texts that SQL compares as numbers, or with nothing.
            _ if ["NaN", "Infinity", "-Infinity"].contains(&&*condition.value) => Said::loosely(Test::is_there(column)),
            // No number prints as this, unless it is too large for a FLOAT64.
            Operator::Equal => Said::exactly(Test::Never),
            Operator::NotEqual => Said::exactly(Test::is_there(column)),
            _ => Said::loosely(Test::is_there(column)),
        };
    };
    let order = number::compare(&format!("{nearest:e}"), &condition.value).unwrap_or(Ordering::Equal);
    let compare = |sign| Said::exactly(Test::compares(column, sign, super::Value::Float(nearest).into()));
    match (&condition.operator, order) {
        (Operator::Equal, Ordering::Equal) => compare(Sign::Equal),
        (Operator::Equal, _) => Said::exactly(Test::Never),
        (Operator::NotEqual, Ordering::Equal) => compare(Sign::NotEqual),
        (Operator::NotEqual, _) => Said::exactly(Test::is_there(column)),
        (Operator::Less, Ordering::Less) | (Operator::AtMost, Ordering::Less | Ordering::Equal) => {
            compare(Sign::AtMost)
        }
        (Operator::Less | Operator::AtMost, _) => compare(Sign::Less),
        (Operator::Greater, Ordering::Greater) | (Operator::AtLeast, Ordering::Greater | Ordering::Equal) => {
            compare(Sign::AtLeast)
        }
        (_, _) => compare(Sign::Greater),
    }
}

/// An INT64. Beyond 2^53 its JSON is a string, and then equal is what is equal as text.
fn on_integer(column: &Sql, condition: &Condition) -> Said {
    let Ok(number) = condition.value.parse::<i64>() else { return Said::loosely(Test::is_there(column)) };
    let is_exact = number.unsigned_abs() <= 1 << 53 && is_number(&condition.value);
    let compare = |sign| {
        let test = Test::compares(column, sign, super::Value::Integer(number).into());
        if is_exact { Said::exactly(test) } else { Said::loosely(Test::is_there(column)) }
    };
    match condition.operator {
        Operator::Equal => compare(Sign::Equal),
        Operator::NotEqual => compare(Sign::NotEqual),
        Operator::Less => compare(Sign::Less),
        Operator::Greater => compare(Sign::Greater),
        Operator::AtMost => compare(Sign::AtMost),
        Operator::AtLeast => compare(Sign::AtLeast),
        Operator::Matches(_) | Operator::MatchesNot(_) => Said::loosely(Test::is_there(column)),
    }
}

fn on_boolean(column: &Sql, condition: &Condition) -> Said {
    let equal = match condition.value.as_str() {
        "true" => Some(true),
        "false" => Some(false),
        _ => None,
    };
    let is = |value| {
        let constant = Sql::text(if value { "TRUE" } else { "FALSE" });
        Said::exactly(Test::compares(column, Sign::Equal, constant))
    };
    match (&condition.operator, equal) {
        (Operator::Equal, Some(value)) => is(value),
        (Operator::NotEqual, Some(value)) => is(!value),
        (Operator::Equal, None) => Said::exactly(Test::Never),
        (Operator::NotEqual, None) => Said::exactly(Test::is_there(column)),
        _ => Said::loosely(Test::is_there(column)),
    }
}

/// A TIMESTAMP, in microseconds, with what may have been typed to the nanosecond.
fn on_time(column: &Sql, condition: &Condition) -> Said {
    let Some(wanted) = condition.stamp else { return Said::loosely(Test::is_there(column)) };
    let is_whole = wanted.nanos.is_multiple_of(1_000);
    let Some(instant) = instant(wanted) else { return Said::loosely(Test::is_there(column)) };
    let next = instant.checked_add_signed(TimeDelta::microseconds(if is_whole { 0 } else { 1 })).unwrap_or(instant);
    let compare = |sign, instant| Said::exactly(Test::compares(column, sign, Sql::text(literal::timestamp(instant))));
    match condition.operator {
        Operator::Equal if is_whole => compare(Sign::Equal, instant),
        Operator::Equal => Said::exactly(Test::Never),
        Operator::NotEqual if is_whole => compare(Sign::NotEqual, instant),
        Operator::NotEqual => Said::exactly(Test::is_there(column)),
        Operator::Less => compare(Sign::Less, next),
        Operator::AtLeast => compare(Sign::AtLeast, next),
        Operator::Greater => compare(Sign::Greater, instant),
        Operator::AtMost => compare(Sign::AtMost, instant),
        Operator::Matches(_) | Operator::MatchesNot(_) => Said::loosely(Test::is_there(column)),
    }
}

/// The microsecond that a time lies in; `None` where BigQuery has no such year.
fn instant(stamp: Stamp) -> Option<DateTime<Utc>> {
    let micros = stamp.nanos / 1_000;
    DateTime::from_timestamp(stamp.secs, micros * 1_000).filter(|instant| *instant >= YEAR_ONE)
}

/// 0001-01-01T00:00:00Z.
const YEAR_ONE: DateTime<Utc> = match DateTime::from_timestamp(-62_135_596_800, 0) {
    Some(instant) => instant,
    None => DateTime::<Utc>::MIN_UTC,
};

/// A place in a JSON column. Texts are told exactly; numbers, objects and arrays are judged here.
fn on_json(column: &Column, path: &Sql, condition: &Condition) -> Said {
    let value = json_value(column, path);
    let place = sql("JSON_QUERY({}, {})", [&column.sql(), path]);
    let typed = Sql::value(&condition.value);
    let number = condition.value.parse::<f64>().ok().filter(|n| n.is_finite() && is_number(&condition.value));
    // A member that is null is none.
    let is_there = || Test::Is(sql("IFNULL(TO_JSON_STRING({}), 'null') != 'null'", [&place]));
    let is_text = sql("STARTS_WITH(TO_JSON_STRING({}), '\"')", [&place]);
    let text_only = |test: Test| {
        let other = Test::Is(sql("NOT {}", [&is_text]));
        Test::all([is_there(), Test::any([other, test])])
    };
    let nearly = |template| match number {
        Some(number) => {
            let near = sql(template, [&value, &super::Value::Float(number).into()]);
            let near = Test::Is(sql("IFNULL({}, TRUE)", [&near]));
            Test::all([is_there(), Test::any([Test::Is(is_text.clone()), near])])
        }
        None => is_there(),
    };
    match &condition.operator {
        Operator::Equal if number.is_some() => {
            let near =
                sql("SAFE_CAST({} AS FLOAT64) = {}", [&value, &super::Value::Float(number.unwrap_or(0.0)).into()]);
            Said::loosely(Test::any([Test::Is(sql("{} = {}", [&value, &typed])), Test::Is(near)]))
        }
        Operator::Equal if condition.value.starts_with(['{', '[']) => Said::loosely(is_there()),
        Operator::Equal => Said::exactly(Test::Is(sql("{} = {}", [&value, &typed]))),
        Operator::NotEqual => Said::loosely(text_only(Test::Is(sql("{} != {}", [&value, &typed])))),
        Operator::Matches(pattern) => Said::loosely(text_only(text::found(&value, pattern).test)),
        Operator::MatchesNot(pattern) => Said::loosely(text_only(text::not_found(&value, pattern).test)),
        Operator::Less | Operator::AtMost => Said::loosely(nearly("SAFE_CAST({} AS FLOAT64) <= {}")),
        Operator::Greater | Operator::AtLeast => Said::loosely(nearly("SAFE_CAST({} AS FLOAT64) >= {}")),
    }
}
