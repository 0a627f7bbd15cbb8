//! Pieces in any order, with twins, with others missing.

use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;
use crate::entry::text::Text;

const ROOM: usize = 1 << 20;

/// A piece as the sink writes it.
fn piece(uid: &str, index: u32, total: u32, text: &str) -> Value {
    json!({
        "insertId": format!("{uid}-{}", 9 - index % 10),
        "resource": {"type": "k8s_container", "labels": {"pod_name": "a"}},
        "timestamp": "2024-12-19T07:00:00Z",
        "textPayload": text,
        "split": {"uid": uid, "index": index, "totalSplits": total},
    })
}

fn push(pieces: &mut Pieces, line: &Value, who: u32) {
    let line = line.to_string();
    let mut spans = Spans::default();
    let entry = Entry::parse(&line, &mut spans).unwrap();
    let (stamp, _) = entry.stamp().unwrap();
    match entry.piece() {
        Some(piece) => pieces.push(&entry, piece, stamp, who),
        None => pieces.ready.push(Ready { line, order: Some(b"no piece".to_vec()) }),
    }
}

/// What came out: text and insertId, in brackets where it is still a piece.
fn said(ready: &[Ready]) -> Vec<String> {
    let say = |ready: &Ready| {
        let mut spans = Spans::default();
        let entry = Entry::parse(&ready.line, &mut spans).unwrap();
        let text = entry.sole_text().map_or("structured".into(), |raw| Text::Json(raw).to_cow().into_owned());
        let said = format!("{text} {}", entry.insert_id().map(Text::to_cow).unwrap_or_default());
        if ready.order.is_some() { format!("[{said}]") } else { said }
    };
    ready.iter().map(say).collect()
}

fn after(lines: &[Value]) -> (Vec<String>, u64) {
    let mut pieces = Pieces::new(ROOM);
    for line in lines {
        push(&mut pieces, line, 0);
    }
    pieces.end(None);
    assert_eq!(pieces.held, 0);
    (said(&pieces.ready), pieces.twins)
}

#[test]
fn pieces_are_joined_when_the_last_is_there_and_stay_what_they_are_otherwise() {
    let [a0, a1, a2] = [0, 1, 2].map(|index| piece("a", index, 3, ["one\n", "\"two\"", "thré\n"][index as usize]));
    let [b0, b1] = [0, 1].map(|index| piece("b", index, 2, "x"));
    let with = |mut line: Value, key: &str, value: Value| {
        match value {
            Value::Null => drop(line.as_object_mut().unwrap().remove(key)),
            value => line[key] = value,
        }
        line
    };
    let whole = "one\n\"two\"thré\n a-9";
    for (name, lines, expected, twins) in [
        ("in order", vec![&a0, &a1, &a2], vec![whole], 0),
        ("in no order", vec![&a2, &a0, &a1], vec![whole], 0),
        ("among others", vec![&a2, &b1, &a0, &b0, &a1], vec!["xx b-9", whole], 0),
        ("one is missing", vec![&a2, &a0], vec!["[one\n a-9]", "[thré\n a-7]"], 0),
        ("twins before", vec![&a0, &a0, &a1, &a1, &a2], vec![whole], 2),
        ("twins behind", vec![&a0, &a1, &a2, &a1, &a2, &a0], vec![whole], 3),
        (
            "another entry under the same uid",
            vec![&a0, &with(a0.clone(), "insertId", json!("z")), &a1, &a2],
            vec!["[one\n a-9]", "[one\n z]", "[\"two\" a-8]", "[thré\n a-7]"],
            0,
        ),
        (
            "another entry behind the whole one",
            vec![&b0, &b1, &with(b1.clone(), "insertId", json!("z"))],
            vec!["xx b-9", "[x z]"],
            0,
        ),
        (
            "without insertIds nobody is a twin",
            vec![&with(b0.clone(), "insertId", Value::Null), &with(b0.clone(), "insertId", Value::Null), &b1],
            vec!["[x ]", "[x ]", "[x b-8]"],
            0,
        ),
        (
            "a structured payload",
            vec![
                &with(with(b0.clone(), "textPayload", Value::Null), "jsonPayload", json!({"a": 1})),
                &with(with(b1.clone(), "textPayload", Value::Null), "jsonPayload", json!({"b": 1})),
            ],
            vec!["[structured b-9]", "[structured b-8]"],
            0,
        ),
        (
            "numbers as strings, as BigQuery writes them, and the first one left out",
            vec![
                &with(b0.clone(), "split", json!({"uid": "b", "totalSplits": "2"})),
                &with(b1.clone(), "split", json!({"uid": "b", "index": "1", "totalSplits": "2"})),
            ],
            vec!["xx b-9"],
            0,
        ),
        (
            "another time",
            vec![&b0, &with(b1.clone(), "timestamp", json!("2024-12-19T07:00:01Z"))],
            vec!["[x b-9]", "[x b-8]"],
            0,
        ),
    ] {
        let lines: Vec<Value> = lines.into_iter().cloned().collect();
        let expected: Vec<String> = expected.into_iter().map(str::to_owned).collect();
        assert_eq!(after(&lines), (expected, twins), "{name}");
    }
}

#[test]
fn a_mark_that_is_none_makes_no_piece() {
    for split in [
        json!(null),
        json!("split"),
        json!({}),
        json!({"uid": "u", "index": 0, "totalSplits": 1}),
        json!({"uid": "u", "index": 2, "totalSplits": 2}),
        json!({"uid": "u", "index": 0}),
        json!({"uid": "", "index": 0, "totalSplits": 2}),
        json!({"index": 0, "totalSplits": 2}),
        json!({"uid": "u", "index": 0, "totalSplits": -2}),
    ] {
        let mut line = piece("u", 0, 2, "x");
        line["split"] = split.clone();
        let mut pieces = Pieces::new(ROOM);
        push(&mut pieces, &line, 0);
        assert_eq!(pieces.ready[0].order.as_deref(), Some(&b"no piece"[..]), "{split}");
    }
}

#[test]
fn one_uid_of_two_containers_is_of_two_entries() {
    let mut pieces = Pieces::new(ROOM);
    for (index, who) in [(0, 1), (0, 2), (1, 2), (1, 1)] {
        push(&mut pieces, &piece("u", index, 2, &format!("{who}.{index} ")), who);
    }
    assert_eq!(said(&pieces.ready), ["2.0 2.1  u-9", "1.0 1.1  u-9"]);
}

#[test]
fn pieces_that_stay_sort_by_their_places() {
    let mut pieces = Pieces::new(ROOM);
    for index in [10, 2, 300, 0] {
        push(&mut pieces, &piece("u", index, 400, "x"), 0);
    }
    pieces.end(None);
    let orders: Vec<_> = pieces.ready.iter().map(|ready| ready.order.clone().unwrap()).collect();
    assert!(orders.is_sorted() && orders.len() == 4, "{orders:?}");
}

#[test]
fn what_may_still_become_whole_waits_for_the_next_slice() {
    let mut pieces = Pieces::new(ROOM);
    let mut early = piece("early", 0, 2, "x");
    early["timestamp"] = json!("2024-12-19T06:59:59Z");
    push(&mut pieces, &early, 0);
    push(&mut pieces, &piece("u", 0, 2, "x"), 0);
    pieces.end(Stamp::parse("2024-12-19T07:00:00Z").map(|(stamp, _)| stamp));
    assert_eq!(said(&pieces.ready), ["[x early-9]"]);
    push(&mut pieces, &piece("u", 1, 2, "y"), 0);
    assert_eq!(said(&pieces.ready[1..]), ["xy u-9"]);
}

#[test]
fn memory_is_bounded_and_nothing_is_lost_beyond_it() {
    const ROOM: usize = 10_000;
    let mut pieces = Pieces::new(ROOM);
    for number in 0..1000 {
        push(&mut pieces, &piece(&format!("u{number:04}"), 0, 2, &"x".repeat(number * 17 % 12_000)), 0);
        assert!(pieces.held <= ROOM);
    }
    for number in 0..1000 {
        let uid = format!("done{number:04}");
        push(&mut pieces, &piece(&uid, 0, 2, "x"), 1);
        push(&mut pieces, &piece(&uid, 1, 2, "x"), 1);
        assert!(pieces.held <= ROOM);
    }
    pieces.end(None);
    let whole = pieces.ready.iter().filter(|ready| ready.order.is_none()).count();
    assert_eq!((pieces.ready.len(), whole, pieces.held), (2000, 1000, 0));
}

proptest! {
    #[test]
    fn whatever_comes_the_text_is_all_there(
        entries in prop::collection::vec(prop::collection::vec((any::<String>(), prop::bool::weighted(0.9), prop::bool::weighted(0.2)), 2..6), 1..5),
        shuffle in any::<prop::sample::Index>(),
    ) {
        let mut lines = Vec::new();
        let mut expected = Vec::new();
        let mut twins = 0;
        for (number, parts) in entries.iter().enumerate() {
            let uid = format!("u{number}");
            let total = parts.len() as u32;
            let mut texts = Vec::new();
            for (index, (text, is_there, is_twice)) in parts.iter().enumerate() {
                let line = piece(&uid, index as u32, total, text);
                if *is_there {
                    texts.push(format!("{text} {}", line["insertId"].as_str().unwrap()));
                    twins += u64::from(*is_twice);
                    lines.extend(std::iter::repeat_n(line, 1 + usize::from(*is_twice)));
                }
            }
            match texts.len() == parts.len() {
                true => expected.push(format!("{} {uid}-9", parts.iter().map(|(text, ..)| &**text).collect::<String>())),
                false => expected.extend(texts.into_iter().map(|text| format!("[{text}]"))),
            }
        }
        let step = [1, 3, 7, 11, 13].into_iter().cycle().skip(shuffle.index(5)).find(|step| lines.len() % step != 0 || *step == 1).unwrap();
        let lines: Vec<Value> = (0..lines.len()).map(|number| lines[number * step % lines.len()].clone()).collect();
        let (mut ready, dropped) = after(&lines);
        ready.sort();
        expected.sort();
        prop_assert_eq!((ready, dropped), (expected, twins));
    }
}
