//! The window: which instants are in it, and how it is said so that it can be pasted back.

use chrono::{DateTime, Days, NaiveDate, Utc};

use super::say_duration;
use super::zone::{FIRST_SECOND, LAST_SECOND, Zone};

/// A stretch of time that includes `since` and excludes `until`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Window {
    /// The first instant within.
    pub since: DateTime<Utc>,
    /// The first instant behind.
    pub until: DateTime<Utc>,
}

impl Window {
    /// Whether an instant, in Unix seconds and nanoseconds of that second, lies within.
    pub fn contains(&self, secs: i64, nanos: u32) -> bool {
        let order = |t: DateTime<Utc>| (t.timestamp(), t.timestamp_subsec_nanos());
        (order(self.since)..order(self.until)).contains(&(secs, nanos))
    }

    /// `--since 2026-11-21T16:00:00+09:00 --until 2026-11-21T17:00:00+09:00 (1h)`: flags that mean
    /// exactly this window in every zone and at any time after it, then its width.
    ///
    /// Fractions of a second stand only where there are any. A bound is said in UTC where RFC 3339
    /// cannot say it in `zone`: where the local year has not four digits, or the offset has seconds.
    pub fn echo(&self, zone: &Zone) -> String {
        let (since, until) = (zone.stamp(self.since), zone.stamp(self.until));
        let width = say_duration(self.until - self.since);
        format!("--since {since} --until {until} ({width})")
    }

    /// A whole local calendar day, from its first instant to the first of the next day that there is.
    pub(crate) fn of_day(zone: &Zone, date: NaiveDate) -> Option<Window> {
        let since = zone.day_start(date)?;
        let until = (1..=2).find_map(|days| zone.day_start(date.checked_add_days(Days::new(days))?))?;
        Some(Window { since, until })
    }
}

/// Whether an instant lies within the years 1 to 9999 UTC, as the archive's own times do.
pub(crate) fn within_bounds(instant: DateTime<Utc>) -> bool {
    (FIRST_SECOND..=LAST_SECOND).contains(&instant.timestamp())
}
