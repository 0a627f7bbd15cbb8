//! Proves that files and pipes are read through any compression, that a cut or dry input loses
//! nothing, and that a signal is heard.

use std::fs::File;
use std::io::{self, Cursor, PipeReader, Read, Write};
use std::os::fd::OwnedFd;

use super::super::values::{Item, MAX_LINE, Values};
use super::super::{Dry, Patience, Stopped, Unpack};
use super::Seen::{self, *};
use super::all;

#[test]
fn an_error_comes_behind_all_that_was_read() {
    struct Fails(Cursor<&'static [u8]>);
    impl Read for Fails {
        fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
            match self.0.read(buf)? {
                0 => Err(io::ErrorKind::ConnectionReset.into()),
                n => Ok(n),
            }
        }
    }
    let mut values = Values::new(Box::new(Fails(Cursor::new(b"{\"a\":1}\ntext\n{\"b\":"))), MAX_LINE);
    let expected = [
        Entry(1, "{\"a\":1}".into()),
        Plain(2, "text".into()),
        Broken(3, "{\"b\":".into()),
        Failed(io::ErrorKind::ConnectionReset),
    ];
    assert_eq!(all(&mut values), expected);
    assert!(matches!(values.next(), Ok(None)), "and then it is over");
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

fn opened(bytes: &[u8]) -> Vec<Seen> {
    let mut file = tempfile::NamedTempFile::new().unwrap();
    file.write_all(bytes).unwrap();
    let read = super::super::open(file.path(), Patience::default()).unwrap();
    all(&mut Values::new(read, MAX_LINE))
}

#[test]
fn compressed_files_are_known_by_their_magic() {
    let [a, b] = [b"{\"a\":1}\nhalf ".as_slice(), b"a line\n"];
    let zstd = |bytes: &[u8]| zstd::encode_all(bytes, 1).unwrap();
    let expected = [Entry(1, "{\"a\":1}".into()), Plain(2, "half a line".into())];
    let cases = [
        ("plain", [a, b].concat()),
        ("one gzip member", gzip(&[a, b].concat())),
        ("gzip members", [gzip(a), gzip(b"".as_slice()), gzip(b)].concat()),
        ("one zstd frame", zstd(&[a, b].concat())),
        ("zstd frames", [zstd(a), zstd(b)].concat()),
    ];
    for (name, bytes) in cases {
        assert_eq!(opened(&bytes), expected, "{name}");
    }
    for (name, bytes) in
        [("nothing", b"".as_slice()), ("an empty gzip file", &gzip(b"")), ("an empty zstd file", &zstd(&b""[..]))]
    {
        assert_eq!(opened(bytes), [], "{name}");
    }
    for (text, item) in [("\u{1f}", "\u{1f}"), ("(", "("), ("\u{1f}x", "\u{1f}x")] {
        assert_eq!(opened(text.as_bytes()), [Plain(1, item.into())], "half a magic is text");
    }
}

#[test]
fn a_cut_file_gives_what_it_has_and_then_an_error() {
    let lines: Vec<String> =
        (0..2000u64).map(|i| format!("{{\"i\":{i},\"x\":\"{:x}\"}}", i * 7_919_111 % 65_537)).collect();
    let text = lines.join("\n") + "\n";
    let frame = zstd::encode_all(text.as_bytes(), 1).unwrap();
    for whole in [gzip(text.as_bytes()), frame] {
        let seen = opened(&whole[..whole.len() - 5]);
        let (last, before) = seen.split_last().unwrap();
        assert_eq!(*last, Failed(io::ErrorKind::UnexpectedEof));
        let complete = before.iter().filter(|item| matches!(item, Entry(..))).count();
        assert!(before.len() - complete <= 1, "at most the line that was cut is broken");
        for (i, item) in before[..complete].iter().enumerate() {
            assert_eq!(*item, Entry(i as u64 + 1, lines[i].clone()));
        }
    }
    let gz = gzip(text.as_bytes());
    assert_eq!(opened(&gz[..gz.len() - 5]).len(), lines.len() + 1, "only the checksum was cut: all lines are there");
}

/// Reads a pipe that says it is dry after a moment.
fn live(pipe: PipeReader, stop: Option<OwnedFd>) -> Values {
    let dry = Dry::new(File::from(OwnedFd::from(pipe)), Patience { millis: Some(1), stop }).unwrap();
    Values::new(Box::new(Unpack::new(dry)), MAX_LINE)
}

#[test]
fn a_pipe_that_runs_dry_says_so_once() {
    let (reader, mut writer) = io::pipe().unwrap();
    writer.write_all(b"{").unwrap(); // enough to see that it is not compressed
    let mut values = live(reader, None);
    assert!(matches!(values.next(), Ok(Some(Item::Dry))));
    writer.write_all(b"\"a\":1}\n{\n\"b\":").unwrap();
    let Ok(Some(Item::Entry(entry))) = values.next() else { panic!("no entry") };
    assert_eq!(entry.line(), "{\"a\":1}");
    assert!(matches!(values.next(), Ok(Some(Item::Dry))));
    writer.write_all(b"2\n}\n").unwrap();
    let mut next = values.next();
    if matches!(next, Ok(Some(Item::Dry))) {
        next = values.next();
    }
    let Ok(Some(Item::Entry(entry))) = next else { panic!("no entry") };
    assert_eq!(entry.line(), "{\n\"b\":2\n}");
    drop(writer);
    while let Some(item) = values.next().unwrap() {
        assert!(matches!(item, Item::Dry));
    }
}

#[test]
fn a_signal_calls_the_reader_away_and_back() {
    let (reader, mut writer) = io::pipe().unwrap();
    let (mut wake, mut waker) = io::pipe().unwrap();
    writer.write_all(b"{\"a\":1}\n{\"b\"").unwrap();
    let mut values = live(reader, Some(wake.try_clone().unwrap().into()));
    waker.write_all(b"!").unwrap();
    let error = values.next().unwrap_err();
    assert!(Stopped::is(&error), "{error}");
    wake.read_exact(&mut [0]).unwrap();
    writer.write_all(b":2}\n").unwrap();
    drop(writer);
    assert_eq!(all(&mut values), [Entry(1, "{\"a\":1}".into()), Entry(2, "{\"b\":2}".into())]);
}

#[test]
fn compressed_pipes_may_run_dry_too() {
    let text = b"{\"a\":1}\n".repeat(1000);
    for bytes in [gzip(&text), zstd::encode_all(&text[..], 1).unwrap()] {
        let (reader, mut writer) = io::pipe().unwrap();
        let (head, tail) = bytes.split_at(bytes.len() / 2);
        writer.write_all(head).unwrap();
        let mut values = live(reader, None);
        let mut entries = 0;
        while !matches!(values.next().unwrap(), Some(Item::Dry)) {
            entries += 1;
        }
        writer.write_all(tail).unwrap();
        drop(writer);
        assert_eq!(entries + all(&mut values).len(), 1000);
    }
}

#[test]
fn a_folder_is_no_input() {
    let folder = tempfile::tempdir().unwrap();
    let error = super::super::open(folder.path(), Patience::default()).map(drop).unwrap_err();
    assert_eq!(error.kind(), io::ErrorKind::IsADirectory);
}

#[test]
fn a_pipe_that_somebody_made_non_blocking_is_waited_for() {
    let (reader, mut writer) = io::pipe().unwrap();
    rustix::io::ioctl_fionbio(&reader, true).unwrap();
    let dry = Dry::new(File::from(OwnedFd::from(reader)), Patience::default()).unwrap();
    let writing = std::thread::spawn(move || {
        for byte in b"{\"a\":1}\n" {
            std::thread::yield_now();
            writer.write_all(&[*byte]).unwrap();
        }
    });
    let mut values = Values::new(Box::new(dry), MAX_LINE);
    let Ok(Some(Item::Entry(entry))) = values.next() else { panic!("no entry") };
    assert_eq!(entry.line(), "{\"a\":1}");
    writing.join().unwrap();
}
