//! Order against a model: the same by the simplest means.

use std::cell::RefCell;
use std::ops::ControlFlow;

use proptest::prelude::*;

use super::*;
use crate::source::{Row, Spare};

/// An entry as the model has it; `line` tells which it is.
#[derive(Clone, Debug, PartialEq)]
struct Item {
    stamp: Stamp,
    id: &'static str,
    who: u32,
    line: String,
}

/// A block of these.
fn block(items: &[Item]) -> Block {
    let mut block = Block::default();
    for item in items {
        let row = Row::new(item.stamp, item.who, item.who);
        block.push(row, item.id.as_bytes(), |out| out.extend_from_slice(item.line.as_bytes()));
    }
    block
}

fn stamp(secs: i64) -> Stamp {
    Stamp { secs, nanos: (secs % 3) as u32 }
}

/// What is drained of `order`.
fn drained(order: &mut Order, limit: Option<Stamp>) -> Vec<String> {
    let lines = RefCell::new(Vec::new());
    let flow = order.drain(limit, |entry| {
        lines.borrow_mut().push(String::from_utf8(entry.line.to_vec()).unwrap());
        Ok(ControlFlow::Continue(()))
    });
    assert!(flow.unwrap().is_continue());
    lines.into_inner()
}

/// The same by the simplest means. `held` keeps what lies behind the limit, in the order of input.
fn model(held: &mut Vec<Item>, limit: Option<Stamp>) -> Vec<String> {
    let (mut out, rest) =
        std::mem::take(held).into_iter().partition::<Vec<_>, _>(|item| limit.is_none_or(|l| item.stamp < l));
    *held = rest;
    out.sort_by_key(|item| (item.stamp, item.id));
    let mut seen: Vec<Item> = Vec::new();
    for item in out {
        let is_twin = |other: &Item| (other.stamp, other.id, other.who) == (item.stamp, item.id, item.who);
        if item.id.is_empty() || !seen.iter().any(is_twin) {
            seen.push(item);
        }
    }
    seen.into_iter().map(|item| item.line).collect()
}

/// Slices: blocks of entries, and where each slice ends.
fn slices() -> impl Strategy<Value = Vec<(Vec<Vec<Item>>, i64)>> {
    let id = prop::sample::select(vec!["", "", "a", "b", "ab"]);
    let item =
        (0..12i64, id, 0..2u32).prop_map(|(secs, id, who)| Item { stamp: stamp(secs), id, who, line: String::new() });
    let block = prop::collection::vec(item, 1..6);
    let slice = (prop::collection::vec(block, 0..20), 0..14i64);
    let number = |mut slices: Vec<(Vec<Vec<Item>>, i64)>| {
        let items = slices.iter_mut().flat_map(|(blocks, _)| blocks).flatten();
        items.enumerate().for_each(|(number, item)| item.line = number.to_string());
        slices
    };
    prop::collection::vec(slice, 1..6).prop_map(number)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]

    /// With no memory at all every block is a run, and two are merged at a time. Of long lines some are in runs, and
    /// the last ones in memory.
    #[test]
    fn order_is_that_of_the_model(
        slices in slices(),
        (memory, length) in prop::sample::select(vec![(0, 1), (2_000, 1), (1 << 20, 1), (1 << 20, 30_000)]),
    ) {
        let mut order = Order::new(memory, Spare::default());
        let mut held = Vec::new();
        let last = slices.len() - 1;
        for (number, (blocks, end)) in slices.into_iter().enumerate() {
            for mut items in blocks {
                items.iter_mut().for_each(|item| item.line = format!("{:>length$}", item.line));
                order.push(block(&items)).unwrap();
                held.extend(items);
            }
            let limit = (number < last).then(|| stamp(end));
            prop_assert_eq!(drained(&mut order, limit), model(&mut held, limit));
        }
        prop_assert_eq!((order.held, order.blocks.len(), order.runs.len()), (0, 0, 0));
    }
}

#[test]
fn what_is_in_memory_at_the_end_does_not_go_to_the_disk() {
    let mut order = Order::new(2 << 20, Spare::default());
    let long = |n: usize| Item { stamp: stamp(9 - n as i64), id: "", who: 0, line: n.to_string().repeat(300 << 10) };
    for n in 0..7 {
        order.push(block(&[long(n)])).unwrap();
    }
    order.end_spilling().unwrap();
    assert_eq!((order.runs.len(), order.blocks.len()), (1, 3));
    order.folder = "/dev/null".into();
    let out = drained(&mut order, None);
    assert!(out.iter().map(|line| &line[..1]).eq(["6", "5", "4", "3", "2", "1", "0"]));
}

#[test]
fn more_runs_than_are_merged_at_once_keep_the_order_of_equal_entries() {
    let mut order = Order::new(0, Spare::default());
    let equal = |line: usize| Item { stamp: stamp(1), id: "", who: 0, line: line.to_string() };
    for line in 0..3 * MOST_RUNS {
        order.push(block(&[equal(line)])).unwrap();
        assert!(order.runs.len() < order.most_runs, "{line}");
    }
    assert_eq!(drained(&mut order, None), (0..3 * MOST_RUNS).map(|line| line.to_string()).collect::<Vec<_>>());
}

#[test]
fn lines_longer_than_the_memory_are_sorted_too() {
    let mut order = Order::new(64 << 10, Spare::default());
    let long = |n: usize| Item { stamp: stamp(9 - n as i64), id: "x", who: 0, line: n.to_string().repeat(3 << 20) };
    for n in 0..6 {
        order.push(block(&[long(n)])).unwrap();
    }
    let out = drained(&mut order, None);
    assert!(out.iter().map(|line| &line[..1]).eq(["5", "4", "3", "2", "1", "0"]));
    assert!(out.iter().all(|line| line.len() == 3 << 20));
}

#[test]
fn what_breaks_off_gets_no_more() {
    for memory in [0, 1 << 20] {
        let mut order = Order::new(memory, Spare::default());
        let item = |n: i64| Item { stamp: stamp(n), id: "", who: 0, line: n.to_string() };
        order.push(block(&[item(3), item(1)])).unwrap();
        order.push(block(&[item(2)])).unwrap();
        let mut lines = Vec::new();
        let flow = order.drain(None, |entry| {
            lines.push(entry.line.to_vec());
            Ok(if lines.len() == 2 { ControlFlow::Break(()) } else { ControlFlow::Continue(()) })
        });
        assert!(flow.unwrap().is_break());
        assert_eq!(lines, [b"1", b"2"]);
    }
}

#[test]
fn twins_are_counted() {
    let mut order = Order::new(1 << 20, Spare::default());
    let item = |id, who| Item { stamp: stamp(1), id, who, line: "x".into() };
    order.push(block(&[item("a", 0), item("a", 1), item("a", 0), item("", 0), item("", 0), item("b", 0)])).unwrap();
    assert_eq!(drained(&mut order, None).len(), 5);
    assert_eq!(order.twins, 1);
}

#[test]
fn blocks_of_the_usual_length_are_filled_again_and_no_more_of_them_than_are_sorted_at_a_time() {
    let spare = Spare::default();
    let block = |bytes| Block { bytes: Vec::with_capacity(bytes), rows: Vec::new() };
    spare.put([block(40 << 20), block(1 << 20)]);
    assert_eq!(spare.take().map(|block| block.size()), Some(1 << 20));
    assert!(spare.take().is_none());
    spare.put((0..1000).map(|_| block(1)));
    assert_eq!(std::iter::from_fn(|| spare.take()).count(), 32);
}
