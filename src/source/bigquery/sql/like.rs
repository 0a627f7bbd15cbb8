//! Patterns of LIKE: `%` stands for any text, `_` for any one character, and a backslash in front of either for
//! itself. <https://cloud.google.com/bigquery/docs/reference/standard-sql/operators#like_operator>

use regex_syntax::hir::{Class, ClassUnicodeRange, Hir, HirKind, Look};

/// A pattern that stands for a regular expression.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Like {
    /// Fits all texts in which the regular expression is found.
    pub pattern: String,
    /// And no others.
    pub is_exact: bool,
}

/// A text that stands for itself.
pub(super) fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        if matches!(c, '\\' | '%' | '_') {
            out.push('\\');
        }
        out.push(c);
    }
    out
}

/// The pattern of RE2's `regex`; `None` where it would say nothing.
pub(super) fn of_regex(regex: &str) -> Option<Like> {
    let hir = regex_syntax::parse(regex).ok()?;
    let mut writer = Writer { pattern: String::new(), is_exact: true, is_open: false, has_text: false };
    let parts = match hir.kind() {
        HirKind::Concat(parts) => parts.as_slice(),
        _ => std::slice::from_ref(&hir),
    };
    let is = |part: Option<&Hir>, look| part.is_some_and(|part| *part.kind() == HirKind::Look(look));
    let starts = is(parts.first(), Look::Start);
    let ends = parts.len() > 1 && is(parts.last(), Look::End);
    if !starts {
        writer.anything();
    }
    parts[usize::from(starts)..parts.len() - usize::from(ends)].iter().for_each(|part| writer.part(part));
    if !ends {
        writer.anything();
    }
    writer.has_text.then_some(Like { pattern: writer.pattern, is_exact: writer.is_exact })
}

struct Writer {
    pattern: String,
    is_exact: bool,
    /// Any text may stand at its end already.
    is_open: bool,
    /// There is something in it that stands for itself.
    has_text: bool,
}

impl Writer {
    fn part(&mut self, part: &Hir) {
        match part.kind() {
            HirKind::Empty => {}
            HirKind::Literal(literal) => match std::str::from_utf8(&literal.0) {
                Ok(text) => {
                    self.pattern += &escaped(text);
                    self.has_text = true;
                    self.is_open = false;
                }
                Err(_) => self.roughly(),
            },
            HirKind::Class(class) => {
                self.pattern.push('_');
                self.is_open = false;
                self.is_exact &= is_any(class);
            }
            HirKind::Repetition(repetition) => match repetition.sub.kind() {
                HirKind::Class(class) if is_any(class) && repetition.min == 0 && repetition.max.is_none() => {
                    self.anything();
                }
                _ => self.roughly(),
            },
            HirKind::Capture(capture) => self.part(&capture.sub),
            HirKind::Concat(parts) => parts.iter().for_each(|part| self.part(part)),
            // Takes no room.
            HirKind::Look(_) => self.is_exact = false,
            HirKind::Alternation(_) => self.roughly(),
        }
    }

    fn anything(&mut self) {
        if !self.is_open {
            self.pattern.push('%');
        }
        self.is_open = true;
    }

    fn roughly(&mut self) {
        self.anything();
        self.is_exact = false;
    }
}

/// True for a class of all characters.
fn is_any(class: &Class) -> bool {
    match class {
        Class::Unicode(class) => *class.ranges() == [ClassUnicodeRange::new('\0', char::MAX)],
        Class::Bytes(_) => false,
    }
}

#[cfg(test)]
mod tests {
    use super::of_regex;

    #[test]
    fn a_pattern_says_as_much_of_a_regular_expression_as_it_can() {
        for (regex, expected) in [
            ("web", Some(("%web%", true))),
            ("^web", Some(("web%", true))),
            ("web$", Some(("%web", true))),
            ("^web$", Some(("web", true))),
            ("(?s)^web-.*$", Some(("web-%", true))),
            ("(?s)^web-.$", Some(("web-_", true))),
            ("^web-.$", Some(("web-_", false))),
            ("^(?:web-[0-9]+-[a-z]{5})$", Some(("web-%-%", false))),
            ("^[uvw]eb", Some(("_eb%", false))),
            (r"^50%_off\\", Some((r"50\%\_off\\%", true))),
            (r"^100%.*x", Some((r"100\%%x%", false))),
            (r"(?s)^100%.*x", Some((r"100\%%x%", true))),
            ("(?i)^web", None),
            ("^(web|api)", None),
            ("(?m)^web", Some(("%web%", false))),
            ("web^", Some(("%web%", false))),
            (".*", None),
            ("", None),
            ("^$", None),
        ] {
            let found = of_regex(regex);
            let found = found.as_ref().map(|like| (like.pattern.as_str(), like.is_exact));
            assert_eq!(found, expected, "{regex}");
        }
    }
}
