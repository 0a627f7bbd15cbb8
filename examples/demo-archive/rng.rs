//! A small random number generator (splitmix64): a seed means the same cluster on every machine.

/// The letters of which Kubernetes makes the random parts of names.
pub const KUBE: &[u8] = b"bcdfghjklmnpqrstvwxz2456789";
pub const BASE36: &[u8] = b"0123456789abcdefghijklmnopqrstuvwxyz";
pub const HEX: &[u8] = b"0123456789abcdef";

#[derive(Clone)]
pub struct Rng(u64);

impl Rng {
    pub fn new(seed: u64) -> Rng {
        Rng(seed)
    }

    /// A generator of its own for one purpose, so that what one Pod says does not shift what another says.
    pub fn fork(&self, purpose: &str, number: i64) -> Rng {
        let mut child = self.clone();
        for byte in purpose.bytes().chain(number.to_le_bytes()) {
            child.0 ^= u64::from(byte);
            child.bits();
            child.0 = child.0.wrapping_mul(0x0000_0100_0000_01b3);
        }
        Rng(child.bits())
    }

    pub fn bits(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let z = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// A number below `bound`, which is not 0.
    pub fn below(&mut self, bound: u64) -> u64 {
        ((u128::from(self.bits()) * u128::from(bound)) >> 64) as u64
    }

    pub fn one_in(&mut self, n: u64) -> bool {
        self.below(n) == 0
    }

    pub fn pick<'a, T>(&mut self, from: &'a [T]) -> &'a T {
        &from[self.below(from.len() as u64) as usize]
    }

    /// The weights are not all 0.
    pub fn pick_by_weight<'a, T>(&mut self, from: &'a [T], weight: impl Fn(&T) -> u64) -> &'a T {
        let mut left = self.below(from.iter().map(&weight).sum());
        let taken = from.iter().position(|row| match left.checked_sub(weight(row)) {
            Some(rest) => {
                left = rest;
                false
            }
            None => true,
        });
        &from[taken.unwrap_or(0)]
    }

    /// Many small times and a few long ones, as services answer, with two decimals.
    pub fn latency_ms(&mut self, typical: f64) -> f64 {
        let unit = (self.bits() >> 11) as f64 / (1u64 << 53) as f64;
        let spread = 0.3 - (1.0 - unit).ln();
        (typical * spread * 100.0).round() / 100.0
    }

    pub fn word(&mut self, letters: &[u8], len: usize) -> String {
        (0..len).map(|_| char::from(*self.pick(letters))).collect()
    }
}
