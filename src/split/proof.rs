//! What the receipt says of a file, gathered while it is written.

use sha2::{Digest, Sha256};

use crate::entry::stamp::Stamp;

use super::count::Pod;

#[derive(Debug, Default)]
pub(crate) struct Proof {
    /// Of its entries' times the first.
    pub first: Option<Stamp>,
    whose: Whose,
}

/// The SHA-256 of what has come to the disk.
#[derive(Debug, Default)]
pub(crate) struct Hash(Sha256);

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Whose {
    #[default]
    Nobody,
    One(Pod),
    Several,
}

impl Proof {
    /// An entry of this Pod, or of none, goes to the file.
    pub(crate) fn entry(&mut self, pod: Option<Pod>, stamp: Option<Stamp>) {
        self.first = match (self.first, stamp) {
            (Some(first), Some(stamp)) => Some(first.min(stamp)),
            (first, stamp) => first.or(stamp),
        };
        self.whose = match (self.whose, pod) {
            (Whose::Nobody, Some(pod)) => Whose::One(pod),
            (Whose::One(one), Some(pod)) if one == pod => Whose::One(one),
            _ => Whose::Several,
        };
    }

    /// The Pod whose entries they all are.
    pub(crate) fn pod(&self) -> Option<Pod> {
        if let Whose::One(pod) = self.whose { Some(pod) } else { None }
    }
}

impl Hash {
    pub(crate) fn take(&mut self, bytes: &[u8]) {
        self.0.update(bytes);
    }

    /// The SHA-256 of the file as it lies on disk.
    pub(crate) fn hex(&self) -> String {
        hex(self.0.clone())
    }
}

/// A SHA-256 as sha256sum writes it.
pub(crate) fn hex(hash: Sha256) -> String {
    hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
}
