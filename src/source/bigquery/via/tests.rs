//! What decides between a table and a query.

use chrono::NaiveDate;

use super::super::schema::Schema;
use super::super::tables::Seen;
use super::*;

const GIB: u64 = 1 << 30;

fn time(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

fn shard() -> Table {
    let layout = Layout::Shard(NaiveDate::from_ymd_opt(2026, 11, 18).unwrap());
    let (id, log) = ("stdout_20261118".to_owned(), Some("stdout".to_owned()));
    Table { id, log, layout, schema: Schema::default(), day_bytes: Some(3 * GIB) }
}

fn view() -> Table {
    Table { id: "_AllLogs".to_owned(), log: None, layout: Layout::Analytics, day_bytes: None, ..shard() }
}

/// A table that was looked at just now, its oldest row in the buffer of this time.
fn seen(buffered: Option<&str>) -> Known {
    Known {
        kind: Kind::Table,
        schema: Schema::default(),
        partitions: None,
        partition_count: None,
        bytes: None,
        location: None,
        modified: None,
        is_streamed_to: false,
        seen: Some(Seen {
            state: None,
            buffered_since: buffered.map(|since| time(since).timestamp_millis()),
            has_policy: false,
        }),
    }
}

#[test]
fn a_slice_goes_straight_where_nothing_stands_in_the_way() {
    let (table, view) = (shard(), view());
    let (quiet, unseen) = (seen(None), Known { seen: None, ..seen(None) });
    let (busy, long_after) = (seen(Some("2026-11-19T23:59:59Z")), seen(Some("2026-11-20T00:00:00Z")));
    let no_view = Known { kind: Kind::View, ..seen(None) };
    let window = Window { since: time("2026-11-18T00:00:00Z"), until: time("2026-11-19T00:00:00Z") };
    let facts = |via| Facts {
        via,
        barrier: None,
        window,
        tables: vec![(&table, Some(&quiet))],
        cut: Cut::All,
        unsayable: None,
        is_search: false,
        pricing: Pricing::default(),
        now: time("2026-11-22T00:00:00Z"),
    };
    let of = |known| vec![(&table, Some(known))];
    let plain = facts(Via::Auto);
    let cases = [
        ("nothing in the way", plain.clone(), None, None),
        ("rows came a day after its end", Facts { tables: of(&long_after), ..plain.clone() }, None, None),
        (
            "an earlier row waits in the buffer",
            Facts { tables: of(&busy), ..plain.clone() },
            Some("rows of stdout_20261118 may wait in its streaming buffer"),
            Some("rows of stdout_20261118 may wait in its streaming buffer"),
        ),
        (
            "nobody looked",
            Facts { tables: of(&unseen), ..plain.clone() },
            Some("what stdout_20261118 is like just now is not known"),
            Some("what stdout_20261118 is like just now is not known"),
        ),
        (
            "gone since",
            Facts { tables: vec![(&table, None)], ..plain.clone() },
            Some("what stdout_20261118 is like just now is not known"),
            Some("what stdout_20261118 is like just now is not known"),
        ),
        (
            "Log Analytics",
            Facts { tables: vec![(&view, Some(&quiet))], ..plain.clone() },
            Some("_AllLogs is a view"),
            Some("_AllLogs is a view"),
        ),
        (
            "a view like a table",
            Facts { tables: of(&no_view), ..plain.clone() },
            Some("stdout_20261118 is a view"),
            Some("stdout_20261118 is a view"),
        ),
        (
            "--where",
            Facts { unsayable: Some("--where speaks SQL".into()), ..plain.clone() },
            Some("--where speaks SQL"),
            Some("--where speaks SQL"),
        ),
        (
            "an emulator of REST",
            Facts { barrier: Some(Obstacle::Nowhere), ..plain.clone() },
            Some("BIGQUERY_EMULATOR_HOST stands in"),
            Some("BIGQUERY_EMULATOR_HOST stands in"),
        ),
        (
            "refused before",
            Facts { barrier: Some(Obstacle::Refused("denied".into())), ..plain.clone() },
            Some("reading straight failed: denied"),
            Some("reading straight failed: denied"),
        ),
        (
            "it ended just now",
            Facts { now: time("2026-11-19T00:59:59Z"), ..plain.clone() },
            Some("its last rows may have come just now"),
            None,
        ),
        ("--limit", Facts { cut: Cut::First(3), ..plain.clone() }, Some("--limit and --tail"), None),
        ("--tail", Facts { cut: Cut::Last(3), ..plain.clone() }, Some("--limit and --tail"), None),
        (
            "--grep in much",
            Facts { is_search: true, ..plain.clone() },
            Some("BigQuery itself searches the text of about 3.0 GiB"),
            None,
        ),
        (
            "slots that are paid for",
            Facts { pricing: Pricing::Slots, ..plain.clone() },
            Some("that costs nothing (pricing), and straight $1.10 for each TiB"),
            None,
        ),
        (
            "queries that cost less",
            Facts { pricing: Pricing::OnDemand(1.0), ..plain.clone() },
            Some("that costs $1.00 for each TiB (pricing), and straight $1.10"),
            None,
        ),
        ("queries that cost as much", Facts { pricing: Pricing::OnDemand(STRAIGHT), ..plain.clone() }, None, None),
    ];
    for (name, facts, auto, storage) in cases {
        for (via, expected) in
            [(Via::Auto, auto), (Via::Storage, storage), (Via::Query, Some("--via query asks for it"))]
        {
            let said = straight(&Facts { via, ..facts.clone() }).err().map(|obstacle| obstacle.to_string());
            let is_so = match (&said, expected) {
                (Some(said), Some(expected)) => said.contains(expected),
                (said, expected) => said.is_none() && expected.is_none(),
            };
            assert!(is_so, "{name}, {via:?}: {said:?}, not {expected:?}");
        }
    }
}

#[test]
fn a_search_in_little_goes_straight() {
    let small = Table { day_bytes: Some(MUCH), ..shard() };
    let quiet = seen(None);
    let window = Window { since: time("2026-11-18T00:00:00Z"), until: time("2026-11-19T00:00:00Z") };
    let facts = Facts {
        via: Via::Auto,
        barrier: None,
        window,
        tables: vec![(&small, Some(&quiet))],
        cut: Cut::All,
        unsayable: None,
        is_search: true,
        pricing: Pricing::default(),
        now: time("2026-11-22T00:00:00Z"),
    };
    assert_eq!(straight(&facts), Ok(()));
    let both = Facts { tables: vec![(&small, Some(&quiet)); 2], ..facts };
    assert_eq!(straight(&both), Err(Obstacle::Search(2 * MUCH)));
}

#[test]
fn tables_are_looked_at_only_where_nothing_else_stands_in_the_way() {
    let (table, view) = (shard(), view());
    let unseen = Known { seen: None, ..seen(None) };
    let window = Window { since: time("2026-11-18T00:00:00Z"), until: time("2026-11-19T00:00:00Z") };
    let facts = Facts {
        via: Via::Auto,
        barrier: None,
        window,
        tables: vec![(&table, Some(&unseen))],
        cut: Cut::All,
        unsayable: None,
        is_search: false,
        pricing: Pricing::default(),
        now: time("2026-11-22T00:00:00Z"),
    };
    for (name, facts, expected) in [
        ("nothing", facts.clone(), true),
        ("a view", Facts { tables: vec![(&view, Some(&unseen))], ..facts.clone() }, false),
        ("--via query", Facts { via: Via::Query, ..facts.clone() }, false),
        ("--tail", Facts { cut: Cut::Last(1), ..facts.clone() }, false),
        ("slots", Facts { pricing: Pricing::Slots, ..facts.clone() }, false),
        ("no gRPC", Facts { barrier: Some(Obstacle::Nowhere), ..facts.clone() }, false),
    ] {
        assert_eq!(may_be_straight(&facts), expected, "{name}");
    }
}
