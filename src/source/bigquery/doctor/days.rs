//! What a typical day costs, by free dry runs over the last whole days (UTC), and what bound follows.

use chrono::Days;
use futures_util::{StreamExt, TryStreamExt, stream};

use super::super::error::Error;
use super::super::price::{self, Pricing};
use super::super::sql::{self, Asked};
use super::super::tables::{Layout, Table};
use super::dataset::{Contents, DAYS};
use super::{Address, Doctor};
use crate::entry::write::Columns;
use crate::select::Predicate;
use crate::source::Cut;
use crate::when::Window;

/// What one run may cost without anybody's say, in dollars, as long as one day costs less.
const BUDGET: f64 = 5.0;

/// The least bound that is proposed: less than this costs cents.
const LEAST: u64 = 10 << 30;

/// Dry runs that run at the same time.
const AT_ONCE: usize = 8;

/// What a typical day holds: the median of the last ones.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Day {
    /// Bytes that are billed for it at most.
    pub bytes: u64,
    /// The same for a run that has no need of the payload.
    pub without_payload: u64,
    /// Days that were measured.
    pub measured: usize,
}

impl Day {
    /// A bound for a run: so many days as [`BUDGET`] pays for, a week at most, one at least.
    pub(crate) fn bound(&self, pricing: Pricing) -> u64 {
        let days = match pricing {
            Pricing::OnDemand(_) => (BUDGET / pricing.dollars(self.bytes).max(0.01)).clamp(1.0, DAYS as f64) as u64,
            Pricing::Slots => DAYS,
        };
        self.bytes.saturating_mul(days).max(LEAST)
    }

    /// True where a day alone costs more than a run should.
    pub(crate) fn is_dear(&self, pricing: Pricing) -> bool {
        pricing != Pricing::Slots && pricing.dollars(self.bytes) > BUDGET
    }
}

impl Doctor<'_> {
    /// `None` where there was no whole day, or nobody could tell.
    pub(super) async fn typical_day(&mut self, address: &Address, contents: &Contents) -> Option<Day> {
        let (whole, without) = match self.measured(address, contents).await {
            Ok(measured) => measured,
            Err(error) => {
                let (said, remedies) = self.explain(address, error);
                self.checkup.warn(format!("a typical day: not measured: {said}"), &remedies);
                return None;
            }
        };
        let measured = whole.len();
        let (Some(bytes), Some(without_payload)) = (median(whole), median(without)) else {
            self.checkup.warn(
                "a typical day: there is no whole day to measure yet",
                &["tomorrow: lq-query --doctor again".to_owned()],
            );
            return None;
        };
        let day = Day { bytes, without_payload, measured };
        let pricing = self.asked.pricing;
        let what = format!(
            "a typical day: {}; {} --without payload (median of {})",
            pricing.say(bytes, "≤ "),
            pricing.say(without_payload, "≤ "),
            crate::size::plural(measured as u64, "day")
        );
        match day.is_dear(pricing) {
            false => self.checkup.ok(what),
            true => self.checkup.warn(what, &[
                "BigQuery bills whole days, whatever is selected of them; what helps:".to_owned(),
                "--without payload, --stream stderr; a sink for the namespaces that matter; slots (pricing = \"slots\")"
                    .to_owned(),
            ]),
        }
        Some(day)
    }

    /// What each of the last days holds at most, all of it and without the payload. Costs nothing.
    async fn measured(&self, address: &Address, contents: &Contents) -> Result<(Vec<u64>, Vec<u64>), Error> {
        let mut asked = Vec::new();
        for payload in [true, false] {
            for back in 1..=DAYS {
                let since = contents.midnight - Days::new(back);
                let of_day = |table: &&Table| !matches!(table.layout, Layout::Shard(day) if day != since.date_naive());
                let tables: Vec<&Table> = contents.tables.iter().filter(of_day).collect();
                let day = Asked {
                    address,
                    window: Window { since, until: since + Days::new(1) },
                    select: &Predicate::default(),
                    columns: Some(&Columns { payload, with: Vec::new() }),
                    cut: Cut::All,
                    condition: None,
                };
                asked.extend(sql::statement(&tables, &day).map(|statement| (payload, tables.len(), statement)));
            }
        }
        let estimates = asked.iter().map(async |(payload, tables, statement)| {
            let bytes = self.office.estimate(statement).await?;
            Ok::<_, Error>((*payload, price::billed(bytes, *tables).1))
        });
        let all: Vec<(bool, u64)> = stream::iter(estimates).buffer_unordered(AT_ONCE).try_collect().await?;
        let of = |wanted: bool| all.iter().filter(|(payload, _)| *payload == wanted).map(|(_, bytes)| *bytes).collect();
        Ok((of(true), of(false)))
    }
}

/// The upper one of two in the middle.
fn median(mut values: Vec<u64>) -> Option<u64> {
    values.sort_unstable();
    values.get(values.len() / 2).copied()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bound_allows_a_week_or_what_five_dollars_pay_for_or_one_day() {
        const GIB: u64 = 1 << 30;
        let day = |bytes| Day { bytes, without_payload: bytes / 4, measured: 7 };
        for (bytes, pricing, bound, is_dear) in [
            (0, Pricing::default(), 10 * GIB, false),
            (12 * GIB, Pricing::default(), 84 * GIB, false),
            (300 * GIB, Pricing::default(), 600 * GIB, false),
            (2048 * GIB, Pricing::default(), 2048 * GIB, true),
            (2048 * GIB, Pricing::Slots, 7 * 2048 * GIB, false),
        ] {
            assert_eq!((day(bytes).bound(pricing), day(bytes).is_dear(pricing)), (bound, is_dear), "{bytes}");
        }
    }

    #[test]
    fn the_median_is_one_of_the_days() {
        for (values, expected) in
            [(vec![], None), (vec![3], Some(3)), (vec![9, 1], Some(9)), (vec![5, 900, 1], Some(5))]
        {
            assert_eq!(median(values), expected);
        }
    }
}
