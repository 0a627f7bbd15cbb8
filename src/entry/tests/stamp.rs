//! Proves that times are read and written as chrono does it, and which forms are refused.

use chrono::{DateTime, Datelike, FixedOffset, SecondsFormat, TimeZone, Timelike, Utc};
use proptest::prelude::*;

use super::super::stamp::{Stamp, push_digits, push_offset};

fn pushed(push: impl FnOnce(&mut Vec<u8>)) -> String {
    let mut out = Vec::new();
    push(&mut out);
    String::from_utf8(out).unwrap()
}

fn utc(stamp: Stamp, digits: usize) -> String {
    pushed(|out| stamp.push_utc(digits, out))
}

/// Any second of the years 1 to 9999, those around leap days and turns of years more often.
fn second() -> impl Strategy<Value = i64> {
    let (first, last) = (-62_135_596_800i64, 253_402_300_799);
    let near = (1i32..=9999, prop::sample::select(&[(1, 1), (2, 28), (3, 1), (12, 31)][..]), -90_000i64..90_000);
    prop_oneof![
        first..=last,
        near.prop_map(move |(year, (month, day), delta)| {
            let start = Utc.with_ymd_and_hms(year, month, day, 0, 0, 0).unwrap().timestamp();
            (start + delta).clamp(first, last)
        }),
    ]
}

proptest! {
    #[test]
    fn any_time_is_read_and_written_as_chrono_does(
        secs in second(),
        nanos in 0u32..1_000_000_000,
        digits in 0usize..=9,
        minutes in -1439i32..=1439,
    ) {
        let nanos = nanos / 10u32.pow(9 - digits as u32) * 10u32.pow(9 - digits as u32);
        let theirs = Utc.timestamp_opt(secs, nanos).unwrap();
        let stamp = Stamp { secs, nanos };
        let fraction = format!("{nanos:09}");
        let dot = if digits > 0 { "." } else { "" };
        let bare = format!("{dot}{}", &fraction[..digits]);
        let ours = utc(stamp, digits);
        prop_assert_eq!(&ours, &format!("{:04}-{}{bare}Z", theirs.year(), theirs.format("%m-%dT%H:%M:%S")));
        prop_assert_eq!(Stamp::parse(&ours), Some((stamp, digits)));
        let local = theirs.with_timezone(&FixedOffset::east_opt(minutes * 60).unwrap());
        let offset = pushed(|out| push_offset(minutes * 60, out));
        prop_assert_eq!(&offset, &local.format("%:z").to_string());
        let c = stamp.civil(minutes * 60);
        prop_assert_eq!(
            (c.year, c.month, c.day, c.hour, c.minute, c.second),
            (i64::from(local.year()), local.month(), local.day(), local.hour(), local.minute(), local.second())
        );
        let civil = pushed(|out| stamp.push_civil(minutes * 60, b' ', digits, out));
        if (1..=9999).contains(&local.year()) {
            prop_assert_eq!(&civil, &format!("{:04}-{}{bare}", local.year(), local.format("%m-%d %H:%M:%S")));
            prop_assert_eq!(Stamp::parse(&format!("{civil}{offset}")), Some((stamp, digits)));
        }
        prop_assert_eq!(Stamp::parse(&format!("{} UTC", ours.trim_end_matches('Z').replace('T', " "))), Some((stamp, digits)));
        prop_assert_eq!(stamp.to_string(), theirs.to_rfc3339_opts(SecondsFormat::AutoSi, true));
    }

    #[test]
    fn whatever_is_read_is_a_time_for_chrono_too(text in "[0-9]{4}-[01][0-9]-[0-3][0-9]T[0-2][0-9]:[0-5][0-9]:[0-5][0-9](\\.[0-9]{1,9})?(Z|[+-][0-2][0-9]:[0-5][0-9])") {
        let theirs = DateTime::parse_from_rfc3339(&text).ok().map(|time| time.with_timezone(&Utc));
        let is_written = |time: &DateTime<Utc>| (0..=9999).contains(&time.year());
        let ours = Stamp::parse(&text).map(|(stamp, _)| (stamp.secs, stamp.nanos));
        prop_assert_eq!(ours, theirs.filter(is_written).map(|time| (time.timestamp(), time.timestamp_subsec_nanos())));
    }

    #[test]
    fn no_text_makes_it_panic(text in any::<String>(), spoilt in "[0-9TZtz:. UC+-]{0,40}", at in 0usize..30, c in any::<char>()) {
        let _ = Stamp::parse(&text);
        let _ = Stamp::parse(&spoilt);
        let mut good = "2026-11-21T16:00:00.123456+09:00".to_owned();
        good.insert(at, c);
        let _ = Stamp::parse(&good);
    }
}

#[test]
fn forms_that_are_read() {
    let cases = [
        ("2026-11-21T16:00:00Z", "2026-11-21T16:00:00Z", 0),
        ("2026-11-21t16:00:00z", "2026-11-21T16:00:00Z", 0),
        ("2026-11-21 16:00:00 UTC", "2026-11-21T16:00:00Z", 0),
        ("2026-11-21 16:00:00.1 UTC", "2026-11-21T16:00:00.1Z", 1),
        ("2026-11-21 16:00:00.123456", "2026-11-21T16:00:00.123456Z", 6),
        ("2026-11-21T16:00:00.123456789012Z", "2026-11-21T16:00:00.123456789Z", 9),
        ("2026-11-21T16:00:00+09:00", "2026-11-21T07:00:00Z", 0),
        ("2026-11-21T16:00:00-00:30", "2026-11-21T16:30:00Z", 0),
        ("2024-02-29T23:59:59.999Z", "2024-02-29T23:59:59.999Z", 3),
        ("2000-02-29T00:00:00Z", "2000-02-29T00:00:00Z", 0),
        ("2016-12-31T23:59:60Z", "2017-01-01T00:00:00Z", 0),
        ("0000-01-01T00:00:00Z", "0000-01-01T00:00:00Z", 0),
        ("9999-12-31T23:59:59.999999999Z", "9999-12-31T23:59:59.999999999Z", 9),
    ];
    for (text, written, digits) in cases {
        let (stamp, found) = Stamp::parse(text).expect(text);
        assert_eq!((utc(stamp, found).as_str(), found), (written, digits), "{text}");
    }
}

#[test]
fn forms_that_are_refused() {
    let cases = [
        "",
        "2026-11-21",
        "2026-11-21T16:00",
        "2026-11-21T16:00:00",
        "2026-11-21T16:00:00 ",
        "2026-11-21T16:00:00.Z",
        "2026-11-21T16:00:00,5Z",
        "2026-11-21T16:00:00.5",
        "2026-11-21T16:00:00ZZ",
        "2026-11-21T16:00:00Z ",
        " 2026-11-21T16:00:00Z",
        "2026-11-21T16:00:00+0900",
        "2026-11-21T16:00:00+09",
        "2026-11-21T16:00:00+24:00",
        "2026-11-21T16:00:00+09:60",
        "2026-11-21T16:00:00+9:00",
        "2026-11-21_16:00:00Z",
        "2026/11/21T16:00:00Z",
        "2026-13-01T00:00:00Z",
        "2026-00-01T00:00:00Z",
        "2026-01-00T00:00:00Z",
        "2026-01-32T00:00:00Z",
        "2026-04-31T00:00:00Z",
        "2026-02-29T00:00:00Z",
        "1900-02-29T00:00:00Z",
        "2026-01-01T24:00:00Z",
        "2026-01-01T00:60:00Z",
        "2026-01-01T00:00:61Z",
        "+2026-01-01T00:00:00Z",
        "-026-01-01T00:00:00Z",
        "12026-01-01T00:00:00Z",
        "２０２６-01-01T00:00:00Z",
        "2026-01-01 00:00:00 JST",
        "2026-01-01 00:00:00UTC",
        // What UTC can no longer write.
        "0000-01-01T00:00:00+00:01",
        "9999-12-31T23:59:00-00:01",
        "9999-12-31T23:59:60Z",
        "1763740800",
    ];
    for text in cases {
        assert_eq!(Stamp::parse(text), None, "{text}");
    }
}

#[test]
fn far_zones_show_the_years_beyond() {
    let civil = |text: &str, offset| pushed(|out| Stamp::parse(text).unwrap().0.push_civil(offset, b'T', 0, out));
    assert_eq!(civil("0000-01-01T00:00:00Z", -3600), "-0001-12-31T23:00:00");
    assert_eq!(civil("9999-12-31T23:59:59Z", 3600), "10000-01-01T00:59:59");
}

#[test]
fn digits_are_padded_and_never_cut() {
    let cases = [
        (0, 2, "00"),
        (7, 2, "07"),
        (42, 2, "42"),
        (123, 2, "123"),
        (0, 1, "0"),
        (u64::MAX, 4, "18446744073709551615"),
    ];
    for (n, width, written) in cases {
        assert_eq!(pushed(|out| push_digits(n, width, out)), written);
    }
}

#[test]
fn times_order_by_time() {
    let read = |text| Stamp::parse(text).unwrap().0;
    let ordered = [
        "0001-01-01T00:00:00Z",
        "1969-12-31T23:59:59.999999999Z",
        "1970-01-01T00:00:00Z",
        "2026-11-21T16:00:00.1Z",
        "2026-11-21T16:00:00.12Z",
        "2026-11-21T15:00:01-01:00",
    ];
    assert!(ordered.map(read).is_sorted_by(|a, b| a < b));
}
