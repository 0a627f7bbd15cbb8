//! Regular expressions in RE2's words. Rust's own `regex` reads those too, so it is the judge of what they find.

use regex::RegexBuilder;

use crate::source::bigquery::sql::regex::{Translated, re2};

/// A regular expression in the first line, behind it the text to look for it in.
pub fn regex(data: &[u8]) {
    let text = super::text(data);
    let (typed, text) = text.split_once('\n').unwrap_or((&text, ""));
    for ignore_case in [false, true] {
        let build = |pattern: &str, ignore_case| {
            RegexBuilder::new(pattern).case_insensitive(ignore_case).size_limit(1 << 20).build()
        };
        let Ok(ours) = build(typed, ignore_case) else { continue };
        let (translated, is_exact) = match re2(typed, ignore_case) {
            Translated::Exact(translated) => (translated, true),
            Translated::Superset(translated) => (translated, false),
            Translated::Unsayable => continue,
        };
        // Words are of ASCII in RE2, and of Unicode in ours.
        if translated.contains("\\b") || translated.contains("\\B") {
            continue;
        }
        let theirs = match build(&translated, false) {
            Ok(theirs) => theirs,
            Err(regex::Error::CompiledTooBig(_)) => continue,
            Err(error) => panic!("`{typed}` as `{translated}`: {error}"),
        };
        let (ours, theirs) = (ours.is_match(text), theirs.is_match(text));
        let case = format!("`{typed}` (ignoring case: {ignore_case}) as `{translated}` in {text:?}");
        assert!(theirs || !ours, "{case} finds less");
        assert!(ours || !theirs || !is_exact, "{case} finds more");
    }
}
