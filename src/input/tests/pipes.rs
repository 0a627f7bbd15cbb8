//! Inputs that come in pieces, of lines and of all that only looks like lines.

use std::io::{self, Cursor, Read};

use proptest::prelude::*;
use proptest::sample::select;

/// Gives a few bytes at a time, is dry now and then, and breaks at its end if it is to.
#[derive(Clone, Debug)]
pub(crate) struct Pipe {
    bytes: Cursor<Vec<u8>>,
    /// How many bytes come at once; 0: none, more may follow.
    pace: Vec<usize>,
    turn: usize,
    breaks: bool,
}

impl Pipe {
    /// The same in one piece.
    pub(crate) fn at_once(self) -> Self {
        Pipe { pace: vec![1 << 20], ..self }
    }
}

impl Read for Pipe {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        self.turn += 1;
        let much = self.pace[self.turn % self.pace.len()].min(buf.len());
        match self.bytes.read(&mut buf[..much])? {
            0 if much == 0 => Err(io::ErrorKind::WouldBlock.into()),
            0 if self.breaks => Err(io::ErrorKind::UnexpectedEof.into()),
            read => Ok(read),
        }
    }
}

/// A line, or what only looks like one, or a part of one.
fn piece() -> impl Strategy<Value = Vec<u8>> {
    let text = "[a-z{}\\[\\],:\"\\\\ é東]{0,12}";
    let entry = |text: String| {
        let text = serde_json::Value::String(text);
        format!(r#"{{"timestamp":"2026-11-21T07:00:00Z","severity":"INFO","pod":"web-1","message":{text}}}"#)
    };
    prop_oneof![
        8 => text.prop_map(move |text| entry(text) + "\n"),
        2 => text.prop_map(move |text| entry(text) + "\r\n"),
        2 => text.prop_map(entry),
        4 => text.prop_map(|text| text + "\n"),
        3 => select(&[
            "\n", "  \n", "\r\n", "[\n", "]\n", "[]\n", "[", "]", ",\n", "{", "}\n", "{\"a\":\n", "[1]\n", "\u{feff}", "[ \n ]\n",
            "{\n \"message\": \"laid out\",\n \"pod\": \"b\"\n}\n", "{\"a\":{\n\"b\":{\"c\":1}\n", "{\"msg\":\"\\ud800\"}{\"msg\":\"\\udc00\"}\n",
            "[{\"msg\":\"one\"},\n{\"msg\":\"\\ud800\"},\n{\"msg\":\"three\"}]\n", "\tat a.b(c)\n", "{\"msg\":1} x\n",
            "{\"lq\":{\"failed\":\"why\"}}\n", "{\"lq\":{\"end\":true,\"entries\":1,\"pods\":{}}}\n",
            "{\"level\":\"warn\",\"msg\":\"slow\",\"ms\":5,\"a\":{\"b\":\"c\\nd\"}}\n",
        ][..]).prop_map(str::to_owned),
        1 => Just("x".repeat(70) + "\n"),
        1 => Just(format!("{{\"msg\":\"{}\"}}\n", "é".repeat(40))),
    ]
    .prop_map(String::into_bytes)
    .prop_flat_map(|piece| {
        let broken = [&piece[..piece.len() / 2], b"\xff\xc3", &piece[piece.len() / 2..]].concat();
        prop_oneof![12 => Just(piece), 1 => Just(broken)]
    })
}

pub(crate) fn pipe() -> impl Strategy<Value = Pipe> {
    let bytes = proptest::collection::vec(piece(), 0..40).prop_map(|pieces| pieces.concat());
    let pace = prop_oneof![2 => Just(vec![1 << 20]), 1 => proptest::collection::vec(0usize..60, 0..5)];
    (bytes, pace, proptest::bool::weighted(0.1)).prop_map(|(bytes, mut pace, breaks)| {
        pace.push(37);
        Pipe { bytes: Cursor::new(bytes), pace, turn: 0, breaks }
    })
}
