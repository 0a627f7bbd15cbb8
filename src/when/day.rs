//! `-d/--day` and `--ago`: the flags that move now.

use anyhow::{Error, Result, anyhow};
use chrono::{DateTime, Datelike, Months, NaiveDate, Utc};

use super::moment::{Clock, Moment, beyond, on};
use super::span;
use super::typed::Typed;

/// A duration before now.
pub(crate) fn ago(typed: &Typed, now: DateTime<Utc>) -> Result<DateTime<Utc>> {
    let back = span::read(typed.text).map_err(|trouble| trouble.explain(typed))?;
    now.checked_sub_signed(back).ok_or_else(|| beyond(typed))
}

/// A day at the present local time of day; a day with a time is that instant.
///
/// Fails for days to come, for a day of the month that last month lacks, and where the present time
/// of day does not exist on that day or comes twice.
pub(crate) fn day(typed: &Typed, clock: &Clock) -> Result<DateTime<Utc>> {
    let present = clock.zone.local(clock.now);
    let today = present.date();
    let text = typed.text.trim();
    let date = if !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit()) {
        of_the_month(typed, today, text.parse().unwrap_or_default())?
    } else {
        match Moment::read(typed) {
            Ok(Moment::Day(day, None)) => day.date(typed, today)?,
            Ok(moment @ (Moment::Instant(_) | Moment::Day(_, Some(_)))) => {
                return not_ahead(typed, clock, moment.place(typed, clock, None)?);
            }
            Ok(Moment::Back(_)) => return Err(duration_not_day(typed)),
            Ok(Moment::Now | Moment::Time(_)) => return Err(typed.not_understood(&[])),
            Err(error) => return Err(error),
        }
    };
    if date == today {
        return Ok(clock.now);
    }
    if date > today {
        return Err(ahead(typed));
    }
    not_ahead(typed, clock, on(typed, clock.zone, date, Some(present.time()))?)
}

/// Day N of this month, or of last month where it lies ahead.
fn of_the_month(typed: &Typed, today: NaiveDate, day: u32) -> Result<NaiveDate> {
    if !(1..=31).contains(&day) {
        return Err(typed.refuse_with_examples("a month has days 1 to 31"));
    }
    if day <= today.day() {
        return today.with_day(day).ok_or_else(|| beyond(typed));
    }
    let first = today.with_day(1).ok_or_else(|| beyond(typed))?;
    let before = |months| first.checked_sub_months(Months::new(months));
    let last_month = before(1).ok_or_else(|| beyond(typed))?;
    if let Some(date) = last_month.with_day(day) {
        return Ok(date);
    }
    let its_end = first.pred_opt().ok_or_else(|| beyond(typed))?;
    let earlier = (2..4).find_map(|months| before(months)?.with_day(day));
    let candidates: Vec<String> = [Some(its_end), earlier].iter().flatten().map(NaiveDate::to_string).collect();
    Err(typed.refuse(format!("{} has {} days", last_month.format("%B %Y"), its_end.day()), &candidates))
}

fn not_ahead(typed: &Typed, clock: &Clock, moved: DateTime<Utc>) -> Result<DateTime<Utc>> {
    match moved > clock.real {
        true => Err(ahead(typed)),
        false => Ok(moved),
    }
}

fn ahead(typed: &Typed) -> Error {
    typed.refuse_with_examples("that day lies in the future")
}

fn duration_not_day(typed: &Typed) -> Error {
    let ago = Typed { flag: "--ago", ..*typed }.shown();
    anyhow!("{}: a duration, not a day; write {ago}", typed.shown())
}
