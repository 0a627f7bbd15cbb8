//! Whether the files of a folder are what its manifest says.
//!
//! The manifest is as hostile as a log: its names lead nowhere but into the folder, no link is followed,
//! and what it says reaches a terminal harmless.

use std::collections::HashSet;
use std::fs::File;
use std::io::{self, ErrorKind, Read, Seek};
use std::path::Path;

use anyhow::anyhow;
use rustix::fs::FileType;
use sha2::{Digest, Sha256};

use crate::input;
use crate::size::{self, plural};
use crate::tool::{Failure, Notes, Outcome, Status};

use super::folder::{self, Folder};
use super::manifest::{Listed, Manifest};
use super::proof;
use super::template::MANIFEST;

/// A longer manifest is none, in bytes: it would list a million files.
const LONGEST: u64 = 256 << 20;

/// So many further files are named.
const FEW: usize = 5;

/// What the manifest says is shown so far, in bytes.
const LONGEST_TEXT: usize = 300;

/// Compares the folder with its manifest: status 0, 3 where anything is wrong, 2 without a manifest.
pub(crate) fn run(dir: &Path, notes: &Notes) -> Outcome {
    let folder = Folder::look(dir).map_err(|e| anyhow!("cannot open the folder {}: {e}", dir.display()))?;
    let path = folder.path(MANIFEST);
    let manifest = match read(&folder) {
        Ok(manifest) => manifest,
        Err(e) if e.kind() == ErrorKind::NotFound => {
            let error = anyhow!("there is no {}", path.display());
            return Err(Failure::from(error).hint("lq-split --manifest writes one beside the files"));
        }
        Err(e) => {
            notes.error(format!("{}: {}", path.display(), short(&folder::explain(e).to_string())));
            return Ok(Status::Incomplete);
        }
    };
    let mut wrong = 0u64;
    let mut names = HashSet::new();
    for file in &manifest.files {
        if let Err(why) = check(&folder, file, &mut names) {
            wrong += 1;
            notes.error(format!("{}/{}: {why}", dir.display(), short(&file.name)));
        }
    }
    let files = plural(manifest.files.len() as u64, "file");
    let contradiction = contradiction(&manifest);
    if let Some(contradiction) = &contradiction {
        notes.error(format!("{}: {contradiction}", path.display()));
    }
    if wrong > 0 {
        notes.error(format!("{}: {} of {files} not as {MANIFEST} says", dir.display(), size::count(wrong)));
    }
    if wrong > 0 || contradiction.is_some() {
        say_others(&folder, &names, dir, notes);
        return Ok(Status::Incomplete);
    }
    let sum = |of: fn(&Listed) -> u64| manifest.files.iter().map(of).fold(0, u64::saturating_add);
    let (lines, bytes) = (plural(sum(|file| file.lines), "line"), size::say(sum(|file| file.bytes)));
    let sealed = if manifest.sealed { "sealed" } else { "not sealed" };
    let window = window(&manifest).map_or(String::new(), |window| format!(", {window}"));
    notes.say(format!("{}: {files}, {lines}, {bytes}, as {MANIFEST} says{window}, {sealed}", dir.display()));
    say_others(&folder, &names, dir, notes);
    Ok(Status::Done)
}

fn read(folder: &Folder) -> io::Result<Manifest> {
    let mut text = Vec::new();
    folder.read(MANIFEST)?.take(LONGEST + 1).read_to_end(&mut text)?;
    if text.len() as u64 > LONGEST {
        return Err(io::Error::other("too long for a manifest"));
    }
    Manifest::read(&text).map_err(|e| io::Error::other(format!("no manifest, or a damaged one: {e}")))
}

/// As much of what the manifest says as is shown.
fn short(text: &str) -> &str {
    &text[..text.floor_char_boundary(LONGEST_TEXT)]
}

/// What a sealed manifest says against itself.
fn contradiction(manifest: &Manifest) -> Option<String> {
    if !manifest.sealed {
        return None;
    }
    if manifest.queries.is_empty() {
        return Some("it says `sealed`, and has no query that was".to_owned());
    }
    let asked = manifest.queries.iter().map(|query| query.entries).fold(0, u64::saturating_add);
    let entries = |count| plural(count, "entry");
    (asked != manifest.entries)
        .then(|| format!("it says `sealed`, but has {} of {}", entries(manifest.entries), entries(asked)))
}

/// Says what is wrong with a file.
fn check<'a>(folder: &Folder, file: &'a Listed, names: &mut HashSet<&'a str>) -> Result<(), String> {
    if !leads_inside(&file.name) {
        return Err("no name of a file below the folder; it was not looked at".to_owned());
    }
    if !names.insert(&file.name) {
        return Err("stands in the manifest twice".to_owned());
    }
    let unreadable = |e: io::Error| match e.kind() {
        ErrorKind::NotFound => "missing".to_owned(),
        _ => format!("cannot be read: {}", folder::explain(e)),
    };
    let mut found = folder.read(&file.name).map_err(unreadable)?;
    let length = found.metadata().map_err(unreadable)?.len();
    match length.checked_sub(file.bytes) {
        Some(0) => {}
        Some(more) => return Err(format!("{} longer than it was", plural(more, "byte"))),
        None => return Err(format!("{} shorter than it was", plural(file.bytes - length, "byte"))),
    }
    let mut hash = Sha256::new();
    let mut lines = 0;
    let is_packed = ["gzip", "zstd"].contains(&input::packing_of(&found).map_err(unreadable)?);
    found.rewind().map_err(unreadable)?;
    // It may grow while it is read.
    each((&found).take(file.bytes), |bytes| {
        hash.update(bytes);
        lines += newlines(bytes);
    })
    .map_err(unreadable)?;
    if !proof::hex(hash).eq_ignore_ascii_case(&file.sha256) {
        return Err("changed: it is as long as it was, but its SHA-256 is another".to_owned());
    }
    if is_packed {
        lines = packed_lines(found).map_err(unreadable)?;
    }
    let said = size::count(file.lines);
    if lines == file.lines { Ok(()) } else { Err(format!("has {}; {MANIFEST} says {said}", plural(lines, "line"))) }
}

/// Lines of the text of a packed file.
fn packed_lines(mut file: File) -> io::Result<u64> {
    let mut lines = 0;
    file.rewind()?;
    each(input::unpacked(file)?, |bytes| lines += newlines(bytes))?;
    Ok(lines)
}

fn newlines(bytes: &[u8]) -> u64 {
    memchr::memchr_iter(b'\n', bytes).count() as u64
}

/// Reads everything.
fn each(mut read: impl Read, mut take: impl FnMut(&[u8])) -> io::Result<()> {
    let mut buffer = vec![0; 256 << 10];
    loop {
        match read.read(&mut buffer) {
            Ok(0) => return Ok(()),
            Ok(n) => take(&buffer[..n]),
            Err(e) if e.kind() == ErrorKind::Interrupted => {}
            Err(e) => return Err(e),
        }
    }
}

/// True for what can be the name of a file below a folder.
fn leads_inside(name: &str) -> bool {
    !name.contains(char::is_control) && name.split('/').all(|part| !["", ".", ".."].contains(&part))
}

/// What was asked for, from the first to the last moment.
fn window(manifest: &Manifest) -> Option<String> {
    let windows = || manifest.queries.iter().filter_map(|query| query.window.as_ref());
    let since = windows().map(|window| &window.since).min()?;
    let until = windows().map(|window| &window.until).max()?;
    Some(format!("{} to {}", short(since), short(until)))
}

/// Names what the manifest does not speak of, in the folders that it names.
fn say_others(folder: &Folder, names: &HashSet<&str>, dir: &Path, notes: &Notes) {
    let mut folders: HashSet<&str> = HashSet::from([""]);
    for name in names {
        folders.extend(name.match_indices('/').map(|(end, _)| &name[..end]));
    }
    let mut others = Vec::new();
    for below in &folders {
        // One that cannot be listed holds nothing that anybody would find.
        for (name, kind) in folder.list(below).unwrap_or_default() {
            let name = String::from_utf8_lossy(&name);
            let path = if below.is_empty() { name.into_owned() } else { format!("{below}/{name}") };
            let is_known = match kind {
                FileType::Directory => folders.contains(&*path),
                _ => path == MANIFEST || names.contains(&*path),
            };
            let what = match kind {
                FileType::RegularFile => "",
                FileType::Directory => " (a folder)",
                FileType::Symlink => " (a link)",
                FileType::Fifo => " (a fifo)",
                FileType::Socket => " (a socket)",
                FileType::CharacterDevice | FileType::BlockDevice => " (a device)",
                FileType::Unknown => " (of a kind that the system does not tell)",
            };
            if !is_known {
                others.push(format!("{path}{what}"));
            }
        }
    }
    others.sort_unstable();
    if others.is_empty() {
        return;
    }
    let more = match others.len().saturating_sub(FEW) {
        0 => String::new(),
        more => format!(" and {} more", size::count(more as u64)),
    };
    let few: Vec<&str> = others.iter().take(FEW).map(|other| short(other)).collect();
    let few = few.join(" ");
    let others = plural(others.len() as u64, "other file");
    notes.say(format!("{}: {others} there that {MANIFEST} does not list: {few}{more}", dir.display()));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_names_below_the_folder_are_looked_at() {
        for name in ["a.log", "east/a.log", "a..b", "...", "-rf", "%", "日本"] {
            assert!(leads_inside(name), "{name}");
        }
        for name in ["", ".", "..", "../a", "a/..", "a/../b", "./a", "/etc/passwd", "a//b", "a/", "a\nb", "a\0b"] {
            assert!(!leads_inside(name), "{name:?}");
        }
    }
}
