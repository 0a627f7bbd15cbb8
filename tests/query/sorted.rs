//! Whatever entries there are, in whatever order, cut into whatever files: they come out sorted by
//! time and insertId, all of them, once.

use proptest::prelude::*;
use serde_json::Value;

use crate::support::{Archive, Log, gz, lines, zst};

/// How the entries of one file are laid out.
#[derive(Clone, Copy, Debug)]
enum Shape {
    Lines,
    Array,
    Pretty,
    PrettyArray,
    Gzip,
    Zstd,
}

impl Shape {
    fn write(self, logs: &[Log]) -> Vec<u8> {
        let values: Vec<Value> = logs.iter().map(Log::sink).collect();
        match self {
            Shape::Lines => lines(logs).into_bytes(),
            Shape::Array => serde_json::to_vec(&values).unwrap(),
            Shape::Pretty => values.iter().map(|value| format!("{value:#}\n")).collect::<String>().into_bytes(),
            Shape::PrettyArray => serde_json::to_vec_pretty(&values).unwrap(),
            Shape::Gzip => gz(lines(logs)),
            Shape::Zstd => zst(lines(logs)),
        }
    }
}

/// Where the files lie.
#[derive(Clone, Copy, Debug)]
enum Layout {
    OneFile,
    Folders,
    SinkTree,
}

fn logs() -> impl Strategy<Value = Vec<Log>> {
    // Few values of each, so that many entries agree in some of them and some in all.
    let time = (0..3u32, 0..2u32, prop::sample::select(vec!["", ".0", ".000000001", ".5", ".50", ".999999999"]))
        .prop_map(|(hour, second, fraction)| format!("2024-12-19T{hour:02}:59:{:02}{fraction}Z", second * 59));
    let id = prop::option::weighted(0.8, prop::sample::select(vec!["a", "b", "a\"b", "\\", "é", "B"]));
    let name = || prop::sample::select(vec!["x", "y"]);
    let log = (time, id, name(), name(), name(), prop::bool::weighted(0.2)).prop_map(
        |(time, id, namespace, pod, container, is_error)| {
            let log = Log::at(time).of(namespace, pod, container).stream(if is_error { "stderr" } else { "stdout" });
            match id {
                Some(id) => log.id(id),
                None => log,
            }
        },
    );
    prop::collection::vec(log, 1..120)
}

fn layouts() -> impl Strategy<Value = (Layout, Vec<Shape>)> {
    use Shape::*;
    let shape = prop::sample::select(vec![Lines, Array, Pretty, PrettyArray, Gzip, Zstd]);
    let layout = prop::sample::select(vec![Layout::OneFile, Layout::Folders, Layout::SinkTree]);
    (layout, prop::collection::vec(shape, 1..6))
}

/// Deals the logs out to files. Returns them in the order in which they are read, each with its place
/// in that order for a text.
fn deal(archive: &Archive, logs: &[Log], layout: Layout, shapes: &[Shape], padding: usize) -> Vec<Log> {
    let count = if matches!(layout, Layout::OneFile) { 1 } else { shapes.len() };
    let mut files: std::collections::BTreeMap<(String, usize), Vec<Log>> = Default::default();
    for (number, log) in logs.iter().enumerate() {
        let file = number % count;
        let path = match layout {
            Layout::OneFile => "logs".to_owned(),
            Layout::Folders => format!("{}/{file}/logs.json", ["b", "a", "b/c"][file % 3]),
            Layout::SinkTree => {
                let (date, hour) = (&log.time[..10].replace('-', "/"), &log.time[11..13]);
                format!("{}/{date}/{hour}:00:00_{hour}:59:59_S{file}.json", log.stream)
            }
        };
        files.entry((path, file)).or_default().push(log.clone());
    }
    let mut read: Vec<_> = files.into_iter().map(|((path, file), logs)| (archive.join(path), file, logs)).collect();
    read.sort_by(|a, b| a.0.cmp(&b.0));
    let mut order = Vec::new();
    for (path, file, mut logs) in read {
        for log in &mut logs {
            log.says = format!("{}{}", order.len(), " ".repeat(padding)).into();
            order.push(log.clone());
        }
        archive.file(path, shapes[file].write(&logs));
    }
    order
}

/// What must come out of entries that are read in this order.
fn expected(read: &[Log]) -> Vec<Value> {
    let key = |log: &Log| {
        let fraction = format!("{:0<9}", log.time[19..log.time.len() - 1].trim_start_matches('.'));
        (log.time[..19].to_owned(), fraction, log.id.clone().unwrap_or_default())
    };
    let mut sorted = read.to_vec();
    sorted.sort_by_key(key);
    let mut seen = std::collections::HashSet::new();
    sorted.retain(|log| {
        let origin = [&log.namespace, &log.pod, &log.container, &log.stream].map(String::clone);
        log.id.is_none() || seen.insert((key(log), origin))
    });
    sorted.iter().map(Log::entry).collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn entries_come_out_sorted_complete_and_once(logs in logs(), (layout, shapes) in layouts()) {
        let archive = Archive::new();
        let read = deal(&archive, &logs, layout, &shapes, 0);
        let run = archive.query("").ends(0);
        prop_assert_eq!(run.values(), expected(&read));
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 6, failure_persistence: None, ..ProptestConfig::default() })]

    /// With 40 KB for each entry, up to five times as much as may be sorted in memory.
    #[test]
    fn so_they_do_where_they_are_sorted_on_disk(logs in logs(), (layout, shapes) in layouts()) {
        let archive = Archive::new();
        let read = deal(&archive, &logs, layout, &shapes, 40_000);
        let run = archive.query("--memory 1MiB").ends(0);
        prop_assert_eq!(run.values(), expected(&read));
    }
}

#[test]
fn times_compare_as_numbers_not_as_text() {
    let times =
        ["2024-12-19T08:00:00.5+01:00", "2024-12-19T07:00:00.25Z", "2024-12-19T07:00:00Z", "2024-12-19T07:00:00.3Z"];
    let archive = Archive::of(&times.map(Log::at));
    let expected = ["00Z", "00.25Z", "00.3Z", "00.5Z"].map(|end| format!("2024-12-19T07:00:{end}"));
    assert_eq!(archive.query("").ends(0).all("timestamp"), expected);
}
