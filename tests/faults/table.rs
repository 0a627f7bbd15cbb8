//! The table: fault by fault, tool by tool.

use crate::promise::{Cell, Row, TOOLS, Tool, ends, row};

use Fault::*;

/// What goes wrong, in the order of the page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    Kill,
    FrontKilled,
    Again,
    Interrupt,
    InterruptTwice,
    Terminate,
    TerminateStuck,
    HangUp,
    HangUpIgnored,
    ReaderGoneAtOnce,
    ReaderGoneMidway,
    FullOutput,
    FullTemporary,
    QuotaTemporary,
    ReadOnlyTemporary,
    RemovedTemporary,
    FullFolder,
    QuotaFolder,
    ReadOnlyFolder,
    RemovedFolder,
    FullHome,
    QuotaHome,
    ReadOnlyHome,
    RemovedHome,
    TwoRuns,
    Forbidden,
    Device,
    DamagedInput,
    CutInput,
    CutPlainInput,
    BrokenLine,
    Folder,
    ClockForward,
    ClockBack,
    NoConnection,
    CutTls,
    CutToken,
    CutList,
    CutTable,
    CutQuery,
    CutWait,
    CutPage,
    CutBetweenPages,
    CutBill,
    CutCancel,
    NetworkSilent,
    NetworkGone,
}

impl Fault {
    pub fn words(self) -> &'static str {
        match self {
            Kill => "kill -9",
            FrontKilled => "kill -9 of the tool in front",
            Again => "kill -9, and the same run again",
            Interrupt => "Ctrl-C",
            InterruptTwice => "Ctrl-C twice",
            Terminate => "SIGTERM",
            TerminateStuck => "SIGTERM: the reader hangs",
            HangUp => "SIGHUP",
            HangUpIgnored => "SIGHUP under nohup",
            ReaderGoneAtOnce => "closed pipe: the reader is gone at once",
            ReaderGoneMidway => "closed pipe: the reader goes midway",
            FullOutput => "full disk: standard output",
            FullTemporary => "full disk: TMPDIR",
            QuotaTemporary => "quota: TMPDIR",
            ReadOnlyTemporary => "read-only: TMPDIR",
            RemovedTemporary => "removed midway: TMPDIR",
            FullFolder => "full disk: --dir",
            QuotaFolder => "quota: --dir",
            ReadOnlyFolder => "read-only: --dir, becoming so midway",
            RemovedFolder => "removed midway: --dir",
            FullHome => "full disk: cache and state",
            QuotaHome => "quota: cache and state",
            ReadOnlyHome => "read-only: cache and state",
            RemovedHome => "removed midway: cache and state",
            TwoRuns => "two runs in one folder",
            Forbidden => "unreadable input: no permission",
            Device => "unreadable input: the device fails",
            DamagedInput => "damaged input: wrong bytes",
            CutInput => "damaged input: cut off",
            CutPlainInput => "damaged input: a plain file cut off",
            BrokenLine => "damaged input: a broken line",
            Folder => "unreadable input: a folder",
            ClockForward => "the clock jumps forward",
            ClockBack => "the clock jumps back",
            NoConnection => "network: nothing answers",
            CutTls => "network: cut in the TLS handshake",
            CutToken => "network: cut at the token",
            CutList => "network: cut at tables.list",
            CutTable => "network: cut at tables.get",
            CutQuery => "network: cut at jobs.query",
            CutWait => "network: cut while waiting for the job",
            CutPage => "network: cut in the middle of a page",
            CutBetweenPages => "network: cut between pages",
            CutBill => "network: cut at the bill (jobs.get)",
            CutCancel => "network: cut at the cancellation",
            NetworkSilent => "network: silent",
            NetworkGone => "network: gone for good",
        }
    }
}

const NO_TEMPORARY: &str = "it writes no temporary files";
const NO_FOLDER: &str = "it writes to no folder";
const NO_MEMORY: &str = "it remembers nothing";
const NO_NETWORK: &str = "it has no network code";

/// What is promised.
pub fn table() -> Vec<Row<Fault>> {
    let again = || ends(0).whole().and("what was cut is asked for again, and nothing comes twice");
    // Only at the time that it is told can it say this of the window.
    let same =
        || ends(0).whole().says("the window ends less than two minutes ago").and("the window stays as it was told");
    let cut_plain = || ends(3).says("bad.json").and("what came before the cut is there");
    let other_forms = "other forms than entry and logentry just end";
    vec![
        row(
            Kill,
            ends(137).cut().runs_on().and("what is whole has a seal, with --seal, and this has none"),
            ends(137).parts(),
            ends(137).cut(),
            ends(137).cut().runs_on(),
        ),
        row(
            FrontKilled,
            "it stands in front",
            ends(3).parts().says("--sealed: standard input has no seal").and("with --sealed, behind lq-query --seal"),
            ends(0).cut().and("it passes on no seal either, which lq-split --sealed notices"),
            "it stands in front",
        ),
        row(
            Again,
            ends(0).whole(),
            ends(0).named().and("it replaces what was left .part"),
            ends(0).whole(),
            ends(0).whole(),
        ),
        row(
            Interrupt,
            ends(130).failed().cancelled(),
            ends(130).parts().says("reading on to the end").and("it reads on to the end of its input first"),
            ends(130).failed().and(other_forms),
            ends(130).failed().cancelled(),
        ),
        row(
            InterruptTwice,
            ends(130).runs_on().and("at once, also where the reader hangs"),
            ends(130).parts().and("at once"),
            ends(130).and("at once, also where the reader hangs"),
            ends(130).runs_on().and("at once"),
        ),
        row(
            Terminate,
            ends(143).failed().cancelled(),
            ends(143).parts(),
            ends(143).failed().and(other_forms),
            ends(143).failed().cancelled(),
        ),
        row(
            TerminateStuck,
            ends(143).cut().and("after 10 to 20 s; the last line cannot be written"),
            ends(143).and("after 2 to 4 s, with --tee; no file gets its final name"),
            ends(143).cut().and("after 2 to 4 s; the last line cannot be written"),
            ends(143).cut().and("after 10 to 20 s; the last line cannot be written"),
        ),
        row(
            HangUp,
            ends(129).failed().cancelled(),
            ends(129).parts(),
            ends(129).failed().and(other_forms),
            ends(129).failed().cancelled(),
        ),
        row(HangUpIgnored, ends(0).whole(), ends(0).named(), ends(0).whole(), ends(0).whole()),
        row(ReaderGoneAtOnce, ends(0).cancelled(), ends(0).named().and("with --tee"), ends(0), ends(0).cancelled()),
        row(ReaderGoneMidway, ends(0).cancelled(), ends(0).named().and("with --tee"), ends(0), ends(0)),
        row(
            FullOutput,
            ends(2).says("cannot write to standard output: No space left"),
            ends(3).named().says("cannot write to standard output: No space left").and("with --tee"),
            ends(2).says("cannot write to standard output: No space left"),
            ends(2).says("cannot write to standard output: No space left"),
        ),
        row(
            FullTemporary,
            ends(2).failed().says("set TMPDIR to a folder with room"),
            NO_TEMPORARY,
            NO_TEMPORARY,
            NO_TEMPORARY,
        ),
        row(
            QuotaTemporary,
            ends(2).failed().says("set TMPDIR to a folder with room"),
            NO_TEMPORARY,
            NO_TEMPORARY,
            NO_TEMPORARY,
        ),
        row(
            ReadOnlyTemporary,
            ends(2).failed().says("set TMPDIR to a folder with room"),
            NO_TEMPORARY,
            NO_TEMPORARY,
            NO_TEMPORARY,
        ),
        row(
            RemovedTemporary,
            ends(2).failed().says("set TMPDIR to a folder with room"),
            NO_TEMPORARY,
            NO_TEMPORARY,
            NO_TEMPORARY,
        ),
        row(FullFolder, NO_FOLDER, ends(3).parts().says("make room or take another --dir"), NO_FOLDER, NO_FOLDER),
        row(QuotaFolder, NO_FOLDER, ends(3).parts().says("cannot write"), NO_FOLDER, NO_FOLDER),
        row(
            ReadOnlyFolder,
            NO_FOLDER,
            ends(3).parts().says("Read-only file system").and("status 2 where nothing was written yet"),
            NO_FOLDER,
            NO_FOLDER,
        ),
        row(
            RemovedFolder,
            NO_FOLDER,
            ends(3)
                .empty()
                .says("was removed or moved; run it again with a --dir that stays")
                .and("what the folder held is gone with it; status 2 where nothing was written yet"),
            NO_FOLDER,
            NO_FOLDER,
        ),
        row(
            FullHome,
            ends(0).whole().and("names, tables and slices are not remembered"),
            NO_MEMORY,
            NO_MEMORY,
            ends(0).whole().says("names cannot be kept").and("names are not remembered, which is said"),
        ),
        row(
            QuotaHome,
            ends(0).whole().and("names, tables and slices are not remembered"),
            NO_MEMORY,
            NO_MEMORY,
            ends(0).whole().says("names cannot be kept").and("names are not remembered, which is said"),
        ),
        row(
            ReadOnlyHome,
            ends(0).whole().and("names, tables and slices are not remembered"),
            NO_MEMORY,
            NO_MEMORY,
            ends(0).whole().says("names cannot be kept").and("names are not remembered, which is said"),
        ),
        row(
            RemovedHome,
            ends(0).whole().and("they are made anew"),
            NO_MEMORY,
            NO_MEMORY,
            ends(0).whole().and("they are made anew"),
        ),
        row(
            TwoRuns,
            ends(0).whole().and("cache and state have what both saw"),
            ends(2).says("another lq-split is writing to").and("the run that was first is not disturbed"),
            "it keeps no files",
            ends(0).whole().and("cache and state have what both saw"),
        ),
        row(
            Forbidden,
            ends(3).failed().says("ermission denied").and("the other files are read"),
            ends(3).parts().says("ermission denied").and("the other files are read"),
            ends(3).failed().says("ermission denied").and("the other files are read"),
            ends(3).failed().says("ermission denied").and("the other files are read"),
        ),
        row(
            Device,
            ends(3).failed().says("Input/output error").and("the other files are read"),
            ends(3).parts().says("Input/output error").and("the other files are read"),
            ends(3).failed().says("Input/output error").and("the other files are read"),
            ends(3).failed().says("Input/output error").and("the other files are read"),
        ),
        row(
            DamagedInput,
            ends(3).failed().says("bad.gz").and("the other files are read"),
            ends(3).parts().says("bad.gz").and("the other files are read"),
            ends(3).failed().says("bad.gz").and("the other files are read"),
            ends(3).failed().says("bad.gz").and("the other files are read"),
        ),
        row(
            CutInput,
            ends(3).failed().says("cut off").and("what came before the cut is there"),
            ends(3).parts().says("cut off").and("what came before the cut is there"),
            ends(3).failed().says("cut off").and("what came before the cut is there"),
            ends(3).failed().says("cut off").and("what came before the cut is there"),
        ),
        row(CutPlainInput, cut_plain().failed(), cut_plain().parts(), cut_plain().failed(), cut_plain().failed()),
        row(
            BrokenLine,
            ends(3).failed().says("malformed line").and("all other lines are there"),
            ends(3).named().says("broken JSON").and("the line is in _rest.log"),
            ends(3).failed().says("broken JSON").and("all lines are there"),
            ends(3).failed().says("malformed line").and("all other lines are there"),
        ),
        row(
            Folder,
            "a folder is an archive",
            ends(3).parts().says("s a directory").and("the other files are read"),
            ends(3).failed().says("s a directory").and("the other files are read"),
            "a folder is an archive",
        ),
        row(ClockForward, same(), ends(0).named(), ends(0).whole(), same()),
        row(ClockBack, same(), ends(0).named(), ends(0).whole(), same()),
        row(
            NoConnection,
            ends(2).failed().says("cannot reach").and("after half a minute of trying"),
            NO_NETWORK,
            NO_NETWORK,
            ends(2).failed().says("cannot reach").and("after half a minute of trying"),
        ),
        row(
            CutTls,
            ends(2).failed().says("cannot reach").and("after half a minute of trying"),
            NO_NETWORK,
            NO_NETWORK,
            ends(2).failed().says("cannot reach").and("after half a minute of trying"),
        ),
        row(CutToken, again(), NO_NETWORK, NO_NETWORK, again()),
        row(CutList, again(), NO_NETWORK, NO_NETWORK, again()),
        row(CutTable, again(), NO_NETWORK, NO_NETWORK, again()),
        row(CutQuery, again(), NO_NETWORK, NO_NETWORK, again()),
        row(CutWait, again(), NO_NETWORK, NO_NETWORK, again()),
        row(CutPage, again(), NO_NETWORK, NO_NETWORK, again()),
        row(CutBetweenPages, again(), NO_NETWORK, NO_NETWORK, again()),
        row(
            CutBill,
            ends(0)
                .whole()
                .says("≤ 1.0 MiB, < $0.01 billed")
                .and("after a few seconds it tells what it can have been at most"),
            NO_NETWORK,
            NO_NETWORK,
            ends(0)
                .whole()
                .says("≤ 1.0 MiB, < $0.01 billed")
                .and("after a few seconds it tells what it can have been at most"),
        ),
        row(
            CutCancel,
            ends(130)
                .failed()
                .runs_on()
                .says("it may run on: bq cancel acme:EU.job_1")
                .and("with the command that ends it"),
            NO_NETWORK,
            NO_NETWORK,
            ends(130)
                .failed()
                .runs_on()
                .says("it may run on: bq cancel acme:EU.job_1")
                .and("with the command that ends it"),
        ),
        row(
            NetworkSilent,
            ends(130).failed().cancelled().and("it waits 210 s before it asks again; Ctrl-C ends that"),
            NO_NETWORK,
            NO_NETWORK,
            ends(130).failed().cancelled().and("it waits 210 s before it asks again; Ctrl-C ends that"),
        ),
        row(
            NetworkGone,
            ends(130).failed().runs_on().and("it tries for ten minutes and says so; Ctrl-C ends that"),
            NO_NETWORK,
            NO_NETWORK,
            ends(130).failed().runs_on().and("it tries for ten minutes and says so; Ctrl-C ends that"),
        ),
    ]
}

/// Does the harm to every tool that it concerns, to all of them at the same time, and compares what comes
/// with the table. `harm` gives what came of it: one run or several.
#[track_caller]
pub fn holds(fault: Fault, harm: impl Fn(Tool) -> Vec<crate::promise::Came> + Sync) {
    let table = table();
    let row = table.iter().find(|row| row.fault == fault).unwrap();
    let broken: Vec<String> = std::thread::scope(|scope| {
        let concerned = TOOLS.iter().zip(&row.cells).filter_map(|(tool, cell)| match cell {
            Cell::Holds(ends) => Some((*tool, ends)),
            Cell::DoesNotApply(_) => None,
        });
        let harm = &harm;
        let runs: Vec<_> = concerned.map(|(tool, ends)| (tool, ends, scope.spawn(move || harm(tool)))).collect();
        let mut broken = Vec::new();
        for (tool, ends, run) in runs {
            let came = run.join().unwrap_or_else(|_| panic!("{}: {}", fault.words(), tool.name()));
            assert!(!came.is_empty(), "{}: {}: nothing was tried", fault.words(), tool.name());
            let wrong = came.iter().filter_map(|came| ends.broken(tool, came));
            broken.extend(wrong.map(|wrong| format!("{}: {}: {wrong}", fault.words(), tool.name())));
        }
        broken
    });
    assert!(broken.is_empty(), "{}", broken.join("\n\n"));
}
