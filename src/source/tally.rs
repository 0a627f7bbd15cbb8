//! What a source has to tell beside the entries that it sends.

use std::collections::{BTreeMap, BTreeSet};

use super::census::Container;
use crate::entry::stamp::Stamp;

/// What was seen in a slice, or in all slices so far.
#[derive(Debug, Default)]
pub(crate) struct Tally {
    /// The containers that were first seen here, in the order of their numbers.
    pub containers: Vec<Container>,
    /// The keys of the labels of some Pods, as the source has them.
    pub labels: BTreeSet<String>,
    /// Lines that no window can hold, by file.
    pub malformed: BTreeMap<String, Malformed>,
    /// Entries of files that do not hold as many as their seals count: by file those, and how many there
    /// should be.
    pub miscounted: BTreeMap<String, (u64, u64)>,
    /// Lines with something that U+FFFD stands for.
    pub mended: u64,
    /// Entries of resources that are no containers.
    pub other_resources: u64,
    /// Files in a folder that are no exported logs.
    pub foreign: Vec<String>,
    /// Entries in the window, selected or not.
    pub in_window: u64,
    /// Pieces of entries that could not be joined, and were taken as they are.
    pub pieces: u64,
    /// Pieces that were dropped as twins.
    pub twins: u64,
    /// The first and the last time of any entry read.
    pub span: Option<(Stamp, Stamp)>,
}

/// The lines of one file that no window can hold.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Malformed {
    pub lines: u64,
    /// The number of the first one, from 1.
    pub first: u64,
    /// How many of them are longer than a line may be.
    pub long: u64,
    /// How many of them are sound, but say no time.
    pub timeless: u64,
}

/// What is wrong with a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Flaw {
    Broken,
    Long,
    Timeless,
}

impl Malformed {
    pub(crate) fn note(&mut self, line: u64, flaw: Flaw) {
        self.first = if self.lines == 0 { line } else { self.first };
        self.lines += 1;
        self.long += u64::from(flaw == Flaw::Long);
        self.timeless += u64::from(flaw == Flaw::Timeless);
    }
}

impl Tally {
    pub(crate) fn note_time(&mut self, stamp: Stamp) {
        self.span = Some(self.span.map_or((stamp, stamp), |(first, last)| (first.min(stamp), last.max(stamp))));
    }

    /// Adds what was seen in the next slice.
    pub(crate) fn add(&mut self, slice: Tally) {
        self.containers.extend(slice.containers);
        self.labels.extend(slice.labels);
        self.malformed.extend(slice.malformed);
        self.miscounted.extend(slice.miscounted);
        self.mended += slice.mended;
        self.other_resources += slice.other_resources;
        self.foreign.extend(slice.foreign);
        self.in_window += slice.in_window;
        self.pieces += slice.pieces;
        self.twins += slice.twins;
        if let Some((first, last)) = slice.span {
            self.note_time(first);
            self.note_time(last);
        }
    }
}
