//! The layers of a query: a SELECT for each table, and around them stripping, search and cut.

use super::cell::Cell;
use super::choice::Part;
use super::columns::Source;
use super::expression::{Sql, Test, coalesce, sql};
use super::output::Output;
use super::unit::Unit;
use super::writer::Writer;
use super::{Asked, COUNTED, Out, OutKind, Payload, Reads, field, literal, payload, text};
use crate::source::Cut;

/// What rows may have, in any of the tables.
#[derive(Clone, Copy, Debug)]
pub(super) struct Rows {
    /// Pieces of long entries.
    pub is_split: bool,
    /// Numbers that SQL may spell otherwise than lq.
    pub has_numbers: bool,
}

/// What is looked for in the text of rows.
pub(super) struct Search {
    test: Test,
    /// The whole payload, for tables of which the result has it not so, and how often it is stripped.
    payload: Option<(Vec<Option<Cell>>, usize)>,
}

impl Search {
    pub(super) fn new(
        units: &[(Unit, bool)],
        sources: &[Source],
        asked: &Asked,
        outputs: &[Output],
        kept: Payload,
        rows: Rows,
    ) -> Self {
        let has = |name: &str| outputs.iter().any(|output| output.out.name == name);
        let units = || units.iter().map(|(unit, _)| unit);
        if units().all(|unit| unit.on_text(&Sql::null()).test == Test::Always) {
            return Search { test: Test::Always, payload: None };
        }
        let logs = &asked.select.origin.logs;
        let is_narrow = kept == Payload::Texts;
        let payload = is_narrow.then(|| {
            let passes =
                |source: &Source| source.payloads(logs).iter().map(|(column, _)| payload::passes(column)).max();
            let most = sources.iter().filter_map(passes).max().unwrap_or(0);
            (sources.iter().map(|source| source.payload(logs)).collect(), most)
        });
        let name = if is_narrow { "payload" } else { "jsonPayload" };
        let plain = has("textPayload").then(|| field::without_newline(&Sql::text("textPayload")));
        // A payload of which nothing is left is none.
        let payload_text = has("jsonPayload").then(|| sql("NULLIF({}, {})", [&Sql::text(name), &Sql::text("'{}'")]));
        let texts: Vec<Sql> = [payload_text, plain, Some(Sql::text("''"))].into_iter().flatten().collect();
        let searched = coalesce(&texts).unwrap_or_else(|| Sql::text("''"));
        let found = Test::all(units().map(|unit| {
            let test = unit.on_text(&searched).test;
            let is_odd = rows.has_numbers && unit.minds_numbers() && has("jsonPayload");
            if is_odd { Test::any([test, text::odd_number(name)]) } else { test }
        }));
        let test = if rows.is_split { Test::any([found, Test::Is(Sql::text("split IS NOT NULL"))]) } else { found };
        Search { test, payload }
    }
}

/// Writes the query; returns what it reads.
pub(super) fn write(
    writer: &mut Writer,
    parts: &[Part],
    asked: &Asked,
    outputs: &[Output],
    search: &Search,
    cut: Cut,
) -> Vec<Reads> {
    let passes: Vec<(&str, usize)> = outputs
        .iter()
        .map(|output| (output.out.name, output.passes))
        .chain(search.payload.as_ref().map(|(_, passes)| ("payload", *passes)))
        .collect();
    let names: Vec<&str> = outputs.iter().map(|output| output.out.name).collect();
    if asked.columns.is_none() {
        let names: Vec<&str> = names.into_iter().filter(|name| *name != "timestamp").collect();
        return grouped(writer, &names.join(", "), |writer| union(writer, 2, parts, asked, outputs, search));
    }
    let is_stripped = passes.iter().any(|(_, passes)| *passes > 0);
    let is_searched = search.test != Test::Always || cut != Cut::All;
    if !is_stripped && !is_searched {
        return union(writer, 0, parts, asked, outputs, search);
    }
    writer.line(0, "WITH");
    writer.line(2, if is_stripped { "found AS (" } else { "entries AS (" });
    let reads = union(writer, 4, parts, asked, outputs, search);
    writer.line(2, ")");
    if is_stripped {
        let indent = if is_searched { 4 } else { 0 };
        if is_searched {
            writer.text.push(',');
            writer.line(2, "entries AS (");
        }
        writer.line(indent, "-- Without members that are NULL or empty.");
        writer.line(indent, "SELECT");
        let count = passes.len();
        for (i, (name, passes)) in passes.iter().enumerate() {
            writer.line(indent + 2, "");
            if *passes > 0 {
                let whole = payload::stripped(&Sql::text(name.to_string()), *passes);
                writer.sql(&sql("{} AS {}", [&whole, &Sql::text(name.to_string())]));
            } else {
                writer.text.push_str(name);
            }
            if i + 1 < count {
                writer.text.push(',');
            }
        }
        writer.line(indent, "FROM found");
        if is_searched {
            writer.line(2, ")");
        }
    }
    if is_searched {
        writer.line(0, &format!("SELECT {}", names.join(", ")));
        writer.line(0, "FROM entries");
        writer.filter(0, &search.test);
    }
    match cut {
        Cut::All => {}
        Cut::First(most) => {
            let order = ["timestamp", "insertId"].into_iter().filter(|name| names.contains(name));
            writer.line(0, &format!("ORDER BY {}", order.collect::<Vec<_>>().join(", ")));
            writer.line(0, &format!("LIMIT {most}"));
        }
        Cut::Last(most) => {
            if search.test == Test::Always {
                // QUALIFY stands beside WHERE.
                writer.line(0, "WHERE TRUE");
            }
            let all = |names_of: &[&str], end: &str| {
                let known = names_of.iter().filter(|name| names.contains(name));
                known.map(|name| format!("{name}{end}")).collect::<Vec<_>>().join(", ")
            };
            let whose = all(&["cluster", "namespace", "pod", "container"], "");
            let partition = if whose.is_empty() { String::new() } else { format!("PARTITION BY {whose} ") };
            let order = all(&["timestamp", "insertId"], " DESC");
            writer.line(0, &format!("QUALIFY DENSE_RANK() OVER ({partition}ORDER BY {order}) <= {most}"));
        }
    }
    reads
}

/// Counts what `rows` writes by `names`.
fn grouped(writer: &mut Writer, names: &str, rows: impl FnOnce(&mut Writer) -> Vec<Reads>) -> Vec<Reads> {
    let [last, entries] = COUNTED;
    writer.line(0, &format!("SELECT {names},"));
    writer.line(2, &format!("MIN(timestamp) AS timestamp, MAX(timestamp) AS {last},"));
    writer.line(2, &format!("CAST(COUNT(*) AS STRING) AS {entries}"));
    writer.line(0, "FROM (");
    let reads = rows(writer);
    writer.line(0, ")");
    writer.line(0, &format!("GROUP BY {names}"));
    reads
}

/// The columns that the query gives.
pub(super) fn columns(outputs: Vec<Output>, asked: &Asked) -> Vec<Out> {
    let mut columns: Vec<Out> = outputs.into_iter().map(|output| output.out).collect();
    if asked.columns.is_none() {
        let [last, entries] = COUNTED;
        columns.extend([Out { name: last, kind: OutKind::Time }, Out { name: entries, kind: OutKind::Text }]);
    }
    columns
}

/// A SELECT for each table, put together.
fn union(
    writer: &mut Writer,
    indent: usize,
    parts: &[Part],
    asked: &Asked,
    outputs: &[Output],
    search: &Search,
) -> Vec<Reads> {
    let mut reads = Vec::new();
    for (at, part) in parts.iter().enumerate() {
        if at > 0 {
            writer.line(indent, "UNION ALL");
        }
        writer.line(indent, "SELECT");
        let further = search.payload.as_ref().map(|(cells, _)| ("payload", &cells[at]));
        let cells = outputs.iter().map(|output| (output.out.name, &output.cells[at])).chain(further);
        let count = cells.clone().count();
        for (i, (name, cell)) in cells.enumerate() {
            writer.line(indent + 2, "");
            let start = writer.text.len();
            writer.sql(&cell.as_ref().map_or_else(Sql::null, Cell::sql));
            if &writer.text[start..] != name {
                writer.text.push_str(&format!(" AS {name}"));
            }
            if i + 1 < count {
                writer.text.push(',');
            }
        }
        let table = [&asked.address.project, &asked.address.dataset, &part.source.table.id];
        writer.line(indent, &format!("FROM {}", table.map(|name| literal::identifier(name)).join(".")));
        let typed = asked.condition.map(|typed| Test::Is(Sql::text(format!("(\n{typed}\n{:indent$}    )", ""))));
        writer.filter(indent, &Test::all([part.test()].into_iter().chain(typed)));
        reads.push(Reads { table: part.source.table.id.clone(), columns: std::mem::take(&mut writer.columns) });
    }
    reads
}
