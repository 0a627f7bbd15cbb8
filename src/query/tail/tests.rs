//! The last entries of each container against a model.

use std::collections::HashMap;

use super::*;
use crate::entry::stamp::Stamp;

/// The numbers of the entries that stay of `count` ones, which containers write in turn and by heaps.
fn kept(most: u64, memory: usize, count: u32, container: impl Fn(u32) -> u32) -> Vec<u32> {
    let mut tail = Tail::new(most, memory);
    for number in 0..count {
        let (line, stamp) = (number.to_le_bytes(), Stamp { secs: i64::from(number), nanos: number });
        let entry = Sorted { stamp, who: 7, container: container(number), insert_id: b"id", line: &line };
        tail.push(&entry).unwrap();
        assert!(tail.total <= 2 * tail.wanted + SLACK);
    }
    let mut kept = Vec::new();
    let take = |entry: Sorted| {
        let number = u32::from_le_bytes(entry.line.try_into().unwrap());
        assert_eq!((entry.stamp.nanos, entry.container), (number, container(number)));
        kept.push(number);
        Ok(ControlFlow::Continue(()))
    };
    tail.finish(take).unwrap();
    kept
}

#[test]
fn the_last_ones_of_each_container_stay_in_order() {
    let heaps = |number: u32| if number < 15_000 { 0 } else { 1 + number % 3 };
    for most in [0, 1, 5, 4_000, 50_000, u64::MAX] {
        for memory in [0, 1 << 12, 1 << 24] {
            let mut behind: HashMap<u32, u64> = HashMap::new();
            let mut expected: Vec<u32> = (0..20_000)
                .rev()
                .filter(|number| {
                    let count = behind.entry(heaps(*number)).or_default();
                    *count += 1;
                    *count <= most
                })
                .collect();
            expected.reverse();
            assert!(kept(most, memory, 20_000, heaps) == expected, "--tail {most} in {memory} bytes");
        }
    }
}

#[test]
fn nothing_leaves_nothing() {
    assert!(kept(5, 0, 0, |_| 0).is_empty());
}
