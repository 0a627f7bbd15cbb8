//! What reading costs: bytes billed, their price, and the bound on both.

use std::iter::Sum;
use std::ops::Add;

use anyhow::{Result, anyhow};

use crate::size;

/// How queries are paid for.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Pricing {
    /// Dollars for each TiB. <https://cloud.google.com/bigquery/pricing#on_demand_pricing>
    OnDemand(f64),
    /// Reserved capacity: bytes cost nothing.
    Slots,
}

/// What the United States pay; other places may differ.
impl Default for Pricing {
    fn default() -> Self {
        Pricing::OnDemand(6.25)
    }
}

/// Of each table that a query refers to, at least so many bytes are billed.
/// <https://cloud.google.com/bigquery/pricing#on_demand_pricing>
pub(crate) const LEAST_BILLED: u64 = 10 << 20;

/// What reading straight from tables costs, in dollars for each TiB, whatever queries cost: capacity pays for those
/// alone. The first 300 TiB a month of a billing account are free, which is not counted here.
/// <https://cloud.google.com/bigquery/pricing#data_extraction_pricing>
pub(crate) const STRAIGHT: f64 = 1.10;

const TIB: f64 = (1u64 << 40) as f64;

/// Bytes, by the way they are read: each has its price.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Bytes {
    pub queried: u64,
    pub straight: u64,
}

impl Bytes {
    pub(crate) fn all(self) -> u64 {
        self.queried.saturating_add(self.straight)
    }
}

/// Of a query.
impl From<u64> for Bytes {
    fn from(queried: u64) -> Self {
        Bytes { queried, straight: 0 }
    }
}

impl Add for Bytes {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Bytes {
            queried: self.queried.saturating_add(other.queried),
            straight: self.straight.saturating_add(other.straight),
        }
    }
}

impl Sum for Bytes {
    fn sum<I: Iterator<Item = Self>>(all: I) -> Self {
        all.fold(Bytes::default(), Add::add)
    }
}

impl Pricing {
    /// Reads `slots`, or dollars for each TiB.
    pub(crate) fn parse(text: &str) -> Result<Self> {
        if text.eq_ignore_ascii_case("slots") {
            return Ok(Pricing::Slots);
        }
        let dollars = text.trim_start_matches('$').parse::<f64>().ok().filter(|price| (0.0..1e6).contains(price));
        let dollars =
            dollars.ok_or_else(|| anyhow!("`{text}` is no pricing; write \"slots\", or dollars per TiB as 6.25"))?;
        Ok(Pricing::OnDemand(dollars))
    }

    /// The price of so many bytes; that of a query is nothing where capacity is reserved.
    pub(crate) fn dollars(self, bytes: impl Into<Bytes>) -> f64 {
        let Bytes { queried, straight } = bytes.into();
        let per_tib = match self {
            Pricing::OnDemand(per_tib) => per_tib,
            Pricing::Slots => 0.0,
        };
        (queried as f64 * per_tib + straight as f64 * STRAIGHT) / TIB
    }

    /// The price of so many bytes to a millionth of a dollar, where they have one.
    pub(crate) fn told(self, bytes: impl Into<Bytes>) -> Option<f64> {
        let bytes = bytes.into();
        self.has_price(bytes).then(|| (self.dollars(bytes) * 1e6).round() / 1e6)
    }

    /// What a query costs instead, in words, where that is less than reading straight does.
    pub(crate) fn cheaper_by_query(self) -> Option<String> {
        match self {
            Pricing::Slots => Some("nothing".to_owned()),
            Pricing::OnDemand(per_tib) => (per_tib < STRAIGHT).then(|| format!("${per_tib:.2} for each TiB")),
        }
    }

    fn has_price(self, bytes: Bytes) -> bool {
        matches!(self, Pricing::OnDemand(_)) || bytes.straight > 0
    }

    /// `41 GiB, $0.25`; `mark` stands in front of each amount, as `≤ `.
    pub(crate) fn say(self, bytes: impl Into<Bytes>, mark: &str) -> String {
        let bytes = bytes.into();
        let amount = format!("{mark}{}", size::say(bytes.all()));
        if !self.has_price(bytes) {
            return amount;
        }
        let dollars = self.dollars(bytes);
        if bytes.all() == 0 || dollars >= 0.01 {
            format!("{amount}, {mark}${dollars:.2}")
        } else {
            format!("{amount}, < $0.01")
        }
    }
}

/// What is billed at least and at most for a query that processes `bytes` of `tables` tables: which
/// table has how many of the bytes, and so which one is rounded up, is not known.
pub(crate) fn billed(bytes: u64, tables: usize) -> (u64, u64) {
    let floor = LEAST_BILLED.saturating_mul(tables as u64);
    let bytes = bytes.checked_next_multiple_of(1 << 20).unwrap_or(u64::MAX);
    if bytes == 0 { (0, floor) } else { (bytes.max(floor), bytes.saturating_add(floor)) }
}

/// A bound to type that lets `bytes` through: rounded up to two digits.
pub(crate) fn bound_for(bytes: u64) -> String {
    let (unit, name) = [(1u64 << 40, "TiB"), (1 << 30, "GiB"), (1 << 20, "MiB")]
        .into_iter()
        .find(|(unit, _)| bytes >= *unit)
        .unwrap_or((1 << 20, "MiB"));
    let whole = bytes.div_ceil(unit);
    if whole >= 10 {
        return format!("{whole}{name}");
    }
    // Tenths of a unit, as whole units of the next smaller one where there is one.
    let smaller = match name {
        "TiB" => "GiB",
        "GiB" => "MiB",
        _ => return format!("{whole}MiB"),
    };
    format!("{}{smaller}", bytes.div_ceil(unit / 1024))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_are_said_with_their_price() {
        for (bytes, per_tib, said) in [
            (41 << 30, Pricing::default(), "≤ 41 GiB, ≤ $0.25"),
            (0, Pricing::default(), "≤ 0 bytes, ≤ $0.00"),
            (10 << 20, Pricing::default(), "≤ 10 MiB, < $0.01"),
            (1 << 40, Pricing::OnDemand(7.5), "≤ 1.0 TiB, ≤ $7.50"),
            (41 << 30, Pricing::Slots, "≤ 41 GiB"),
        ] {
            assert_eq!(per_tib.say(bytes, "≤ "), said);
        }
    }

    #[test]
    fn what_is_read_straight_has_its_own_price_whatever_queries_cost() {
        let bytes = |queried, straight| Bytes { queried, straight };
        for (bytes, pricing, said, told) in [
            (bytes(0, 1 << 40), Pricing::default(), "1.0 TiB, $1.10", Some(1.1)),
            (bytes(1 << 40, 1 << 40), Pricing::default(), "2.0 TiB, $7.35", Some(7.35)),
            (bytes(1 << 40, 1 << 40), Pricing::Slots, "2.0 TiB, $1.10", Some(1.1)),
            (bytes(1 << 40, 0), Pricing::Slots, "1.0 TiB", None),
            (bytes(0, 1), Pricing::Slots, "1 bytes, < $0.01", Some(0.0)),
        ] {
            assert_eq!((pricing.say(bytes, "").as_str(), pricing.told(bytes)), (said, told), "{bytes:?} {pricing:?}");
        }
    }

    #[test]
    fn a_bound_can_be_typed_and_lets_the_bytes_through() {
        for bytes in [1, 1 << 20, 10_485_760, 1 << 30, (41 << 30) + 1, 3 << 40, u64::MAX >> 4] {
            let typed = bound_for(bytes);
            let size::Bound::Bytes(bound) = size::parse_bound(&typed).unwrap() else { panic!("{typed}") };
            assert!(bound >= bytes && (bound as f64) < bytes as f64 * 1.2 + 1.1e6, "{bytes} {typed} {bound}");
        }
    }

    #[test]
    fn what_is_billed_lies_between_bounds_that_count_the_least_of_each_table() {
        // The bytes of each table, processed.
        for tables in [&[1][..], &[0, 1], &[5 << 20, 5 << 20], &[30 << 20, 1, 1], &[1 << 40]] {
            let least: u64 = 10 << 20;
            let exact: u64 = tables.iter().map(|bytes: &u64| bytes.next_multiple_of(1 << 20).max(least)).sum();
            let (low, high) = billed(tables.iter().sum(), tables.len());
            assert!((low..=high).contains(&exact), "{tables:?}: {low} {exact} {high}");
        }
        assert_eq!(billed(u64::MAX, 3), (u64::MAX, u64::MAX));
    }

    #[test]
    fn pricing_is_slots_or_dollars() {
        assert_eq!(Pricing::parse("slots").unwrap(), Pricing::Slots);
        assert_eq!(Pricing::parse("7").unwrap(), Pricing::OnDemand(7.0));
        assert_eq!(Pricing::parse("$7.5").unwrap(), Pricing::OnDemand(7.5));
        for bad in ["free", "-1", "nan", "inf", ""] {
            assert!(Pricing::parse(bad).is_err(), "{bad}");
        }
    }
}
