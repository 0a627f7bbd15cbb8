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
    let names: Vec<&str> = tables.iter().map(|table| table.id.as_str()).collect();
    (count > 0).then(|| {
        format!(
            "{} of the window were refused by BigQuery and are not among the rows: see {} there (column logEntry)",
            crate::size::plural(count, "entry"),
            names.join(", ")
        )
    })
}
