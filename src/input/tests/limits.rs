//! Proves what becomes of lines that are too long, not UTF-8, or packed.

use std::io::Cursor;

use super::super::values::{Item, MAX_LINE, Values};
use super::Seen::*;
use super::{cut, read_at_once, read_in_pieces};

#[test]
fn what_is_not_utf8_is_mended_and_counted_by_line() {
    let (seen, mended) = read_at_once(b"a\xffb\xfe\n{\"a\":\"\xc3\"}\ngood \xe3\x83\x9d\n\xe3\x83", MAX_LINE);
    assert_eq!(
        seen,
        [
            Plain(1, "a\u{fffd}b\u{fffd}".into()),
            Entry(2, "{\"a\":\"\u{fffd}\"}".into()),
            Plain(3, "good ポ".into()),
            Plain(4, "\u{fffd}".into()),
        ]
    );
    assert_eq!(mended, 3);
}

#[test]
fn lines_over_the_limit_come_in_pieces() {
    let long = |n: usize| "x".repeat(n);
    let object = |n: usize| format!("{{\"a\":\"{}\"}}", long(n - 8));
    for limit in [10usize, 100, 1000] {
        let fits = format!("{}\n{}\n", long(limit), object(limit));
        let expected = vec![Plain(1, long(limit)), Entry(2, object(limit))];
        let over = format!("{}\n{}\nshort\n{{}}", long(limit + 1), object(limit + 1));
        let expected_over = vec![
            Long(1, long(limit + 1).into_bytes()),
            Long(2, object(limit + 1).into_bytes()),
            Plain(3, "short".into()),
            Entry(4, "{}".into()),
        ];
        for length in [1, 7, limit, limit + 1, 5000] {
            assert_eq!(read_in_pieces(cut(fits.as_bytes(), &[length]), limit).0, expected, "{limit} {length}");
            assert_eq!(read_in_pieces(cut(over.as_bytes(), &[length, 0]), limit).0, expected_over, "{limit} {length}");
        }
    }
}

#[test]
fn an_object_over_several_lines_has_the_same_limit() {
    let object = "{\n\"a\":1,\n\"b\":2\n}";
    let fits = read_at_once(object.as_bytes(), object.len()).0;
    assert_eq!(fits, [Entry(1, object.into())]);
    for length in [1, 3, 100] {
        let over = read_in_pieces(cut(object.as_bytes(), &[length]), object.len() - 1).0;
        let expected =
            [Broken(1, "{".into()), Plain(2, "\"a\":1,".into()), Plain(3, "\"b\":2".into()), Plain(4, "}".into())];
        assert_eq!(over, expected, "{length}");
    }
}

#[test]
fn a_value_that_runs_into_a_line_over_the_limit_is_broken() {
    let input = format!("{{\"a\":1}}\n{{\"b\":[\n{{\"c\":\n{}\ntext\n", "x".repeat(50));
    let expected = [
        Entry(1, "{\"a\":1}".into()),
        Broken(2, "{\"b\":[".into()),
        Broken(3, "{\"c\":".into()),
        Long(4, vec![b'x'; 50]),
        Plain(5, "text".into()),
    ];
    for length in 1..input.len() {
        assert_eq!(read_in_pieces(cut(input.as_bytes(), &[length]), 30).0, expected, "{length}");
        let first = [&input.as_bytes()[..length], &input.as_bytes()[length..]].map(<[u8]>::to_vec);
        assert_eq!(read_in_pieces(first.into(), 30).0, expected, "{length} and the rest");
    }
}

#[test]
fn packed_rows_are_opened() {
    let row = r#"{"insert_id":"i","resource":{"labels":"{\"pod_name\":\"a\"}"},"text_payload":"t"}"#;
    let deep =
        format!(r#"{{"insert_id":"i","resource":{{}},"labels":"{}1{}"}}"#, "{\\\"a\\\":".repeat(512), "}".repeat(512));
    let mut values = Values::new(Box::new(Cursor::new(format!("{row}\n{deep}\n"))), MAX_LINE);
    let Ok(Some(Item::Entry(entry))) = values.next() else { panic!("no entry") };
    assert_eq!(entry.pod().map(|pod| pod.to_cow().into_owned()).as_deref(), Some("a"));
    let Ok(Some(Item::Entry(entry))) = values.next() else { panic!("no entry") };
    assert_eq!(entry.line(), deep, "what is too deep when opened stays closed");
    assert_eq!(entry.insert_id().map(|id| id.to_cow().into_owned()).as_deref(), Some("i"));
}

#[test]
fn rows_of_tables_come_in_the_canon_and_everything_else_as_it_stands() {
    let row = |time: &str, payload: &str| {
        format!(
            r#"{{"insertId":"i","timestamp":"{time}","resource":{{"type":"t"}},"jsonPayload":{payload},"trace":null}}"#
        )
    };
    let of_table = "2024-12-19 07:00:00.5 UTC";
    let left =
        |payload: &str| format!(r#"{{"insertId":"i","timestamp":"{of_table}","resource":{{"type":"t"}}{payload}}}"#);
    let of_sink = row("2024-12-19T07:00:00.5Z", r#"{"a":3.0,"severity":null,"b":[]}"#);
    let no_resource = format!(r#"{{"insertId":"i","timestamp":"{of_table}","resource":{{}},"trace":null}}"#);
    let analytics =
        r#"{"insert_id":"i","resource":{"labels":"{}"},"json_payload":"{\"a\":3.0,\"b\":null}","trace":null}"#;
    for (line, expected) in [
        (row(of_table, r#"{"a":3.0,"severity":null,"b":[]}"#), left(r#","jsonPayload":{"a":3}"#)),
        (row(of_table, "null"), left("")),
        (row(of_table, r#"{"a":{"b":null}}"#), left("")),
        (of_sink.clone(), of_sink),
        (no_resource.clone(), no_resource),
        (
            analytics.replace(r#""{}""#, "{\"a\":\"b\"}"),
            r#"{"insert_id":"i","resource":{"labels":{"a":"b"}},"json_payload":{"a":3}}"#.to_owned(),
        ),
    ] {
        assert_eq!(read_at_once(line.as_bytes(), MAX_LINE).0, [Entry(1, expected)], "{line}");
    }
}

#[test]
fn an_over_long_line_is_handed_out_in_small_pieces_between_characters() {
    let line = "ポ".repeat(100_000);
    let mut values = Values::new(Box::new(Cursor::new(format!("{line}\n{line}\nend").into_bytes())), 1000);
    let mut lines = vec![String::new()];
    while let Some(item) = values.next().unwrap() {
        match item {
            Item::Long { piece, last, .. } => {
                assert!(piece.len() <= 64 << 10, "{}", piece.len());
                lines.last_mut().unwrap().push_str(std::str::from_utf8(piece).unwrap());
                if last {
                    lines.push(String::new());
                }
            }
            Item::Plain(entry) => assert_eq!(entry.line(), "end"),
            other => panic!("{other:?}"),
        }
    }
    assert_eq!(lines, [line.clone(), line, String::new()]);
}

#[test]
fn an_array_that_is_cut_off_is_an_error_behind_its_elements() {
    for (text, elements, is_whole) in [
        ("[{\"a\":1},{\"a\":2}]", 2, true),
        ("[{\"a\":1},{\"a\":2}\n]\n", 2, true),
        ("[{\"a\":1},{\"a\":2}", 2, false),
        ("[\n  {\"a\":1},\n", 1, false),
        ("[{\"a\":1},", 1, false),
        ("[]", 0, true),
    ] {
        let mut values = Values::new(Box::new(Cursor::new(text.as_bytes())), MAX_LINE);
        for _ in 0..elements {
            assert!(matches!(values.next().unwrap(), Some(Item::Entry(_))), "{text}");
        }
        assert_eq!(values.next().is_ok_and(|item| item.is_none()), is_whole, "{text}");
        assert!(values.next().unwrap().is_none(), "{text}");
    }
}
