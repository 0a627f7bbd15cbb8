//! stub
use super::{Asked, Cell, Out, Payload};
use crate::select::Predicate;
use crate::source::bigquery::tables::Table;
#[derive(Clone, Debug)]
pub(crate) struct Scanned {
    pub tables: Vec<TableScan>,
    pub columns: Vec<Out>,
    pub local: Predicate,
    pub payload: Payload,
    pub leaves_search: bool,
}
#[derive(Clone, Debug)]
pub(crate) struct TableScan {
    pub table: String,
    pub fields: Vec<String>,
    pub restriction: String,
    pub cells: Vec<Option<Cell>>,
}
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Unscannable {
    Condition,
}
impl std::fmt::Display for Unscannable {
    fn fmt(&self, f: &mut std::fmt::Formatter) -> std::fmt::Result {
        f.write_str("stub")
    }
}
pub(crate) fn scan(_tables: &[&Table], _asked: &Asked) -> Result<Scanned, Unscannable> {
    Err(Unscannable::Condition)
}
