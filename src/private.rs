//! A folder that is ours alone, for what lq remembers: files that appear whole or not at all, and that
//! nobody else can have put there.
//!
//! What is remembered is of use, never needed: whoever reads takes what cannot be read as not there,
//! whoever writes goes on where it cannot be written, and may say why.

mod draft;

use std::fs::{self, DirBuilder, File, TryLockError};
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::thread;
use std::time::{Duration, Instant};

use etcetera::BaseStrategy;
use rustix::fs::{Mode, OFlags};
use sha2::{Digest, Sha256};

pub(crate) use draft::{Draft, PART};

use crate::entry::sanitize;

/// A file that a run was killed over is nobody's after so long.
const DAY: Duration = Duration::from_secs(86_400);

/// A folder of mode 0700; it is made when something is first written.
#[derive(Clone, Debug)]
pub(crate) struct Folder(PathBuf);

/// A lock on what is in a folder, until it is dropped.
pub(crate) struct Lock {
    _file: File,
}

/// From now on nobody but the user may read what this process writes to disk, whatever the umask. For tools
/// that write no files for others: what they put by while sorting is full of logs.
pub(crate) fn keep_to_ourselves() {
    rustix::process::umask(Mode::RWXG | Mode::RWXO);
}

impl Folder {
    /// What may be removed at any time: `$XDG_CACHE_HOME/lq`, else `~/.cache/lq`.
    pub(crate) fn cache() -> Option<Self> {
        Some(Folder(base("XDG_CACHE_HOME")?.cache_dir().join("lq")))
    }

    /// What was learnt in use: `$XDG_STATE_HOME/lq`, else `~/.local/state/lq`.
    pub(crate) fn state() -> Option<Self> {
        Some(Folder(base("XDG_STATE_HOME")?.state_dir()?.join("lq")))
    }

    #[cfg(test)]
    pub(crate) fn at(path: &Path) -> Self {
        Folder(path.to_owned())
    }

    /// The bytes of a file, if it is there, is ours, and has not more than `most` of them.
    pub(crate) fn read(&self, name: &str, most: usize) -> Option<Vec<u8>> {
        let file = self.0.join(name);
        let meta = fs::symlink_metadata(&file).ok().filter(|meta| meta.is_file() && meta.len() <= most as u64);
        meta.filter(|_| flaw(&self.0).is_none())?;
        fs::read(file).ok()
    }

    /// A file to be read piece by piece, likewise, if it is there and is ours.
    pub(crate) fn open(&self, name: &str) -> Option<File> {
        flaw(&self.0).is_none().then_some(())?;
        let flags = OFlags::RDONLY | OFlags::CLOEXEC | OFlags::NOFOLLOW | OFlags::NONBLOCK;
        let file = File::from(rustix::fs::open(self.0.join(name), flags, Mode::empty()).ok()?);
        let meta = file.metadata().ok()?;
        (meta.is_file() && meta.uid() == rustix::process::geteuid().as_raw()).then_some(file)
    }

    /// Removes a file, if it is there.
    pub(crate) fn remove(&self, name: &str) {
        let _ = fs::remove_file(self.0.join(name));
    }

    /// Why nothing is written there, nor read, if so. What is not there yet has no flaw.
    pub(crate) fn flaw(&self) -> Option<String> {
        fs::symlink_metadata(&self.0).ok().and_then(|_| flaw(&self.0))
    }

    /// Where it is.
    pub(crate) fn path(&self) -> &Path {
        &self.0
    }

    /// The names of its files.
    pub(crate) fn names(&self) -> Vec<String> {
        let found = fs::read_dir(&self.0).into_iter().flatten().flatten();
        let mut names: Vec<String> = found.filter_map(|file| file.file_name().into_string().ok()).collect();
        names.sort();
        names
    }

    /// Writes a file of mode 0600, in place of one of this name or of a link, in one step.
    pub(crate) fn write(&self, name: &str, bytes: &[u8]) -> io::Result<()> {
        self.make()?;
        // A name that begins alike is cleared away alike, should we be killed.
        let mut new = tempfile::Builder::new().prefix(name).suffix(".part").tempfile_in(&self.0)?;
        new.write_all(bytes)?;
        new.persist(self.0.join(name)).map_err(|e| e.error)?;
        Ok(())
    }

    /// Holds off all others that lock `name`; fails where another one does so for longer than `patience`.
    pub(crate) fn lock(&self, name: &str, patience: Duration) -> io::Result<Lock> {
        self.make()?;
        let path = self.0.join(name);
        if fs::symlink_metadata(&path).is_ok_and(|meta| !meta.is_file()) {
            return Err(io::Error::other(format!("{name} in it is no file")));
        }
        let file = File::options().create(true).truncate(false).write(true).mode(0o600).open(path)?;
        let began = Instant::now();
        loop {
            match file.try_lock() {
                Ok(()) => return Ok(Lock { _file: file }),
                Err(TryLockError::WouldBlock) if began.elapsed() < patience => thread::sleep(Duration::from_millis(5)),
                Err(TryLockError::WouldBlock) => {
                    return Err(io::Error::other(format!("another run keeps {name} locked")));
                }
                Err(TryLockError::Error(error)) => return Err(error),
            }
        }
    }

    /// Of the files whose names begin with `prefix`, removes those that nobody wrote for `age`, and of the
    /// rest all but the `most` newest. What a killed run left half written is none of them, and goes
    /// after a day.
    pub(crate) fn clear(&self, prefix: &str, age: Duration, most: usize) {
        let files = fs::read_dir(&self.0).into_iter().flatten().flatten();
        let ours = files.filter(|file| file.file_name().to_string_lossy().starts_with(prefix));
        let aged = ours.filter_map(|file| Some((file.metadata().ok()?.modified().ok()?.elapsed().ok()?, file.path())));
        let (halves, mut aged): (Vec<(Duration, PathBuf)>, Vec<_>) =
            aged.partition(|(_, file)| file.extension().is_some_and(|extension| extension == "part"));
        aged.sort();
        let young = aged.iter().take(most).take_while(|(old, _)| *old <= age).count();
        for (_, file) in aged[young..].iter().chain(halves.iter().filter(|(old, _)| *old > DAY)) {
            let _ = fs::remove_file(file);
        }
    }

    fn make(&self) -> io::Result<()> {
        match DirBuilder::new().recursive(true).mode(0o700).create(&self.0) {
            Err(error) if fs::symlink_metadata(&self.0).is_err() => Err(error),
            _ => flaw(&self.0).map_or(Ok(()), |flaw| Err(io::Error::new(io::ErrorKind::PermissionDenied, flaw))),
        }
    }
}

/// The name of a file that is about `what`: readable by `hint`, and different for everything.
pub(crate) fn name(prefix: &str, hint: &str, what: &str, suffix: &str) -> String {
    let readable = |c: char| if c.is_ascii_alphanumeric() || c == '_' { c } else { '-' };
    let hint: String = hint.chars().take(64).map(readable).collect();
    let hash: String = Sha256::digest(what.as_bytes()).iter().take(8).map(|byte| format!("{byte:02x}")).collect();
    format!("{prefix}{hint}-{hash}{suffix}")
}

/// `None` for a user without a home folder, as services are, unless `variable` names another place: nobody
/// wants a home made for them.
fn base(variable: &str) -> Option<etcetera::base_strategy::Xdg> {
    let base = etcetera::base_strategy::Xdg::new().ok()?;
    let is_named = std::env::var_os(variable).is_some_and(|place| !place.is_empty());
    (is_named || base.home_dir().is_dir()).then_some(base)
}

/// Why somebody else can have put a file there, if so, and what helps. A link may lead anywhere; the
/// folders above are their owners' affair.
fn flaw(folder: &Path) -> Option<String> {
    let me = rustix::process::geteuid().as_raw();
    let flaw = match fs::symlink_metadata(folder) {
        Err(_) => "it is not there",
        Ok(meta) if meta.is_symlink() => "it is a link",
        Ok(meta) if !meta.is_dir() => "it is no folder",
        Ok(meta) if meta.uid() != me => "it is another user's",
        Ok(meta) if meta.mode() & 0o022 != 0 => {
            let name = folder.to_str().filter(|name| sanitize::is_told(name));
            let remedy = name.and_then(|name| shlex::try_quote(name).ok()).map(|name| format!("; chmod go-w {name}"));
            return Some(format!("others may write there{}", remedy.unwrap_or_default()));
        }
        Ok(_) => return None,
    };
    Some(flaw.to_owned())
}
