//! The absolute forms of a moment, each told by its shape: times of day, dates, days by name, epochs.

use anyhow::{Error, Result};
use chrono::{DateTime, Datelike, Months, NaiveDate, NaiveTime, TimeDelta, Timelike, Utc, Weekday};

use super::moment::{Day, Moment, beyond};
use super::typed::Typed;
use super::zone::read_offset;

/// The text with every digit as 9: what tells the forms apart.
pub(crate) fn shape(text: &str) -> String {
    text.chars().map(|c| if c.is_ascii_digit() { '9' } else { c }).collect()
}

/// `13:10`, `9:05:30`, `13:10:05.123`, `noon`, `midnight`; None for a text of another form.
pub(crate) fn read_time(typed: &Typed, text: &str) -> Result<Option<NaiveTime>> {
    match text.to_ascii_lowercase().as_str() {
        "noon" => return Ok(NaiveTime::from_hms_opt(12, 0, 0)),
        "midnight" => return Ok(Some(NaiveTime::MIN)),
        _ => {}
    }
    let text = text.replace(',', ".");
    let (clock, fraction) = text.split_once('.').unwrap_or((&text, "0"));
    let fraction_fits = shape(clock).ends_with(":99:99") || !text.contains('.');
    let format = match shape(clock).as_str() {
        "9:99" | "99:99" => "%H:%M",
        "9:99:99" | "99:99:99" => "%H:%M:%S",
        _ => return Ok(None),
    };
    if !fraction_fits || fraction.is_empty() || !fraction.bytes().all(|b| b.is_ascii_digit()) {
        return Ok(None);
    }
    if fraction.len() > 9 {
        return Err(typed.refuse_with_examples("a second has at most nine digits after the point"));
    }
    let nanos = format!("{fraction:0<9}").parse().ok();
    // chrono reads a leap second as a second that is longer; no log has one.
    let time = NaiveTime::parse_from_str(clock, format).ok().filter(|time| time.nanosecond() == 0);
    match time.zip(nanos).and_then(|(time, nanos)| time.with_nanosecond(nanos)) {
        Some(time) => Ok(Some(time)),
        None => Err(typed.refuse_with_examples("no such time of day, the last one of a day is 23:59:59")),
    }
}

/// A date, alone or with a time of day, alone or with an offset.
pub(crate) fn read_date(typed: &Typed, date: &str, rest: &str) -> Result<Moment> {
    let Ok(day) = NaiveDate::parse_from_str(date, "%Y-%m-%d") else {
        return Err(no_such_date(typed, date));
    };
    if rest.is_empty() {
        return Ok(Moment::Day(Day::Date(day), None));
    }
    let not_understood = || {
        typed.refuse(
            "not a time after the date",
            &[date.to_owned(), format!("{date} 13:10"), format!("{date}T13:10:05Z")],
        )
    };
    let Some(rest) = rest.strip_prefix(['T', 't', ' ']).map(str::trim) else {
        return Err(not_understood());
    };
    let (time, offset) = split_offset(rest).ok_or_else(not_understood)?;
    let Some(time) = read_time(typed, time.trim())? else {
        return Err(not_understood());
    };
    let Some(seconds) = offset else {
        return Ok(Moment::Day(Day::Date(day), Some(time)));
    };
    let instant = day.and_time(time).and_utc();
    let instant = instant.checked_sub_signed(TimeDelta::seconds(seconds.into()));
    Ok(Moment::Instant(instant.ok_or_else(|| beyond(typed))?))
}

/// Splits `10:00:05+09:00` in front of the offset, and says that in seconds east. No offset is none;
/// one that cannot be read fails.
fn split_offset(text: &str) -> Option<(&str, Option<i32>)> {
    for zulu in ["utc", "z"] {
        if let Some((time, end)) = text.split_at_checked(text.len().saturating_sub(zulu.len()))
            && end.eq_ignore_ascii_case(zulu)
        {
            return Some((time, Some(0)));
        }
    }
    match text.find(['+', '-']) {
        None => Some((text, None)),
        Some(at) => {
            let offset = read_offset(&text[at..])?;
            Some((&text[..at], Some(offset.local_minus_utc())))
        }
    }
}

/// 30 February: names the days around the hole, where there are such.
fn no_such_date(typed: &Typed, date: &str) -> Error {
    let number = |text: &str| text.parse::<u32>().unwrap_or_default();
    let (year, month, day) = (number(&date[..4]), number(&date[5..7]), number(&date[8..]));
    let first = NaiveDate::from_ymd_opt(year.try_into().unwrap_or_default(), month, 1);
    let next = first.and_then(|first| first.checked_add_months(Months::new(1)));
    match (first, next, next.and_then(|next| next.pred_opt())) {
        (Some(first), Some(next), Some(last)) if day > last.day() => typed.refuse(
            format!("{} has {} days", first.format("%B %Y"), last.day()),
            &[last.to_string(), next.to_string()],
        ),
        _ => typed.refuse_with_examples("no such date"),
    }
}

pub(crate) fn read_day(word: &str) -> Option<Day> {
    Some(match word.to_ascii_lowercase().as_str() {
        "today" => Day::Today,
        "yesterday" => Day::Yesterday,
        "tomorrow" => Day::Tomorrow,
        "tues" => Day::Last(Weekday::Tue),
        "thur" | "thurs" => Day::Last(Weekday::Thu),
        name => Day::Last(name.parse().ok()?),
    })
}

/// The number behind an `@`: its size tells whether it counts seconds (to 11 digits), milliseconds
/// (to 14), microseconds (to 17) or nanoseconds. A fraction is one of that unit.
pub(crate) fn read_epoch(typed: &Typed, number: &str) -> Result<DateTime<Utc>> {
    let digits = number.strip_prefix('-').unwrap_or(number);
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, "0"));
    let only_digits = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    if !only_digits(whole) || !only_digits(fraction) || whole.len() > 21 || fraction.len() > 9 {
        return Err(typed.refuse("not an epoch", &["@1777593600", "@1777593600.5", "@1777593600123"]));
    }
    let unit: i128 = match whole.trim_start_matches('0').len() {
        0..=11 => 1_000_000_000,
        12..=14 => 1_000_000,
        15..=17 => 1_000,
        _ => 1,
    };
    let (Ok(whole), Ok(parts)) = (whole.parse::<i128>(), format!("{fraction:0<9}").parse::<i128>()) else {
        return Err(beyond(typed));
    };
    let nanos = whole * unit + parts * unit / 1_000_000_000;
    let nanos = if number.starts_with('-') { -nanos } else { nanos };
    let secs = i64::try_from(nanos.div_euclid(1_000_000_000)).ok();
    let subsec = u32::try_from(nanos.rem_euclid(1_000_000_000)).ok();
    let instant = secs.zip(subsec).and_then(|(secs, subsec)| DateTime::from_timestamp(secs, subsec));
    instant.ok_or_else(|| beyond(typed))
}
