//! Whether a dataset looks like one that a sink of container logs writes, by the first page of its tables.

use chrono::NaiveDate;

use super::ask::{self, Kind};
use super::name::{self, Names};

/// What speaks for it; the greater, the more.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Signs {
    /// Log Analytics' view of all logs.
    View,
    /// Tables of containers' logs, the newest one seen of this day.
    Shards(NaiveDate),
    /// Tables of containers' logs that hold all days.
    Tables,
}

/// `None` for a dataset of something else. `page` is the body of tables.list.
pub(crate) fn signs(page: &[u8]) -> Option<Signs> {
    let listed = ask::page(page).ok()?;
    let of_table = listed.iter().filter_map(|table| {
        let (log, day) = name::read(&table.id);
        match (table.kind, day) {
            (Kind::Table, Some(day)) if Names::OfContainers.has(log) => Some(Signs::Shards(day)),
            (Kind::Table, None) if Names::OfContainers.has(log) => Some(Signs::Tables),
            (Kind::View, _) if matches!(&table.id[..], "_AllLogs" | "_Default") => Some(Signs::View),
            _ => None,
        }
    });
    of_table.max()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sink_s_dataset_is_known_by_its_tables() {
        let table = |id: &str, kind: &str| format!(r#"{{"tableReference": {{"tableId": "{id}"}}, "type": "{kind}"}}"#);
        let day = |day| NaiveDate::from_ymd_opt(2026, 11, day).unwrap();
        for (tables, expected) in [
            (&[("stdout_20261120", "TABLE"), ("stderr_20261121", "TABLE")][..], Some(Signs::Shards(day(21)))),
            (&[("stderr_20261121", "TABLE"), ("stdout", "TABLE")], Some(Signs::Tables)),
            (&[("_AllLogs", "VIEW"), ("orders", "TABLE")], Some(Signs::View)),
            (&[("stdout", "VIEW"), ("orders_20261121", "TABLE")], None),
            (&[], None),
        ] {
            let listed: Vec<String> = tables.iter().map(|(id, kind)| table(id, kind)).collect();
            let page = format!(r#"{{"tables": [{}]}}"#, listed.join(","));
            assert_eq!(signs(page.as_bytes()), expected, "{tables:?}");
        }
    }
}
