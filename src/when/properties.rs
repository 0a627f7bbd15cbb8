//! What holds whatever is typed: nothing panics, refusals are one line, and every echo pastes back.

use chrono::{DateTime, Utc};
use proptest::prelude::*;

use super::scene::{instant, resolve};
use super::zone::{FIRST_SECOND, LAST_SECOND};
use super::{Iana, Times, Window, Zone, looks_like_duration};

fn any_instant() -> impl Strategy<Value = DateTime<Utc>> {
    let digits = prop_oneof![Just(1), Just(1_000), Just(1_000_000), Just(1_000_000_000)];
    (FIRST_SECOND..=LAST_SECOND, 0..1_000_000_000u32, digits)
        .prop_map(|(secs, nanos, digits)| DateTime::from_timestamp(secs, nanos / digits * digits).unwrap())
}

fn any_zone() -> impl Strategy<Value = Zone> {
    let offset = -86_399..86_400i32;
    prop_oneof![
        5 => proptest::sample::select(Iana::names()).prop_map(|name| Zone::parse(&name).unwrap()),
        1 => offset.prop_map(|secs| Zone::Fixed(chrono::FixedOffset::east_opt(secs).unwrap())),
        1 => Just(Zone::Local),
    ]
}

/// Rubbish, and texts that nearly are times.
fn any_text() -> impl Strategy<Value = String> {
    let part = prop_oneof![
        Just("2026-05-01"),
        Just("0001-01-01"),
        Just("9999-12-31"),
        Just("13:10"),
        Just("23:59:60"),
        Just("T"),
        Just(" "),
        Just("Z"),
        Just("+09:00"),
        Just("-"),
        Just("@"),
        Just("fri"),
        Just("yesterday"),
        Just("now"),
        Just("day"),
        Just("ago"),
        Just("999999999999"),
        Just("18446744073709551615"),
        Just("7"),
        Just("."),
        Just(","),
        Just("w"),
        Just("h"),
        Just("ns"),
        Just("M"),
        Just("P"),
        Just("PT"),
        Just("Europe/Berlin"),
        Just("µ"),
        Just("\u{1b}"),
    ];
    prop_oneof![
        any::<String>(),
        "\\PC{0,12}",
        "[-+@.:,0-9TZPdhmswMy ]{0,24}",
        proptest::collection::vec(part, 0..5).prop_map(|parts| parts.concat()),
    ]
}

fn any_times() -> impl Strategy<Value = Times> {
    let text = || proptest::option::weighted(0.35, any_text());
    let flags = (text(), text(), text(), text(), text(), text(), text(), text(), proptest::bool::weighted(0.1));
    flags.prop_map(|(ago, day, range, since, until, at, around, tz, utc)| Times {
        ago,
        day,
        range,
        since,
        until,
        at,
        around,
        tz,
        utc,
    })
}

/// One flag at a time, so that contradictions do not hide the parser.
fn one_flag() -> impl Strategy<Value = Times> {
    (0..8usize, any_text()).prop_map(|(flag, text)| {
        let mut times = Times::default();
        let slots = [
            &mut times.ago,
            &mut times.day,
            &mut times.range,
            &mut times.since,
            &mut times.until,
            &mut times.at,
            &mut times.around,
            &mut times.tz,
        ];
        for (i, slot) in slots.into_iter().enumerate() {
            if i == flag {
                *slot = Some(text.clone());
            }
        }
        times
    })
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, cases: 2_000, ..ProptestConfig::default() })]

    #[test]
    fn any_window_pastes_back(a in any_instant(), b in any_instant(), zone in any_zone(), other in any_zone()) {
        prop_assume!(a != b);
        let window = Window { since: a.min(b), until: a.max(b) };
        let echo = window.echo(&zone);
        let (flags, width) = echo.trim_end_matches(')').split_once(" (").unwrap();
        let now = instant("9999-12-31T23:59:59.999999999Z");
        prop_assert_eq!(resolve(flags, now, &other).unwrap().window, window, "{}", echo);
        let since = flags.split(" --until").next().unwrap();
        prop_assert_eq!(resolve(&format!("{since} -r {width}"), now, &other).unwrap().window, window, "{}", echo);
    }

    #[test]
    fn nothing_typed_panics(
        times in prop_oneof![any_times(), one_flag()],
        now in prop_oneof![any_instant(), Just(instant("2026-11-21T07:00:00Z"))],
        zone in any_zone(),
    ) {
        match times.resolve(now, zone) {
            Ok(resolved) => {
                let Window { since, until } = resolved.window;
                prop_assert!(since < until && since <= now, "{times:?} {}", resolved.window.echo(&resolved.zone));
                prop_assert!(resolved.window.contains(since.timestamp(), since.timestamp_subsec_nanos()));
                prop_assert!(!resolved.window.contains(until.timestamp(), until.timestamp_subsec_nanos()));
            }
            Err(error) => {
                let message = error.to_string();
                prop_assert!(!message.chars().any(char::is_control), "{message:?}");
            }
        }
    }

    #[test]
    fn any_clock_is_survived(secs in -8_000_000_000_000..8_000_000_000_000i64, nanos in 0..1_000_000_000u32, text in any_text()) {
        let now = DateTime::from_timestamp(secs, nanos).unwrap_or(DateTime::<Utc>::MAX_UTC);
        let times = Times { since: Some(text.clone()), ..Times::default() };
        let _ = times.resolve(now, Zone::Local);
        let _ = looks_like_duration(&text);
        Zone::Local.offset_at(secs);
    }
}
