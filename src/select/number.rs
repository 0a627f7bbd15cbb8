//! JSON numbers compared exactly, digit by digit: 64-bit ids and long fractions are not rounded.

use std::cmp::Ordering;

/// A JSON number, taken apart: 0.d₁d₂d₃… × 10^`exponent`, d₁ not 0.
struct Decimal<'a> {
    is_negative: bool,
    whole: &'a [u8],
    fraction: &'a [u8],
    /// How many of the digits in front of the first other one are zeros.
    zeros: usize,
    exponent: i64,
}

/// How two numbers compare, or `None` where one of the texts is no JSON number.
pub(crate) fn compare(left: &str, right: &str) -> Option<Ordering> {
    let (left, right) = (Decimal::parse(left)?, Decimal::parse(right)?);
    Some(left.sign().cmp(&right.sign()).then_with(|| {
        let sizes = left.size_to(&right);
        if left.is_negative { sizes.reverse() } else { sizes }
    }))
}

impl<'a> Decimal<'a> {
    fn parse(text: &'a str) -> Option<Self> {
        let unsigned = text.strip_prefix('-').unwrap_or(text);
        let (mantissa, power) = match unsigned.split_once(['e', 'E']) {
            Some((mantissa, power)) => (mantissa, power_of_ten(power)?),
            None => (unsigned, 0),
        };
        let (whole, fraction) = match mantissa.split_once('.') {
            Some((_, "")) => return None,
            Some((whole, fraction)) => (whole, fraction),
            None => (mantissa, ""),
        };
        let digits = |text: &str| text.bytes().all(|b| b.is_ascii_digit());
        let leads_with_zero = whole.len() > 1 && whole.starts_with('0');
        if whole.is_empty() || leads_with_zero || !digits(whole) || !digits(fraction) {
            return None;
        }
        let (whole, fraction) = (whole.as_bytes(), fraction.as_bytes());
        let zeros = whole.iter().chain(fraction).take_while(|&&b| b == b'0').count();
        let exponent = power.saturating_add(whole.len() as i64).saturating_sub(zeros as i64);
        Some(Decimal { is_negative: text.len() > unsigned.len(), whole, fraction, zeros, exponent })
    }

    /// The digits from the first that is not 0.
    fn digits(&self) -> impl Iterator<Item = u8> {
        self.whole.iter().chain(self.fraction).copied().skip(self.zeros)
    }

    fn is_zero(&self) -> bool {
        self.zeros == self.whole.len() + self.fraction.len()
    }

    fn sign(&self) -> i8 {
        match (self.is_zero(), self.is_negative) {
            (true, _) => 0,
            (false, true) => -1,
            (false, false) => 1,
        }
    }

    /// Compares without sign. Not for exactly one zero.
    fn size_to(&self, other: &Decimal) -> Ordering {
        if self.is_zero() {
            return Ordering::Equal;
        }
        self.exponent.cmp(&other.exponent).then_with(|| {
            let (mut ours, mut theirs) = (self.digits(), other.digits());
            loop {
                match (ours.next(), theirs.next()) {
                    (None, None) => return Ordering::Equal,
                    (a, b) => match a.unwrap_or(b'0').cmp(&b.unwrap_or(b'0')) {
                        Ordering::Equal => {}
                        unequal => return unequal,
                    },
                }
            }
        })
    }
}

fn power_of_ten(text: &str) -> Option<i64> {
    let digits = text.strip_prefix(['+', '-']).unwrap_or(text);
    if digits.is_empty() || !digits.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let huge = if text.starts_with('-') { i64::MIN / 2 } else { i64::MAX / 2 };
    Some(text.parse().unwrap_or(huge))
}

#[cfg(test)]
mod tests {
    use super::*;
    use Ordering::*;

    #[test]
    fn numbers_compare_by_value_and_to_the_last_digit() {
        for (left, right, order) in [
            ("1", "1.0", Some(Equal)),
            ("1", "1e0", Some(Equal)),
            ("100", "1E+2", Some(Equal)),
            ("0.001", "1e-3", Some(Equal)),
            ("-0", "0.000", Some(Equal)),
            ("0", "0e99", Some(Equal)),
            ("9007199254740993", "9007199254740992", Some(Greater)),
            ("9223372036854775807", "9223372036854775808", Some(Less)),
            ("0.1", "0.10000000000000000000000000001", Some(Less)),
            ("-2", "1", Some(Less)),
            ("-2", "-10", Some(Greater)),
            ("0", "-1", Some(Greater)),
            ("9", "10", Some(Less)),
            ("1e400", "1e399", Some(Greater)),
            ("1e99999999999999999999", "5", Some(Greater)),
            ("1e-99999999999999999999", "5", Some(Less)),
            ("007", "7", None),
            ("1.", "1", None),
            (".5", "0.5", None),
            ("", "0", None),
            ("1e", "1", None),
            ("NaN", "1", None),
            ("1", "one", None),
        ] {
            assert_eq!(compare(left, right), order, "{left} to {right}");
            let reverse = order.map(Ordering::reverse);
            assert_eq!(compare(right, left), reverse, "{right} to {left}");
        }
    }
}
