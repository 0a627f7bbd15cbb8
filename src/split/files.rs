//! The files of a run: what is pending for each, and what is on disk.
//!
//! No file is kept open. What is to be written waits in memory, and a file is opened when it has
//! enough of it, appended to and closed: any number of files, whatever the limit of descriptors. The
//! pending bytes of all files have one budget; where it is spent, the fullest files go first until
//! half of it is free.

use std::cmp::Reverse;
use std::hash::BuildHasher;

use anyhow::Result;
use hashbrown::hash_table::Entry;
use hashbrown::{DefaultHashBuilder, HashTable};

use crate::entry::stamp::Stamp;
use crate::tool::{Failure, Notes, Watch};

use super::count::Pod;
use super::folder::{Folder, Identity};
use super::pack::Pack;
use super::plan::{Mode, Plan};
use super::proof::Proof;
use super::template::PART;

/// The budget of all pending bytes.
const BUDGET: usize = 32 << 20;

/// A file with this much pending is written to at once: more makes no write faster, and leaves the
/// processor's caches.
const PIECE: usize = 256 << 10;

/// The same where it is compressed: longer pieces compress better.
const PACKED_PIECE: usize = 1 << 20;

/// Pieces end where pages of the file end.
const PAGE: u64 = 4096;

/// One of the [`Files`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Id(pub u32);

/// The folder of a cluster, if it comes to that; the rest stands in none.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Cluster(pub u32);

impl Cluster {
    pub(crate) const NONE: Cluster = Cluster(u32::MAX);
}

pub(crate) struct LogFile {
    /// Within the folder of its cluster.
    pub name: Box<str>,
    pub cluster: Cluster,
    pending: Vec<u8>,
    /// How long it is on disk, where that is known.
    pub length: u64,
    /// Which it is on disk, once there.
    pub on_disk: Option<Identity>,
    /// Of its entries' times the last.
    pub last: Option<Stamp>,
    /// It was there before.
    pub is_old: bool,
    /// Where the run gives a receipt.
    pub proof: Option<Box<Proof>>,
}

pub(crate) struct Files {
    pub folder: Folder,
    pub all: Vec<LogFile>,
    by_name: HashTable<u32>,
    hasher: DefaultHashBuilder,
    /// The folders of the clusters seen. They are used where there are two.
    clusters: Vec<String>,
    pub mode: Mode,
    /// The name of the file for what has no place by its own.
    pub rest: String,
    pub pack: Option<Pack>,
    piece: usize,
    /// What all pending bytes take of the budget.
    held: usize,
    /// Regular files that are read: appending to one would never end.
    pub inputs: Vec<Identity>,
    is_proven: bool,
    pub notes: Notes,
    pub watch: Watch,
    pub lines: u64,
    pub bytes: u64,
}

/// How much of the pending bytes is written.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Cut {
    All,
    /// Up to the end of a page.
    Page,
}

impl Files {
    pub(crate) fn new(folder: Folder, plan: &Plan, notes: Notes, watch: Watch) -> Result<Self> {
        Ok(Files {
            folder,
            all: Vec::new(),
            by_name: HashTable::new(),
            hasher: DefaultHashBuilder::default(),
            clusters: Vec::new(),
            mode: plan.mode,
            rest: plan.rest.clone(),
            pack: plan.compress.map(Pack::new).transpose()?,
            piece: if plan.compress.is_some() { PACKED_PIECE } else { PIECE },
            held: 0,
            inputs: Vec::new(),
            is_proven: plan.manifest,
            notes,
            watch,
            lines: 0,
            bytes: 0,
        })
    }

    /// Never to be appended to.
    pub(crate) fn is_read(&mut self, input: Identity) {
        self.inputs.push(input);
    }

    /// The cluster with this folder, and whether it is a new one.
    pub(crate) fn cluster(&mut self, folder: String) -> (Cluster, bool) {
        let known = self.clusters.iter().position(|known| *known == folder);
        let at = known.unwrap_or(self.clusters.len());
        if known.is_none() {
            self.clusters.push(folder);
        }
        (Cluster(at as u32), known.is_none())
    }

    pub(crate) fn clusters(&self) -> &[String] {
        &self.clusters
    }

    /// The file of this name. A new one costs nothing on disk yet. Fails where it is there already
    /// and must not be replaced.
    pub(crate) fn get(&mut self, name: &str, cluster: Cluster) -> Result<Id, Failure> {
        let (hasher, all) = (&self.hasher, &self.all);
        let key = |at: &u32| (&*all[*at as usize].name, all[*at as usize].cluster);
        let hash = |key: (&str, Cluster)| hasher.hash_one(key);
        let new = match self.by_name.entry(hash((name, cluster)), |at| key(at) == (name, cluster), |at| hash(key(at))) {
            Entry::Occupied(known) => return Ok(Id(*known.get())),
            Entry::Vacant(new) => new,
        };
        let at = all.len() as u32;
        new.insert(at);
        self.all.push(LogFile {
            name: name.into(),
            cluster,
            pending: Vec::new(),
            length: 0,
            on_disk: None,
            last: None,
            is_old: false,
            proof: self.is_proven.then(Box::default),
        });
        if self.mode == Mode::NoClobber {
            self.refuse_old(Id(at))?;
        }
        Ok(Id(at))
    }

    /// Its name below the folder when it is whole.
    pub(crate) fn final_name(&self, file: &LogFile) -> String {
        match self.clusters.get(file.cluster.0 as usize) {
            Some(cluster) if self.clusters.len() > 1 && self.mode != Mode::Append => format!("{cluster}/{}", file.name),
            _ => file.name.to_string(),
        }
    }

    /// Its name below the folder as long as it may still grow. The first cluster's files do not
    /// move when a second one comes.
    pub(crate) fn part_name(&self, file: &LogFile) -> String {
        match self.clusters.get(file.cluster.0 as usize) {
            Some(cluster) if file.cluster.0 > 0 => format!("{cluster}/{}{PART}", file.name),
            _ => format!("{}{PART}", file.name),
        }
    }

    /// Appends what `render` does, and remembers the time.
    pub(crate) fn write(&mut self, id: Id, stamp: Option<Stamp>, render: impl FnOnce(&mut Vec<u8>)) -> Result<()> {
        let file = &mut self.all[id.0 as usize];
        let before = file.pending.capacity();
        render(&mut file.pending);
        file.last = file.last.max(stamp);
        self.held = self.held + file.pending.capacity() - before;
        if file.pending.len() >= self.piece {
            self.spill(id, Cut::Page)?;
        }
        if self.held > BUDGET { self.make_room() } else { Ok(()) }
    }

    /// Remembers whose entry goes to the file.
    pub(crate) fn prove(&mut self, id: Id, pod: Option<Pod>, stamp: Option<Stamp>) {
        if let Some(proof) = &mut self.all[id.0 as usize].proof {
            proof.entry(pod, stamp);
        }
    }

    /// Writes everything that is pending, or as much as comes before a signal.
    pub(crate) fn flush(&mut self) -> Result<()> {
        for at in 0..self.all.len() as u32 {
            if self.watch.sees_signal() {
                break;
            }
            self.spill(Id(at), Cut::All)?;
        }
        Ok(())
    }

    /// Writes as much as can be written of what is pending, for an end that is bad already. Fails as
    /// the first write that fails.
    pub(crate) fn rescue(&mut self) -> Result<()> {
        let mut outcome = Ok(());
        for at in 0..self.all.len() as u32 {
            // One that comes now changes nothing: all that can be saved is.
            self.watch.sees_signal();
            outcome = outcome.and(self.spill(Id(at), Cut::All));
        }
        outcome
    }

    /// Frees half of the budget, or less where a signal comes: that is heeded first.
    fn make_room(&mut self) -> Result<()> {
        for at in 0..self.all.len() {
            self.shrink(at, PAGE as usize);
        }
        let mut fullest: Vec<u32> = (0..self.all.len() as u32).collect();
        fullest.sort_unstable_by_key(|at| Reverse(self.all[*at as usize].pending.len()));
        for at in fullest {
            if self.held <= BUDGET / 2 || self.watch.sees_signal() {
                break;
            }
            self.spill(Id(at), Cut::Page)?;
            self.shrink(at as usize, 0);
        }
        Ok(())
    }

    /// Gives memory back where more than `spare` bytes of it are unused.
    fn shrink(&mut self, at: usize, spare: usize) {
        let pending = &mut self.all[at].pending;
        let before = pending.capacity();
        if before - pending.len() > spare {
            pending.shrink_to_fit();
            self.held = self.held + pending.capacity() - before;
        }
    }

    fn spill(&mut self, id: Id, cut: Cut) -> Result<()> {
        let at = id.0 as usize;
        let mut pending = std::mem::take(&mut self.all[at].pending);
        let cut = if self.mode == Mode::Append || self.pack.is_some() { Cut::All } else { cut };
        let end = match cut {
            Cut::All => pending.len(),
            Cut::Page => {
                let behind = (self.all[at].length + pending.len() as u64) % PAGE;
                let end = pending.len().saturating_sub(behind as usize);
                // Little would be written, and most of it would stay.
                if end < pending.len() / 2 { pending.len() } else { end }
            }
        };
        let before = pending.capacity();
        let (done, outcome) = if end == 0 { (0, Ok(())) } else { self.append(at, &pending[..end]) };
        pending.drain(..done);
        pending.shrink_to(2 * self.piece);
        self.held = self.held + pending.capacity() - before;
        self.all[at].pending = pending;
        outcome
    }

    /// Appends a piece of a line, however long it is.
    pub(crate) fn copy(&mut self, id: Id, piece: &[u8]) -> Result<()> {
        if piece.len() < self.piece {
            return self.write(id, None, |out| out.extend_from_slice(piece));
        }
        self.spill(id, Cut::All)?;
        self.append(id.0 as usize, piece).1
    }

    /// Whether anything has come to the disk.
    pub(crate) fn any_on_disk(&self) -> bool {
        self.all.iter().any(|file| file.on_disk.is_some())
    }
}
