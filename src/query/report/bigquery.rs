//! What is said of BigQuery: the plan with its price, what would make it cheaper, what was billed.

use super::{LISTED, local, loud};
use crate::query::plan::Plan;
use crate::size::plural;
use crate::source::Spent;
use crate::source::bigquery::Pricing;
use crate::source::bigquery::estimate::Cheaper;
use crate::source::bigquery::open::{Opened, Part};
use crate::source::bigquery::price::{self, Bytes};
use crate::tool::{Failure, Signals};

/// Prints the plan: slices, tables, columns, bytes and price, and the flags that would make it cheaper.
pub(crate) fn dry_run(plan: &Plan, opened: &mut Opened, signals: &mut Signals) -> Result<(), Failure> {
    let notes = loud(plan);
    let pricing = opened.options.pricing;
    opened.look_into_cache(signals)?;
    let opened = &*opened;
    let bytes = opened.estimate(signals)?;
    let queried = opened.estimate_as_queries(signals)?;
    for (number, (part, bytes)) in opened.parts.iter().zip(&bytes).enumerate().take(LISTED) {
        let [since, until] = [part.slice.window.since, part.slice.window.until].map(|time| local(plan, time));
        let tables = opened.tables_of(part).join(", ");
        let price = match opened.is_kept(number) {
            true => "from the cache".to_owned(),
            false => say_way(opened, part, *bytes, queried[number]),
        };
        notes.say(format!("slice {}: {since} to {until}, {tables}, {price}", number + 1));
    }
    if opened.parts.len() > LISTED {
        notes.say(format!("… and {}", plural((opened.parts.len() - LISTED) as u64, "more slice")));
    }
    if let Some(columns) = opened.columns() {
        notes.say(format!("columns: {columns}"));
    }
    for Cheaper { flag, bytes: less } in opened.cheaper(signals)? {
        let all = bytes.iter().copied().sum::<Bytes>().all();
        if less.all() < all {
            let saved = percent_less(all, less.all());
            notes.say(format!("cheaper with {flag}: {} ({saved}% less)", pricing.say(less, "≤ ")));
        }
    }
    let total = bytes.iter().copied().sum::<Bytes>();
    let kept = (0..opened.parts.len()).filter(|number| opened.is_kept(*number)).count();
    let kept = say_kept(kept as u64, opened.parts.len() as u64).map_or(String::new(), |kept| format!(", {kept}"));
    notes.say(format!(
        "would read {} of {}: {}{kept}; nothing was billed (--dry-run)",
        plural(opened.parts.len() as u64, "slice"),
        opened.options.address,
        pricing.say(total, "≤ ")
    ));
    let (low, high) = opened.billed(&bytes);
    if let Some(most) = opened.options.max_bytes.filter(|most| low > *most) {
        let query = opened.better_by_query(&bytes, &queried);
        let query = query.map_or(String::new(), |bytes| format!("; or {}: --via query", pricing.say(bytes, "≤ ")));
        notes.say(format!(
            "--max-bytes allows {}: to run it, --max-bytes {}{query}",
            crate::size::say(most),
            price::bound_for(high)
        ));
    }
    Ok(())
}

/// By how many hundredths of `all` bytes `less` are less, whatever a server says that these are.
fn percent_less(all: u64, less: u64) -> u128 {
    u128::from(all.saturating_sub(less)) * 100 / u128::from(all.max(1))
}

/// By which way a slice is read, why, and what each way costs.
fn say_way(opened: &Opened, part: &Part, bytes: Bytes, queried: Option<u64>) -> String {
    let pricing = opened.options.pricing;
    let price = pricing.say(bytes, "≤ ");
    match opened.way(part) {
        Ok(_) => {
            let queried = queried.map_or(String::new(), |bytes| format!(" (as a query: {})", pricing.say(bytes, "≤ ")));
            format!("straight from the tables: {price}{queried}")
        }
        // Names are always asked for by query.
        Err(_) if opened.wanted.columns.is_none() => price,
        Err(obstacle) => format!("{price}, by query: {obstacle}"),
    }
}

/// What the run cost, where it cost anything: `1.2 GiB, < $0.01 billed`.
pub(crate) fn spent(spent: &Spent, pricing: Pricing) -> Option<String> {
    let kept = say_kept(spent.kept, spent.slices);
    if spent.jobs == 0 && spent.straight == 0 && spent.scanned == 0 {
        return kept.map(|kept| format!("nothing billed, {kept}"));
    }
    let mark = if spent.is_estimate { "≤ " } else { "" };
    let bytes = spent.bytes();
    let is_nothing = bytes.all() == 0 && spent.cached == spent.jobs;
    let billed = if is_nothing { "nothing billed".to_owned() } else { format!("{} billed", pricing.say(bytes, mark)) };
    let straight = say_straight(spent, pricing, mark);
    let cached = match spent.cached {
        0 => None,
        cached if cached == spent.jobs && straight.is_none() => Some("all from BigQuery's cache".to_owned()),
        cached => Some(format!("{cached} of {} from BigQuery's cache", plural(spent.jobs, "query"))),
    };
    // What lq had is none of what BigQuery had.
    let cached = cached.map(|cached| if kept.is_some() { cached.replace("all", "the others") } else { cached });
    Some([Some(billed), straight, kept, cached].into_iter().flatten().collect::<Vec<_>>().join(", "))
}

/// How much came without a query; `None` for nothing.
fn say_straight(spent: &Spent, pricing: Pricing, mark: &str) -> Option<String> {
    let price = pricing.say(Bytes { queried: 0, straight: spent.scanned }, mark);
    match spent.straight {
        0 if spent.scanned == 0 => None,
        // It broke off, and was billed all the same.
        0 => Some(format!("of it {price} straight from the tables, in vain")),
        all if all == spent.slices && spent.billed == 0 => Some("straight from the tables".to_owned()),
        some => Some(format!("{some} of {} straight from the tables for {price}", plural(spent.slices, "slice"))),
    }
}

/// `3 of 4 slices from the cache`; `None` for none.
fn say_kept(kept: u64, slices: u64) -> Option<String> {
    match kept {
        0 => None,
        kept if kept == slices => Some("all from the cache".to_owned()),
        kept => Some(format!("{kept} of {} from the cache", plural(slices, "slice"))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_saved_is_told_whatever_the_server_estimates() {
        for (all, less, said) in [(40, 10, 75), (3, 2, 33), (0, 0, 0), (u64::MAX, 0, 100), (u64::MAX, 1 << 62, 74)] {
            assert_eq!(percent_less(all, less), said, "{all} {less}");
        }
    }

    #[test]
    fn what_was_spent_is_told_with_what_came_from_the_cache() {
        let run = |jobs, cached, billed| Spent { jobs, cached, billed, ..Spent::default() };
        let kept = |kept, slices, run| Spent { kept, slices, ..run };
        let straight = |straight, slices, scanned, run| Spent { straight, slices, scanned, is_estimate: true, ..run };
        for (run, said) in [
            (run(0, 0, 0), None),
            (run(1, 0, 10 << 20), Some("10 MiB, < $0.01 billed")),
            (run(1, 1, 0), Some("nothing billed, all from BigQuery's cache")),
            (run(3, 1, 41 << 30), Some("41 GiB, $0.25 billed, 1 of 3 queries from BigQuery's cache")),
            (kept(0, 2, run(2, 0, 41 << 30)), Some("41 GiB, $0.25 billed")),
            (kept(4, 4, run(0, 0, 0)), Some("nothing billed, all from the cache")),
            (kept(3, 4, run(1, 0, 41 << 30)), Some("41 GiB, $0.25 billed, 3 of 4 slices from the cache")),
            (
                kept(3, 4, run(1, 1, 0)),
                Some("nothing billed, 3 of 4 slices from the cache, the others from BigQuery's cache"),
            ),
            (Spent { is_estimate: true, ..run(1, 0, 41 << 30) }, Some("≤ 41 GiB, ≤ $0.25 billed")),
            (straight(1, 1, 41 << 30, run(0, 0, 0)), Some("≤ 41 GiB, ≤ $0.04 billed, straight from the tables")),
            (
                straight(2, 3, 41 << 30, run(1, 0, 41 << 30)),
                Some("≤ 82 GiB, ≤ $0.29 billed, 2 of 3 slices straight from the tables for ≤ 41 GiB, ≤ $0.04"),
            ),
            (
                straight(0, 1, 41 << 30, run(1, 0, 41 << 30)),
                Some("≤ 82 GiB, ≤ $0.29 billed, of it ≤ 41 GiB, ≤ $0.04 straight from the tables, in vain"),
            ),
            (
                straight(0, 0, 41 << 30, run(0, 0, 0)),
                Some("≤ 41 GiB, ≤ $0.04 billed, of it ≤ 41 GiB, ≤ $0.04 straight from the tables, in vain"),
            ),
            (
                kept(1, 2, straight(1, 2, 1 << 30, run(0, 0, 0))),
                Some(
                    "≤ 1.0 GiB, < $0.01 billed, 1 of 2 slices straight from the tables for ≤ 1.0 GiB, < $0.01, 1 of 2 \
                     slices from the cache",
                ),
            ),
        ] {
            assert_eq!(spent(&run, Pricing::default()).as_deref(), said);
        }
    }
}
