//! Proves that every value and line of an input comes out once, with its line number, however the
//! input is cut into reads.

use proptest::prelude::*;
use proptest::sample::select;

use crate::entry::Control::End as Ended;

use super::super::values::MAX_LINE;
use super::Seen::{self, *};
use super::{cut, lengths, read_at_once, read_in_pieces};

/// What stands in an input, and what must come of it: line numbers count from the part's own first
/// line.
type Part = (&'static str, &'static [(u64, char, &'static str)]);

const PARTS: &[Part] = &[
    ("{\"a\":1}\n", &[(0, 'e', "{\"a\":1}")]),
    ("  {\"a\":1}\t\r\n", &[(0, 'e', "{\"a\":1}")]),
    ("{\"a\":1}{\"b\":2} {}\n", &[(0, 'e', "{\"a\":1}"), (0, 'e', "{\"b\":2}"), (0, 'e', "{}")]),
    ("{\n  \"a\": [\n    1\n  ]\n}\n", &[(0, 'e', "{\n  \"a\": [\n    1\n  ]\n}")]),
    ("{\r\n\"a\":1}{\"b\":\n2}\r\n", &[(0, 'e', "{\r\n\"a\":1}"), (1, 'e', "{\"b\":\n2}")]),
    ("[{\"a\":1},{\"b\":2}]\n", &[(0, 'e', "{\"a\":1}"), (0, 'e', "{\"b\":2}")]),
    ("[\n  {\n    \"a\": 1\n  },\n  {\"b\":2}\n]\n", &[(1, 'e', "{\n    \"a\": 1\n  }"), (4, 'e', "{\"b\":2}")]),
    ("[{\"a\":1}\n,{\"b\":2}\n,\n{\"c\":3}]\n", &[(0, 'e', "{\"a\":1}"), (1, 'e', "{\"b\":2}"), (3, 'e', "{\"c\":3}")]),
    ("[\n{\"a\":1},\n{bad},\n{\"c\":3}\n]\n", &[(1, 'e', "{\"a\":1}"), (2, 'p', "{bad},"), (3, 'e', "{\"c\":3}")]),
    (
        "[\n{\"a\":1},\n{\"b\":},\n{\"c\":3}\n]\n",
        &[(1, 'e', "{\"a\":1}"), (2, 'b', "{\"b\":},"), (3, 'e', "{\"c\":3}")],
    ),
    ("[{\"a\":1}][{\"b\":2}]\n", &[(0, 'e', "{\"a\":1}"), (0, 'e', "{\"b\":2}")]),
    ("hello\n", &[(0, 'p', "hello")]),
    ("hello\r\n\n \nyou\n", &[(0, 'p', "hello\r"), (1, 'p', ""), (2, 'p', " "), (3, 'p', "you")]),
    ("  indented \n", &[(0, 'p', "  indented ")]),
    ("[info] {\"a\":1}\n", &[(0, 'p', "[info] {\"a\":1}")]),
    ("[{\"a\":1} is text\n", &[(0, 'b', "[{\"a\":1} is text")]),
    ("[\ntext\n", &[(0, 'p', "["), (1, 'p', "text")]),
    ("[\n{\"a\":x}\n", &[(0, 'p', "["), (1, 'b', "{\"a\":x}")]),
    ("text\n[]\n", &[(0, 'p', "text"), (1, 'p', "[]")]),
    ("text\n], and\n", &[(0, 'p', "text"), (1, 'p', "], and")]),
    ("{text}\n", &[(0, 'p', "{text}")]),
    ("{\"a\":1} tail\n", &[(0, 'b', "{\"a\":1} tail")]),
    ("{\"a\":1},\n", &[(0, 'b', "{\"a\":1},")]),
    ("{\"a\":1} {\"b\":2} tail\n", &[(0, 'e', "{\"a\":1}"), (0, 'b', "{\"b\":2} tail")]),
    ("{\"a\" 1}\n", &[(0, 'b', "{\"a\" 1}")]),
    ("{\"a\":\"cut\ntext\n", &[(0, 'b', "{\"a\":\"cut"), (1, 'p', "text")]),
    ("{\"a\":[\n{\"b\":1}\n{\"c\":2}\n", &[(0, 'b', "{\"a\":["), (1, 'e', "{\"b\":1}"), (2, 'e', "{\"c\":2}")]),
    ("{\"a\":[\n{\"b\":[\n1,\nx\n", &[(0, 'b', "{\"a\":["), (1, 'b', "{\"b\":["), (2, 'p', "1,"), (3, 'p', "x")]),
    ("{\"a\":\n{\"b\":1\n}} tail\n", &[(0, 'b', "{\"a\":"), (1, 'b', "{\"b\":1"), (2, 'p', "}} tail")]),
    ("42\n\"text\"\nnull\n", &[(0, 'p', "42"), (1, 'p', "\"text\""), (2, 'p', "null")]),
    ("{\"lq\":{\"end\":true,\"entries\":0,\"pods\":{}}}\n", &[(0, 'c', "")]),
    ("{\"a\":\"ポッド \\ud83d\\ude00\"}\n", &[(0, 'e', "{\"a\":\"ポッド \\ud83d\\ude00\"}")]),
    ("{\"a\":\"\\ud800\",\"b\":\"\\udc00x\"}\n", &[(0, 'e', "{\"a\":\"\\ufffd\",\"b\":\"\\ufffdx\"}")]),
    ("{\"a\":\n\"\\ud83d\"}\n", &[(0, 'e', "{\"a\":\n\"\\ufffd\"}")]),
    ("{\"a\":\"\\ud800\" x\n", &[(0, 'b', "{\"a\":\"\\ud800\" x")]),
    ("{\"a long key\":\"\\ud800\"}\n\\ud800\n", &[(0, 'e', "{\"a long key\":\"\\ufffd\"}"), (1, 'p', "\\ud800")]),
    ("NUL \0 and DEL \u{7f}\n", &[(0, 'p', "NUL \0 and DEL \u{7f}")]),
];

/// How many lines of each part hold half a surrogate pair.
fn is_mended(part: &Part) -> bool {
    part.1.iter().any(|(_, _, text)| text.contains("\\ufffd"))
}

/// The parts one behind the other, and what must come of them.
fn assembled(parts: &[Part]) -> (String, Vec<Seen>, u64) {
    let mut input = String::new();
    let mut expected = Vec::new();
    let mut line = 1;
    for (text, items) in parts {
        input += text;
        expected.extend(items.iter().map(|(at, kind, text)| match kind {
            'e' => Entry(line + at, (*text).to_owned()),
            'p' => Plain(line + at, (*text).to_owned()),
            'b' => Broken(line + at, (*text).to_owned()),
            _ => Control(line + at, Ended),
        }));
        line += text.matches('\n').count() as u64;
    }
    (input, expected, parts.iter().filter(|part| is_mended(part)).count() as u64)
}

/// What may be read with other parts around it: nothing that swallows the next one, no array that
/// stays open.
fn stands_alone(part: &&Part) -> bool {
    !part.0.contains("bad") && !part.0.starts_with("[\n{\"a\":1},\n{\"b\":}")
}

#[test]
fn every_part_is_read_as_it_should_be() {
    for part in PARTS {
        let (input, expected, mended) = assembled(&[*part]);
        assert_eq!(read_at_once(input.as_bytes(), MAX_LINE), (expected.clone(), mended), "{input}");
        let without_end = input.trim_end_matches('\n');
        assert_eq!(read_at_once(without_end.as_bytes(), MAX_LINE).0, expected, "{without_end} without a line end");
        let with_mark = format!("\u{feff}{input}");
        assert_eq!(read_at_once(with_mark.as_bytes(), MAX_LINE).0, expected, "{input} behind a byte order mark");
        let one_by_one = input.bytes().flat_map(|byte| [vec![], vec![byte]]).collect();
        assert_eq!(read_in_pieces(one_by_one, MAX_LINE), (expected, mended), "{input} byte by byte");
    }
}

#[test]
fn an_array_whose_first_line_is_over_the_limit_is_text_however_it_is_cut() {
    let input = b"[\n{\"a\":1} and a rather long piece of text\n{\"b\":2}\n";
    let at_once = read_at_once(input, 20);
    assert_eq!(at_once.0[0], Plain(1, "[".to_owned()));
    assert_eq!(at_once.0.last(), Some(&Entry(3, "{\"b\":2}".to_owned())));
    for at in 0..input.len() {
        let (before, behind) = input.split_at(at);
        assert_eq!(read_in_pieces(vec![before.to_vec(), behind.to_vec()], 20), at_once, "cut at {at}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2048))]

    #[test]
    fn any_parts_come_out_however_they_are_cut(
        parts in prop::collection::vec(select(PARTS.iter().filter(stands_alone).copied().collect::<Vec<_>>()), 0..8),
        lengths in lengths(),
    ) {
        // Text and blank lines know what stood before them; an object in between makes parts independent.
        let object: Part = ("{\"end\":0}\n", &[(0, 'e', "{\"end\":0}")]);
        let parts: Vec<Part> = parts.into_iter().flat_map(|part| [part, object]).collect();
        let (input, expected, mended) = assembled(&parts);
        prop_assert_eq!(read_in_pieces(cut(input.as_bytes(), &lengths), MAX_LINE), (expected, mended), "{}", input);
    }

    #[test]
    fn any_bytes_come_out_the_same_however_they_are_cut(
        pieces in prop::collection::vec(piece(), 0..24),
        lengths in lengths(),
        max_line in prop_oneof![Just(MAX_LINE), 4usize..60],
    ) {
        let input = pieces.concat();
        let at_once = read_at_once(&input, max_line);
        let in_pieces = read_in_pieces(cut(&input, &lengths), max_line);
        prop_assert_eq!(in_pieces, at_once, "{}", String::from_utf8_lossy(&input));
    }

    #[test]
    fn plain_bytes_are_never_lost(lines in prop::collection::vec("[a-z(%\\t ]{0,12}é?", 1..12), lengths in lengths(), max_line in 1usize..16) {
        // The first line is no blank one, so that blank lines belong to the text.
        let input = format!("x{}\n", lines.join("\n"));
        let mut output = Vec::new();
        for item in read_in_pieces(cut(input.as_bytes(), &lengths), max_line).0 {
            match item {
                Plain(_, text) => output.extend_from_slice(text.as_bytes()),
                Long(_, bytes) => output.extend_from_slice(&bytes),
                other => prop_assert!(false, "{:?}", other),
            }
            output.push(b'\n');
        }
        let blank = |line: &&str| !line.trim_matches([' ', '\t', '\r']).is_empty();
        let text = String::from_utf8(output).unwrap();
        prop_assert_eq!(text.lines().filter(blank).collect::<Vec<_>>(), input.lines().filter(blank).collect::<Vec<_>>());
    }
}

/// Pieces of which anything may be put together.
fn piece() -> impl Strategy<Value = Vec<u8>> {
    const PIECES: &[&[u8]] = &[
        b"{\"a\":1}",
        b"{\"a\":",
        b"{",
        b"}",
        b"[",
        b"]",
        b",",
        b"\n",
        b"\n",
        b"\r\n",
        b"\n\n",
        b" ",
        b"text",
        b"\"x\"",
        b"1",
        b"\\ud800",
        b"{\"a\":\"\\ud800\"}",
        b"\xff",
        b"\xe3\x83",
        b"\xe3\x83\x9d",
        b"\0",
        b"\xef\xbb\xbf",
        b"{\"b\":[\n",
        b"]}\n",
        b"a rather long piece of text",
    ];
    select(PIECES).prop_map(<[u8]>::to_vec)
}
