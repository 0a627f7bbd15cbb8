//! Names of tables, days of windows, names of logs.

use proptest::prelude::*;

use super::super::days;
use super::super::name::{Names, read};
use super::{day, named, window};
use crate::entry::text::Text;
use crate::select::{Glob, Logs};

#[test]
fn a_shard_is_a_name_a_line_and_eight_digits_that_are_a_day() {
    for (id, log, date) in [
        ("stdout_20261120", "stdout", Some("2026-11-20")),
        ("stdout_20240229", "stdout", Some("2024-02-29")),
        ("cloudaudit_googleapis_com_activity_20261120", "cloudaudit_googleapis_com_activity", Some("2026-11-20")),
        ("foo_20240101_20261120", "foo_20240101", Some("2026-11-20")),
        ("foo__20261120", "foo_", Some("2026-11-20")),
        ("stdout", "stdout", None),
        ("stdout_2026", "stdout_2026", None),
        ("stdout_20261399", "stdout_20261399", None),
        ("stdout_20250229", "stdout_20250229", None),
        ("stdout_202611200", "stdout_202611200", None),
        ("stdout20261120", "stdout20261120", None),
        ("stdout_+2026112", "stdout_+2026112", None),
        ("stdout_２０２６１１２０", "stdout_２０２６１１２０", None),
        ("_20261120", "_20261120", None),
        ("20261120", "20261120", None),
        ("_AllLogs", "_AllLogs", None),
        ("", "", None),
    ] {
        assert_eq!(read(id), (log, date.map(day)), "{id}");
    }
}

#[test]
fn a_window_touches_the_days_of_its_first_and_its_last_nanosecond() {
    for (since, until, first_and_last) in [
        ("2026-11-20T00:00:00Z", "2026-11-21T00:00:00Z", Some(("2026-11-20", "2026-11-20"))),
        ("2026-11-20T00:00:00Z", "2026-11-21T00:00:00.000000001Z", Some(("2026-11-20", "2026-11-21"))),
        ("2026-11-20T23:59:59.999999999Z", "2026-11-21T00:00:00Z", Some(("2026-11-20", "2026-11-20"))),
        ("2026-11-21T00:00:00Z", "2026-11-21T00:00:00.000000001Z", Some(("2026-11-21", "2026-11-21"))),
        ("2026-11-20T23:30:00Z", "2026-11-21T00:30:00Z", Some(("2026-11-20", "2026-11-21"))),
        ("2026-11-21T08:00:00+09:00", "2026-11-21T09:00:00+09:00", Some(("2026-11-20", "2026-11-20"))),
        ("2026-11-21T00:00:00Z", "2026-11-21T00:00:00Z", None),
    ] {
        let expected = first_and_last.map(|(first, last)| (day(first), day(last)));
        assert_eq!(days(&window(since, until)), expected, "{since} {until}");
    }
}

#[test]
fn container_logs_are_in_tables_of_exactly_two_names() {
    let names = Names::of(&Logs::OfContainers);
    for (log, is_wanted) in [("stdout", true), ("stderr", true), ("Stdout", false), ("stdout_2026", false), ("", false)]
    {
        assert_eq!(names.has(log), is_wanted, "{log}");
    }
}

#[test]
fn a_named_log_is_looked_for_under_the_name_of_its_table() {
    for (glob, table, is_wanted) in [
        ("events", "events", true),
        ("events", "events2", false),
        ("cloudaudit.googleapis.com/activity", "cloudaudit_googleapis_com_activity", true),
        ("cloudaudit.googleapis.com/activity", "cloudaudit_googleapis_com_data_access", false),
        ("cloudaudit*", "cloudaudit_googleapis_com_data_access", true),
        ("*.com/activity", "cloudaudit_googleapis_com_activity", true),
        ("cloudaudit?googleapis?com?activity", "cloudaudit_googleapis_com_activity", true),
        ("a[./]b", "a_b", true),
        ("a[!x]b", "a_b", true),
        ("a[xy]b", "azb", false),
        ("a/**/b", "a_b", true),
        ("*", "stdout", true),
        ("{a.b,c}*", "a_b", true),
        ("{a.b,c}*", "d", false),
        ("a{b", "a_b", true),
    ] {
        assert_eq!(Names::of(&named(&[glob])).has(table), is_wanted, "{glob} {table}");
    }
}

/// What becomes of a log's name in a table's name.
fn mangled(log: &str) -> String {
    log.chars().map(|c| if c.is_ascii_alphanumeric() || c == '_' { c } else { '_' }).collect()
}

proptest! {
    #[test]
    fn no_log_that_a_glob_names_is_missed(
        glob in r"([ab0-2_./%-]|\*|\?|\[[!^]?\]?[ab./0-2-]{1,3}\]|\\[a.*]|\{[ab./]{0,2},[ab*]{0,2}\}){1,6}",
        log in r"[ab01_./%\]*-]{0,8}",
    ) {
        if let Ok(glob) = Glob::new("--log", &glob)
            && glob.matches(Some(Text::Plain(&log)))
        {
            prop_assert!(Names::of(&Logs::Named(vec![glob])).has(&mangled(&log)));
        }
    }

    #[test]
    fn a_shards_name_is_taken_apart_again(log in "[a-z_0-9]{1,20}", days in 0..20_000i64) {
        let date = day("2000-01-01") + chrono::TimeDelta::days(days);
        let id = format!("{log}_{}", date.format("%Y%m%d"));
        prop_assert_eq!(read(&id), (&log[..], Some(date)));
    }
}
