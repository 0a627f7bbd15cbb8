//! T, the one grammar of points in time: reading a text into a [`Moment`], and putting a moment on
//! the time line of a [`Clock`].

use anyhow::{Error, Result};
use chrono::{DateTime, Datelike, Days, NaiveDate, NaiveTime, TimeDelta, Utc, Weekday};

use super::forms::{read_date, read_day, read_epoch, read_time, shape};
use super::span::{self, Trouble};
use super::typed::{Takes, Typed};
use super::zone::{Unsettled, Zone};

/// Words that a misspelt moment is compared with.
const WORDS: [&str; 13] = [
    "now",
    "today",
    "yesterday",
    "tomorrow",
    "noon",
    "midnight",
    "monday",
    "tuesday",
    "wednesday",
    "thursday",
    "friday",
    "saturday",
    "sunday",
];

/// The time that everything else is said relative to.
pub(crate) struct Clock<'z> {
    /// When the tool runs. "Ahead" always means ahead of this.
    pub(crate) real: DateTime<Utc>,
    /// The same, or where `--ago` or `-d` moved it.
    pub(crate) now: DateTime<Utc>,
    pub(crate) zone: &'z Zone,
}

/// What a text says, before a clock tells when that is.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Moment {
    Now,
    Instant(DateTime<Utc>),
    Back(TimeDelta),
    /// A time of day, on whichever day is nearest.
    Time(NaiveTime),
    /// A day's beginning, or a time on that day.
    Day(Day, Option<NaiveTime>),
}

/// A day as it can be typed.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Day {
    Date(NaiveDate),
    Today,
    Yesterday,
    Tomorrow,
    Last(Weekday),
}

impl Moment {
    /// Reads a moment; the first form that fits wins.
    pub(crate) fn read(typed: &Typed) -> Result<Moment> {
        let text = typed.text.trim();
        if let Some(number) = text.strip_prefix('@') {
            return read_epoch(typed, number).map(Moment::Instant);
        }
        if let Some((date, rest)) = text.split_at_checked(10)
            && shape(date) == "9999-99-99"
        {
            return read_date(typed, date, rest);
        }
        if let Some(time) = read_time(typed, text)? {
            return Ok(Moment::Time(time));
        }
        if text.eq_ignore_ascii_case("now") {
            return Ok(Moment::Now);
        }
        let (word, rest) = text.split_once(char::is_whitespace).unwrap_or((text, ""));
        if let Some(day) = read_day(word) {
            return match (rest.trim(), read_time(typed, rest.trim())?) {
                ("", _) => Ok(Moment::Day(day, None)),
                (_, Some(time)) => Ok(Moment::Day(day, Some(time))),
                (_, None) => Err(typed
                    .refuse(format!("after {word} comes a time of day"), &[word.to_owned(), format!("{word} 13:10")])),
            };
        }
        match span::read(text) {
            Ok(back) => Ok(Moment::Back(back)),
            Err(trouble) if trouble == Trouble::NotOne || typed.takes == Takes::Day => {
                Err(typed.not_understood(&WORDS))
            }
            Err(trouble) => Err(trouble.explain(typed)),
        }
    }

    /// When that is. `after` is the window's beginning where this is its end: a time of day is then
    /// the first one after it, and so is a weekday whose last one came before it.
    ///
    /// Fails where the local time does not exist or comes twice, and where the time line ends.
    pub(crate) fn place(self, typed: &Typed, clock: &Clock, after: Option<DateTime<Utc>>) -> Result<DateTime<Utc>> {
        let today = clock.zone.local(clock.now).date();
        match (self, after) {
            (Moment::Now, _) => Ok(clock.now),
            (Moment::Instant(instant), _) => Ok(instant),
            (Moment::Back(back), _) => {
                let moved = clock.now.checked_sub_signed(back);
                moved.ok_or_else(|| beyond(typed))
            }
            (Moment::Time(time), None) => {
                let placed = on(typed, clock.zone, today, Some(time));
                // Already known to lie ahead by the wall clock alone: that today's is skipped or
                // comes twice is no concern of yesterday's.
                let real = clock.zone.local(clock.real);
                let ahead = match &placed {
                    Ok(instant) => *instant > clock.real,
                    Err(_) => today.and_time(time) > real,
                };
                match ahead {
                    true => on(typed, clock.zone, shifted(typed, today, -1)?, Some(time)),
                    false => placed,
                }
            }
            (Moment::Time(time), Some(after)) => first_after(typed, clock.zone, after, time),
            (Moment::Day(Day::Last(weekday), time), after) => {
                let back = today.weekday().days_since(weekday);
                let date = shifted(typed, today, -i64::from(back))?;
                let mut placed = on(typed, clock.zone, date, time)?;
                if placed > clock.real {
                    placed = on(typed, clock.zone, shifted(typed, date, -7)?, time)?;
                }
                let Some(after) = after.filter(|after| placed <= *after) else {
                    return Ok(placed);
                };
                let first = clock.zone.local(after).date();
                let ahead = weekday.days_since(first.weekday());
                let date = shifted(typed, first, ahead.into())?;
                placed = on(typed, clock.zone, date, time)?;
                if placed <= after {
                    placed = on(typed, clock.zone, shifted(typed, date, 7)?, time)?;
                }
                Ok(placed)
            }
            (Moment::Day(day, time), _) => on(typed, clock.zone, day.date(typed, today)?, time),
        }
    }
}

impl Day {
    /// The date of this day, where today is `today`; a weekday is the most recent one, today included.
    pub(crate) fn date(self, typed: &Typed, today: NaiveDate) -> Result<NaiveDate> {
        match self {
            Day::Date(date) => Ok(date),
            Day::Today => Ok(today),
            Day::Yesterday => shifted(typed, today, -1),
            Day::Tomorrow => shifted(typed, today, 1),
            Day::Last(weekday) => shifted(typed, today, -i64::from(today.weekday().days_since(weekday))),
        }
    }
}

/// A time on a date, or the date's beginning, as an instant.
pub(crate) fn on(typed: &Typed, zone: &Zone, date: NaiveDate, time: Option<NaiveTime>) -> Result<DateTime<Utc>> {
    if !(1..=9999).contains(&date.year()) {
        return Err(beyond(typed));
    }
    match time {
        Some(time) => {
            zone.settle(date.and_time(time)).map_err(|unsettled| refuse_unsettled(typed, zone, date, time, &unsettled))
        }
        None => zone.day_start(date).ok_or_else(|| {
            typed.refuse_with_examples(format!("{} has no {date}, its clocks skipped that day", zone.name()))
        }),
    }
}

/// The first instant after `after` at which wall clocks show `time`.
fn first_after(typed: &Typed, zone: &Zone, after: DateTime<Utc>, time: NaiveTime) -> Result<DateTime<Utc>> {
    let wall = zone.local(after);
    let same_day = wall.date();
    match zone.settle(same_day.and_time(time)) {
        Ok(instant) if instant > after => return Ok(instant),
        Ok(_) => {}
        Err(unsettled) => {
            let over = match unsettled.gap {
                true => same_day.and_time(time) <= wall,
                false => unsettled.candidates[1] <= after,
            };
            if !over {
                return Err(refuse_unsettled(typed, zone, same_day, time, &unsettled));
            }
        }
    }
    on(typed, zone, shifted(typed, same_day, 1)?, Some(time))
}

fn refuse_unsettled(typed: &Typed, zone: &Zone, date: NaiveDate, time: NaiveTime, unsettled: &Unsettled) -> Error {
    let why = match unsettled.gap {
        true => "does not exist, the clocks skip it",
        false => "comes twice, the clocks are put back",
    };
    typed.refuse(
        format!("{date} {time} in {} {why}", zone.name()),
        &unsettled.candidates.map(|instant| zone.stamp(instant)),
    )
}

pub(crate) fn beyond(typed: &Typed) -> Error {
    typed.refuse_with_examples("that is outside the years 1 to 9999")
}

fn shifted(typed: &Typed, date: NaiveDate, days: i64) -> Result<NaiveDate> {
    let by = Days::new(days.unsigned_abs());
    let moved = match days < 0 {
        true => date.checked_sub_days(by),
        false => date.checked_add_days(by),
    };
    moved.ok_or_else(|| beyond(typed))
}
