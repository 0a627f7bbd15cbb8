//! How flags combine: every pair of them, what moves now, the zone flags, aliases and notices.

use super::scene::{Scene, instant, play, resolve, typed};
use super::{Times, Zone};
use clap::CommandFactory;

/// A Saturday, 07:00 UTC.
const NOW: &str = "2026-11-21T16:00:00+09:00";

#[test]
fn every_pair_of_flags() {
    play(&[Scene { title: "pairs", now: NOW, zone: "Asia/Tokyo", cases: PAIRS }]);
}

#[test]
fn flags_that_move_now() {
    play(&[
        Scene { title: "moved", now: NOW, zone: "Asia/Tokyo", cases: MOVED },
        Scene { title: "the 5th of March", now: "2026-03-05T10:00:00Z", zone: "UTC", cases: FIFTH_OF_MARCH },
        Scene { title: "the 5th of March in a leap year", now: "2028-03-05T10:00:00Z", zone: "UTC", cases: LEAP_YEAR },
        Scene { title: "New Year", now: "2026-01-01T00:10:00Z", zone: "UTC", cases: NEW_YEAR },
    ]);
}

#[test]
fn zones_and_aliases() {
    play(&[Scene { title: "zones", now: NOW, zone: "Asia/Tokyo", cases: ZONES }]);
}

#[rustfmt::skip]
const PAIRS: &[(&str, &str, &str)] = &[
    ("ago, day", "--ago 1d -d 1", "refused: --ago and -d together: both move now; take one"),
    ("ago, range", "--ago 1d -r 2", "11-20 05:00 .. 11-20 07:00"),
    ("ago, since", "--ago 1d --since 2h", "11-20 05:00 .. 11-20 07:00"),
    ("ago, until", "--ago 1d --until 2h", "11-20 04:00 .. 11-20 05:00"),
    ("ago, at", "--ago 1d --at 13:10", "11-20 04:10 .. 11-20 05:10"),
    ("ago, around", "--ago 1d --around now", "11-20 06:30 .. 11-20 07:30"),
    ("ago, tz", "--ago 1d --tz Europe/Berlin --at today", "11-19 23:00 .. 11-20 00:00"),
    ("ago, utc", "--ago 1d --utc --at today", "11-20 00:00 .. 11-20 01:00"),
    ("day, range", "-d 1 -r 2", "11-01 05:00 .. 11-01 07:00"),
    ("day, since", "-d 1 --since 2h", "11-01 05:00 .. 11-01 07:00"),
    ("day, until", "-d 1 --until 2h", "11-01 04:00 .. 11-01 05:00"),
    ("day, at", "-d 1 --at 13:10", "11-01 04:10 .. 11-01 05:10"),
    ("day, around", "-d 1 --around now -r 10m", "11-01 06:55 .. 11-01 07:05"),
    ("day, tz", "-d 1 --tz Europe/Berlin -r day", "10-31 23:00 .. 11-01 23:00"),
    ("day, utc", "-d 1 --utc -r day", "11-01 00:00 .. 11-02 00:00"),
    ("range, since", "--since 2026-05-01 -r 2", "04-30 15:00 .. 04-30 17:00"),
    ("range, until", "--until 2026-05-01 -r 2", "04-30 13:00 .. 04-30 15:00"),
    ("range, at", "--at 2026-05-01 -r 2", "04-30 15:00 .. 04-30 17:00"),
    ("range, around", "--around 2026-05-01 -r 2", "04-30 14:00 .. 04-30 16:00"),
    ("range, tz", "--tz America/New_York -r day", "11-21 05:00 .. 11-22 05:00"),
    ("range, utc", "--utc -r day", "11-21 00:00 .. 11-22 00:00"),
    ("since, until", "--since 3h --until 1h", "11-21 04:00 .. 11-21 06:00"),
    ("since, at", "--since 3h --at 1h", "refused: --at and --since together"),
    ("since, around", "--since 3h --around 1h", "refused: --around and --since together"),
    ("since, tz", "--since today --tz Europe/Berlin", "11-20 23:00 .. 11-21 07:00"),
    ("since, utc", "--since today --utc", "11-21 00:00 .. 11-21 07:00"),
    ("until, at", "--until 1h --at 3h", "refused: --at and --until together"),
    ("until, around", "--until 1h --around 3h", "refused: --around and --until together"),
    ("until, tz", "--until today --tz Europe/Berlin", "11-20 22:00 .. 11-20 23:00"),
    ("until, utc", "--until today --utc", "11-20 23:00 .. 11-21 00:00"),
    ("at, around", "--at 1h --around 3h", "refused: --at and --around together"),
    ("at, tz", "--at 2026-05-01 --tz Europe/Berlin", "04-30 22:00 .. 04-30 23:00"),
    ("at, utc", "--at 2026-05-01 --utc", "05-01 00:00 .. 05-01 01:00"),
    ("around, tz", "--around 2026-05-01 --tz Europe/Berlin", "04-30 21:30 .. 04-30 22:30"),
    ("around, utc", "--around 2026-05-01 --utc", "04-30 23:30 .. 05-01 00:30"),
    ("tz, utc", "--tz Asia/Tokyo --utc", "refused: cannot be used with"),
    ("since, until and range", "--since 3h --until 1h -r 2", "refused: those two are the whole window"),
    ("a day with since", "--since 2026-05-01 -r day", "refused: -r day with --since & write --at 2026-05-01 -r day or --since 2026-05-01 -r 24h"),
    ("a day with until", "--until 2026-05-01 -r day", "refused: -r day with --until"),
    ("the day that at lies in", "--at '2026-05-01 10:00' -r day", "04-30 15:00 .. 05-01 15:00"),
    ("the day that around lies in", "--around '2026-05-01 10:00' -r day", "04-30 15:00 .. 05-01 15:00"),
    ("the day of a moved now", "-d 1 -r day", "10-31 15:00 .. 11-01 15:00"),
    ("the day a day ago", "--ago 1d -r day", "11-19 15:00 .. 11-20 15:00"),
    ("an odd width around", "--around 2026-05-01 -r 3ns", "04-30 14:59:59.999999999 .. 04-30 15:00:00.000000002"),
    ("the wrong way round", "--since 1h --until 2h", "refused: --since 1h --until 2h: the window is empty, it would begin 2026-11-21T15:00:00+09:00 and end 2026-11-21T14:00:00+09:00; write the earlier"),
    ("both the same", "--since 1h --until 1h", "refused: the window is empty"),
    ("since now", "--since now", "refused: the window is empty"),
    ("since after a moved now", "--ago 1d --since 2026-11-21", "refused: --ago 1d --since 2026-11-21: the window is empty"),
    ("since ahead", "--since 2027-01-01", "refused: which lies in the future"),
    ("at ahead", "--at 2027-01-01", "refused: which lies in the future"),
    ("until ahead alone", "--until 2027-01-01", "refused: which lies in the future"),
    ("until ahead with since", "--since 1h --until 2027-01-01", "11-21 06:00 .. 2026-12-31 15:00"),
    ("range reaches ahead", "--since 1h -r 5h", "11-21 06:00 .. 11-21 11:00"),
];

#[rustfmt::skip]
const MOVED: &[(&str, &str, &str)] = &[
    ("ago is one hour", "--ago 1d", "11-20 06:00 .. 11-20 07:00"),
    ("ago in words", "--ago '2 days ago'", "11-19 06:00 .. 11-19 07:00"),
    ("ago with a sign", "--ago -90m", "11-21 04:30 .. 11-21 05:30"),
    ("ago in ISO", "--ago P1D", "11-20 06:00 .. 11-20 07:00"),
    ("ago without unit", "--ago 1", "refused: --ago 1: a bare number has no unit; write --ago 1d, --ago 1h or --ago 90m"),
    ("ago in months", "--ago 1M", "refused: minutes are a small m; write --ago 1m or --ago 30d"),
    ("ago a date", "--ago 2026-05-01", "refused: --ago 2026-05-01: not a duration; write --ago 1d, --ago 1h or --ago 90m"),
    ("ago empty", "--ago ''", "refused: a duration is missing"),
    ("ago beyond year 1", "--ago 800000d", "refused: leaves the years 1 to 9999"),
    ("the 1st at this time of day", "-d 1", "11-01 06:00 .. 11-01 07:00"),
    ("with a zero", "-d 01", "11-01 06:00 .. 11-01 07:00"),
    ("today's number is now", "-d 21", "11-21 06:00 .. 11-21 07:00"),
    ("a day ahead is last month's", "-d 22", "10-22 06:00 .. 10-22 07:00"),
    ("a day November lacks is October's", "--day 31", "10-31 06:00 .. 10-31 07:00"),
    ("a date at this time of day", "-d 2026-05-01", "05-01 06:00 .. 05-01 07:00"),
    ("today's date is now", "-d 2026-11-21", "11-21 06:00 .. 11-21 07:00"),
    ("yesterday", "-d yesterday", "11-20 06:00 .. 11-20 07:00"),
    ("a weekday", "-d fri", "11-20 06:00 .. 11-20 07:00"),
    ("today's weekday", "-d sat", "11-21 06:00 .. 11-21 07:00"),
    ("an instant in full", "-d 2026-05-01T10:00:00Z", "05-01 09:00 .. 05-01 10:00"),
    ("times of day are that date's, ahead or not", "-d 1 --since 15:00 --until 23:00", "11-01 06:00 .. 11-01 14:00"),
    ("late on that date", "-d 1 --at 23:00", "11-01 14:00 .. 11-01 15:00"),
    ("yesterday of that date", "-d 1 --at 'yesterday 10:00'", "10-31 01:00 .. 10-31 02:00"),
    ("weekday before that date", "-d 1 --at fri", "10-29 15:00 .. 10-29 16:00"),
    ("an hour ago is still today, what is past is today's", "--ago 1h --at 15:30", "11-21 06:30 .. 11-21 07:30"),
    ("what lies ahead of the real now is yesterday's", "--ago 1h --at 16:30", "11-20 07:30 .. 11-20 08:30"),
    ("day 0", "-d 0", "refused: -d 0: a month has days 1 to 31; write -d 1, -d fri or -d 2026-05-01"),
    ("day 32", "-d 32", "refused: a month has days 1 to 31"),
    ("a long number", "-d 20260501", "refused: a month has days 1 to 31"),
    ("a date ahead", "-d 2026-11-22", "refused: lies in the future"),
    ("an instant ahead", "-d 2026-11-21T16:00:01+09:00", "refused: lies in the future"),
    ("tomorrow", "-d tomorrow", "refused: lies in the future"),
    ("a duration", "-d 1d", "refused: -d 1d: a duration, not a day; write --ago 1d"),
    ("a month", "-d 1M", "refused: -d 1M: not a day; write -d 1, -d fri or -d 2026-05-01"),
    ("a time of day", "-d 13:10", "refused: not a day"),
    ("rubbish", "-d first", "refused: not a day"),
    ("a date that is not", "-d 2026-06-31", "refused: June 2026 has 30 days; write -d 2026-06-30 or -d 2026-07-01"),
];

#[rustfmt::skip]
const FIFTH_OF_MARCH: &[(&str, &str, &str)] = &[
    ("the 5th", "-d 5", "03-05 09:00 .. 03-05 10:00"),
    ("the 6th is February's", "-d 6", "02-06 09:00 .. 02-06 10:00"),
    ("the 28th", "-d 28", "02-28 09:00 .. 02-28 10:00"),
    ("the 29th", "-d 29", "refused: -d 29: February 2026 has 28 days; write -d 2026-02-28 or -d 2026-01-29"),
    ("the 31st", "-d 31", "refused: write -d 2026-02-28 or -d 2026-01-31"),
    ("a leap day", "-d 2024-02-29", "2024-02-29 09:00 .. 2024-02-29 10:00"),
    ("no leap day", "-d 2025-02-29", "refused: February 2025 has 28 days; write -d 2025-02-28 or -d 2025-03-01"),
    ("2000 had one", "--at 2000-02-29 -r day", "2000-02-29 00:00 .. 2000-03-01 00:00"),
    ("1900 had none", "--at 1900-02-29", "refused: February 1900 has 28 days"),
];

#[rustfmt::skip]
const LEAP_YEAR: &[(&str, &str, &str)] = &[
    ("the 29th", "-d 29", "2028-02-29 09:00 .. 2028-02-29 10:00"),
    ("the 30th", "-d 30", "refused: February 2028 has 29 days; write -d 2028-02-29 or -d 2028-01-30"),
    ("a day of 24 hours across it", "--since 2028-02-28 -r 2d", "2028-02-28 00:00 .. 2028-03-01 00:00"),
];

#[rustfmt::skip]
const NEW_YEAR: &[(&str, &str, &str)] = &[
    ("the 31st is December's", "-d 31", "2025-12-30 23:10 .. 2025-12-31 00:10"),
    ("the last hour", "", "2025-12-31 23:10 .. 01-01 00:10"),
    ("a time of day", "--since 23:50", "2025-12-31 23:50 .. 01-01 00:10"),
    ("yesterday", "--since yesterday --until today", "2025-12-31 00:00 .. 01-01 00:00"),
];

#[rustfmt::skip]
const ZONES: &[(&str, &str, &str)] = &[
    ("in any case", "--tz europe/berlin --at 2026-05-01", "04-30 22:00 .. 04-30 23:00"),
    ("with a space", "--tz 'America/New York' --at 2026-05-01", "05-01 04:00 .. 05-01 05:00"),
    ("UTC", "--tz utc --at 2026-05-01", "05-01 00:00 .. 05-01 01:00"),
    ("Z", "--tz Z --at 2026-05-01", "05-01 00:00 .. 05-01 01:00"),
    ("an offset", "--tz +09:00 --at 2026-05-01", "04-30 15:00 .. 04-30 16:00"),
    ("a short offset", "--tz +9 --at 2026-05-01", "04-30 15:00 .. 04-30 16:00"),
    ("a western offset", "--tz -0330 --at 2026-05-01", "05-01 03:30 .. 05-01 04:30"),
    ("UTC and an offset", "--tz UTC+5:30 --at 2026-05-01", "04-30 18:30 .. 04-30 19:30"),
    ("aliases", "--timezone UTC --at 2026-05-01", "05-01 00:00 .. 05-01 01:00"),
    ("more aliases", "--time-zone UTC --from 2026-05-01 --to '2026-05-01 10:00'", "05-01 00:00 .. 05-01 10:00"),
    ("kubectl's words", "--since-time 2026-05-01T00:00:00Z --stop 2026-05-01T01:00:00Z", "05-01 00:00 .. 05-01 01:00"),
    ("gcloud's words", "--freshness 1d", "11-20 07:00 .. 11-21 07:00"),
    ("start and end", "--start 2h --end 1h", "11-21 05:00 .. 11-21 06:00"),
    ("an abbreviation", "--tz JST", "refused: --tz JST: an abbreviation can mean several zones; write --tz Asia/Tokyo or --tz +09:00"),
    ("a city", "--tz tokyo", "refused: no such time zone; write --tz Asia/Tokyo"),
    ("a misspelling", "--tz Europe/Berln", "refused: write --tz Europe/Berlin"),
    ("rubbish", "--tz 17", "refused: --tz 17: not a time zone; write --tz Asia/Tokyo, --tz +09:00 or --tz local"),
    ("an offset of a day", "--tz +24:00", "refused: not a time zone"),
    ("empty", "--tz ''", "refused: a time zone is missing"),
];

#[test]
fn utc_and_tz_exclude_each_other_without_clap_as_well() {
    let both = Times { tz: Some("Asia/Tokyo".into()), utc: true, ..Times::default() };
    let error = both.resolve(instant(NOW), Zone::Local).unwrap_err();
    assert!(error.to_string().starts_with("--tz and --utc together"), "{error}");
}

#[test]
fn what_the_user_is_told_about_the_window() {
    const EVERYTHING: &str = "everything since then is --since";
    const RECENT: &str = "less than two minutes ago: lines may still arrive";
    const AHEAD: &str = "in the future: lines may still arrive";
    let zone = Zone::parse("Asia/Tokyo").unwrap();
    for (line, want) in [
        ("", &[RECENT][..]),
        ("--ago 1d", &[EVERYTHING]),
        ("--ago 1d -r 2", &[]),
        ("--ago 1d --since 2h", &[]),
        ("--ago 1d --until 2h", &[]),
        ("--ago 1d --at 13:10", &[]),
        ("--ago 1d --around 13:10", &[]),
        ("--ago 1d --utc", &[EVERYTHING]),
        ("--ago 1m", &[EVERYTHING, RECENT]),
        ("-d 1", &[]),
        ("-d 21", &[RECENT]),
        ("--until 119s", &[RECENT]),
        ("--until 2m", &[]),
        ("--until now", &[RECENT]),
        ("-r day", &[AHEAD]),
        ("--around now", &[AHEAD]),
    ] {
        let notices = resolve(line, instant(NOW), &zone).unwrap().notices;
        assert_eq!(notices.len(), want.len(), "{line}: {notices:?}");
        for (notice, want) in notices.iter().zip(want) {
            assert!(notice.contains(want), "{line}: {notice}");
        }
    }
    let notices = resolve("--ago '2 days'", instant(NOW), &zone).unwrap().notices;
    assert_eq!(
        notices,
        ["--ago '2 days' alone is the one hour that ended 2d ago; everything since then is --since '2 days'"]
    );
}

#[test]
fn help_has_its_own_heading_and_short_lines() {
    /// What the tool is for
    #[derive(clap::Parser)]
    struct Tool {
        #[command(flatten)]
        times: Times,
        /// Something else
        #[arg(long)]
        other: bool,
    }
    let tool = Tool::command();
    tool.clone().debug_assert();
    assert_eq!(tool.get_about().unwrap().to_string(), "What the tool is for");
    assert!(tool.get_long_about().is_none());
    for arg in tool.get_arguments().filter(|arg| !["help", "other"].contains(&arg.get_id().as_str())) {
        assert_eq!(arg.get_help_heading(), Some("Time"), "{}", arg.get_id());
        let help = arg.get_help().unwrap().to_string();
        assert!(help.len() < 60 && !help.ends_with('.'), "{help}");
    }
    let other = tool.get_arguments().find(|arg| arg.get_id() == "other").unwrap();
    assert_eq!(other.get_help_heading(), None);
    assert_eq!(typed("").unwrap(), Times::default());
}
