//! Reads a name as the template says, to learn whether it could come from other values than its own. Where several
//! readings fit, each field takes as much as it can, the first one first: as a regular expression does, which the
//! tests compare it with.

use super::template::{Field, Part};

/// True for what ends as a cut name does: `~`, 32 digits, and the text that ends the template.
pub(super) fn is_hashed(name: &str, ending: &str) -> bool {
    let digits = |bytes: &[u8]| bytes.iter().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'));
    let head = name.strip_suffix(ending).and_then(|head| head.as_bytes().last_chunk::<33>());
    head.is_some_and(|[tilde, hash @ ..]| *tilde == b'~' && digits(hash))
}

/// The values of the fields, in their order; `None` where the name fits no values.
pub(super) fn back<'n>(parts: &[Part], name: &'n str) -> Option<Vec<&'n str>> {
    // From which places what follows a part can be read, to the end: behind the last part that is the end alone.
    let mut behind = vec![vec![false; name.len() + 1]; parts.len() + 1];
    behind[parts.len()][name.len()] = true;
    for (number, part) in parts.iter().enumerate().rev() {
        for start in 0..=name.len() {
            behind[number][start] = ends(part, name, start).any(|end| behind[number + 1][end]);
        }
    }
    let mut values = Vec::new();
    let mut at = 0;
    for (number, part) in parts.iter().enumerate() {
        let end = ends(part, name, at).filter(|end| behind[number + 1][*end]).max()?;
        if matches!(part, Part::Field(..)) {
            values.push(&name[at..end]);
        }
        at = end;
    }
    Some(values)
}

/// Where a part that begins at `start` may end.
fn ends<'a>(part: &Part, name: &'a str, start: usize) -> impl Iterator<Item = usize> + 'a {
    let name = name.as_bytes();
    let rest = &name[start..];
    let absent = || rest.starts_with(b"-").then_some(1);
    let (length, is_long) = match part {
        Part::Literal(text) => (rest.starts_with(text.as_bytes()).then_some(text.len()), false),
        Part::Field(Field::Date, _) => (date(rest).or_else(absent), false),
        Part::Field(Field::Hour, _) => (hour(rest).or_else(absent), false),
        // The empty value, and then pieces.
        Part::Field(..) => (rest.starts_with(b"%").then_some(1), true),
    };
    let pieces = std::iter::successors(Some(start), move |at| Some(at + piece(&name[*at..])?).filter(|_| is_long));
    length.map(|length| start + length).into_iter().chain(pieces.skip(1))
}

/// The length of what stands for one byte of a value.
fn piece(rest: &[u8]) -> Option<usize> {
    let is_hex = |b: &u8| matches!(b, b'0'..=b'9' | b'A'..=b'F');
    match rest {
        [b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'.' | b'-', ..] => Some(1),
        [b'%', high, low, ..] if is_hex(high) && is_hex(low) => Some(3),
        _ => None,
    }
}

/// The length of `2026-11-21`; a year may have more digits.
fn date(rest: &[u8]) -> Option<usize> {
    let year = rest.iter().take_while(|b| b.is_ascii_digit()).count();
    let [first, m, n, second, d, e] = *rest[year..].first_chunk::<6>()?;
    let is_day = [first, second] == *b"--" && [m, n, d, e].iter().all(u8::is_ascii_digit);
    (year >= 4 && is_day).then_some(year + 6)
}

fn hour(rest: &[u8]) -> Option<usize> {
    rest.first_chunk::<2>()?.iter().all(u8::is_ascii_digit).then_some(2)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use regex::Regex;

    use super::*;

    const HASH: &str = "~0123456789abcdef0123456789abcdef";

    /// The same as a regular expression.
    fn expression(parts: &[Part]) -> Regex {
        let parts = parts.iter().map(|part| match part {
            Part::Literal(text) => regex::escape(text),
            Part::Field(Field::Date, _) => "([0-9]{4,}-[0-9]{2}-[0-9]{2}|-)".to_owned(),
            Part::Field(Field::Hour, _) => "([0-9]{2}|-)".to_owned(),
            Part::Field(..) => "((?:[A-Za-z0-9.-]|%[0-9A-F]{2})+|%)".to_owned(),
        });
        Regex::new(&format!("^{}$", parts.collect::<String>())).unwrap()
    }

    fn part() -> impl Strategy<Value = Part> {
        prop_oneof![
            3 => Just(Part::Field(Field::Pod, 0)),
            1 => Just(Part::Field(Field::Date, 0)),
            1 => Just(Part::Field(Field::Hour, 0)),
            2 => "[-._%a9é]{1,2}".prop_map(Part::Literal),
        ]
    }

    fn name() -> impl Strategy<Value = String> {
        let piece = prop_oneof!["[-._%a9Fé]{0,3}", Just("%2D".to_owned()), Just("2026-11-21".to_owned()), "[0-9]{2}"];
        prop::collection::vec(piece, 0..6).prop_map(|pieces| pieces.concat())
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 20_000, ..ProptestConfig::default() })]

        #[test]
        fn a_name_reads_as_a_regular_expression_reads_it(parts in prop::collection::vec(part(), 1..6), name in name()) {
            let found = expression(&parts).captures(&name);
            let wanted = found.map(|found| found.iter().skip(1).map(|value| value.unwrap().as_str()).collect::<Vec<_>>());
            prop_assert_eq!(back(&parts, &name), wanted);
        }

        #[test]
        fn a_cut_name_is_told_by_its_end(
            head in "[a~é]{0,2}", hash in prop_oneof![Just(HASH.to_owned()), "~[0-9a-f]{31,33}", "~[0-9a-g]{32}"],
            ending in "([.]log|é)?", tail in "(a|[.]log)?",
        ) {
            let name = format!("{head}{hash}{ending}{tail}");
            let wanted = Regex::new(&format!("~[0-9a-f]{{32}}{}$", regex::escape(&ending))).unwrap();
            prop_assert_eq!(is_hashed(&name, &ending), wanted.is_match(&name));
        }
    }
}
