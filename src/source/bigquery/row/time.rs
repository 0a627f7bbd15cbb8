//! TIMESTAMP as BigQuery's answers have it.
//!
//! Entries have six digits, whatever way a row came: BigQuery keeps microseconds, and cuts off finer digits
//! where a type that has them is made one that has not. So do we, towards the past.
//! <https://cloud.google.com/bigquery/docs/reference/standard-sql/data-types#timestamp_type>

use crate::entry::stamp::Stamp;

/// 0001-01-01T00:00:00Z and 9999-12-31T23:59:59.999999Z, BigQuery's first and last time, in
/// microseconds since 1970.
const FIRST: i64 = -62_135_596_800_000_000;
const LAST: i64 = 253_402_300_799_999_999;

/// Reads a time: microseconds as an integer (what we ask for, by `formatOptions.useInt64Timestamp`),
/// seconds as a decimal number with a point or an exponent (what comes where nobody asks; rounded to
/// the microsecond), RFC 3339, or `2026-11-21 07:00:00.5 UTC`. `None` for anything else and for years
/// that BigQuery does not have.
/// <https://cloud.google.com/bigquery/docs/reference/rest/v2/DataFormatOptions>
pub(super) fn read(text: &str) -> Option<Stamp> {
    let micros = if text.contains(['.', 'e', 'E']) && !text.contains([':', ' ']) {
        seconds(text)?
    } else if let Ok(micros) = text.parse::<i64>() {
        i128::from(micros)
    } else {
        // Offsets may lack their minutes in texts of GoogleSQL.
        let is_short = matches!(text.as_bytes(), [.., b'+' | b'-', _, _]) && text.contains(':');
        let (stamp, _) = if is_short { Stamp::parse(&format!("{text}:00"))? } else { Stamp::parse(text)? };
        i128::from(stamp.secs) * 1_000_000 + i128::from(stamp.nanos / 1000)
    };
    of_micros(i64::try_from(micros).ok()?)
}

/// The time that many microseconds after 1970 began, UTC. `None` for years that BigQuery does not have.
pub(super) fn of_micros(micros: i64) -> Option<Stamp> {
    let stamp = Stamp { secs: micros.div_euclid(1_000_000), nanos: micros.rem_euclid(1_000_000) as u32 * 1000 };
    (FIRST..=LAST).contains(&micros).then_some(stamp)
}

/// Appends a time in microseconds since 1970 UTC as entries write it. One that BigQuery does not have stays
/// a number, to be seen.
pub(super) fn push_micros(micros: i64, out: &mut Vec<u8>) {
    match of_micros(micros) {
        Some(stamp) => stamp.push_utc(6, out),
        None => out.extend_from_slice(micros.to_string().as_bytes()),
    }
}

/// The microseconds of a decimal number of seconds; half a microsecond is rounded away from zero. By
/// its digits, not as an f64: 1.733013960123456E9 has one digit more than an f64 is sure of.
fn seconds(text: &str) -> Option<i128> {
    let (is_negative, rest) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    };
    let (mantissa, exponent) = match rest.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, exponent.parse::<i32>().ok()?),
        None => (rest, 0),
    };
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    if whole.is_empty() && fraction.is_empty() {
        return None;
    }
    // Of the digits in front of the place of half a microsecond; the next one decides on rounding.
    let places = whole.len() as i64 + i64::from(exponent) + 6;
    let mut micros = 0i128;
    let mut place = 0i64;
    let mut up = false;
    for digit in whole.bytes().chain(fraction.bytes()) {
        if !digit.is_ascii_digit() {
            return None;
        }
        match place.cmp(&places) {
            std::cmp::Ordering::Less => micros = micros.checked_mul(10)?.checked_add(i128::from(digit - b'0'))?,
            std::cmp::Ordering::Equal => up = digit >= b'5',
            std::cmp::Ordering::Greater => {}
        }
        place += 1;
    }
    if micros > 0 {
        // Zeros that are not written.
        let missing = u32::try_from(places.saturating_sub(place).max(0)).ok()?;
        micros = micros.checked_mul(10i128.checked_pow(missing)?)?;
    }
    let micros = micros + i128::from(up);
    Some(if is_negative { -micros } else { micros })
}
