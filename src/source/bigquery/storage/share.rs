//! How much of all is read.

use std::sync::atomic::{AtomicU64, Ordering};

/// The progress of streams, each from 0 to 1. It never goes back.
#[derive(Debug)]
pub(super) struct Shares(Vec<AtomicU64>);

impl Shares {
    pub(super) fn of(streams: usize) -> Self {
        Shares((0..streams).map(|_| AtomicU64::default()).collect())
    }

    /// A stream has come so far. What is no share is none.
    pub(super) fn reach(&self, stream: usize, share: f64) {
        let Some(cell) = self.0.get(stream).filter(|_| (0.0..=1.0).contains(&share)) else { return };
        // The bits of numbers that are not negative are in the order of the numbers.
        cell.fetch_max(share.to_bits(), Ordering::Relaxed);
    }

    /// The mean of all streams; all where there are none.
    pub(super) fn mean(&self) -> f64 {
        let sum: f64 = self.0.iter().map(|share| f64::from_bits(share.load(Ordering::Relaxed))).sum();
        if self.0.is_empty() { 1.0 } else { sum / self.0.len() as f64 }
    }
}
