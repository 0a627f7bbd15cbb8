//! The files of a run: what is pending for each, and what is on disk.
//!
//! No file is kept open. What is to be written waits in memory, and a file is opened when it has
//! enough of it, appended to and closed: any number of files, whatever the limit of descriptors. All
//! that waits has one budget; where it is spent, the fullest files go first.

use std::hash::BuildHasher;
use std::sync::MutexGuard;

use anyhow::Result;
use hashbrown::hash_table::Entry;
use hashbrown::{DefaultHashBuilder, HashTable};

use crate::entry::stamp::Stamp;
use crate::tool::{Failure, Notes, Watch};

use super::count::Pod;
use super::disk::{Disk, Piece};
use super::folder::Folder;
use super::pen::{Left, Pen};
use super::pending::{CHUNK, Cut, Pending};
use super::plan::{Mode, Plan};
use super::proof::Proof;
use super::template::PART;

/// What waits, in chunks.
const BUDGET: usize = (36 << 20) / CHUNK;

/// So much of it is written at once where it is spent: others fill up while that is under way.
const PORTION: usize = BUDGET / 8;

/// A file for which more than that waits, in chunks, is written to at once. More makes no write faster, and leaves the
/// processor's caches; less wakes the thread that writes too often.
const MOST: usize = (256 << 10) / CHUNK;

/// The same where it is compressed: longer pieces compress better.
const MOST_PACKED: usize = (1 << 20) / CHUNK;

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
    pending: Pending,
    /// Of its entries' times the last.
    pub last: Option<Stamp>,
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
    is_packed: bool,
    /// What waits of the budget.
    held: usize,
    pub pen: Pen,
    is_proven: bool,
    pub watch: Watch,
}

impl Files {
    pub(crate) fn new(folder: Folder, plan: &Plan, notes: Notes, watch: Watch) -> Result<Self> {
        let pen = Pen::new(Disk::new(folder.shared(), plan, notes, watch.clone())?);
        Ok(Files {
            folder,
            all: Vec::new(),
            by_name: HashTable::new(),
            hasher: DefaultHashBuilder::default(),
            clusters: Vec::new(),
            mode: plan.mode,
            rest: plan.rest.clone(),
            is_packed: plan.compress.is_some(),
            held: 0,
            pen,
            is_proven: plan.manifest,
            watch,
        })
    }

    /// What is on disk.
    pub(crate) fn disk(&self) -> MutexGuard<'_, Disk> {
        self.pen.disk()
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
            pending: Pending::default(),
            last: None,
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

    /// Its name below the folder at this moment.
    pub(crate) fn name_now(&self, file: &LogFile) -> String {
        if self.mode == Mode::Append { self.final_name(file) } else { self.part_name(file) }
    }

    /// Appends whole lines, or a piece of a long one, and remembers the time. An error may be of what was appended
    /// before.
    pub(crate) fn write(&mut self, id: Id, stamp: Option<Stamp>, lines: &[u8]) -> Result<()> {
        self.put(id, [lines, b""], stamp)
    }

    /// The same of a line that has no line end.
    pub(crate) fn write_line(&mut self, id: Id, stamp: Option<Stamp>, line: &[u8]) -> Result<()> {
        self.put(id, [line, b"\n"], stamp)
    }

    fn put(&mut self, id: Id, parts: [&[u8]; 2], stamp: Option<Stamp>) -> Result<()> {
        let file = &mut self.all[id.0 as usize];
        file.last = file.last.max(stamp);
        for part in parts {
            self.held += file.pending.push(part, &mut self.pen.spare);
        }
        if file.pending.chunks() > if self.is_packed { MOST_PACKED } else { MOST } {
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

    /// Writes everything that waits, or as much as comes before a signal.
    pub(crate) fn flush(&mut self) -> Result<()> {
        for at in 0..self.all.len() as u32 {
            if self.watch.sees_signal() {
                break;
            }
            self.spill(Id(at), Cut::All)?;
        }
        self.wait()
    }

    /// Writes as much as can be written of what waits, for an end that is bad already. Fails as the first
    /// write that fails.
    pub(crate) fn rescue(&mut self) -> Result<()> {
        let mut outcome = self.wait();
        for at in 0..self.all.len() as u32 {
            // One that comes now changes nothing: all that can be saved is.
            self.watch.sees_signal();
            outcome = outcome.and(self.spill(Id(at), Cut::All));
            outcome = outcome.and(self.wait());
        }
        outcome
    }

    /// Waits until all that is on its way is on disk.
    fn wait(&mut self) -> Result<()> {
        let written = self.pen.wait();
        self.keep(written)
    }

    /// Writes a portion of the budget, or less where a signal comes: that is heeded first.
    fn make_room(&mut self) -> Result<()> {
        let mut fullest: Vec<(usize, u32)> = (0..)
            .zip(&self.all)
            .map(|(at, file)| (file.pending.chunks(), at))
            .filter(|(chunks, _)| *chunks > 0)
            .collect();
        fullest.sort_unstable_by(|one, other| other.cmp(one));
        for (_, at) in fullest {
            if self.held <= BUDGET - PORTION || self.watch.sees_signal() {
                break;
            }
            self.spill(Id(at), Cut::Page)?;
        }
        Ok(())
    }

    /// Hands over what waits for a file.
    fn spill(&mut self, id: Id, cut: Cut) -> Result<()> {
        let at = id.0 as usize;
        let cut = if self.mode == Mode::Append || self.is_packed { Cut::All } else { cut };
        let chunks = self.all[at].pending.take(cut);
        if chunks.is_empty() {
            return Ok(());
        }
        self.held -= chunks.len();
        let written = self.pen.write(Piece { at, name: self.name_now(&self.all[at]), chunks });
        self.keep(written)
    }

    /// What could not be written waits on.
    fn keep(&mut self, written: Result<(), Left>) -> Result<()> {
        let Err(Left { pieces, error }) = written else { return Ok(()) };
        for piece in pieces.into_iter().rev() {
            self.held += piece.chunks.len();
            self.all[piece.at].pending.put_back(piece);
        }
        Err(error)
    }

    /// Whether anything has come to the disk.
    pub(crate) fn any_on_disk(&self) -> bool {
        self.disk().all.iter().any(|file| file.identity.is_some())
    }
}
