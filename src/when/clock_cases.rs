//! Where clocks and calendars are odd: daylight saving, skipped days, the ends of time, half-open
//! edges, and echoes.

use super::scene::{Scene, instant, play, resolve};
use super::{Window, Zone};
use chrono::{MappedLocalTime, TimeDelta};

#[test]
fn clocks_that_skip_and_repeat() {
    play(&[
        Scene {
            title: "Berlin, after spring",
            now: "2026-03-30T10:00:00+02:00",
            zone: "Europe/Berlin",
            cases: BERLIN_SPRING,
        },
        Scene {
            title: "Berlin, at half past two next day",
            now: "2026-03-30T02:30:00+02:00",
            zone: "Europe/Berlin",
            cases: BERLIN_GAP_AT_NOW,
        },
        Scene {
            title: "Berlin, after autumn",
            now: "2026-10-26T02:30:00+01:00",
            zone: "Europe/Berlin",
            cases: BERLIN_AUTUMN,
        },
        Scene {
            title: "Berlin, in the second of two hours",
            now: "2026-10-25T02:30:00+01:00",
            zone: "Europe/Berlin",
            cases: BERLIN_WITHIN,
        },
        Scene { title: "New York", now: "2026-11-02T12:00:00-05:00", zone: "America/New_York", cases: NEW_YORK },
        Scene { title: "midnight skipped and doubled", now: "2026-11-21T12:00:00Z", zone: "UTC", cases: MIDNIGHTS },
    ]);
}

#[test]
fn the_ends_of_time() {
    play(&[
        Scene { title: "from today", now: "2026-11-21T12:00:00Z", zone: "UTC", cases: FAR },
        Scene { title: "in year 1", now: "0001-01-01T02:00:00Z", zone: "Asia/Tokyo", cases: YEAR_1 },
        Scene { title: "in year 9999", now: "9999-12-31T23:59:59Z", zone: "UTC", cases: YEAR_9999 },
    ]);
}

/// 2026-03-29 02:00 became 03:00, at 01:00 UTC.
#[rustfmt::skip]
const BERLIN_SPRING: &[(&str, &str, &str)] = &[
    ("a day of 23 hours", "--at 2026-03-29 -r day", "03-28 23:00 .. 03-29 22:00"),
    ("yesterday has 23 hours", "--since yesterday --until today", "03-28 23:00 .. 03-29 22:00"),
    ("1d has 24", "--since 2026-03-29 -r 1d", "03-28 23:00 .. 03-29 23:00"),
    ("a day before, as a duration", "--ago 1d", "03-29 07:00 .. 03-29 08:00"),
    ("a day before, as a date", "-d 28", "03-28 08:00 .. 03-28 09:00"),
    ("before the gap", "--at '2026-03-29 01:59:59'", "03-29 00:59:59 .. 03-29 01:59:59"),
    ("behind the gap", "--at '2026-03-29 03:00'", "03-29 01:00 .. 03-29 02:00"),
    ("in the gap", "--at '2026-03-29 02:30'", "refused: 2026-03-29 02:30:00 in Europe/Berlin does not exist & write --at 2026-03-29T01:30:00+01:00 or --at 2026-03-29T03:30:00+02:00"),
    ("the gap's first instant", "--at '2026-03-29 02:00'", "refused: does not exist"),
    ("the gap's last instant", "--at '2026-03-29 02:59:59.999999999'", "refused: does not exist"),
    ("in the gap by yesterday", "--since 'yesterday 2:30'", "refused: does not exist"),
    ("in the gap by weekday", "--since 'sun 2:30'", "refused: does not exist"),
    ("until, in the gap", "--since 2026-03-29 --until 2:30", "refused: --until 2:30: 2026-03-29 02:30:00 & write --until 2026-03-29T01:30:00+01:00"),
    ("until, first after the gap", "--since '2026-03-29 04:00' --until 2:30", "03-29 02:00 .. 03-30 00:30"),
    ("an offset is never in the gap", "--at 2026-03-29T02:30:00+01:00", "03-29 01:30 .. 03-29 02:30"),
    ("in UTC there is none", "--at '2026-03-29 02:30' --utc", "03-29 02:30 .. 03-29 03:30"),
    ("Tokyo has none", "--at '2026-03-29 02:30' --tz Asia/Tokyo", "03-28 17:30 .. 03-28 18:30"),
];

#[rustfmt::skip]
const BERLIN_GAP_AT_NOW: &[(&str, &str, &str)] = &[
    ("-d into the gap", "-d 29", "refused: -d 29: 2026-03-29 02:30:00 in Europe/Berlin does not exist & write -d 2026-03-29T01:30:00+01:00 or -d 2026-03-29T03:30:00+02:00"),
    ("-d yesterday into the gap", "-d yesterday", "refused: does not exist"),
    ("its candidate", "-d 2026-03-29T03:30:00+02:00", "03-29 00:30 .. 03-29 01:30"),
    ("a day ago is no wall clock's business", "--ago 1d", "03-28 23:30 .. 03-29 00:30"),
    ("yesterday's time ahead", "--since 2:45", "refused: 2026-03-29 02:45:00 in Europe/Berlin does not exist"),
];

/// 2026-10-25 03:00 became 02:00, at 01:00 UTC.
#[rustfmt::skip]
const BERLIN_AUTUMN: &[(&str, &str, &str)] = &[
    ("a day of 25 hours", "--at 2026-10-25 -r day", "10-24 22:00 .. 10-25 23:00"),
    ("day flag, calendar day", "-d 2026-10-25T12:00:00Z -r day", "10-24 22:00 .. 10-25 23:00"),
    ("-d into the overlap", "-d 25", "refused: 2026-10-25 02:30:00 in Europe/Berlin comes twice & write -d 2026-10-25T02:30:00+02:00 or -d 2026-10-25T02:30:00+01:00"),
    ("at in the overlap", "--at '2026-10-25 02:30'", "refused: comes twice & --at 2026-10-25T02:30:00+02:00"),
    ("its first instant", "--at '2026-10-25 02:00'", "refused: comes twice"),
    ("just before", "--at '2026-10-25 01:59:59'", "10-24 23:59:59 .. 10-25 00:59:59"),
    ("just behind", "--at '2026-10-25 03:00'", "10-25 02:00 .. 10-25 03:00"),
    ("the first of the two", "--at 2026-10-25T02:30:00+02:00", "10-25 00:30 .. 10-25 01:30"),
    ("the second", "--at 2026-10-25T02:30:00+01:00", "10-25 01:30 .. 10-25 02:30"),
    ("until, in the overlap", "--since '2026-10-25 01:00' --until 2:30", "refused: --until 2:30: & comes twice"),
    ("until, first after the overlap", "--since '2026-10-25 04:00' --until 2:30", "10-25 03:00 .. 10-26 01:30"),
    ("until, within the overlap itself", "--since 2026-10-25T02:15:00+01:00 --until 2:30", "refused: comes twice"),
];

#[rustfmt::skip]
const BERLIN_WITHIN: &[(&str, &str, &str)] = &[
    ("today's number is now itself", "-d 25", "10-25 00:30 .. 10-25 01:30"),
    ("today's date, too", "-d 2026-10-25", "10-25 00:30 .. 10-25 01:30"),
    ("nothing", "", "10-25 00:30 .. 10-25 01:30"),
    ("the whole day", "-r day", "10-24 22:00 .. 10-25 23:00"),
    ("a time in the overlap", "--since 2:15", "refused: comes twice"),
    ("a time ahead is yesterday's", "--since 3:15", "10-24 01:15 .. 10-25 01:30"),
];

/// 2026-11-01 02:00 became 01:00, at 06:00 UTC; 2026-03-08 02:00 became 03:00, at 07:00 UTC.
#[rustfmt::skip]
const NEW_YORK: &[(&str, &str, &str)] = &[
    ("25 hours", "--at 2026-11-01 -r day", "11-01 04:00 .. 11-02 05:00"),
    ("25 hours by name", "-d 1 -r day", "11-01 04:00 .. 11-02 05:00"),
    ("23 hours", "--at 2026-03-08 -r day", "03-08 05:00 .. 03-09 04:00"),
    ("overlap", "--at '2026-11-01 01:30'", "refused: write --at 2026-11-01T01:30:00-04:00 or --at 2026-11-01T01:30:00-05:00"),
    ("gap", "--at '2026-03-08 02:30'", "refused: write --at 2026-03-08T01:30:00-05:00 or --at 2026-03-08T03:30:00-04:00"),
    ("noon the day before has another offset", "--at 'yesterday noon'", "11-01 17:00 .. 11-01 18:00"),
    ("and the day before that", "--at 'sat noon'", "10-31 16:00 .. 10-31 17:00"),
];

#[rustfmt::skip]
const MIDNIGHTS: &[(&str, &str, &str)] = &[
    ("São Paulo skipped midnight", "--tz America/Sao_Paulo --at 2018-11-04", "2018-11-04 03:00 .. 2018-11-04 04:00"),
    ("that day had 23 hours", "--tz America/Sao_Paulo --at 2018-11-04 -r day", "2018-11-04 03:00 .. 2018-11-05 02:00"),
    ("midnight said as a time is in the gap", "--tz America/Sao_Paulo --at '2018-11-04 00:00'", "refused: does not exist"),
    ("Havana has midnight twice", "--tz America/Havana --at 2025-11-02 -r day", "2025-11-02 04:00 .. 2025-11-03 05:00"),
    ("Samoa skipped a day", "--tz Pacific/Apia --at 2011-12-30", "refused: Pacific/Apia has no 2011-12-30"),
    ("the day before ends where the next begins", "--tz Pacific/Apia --at 2011-12-29 -r day", "2011-12-29 10:00 .. 2011-12-30 10:00"),
    ("a time on the skipped day", "--tz Pacific/Apia --at '2011-12-30 12:00'", "refused: write --at 2011-12-29T12:00:00-10:00 or --at 2011-12-31T12:00:00+14:00"),
    ("half an hour of daylight saving", "--tz Australia/Lord_Howe --at 2026-10-04 -r day", "10-03 13:30 .. 10-04 13:00"),
];

#[rustfmt::skip]
const FAR: &[(&str, &str, &str)] = &[
    ("the first hour", "--at 0001-01-01", "0001-01-01 00:00 .. 0001-01-01 01:00"),
    ("the first second by number", "--at @-62135596800 -r 1s", "0001-01-01 00:00 .. 0001-01-01 00:00:01"),
    ("everything", "--since 0001-01-01", "0001-01-01 00:00 .. 11-21 12:00"),
    ("and all to come", "--since 0001-01-01 --until 9999-12-31T23:59:59.999999999Z", "0001-01-01 00:00 .. 9999-12-31 23:59:59.999999999"),
    ("year 0", "--at 0000-12-31", "refused: outside the years 1 to 9999"),
    ("before year 1 by width", "--until 0001-01-01T00:30:00Z", "refused: leaves the years 1 to 9999"),
    ("before year 1 by zone", "--at 0001-01-01 --tz Asia/Tokyo", "refused: leaves the years 1 to 9999"),
    ("before year 1 by offset", "--at 0001-01-01T00:00:00+09:00", "refused: leaves the years 1 to 9999"),
    ("year 10000", "--since 10000-01-01", "refused: not a time"),
    ("local mean time pastes back", "--at '1800-01-01 12:00' --tz Europe/Berlin", "1800-01-01 11:06:32 .. 1800-01-01 12:06:32"),
    ("past the end by offset", "--since 1h --until 9999-12-31T23:00:00-05:00", "refused: leaves the years 1 to 9999"),
];

#[rustfmt::skip]
const YEAR_1: &[(&str, &str, &str)] = &[
    ("the last hour", "", "0001-01-01 01:00 .. 0001-01-01 02:00"),
    ("too far back", "-r 3", "refused: leaves the years 1 to 9999"),
    ("yesterday", "--since yesterday", "refused: outside the years 1 to 9999"),
    ("a day ago", "--ago 1d", "refused: leaves the years 1 to 9999"),
    ("a day of last month", "-d 31", "refused: outside the years 1 to 9999"),
];

#[rustfmt::skip]
const YEAR_9999: &[(&str, &str, &str)] = &[
    ("the last hour", "", "9999-12-31 22:59:59 .. 9999-12-31 23:59:59"),
    ("Tokyo is in year 10000", "--tz Asia/Tokyo", "9999-12-31 22:59:59 .. 9999-12-31 23:59:59"),
    ("today in Tokyo", "--tz Asia/Tokyo --since today", "refused: outside the years 1 to 9999"),
    ("past the end", "--at now", "refused: leaves the years 1 to 9999"),
    ("a day that ends past the end", "-r day", "refused: leaves the years 1 to 9999"),
    ("tomorrow", "--since today --until tomorrow", "refused: outside the years 1 to 9999"),
    ("the 30th", "-d 30", "9999-12-30 22:59:59 .. 9999-12-30 23:59:59"),
];

#[test]
fn a_window_includes_its_beginning_and_excludes_its_end() {
    let window =
        Window { since: instant("2026-05-01T10:00:00.000000500Z"), until: instant("2026-05-01T10:00:02.000000500Z") };
    let begin = window.since.timestamp();
    for (secs, nanos, within) in [
        (begin, 499, false),
        (begin, 500, true),
        (begin, 999_999_999, true),
        (begin + 1, 0, true),
        (begin + 2, 0, true),
        (begin + 2, 499, true),
        (begin + 2, 500, false),
        (begin - 1, 999_999_999, false),
        (begin + 3, 0, false),
        (i64::MIN, 0, false),
        (i64::MAX, u32::MAX, false),
    ] {
        assert_eq!(window.contains(secs, nanos), within, "{secs} {nanos}");
    }
    let ancient = Window { since: instant("1969-12-31T23:59:59.5Z"), until: instant("1970-01-01T00:00:00Z") };
    assert!(ancient.contains(-1, 500_000_000) && !ancient.contains(-1, 499_999_999));
}

#[test]
fn an_echo_says_the_window_and_its_width() {
    for (zone, line, echo) in [
        ("Asia/Tokyo", "", "--since 2026-11-21T15:00:00+09:00 --until 2026-11-21T16:00:00+09:00 (1h)"),
        ("UTC", "", "--since 2026-11-21T06:00:00Z --until 2026-11-21T07:00:00Z (1h)"),
        ("+05:30", "-r 36", "--since 2026-11-20T00:30:00+05:30 --until 2026-11-21T12:30:00+05:30 (1d12h)"),
        (
            "Europe/Berlin",
            "--at 2026-10-25 -r day",
            "--since 2026-10-25T00:00:00+02:00 --until 2026-10-26T00:00:00+01:00 (1d1h)",
        ),
        (
            "Asia/Tokyo",
            "--since 1500ms",
            "--since 2026-11-21T15:59:58.500+09:00 --until 2026-11-21T16:00:00+09:00 (1s500ms)",
        ),
        (
            "Asia/Tokyo",
            "--since 1us",
            "--since 2026-11-21T15:59:59.999999+09:00 --until 2026-11-21T16:00:00+09:00 (1us)",
        ),
        (
            "Europe/Berlin",
            "--at 0001-01-02T00:00:00Z",
            "--since 0001-01-02T00:00:00Z --until 0001-01-02T01:00:00Z (1h)",
        ),
        (
            "-05:00",
            "--at 0001-01-01T00:00:00Z -r 1d",
            "--since 0001-01-01T00:00:00Z --until 0001-01-01T19:00:00-05:00 (1d)",
        ),
        (
            "+09:00",
            "--since 1d --until 9999-12-31T23:59:59Z",
            "--since 2026-11-20T16:00:00+09:00 --until 9999-12-31T23:59:59Z (2912119d16h59m59s)",
        ),
    ] {
        let resolved = resolve(line, instant("2026-11-21T07:00:00Z"), &Zone::parse(zone).unwrap()).unwrap();
        assert_eq!(resolved.window.echo(&resolved.zone), echo);
    }
}

#[test]
fn zones_tell_offsets_and_names() {
    let berlin = Zone::parse("Europe/Berlin").unwrap();
    let change = instant("2026-03-29T01:00:00Z").timestamp();
    assert_eq!(berlin.offset_at(change - 1), 3600);
    assert_eq!(berlin.offset_at(change), 7200);
    for secs in [i64::MIN, i64::MAX] {
        berlin.offset_at(secs);
        Zone::Local.offset_at(secs);
    }
    for name in ["Europe/Berlin", "UTC", "local", "+09:00", "-03:30"] {
        assert_eq!(Zone::parse(name).unwrap().name(), name);
    }
    assert!(Zone::parse("JST").unwrap_err().to_string().starts_with("JST: an abbreviation"));
    let wall = |text: &str| instant(text).naive_utc();
    assert_eq!(berlin.at_local(wall("2026-03-29T02:30:00Z")), MappedLocalTime::None);
    let first = instant("2026-10-25T00:30:00Z");
    assert_eq!(
        berlin.at_local(wall("2026-10-25T02:30:00Z")),
        MappedLocalTime::Ambiguous(first, first + TimeDelta::hours(1))
    );
}
