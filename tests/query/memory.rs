//! Memory stays bounded, however much there is to sort.

use std::io::{BufWriter, Write};
use std::process::Command;

use crate::support::{Archive, Run};

/// Writes 256 MiB of entries that go back in time, in the sink's dialect.
fn quarter_of_a_gibibyte(archive: &Archive) -> u64 {
    let mut file = BufWriter::new(std::fs::File::create(archive.join("logs.json")).unwrap());
    let text = "the quick brown fox jumps over the lazy dog; ".repeat(20);
    let (mut entries, mut bytes) = (0u64, 0);
    while bytes < 256 << 20 {
        let left = 86_399 - entries % 86_400;
        let line = format!(
            concat!(
                r#"{{"insertId":"{:08x}","logName":"projects/acme/logs/stdout","resource":{{"labels":{{"#,
                r#""cluster_name":"east","container_name":"web","namespace_name":"shop","pod_name":"web-{}"}},"#,
                r#""type":"k8s_container"}},"severity":"INFO","textPayload":"{}\n","#,
                r#""timestamp":"2024-12-19T{:02}:{:02}:{:02}.{:06}Z"}}"#,
                "\n"
            ),
            entries,
            entries % 50,
            text,
            left / 3600,
            left / 60 % 60,
            left % 60,
            entries,
        );
        file.write_all(line.as_bytes()).unwrap();
        bytes += line.len();
        entries += 1;
    }
    file.flush().unwrap();
    entries
}

#[test]
fn much_is_sorted_in_little_memory() {
    let archive = Archive::new();
    let entries = quarter_of_a_gibibyte(&archive);
    // Counts the lines, checks their order, and tells the most memory that the child had.
    let script = "
import resource, subprocess, sys
child = subprocess.Popen(sys.argv[1:], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
count, before = 0, b''
for line in child.stdout:
    stamp = line[14:40]
    assert before <= stamp, (before, stamp)
    count, before = count + 1, stamp
status = child.wait()
print(status, count, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss // (1024 if sys.platform != 'darwin' else 1 << 20))
";
    let mut python = Command::new("python3");
    python.env("TMPDIR", archive.path()).args(["-c", script, env!("CARGO_BIN_EXE_lq-query")]);
    python.args(["--config", "-", "--memory", "16M", "--utc", "--at", "2024-12-19", "-r", "day", "--source"]);
    let run = Run::of(python.arg(archive.join("logs.json"))).ends(0);
    let numbers: Vec<u64> = run.out.split_whitespace().map(|number| number.parse().unwrap()).collect();
    assert_eq!(numbers[..2], [0, entries]);
    assert!(numbers[2] < 64, "{} MiB", numbers[2]);
}
