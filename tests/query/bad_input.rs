//! What is wrong with the input, the disk or the reader is said in one line that names the tool, the
//! thing and the remedy; what is sound comes out all the same.

use std::fs::{self, File};
use std::process::{Command, Stdio};

use crate::support::{Archive, Log, Run, gz, lines, lq_query, zst};

fn at(time: &str) -> Log {
    Log::at(format!("2024-12-19T{time}Z")).says(time)
}

/// Archives of one file that holds these bytes.
fn holding(name: &str, bytes: impl AsRef<[u8]>) -> Archive {
    let archive = Archive::new();
    archive.file(name, bytes);
    archive
}

#[test]
fn malformed_lines_are_counted_by_file_with_the_first_ones_number() {
    let good = at("07:00:00").sink();
    let archive = Archive::new();
    archive.file("a.json", format!("{good}\n{{\"cut\": \nplain text\n{{}}}}\n{good}\n"));
    archive.file("b.json", format!("plain\n{good}\n"));
    archive.file("c.json", format!("{good}\n"));
    let run = archive.query("").ends(3);
    assert_eq!(run.messages().len(), 4);
    let place = archive.path().display();
    let why = format!("{place}/a.json: 3 malformed lines, the first is line 2; not part of the result");
    assert_eq!(run.failed(), format!("{why}; and 1 more"));
    run.says(&format!("lq-query: {why}\n"))
        .says(&format!("lq-query: {place}/b.json: 1 malformed line, the first is line 1;"))
        .says_nothing_of("c.json");
}

#[test]
fn where_the_status_is_3_the_last_line_says_why() {
    let good = lines(&[at("07:00:00"), at("07:00:01")]);
    let broke = r#"{"lq":{"failed":"disk full"}}"#;
    for (what, input, why) in [
        ("a broken line", format!("{{\"a\n{good}"), "1 malformed line, the first is line 1; not part of the result"),
        ("a plain line", format!("{good}plain\n"), "1 malformed line, the first is line 3;"),
        (
            "cut off in the middle of a value",
            good[..good.len() - 9].to_owned(),
            "1 malformed line, the first is line 2",
        ),
        ("a line over the limit", format!("{good}{}\n", "x".repeat(9_000)), "1 malformed line (1 over --max-line)"),
        ("no time", format!("{good}{{\"pod\":\"p\",\"message\":\"m\"}}\n"), "1 line without a timestamp, the first is"),
        ("an array cut off", format!("[{good}"), "is cut off in the middle"),
        ("a stream that broke", format!("{good}{broke}\n"), "was written by a run that broke: disk full"),
    ] {
        let archive = holding("cut.json", input);
        for words in ["", "--seal", "-o logentry", "--tail 1", "--limit 9", "-g nothing", "--empty-ok -g nothing"] {
            let run = archive.query(&format!("--max-line 8K {words}")).ends(3);
            let last = run.failed();
            assert!(last.contains("cut.json: ") && last.contains(why), "{what}, {words}: {last}");
            assert!(!run.out.contains(r#""end":true"#), "{what}, {words}");
        }
        let run = archive.query("--max-line 8K -o raw").ends(3);
        assert!(!run.out.contains(r#"{"lq""#), "{what}: {}", run.out);
    }
}

#[test]
fn a_malformed_line_bounds_what_is_complete_as_a_lost_file_does() {
    let archive = Archive::new();
    for hour in 5..9 {
        archive.hour("stdout", hour, [&at(&format!("{hour:02}:30:00"))]);
    }
    archive.file("stdout/2024/12/19/07:00:00_07:59:59_S1.json", "{\"a\n");
    let run = archive.query("").ends(3);
    assert_eq!(run.all("message"), ["05:30:00", "06:30:00", "07:30:00", "08:30:00"]);
    assert_eq!(run.values().pop().unwrap()["lq"]["complete_until"], "2024-12-19T06:00:00Z");
}

#[test]
fn many_bad_files_do_not_flood_the_terminal() {
    let archive = Archive::new();
    for number in 0..100 {
        archive.file(format!("{number:02}.json"), "{\n");
    }
    let run = archive.query("").ends(3).says("… and 76 more files with such trouble");
    assert!(run.err.lines().count() < 32, "{}", run.err);
}

#[test]
fn a_file_cut_off_gives_all_its_whole_lines_and_the_stream_says_so() {
    let logs: Vec<Log> = (0..3000).map(|n| at(&format!("07:{:02}:{:02}.{n:04}", n / 60 % 60, n % 60))).collect();
    let whole = lines(&logs);
    for (name, packed) in [("logs.json.gz", gz(&whole)), ("logs.json.zst", zst(&whole))] {
        let archive = holding(name, &packed[..packed.len() * 2 / 3]);
        let run = archive.query("").ends(3).says(&format!("{name}: is cut off in the middle; fetch it again"));
        let mut values = run.values();
        let last = values.pop().unwrap();
        let why = last["lq"]["failed"].as_str().unwrap();
        assert!(why.contains(name) && why.contains("cut off"), "{last}");
        assert_eq!(last["lq"]["complete_until"], "2024-12-19T00:00:00Z");
        let mut left: Vec<String> = Vec::new();
        let mut unpacked = Vec::new();
        let cut = &packed[..packed.len() * 2 / 3];
        // What a decompressor of its own gets out of it is what must be there.
        let _ = match name.ends_with("gz") {
            true => std::io::copy(&mut flate2::read::GzDecoder::new(cut), &mut unpacked),
            false => std::io::copy(&mut zstd::Decoder::new(cut).unwrap(), &mut unpacked),
        };
        for line in String::from_utf8_lossy(&unpacked).lines() {
            let Ok(value) = serde_json::from_str::<serde_json::Value>(line) else { break };
            left.push(value["textPayload"].as_str().unwrap().trim_end().to_owned());
        }
        left.sort();
        let mut came: Vec<String> = values.iter().map(|entry| entry["message"].as_str().unwrap().to_owned()).collect();
        came.sort();
        assert!(came.len() > 100 && came == left, "{name}: {} of {}", came.len(), left.len());
    }
}

#[test]
fn a_damaged_file_is_told_from_a_cut_one() {
    for (name, mut packed) in [("a.gz", gz(lines(&[at("07:00:00")]))), ("a.zst", zst(lines(&[at("07:00:00")])))] {
        let middle = packed.len() / 2;
        packed[middle..middle + 8].fill(0xff);
        let run = holding(name, packed).query("").ends(2).says(&format!("{name}: is damaged ("));
        run.says("); fetch it again");
    }
}

#[test]
fn members_and_frames_may_follow_one_another() {
    let [one, two] = ["07:00:00", "08:00:00"].map(|time| lines(&[at(time)]));
    for bytes in [[gz(&one), gz(&two)].concat(), [zst(&one), zst(&two)].concat()] {
        assert_eq!(holding("logs", bytes).query("").ends(0).messages(), ["07:00:00", "08:00:00"]);
    }
}

#[test]
fn odd_bytes_are_mended_counted_or_refused_but_never_lost() {
    let line = |text: &[u8]| {
        let (before, after) = (br#"{"timestamp":"2024-12-19T07:00:00Z","pod":"p","message":""#, b"\"}");
        [before, text, after].concat()
    };
    let mended = "1 line held bytes that are not UTF-8, or half a surrogate pair; U+FFFD stands for them";
    for (bytes, status, message, said) in [
        (line(b"caf\xe9"), 0, Some("caf\u{fffd}"), mended),
        (line(br"half \ud83d!"), 0, Some("half \u{fffd}!"), mended),
        (line(br"half \ude00"), 0, Some("half \u{fffd}"), mended),
        (line(br"whole \ud83d\ude00"), 0, Some("whole 😀"), "1 entry"),
        (line(br"nul \u0000"), 0, Some("nul \0"), "1 entry"),
        (line(b"nul \0"), 3, None, "1 malformed line, the first is line 1"),
        (line(b"tab \t"), 3, None, "1 malformed line"),
        ([b"\xef\xbb\xbf".as_slice(), &line(b"bom")].concat(), 0, Some("bom"), "1 entry"),
        ([line(b"crlf"), b"\r\n\r\n".to_vec()].concat(), 0, Some("crlf"), "1 entry"),
        (line(b"no line end"), 0, Some("no line end"), "1 entry"),
        (line(b"cut")[..40].to_vec(), 3, None, "1 malformed line"),
    ] {
        let run = holding("logs.json", &bytes).query("").ends(status).says(said);
        assert_eq!(run.messages(), Vec::from_iter(message), "{:?}", String::from_utf8_lossy(&bytes));
    }
}

#[test]
fn a_line_over_the_limit_is_counted_and_the_remedy_named() {
    let archive = Archive::of(&[at("07:00:00"), at("07:00:01").says("x".repeat(4000)), at("07:00:02")]);
    let run = archive.query("--max-line 2K").ends(3);
    assert_eq!(run.messages(), ["07:00:00", "07:00:02"]);
    run.says("logs.json: 1 malformed line (1 over --max-line), the first is line 2");
    assert_eq!(archive.query("--max-line 8K").ends(0).messages().len(), 3);
}

#[test]
fn lines_without_a_time_are_counted_by_file() {
    let archive = holding("logs.json", "{\"message\":\"m\",\"pod\":\"p\"}\n");
    archive.query("").ends(3).says("logs.json: 1 line without a timestamp, the first is line 1: of no window");
    let archive = holding("logs.json", "{\"message\":\"m\",\"pod\":\"p\"}\nplain\n");
    archive.query("").ends(3).says("logs.json: 2 malformed lines (1 without a timestamp), the first is line 1");
}

#[test]
fn a_word_that_is_no_text_is_named() {
    use std::os::unix::ffi::OsStrExt;
    let word = std::ffi::OsStr::from_bytes(b"web\xff");
    let run = Run::of(lq_query().args(["-n", "shop"]).arg(word)).ends(2);
    assert_eq!(run.err, "lq-query: $'web\\xff': not UTF-8\n");
}

#[test]
fn a_source_that_cannot_be_read_fails_and_the_stream_says_so() {
    let archive = Archive::new();
    let run = Run::of(lq_query().arg("--source").arg(archive.join("nowhere"))).ends(2);
    let (failed, place) = (run.values().remove(0), archive.join("nowhere").display().to_string());
    assert!(failed["lq"]["failed"].as_str().unwrap().contains(&place));
    run.says(&format!("lq-query: cannot read the archive {place}: No such file or directory"));
    let run = Run::of(&mut lq_query()).ends(2).says("no source: name a dataset with --source bq://PROJECT/DATASET");
    let run = run.says("--source PATH\nlq-query: for BigQuery: gcloud auth application-default login; ");
    let run =
        run.says("lq-query --doctor --source bq://PROJECT/DATASET >> ~/.config/lq/config.toml; export LQ_PROFILE=");
    run.says("\nlq-query: for an archive: gcloud storage rsync -r gs://BUCKET ./archive; export LQ_SOURCE=./archive\n");
    for (source, hint) in [
        ("logs/old", "for a dataset of BigQuery: --source bq://logs/old"),
        ("acme-prod:gke_logs", "for a dataset of BigQuery: --source bq://acme-prod/gke_logs"),
        ("acme.gke", "for a dataset of BigQuery: --source bq://acme/gke"),
        ("./a b", "gcloud storage rsync -r gs://BUCKET './a b'"),
        ("/srv/logs", "gcloud storage rsync -r gs://BUCKET /srv/logs"),
        ("bq://acme", "to look for one: GOOGLE_CLOUD_PROJECT=acme lq-query --doctor"),
    ] {
        Run::of(lq_query().args(["--source", source])).ends(2).says(hint);
    }
    for address in ["bq://acme", "bq:///logs", "bq://acme/", "bq://acme/a-b", "bq://acme/a/b", "bq://ac me/logs"] {
        Run::of(lq_query().args(["--source", address])).ends(2).says("write bq://PROJECT/DATASET");
    }
    Run::of(archive.command("--print-sql").arg("--utc")).ends(2).says("--print-sql: an archive on disk");
}

#[test]
fn a_stream_that_broke_upstream_is_a_loss_here_too() {
    let broken = r#"{"lq":{"failed":"the disk is full"}}"#;
    let archive = holding("logs.json", format!("{}{broken}\n", lines(&[at("07:00:00")])));
    let run = archive.query("").ends(3).says("was written by a run that broke: the disk is full");
    assert_eq!(run.messages(), ["07:00:00"]);
    assert!(run.out.lines().last().unwrap().starts_with(r#"{"lq":{"failed":"#));
}

#[test]
fn a_pipe_that_is_named_is_read_whatever_its_lines() {
    let archive = Archive::of(&[at("07:00:00")]);
    let script = "lq-query --at 2024-12-19 -r day --source <(echo; cat logs.json; echo plain)";
    let bin = std::path::Path::new(env!("CARGO_BIN_EXE_lq-query")).parent().unwrap();
    let path = format!("{}:{}", bin.display(), std::env::var("PATH").unwrap());
    let mut bash = Command::new("bash");
    bash.current_dir(archive.path()).env_clear().env("PATH", path).env("HOME", archive.path()).args(["-c", script]);
    let run = Run::of(&mut bash).ends(3).says("1 malformed line, the first is line 3");
    assert_eq!(run.messages(), ["07:00:00"]);
}

#[test]
fn hostile_names_and_texts_do_not_reach_the_terminal_as_they_are() {
    let archive = holding("\u{1b}[2Jlogs\n.json", "{\n");
    let run = archive.query("").ends(3);
    assert!(!run.err.contains('\u{1b}') && run.err.contains("\\u001b[2Jlogs\\n.json: 1 malformed line"), "{run:?}");
}

/// More than 1 MiB, so that it is sorted on disk.
fn much() -> Vec<Log> {
    (0..400).map(|n| at("07:00:00").says(format!("{n}{}", "x".repeat(8000)))).collect()
}

/// Who is not root is nobody without other processes, so the limit would say nothing.
#[cfg(target_os = "linux")]
#[test]
fn what_is_sorted_on_disk_needs_no_thread_for_it() {
    if !rustix::process::geteuid().is_root() {
        return;
    }
    let archive = Archive::new();
    archive.hour("stdout", 7, &much());
    let tool = tempfile::tempdir().unwrap();
    std::fs::set_permissions(archive.path(), std::os::unix::fs::PermissionsExt::from_mode(0o755)).unwrap();
    let run = |memory: &str, threads| {
        let command = archive.command(&format!("--memory {memory} --at 2024-12-19 -r day"));
        Run::of(&mut crate::support::with_threads(threads, &command, tool.path()))
    };
    let fewest = (1..64).find(|threads| run("1GiB", *threads).status == Some(0)).unwrap();
    for threads in 1..fewest {
        run("1GiB", threads).ends(2).says("cannot start a thread (`ulimit -u` shows");
    }
    assert_eq!(run("1MiB", fewest).ends(0).out, run("1GiB", fewest).ends(0).out);
}

#[test]
fn no_room_for_sorting_is_said_in_the_stream_and_on_stderr() {
    let archive = Archive::new();
    archive.hour("stdout", 5, [&at("05:00:00")]);
    let first = archive.query("--memory 1MiB").ends(0).out;
    archive.hour("stdout", 6, [&at("06:00:00")]);
    archive.hour("stdout", 7, &much());
    for (words, before) in [("--memory 1MiB", first.as_str()), ("--memory 1MiB --tail 5000", "")] {
        let mut command = archive.command(&format!("{words} --at 2024-12-19 -r day"));
        let run = Run::of(command.env("TMPDIR", "/nonexistent/tmp")).ends(if before.is_empty() { 2 } else { 3 });
        let last = run.out.strip_prefix(before).unwrap();
        let failed: serde_json::Value = serde_json::from_str(last).unwrap();
        assert!(failed["lq"]["failed"].as_str().unwrap().contains("/nonexistent/tmp"), "{last}");
        run.says("lq-query: cannot ").says(" in /nonexistent/tmp (set TMPDIR to a folder with room");
    }
}

#[test]
fn few_descriptors_are_enough_to_sort_on_disk() {
    let logs: Vec<Log> = (0..30).flat_map(|_| much()).collect();
    let archive = Archive::of(&logs);
    let script = "ulimit -n 20; exec \"$0\" \"$@\"";
    let mut bash = Command::new("bash");
    bash.env_clear().env("TMPDIR", archive.path()).env("HOME", archive.path()).args([
        "-c",
        script,
        env!("CARGO_BIN_EXE_lq-query"),
    ]);
    bash.args(["--memory", "1MiB", "--at", "2024-12-19", "-r", "day", "--utc", "--source"]);
    let run = Run::of(bash.arg(archive.join("logs.json"))).ends(0);
    assert_eq!(run.messages().len(), logs.len());
}

#[test]
fn a_full_disk_behind_stdout_is_loud() {
    let archive = Archive::of(&[at("07:00:00")]);
    for words in ["", "--tail 1", "-o text"] {
        let mut command = archive.command(&format!("{words} --at 2024-12-19 -r day"));
        let mut child = command.stdout(File::create("/dev/full").unwrap()).stderr(Stdio::piped()).spawn().unwrap();
        let mut err = String::new();
        std::io::Read::read_to_string(&mut child.stderr.take().unwrap(), &mut err).unwrap();
        assert_eq!(child.wait().unwrap().code(), Some(2));
        assert!(err.contains("lq-query: cannot write to standard output: No space left on device"), "{err}");
    }
}

#[test]
fn arguments_that_are_not_utf_8_are_no_panic() {
    use std::os::unix::ffi::OsStrExt;
    let archive = Archive::new();
    let path = archive.join(std::ffi::OsStr::from_bytes(b"\xff"));
    fs::create_dir(&path).unwrap();
    let folder = path.join("stdout/2024/12/19");
    fs::create_dir_all(&folder).unwrap();
    fs::write(folder.join("07:00:00_07:59:59_S0.json"), lines(&[at("07:00:00")])).unwrap();
    // A command that names another folder than this one is worse than none.
    let run = Run::of(lq_query().arg("--source").arg(&path)).ends(1).says("the window ends behind the archive");
    run.says_nothing_of("lq-query --at");
}

#[test]
fn an_array_that_is_cut_off_is_a_loss() {
    let archive = holding("logs.json", format!("[{}", lines(&[at("07:00:00")]).trim_end()));
    let run = archive.query("").ends(3).says("logs.json: is cut off in the middle; fetch it again");
    assert_eq!(run.all("message"), ["07:00:00"]);
    assert_eq!(run.values().pop().unwrap()["lq"]["complete_until"], "2024-12-19T00:00:00Z");
}
