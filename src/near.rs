//! The nearest of known names, for somebody who misspelt one.

/// Names that are told for one that is not known, at most.
pub(crate) const MOST: usize = 3;

/// The known names that `typed` may stand for, the nearest first: those that have it in them, or that it
/// has in it, and those that differ in few letters. Case does not count.
pub(crate) fn nearest<'a>(typed: &str, known: impl IntoIterator<Item = &'a str>) -> Vec<&'a str> {
    let typed = typed.to_lowercase();
    let mut near: Vec<(usize, &str)> =
        known.into_iter().filter_map(|name| Some((distance(&typed, name)?, name))).collect();
    near.sort_unstable();
    near.dedup();
    near.into_iter().map(|(_, name)| name).collect()
}

/// How far a name is from what was typed in small letters; `None` for one that cannot be meant.
fn distance(typed: &str, name: &str) -> Option<usize> {
    let name = name.to_lowercase();
    let letters = [typed, &name].map(|text| text.chars().count());
    let apart = strsim::damerau_levenshtein(typed, &name);
    let is_like = apart <= letters[0].max(letters[1]).max(3) / 3;
    // One letter is part of too many names.
    let is_part = (letters[0] > 1 && name.contains(typed)) || (letters[1] > 2 && typed.contains(&*name));
    // What begins alike is nearer than what is only long.
    match (is_like, is_part) {
        (true, _) => Some(apart),
        (false, true) => Some(letters[0].max(letters[1])),
        (false, false) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_misspelt_name_has_its_nearest() {
        let known = ["agent", "api", "datadog-agent", "db", "trace-agent", "web", "web-canary"];
        for (typed, near) in [
            ("agnet", &["agent"][..]),
            ("agen", &["agent", "trace-agent", "datadog-agent"]),
            ("AGENT", &["agent", "trace-agent", "datadog-agent"]),
            ("wbe", &["web"]),
            ("web", &["web", "web-canary"]),
            ("webserver", &["web"]),
            ("ap", &["api"]),
            ("a", &[]),
            ("", &[]),
            ("nginx", &[]),
        ] {
            assert_eq!(nearest(typed, known), near, "{typed}");
        }
    }
}
