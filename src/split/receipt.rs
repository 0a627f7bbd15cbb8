//! What came of a run, counted on the way and told at its end.

use std::io::{self, IsTerminal, Write};
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

use crate::entry::sanitize;
use crate::entry::scan::Flaw;
use crate::input::STDIN;
use crate::size::{self, plural};
use crate::tool::{self, Notes, Status};

use super::files::Files;
use super::finish::Finished;
use super::folder::Folder;
use super::plan::Mode;

/// What an item of the input turned out to be.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Seen {
    /// An entry in its file, or nothing that is told of here.
    Placed,
    Plain,
    Podless,
    Broken,
    Long,
    OtherCluster,
}

/// How many lines of one kind there were, and the first of them.
#[derive(Debug, Default)]
struct Tally {
    count: u64,
    first: Option<(PathBuf, u64)>,
    flaw: Option<Flaw>,
}

impl Tally {
    fn add(&mut self, input: &Path, line: u64) {
        self.count += 1;
        self.first.get_or_insert_with(|| (input.to_owned(), line));
    }

    /// `3 lines that … (the first: INPUT, line 7: why)`, or nothing where there are none.
    fn say(&self, one: &str, many: &str, rest: &str) -> Option<String> {
        let (input, line) = self.first.as_ref()?;
        let what = if self.count == 1 { format!("1 {one}") } else { format!("{} {many}", size::count(self.count)) };
        let flaw = self.flaw.map(|flaw| format!(": {flaw}")).unwrap_or_default();
        let place = format!("{}, line {line}{flaw}", name(input));
        let first = if self.count == 1 { place } else { format!("the first: {place}") };
        Some(format!("{what} ({first}) went to {rest}"))
    }
}

/// What is counted on the way.
#[derive(Debug, Default)]
pub(crate) struct Receipt {
    plain: Tally,
    podless: Tally,
    broken: Tally,
    long: Tally,
    other_cluster: Tally,
    /// Lines in which something had to be replaced by U+FFFD.
    pub mended: u64,
    /// Entries without a time, where the form of output needs one.
    pub timeless: u64,
}

impl Receipt {
    /// Lines were too long to be read.
    pub(crate) fn has_long(&self) -> bool {
        self.long.count > 0
    }

    /// What is wrong with a line of broken JSON; the first is told.
    pub(crate) fn note_flaw(&mut self, flaw: Flaw) {
        self.broken.flaw.get_or_insert(flaw);
    }

    pub(crate) fn note(&mut self, seen: Seen, input: &Path, line: u64) {
        let tally = match seen {
            Seen::Placed => return,
            Seen::Plain => &mut self.plain,
            Seen::Podless => &mut self.podless,
            Seen::Broken => &mut self.broken,
            Seen::Long => &mut self.long,
            Seen::OtherCluster => &mut self.other_cluster,
        };
        tally.add(input, line);
    }

    /// Tells what did not go the usual way, and what that means for the run.
    pub(crate) fn say(&self, rest: &Path, notes: &Notes) -> Status {
        let rest = rest.display().to_string();
        let good = [
            self.plain.say("line that is no JSON", "lines that are no JSON", &rest),
            self.podless.say("entry that names no Pod", "entries that name no Pod", &rest),
            (self.mended > 0).then(|| {
                let lines = if self.mended == 1 { "line was" } else { "lines were" };
                format!("{} {lines} not UTF-8, or had half a character; U+FFFD stands for that now", self.mended)
            }),
            (self.timeless > 0).then(|| {
                let entries = if self.timeless == 1 { "entry has" } else { "entries have" };
                format!(
                    "{} {entries} no time, nor have the lines of -o cri; readers of the kubelet's files refuse those",
                    size::count(self.timeless)
                )
            }),
        ];
        let bad = [
            self.broken.say("line of broken JSON", "lines of broken JSON", &rest),
            self.long.say("line over --max-line", "lines over --max-line", &rest),
            self.other_cluster.say("entry of another cluster", "entries of other clusters", &rest),
        ];
        good.iter().flatten().for_each(|text| notes.say(text));
        bad.iter().flatten().for_each(|text| notes.error(text));
        if bad.iter().any(Option::is_some) { Status::Incomplete } else { Status::Done }
    }
}

/// Tells what a good run has made. `sealed` is how many entries the seals count, where all of them came.
pub(crate) fn say_finished(finished: &Finished, files: &Files, sealed: Option<u64>, dir: &Path, notes: &Notes) {
    let kinds = [(finished.new, "new"), (finished.replaced, "replaced"), (finished.appended, "appended to")];
    let kinds: Vec<_> =
        kinds.iter().filter(|(n, _)| *n > 0).map(|(n, kind)| format!("{} {kind}", size::count(*n as u64))).collect();
    let kinds = if kinds.is_empty() { String::new() } else { format!(" ({})", kinds.join(", ")) };
    let count = finished.names.len();
    let disk = files.disk();
    let (lines, bytes) = (plural(disk.lines, "line"), size::say(disk.bytes));
    drop(disk);
    let sealed = match sealed {
        Some(1) => ", the one entry of the seal".to_owned(),
        Some(entries) => format!(", all {} entries of the seal", size::count(entries)),
        None => String::new(),
    };
    notes.say(format!("{}: {}{kinds}, {lines}, {bytes}{sealed}", dir.display(), plural(count as u64, "file")));
    if finished.undated > 0 {
        let undated = plural(finished.undated as u64, "file");
        notes.say(format!("{}: {undated} could not be given the time of the last entry", dir.display()));
    }
    match files.count_others() {
        0 => {}
        1 => notes.say(format!("{}: 1 other *.log file there is not from this run", dir.display())),
        others => notes.say(format!("{}: {others} other *.log files there are not from this run", dir.display())),
    }
}

/// Prints the paths of files on standard output: as they are, and to a terminal harmless.
pub(crate) fn print(names: &[String], folder: &Folder) -> io::Result<()> {
    let mut paths = Vec::new();
    let is_shown = io::stdout().is_terminal();
    for name in names {
        let path = folder.path(name);
        match is_shown {
            true => sanitize::push_line(&path.to_string_lossy(), &mut paths),
            false => paths.extend_from_slice(path.as_os_str().as_bytes()),
        }
        paths.push(b'\n');
    }
    let mut out = tool::stdout()?;
    out.write_all(&paths)?;
    out.flush()
}

/// Tells what a run leaves that ended badly, even if it is told to be quiet.
pub(crate) fn say_left(files: &Files, dir: &Path, notes: &Notes) {
    const FEW: usize = 5;
    let written = files.disk().lines;
    let (dir, lines) = (dir.display(), plural(written, "line"));
    if files.mode == Mode::Append {
        if written > 0 {
            let were = if written == 1 { "was" } else { "were" };
            notes.error(format!("{dir}: {lines} {were} appended before the end"));
        }
        return;
    }
    let parts = files.parts();
    if parts.is_empty() {
        return;
    }
    let mut names = parts.iter().take(FEW).cloned().collect::<Vec<_>>().join(" ");
    if parts.len() > FEW {
        names.push_str(&format!(" and {} more", size::count((parts.len() - FEW) as u64)));
    }
    let count = plural(parts.len() as u64, "unfinished file");
    notes.error(format!("{dir}: {count} with {lines} left: {names}"));
}

/// What an input is called.
pub(crate) fn name(input: &Path) -> String {
    if input == Path::new("-") { STDIN.to_owned() } else { input.display().to_string() }
}
