//! Looks for a kind of byte, many bytes in one step.

use wide::u8x16;

/// So many bytes are looked at in one step.
pub(super) const STEP: usize = 16;

/// The place of the first byte that `is_wanted`, which answers for many bytes at once: 0xff for those wanted.
#[inline(always)]
pub(super) fn find(text: &[u8], is_wanted: impl Fn(u8x16) -> u8x16) -> Option<usize> {
    let first = |step: [u8; STEP]| {
        let mask = is_wanted(u8x16::new(step)).to_bitmask();
        (mask != 0).then_some(mask.trailing_zeros() as usize)
    };
    // What is near is found soonest, what is far with fewer looks.
    let Some((step, far)) = text.split_first_chunk() else {
        let mut step = [0; STEP];
        step[..text.len()].copy_from_slice(text);
        return first(step).filter(|at| *at < text.len());
    };
    if let Some(at) = first(*step) {
        return Some(at);
    }
    let (doubles, _) = far.as_chunks();
    for (number, double) in doubles.iter().enumerate() {
        let [one, other] = halves(double).map(|step| is_wanted(u8x16::new(step)));
        if (one | other).to_bitmask() != 0 {
            let mask = u64::from(one.to_bitmask()) | u64::from(other.to_bitmask()) << STEP;
            return Some((2 * number + 1) * STEP + mask.trailing_zeros() as usize);
        }
    }
    let seen = (2 * doubles.len() + 1) * STEP;
    if let Some(at) = text[seen..].first_chunk().and_then(|step| first(*step)) {
        return Some(seen + at);
    }
    // What the last step shares with the one before is known to be unwanted.
    text.last_chunk().and_then(|last| first(*last)).map(|at| text.len() - STEP + at)
}

#[inline(always)]
fn halves(double: &[u8; 2 * STEP]) -> [[u8; STEP]; 2] {
    let (steps, _) = double.as_chunks();
    [0, 1].map(|half| steps.get(half).copied().unwrap_or([0; STEP]))
}

/// The same in one step: [`STEP`] where it holds none.
#[inline(always)]
pub(super) fn find_in(step: [u8; STEP], is_wanted: impl Fn(u8x16) -> u8x16) -> usize {
    (is_wanted(u8x16::new(step)).to_bitmask().trailing_zeros() as usize).min(STEP)
}

/// All places of one step, as bits.
#[inline(always)]
pub(super) fn places(step: [u8; STEP], is_wanted: impl Fn(u8x16) -> u8x16) -> u32 {
    is_wanted(u8x16::new(step)).to_bitmask()
}

/// For [`find`]: those that are one of `bytes`.
#[inline(always)]
pub(super) fn one_of<const N: usize>(bytes: [u8; N]) -> impl Fn(u8x16) -> u8x16 {
    move |step| bytes.iter().fold(u8x16::ZERO, |mask, byte| mask | step.simd_eq(u8x16::splat(*byte)))
}

/// For [`find`]: ASCII's control characters but for DEL.
#[inline(always)]
pub(super) fn control(step: u8x16) -> u8x16 {
    step.min(u8x16::splat(0x1f)).simd_eq(step)
}

/// For [`find`]: bytes of characters beyond ASCII.
#[inline(always)]
pub(super) fn beyond_ascii(step: u8x16) -> u8x16 {
    step.max(u8x16::splat(0x80)).simd_eq(step)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn the_place_is_that_of_a_look_at_each_byte(text in proptest::collection::vec(0x18u8..0x40, 0..100)) {
            let is_digit = one_of(*b"0123");
            prop_assert_eq!(find(&text, is_digit), text.iter().position(|byte| (b'0'..=b'3').contains(byte)));
            prop_assert_eq!(find(&text, control), text.iter().position(|byte| *byte < 0x20));
        }

        #[test]
        fn a_rare_byte_is_found_too(mut text in proptest::collection::vec(0x80u8..=0xff, 1..100), at in any::<prop::sample::Index>()) {
            prop_assert_eq!(find(&text, one_of([0])), None);
            let at = at.index(text.len());
            text[at] = 0;
            prop_assert_eq!(find(&text, one_of([0])), Some(at));
        }
    }
}
