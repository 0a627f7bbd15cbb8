//! The columns of the result, and what each table has for them.

use std::collections::BTreeSet;

use super::cell::Cell;
use super::columns::Source;
use super::expression::Column;
use super::field::NODE;
use super::{Asked, Out, OutKind, Payload, payload};
use crate::entry::write::{Columns, WITH};
use crate::source::bigquery::schema::Kind;

/// A column of the result.
#[derive(Debug)]
pub(super) struct Output {
    pub out: Out,
    /// What each table has for it, in the order of the tables.
    pub cells: Vec<Option<Cell>>,
    /// How often empty members are to be [stripped](payload::stripped) from its JSON.
    pub passes: usize,
}

impl Output {
    fn new(name: &'static str, kind: OutKind, cells: Vec<Option<Cell>>) -> Self {
        Output { out: Out { name, kind }, cells, passes: 0 }
    }

    fn of(name: &'static str, kind: OutKind, sources: &[Source], cell: impl Fn(&Source) -> Option<Cell>) -> Self {
        Output::new(name, kind, sources.iter().map(cell).collect())
    }

    /// True where some table has it.
    fn is_there(&self) -> bool {
        self.cells.iter().any(Option::is_some)
    }
}

/// The columns that were asked for, and those that `needed` conditions look at here.
pub(super) fn outputs(
    sources: &[Source],
    asked: &Asked,
    columns: &Columns,
    needed: &BTreeSet<&str>,
) -> (Vec<Output>, Payload) {
    use OutKind::{Json, Text, Time};
    let wants = |name: &str| columns.with.contains(&name) || needed.contains(name);
    let of = |cell: &dyn Fn(&Source) -> Option<Cell>| sources.iter().map(cell).collect::<Vec<_>>();
    let column = |name: &'static str| of(&|source| source.column(name).map(|(_, column)| Cell::Time(column)));
    let text = |name: &'static str| Output::new(name, Text, of(&|source| source.text(&[name])));
    let json = |name: &'static str| Output::new(name, Json, of(&|source| source.json(name)));
    let (payload, kept) = payload_output(sources, asked, columns.payload || needed.contains("payload"));
    let mut all = vec![Output::new("timestamp", Time, column("timestamp")), text("severity"), text("insertId")];
    all.extend(of_container(sources));
    all.extend([stream(sources), text("textPayload"), payload, json("split")]);
    for name in WITH {
        match name {
            "node" if wants("node") && !wants("labels") => {
                let names = NODE.map(str::to_owned);
                all.push(Output::new("labels", Json, of(&|source| Some(node(source.label(&names)?)))));
            }
            "labels" if wants("labels") => {
                let is_record = |source: &Source| source.column("labels").is_some_and(|(c, _)| c.kind == Kind::Record);
                let passes = usize::from(sources.iter().any(is_record));
                all.push(Output { passes, ..json("labels") });
            }
            "node" | "labels" => {}
            _ if !wants(name) => {}
            "trace" | "spanId" | "receiveTimestamp" | "logName" => all.push(text(name)),
            name => all.push(json(name)),
        }
    }
    all.retain(Output::is_there);
    (all, kept)
}

/// What a container is called and when it wrote, and what `needed` conditions look at here. `None` where
/// no table says what any is called.
pub(super) fn names(sources: &[Source], needed: &BTreeSet<&str>) -> Option<Vec<Output>> {
    let time = |source: &Source| source.column("timestamp").map(|(_, column)| Cell::Time(column));
    let labels = |source: &Source| source.json("labels");
    let mut all = Vec::from(of_container(sources));
    if !all.iter().any(Output::is_there) {
        return None;
    }
    all.extend(needed.contains("stream").then(|| stream(sources)));
    all.extend(needed.contains("labels").then(|| Output::of("labels", OutKind::Json, sources, labels)));
    all.push(Output::of("timestamp", OutKind::Time, sources, time));
    all.retain(Output::is_there);
    Some(all)
}

fn of_container(sources: &[Source]) -> [Output; 4] {
    let text = |name, cell: fn(&Source) -> Option<Cell>| Output::of(name, OutKind::Text, sources, cell);
    [
        text("cluster", |source| source.cluster()),
        text("namespace", |source| source.namespace()),
        text("pod", |source| source.pod()),
        text("container", |source| source.container()),
    ]
}

fn stream(sources: &[Source]) -> Output {
    Output::of("stream", OutKind::Text, sources, |source| source.log_id())
}

/// The one label that names the node.
fn node(label: Cell) -> Cell {
    let json = Cell::Object(vec![(NODE[1].to_owned(), label.clone())]);
    Cell::If(Box::new(label), Box::new(json))
}

/// The payload, or of it what an entry's `message` needs.
///
/// `--without payload` is for those who will not pay for it. So where a table has columns for the texts of
/// payloads, only those are read, and a payload that has none of them is an empty one, `{}`. Without
/// such columns the message is the payload itself, which then is read whole.
fn payload_output(sources: &[Source], asked: &Asked, is_whole: bool) -> (Output, Payload) {
    let logs = &asked.select.origin.logs;
    let mut passes = 0;
    let mut kept = Payload::None;
    let cells = sources.iter().map(|source| {
        let texts = if is_whole { None } else { texts(source, asked) };
        if texts.is_some() {
            kept = Payload::Texts;
            passes = passes.max(1);
            return texts;
        }
        let whole = source.payload(logs)?;
        if kept == Payload::None {
            kept = Payload::Whole;
        }
        passes = source.payloads(logs).iter().map(|(column, _)| payload::passes(column)).fold(passes, usize::max);
        Some(whole)
    });
    let cells = cells.collect();
    (Output { passes, ..Output::new("jsonPayload", OutKind::Json, cells) }, kept)
}

/// True where `--without payload` makes messages of some table's [`texts`] alone.
pub(super) fn has_texts(sources: &[Source], asked: &Asked) -> bool {
    sources.iter().any(|source| texts(source, asked).is_some())
}

/// The texts of a table's payloads as a small payload; `None` where some of its payloads have no column
/// for one. Whether there is a payload at all cannot be asked without reading it, so rows without a
/// text are said to have one.
fn texts(source: &Source, asked: &Asked) -> Option<Cell> {
    let logs = &asked.select.origin.logs;
    let payloads = source.payloads(logs);
    let found = source.payload_texts(logs);
    if payloads.is_empty() || !payloads.iter().all(|(_, column)| found.iter().any(|(_, text)| is_below(text, column))) {
        return None;
    }
    let members = ["message", "msg", "log"].into_iter().filter_map(|name| {
        let texts = found.iter().filter(|(of, _)| *of == name);
        let texts = texts.map(|(_, text)| Cell::Text(text.clone(), Kind::String)).collect();
        Some((name.to_owned(), Cell::first(texts)?))
    });
    let json = Cell::Object(members.collect());
    match source.text(&["textPayload"]) {
        Some(text) => Some(Cell::Unless(Box::new(text), Box::new(json))),
        None => Some(json),
    }
}

/// True for a field of `column`.
fn is_below(field: &Column, column: &Column) -> bool {
    field.path.len() > column.path.len() && field.path.starts_with(&column.path)
}
