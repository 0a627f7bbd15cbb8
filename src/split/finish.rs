//! The end of a run: files that are whole get their names, others stay as they are.

use std::io;

use anyhow::anyhow;
use rustix::fs::FileType;

use crate::tool::Failure;

use super::files::{Files, Id};
use super::folder;
use super::plan::Mode;

/// What became of the files at a good end.
#[derive(Debug, Default)]
pub(crate) struct Finished {
    /// Names below the folder, sorted, the rest last.
    pub names: Vec<String>,
    pub new: usize,
    pub replaced: usize,
    pub appended: usize,
    /// Those that are whole but could not be given their names, and why.
    pub failed: Vec<(String, io::Error)>,
    /// How many could not be given the time of their last entries.
    pub undated: usize,
}

impl Files {
    /// Gives every file its name and the time of its last entry; nothing is [pending](Files::flush) any
    /// more. A file that cannot have its name does not keep the others from theirs, nor does a signal: the
    /// run is done but for names.
    pub(crate) fn finish(&mut self) -> Result<Finished, Failure> {
        if self.mode == Mode::NoClobber && self.clusters().len() > 1 {
            // The names have folders in front now.
            (0..self.all.len()).try_for_each(|at| self.refuse_old(Id(at as u32)))?;
        }
        let mut order = self.on_disk();
        order.sort_by_cached_key(|at| (*self.all[*at].name == *self.rest, self.final_name(&self.all[*at])));
        let mut finished = Finished::default();
        for at in order {
            self.watch.sees_signal();
            let name = self.final_name(&self.all[at]);
            let now = self.name_now(&self.all[at]);
            let mut disk = self.disk();
            match disk.settle(at, &now, &name, self.all[at].last, &mut finished.undated) {
                Ok(()) if !disk.all[at].is_old => finished.new += 1,
                Ok(()) if self.mode == Mode::Append => finished.appended += 1,
                Ok(()) => finished.replaced += 1,
                Err(e) => {
                    finished.failed.push((now, e));
                    continue;
                }
            }
            finished.names.push(name);
        }
        Ok(finished)
    }

    /// Ends a run that must not replace what is there: removes all that it made.
    pub(crate) fn refuse_old(&mut self, id: Id) -> Result<(), Failure> {
        let name = self.final_name(&self.all[id.0 as usize]);
        let path = self.folder.path(&name).display().to_string();
        let (error, remedy) = match self.folder.exists(&name) {
            Ok(false) => return Ok(()),
            Ok(true) => (anyhow!("{path} is there already"), "leave --no-clobber out to replace it"),
            Err(e) => {
                let error = anyhow::Error::from(folder::explain(e)).context(format!("cannot write {path}"));
                (error, "another --name")
            }
        };
        // What is on its way would come there later; what cannot be written is of no use.
        let _ = self.pen.wait();
        for at in self.on_disk() {
            self.folder.remove(&self.part_name(&self.all[at]))?;
        }
        let mut disk = self.disk();
        disk.folder.remove_made();
        disk.all.clear();
        drop(disk);
        self.all.clear();
        Err(Failure::from(error).hint(format!("nothing was changed; take another --dir, or {remedy}")))
    }

    /// The numbers of those that are on disk.
    fn on_disk(&self) -> Vec<usize> {
        let disk = self.disk();
        (0..self.all.len().min(disk.all.len())).filter(|at| disk.all[*at].identity.is_some()).collect()
    }

    /// The names of the unfinished files on disk, sorted: those that nobody has removed meanwhile.
    pub(crate) fn parts(&self) -> Vec<String> {
        let on_disk = if self.mode == Mode::Append { Vec::new() } else { self.on_disk() };
        let mut names: Vec<String> = on_disk.into_iter().map(|at| self.part_name(&self.all[at])).collect();
        names.retain(|name| self.folder.exists(name).unwrap_or(true));
        names.sort();
        names
    }

    /// How many log files stand beside those of this run.
    pub(crate) fn count_others(&self) -> usize {
        let mut folders: Vec<String> = vec![String::new()];
        folders.extend(self.all.iter().filter_map(|file| {
            let name = self.final_name(file);
            name.rsplit_once('/').map(|(folder, _)| folder.to_owned())
        }));
        folders.sort();
        folders.dedup();
        let mut own: Vec<String> = self.all.iter().map(|file| self.final_name(file)).collect();
        own.sort();
        let mut others = 0;
        for folder in folders {
            // A folder that cannot be listed holds nothing that anybody would find.
            for name in self.folder.list(&folder).unwrap_or_default() {
                let (name, FileType::RegularFile) = name else { continue };
                let name = String::from_utf8_lossy(&name);
                let is_log = [".log", ".log.gz", ".log.zst"].iter().any(|ending| name.ends_with(ending));
                let path = if folder.is_empty() { name.into_owned() } else { format!("{folder}/{name}") };
                others += usize::from(is_log && own.binary_search(&path).is_err());
            }
        }
        others
    }
}
