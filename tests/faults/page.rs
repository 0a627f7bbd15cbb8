//! lq(7) promises what the table holds, word for word. `make man` renews it.

use std::fs;
use std::path::Path;

use crate::promise::{Cell, TOOLS};
use crate::table::table;

/// What stands around the rows on the page.
const BEGIN: &str = ".\\\" The rows are those of tests/faults/table.rs; `make man` renews them.\n";
const END: &str = ".\\\" The end of the rows.\n";

/// The rows as the page has them: faults that come to the same share a paragraph, tools a line.
fn rows() -> String {
    let mut text = String::new();
    let mut above = Vec::new();
    for row in table() {
        let mut said: Vec<(String, Vec<&str>)> = Vec::new();
        for (tool, cell) in TOOLS.iter().zip(&row.cells) {
            let words = match cell {
                Cell::Holds(ends) => ends.words(),
                Cell::DoesNotApply(because) => format!("does not apply: {because}"),
            };
            match said.iter_mut().find(|(known, _)| *known == words) {
                Some((_, tools)) => tools.push(tool.name()),
                None => said.push((words, vec![tool.name()])),
            }
        }
        let lines: Vec<String> =
            said.iter().map(|(words, tools)| wrapped(&format!("{}: {words}", tools.join(", ")))).collect();
        let head = format!(".B {}\n", row.fault.words().replace('-', "\\-"));
        if said == above {
            let last = text.rfind(HEADS_END).expect("a paragraph above");
            text.insert_str(last, &format!(".TQ\n{head}"));
        } else {
            text += &format!(".TP\n{head}{HEADS_END}{}", lines.join(".br\n"));
        }
        above = said;
    }
    text.replace(HEADS_END, "")
}

/// Stands behind the heads of a paragraph while it is written.
const HEADS_END: &str = "\0";

/// A line of the page as lines of its source.
fn wrapped(line: &str) -> String {
    let mut lines = vec![String::new()];
    for word in line.replace('-', "\\-").split(' ') {
        let length = lines[lines.len() - 1].len();
        if length + word.len() > 78 {
            lines.push(String::new());
        }
        let last = lines.last_mut().expect("there is always one");
        *last += if last.is_empty() { "" } else { " " };
        // A dot at the beginning of a line would be a request.
        *last += &if word.starts_with('.') { format!("\\&{word}") } else { word.to_owned() };
    }
    lines.iter().map(|line| format!("{line}\n")).collect()
}

#[test]
fn the_page_promises_what_the_table_holds() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("man/lq.7");
    let page = fs::read_to_string(&path).unwrap();
    let (before, rest) = page.split_once(BEGIN).expect("the section FAULTS");
    let (found, after) = rest.split_once(END).unwrap();
    if std::env::var_os("SNAPSHOTS").is_some_and(|mode| mode == "overwrite") {
        fs::write(&path, format!("{before}{BEGIN}{}{END}{after}", rows())).unwrap();
        return;
    }
    assert!(found == rows(), "the table says:\n{}\nand the page:\n{found}", rows());
}

#[test]
fn every_fault_has_one_row_and_every_cell_a_word() {
    let table = table();
    for (number, row) in table.iter().enumerate() {
        assert!(table[..number].iter().all(|other| other.fault != row.fault), "{}", row.fault.words());
        assert!(row.cells.iter().any(|cell| matches!(cell, Cell::Holds(_))), "{}", row.fault.words());
    }
    // The last fault of the enumeration: none is without a row.
    assert_eq!(table.len(), crate::table::Fault::NetworkGone as usize + 1);
}
