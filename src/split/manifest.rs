//! The receipt on disk: `MANIFEST.json`, beside the files that it lists.
//!
//! It appears when all of them have their names, under its own name at once and whole. One file of it is
//! one line, for grep and diff.

use std::io::{self, ErrorKind, Write};

use anyhow::{Context, Result};
use serde::{Deserialize, Serialize};

use crate::entry::seal::{Seal, Window};

use super::count::Count;
use super::files::Files;
use super::folder::{self, Folder};
use super::template::{MANIFEST, PART};

#[derive(Debug, Deserialize)]
pub(crate) struct Manifest {
    /// What the seals of the input say, in their order.
    #[serde(default)]
    pub queries: Vec<Query>,
    /// All that the seals count came, and nothing else. Without a seal it is false.
    pub sealed: bool,
    /// Those that came.
    #[serde(default)]
    pub entries: u64,
    pub files: Vec<Listed>,
}

/// The seal of a stream without its Pods.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Query {
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    command: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub window: Option<Window>,
    #[serde(skip_serializing_if = "Option::is_none")]
    source: Option<String>,
    pub entries: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    billed: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    usd: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    version: Option<String>,
}

/// A file of the run.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Listed {
    /// Below the folder, with `/` between folders.
    pub name: String,
    /// Of its text; of a compressed file too.
    pub lines: u64,
    /// On disk.
    pub bytes: u64,
    /// The times of its first and its last entry, where they say any.
    #[serde(skip_serializing_if = "Option::is_none")]
    first: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    last: Option<String>,
    pub sha256: String,
    /// Where all entries are of one Pod: its name in [seals](crate::entry::seal).
    #[serde(skip_serializing_if = "Option::is_none")]
    pod: Option<String>,
}

impl From<Seal> for Query {
    fn from(seal: Seal) -> Self {
        let Seal { entries, window, source, command, billed, usd, version, .. } = seal;
        Query { command, window, source, entries, billed, usd, version }
    }
}

/// Writes the manifest of `files`, all of which have their names. What stood there is replaced.
pub(crate) fn write(files: &mut Files, count: &Count) -> Result<()> {
    let text = lay_out(&listed(files, count), count)?;
    let part = format!("{MANIFEST}{PART}");
    let written = files.folder.create(&part).and_then(|(mut file, identity)| {
        let named = file.write_all(text.as_bytes()).and_then(|()| files.folder.rename(&part, identity, MANIFEST, true));
        if named.is_err() {
            // Half a receipt is of no use; where it cannot go, the next run replaces it.
            let _ = files.folder.remove(&part);
        }
        named
    });
    written
        .map_err(folder::explain)
        .with_context(|| format!("cannot write {}", files.folder.path(MANIFEST).display()))?;
    Ok(())
}

/// Removes the manifest of an earlier run, and says why this one has none.
pub(crate) fn withdraw(folder: &Folder) -> String {
    let path = folder.path(MANIFEST).display().to_string();
    let why = "something is missing or broken, as told above";
    match folder.remove(MANIFEST) {
        Ok(()) => format!("{path} is removed, and no other one is written: {why}"),
        Err(e) if e.kind() == ErrorKind::NotFound => format!("{path} is not written: {why}"),
        Err(e) => format!("{path} is not written: {why}; the older one cannot be removed: {}", folder::explain(e)),
    }
}

/// The files on disk, by name.
fn listed(files: &Files, count: &Count) -> Vec<Listed> {
    let disk = files.disk();
    let there = files.all.iter().zip(&disk.all).filter(|(_, on_disk)| on_disk.identity.is_some());
    let proven =
        there.filter_map(|(file, on_disk)| Some((file, on_disk, file.proof.as_ref()?, on_disk.hash.as_ref()?)));
    let mut listed: Vec<Listed> = proven
        .map(|(file, on_disk, proof, hash)| Listed {
            name: files.final_name(file),
            lines: on_disk.lines,
            bytes: on_disk.length,
            first: proof.first.map(|stamp| stamp.to_string()),
            last: file.last.map(|stamp| stamp.to_string()),
            sha256: hash.hex(),
            pod: proof.pod().map(|pod| count.name(pod).to_owned()),
        })
        .collect();
    listed.sort_unstable_by(|one, other| one.name.cmp(&other.name));
    listed
}

fn lay_out(files: &[Listed], count: &Count) -> serde_json::Result<String> {
    let command: Vec<String> = std::env::args_os().skip(1).map(|word| word.to_string_lossy().into_owned()).collect();
    let command: Vec<&str> = [super::TOOL].into_iter().chain(command.iter().map(String::as_str)).collect();
    let members = [
        ("version", serde_json::to_string(env!("CARGO_PKG_VERSION"))?),
        ("command", serde_json::to_string(&command)?),
        ("queries", lines(&count.queries)?),
        ("sealed", count.is_sealed().to_string()),
        ("entries", count.came().to_string()),
        ("files", lines(files)?),
    ];
    let members: Vec<String> = members.iter().map(|(key, value)| format!("  \"{key}\": {value}")).collect();
    Ok(format!("{{\n{}\n}}\n", members.join(",\n")))
}

/// An array with an element a line.
fn lines<T: Serialize>(elements: &[T]) -> serde_json::Result<String> {
    if elements.is_empty() {
        return Ok("[]".to_owned());
    }
    let lines: Vec<String> = elements.iter().map(serde_json::to_string).collect::<Result<_, _>>()?;
    Ok(format!("[\n    {}\n  ]", lines.join(",\n    ")))
}

impl Manifest {
    /// Reads what [`write()`] wrote; anything else is an error.
    pub(crate) fn read(text: &[u8]) -> io::Result<Self> {
        Ok(serde_json::from_slice(text)?)
    }
}
