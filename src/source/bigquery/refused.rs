//! Entries that never became rows: a field whose type differs from its column's sends the entry into a
//! table `export_errors_*` instead. <https://cloud.google.com/logging/docs/export/bigquery#mismatch>

use super::row::Page;
use super::tables::Table;

/// How many they are.
pub(crate) fn count(page: &Page) -> Option<u64> {
    page.first_row()?.first()?.as_deref()?.parse().ok()
}

/// What is to be said of so many; `None` for none.
pub(crate) fn warning(count: u64, tables: &[Table]) -> Option<String> {
    (count > 0).then(|| {
        format!(
            "{} of the window were refused by BigQuery and are not among the rows: see {} there (column logEntry)",
            crate::size::plural(count, "entry"),
            names(tables)
        )
    })
}

/// What is to be said where counting would bill more than may be billed: what `--max-bytes` leaves, or what
/// counting is worth.
pub(super) fn uncounted(tables: &[Table], is_used_up: bool) -> String {
    let why = if is_used_up { "--max-bytes leaves too little for it" } else { "it would read too much" };
    format!("entries that BigQuery refused were not counted, {why}: see {} there (column logEntry)", names(tables))
}

fn names(tables: &[Table]) -> String {
    tables.iter().map(|table| table.id.as_str()).collect::<Vec<_>>().join(", ")
}
