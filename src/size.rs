//! Sizes in bytes, as people type and read them. Units are binary: 1 K is 1,024 bytes.

use anyhow::{Result, anyhow};

/// Reads `256MiB`, `64M`, `1g`, or a bare number of bytes.
pub(crate) fn parse(text: &str) -> Result<usize> {
    let size = parse_size::Config::new().with_binary().parse_size(text).ok().filter(|_| !is_part_of_a_byte(text));
    let size = size.ok_or_else(|| anyhow!("`{text}` is no size; write 256MiB, 64M or 1GiB"))?;
    usize::try_from(size).map_err(|_| anyhow!("`{text}` is more than this machine can count"))
}

/// True of `1.5` and `1.5 bytes`: a unit was forgotten.
fn is_part_of_a_byte(text: &str) -> bool {
    let unit = text.trim_start_matches(|c: char| !c.is_ascii_alphabetic()).to_lowercase();
    text.contains('.') && matches!(unit.trim_end(), "" | "b" | "byte" | "bytes")
}

/// Reads how much memory to sort in: 1 MiB at least.
pub(crate) fn parse_memory(text: &str) -> Result<usize> {
    let size = parse(text)?;
    if size >= 1 << 20 { Ok(size) } else { Err(anyhow!("`{text}` is too little to sort in; 1MiB is the least")) }
}

/// Reads the longest line to accept: from 1 KiB to 1 GiB.
pub(crate) fn parse_line(text: &str) -> Result<usize> {
    let size = parse(text)?;
    if (1 << 10..=1 << 30).contains(&size) { Ok(size) } else { Err(anyhow!("`{text}` is not between 1KiB and 1GiB")) }
}

/// The most that something may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Bound {
    /// So many bytes.
    Bytes(u64),
    None,
}

/// Reads a size, or `none`.
pub(crate) fn parse_bound(text: &str) -> Result<Bound> {
    if text.eq_ignore_ascii_case("none") {
        return Ok(Bound::None);
    }
    let bytes = parse(text).map_err(|_| anyhow!("`{text}` is no size; write 100GiB, 1TiB or none"))?;
    Ok(Bound::Bytes(bytes as u64))
}

/// `100GiB`: a size that [`parse`] reads as exactly so many bytes.
pub(crate) fn exact(bytes: u64) -> String {
    let units = [(40, "TiB"), (30, "GiB"), (20, "MiB"), (10, "KiB")];
    let unit = units.into_iter().find(|(shift, _)| bytes > 0 && bytes.is_multiple_of(1 << shift));
    unit.map_or(bytes.to_string(), |(shift, name)| format!("{}{name}", bytes >> shift))
}

/// `999 bytes`, `1.5 KiB`, `12 MiB`.
pub(crate) fn say(bytes: u64) -> String {
    const UNITS: [&str; 6] = ["bytes", "KiB", "MiB", "GiB", "TiB", "PiB"];
    let mut unit = 0;
    let mut amount = bytes as f64;
    while amount >= 1024.0 && unit + 1 < UNITS.len() {
        amount /= 1024.0;
        unit += 1;
    }
    let digits = usize::from(unit > 0 && amount < 10.0);
    format!("{amount:.digits$} {}", UNITS[unit])
}

/// A number with its thousands set apart: `1,234,567`.
pub(crate) fn count(number: u64) -> String {
    let digits = number.to_string();
    let mut out = String::new();
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

/// A number in three digits or so: `950`, `1.2K`, `34K`, `1.2M`.
pub(crate) fn about(number: u64) -> String {
    let (mut unit, mut amount) = (0, number as f64);
    while amount >= 999.5 && unit < 4 {
        amount /= 1_000.0;
        unit += 1;
    }
    let digits = usize::from(unit > 0 && amount < 9.95);
    format!("{amount:.digits$}{}", ["", "K", "M", "G", "T"][unit])
}

/// `1 file`, `1,234 files`.
pub(crate) fn plural(number: u64, noun: &str) -> String {
    let ending = match (number, noun.strip_suffix('y')) {
        (1, _) => return format!("1 {noun}"),
        (_, Some(stem)) if !stem.ends_with(['a', 'e', 'o', 'u']) => format!("{stem}ies"),
        (_, _) => format!("{noun}s"),
    };
    format!("{} {ending}", count(number))
}

#[cfg(test)]
mod tests {
    use super::{about, plural};

    #[test]
    fn one_and_many_are_told_apart() {
        for (number, noun, said) in
            [(1, "file", "1 file"), (0, "file", "0 files"), (1_234, "entry", "1,234 entries"), (2, "day", "2 days")]
        {
            assert_eq!(plural(number, noun), said);
        }
    }

    #[test]
    fn numbers_are_rounded_for_people() {
        for (number, said) in [
            (0, "0"),
            (999, "999"),
            (1_000, "1.0K"),
            (1_249, "1.2K"),
            (9_949, "9.9K"),
            (9_951, "10K"),
            (999_499, "999K"),
            (999_500, "1.0M"),
            (1_234_567, "1.2M"),
            (12_000_000_000, "12G"),
            (u64::MAX, "18446744T"),
        ] {
            assert_eq!(about(number), said);
        }
    }
}
