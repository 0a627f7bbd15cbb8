//! Entries that Cloud Logging split because they were too long.

use serde_json::json;

use crate::support::{Archive, Log, hour_path};

const WINDOW: &str = "--since 2024-12-19T07:00:00Z --until 2024-12-19T09:00:00Z";

/// A line of the sink with a piece.
fn piece(time: &str, uid: &str, index: u32, total: u32, text: &str) -> String {
    let mut line = Log::at(format!("2024-12-19T{time}Z")).id(format!("{uid}{}", total - index)).sink();
    line["textPayload"] = text.into();
    line["split"] = json!({"uid": uid, "index": index, "totalSplits": total});
    format!("{line}\n")
}

#[test]
fn a_split_entry_is_joined_across_files_and_hours_and_searched_as_a_whole() {
    let archive = Archive::new();
    let [a, b, c] = [(0, "need"), (1, "le in the hay"), (2, "stack\n")]
        .map(|(index, text)| piece("07:59:59.9", "u", index, 3, text));
    archive.file(hour_path("stdout", 7), format!("{c}{a}{a}"));
    archive.file(hour_path("stdout", 8), format!("{b}{c}{}", piece("08:30:00", "other", 0, 2, "needle")));
    let run = archive.query(&format!("{WINDOW} -g needle.*haystack")).ends(0).says_nothing_of("piece");
    assert_eq!(run.messages(), ["needle in the haystack"]);
    assert_eq!(run.all("insertId"), ["u3"]);
    run.says("2 twins dropped");
}

#[test]
fn pieces_without_the_others_come_as_they_are_in_order_and_that_is_told() {
    let archive = Archive::new();
    let lines: Vec<String> = [3, 0, 2].map(|index| piece("07:30:00", "u", index, 5, &format!("text {index}\n"))).into();
    archive.file(hour_path("stdout", 7), lines.concat());
    let run =
        archive.query(WINDOW).ends(0).says("3 pieces of long entries that Cloud Logging split could not be joined");
    assert_eq!(run.messages(), ["text 0", "text 2", "text 3"]);
}

#[test]
fn rows_of_tables_are_joined_too() {
    for analytics in [false, true] {
        let archive = Archive::new();
        let rows = [(1, "b"), (0, "a")].map(|(index, text)| {
            let log = Log::at("2024-12-19T07:30:00Z").says(text).id(format!("i{index}"));
            let mut row = if analytics { log.analytics_row() } else { log.table_row() };
            let total = if analytics { "total_splits" } else { "totalSplits" };
            row["split"] = json!({"uid": "u", "index": index.to_string(), total: "2"});
            format!("{row}\n")
        });
        archive.file("rows.json", rows.concat());
        assert_eq!(archive.query(WINDOW).ends(0).messages(), ["ab"]);
    }
}
