//! Inputs that cost a careless reader minutes or gigabytes. That these tests end in seconds is what
//! they prove, beside what they say.

use std::io::{Cursor, Read};

use super::super::lines::{Fill, Lines};
use super::super::values::{Item, MAX_LINE, Values};

/// Counts the items of an input that comes in pieces of 64 KiB at most: entries, plain lines, broken
/// lines, pieces of lines over the limit.
fn counted(bytes: Vec<u8>, max_line: usize) -> [usize; 4] {
    struct Slow(Cursor<Vec<u8>>);
    impl Read for Slow {
        fn read(&mut self, buf: &mut [u8]) -> std::io::Result<usize> {
            let n = buf.len().min(64 << 10);
            self.0.read(&mut buf[..n])
        }
    }
    let mut values = Values::new(Box::new(Slow(Cursor::new(bytes))), max_line);
    let mut counts = [0; 4];
    while let Some(item) = values.next().unwrap() {
        let kind = match item {
            Item::Entry(_) => 0,
            Item::Plain(_) => 1,
            Item::Broken(..) => 2,
            Item::Long { .. } => 3,
            Item::Control(_) | Item::Dry => continue,
        };
        counts[kind] += 1;
    }
    counts
}

#[test]
fn lines_that_open_and_never_close() {
    let lines = (16 << 20) / 7;
    assert_eq!(counted("{\"a\":[\n".repeat(lines).into_bytes(), MAX_LINE), [0, 0, lines, 0]);
    assert_eq!(counted("{\n".repeat(lines).into_bytes(), MAX_LINE), [0, 0, lines, 0]);
    assert_eq!(counted("[\n".repeat(lines).into_bytes(), MAX_LINE), [0, lines, 0, 0]);
}

#[test]
fn many_that_open_around_much_that_follows() {
    let filler = "1,\n".repeat(4 << 20);
    let opened = "{\"a\":[\n".repeat(250);
    for end in ["", "x\n", "]\n}\n"] {
        let [entries, plain, broken, long] = counted(format!("{opened}{filler}{end}").into_bytes(), MAX_LINE);
        assert_eq!((entries, broken, long), (0, 250, 0), "{end:?}");
        assert_eq!(plain, (4 << 20) + end.lines().count(), "{end:?}");
    }
    let closed = format!("{opened}{filler}1{} junk\n", "]}".repeat(250));
    assert_eq!(counted(closed.into_bytes(), MAX_LINE), [0, (4 << 20) + 1, 250, 0]);
    // The limit is met again and again.
    let [entries, plain, broken, long] = counted(format!("{opened}{filler}").repeat(2).into_bytes(), 1 << 20);
    assert_eq!([entries, plain, broken, long], [0, 8 << 20, 500, 0]);
}

#[test]
fn a_large_value_over_many_lines() {
    let value = format!("{{\n  \"a\": [\n{}    0\n  ]\n}}\n", "    12345678,\n".repeat(16 << 16));
    assert_eq!(counted(value.into_bytes(), MAX_LINE), [1, 0, 0, 0]);
}

#[test]
fn a_hundred_thousand_levels() {
    let deep = 100_000;
    let one_line = format!("{{\"a\":{}1{}}}\n", "[".repeat(deep), "]".repeat(deep));
    assert_eq!(counted(one_line.into_bytes(), MAX_LINE), [0, 0, 1, 0]);
    let lines = format!("{}1\n{}", "{\"a\":\n".repeat(deep), "}\n".repeat(deep));
    let [entries, plain, broken, _] = counted(lines.into_bytes(), MAX_LINE);
    assert!(entries <= 1 && entries + broken <= deep);
    assert!(plain >= deep + 1 - 513 && plain <= deep + 1);
}

#[test]
fn a_million_halves_of_surrogate_pairs() {
    let line = format!("{{\"a\":\"{}\"}}\n", "\\ud800".repeat(1_000_000));
    assert_eq!(counted(line.into_bytes(), MAX_LINE), [1, 0, 0, 0]);
    let lines = format!("{{\"a\":[\n{}1]}}\n", "\"\\ud800\",\n".repeat(1_000_000));
    assert_eq!(counted(lines.into_bytes(), MAX_LINE), [1, 0, 0, 0]);
}

#[test]
fn a_million_keys_and_values() {
    let keys: Vec<String> = (0..1_000_000).map(|i| format!("\"k{i}\":{i}")).collect();
    let line = format!("{{\"message\":\"m\",\"pod\":\"p\",{}}}", keys.join(","));
    assert_eq!(crate::entry::scan::object(line.as_bytes(), &mut Default::default()), Ok(line.len()));
    let mut spans = Default::default();
    let entry = crate::entry::Entry::parse(&line, &mut spans).unwrap();
    let mut out = Vec::new();
    crate::entry::write::entry(&entry, &Default::default(), &mut out);
    assert_eq!(out.len(), line.len());
    assert_eq!(counted("{}".repeat(1_000_000).into_bytes(), MAX_LINE), [1_000_000, 0, 0, 0]);
    assert_eq!(counted(format!("[{}{{}}]", "{},".repeat(1_000_000)).into_bytes(), MAX_LINE), [1_000_001, 0, 0, 0]);
}

#[test]
fn blanks_without_end() {
    let blank = "\n".repeat(16 << 20);
    assert_eq!(counted(format!("[{blank}").into_bytes(), 1 << 20), [0, 16 << 20, 0, 0]);
    assert_eq!(counted(blank.into_bytes(), MAX_LINE), [0; 4]);
    assert_eq!(counted(" ".repeat(16 << 20).into_bytes(), MAX_LINE), [0; 4]);
}

#[test]
fn a_line_without_end_takes_no_memory() {
    let limit = 1 << 20;
    let endless = std::io::repeat(b'x').take(64 << 20).chain(Cursor::new(b"\nshort\n"));
    let mut lines = Lines::new(Box::new(endless), limit);
    let mut pieces = 0;
    while let Fill::Long = lines.fill(0).unwrap() {
        let (start, end, last) = lines.take_piece();
        pieces += end - start;
        assert!(lines.buf.capacity() <= 4 * limit, "{}", lines.buf.capacity());
        if last {
            break;
        }
    }
    assert_eq!(pieces, 64 << 20);
    assert_eq!(&lines.buf[lines.at..lines.whole], b"short\n");
}

#[test]
fn the_memory_of_a_long_line_is_given_back() {
    let input = "x".repeat(40 << 20) + "\n" + &"short\n".repeat(1 << 20);
    let mut lines = Lines::new(Box::new(Cursor::new(input)), MAX_LINE);
    let mut most = 0;
    while let Fill::More = lines.fill(0).unwrap() {
        most = most.max(lines.buf.capacity());
        lines.at = lines.whole;
    }
    assert!(most < (40 << 20) + (24 << 20), "{most}");
    assert!(lines.buf.capacity() <= 1 << 20, "{}", lines.buf.capacity());
}
