//! Inputs that would fill the memory of a careless reader. That these tests end in seconds is what they
//! prove, beside what they say.

use std::fmt::Write as _;
use std::io::Write;
use std::process::Command;

use crate::scene::{FMT, LS, QUERY, SPLIT, Scene};
use crate::support::gz;

const MIB: usize = 1 << 20;
const DEEP: usize = 100_000;

/// The statuses with which the tools may end, and the most memory that any of them had, in MiB.
fn ran(scene: &Scene, more: &[&str]) -> ([i32; 4], u64) {
    let window = ["--source", "in", "--at", "2024-12-19", "-r", "day"];
    let commands = [
        (FMT, vec!["--paging", "never", "-o", "raw", "in"]),
        (SPLIT, vec!["--dir", "out", "in"]),
        (QUERY, window.to_vec()),
        (LS, [&["pods"], &window[..]].concat()),
    ];
    let (mut statuses, mut most) = ([0; 4], 0);
    for (status, (tool, words)) in statuses.iter_mut().zip(commands) {
        let script = "
import resource, subprocess, sys
status = subprocess.call(sys.argv[1:], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
print(status, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss // (1024 if sys.platform != 'darwin' else 1 << 20))
";
        let mut python: Command = scene.command("python3", ["-c", script, tool]);
        let output = python.args(words).args(more).output().unwrap();
        let out = String::from_utf8(output.stdout).unwrap();
        let (code, memory) = out.trim().split_once(' ').unwrap_or_else(|| panic!("{tool}: {out}"));
        *status = code.parse().unwrap();
        most = most.max(memory.parse().unwrap());
    }
    let _ = std::fs::remove_dir_all(scene.path("out"));
    (statuses, most)
}

fn entry(members: &str) -> String {
    format!(r#"{{"timestamp":"2024-12-19T07:00:00Z","pod":"p","container":"c","stream":"stdout",{members}}}"#) + "\n"
}

fn nested(open: &str, close: &str) -> String {
    format!("{}1{}", open.repeat(DEEP), close.repeat(DEEP))
}

fn keys(count: usize) -> String {
    (0..count).fold(String::new(), |mut keys, n| {
        let comma = if n > 0 { "," } else { "" };
        write!(keys, "{comma}\"k{n}\":\"{n}\"").unwrap();
        keys
    })
}

/// No line takes more than some copies of it; whatever is in it, all tools get to the end.
#[test]
fn json_bombs_take_memory_as_their_lines_are_long() {
    let (arrays, objects, mixed) = (nested("[", "]"), nested("{\"a\":", "}"), nested("[{\"a\":", "}]"));
    let surrogates = "\\ud800\\udc00\\udc00\\ud800".repeat(10_000);
    let nines = "9".repeat(100_000);
    let doubled = "\"pod\":\"q\",\"message\":\"m\",\"payload\":{},".repeat(100_000);
    let (whole, broken) = ([0; 4], [3; 4]);
    let cases = [
        ("arrays in a payload", entry(&format!(r#""message":"m","payload":{{"a":{arrays}}}"#)), broken),
        ("objects as a payload", entry(&format!(r#""payload":{objects}"#)), broken),
        ("both as labels", entry(&format!(r#""message":"m","labels":{mixed}"#)), broken),
        ("both as a label", entry(&format!(r#""message":"m","labels":{{"a":{mixed}}}"#)), broken),
        ("levels that are opened only", "{\"a\":".repeat(DEEP) + "\n", broken),
        ("a million keys", entry(&format!(r#""message":"m","payload":{{{}}}"#, keys(1_000_000))), whole),
        ("labels without number", entry(&format!(r#""message":"m","labels":{{{}}}"#, keys(200_000))), whole),
        ("a key of 60 MB", entry(&format!(r#""message":"m","payload":{{"{}":1}}"#, "k".repeat(60_000_000))), whole),
        ("numbers", entry(&format!(r#""message":"m","payload":{{"a":1e999999,"b":-{nines},"c":0.{nines}}}"#)), whole),
        ("keys again and again", entry(&format!(r#"{doubled}"message":"n""#)), whole),
        ("halves of pairs", entry(&format!(r#""message":"{surrogates}","payload":{{"{surrogates}":1}}"#)), whole),
        ("a line over the limit", entry(&format!(r#""message":"{}""#, "x".repeat(64 * MIB))), broken),
    ];
    for (what, line, wanted) in cases {
        let scene = Scene::new();
        let most = 48 + 8 * (line.len() / MIB) as u64;
        // What comes behind it is read as ever.
        scene.write("in", line + &entry(r#""message":"behind""#));
        let (statuses, memory) = ran(&scene, &[]);
        assert_eq!(statuses, wanted, "{what}");
        assert!(memory < most, "{what}: {memory} MiB of {most}");
    }
}

/// Zeros of zstd: `window` is the logarithm of how much of them the reader must remember.
fn zeros(length: usize, window: u32) -> Vec<u8> {
    let mut encoder = zstd::Encoder::new(Vec::new(), 1).unwrap();
    encoder.long_distance_matching(true).unwrap();
    encoder.window_log(window).unwrap();
    let block = vec![0; MIB];
    (0..length / MIB).for_each(|_| encoder.write_all(&block).unwrap());
    encoder.finish().unwrap()
}

#[test]
fn what_unpacks_to_a_thousand_times_its_length_takes_little_memory() {
    let member = gz(vec![0; 64 * MIB]);
    let cases = [
        ("gzip of one line without end", member.repeat(4), [3; 4]),
        ("gzip of many members", gz("{}\n").repeat(30_000), [0, 0, 3, 3]),
        ("gzip of members of nothing", gz("").repeat(100_000), [0, 0, 1, 1]),
        (
            "gzip with a name without end",
            [b"\x1f\x8b\x08\x08\0\0\0\0\0\x03".to_vec(), vec![b'n'; 64 * MIB]].concat(),
            [2; 4],
        ),
        ("zstd of one line without end", zeros(256 * MIB, 20), [3; 4]),
        ("zstd of many frames", zstd::encode_all(&b"{}\n"[..], 1).unwrap().repeat(30_000), [0, 0, 3, 3]),
    ];
    for (what, bytes, wanted) in cases {
        let scene = Scene::new();
        scene.write("in", bytes);
        let (statuses, memory) = ran(&scene, &["--max-line", "1MiB"]);
        assert_eq!(statuses, wanted, "{what}");
        assert!(memory < 48, "{what}: {memory} MiB");
    }
}

#[test]
fn a_zstd_window_of_gigabytes_is_refused_with_a_remedy() {
    let scene = Scene::new();
    let mut encoder = zstd::Encoder::new(Vec::new(), 1).unwrap();
    encoder.long_distance_matching(true).unwrap();
    encoder.window_log(31).unwrap();
    encoder.write_all(entry(r#""message":"m""#).as_bytes()).unwrap();
    scene.write("in", encoder.finish().unwrap());
    let (statuses, memory) = ran(&scene, &[]);
    assert_eq!(statuses, [2; 4]);
    assert!(memory < 48, "{memory} MiB");
    for (tool, words) in
        [(FMT, &["in"][..]), (SPLIT, &["in"]), (QUERY, &["--source", "in"]), (LS, &["pods", "--source", "in"])]
    {
        let output =
            scene.command(tool, words).args(if words[0] == "in" { &[][..] } else { &["--since", "1d"] }).output();
        let said = String::from_utf8(output.unwrap().stderr).unwrap();
        assert!(said.contains("zstd -d --long=31") && !said.contains("fetch it again"), "{tool}: {said}");
    }
}
