//! Whatever the cuts, each row comes out exactly once.

use proptest::prelude::*;
use tonic::Code;

use super::{patient, read, serving};
use crate::source::bigquery::scripted_storage::rows::numbers;
use crate::source::bigquery::scripted_storage::{Fault, Server, Stream, Table, fault};

/// Seven rows in three batches.
fn stream() -> Stream {
    Stream::of([numbers(0..3), numbers(3..4), numbers(4..7)])
}

#[tokio::test]
async fn a_stream_goes_on_where_it_was_cut_at_every_row() {
    for row in 0..=7 {
        let server = serving(stream().fault(fault::cut_behind(row)));
        assert_eq!(read(&patient(&server)).await, Ok((0..7).collect()), "{row}");
        assert_eq!(server.told(), ["stdout/0@0".to_owned(), format!("stdout/0@{row}")]);
    }
}

#[tokio::test]
async fn a_call_that_a_proxy_has_ended_goes_on_at_every_row() {
    for row in 0..=7 {
        let server = serving(stream().fault(fault::torn_off_behind(row)));
        assert_eq!(read(&patient(&server)).await, Ok((0..7).collect()), "{row}");
        assert_eq!(server.told(), ["stdout/0@0".to_owned(), format!("stdout/0@{row}")]);
    }
}

#[tokio::test]
async fn half_a_message_is_none() {
    for row in 0..7 {
        for fault in [fault::torn_off_behind(row), fault::reset_behind(row), fault::closed_behind(row)] {
            let server = serving(stream().fault(fault.clone().within_a_message()));
            assert_eq!(read(&patient(&server)).await, Ok((0..7).collect()), "{fault:?}");
        }
    }
}

#[tokio::test]
async fn a_connection_that_is_lost_is_made_again_for_all_streams() {
    let lost = |from: i64| Stream::of([numbers(from..from + 5)]).fault(fault::closed_behind(3));
    let table = [0, 5, 10, 15].into_iter().fold(Table::new(super::STDOUT), |table, from| table.stream(lost(from)));
    let server = Server::start([table]);
    assert_eq!(read(&patient(&server)).await, Ok((0..20).collect()));
    assert!(server.connections() > 1);
}

#[tokio::test]
async fn a_stream_is_resumed_any_number_of_times_as_long_as_rows_come() {
    let stream = (1..=60).fold(Stream::of([numbers(0..60)]), |stream, row| stream.fault(fault::cut_behind(row)));
    let server = serving(stream);
    assert_eq!(read(&patient(&server)).await, Ok((0..60).collect()));
    assert_eq!(server.reads().len(), 61);
}

/// Where, how, and whether half a message follows.
fn faults() -> impl Strategy<Value = Vec<(u64, u8, bool)>> {
    proptest::collection::vec((0..30u64, 0..4u8, any::<bool>()), 0..5)
}

fn fault((row, kind, is_torn): (u64, u8, bool)) -> Fault {
    let fault = match kind {
        0 => fault::status_behind(row, Code::Unavailable, "later"),
        1 => fault::torn_off_behind(row),
        2 => fault::reset_behind(row),
        _ => fault::closed_behind(row),
    };
    // What is torn cannot end in order.
    if is_torn && kind > 0 { fault.within_a_message() } else { fault }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 40, ..ProptestConfig::default() })]
    #[test]
    fn whatever_the_cuts_each_row_comes_out_exactly_once(
        streams in proptest::collection::vec((proptest::collection::vec(0..9i64, 0..4), faults()), 0..4),
    ) {
        let mut next = 0;
        let mut table = Table::new(super::STDOUT);
        for (batches, mut cuts) in streams {
            // Each further one behind the last: one that does not come further is waited for.
            cuts.sort_unstable();
            cuts.dedup_by_key(|cut| cut.0);
            let batches = batches.into_iter().map(|rows| {
                next += rows;
                numbers(next - rows..next)
            });
            let stream = Stream::of(batches.collect::<Vec<_>>());
            table = table.stream(cuts.into_iter().map(fault).fold(stream, Stream::fault));
        }
        let server = Server::start([table]);
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let found = runtime.block_on(async { read(&patient(&server)).await });
        prop_assert_eq!(found, Ok((0..next).collect::<Vec<_>>()));
    }
}
