//! What is written arrives, in its order; what is not, is told.

use std::io::{ErrorKind, Read, Seek};

use proptest::prelude::*;

use super::*;

/// Bytes that tell where they stand.
fn bytes(length: usize, from: usize) -> Vec<u8> {
    (from..from + length).map(|n| (n % 251) as u8).collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 50, failure_persistence: None, ..ProptestConfig::default() })]

    /// Pieces of any length, some with a flush behind them: then all is there.
    #[test]
    fn what_is_flushed_is_there(pieces in prop::collection::vec((0..3 * BUFFER, prop::bool::weighted(0.2)), 0..12)) {
        let mut file = tempfile::tempfile().unwrap();
        let mut outlet = Outlet::new(file.try_clone().unwrap());
        let mut written = 0;
        let last = pieces.len();
        for (number, (length, is_flushed)) in pieces.into_iter().enumerate() {
            outlet.write_all(&bytes(length, written)).unwrap();
            written += length;
            if is_flushed || number + 1 == last {
                outlet.flush().unwrap();
                prop_assert_eq!(file.metadata().unwrap().len(), written as u64);
            }
        }
        let mut there = Vec::new();
        file.rewind().unwrap();
        file.read_to_end(&mut there).unwrap();
        prop_assert!(there == bytes(written, 0));
    }
}

#[test]
fn the_thread_begins_with_the_second_buffer() {
    for (length, is_here) in [(0, true), (1, true), (BUFFER, true), (BUFFER + 1, true), (2 * BUFFER + 1, false)] {
        let mut outlet = Outlet::new(tempfile::tempfile().unwrap());
        outlet.write_all(&bytes(length, 0)).unwrap();
        assert_eq!(matches!(outlet.pen, Pen::Here(_)), is_here, "{length}");
    }
}

#[test]
fn lines_are_written_whole() {
    let file = tempfile::tempfile().unwrap();
    let mut outlet = Outlet::new(file.try_clone().unwrap());
    for lines in 1..500u64 {
        outlet.write_all(&[b'x'; 1000]).unwrap();
        if let Pen::There(scribe) = &mut outlet.pen {
            scribe.wait(0).unwrap();
        }
        // 65 fit into a buffer; they are written when one more comes.
        assert_eq!(file.metadata().unwrap().len(), (lines - 1) / 65 * 65_000);
    }
}

#[test]
fn no_more_is_held_than_is_said() {
    let (mut read, write) = io::pipe().unwrap();
    let mut outlet = Outlet::new(File::from(std::os::fd::OwnedFd::from(write)));
    let reader = thread::spawn(move || read.read_to_end(&mut Vec::new()).unwrap());
    for _ in 0..20 {
        outlet.write_all(&bytes(BUFFER, 0)).unwrap();
        let Pen::There(scribe) = &outlet.pen else { continue };
        assert!(scribe.away * BUFFER + outlet.buffer.len() <= HELD);
    }
    outlet.flush().unwrap();
    drop(outlet);
    assert_eq!(reader.join().unwrap(), 20 * BUFFER);
}

/// Writes until it fails, then flushes, then writes again.
fn kinds(mut outlet: Outlet) -> [ErrorKind; 3] {
    let piece = bytes(BUFFER, 0);
    let first = (0..1000).find_map(|_| outlet.write_all(&piece).err()).expect("an error");
    [first, outlet.flush().unwrap_err(), outlet.write_all(&piece).unwrap_err()].map(|error| error.kind())
}

#[test]
fn a_reader_that_leaves_is_noticed_in_either_thread() {
    for buffers in [0, 5] {
        let (mut read, write) = io::pipe().unwrap();
        let reader = thread::spawn(move || read.read_exact(&mut vec![0; buffers * BUFFER]).unwrap());
        assert_eq!(kinds(Outlet::new(File::from(std::os::fd::OwnedFd::from(write)))), [ErrorKind::BrokenPipe; 3]);
        reader.join().unwrap();
    }
}

#[test]
#[cfg(target_os = "linux")]
fn a_full_disk_is_told_at_the_latest_by_the_flush() {
    let full = || Outlet::new(File::options().write(true).open("/dev/full").unwrap());
    assert_eq!(kinds(full()), [ErrorKind::StorageFull; 3]);
    let mut little = full();
    little.write_all(b"little").unwrap();
    assert_eq!(little.flush().unwrap_err().kind(), ErrorKind::StorageFull);
}
