//! `--seal`: a whole stream counts its entries in its last line, and no other stream does.

use serde_json::{Value, json};

use crate::support::{Archive, Log, Run, gz, lines, lq_query};

fn log(second: u32, pod: &str) -> Log {
    Log::at(format!("2024-12-19T07:00:{second:02}Z")).of("shop", pod, "web").id(format!("i{second}"))
}

/// The seal of a run, if its last line is one.
fn seal(run: &Run) -> Option<Value> {
    let last = run.values().pop()?;
    (last["lq"]["end"] == true).then(|| last["lq"].clone())
}

#[test]
fn the_seal_counts_entries_by_pod_and_says_what_was_asked_for() {
    let logs = [log(1, "web-1"), log(2, "web-2"), log(3, "web-1"), log(3, "web-1"), log(4, "")];
    let sidecar = log(5, "web-1").of("shop", "web-1", "proxy");
    let archive = Archive::of(logs.iter().chain([&sidecar]));
    let run = archive.query("--seal --tz Asia/Tokyo --since 2024-12-19T16:00:00+09:00 -r 1h").ends(0).says("1 twin");
    let entries = run.values().len() - 1;
    let seal = seal(&run).unwrap();
    assert_eq!((entries, &seal["entries"]), (5, &json!(5)), "the twin is not counted");
    assert_eq!(seal["pods"], json!({"east/shop/web-1": 3, "east/shop/web-2": 1}), "nor is one without a Pod here");
    assert_eq!(seal["window"], json!({"since": "2024-12-19T07:00:00Z", "until": "2024-12-19T08:00:00Z"}));
    assert_eq!(seal["source"], archive.path().canonicalize().unwrap().to_str().unwrap());
    assert_eq!(seal["command"][0], "lq-query");
    assert_eq!(seal["command"][3], "--seal");
    assert_eq!(seal["version"], env!("CARGO_PKG_VERSION"));
    assert_eq!(seal.get("billed"), None);
    let keys: Vec<&String> = seal.as_object().unwrap().keys().collect();
    assert_eq!(keys, ["end", "entries", "pods", "window", "source", "command", "version"]);
}

#[test]
fn what_was_asked_for_is_whole() {
    let archive = Archive::of(&[log(1, "web-1"), log(2, "web-2"), log(3, "web-1")]);
    for (words, status, entries, pods) in [
        ("--limit 1", 0, 1, json!({"east/shop/web-1": 1})),
        ("--tail 1", 0, 2, json!({"east/shop/web-1": 1, "east/shop/web-2": 1})),
        ("--pod web-2", 0, 1, json!({"east/shop/web-2": 1})),
        ("-o logentry", 0, 3, json!({"east/shop/web-1": 2, "east/shop/web-2": 1})),
        ("-g nothing", 1, 0, json!({})),
        ("-g nothing --empty-ok", 0, 0, json!({})),
    ] {
        let run = archive.query(&format!("--seal {words}")).ends(status);
        let seal = seal(&run).unwrap_or_else(|| panic!("{words}: {run:?}"));
        assert_eq!((&seal["entries"], &seal["pods"]), (&json!(entries), &pods), "{words}");
    }
}

#[test]
fn a_saved_stream_is_counted_against_its_seals_when_it_is_read() {
    let saved = Archive::of(&[log(1, "web-1"), log(2, "web-2"), log(3, "web-1")]).query("--seal").ends(0).out;
    let filtered: String =
        saved.lines().filter(|line| !line.contains("07:00:02Z")).map(|line| format!("{line}\n")).collect();
    for (what, stream, told) in [
        ("whole", saved.clone(), None),
        ("two of them", saved.repeat(2), None),
        ("without a seal", lines(&[log(1, "web-1")]), None),
        ("filtered", filtered.clone(), Some("x.nd: 2 entries, and its seal counts 3\n")),
        ("filtered, one of two", filtered.clone() + &saved, Some("x.nd: 5 entries, and its seal counts 6\n")),
        ("more than there were", lines(&[log(9, "web-9")]) + &saved, Some("x.nd: 4 entries, and its seal counts 3\n")),
    ] {
        let archive = Archive::new();
        archive.file("x.nd", stream);
        let run = archive.query("").ends(0);
        match told {
            Some(told) => drop(run.says(told)),
            None => drop(run.says_nothing_of("seal")),
        }
        assert!(!archive.query("-q").ends(0).err.contains("seal"), "{what}");
    }
}

#[test]
fn control_characters_stand_escaped_in_a_seal() {
    let archive = Archive::of(&[log(1, "\u{1b}]52;c;x\u{7}\n\u{0}")]);
    let mut command = archive.command("--seal --at 2024-12-19 -r day");
    let run = Run::of(command.args(["-F", "-e", "\u{1b}[2J"])).ends(0);
    assert!(run.out.chars().all(|c| !c.is_control() || c == '\n'), "{run:?}");
    let seal = seal(&run).unwrap();
    assert_eq!(seal["pods"], json!({"east/shop/\u{1b}]52;c;x\u{7}\n\u{0}": 1}));
    assert_eq!(seal["command"].as_array().unwrap().last().unwrap(), "\u{1b}[2J");
}

#[test]
fn a_stream_that_is_not_whole_has_no_seal_and_that_is_told() {
    let first = lines(&[log(1, "web-1")]);
    let broken = Archive::new();
    broken.file("logs.json", format!("{first}{{\"broken\n"));
    let cut = Archive::new();
    cut.file("a.json", &first);
    cut.file("b.json.gz", &gz(&first)[..20]);
    let late = Archive::new();
    let at = |hour: u32, minute: u32| Log::at(format!("2024-12-19T{hour:02}:{minute:02}:00Z"));
    late.hour("stdout", 7, &[at(7, 30)]);
    late.hour("stdout", 8, &[at(8, 30)]);
    late.hour("stdout", 9, &[at(9, 30), at(7, 10)]);
    for archive in [broken, cut, late] {
        let run = archive.query("--seal").ends(3).says("--seal: the stream is not whole, and so it has no seal");
        assert_eq!(seal(&run), None);
        run.failed();
    }
    let run = Archive::of(&[log(1, "web-1")]).query("").ends(0);
    assert_eq!(seal(&run), None, "nobody asked");
}

#[test]
fn forms_that_cannot_speak_of_the_stream_and_runs_without_one_refuse_it() {
    let archive = Archive::of(&[log(1, "web-1")]);
    for form in ["raw", "text", "tsv", "logfmt", "cri", "kubectl"] {
        let run = archive.query(&format!("--seal -o {form}")).ends(2);
        let run = run.says("--seal goes with -o entry and logentry").says("lq-split --sealed");
        assert_eq!(run.out, "");
    }
    for flag in ["--dry-run", "--print-sql", "--show-config", "--doctor"] {
        archive.query(&format!("--seal {flag}")).ends(2).says("--seal");
    }
}

#[test]
fn a_sealed_stream_is_read_again_without_its_seal() {
    let sealed = Archive::of(&[log(1, "web-1"), log(2, "web-2")]).query("--seal").ends(0).out;
    let archive = Archive::new();
    archive.file("entries.jsonl", &sealed);
    let run = archive.query("").ends(0);
    assert_eq!(run.values().len(), 2, "{run:?}");
    let mut command = lq_query();
    command.args(["--source", "-", "--seal", "--pod", "web-2", "--at", "2024-12-19", "-r", "day"]);
    let run = Run::fed(&mut command, sealed.as_bytes()).ends(0);
    assert_eq!(run.values().len(), 2);
    let seal = seal(&run).unwrap();
    assert_eq!((&seal["entries"], seal.get("source")), (&json!(1), None));
}
