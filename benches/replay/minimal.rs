//! The least that a tool of lq's kind can do, as yardsticks: a splitter that looks for the Pod's name by byte search,
//! and so can be fooled, and a formatter that parses five members and prints them.

use std::borrow::Cow;
use std::collections::HashMap;
use std::fs::{File, OpenOptions};
use std::io::{BufWriter, Read, Write};
use std::path::Path;

use anyhow::{Context, Result};
use memchr::memmem::Finder;
use rustix::process::{Resource, getrlimit};
use serde::Deserialize;

/// What is read at once.
const BLOCK: usize = 256 << 10;

/// What a Pod's file gets at once.
const PIECE: usize = 16 << 10;

/// Calls `each` for every line of the file, without its end.
fn for_each_line(path: &Path, mut each: impl FnMut(&[u8]) -> Result<()>) -> Result<()> {
    let mut file = File::open(path).with_context(|| path.display().to_string())?;
    let mut block = vec![0; BLOCK];
    let mut filled = 0;
    loop {
        let read = file.read(&mut block[filled..])?;
        filled += read;
        let mut begin = 0;
        for end in memchr::memchr_iter(b'\n', &block[..filled]) {
            each(&block[begin..end])?;
            begin = end + 1;
        }
        if read == 0 {
            return if begin < filled { each(&block[begin..filled]) } else { Ok(()) };
        }
        block.copy_within(begin..filled, 0);
        filled -= begin;
        if filled == block.len() {
            block.resize(block.len() * 2, 0);
        }
    }
}

struct Output {
    name: String,
    /// Open from the first piece on, while there are descriptors.
    file: Option<File>,
    is_begun: bool,
    piece: Vec<u8>,
}

impl Output {
    fn write(&mut self, folder: &Path, spare: &mut u64) -> Result<()> {
        let mut opened = match self.file.take() {
            Some(file) => file,
            None => {
                let mut options = OpenOptions::new();
                let options = options.create(true).write(true).append(self.is_begun).truncate(!self.is_begun);
                options.open(folder.join(&self.name)).with_context(|| self.name.clone())?
            }
        };
        opened.write_all(&self.piece)?;
        self.piece.clear();
        if !self.is_begun {
            self.is_begun = true;
            if let Some(left) = spare.checked_sub(1) {
                *spare = left;
                self.file = Some(opened);
            }
        } else if self.file.is_none() && *spare > 0 {
            self.file = Some(opened);
        }
        Ok(())
    }
}

/// Copies each line to POD.log in the folder. `key` is that of the Pod's name.
pub fn split(path: &Path, folder: &Path, key: &str) -> Result<()> {
    let mut spare = getrlimit(Resource::Nofile).current.unwrap_or(u64::MAX).saturating_sub(16);
    let before = format!("\"{key}\":\"");
    let finder = Finder::new(&before);
    let mut by_name: HashMap<Vec<u8>, usize> = HashMap::new();
    let mut outputs: Vec<Output> = Vec::new();
    for_each_line(path, |line| {
        let begin = finder.find(line).context("a line without a Pod")? + before.len();
        let end = begin + memchr::memchr(b'"', &line[begin..]).context("a name without an end")?;
        let number = match by_name.get(&line[begin..end]) {
            Some(number) => *number,
            None => {
                let name = format!("{}.log", str::from_utf8(&line[begin..end])?);
                by_name.insert(line[begin..end].to_vec(), outputs.len());
                outputs.push(Output { name, file: None, is_begun: false, piece: Vec::with_capacity(PIECE) });
                outputs.len() - 1
            }
        };
        let output = &mut outputs[number];
        if output.piece.len() + line.len() >= PIECE {
            output.write(folder, &mut spare)?;
        }
        output.piece.extend_from_slice(line);
        output.piece.push(b'\n');
        Ok(())
    })?;
    outputs.iter_mut().try_for_each(|output| output.write(folder, &mut spare))
}

/// Five members of a LogEntry or an entry. An `Option<Cow<str>>` would always own its text:
/// <https://github.com/serde-rs/serde/issues/1852>.
#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Record<'a> {
    #[serde(borrow)]
    timestamp: Cow<'a, str>,
    #[serde(borrow)]
    severity: Cow<'a, str>,
    #[serde(borrow)]
    pod: Cow<'a, str>,
    #[serde(borrow)]
    container: Cow<'a, str>,
    #[serde(borrow, alias = "textPayload")]
    message: Cow<'a, str>,
    #[serde(borrow)]
    resource: Resources<'a>,
    #[serde(borrow)]
    json_payload: Payload<'a>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Resources<'a> {
    #[serde(borrow)]
    labels: Labels<'a>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Labels<'a> {
    #[serde(borrow)]
    pod_name: Cow<'a, str>,
    #[serde(borrow)]
    container_name: Cow<'a, str>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Payload<'a> {
    #[serde(borrow)]
    message: Cow<'a, str>,
}

/// Writes `TIME SEVERITY POD CONTAINER MESSAGE` to standard output.
pub fn fmt(path: &Path) -> Result<()> {
    let mut out = BufWriter::with_capacity(BLOCK, std::io::stdout().lock());
    for_each_line(path, |line| {
        let record: Record = serde_json::from_str(simdutf8::basic::from_utf8(line)?)?;
        let Labels { pod_name, container_name } = &record.resource.labels;
        for word in [&record.timestamp, &record.severity, &record.pod, pod_name, &record.container, container_name] {
            if !word.is_empty() {
                out.write_all(word.as_bytes())?;
                out.write_all(b" ")?;
            }
        }
        out.write_all(record.message.as_bytes())?;
        out.write_all(record.json_payload.message.as_bytes())?;
        Ok(out.write_all(b"\n")?)
    })?;
    Ok(out.flush()?)
}
