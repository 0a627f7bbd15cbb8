//! The directory: replaces an archive that this program wrote, and never anything else.
//!
//! A hidden file in the directory lists what was written. Each name goes into the list before its file exists, so
//! that a run that was cut short can be replaced too.

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::path::{Component, Path, PathBuf};

use anyhow::{Context, Result, bail};
use chrono::{DateTime, Utc};
use flate2::{Compression, write::GzEncoder};
use walkdir::WalkDir;

const LIST: &str = ".demo-archive";
const TITLE: &str = "An archive made by demo-archive. These files are its own, and it may replace them:";

pub struct Tree {
    root: PathBuf,
    list: File,
    /// How many files were written.
    pub files: usize,
}

impl Tree {
    /// Empties `root` of an earlier archive; fails, with nothing touched, where it holds anything else.
    pub fn replace(root: &Path) -> Result<Tree> {
        fs::create_dir_all(root).with_context(|| format!("cannot make the directory {}", root.display()))?;
        let own = own_files(root)?;
        refuse_others(root, &own)?;
        remove(root, &own)?;
        let path = root.join(LIST);
        let mut list = File::create(&path).with_context(|| format!("cannot write {}", path.display()))?;
        writeln!(list, "{TITLE}").with_context(|| format!("cannot write {}", path.display()))?;
        Ok(Tree { root: root.to_owned(), list, files: 0 })
    }

    /// Writes one file of the hour that begins at `hour`.
    pub fn write<'l>(
        &mut self,
        log: &str,
        hour: DateTime<Utc>,
        shard: &str,
        gzip: bool,
        lines: impl Iterator<Item = &'l str>,
    ) -> Result<()> {
        let ending = if gzip { ".json.gz" } else { ".json" };
        let name = format!("{log}/{}_{shard}{ending}", hour.format("%Y/%m/%d/%H:00:00_%H:59:59"));
        let path = self.root.join(&name);
        self.put(&name, &path, gzip, lines).with_context(|| format!("cannot write {}", path.display()))
    }

    fn put<'l>(&mut self, name: &str, path: &Path, gzip: bool, lines: impl Iterator<Item = &'l str>) -> io::Result<()> {
        writeln!(self.list, "{name}")?;
        if let Some(directory) = path.parent() {
            fs::create_dir_all(directory)?;
        }
        let file = BufWriter::new(File::create_new(path)?);
        if gzip {
            let mut packed = BufWriter::new(GzEncoder::new(file, Compression::default()));
            write_lines(&mut packed, lines)?;
            packed.into_inner()?.finish()?.flush()?;
        } else {
            let mut file = file;
            write_lines(&mut file, lines)?;
            file.flush()?;
        }
        self.files += 1;
        Ok(())
    }
}

fn write_lines<'l>(to: &mut impl Write, lines: impl Iterator<Item = &'l str>) -> io::Result<()> {
    for line in lines {
        to.write_all(line.as_bytes())?;
        to.write_all(b"\n")?;
    }
    Ok(())
}

/// The files that an earlier run listed; none where there was no such run.
fn own_files(root: &Path) -> Result<BTreeSet<PathBuf>> {
    let path = root.join(LIST);
    let text = match fs::read_to_string(&path) {
        Ok(text) => text,
        Err(why) if why.kind() == io::ErrorKind::NotFound => return Ok(BTreeSet::new()),
        Err(why) => return Err(why).with_context(|| format!("cannot read {}", path.display())),
    };
    let mut lines = text.lines();
    if lines.next() != Some(TITLE) {
        bail!("{} is not a list written by demo-archive: name another directory", path.display());
    }
    let inside = |file: &PathBuf| file.components().all(|part| matches!(part, Component::Normal(_)));
    let mut own: BTreeSet<PathBuf> = lines.map(PathBuf::from).filter(inside).collect();
    own.insert(LIST.into());
    Ok(own)
}

fn refuse_others(root: &Path, own: &BTreeSet<PathBuf>) -> Result<()> {
    for found in WalkDir::new(root).min_depth(1) {
        let found = found.with_context(|| format!("cannot look through {}", root.display()))?;
        let name = found.path().strip_prefix(root)?;
        let kind = found.file_type();
        let ours = kind.is_file() && own.contains(name);
        if !ours && !kind.is_dir() {
            bail!(
                "{} holds {}, which demo-archive did not write: name a new or an empty directory",
                root.display(),
                name.display()
            );
        }
    }
    Ok(())
}

/// Removes the files, then the directories that they leave empty.
fn remove(root: &Path, own: &BTreeSet<PathBuf>) -> Result<()> {
    let mut directories = BTreeSet::new();
    for name in own.iter().filter(|name| name.as_path() != Path::new(LIST)) {
        let path = root.join(name);
        match fs::remove_file(&path) {
            Err(why) if why.kind() != io::ErrorKind::NotFound => {
                return Err(why).with_context(|| format!("cannot remove {}", path.display()));
            }
            _ => directories.extend(name.ancestors().skip(1).filter(|up| up.parent().is_some())),
        }
    }
    // Backwards, so that a directory comes after those within it; one that is not empty stays.
    for directory in directories.iter().rev() {
        let _ = fs::remove_dir(root.join(directory));
    }
    Ok(())
}
