//! The zones of the IANA database. It is built in as its own compiler packs it: 200 KB in which a zone is looked up
//! when it is asked for. As tables of Rust, every tool would carry ten times as much.

use chrono::{DateTime, Datelike, MappedLocalTime, NaiveDateTime, TimeDelta, Timelike, Utc};
use jiff::tz::{AmbiguousOffset, Offset, TimeZone, TimeZoneDatabase};
use jiff::{Timestamp, civil};

/// A zone of the database.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Iana(TimeZone);

impl Iana {
    pub const UTC: Iana = Iana(TimeZone::UTC);

    /// The zone of this name, in any case.
    pub(crate) fn find(name: &str) -> Option<Iana> {
        TimeZoneDatabase::bundled().get(name).ok().filter(|zone| !zone.is_unknown()).map(Iana)
    }

    /// The names of all zones, sorted.
    pub(crate) fn names() -> Vec<String> {
        TimeZoneDatabase::bundled().available().map(|name| name.to_string()).collect()
    }

    pub(crate) fn name(&self) -> &str {
        self.0.iana_name().unwrap_or("UTC")
    }

    /// Seconds east of UTC at a Unix time in seconds; outside the years -9999 to 9999 that of their ends.
    pub(crate) fn offset_at(&self, utc_secs: i64) -> i32 {
        let secs = utc_secs.clamp(Timestamp::MIN.as_second(), Timestamp::MAX.as_second());
        Timestamp::from_second(secs).map_or(0, |instant| self.0.to_offset(instant).seconds())
    }

    /// The instants at which wall clocks show `wall`, the earlier one first. Behind the year 9999 they run as at
    /// its end.
    pub(crate) fn at_local(&self, wall: NaiveDateTime) -> MappedLocalTime<DateTime<Utc>> {
        let instant = |offset: Offset| (wall - TimeDelta::seconds(offset.seconds().into())).and_utc();
        match self.0.to_ambiguous_timestamp(civil(wall)).offset() {
            AmbiguousOffset::Unambiguous { offset } => MappedLocalTime::Single(instant(offset)),
            AmbiguousOffset::Fold { before, after } => MappedLocalTime::Ambiguous(instant(before), instant(after)),
            AmbiguousOffset::Gap { .. } => MappedLocalTime::None,
        }
    }
}

/// To the second: no clock is set within one.
fn civil(wall: NaiveDateTime) -> civil::DateTime {
    let read = || {
        let (year, month, day) =
            (wall.year().try_into().ok()?, wall.month().try_into().ok()?, wall.day().try_into().ok()?);
        let (hour, minute, second) =
            (wall.hour().try_into().ok()?, wall.minute().try_into().ok()?, wall.second().try_into().ok()?);
        civil::DateTime::new(year, month, day, hour, minute, second, 0).ok()
    };
    read().unwrap_or(civil::DateTime::MAX)
}
