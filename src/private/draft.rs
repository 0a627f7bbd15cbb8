//! A file that is being written piece by piece, and gets its name when it is whole: until then nobody
//! sees it, and it is gone with whoever writes it.
//!
//! Where the system can, the draft has no name at all (`O_TMPFILE`, open(2)), so that nothing is left of a
//! process that is killed. Elsewhere it has one that ends in `.part`, and is locked by its writer: one that
//! nobody holds is nobody's, and [`Folder::sweep`] removes it.

use std::fs::{self, File};
use std::io;
use std::path::Path;

use tempfile::NamedTempFile;

use super::Folder;

/// How the names of drafts end that must have one.
pub(crate) const PART: &str = ".part";

#[derive(Debug)]
pub(crate) struct Draft {
    folder: Folder,
    is: Is,
}

#[derive(Debug)]
enum Is {
    Nameless(File),
    Named(NamedTempFile),
}

impl Folder {
    /// A new draft of mode 0600, for a file whose name will begin with `prefix`.
    pub(crate) fn draft(&self, prefix: &str) -> io::Result<Draft> {
        self.make()?;
        match nameless(self.path()) {
            Some(file) => Ok(Draft { folder: self.clone(), is: Is::Nameless(file) }),
            None => self.named(prefix),
        }
    }

    fn named(&self, prefix: &str) -> io::Result<Draft> {
        let file = tempfile::Builder::new().prefix(prefix).suffix(PART).tempfile_in(self.path())?;
        file.as_file().lock()?;
        Ok(Draft { folder: self.clone(), is: Is::Named(file) })
    }

    /// Removes the drafts that begin with `prefix` and that nobody writes any more.
    pub(crate) fn sweep(&self, prefix: &str) {
        for name in self.names().iter().filter(|name| name.starts_with(prefix) && name.ends_with(PART)) {
            if self.open(name).is_some_and(|file| file.try_lock().is_ok()) {
                self.remove(name);
            }
        }
    }
}

/// A file without a name, of which `linkat` can make one that has; `None` where the system has no such thing.
#[cfg(target_os = "linux")]
fn nameless(folder: &Path) -> Option<File> {
    use rustix::fs::{Mode, OFlags};
    let flags = OFlags::TMPFILE | OFlags::RDWR | OFlags::CLOEXEC;
    let file = File::from(rustix::fs::open(folder, flags, Mode::RUSR | Mode::WUSR).ok()?);
    fs::metadata(link_to(&file)).is_ok().then_some(file)
}

#[cfg(not(target_os = "linux"))]
fn nameless(_: &Path) -> Option<File> {
    None
}

/// By which an open file can be named: <https://man7.org/linux/man-pages/man2/open.2.html>, `O_TMPFILE`.
#[cfg(target_os = "linux")]
fn link_to(file: &File) -> String {
    use std::os::fd::AsRawFd;
    format!("/proc/self/fd/{}", file.as_raw_fd())
}

impl Draft {
    pub(crate) fn file(&mut self) -> &mut File {
        match &mut self.is {
            Is::Nameless(file) => file,
            Is::Named(file) => file.as_file_mut(),
        }
    }

    /// Gives the file its name, in place of one that has it. Where another process gives that name at the
    /// same time, one of both stays.
    pub(crate) fn keep(self, name: &str) -> io::Result<()> {
        let path = self.folder.path().join(name);
        match self.is {
            Is::Named(file) => file.persist(path).map(drop).map_err(|error| error.error),
            #[cfg(target_os = "linux")]
            Is::Nameless(file) => {
                use rustix::fs::{AtFlags, CWD};
                self.folder.remove(name);
                match rustix::fs::linkat(CWD, link_to(&file), CWD, &path, AtFlags::SYMLINK_FOLLOW) {
                    Err(error) if error != rustix::io::Errno::EXIST => Err(error.into()),
                    _ => Ok(()),
                }
            }
            #[cfg(not(target_os = "linux"))]
            Is::Nameless(_) => Err(io::Error::from(io::ErrorKind::Unsupported)),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    #[test]
    fn a_draft_has_no_name_before_it_is_whole_and_is_ours_alone_then() {
        let home = tempfile::tempdir().unwrap();
        let folder = Folder::at(&home.path().join("lq"));
        let mut draft = folder.draft("slice-").unwrap();
        draft.file().write_all(b"whole").unwrap();
        if cfg!(target_os = "linux") {
            assert_eq!(folder.names(), [] as [&str; 0]);
        }
        draft.keep("slice-1").unwrap();
        assert_eq!(folder.read("slice-1", 100).unwrap(), b"whole");
        let mode = |name: &str| fs::metadata(folder.path().join(name)).unwrap().permissions().mode() & 0o777;
        assert_eq!((mode("slice-1"), mode(".")), (0o600, 0o700));
    }

    #[test]
    fn the_later_of_two_drafts_takes_the_place_of_the_first() {
        let home = tempfile::tempdir().unwrap();
        let folder = Folder::at(&home.path().join("lq"));
        for text in ["first", "later"] {
            let mut draft = folder.draft("slice-").unwrap();
            draft.file().write_all(text.as_bytes()).unwrap();
            draft.keep("slice-1").unwrap();
        }
        assert_eq!(folder.read("slice-1", 100).unwrap(), b"later");
    }

    #[test]
    fn a_named_draft_stays_while_it_is_written_and_is_swept_when_its_writer_was_killed() {
        let home = tempfile::tempdir().unwrap();
        let folder = Folder::at(&home.path().join("lq"));
        folder.make().unwrap();
        let mut draft = folder.named("slice-").unwrap();
        draft.file().write_all(b"half").unwrap();
        // As a killed process leaves it: no lock.
        fs::write(folder.path().join("slice-x.part"), b"half").unwrap();
        folder.sweep("slice-");
        assert_eq!(folder.names().len(), 1);
        draft.keep("slice-1").unwrap();
        folder.sweep("slice-");
        assert_eq!(folder.names(), ["slice-1"]);
    }
}
