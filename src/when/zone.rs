//! Zones: what a wall clock shows at an instant, and which instants a wall clock's reading can mean.

use anyhow::Result;
use chrono::{
    DateTime, Datelike, FixedOffset, Local, MappedLocalTime, NaiveDate, NaiveDateTime, Offset, SecondsFormat,
    TimeDelta, TimeZone, Utc,
};

use super::Iana;
use super::typed::{Takes, Typed, nearest};

/// First second of year 1 and last second of year 9999, UTC.
pub(crate) const FIRST_SECOND: i64 = -62_135_596_800;
pub(crate) const LAST_SECOND: i64 = 253_402_300_799;

/// Abbreviations people type, and one zone they mean by them.
const ABBREVIATIONS: [(&str, &str); 20] = [
    ("AEDT", "Australia/Sydney"),
    ("AEST", "Australia/Brisbane"),
    ("BRT", "America/Sao_Paulo"),
    ("BST", "Europe/London"),
    ("CDT", "America/Chicago"),
    ("CEST", "Europe/Berlin"),
    ("CST", "America/Chicago"),
    ("EDT", "America/New_York"),
    ("EEST", "Europe/Helsinki"),
    ("HKT", "Asia/Hong_Kong"),
    ("IST", "Asia/Kolkata"),
    ("JST", "Asia/Tokyo"),
    ("KST", "Asia/Seoul"),
    ("MDT", "America/Denver"),
    ("MSK", "Europe/Moscow"),
    ("NZST", "Pacific/Auckland"),
    ("PDT", "America/Los_Angeles"),
    ("PST", "America/Los_Angeles"),
    ("SGT", "Asia/Singapore"),
    ("WEST", "Europe/Lisbon"),
];

/// Where times without an offset are read and windows are shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Zone {
    /// The system's own, as `TZ` or /etc/localtime says.
    Local,
    /// One of the IANA database, built in.
    Named(Iana),
    /// A constant distance from UTC.
    Fixed(FixedOffset),
}

/// A wall clock's reading that names no instant, or two.
#[derive(Clone, Debug)]
pub(crate) struct Unsettled {
    /// True where the clocks skipped it, false where they showed it twice.
    pub(crate) gap: bool,
    /// The instants that may be meant, in time order.
    pub(crate) candidates: [DateTime<Utc>; 2],
}

impl Zone {
    /// Reads an IANA name in any case, `local`, `UTC` or `Z`, or an offset east of UTC: `+09:00`,
    /// `+0900`, `+9`, `UTC+9`.
    ///
    /// Fails on abbreviations (`CST` is three zones) and on unknown names, with the nearest known
    /// ones. Abbreviations that the IANA database itself has as zones (`EST`, `CET`) pass. The error
    /// begins with the text; a caller puts where it came from in front.
    pub fn parse(text: &str) -> Result<Zone> {
        Zone::read(Typed::new("", text, Takes::Zone))
    }

    pub(crate) fn read(typed: Typed) -> Result<Zone> {
        let text = typed.text.trim();
        let name = text.replace(' ', "_");
        if name.eq_ignore_ascii_case("local") {
            return Ok(Zone::Local);
        }
        if ["UTC", "Z", "Zulu"].iter().any(|utc| name.eq_ignore_ascii_case(utc)) {
            return Ok(Zone::Named(Iana::UTC));
        }
        if let Some(tz) = Iana::find(&name) {
            return Ok(Zone::Named(tz));
        }
        let after_utc = match text.get(..3) {
            Some(utc) if utc.eq_ignore_ascii_case("utc") => &text[3..],
            _ => text,
        };
        if let Some(offset) = read_offset(after_utc) {
            return Ok(Zone::Fixed(offset));
        }
        if let Some((_, zone)) = ABBREVIATIONS.iter().find(|(abbr, _)| abbr.eq_ignore_ascii_case(&name)) {
            return Err(typed.refuse("an abbreviation can mean several zones", &[zone, "+09:00"]));
        }
        let names = Iana::names();
        let near = nearest(&name, names.iter().map(String::as_str));
        if near.is_empty() {
            return Err(typed.not_understood(&[]));
        }
        Err(typed.refuse("no such time zone", &near))
    }

    /// The instants at which this zone's wall clocks show `wall`: none where they skip it, two
    /// (earlier, later) where they show it twice. None as well outside the years 0 to 10000.
    pub fn at_local(&self, wall: NaiveDateTime) -> MappedLocalTime<DateTime<Utc>> {
        fn instants<T: TimeZone>(zone: &T, wall: NaiveDateTime) -> MappedLocalTime<DateTime<Utc>> {
            match zone.from_local_datetime(&wall).map(|t| t.with_timezone(&Utc)) {
                MappedLocalTime::Ambiguous(a, b) => MappedLocalTime::Ambiguous(a.min(b), a.max(b)),
                settled => settled,
            }
        }
        if !(0..=10_000).contains(&wall.year()) {
            return MappedLocalTime::None;
        }
        match self {
            Zone::Local => instants(&Local, wall),
            Zone::Named(tz) => tz.at_local(wall),
            Zone::Fixed(offset) => instants(offset, wall),
        }
    }

    /// Seconds east of UTC at a Unix time in seconds; outside the years 1 to 9999 that of their ends.
    pub fn offset_at(&self, utc_secs: i64) -> i32 {
        let secs = utc_secs.clamp(FIRST_SECOND, LAST_SECOND);
        let Some(instant) = DateTime::from_timestamp(secs, 0) else {
            return 0;
        };
        let utc = instant.naive_utc();
        match self {
            Zone::Local => Local.offset_from_utc_datetime(&utc).fix().local_minus_utc(),
            Zone::Named(tz) => tz.offset_at(secs),
            Zone::Fixed(offset) => offset.local_minus_utc(),
        }
    }

    /// `Europe/Berlin`, `local`, `+09:00`: a name that [`Zone::parse`] takes.
    pub fn name(&self) -> String {
        match self {
            Zone::Local => "local".to_owned(),
            Zone::Named(tz) => tz.name().to_owned(),
            Zone::Fixed(offset) => offset.to_string(),
        }
    }

    /// What the wall clocks show at an instant.
    pub(crate) fn local(&self, instant: DateTime<Utc>) -> NaiveDateTime {
        let utc = instant.naive_utc();
        let offset = TimeDelta::seconds(self.offset_at(instant.timestamp()).into());
        utc.checked_add_signed(offset).unwrap_or(utc)
    }

    /// The one instant at which wall clocks show `wall`.
    pub(crate) fn settle(&self, wall: NaiveDateTime) -> Result<DateTime<Utc>, Unsettled> {
        match self.at_local(wall) {
            MappedLocalTime::Single(instant) => Ok(instant),
            MappedLocalTime::Ambiguous(earlier, later) => Err(Unsettled { gap: false, candidates: [earlier, later] }),
            MappedLocalTime::None => {
                // Read with the offset before the gap it lies behind it, and the other way round.
                let utc = wall.and_utc();
                let with = |secs: i64| {
                    let offset = TimeDelta::seconds(self.offset_at(secs).into());
                    utc.checked_sub_signed(offset).unwrap_or(utc)
                };
                let secs = utc.timestamp();
                Err(Unsettled {
                    gap: true,
                    candidates: [with(secs.saturating_add(86_400)), with(secs.saturating_sub(86_400))],
                })
            }
        }
    }

    /// The first instant of a local calendar day: midnight, or where the clocks skip midnight the end
    /// of the gap. None where the zone skipped the whole day, and outside the years 0 to 10000.
    pub(crate) fn day_start(&self, date: NaiveDate) -> Option<DateTime<Utc>> {
        let midnight = date.and_time(Default::default());
        match self.settle(midnight) {
            Ok(instant) => Some(instant),
            Err(Unsettled { gap: false, candidates }) => Some(candidates[0]),
            Err(Unsettled { gap: true, .. }) => {
                let secs = midnight.and_utc().timestamp();
                let (mut before, mut after) = (secs - 86_400, secs + 86_400);
                let offset = self.offset_at(before);
                while after - before > 1 {
                    let middle = before + (after - before) / 2;
                    if self.offset_at(middle) == offset {
                        before = middle;
                    } else {
                        after = middle;
                    }
                }
                let start = DateTime::from_timestamp(after, 0)?;
                (self.local(start).date() == date).then_some(start)
            }
        }
    }

    /// RFC 3339 in this zone, with as many groups of three fraction digits as the instant needs.
    ///
    /// In UTC where RFC 3339 cannot say it in this zone: where the local year has not four digits,
    /// or the offset has seconds (local mean time, before there were zones).
    pub(crate) fn stamp(&self, instant: DateTime<Utc>) -> String {
        let seconds = self.offset_at(instant.timestamp());
        let sayable = seconds % 60 == 0 && (1..=9999).contains(&self.local(instant).year());
        match FixedOffset::east_opt(seconds) {
            Some(offset) if sayable => instant.with_timezone(&offset).to_rfc3339_opts(SecondsFormat::AutoSi, true),
            _ => instant.to_rfc3339_opts(SecondsFormat::AutoSi, true),
        }
    }
}

/// `+09:00`, `-0330`, `+9`: an offset east of UTC, below 24 h. The sign is needed.
pub(crate) fn read_offset(text: &str) -> Option<FixedOffset> {
    let (sign, digits) = match text.split_at_checked(1)? {
        ("+", digits) => (1, digits),
        ("-", digits) => (-1, digits),
        _ => return None,
    };
    let (hours, minutes) = match (digits.split_once(':'), digits.len()) {
        (Some((hours, minutes)), 4..=5) if minutes.len() == 2 => (hours, minutes),
        (None, 1..=2) => (digits, "00"),
        (None, 4) => digits.split_at_checked(2)?,
        _ => return None,
    };
    let number = |text: &str| -> Option<i32> { text.bytes().all(|b| b.is_ascii_digit()).then(|| text.parse().ok())? };
    let (hours, minutes) = (number(hours)?, number(minutes)?);
    if hours > 23 || minutes > 59 {
        return None;
    }
    FixedOffset::east_opt(sign * (hours * 3600 + minutes * 60))
}
