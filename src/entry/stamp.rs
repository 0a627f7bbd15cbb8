//! Points in time as log lines carry them: read fast, compared as numbers, written in UTC.

use chrono::{DateTime, Utc};

use crate::when::Zone;

/// A point in time: seconds since 1970 UTC and nanoseconds within the second. Orders by time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Stamp {
    /// Whole seconds since 1970-01-01T00:00:00Z, negative before.
    pub secs: i64,
    /// 0 to 999,999,999.
    pub nanos: u32,
}

/// The seconds that RFC 3339 can write: 0000-01-01T00:00:00Z to 9999-12-31T23:59:59Z.
const FIRST: i64 = -62_167_219_200;
const LAST: i64 = 253_402_300_799;

/// The fields of a point in time in some zone.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Civil {
    pub year: i64,
    pub month: u32,
    pub day: u32,
    pub hour: u32,
    pub minute: u32,
    pub second: u32,
}

impl Stamp {
    pub(crate) fn of(time: DateTime<Utc>) -> Self {
        Stamp { secs: time.timestamp(), nanos: time.timestamp_subsec_nanos() }
    }

    /// RFC 3339 in `zone`, or in UTC where it cannot be said so.
    pub(crate) fn local(self, zone: &Zone) -> String {
        DateTime::from_timestamp(self.secs, self.nanos).map_or_else(|| self.to_string(), |time| zone.stamp(time))
    }

    /// The same second without its fraction.
    pub(crate) fn whole(self) -> Self {
        Stamp { nanos: 0, ..self }
    }

    /// Reads RFC 3339 (any offset), or BigQuery's `2025-01-01 00:00:00.123456 UTC`, whose zone may
    /// be missing. Years 0 to 9999, in UTC too; a leap second counts as the next one. Also returns
    /// how many digits the fraction has, at most 9: further ones are cut off.
    pub fn parse(text: &str) -> Option<(Stamp, usize)> {
        const DIGITS: [usize; 14] = [0, 1, 2, 3, 5, 6, 8, 9, 11, 12, 14, 15, 17, 18];
        let (b, rest) = text.as_bytes().split_first_chunk::<19>()?;
        if [b[4], b[7], b[13], b[16]] != *b"--::" || !matches!(b[10], b'T' | b't' | b' ') {
            return None;
        }
        let digit = b.map(|byte| byte.wrapping_sub(b'0'));
        // All at once: to stop at the first that is none would take longer.
        if !DIGITS.into_iter().fold(true, |all, at| all & (digit[at] < 10)) {
            return None;
        }
        let two = |at: usize| u32::from(digit[at] * 10 + digit[at + 1]);
        let (year, month, day) = (two(0) * 100 + two(2), two(5), two(8));
        let (hour, minute, second) = (two(11), two(14), two(17));
        if !(1..=12).contains(&month) || day < 1 || day > days_in_month(year, month) {
            return None;
        }
        if hour > 23 || minute > 59 || second > 60 {
            return None;
        }
        let (fraction, zone) = match rest {
            [b'.', rest @ ..] => rest.split_at(rest.iter().take_while(|d| d.is_ascii_digit()).count()),
            _ => (&b"0"[..0], rest),
        };
        if fraction.is_empty() && zone.len() < rest.len() {
            return None;
        }
        let digits = fraction.len().min(9);
        let nanos = fraction[..digits].iter().fold(0, |n, d| n * 10 + u32::from(d - b'0'));
        let nanos = nanos * 10u32.pow(9 - digits as u32);
        let offset = match zone {
            b"Z" | b"z" | b" UTC" => 0,
            b"" if b[10] == b' ' => 0,
            [sign @ (b'+' | b'-'), hours @ .., b':', _, _] if hours.len() == 2 => {
                let number = |digits: &[u8]| {
                    digits.iter().try_fold(0, |n, d| d.is_ascii_digit().then(|| n * 10 + i64::from(d - b'0')))
                };
                let (hours, minutes) = (number(hours)?, number(&zone[4..])?);
                if hours > 23 || minutes > 59 {
                    return None;
                }
                let seconds = hours * 3600 + minutes * 60;
                if *sign == b'-' { -seconds } else { seconds }
            }
            _ => return None,
        };
        let days = days_from_civil(i64::from(year), month, day);
        let secs = days * 86_400 + i64::from(hour * 3600 + minute * 60 + second) - offset;
        (FIRST..=LAST).contains(&secs).then_some((Stamp { secs, nanos }, digits))
    }

    /// Appends RFC 3339 in UTC with `Z` and `digits` digits of the fraction (none for 0).
    pub fn push_utc(self, digits: usize, out: &mut Vec<u8>) {
        self.push_civil(0, b'T', digits, out);
        out.push(b'Z');
    }

    /// Appends `2026-11-21T16:00:00.123`, `offset` seconds east of UTC, without naming the offset.
    pub(crate) fn push_civil(self, offset: i32, between: u8, digits: usize, out: &mut Vec<u8>) {
        let c = self.civil(offset);
        let mut text = *b"0000-00-00 00:00:00.000000000";
        let mut two = |at: usize, n: u32| {
            text[at] += (n / 10) as u8;
            text[at + 1] += (n % 10) as u8;
        };
        let mut start = 0;
        if let Ok(year @ 0..=9999) = u32::try_from(c.year) {
            two(0, year / 100);
            two(2, year % 100);
        } else {
            // A zone west of Greenwich at the very beginning, or one east of it at the very end.
            out.extend_from_slice(if c.year < 0 { b"-" } else { b"" });
            push_digits(c.year.unsigned_abs(), 4, out);
            start = 4;
        }
        for (at, n) in [(5, c.month), (8, c.day), (11, c.hour), (14, c.minute), (17, c.second)] {
            two(at, n);
        }
        text[10] = between;
        text[19..].copy_from_slice(&self.fraction());
        out.extend_from_slice(&text[start..19 + fraction_length(digits)]);
    }

    /// Appends `.123`, or nothing for no digits.
    pub(crate) fn push_fraction(self, digits: usize, out: &mut Vec<u8>) {
        out.extend_from_slice(&self.fraction()[..fraction_length(digits)]);
    }

    /// `.123456789`
    fn fraction(self) -> [u8; 10] {
        let mut text = *b".000000000";
        let mut rest = self.nanos;
        for place in text[1..].iter_mut().rev() {
            *place = b'0' + (rest % 10) as u8;
            rest /= 10;
        }
        text
    }

    /// The date and time of day, `offset` seconds east of UTC.
    pub(crate) fn civil(self, offset: i32) -> Civil {
        let local = self.secs + i64::from(offset);
        let (days, second) = (local.div_euclid(86_400), local.rem_euclid(86_400) as u32);
        let (year, month, day) = civil_from_days(days);
        Civil { year, month, day, hour: second / 3600, minute: second / 60 % 60, second: second % 60 }
    }
}

impl std::fmt::Display for Stamp {
    /// RFC 3339 in UTC, with as many of 0, 3, 6 or 9 digits as it takes.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let digits = match self.nanos {
            0 => 0,
            n if n % 1_000_000 == 0 => 3,
            n if n % 1_000 == 0 => 6,
            _ => 9,
        };
        let mut out = Vec::with_capacity(32);
        self.push_utc(digits, &mut out);
        f.write_str(std::str::from_utf8(&out).unwrap_or_default())
    }
}

/// How long a fraction of so many digits is, with its point.
fn fraction_length(digits: usize) -> usize {
    if digits == 0 { 0 } else { 1 + digits.min(9) }
}

/// Appends `n` with at least `width` digits.
pub(crate) fn push_digits(n: u64, width: usize, out: &mut Vec<u8>) {
    let start = out.len();
    out.resize(start + width, b'0');
    let mut rest = n;
    for place in out[start..].iter_mut().rev() {
        *place = b'0' + (rest % 10) as u8;
        rest /= 10;
    }
    if rest > 0 {
        out.truncate(start);
        out.extend_from_slice(n.to_string().as_bytes());
    }
}

/// An offset from UTC as RFC 3339 writes it: `+09:00`.
pub(crate) fn push_offset(offset: i32, out: &mut Vec<u8>) {
    let sign = if offset < 0 { b'-' } else { b'+' };
    let minutes = offset.unsigned_abs() / 60;
    let digit = |n: u32| b'0' + (n % 10) as u8;
    let (hours, minutes) = (minutes / 60, minutes % 60);
    out.extend_from_slice(&[sign, digit(hours / 10), digit(hours), b':', digit(minutes / 10), digit(minutes)]);
}

fn days_in_month(year: u32, month: u32) -> u32 {
    match month {
        2 if year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400)) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

// The proleptic Gregorian calendar in eras of 400 years, counted from the 1st of March of year 0:
// leap days then fall at the end of a year, and month lengths follow (153 m + 2) / 5.
const ERA_DAYS: i64 = 146_097;
const DAYS_TO_1970: i64 = 719_468;

fn days_from_civil(year: i64, month: u32, day: u32) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let year_of_era = year.rem_euclid(400);
    let month = i64::from((month + 9) % 12);
    let day_of_year = (153 * month + 2) / 5 + i64::from(day) - 1;
    era * ERA_DAYS + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year - DAYS_TO_1970
}

fn civil_from_days(days: i64) -> (i64, u32, u32) {
    let days = days + DAYS_TO_1970;
    let era = days.div_euclid(ERA_DAYS);
    let day_of_era = days.rem_euclid(ERA_DAYS);
    let year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month = (5 * day_of_year + 2) / 153;
    let day = (day_of_year - (153 * month + 2) / 5 + 1) as u32;
    let month = if month < 10 { month + 3 } else { month - 9 } as u32;
    (era * 400 + year_of_era + i64::from(month <= 2), month, day)
}
