//! The folder that `--dir` names. Everything below it is reached through handles, one component
//! after another, and no link is followed on the way: whatever a log says and whatever is planted in
//! the folder, nothing outside of it is touched.

use std::fs::File;
use std::io;
use std::os::fd::OwnedFd;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::{Context, Result, bail};
use rustix::fs::{
    AtFlags, CWD, Dir, FileType, FlockOperation, Mode, OFlags, RenameFlags, Stat, Timespec, Timestamps, UTIME_OMIT,
};
use rustix::io::Errno;

use crate::entry::stamp::Stamp;

/// Which file it is, whatever it is called.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Identity(u64, u64);

impl Identity {
    // The types of these fields differ between systems.
    #[allow(clippy::unnecessary_cast)]
    fn of(stat: &Stat) -> Self {
        Identity(stat.st_dev as u64, stat.st_ino as u64)
    }

    /// Of an open file.
    pub(crate) fn of_file(file: &File) -> io::Result<Self> {
        Ok(Identity::of(&rustix::fs::fstat(file)?))
    }

    /// Of an input, where that is a regular file.
    pub(crate) fn of_input(path: &Path) -> Option<Self> {
        let stat = match path == Path::new("-") {
            true => rustix::fs::fstat(rustix::stdio::stdin()),
            false => rustix::fs::stat(path),
        };
        stat.ok().filter(is_file).map(|stat| Identity::of(&stat))
    }
}

fn is_file(stat: &Stat) -> bool {
    FileType::from_raw_mode(stat.st_mode) == FileType::RegularFile
}

/// A folder that is ours alone as long as this lives. Names below it have `/` between folders.
#[derive(Debug)]
pub(crate) struct Folder {
    handle: Arc<OwnedFd>,
    path: PathBuf,
    /// Those that this run made, in order.
    made: Vec<String>,
}

/// What the lock on a folder has come to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Lock {
    Held,
    /// The file system has none.
    Unsupported,
}

const NEW: Mode = Mode::from_raw_mode(0o666);
const NEW_FOLDER: Mode = Mode::from_raw_mode(0o777);

impl Folder {
    /// Makes the folder where it is missing, opens and locks it. Fails where another run has it.
    pub(crate) fn open(path: &Path) -> Result<(Self, Lock)> {
        std::fs::create_dir_all(path).with_context(|| format!("cannot make the folder {}", path.display()))?;
        let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC;
        let handle = rustix::fs::openat(CWD, path, flags, Mode::empty())
            .with_context(|| format!("cannot open the folder {}", path.display()))?;
        let lock = match rustix::fs::flock(&handle, FlockOperation::NonBlockingLockExclusive) {
            Ok(()) => Lock::Held,
            Err(Errno::WOULDBLOCK) => bail!("another lq-split is writing to {}", path.display()),
            Err(_) => Lock::Unsupported,
        };
        Ok((Folder { handle: handle.into(), path: path.to_owned(), made: Vec::new() }, lock))
    }

    /// Opens a folder only to read it, whoever else has it.
    pub(crate) fn look(path: &Path) -> io::Result<Self> {
        let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC;
        let handle = rustix::fs::openat(CWD, path, flags, Mode::empty())?;
        Ok(Folder { handle: handle.into(), path: path.to_owned(), made: Vec::new() })
    }

    /// The same folder for somebody else, who is to make no folders in it.
    pub(crate) fn shared(&self) -> Self {
        Folder { handle: Arc::clone(&self.handle), path: self.path.clone(), made: Vec::new() }
    }

    /// The regular file `name`, to read it.
    pub(crate) fn read(&self, name: &str) -> io::Result<File> {
        let (below, name) = self.walk(name)?;
        let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC;
        let file = rustix::fs::openat(below.as_ref().unwrap_or(&*self.handle), name, flags, Mode::empty())?;
        if is_file(&rustix::fs::fstat(&file)?) { Ok(file.into()) } else { Err(io::Error::other("no regular file")) }
    }

    /// The path of `name`, for people.
    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.path.join(name)
    }

    /// The folder that `name` stands in, unless it is this one, and the rest of the name.
    fn walk<'a>(&self, name: &'a str) -> rustix::io::Result<(Option<OwnedFd>, &'a str)> {
        let mut handle = None;
        let mut rest = name;
        while let Some((folder, below)) = rest.split_once('/') {
            let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
            let next = rustix::fs::openat(handle.as_ref().unwrap_or(&*self.handle), folder, flags, Mode::empty())?;
            handle = Some(next);
            rest = below;
        }
        Ok((handle, rest))
    }

    /// Makes the folders in front of `name` that are missing.
    fn make_folders(&mut self, name: &str) -> rustix::io::Result<()> {
        for (end, _) in name.match_indices('/') {
            let (above, folder) = self.walk(&name[..end])?;
            match rustix::fs::mkdirat(above.as_ref().unwrap_or(&*self.handle), folder, NEW_FOLDER) {
                Ok(()) => self.made.push(name[..end].to_owned()),
                Err(Errno::EXIST) => {}
                Err(e) => return Err(e),
            }
        }
        Ok(())
    }

    /// A new file in the place of whatever was called so, and the folders in front of it.
    pub(crate) fn create(&mut self, name: &str) -> io::Result<(File, Identity)> {
        self.make_folders(name)?;
        let (below, name) = self.walk(name)?;
        let at = below.as_ref().unwrap_or(&*self.handle);
        match rustix::fs::unlinkat(at, name, AtFlags::empty()) {
            Ok(()) | Err(Errno::NOENT) => {}
            Err(e) => return Err(e.into()),
        }
        let flags =
            OFlags::WRONLY | OFlags::CREATE | OFlags::EXCL | OFlags::APPEND | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        let file = rustix::fs::openat(at, name, flags, NEW)?;
        let identity = Identity::of(&rustix::fs::fstat(&file)?);
        Ok((file.into(), identity))
    }

    /// The file that [`create`](Self::create) made, for appending, and how many bytes it has. Fails where another one
    /// is called so now.
    pub(crate) fn reopen(&self, name: &str, identity: Identity) -> io::Result<(File, u64)> {
        let (below, name) = self.walk(name)?;
        let flags = OFlags::WRONLY | OFlags::APPEND | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC;
        let file = rustix::fs::openat(below.as_ref().unwrap_or(&*self.handle), name, flags, Mode::empty())?;
        let stat = rustix::fs::fstat(&file)?;
        if Identity::of(&stat) != identity {
            return Err(io::Error::other("somebody put another file in its place"));
        }
        Ok((file.into(), stat.st_size as u64))
    }

    /// The file `name` for appending and reading, old or new; and whether it is old. Fails where it
    /// is no regular file, or one that has further names and so may stand outside of the folder.
    pub(crate) fn append(&mut self, name: &str) -> io::Result<(File, bool)> {
        self.make_folders(name)?;
        let (below, name) = self.walk(name)?;
        let at = below.as_ref().unwrap_or(&*self.handle);
        let flags = OFlags::RDWR | OFlags::APPEND | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC;
        let (file, is_old) = match rustix::fs::openat(at, name, flags, Mode::empty()) {
            Ok(file) => (file, true),
            Err(Errno::NOENT) => (rustix::fs::openat(at, name, flags | OFlags::CREATE | OFlags::EXCL, NEW)?, false),
            Err(e) => return Err(e.into()),
        };
        let stat = rustix::fs::fstat(&file)?;
        if !is_file(&stat) {
            return Err(io::Error::other("no regular file"));
        }
        if stat.st_nlink != 1 {
            return Err(io::Error::other("it has further names (hard links)"));
        }
        Ok((file.into(), is_old))
    }

    /// Gives the file `from` its final name, and says whether that replaced one. Fails where `from`
    /// is not the file that was created, and, unless `replace`, where `to` exists.
    pub(crate) fn rename(&mut self, from: &str, identity: Identity, to: &str, replace: bool) -> io::Result<bool> {
        self.reopen(from, identity)?;
        self.make_folders(to)?;
        let replaces = self.exists(to)?;
        let ((below_from, from), (below_to, to)) = (self.walk(from)?, self.walk(to)?);
        let at_from = below_from.as_ref().unwrap_or(&*self.handle);
        let at_to = below_to.as_ref().unwrap_or(&*self.handle);
        if replace {
            rustix::fs::renameat(at_from, from, at_to, to)?;
            return Ok(replaces);
        }
        match rustix::fs::renameat_with(at_from, from, at_to, to, RenameFlags::NOREPLACE) {
            // Not every file system can; a second name does the same in two steps.
            Err(Errno::INVAL | Errno::NOSYS | Errno::OPNOTSUPP) => {
                rustix::fs::linkat(at_from, from, at_to, to, AtFlags::empty())?;
                rustix::fs::unlinkat(at_from, from, AtFlags::empty())?;
            }
            other => other?,
        }
        Ok(false)
    }

    /// Whether anything is called `name`, a link too.
    pub(crate) fn exists(&self, name: &str) -> io::Result<bool> {
        let found = self.walk(name).and_then(|(below, name)| {
            rustix::fs::statat(below.as_ref().unwrap_or(&*self.handle), name, AtFlags::SYMLINK_NOFOLLOW)
        });
        match found {
            Ok(_) => Ok(true),
            Err(Errno::NOENT) => Ok(false),
            Err(e) => Err(e.into()),
        }
    }

    pub(crate) fn remove(&self, name: &str) -> io::Result<()> {
        let (below, name) = self.walk(name)?;
        Ok(rustix::fs::unlinkat(below.as_ref().unwrap_or(&*self.handle), name, AtFlags::empty())?)
    }

    /// Removes the folders that this run made, as far as they are empty.
    pub(crate) fn remove_made(&mut self) {
        for name in std::mem::take(&mut self.made).iter().rev() {
            if let Ok((above, name)) = self.walk(name) {
                // One that is not empty is somebody's by now.
                let _ = rustix::fs::unlinkat(above.as_ref().unwrap_or(&*self.handle), name, AtFlags::REMOVEDIR);
            }
        }
    }

    /// The names of what is in the folder `name` below this one, `""` for this one, and what it is; in no
    /// order.
    pub(crate) fn list(&self, name: &str) -> io::Result<Vec<(Vec<u8>, FileType)>> {
        let inside = format!("{name}/");
        let (below, _) = self.walk(inside.trim_start_matches('/'))?;
        let at = below.as_ref().unwrap_or(&*self.handle);
        let mut names = Vec::new();
        for entry in Dir::read_from(at)? {
            let entry = entry?;
            let kind = match entry.file_type() {
                // Not every file system tells.
                FileType::Unknown => rustix::fs::statat(at, entry.file_name(), AtFlags::SYMLINK_NOFOLLOW)
                    .map_or(FileType::Unknown, |stat| FileType::from_raw_mode(stat.st_mode)),
                known => known,
            };
            let name = entry.file_name().to_bytes();
            if ![&b"."[..], b".."].contains(&name) {
                names.push((name.to_vec(), kind));
            }
        }
        Ok(names)
    }
}

/// The same error, where the system's own words for it mislead.
pub(crate) fn explain(error: io::Error) -> io::Error {
    match Errno::from_io_error(&error) {
        Some(Errno::LOOP) => io::Error::other("a link stands there, and none is followed"),
        _ => error,
    }
}

/// Makes `stamp` the time when the file was last written to.
pub(crate) fn set_time(file: &File, stamp: Stamp) -> io::Result<()> {
    let keep = Timespec { tv_sec: 0, tv_nsec: UTIME_OMIT };
    let last = Timespec { tv_sec: stamp.secs, tv_nsec: stamp.nanos.into() };
    Ok(rustix::fs::futimens(file, &Timestamps { last_access: keep, last_modification: last })?)
}
