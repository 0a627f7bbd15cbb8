//! What reading costs: bytes billed, their price, and the bound on both.

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

    /// The price of so many bytes; nothing where capacity is reserved.
    pub(crate) fn dollars(self, bytes: u64) -> f64 {
        match self {
            Pricing::OnDemand(per_tib) => bytes as f64 / (1u64 << 40) as f64 * per_tib,
            Pricing::Slots => 0.0,
        }
    }

    /// The price of so many bytes to a millionth of a dollar, where they have one.
    pub(crate) fn told(self, bytes: u64) -> Option<f64> {
        matches!(self, Pricing::OnDemand(_)).then(|| (self.dollars(bytes) * 1e6).round() / 1e6)
    }

    /// `41 GiB, $0.25`; `mark` stands in front of each amount, as `≤ `.
    pub(crate) fn say(self, bytes: u64, mark: &str) -> String {
        let amount = format!("{mark}{}", size::say(bytes));
        match self {
            Pricing::Slots => amount,
            Pricing::OnDemand(_) => {
                let dollars = self.dollars(bytes);
                if bytes == 0 || dollars >= 0.01 {
                    format!("{amount}, {mark}${dollars:.2}")
                } else {
                    format!("{amount}, < $0.01")
                }
            }
        }
    }
}

/// What is billed at least and at most for a query that processes `bytes` of `tables` tables: which
/// table has how many of the bytes, and so which one is rounded up, is not known.
pub(crate) fn billed(bytes: u64, tables: usize) -> (u64, u64) {
    let floor = LEAST_BILLED * tables as u64;
    let bytes = bytes.next_multiple_of(1 << 20);
    if bytes == 0 { (0, floor) } else { (bytes.max(floor), bytes + floor) }
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
