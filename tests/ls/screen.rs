//! The table: for people on a terminal, for awk elsewhere.

use std::fs::File;
use std::process::Command;

use crate::scene::{DAY, Home, logs};
use crate::support::Log;

/// What the command writes to a terminal of so many columns.
fn on_terminal(command: Command, columns: u16) -> String {
    let (shown, status) = crate::terminal::on_terminal(command, columns);
    assert_eq!(status, 0, "{shown}");
    shown
}

/// Ages depend on when the test runs.
fn ageless(shown: &str) -> String {
    regex::Regex::new(r"\b\d+d\b").unwrap().replace_all(shown, "Nd").into_owned()
}

#[test]
fn elsewhere_numbers_and_times_are_whole_and_fields_without_blanks() {
    let home = Home::of(&logs());
    let wanted = "\
NAMESPACE  POD      CONTAINERS  ENTRIES  FIRST                 LAST
shop       web-2    web               3  2024-12-19T09:00:00Z  2024-12-19T09:02:00Z
datadog    agent-y  agent             2  2024-12-19T07:00:00Z  2024-12-19T07:01:00Z
datadog    agent-x  agent             1  2024-12-19T05:00:00Z  2024-12-19T05:00:00Z
shop       web-1    proxy,web         6  2024-12-19T01:00:00Z  2024-12-19T02:02:00Z
";
    assert_eq!(home.ls(&format!("pods {DAY}")).ends(0).out, wanted);
    let wanted = "\
NAMESPACE  CONTAINER  PODS  ENTRIES  FIRST                 LAST
datadog    agent         2        3  2024-12-19T05:00:00Z  2024-12-19T07:01:00Z
shop       proxy         1        3  2024-12-19T02:00:00Z  2024-12-19T02:02:00Z
shop       web           2        6  2024-12-19T01:00:00Z  2024-12-19T09:02:00Z
";
    assert_eq!(home.ls("containers").ends(0).out, wanted);
    let wanted = "\
NAMESPACE  PODS  CONTAINERS  ENTRIES  FIRST                 LAST
datadog       2           1        3  2024-12-19T05:00:00Z  2024-12-19T07:01:00Z
shop          2           2        9  2024-12-19T01:00:00Z  2024-12-19T09:02:00Z
";
    assert_eq!(home.ls("ns").ends(0).out, wanted);
    let wanted = "\
CLUSTER  NAMESPACES  PODS  CONTAINERS  ENTRIES  FIRST                 LAST
east              2     4           3       12  2024-12-19T01:00:00Z  2024-12-19T09:02:00Z
";
    assert_eq!(home.ls("clusters").ends(0).out, wanted);
}

#[test]
fn a_terminal_gets_as_much_as_fits() {
    let mut many: Vec<Log> = (0..1_250)
        .map(|n| {
            Log::at(format!("2024-12-19T03:{:02}:{:02}Z", n / 60, n % 60)).of("shop", "api-5f7b4c8d9f-kq7z2", "api")
        })
        .collect();
    many.extend(["a-long-sidecar", "and-another"].map(|name| Log { container: name.into(), ..many[0].clone() }));
    let home = Home::of(&many);
    home.query("").ends(0);
    for (columns, wanted) in [
        (
            130,
            "NAMESPACE  POD                   CONTAINERS                      ENTRIES  FIRST                LAST\n\
             shop       api-5f7b4c8d9f-kq7z2  a-long-sidecar,and-another,api     1.3k  2024-12-19 12:00:00  2024-12-19 12:20:49 (Nd ago)\n",
        ),
        (
            100,
            "NAMESPACE  POD                   CONTAINERS                      ENTRIES  FIRST     LAST\n\
             shop       api-5f7b4c8d9f-kq7z2  a-long-sidecar,and-another,api     1.3k  Nd ago  Nd ago\n",
        ),
        (
            80,
            "NAMESPACE  POD                   CONTAINERS  ENTRIES  FIRST     LAST\n\
             shop       api-5f7b4c8d9f-kq7z2           3     1.3k  Nd ago  Nd ago\n",
        ),
        (
            60,
            "NAMESPACE  POD                   ENTRIES  LAST\n\
             shop       api-5f7b4c8d9f-kq7z2     1.3k  Nd ago\n",
        ),
        (40, "POD                   ENTRIES  LAST\napi-5f7b4c8d9f-kq7z2     1.3k  Nd\n"),
        (30, "POD                   LAST\napi-5f7b4c8d9f-kq7z2  Nd\n"),
    ] {
        let shown = on_terminal(home.command("pods -q --tz Asia/Tokyo"), columns);
        let squeezed =
            |text: &str| ageless(text).split(' ').filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" ");
        assert_eq!(squeezed(&shown), squeezed(wanted), "{columns}: {shown}");
        assert!(shown.lines().all(|line| line.chars().count() <= columns.into()), "{columns}: {shown}");
    }
}

#[test]
fn however_narrow_it_is_no_namespace_and_no_name_is_lost() {
    let home = Home::of(&logs());
    home.query("").ends(0);
    for (words, columns, title) in [
        ("pods", 30, "NAMESPACE POD LAST"),
        ("pods", 20, "NAMESPACE POD LAST"),
        ("pods -n shop", 20, "POD ENTRIES LAST"),
        ("pods -n shop", 19, "POD LAST"),
        ("containers", 41, "NAMESPACE CONTAINER PODS ENTRIES LAST"),
        ("containers -n shop", 20, "CONTAINER LAST"),
        ("ns", 20, "NAMESPACE LAST"),
        ("clusters", 20, "CLUSTER LAST"),
    ] {
        let shown = on_terminal(home.command(&format!("{words} -q")), columns);
        let shown_title = shown.lines().next().unwrap().split_whitespace().collect::<Vec<_>>().join(" ");
        assert_eq!(shown_title, title, "{words} {columns}");
        assert!(
            words == "pods" || shown.lines().all(|line| line.len() <= columns.into()),
            "{words} {columns}: {shown}"
        );
    }
}

#[test]
fn clusters_are_told_apart_where_there_are_several() {
    let mut logs = logs();
    logs[3].cluster = "west".into();
    let home = Home::of(&logs);
    let shown = home.ls(&format!("pods web proxy {DAY}")).ends(0).out;
    assert!(shown.starts_with("CLUSTER  NAMESPACE  POD "), "{shown}");
    assert!(shown.contains("\nwest     shop       web-1 "), "{shown}");
    assert!(home.ls("pods --cluster west").ends(0).out.starts_with("NAMESPACE "));
}

#[test]
fn hostile_names_reach_no_terminal_and_no_other_field() {
    let home = Home::of(&[
        Log::at("2024-12-19T01:00:00Z").of("a b\tc", "\u{1b}]0;x\u{7}\u{202e}", "\u{9b}2J\n"),
        Log::at("2024-12-19T02:00:00Z").of("", "東京", ""),
    ]);
    let table = home.ls(&format!("pods {DAY}")).ends(0).out;
    let fields: Vec<Vec<&str>> = table.lines().map(|line| line.split_whitespace().take(3).collect()).collect();
    assert_eq!(fields[1], ["<none>", "東京", "<none>"]);
    assert_eq!(fields[2], [r"a\u0020b\u0009c", r"\u001b]0;x\u0007\u202e", r"\u009b2J\n"]);
    for words in ["pods -q", "pods -q -o json"] {
        let shown = on_terminal(home.command(words), 80);
        let harmful = |c: char| c.is_control() && c != '\n' || c == '\u{202e}';
        assert!(!shown.contains(harmful), "{shown:?}");
    }
    let pods = home.ls("pods -o json").ends(0).all("pod");
    assert_eq!(pods, ["東京", "\u{1b}]0;x\u{7}\u{202e}"], "JSON tells the names themselves");
}

#[test]
fn a_reader_that_goes_away_is_no_error_and_a_full_disk_is_one() {
    let home = Home::of(&logs());
    home.query("").ends(0);
    let full = File::options().write(true).open("/dev/full").unwrap();
    let output = home.command("pods -q").stdout(full).output().unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&output.stderr).starts_with("lq-ls: cannot write to standard output: "));
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    let output = home.command("pods -q").stdout(writer).output().unwrap();
    assert_eq!((output.status.code(), output.stderr), (Some(0), Vec::new()));
}
