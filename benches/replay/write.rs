//! The recorded entries as lines: one file, or an archive as Cloud Logging's sink writes it, an hour a file.

use std::fs::{self, File};
use std::io::{BufWriter, Write};
use std::path::Path;

use anyhow::Result;
use chrono::{DateTime, Timelike};
use clap::ValueEnum;

use crate::column::{Column, push_object};
use crate::entries::Entries;
use crate::shape;

#[derive(Clone, Copy, ValueEnum)]
pub enum Dialect {
    /// Cloud Logging's own
    Logentry,
    /// lq's own: lq-entry(5)
    Entry,
}

impl Dialect {
    fn columns(self) -> Vec<Column> {
        match self {
            Dialect::Logentry => shape::log_entry(),
            Dialect::Entry => shape::entry(),
        }
    }
}

/// How many bytes a line has on the average, with its end.
pub fn width(entries: &Entries, dialect: Dialect) -> Result<u64> {
    let columns = dialect.columns();
    let mut out = Vec::new();
    for number in 0..entries.count {
        push_object(&columns, &entries.entry(number), &mut out)?;
        out.push(b'\n');
    }
    Ok(out.len() as u64 / entries.count)
}

/// Writes the lines to standard output: in the order of time, or as a query's result has them.
pub fn lines(entries: &Entries, dialect: Dialect, is_unsorted: bool) -> Result<()> {
    let numbers: Box<dyn Iterator<Item = u64>> = match is_unsorted {
        true => Box::new(0..entries.count),
        false => Box::new(entries.in_order()),
    };
    let columns = dialect.columns();
    let mut out = BufWriter::with_capacity(1 << 20, std::io::stdout().lock());
    let mut line = Vec::new();
    for number in numbers {
        line.clear();
        push_object(&columns, &entries.entry(number), &mut line)?;
        line.push(b'\n');
        out.write_all(&line)?;
    }
    Ok(out.flush()?)
}

/// Writes LogEntry lines below the folder, each to the file of its hour.
/// <https://cloud.google.com/logging/docs/export/storage#gcs-organization>
pub fn archive(entries: &Entries, folder: &Path) -> Result<()> {
    let folder = folder.join("stdout/2026/11/20");
    fs::create_dir_all(&folder)?;
    let name = |hour| folder.join(format!("{hour:02}:00:00_{hour:02}:59:59_S0.json"));
    let mut files = (0..24).map(|hour| Ok(BufWriter::new(File::create(name(hour))?))).collect::<Result<Vec<_>>>()?;
    let columns = Dialect::Logentry.columns();
    let mut line = Vec::new();
    for number in entries.in_order() {
        let entry = entries.entry(number);
        line.clear();
        push_object(&columns, &entry, &mut line)?;
        line.push(b'\n');
        let hour = DateTime::from_timestamp_micros(entry.time).unwrap_or_default().hour();
        files[hour as usize].write_all(&line)?;
    }
    files.iter_mut().try_for_each(|file| Ok(file.flush()?))
}
