//! Regular expressions of Rust's `regex` in the language of RE2, which BigQuery speaks.
//! <https://github.com/google/re2/wiki/Syntax>, <https://docs.rs/regex/latest/regex/#syntax>
//!
//! The two are near relatives. What differs is said in other words: `\d`, `\w` and `\s` know all of
//! Unicode here and ASCII only there; classes with set operations become lists of ranges; `(?x)` is
//! resolved. Where RE2 has no words the translation finds more than was meant, or there is none.
//! Both fold case alike, by Unicode's simple folding. Letters newer than BigQuery's own tables of
//! Unicode are the one thing that is beyond this.

use regex_syntax::ast::parse::Parser;
use regex_syntax::ast::{
    AssertionKind, Ast, ClassAsciiKind, ClassBracketed, ClassPerl, ClassPerlKind, ClassSet, ClassSetItem, ClassUnicode,
    ClassUnicodeKind, Flag, Flags, GroupKind, Literal, LiteralKind, Repetition, RepetitionKind, RepetitionRange,
};
use regex_syntax::hir::{Class, HirKind};

/// A regular expression for RE2.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Translated {
    /// It is found in the same texts.
    Exact(String),
    /// It is found in the same texts and perhaps in others.
    Superset(String),
    Unsayable,
}

/// RE2 refuses more repetitions than this, those of nested ones multiplied.
const MOST_REPEATED: u32 = 1_000;
/// RE2 refuses programs of more than some 300,000 instructions (its 8 MB); this is well below.
const MOST_STEPS: u64 = 60_000;

/// What `regex` means, in RE2's language.
pub(crate) fn re2(regex: &str, ignore_case: bool) -> Translated {
    let Ok(ast) = Parser::new().parse(regex) else { return Translated::Unsayable };
    let mode = Mode { ignore_case, unicode: true, verbose: false };
    let mut writer = Writer { typed: regex, out: String::new(), is_exact: true, mode };
    if ignore_case {
        writer.out.push_str("(?i)");
    }
    match writer.ast(&ast, MOST_REPEATED) {
        Some(steps) if steps <= MOST_STEPS && writer.is_exact => Translated::Exact(writer.out),
        Some(steps) if steps <= MOST_STEPS => Translated::Superset(writer.out),
        _ => Translated::Unsayable,
    }
}

/// Flags that change what is written.
#[derive(Clone, Copy, Debug)]
struct Mode {
    ignore_case: bool,
    unicode: bool,
    verbose: bool,
}

struct Writer<'a> {
    typed: &'a str,
    out: String,
    is_exact: bool,
    mode: Mode,
}

/// About how many instructions RE2 makes of it; `None` for what cannot be said.
type Steps = Option<u64>;

impl Writer<'_> {
    /// `room`: how many repetitions RE2 still allows here.
    fn ast(&mut self, ast: &Ast, room: u32) -> Steps {
        match ast {
            Ast::Empty(_) => Some(0),
            Ast::Flags(set) => {
                let flags = self.flags(&set.flags)?;
                if !flags.is_empty() {
                    self.out += &format!("(?{flags})");
                }
                Some(0)
            }
            Ast::Literal(literal) => self.literal(literal),
            Ast::Dot(_) => {
                self.out.push('.');
                self.mode.unicode.then_some(10)
            }
            Ast::Assertion(assertion) => self.assertion(&assertion.kind),
            Ast::ClassPerl(class) if self.mode.unicode && class.kind != ClassPerlKind::Digit => {
                self.out += if class.negated { "[^" } else { "[" };
                self.out += perl(&class.kind);
                self.out.push(']');
                Some(perl_steps(&class.kind))
            }
            Ast::ClassPerl(class) => {
                let (item, steps) = self.perl_item(class)?;
                self.out += &if self.mode.unicode { item } else { format!("[{item}]") };
                Some(steps)
            }
            Ast::ClassUnicode(class) => self.property(class),
            Ast::ClassBracketed(class) => self.bracketed(class),
            Ast::Repetition(repetition) => self.repetition(repetition, room),
            Ast::Group(group) => {
                let outer = self.mode;
                let open = match &group.kind {
                    GroupKind::NonCapturing(flags) => format!("(?{}:", self.flags(flags)?),
                    GroupKind::CaptureIndex(_) | GroupKind::CaptureName { .. } => "(".to_owned(),
                };
                self.out.push_str(&open);
                let steps = self.ast(&group.ast, room);
                self.out.push(')');
                self.mode = outer;
                steps
            }
            Ast::Alternation(alternation) => {
                let mut steps = 0;
                for (i, one) in alternation.asts.iter().enumerate() {
                    if i > 0 {
                        self.out.push('|');
                    }
                    steps += self.ast(one, room)? + 1;
                }
                Some(steps)
            }
            Ast::Concat(concat) => concat.asts.iter().try_fold(0, |steps, one| Some(steps + self.ast(one, room)?)),
        }
    }

    /// The flags as RE2 writes them; `x` is resolved, `u` is the only way there is.
    fn flags(&mut self, flags: &Flags) -> Option<String> {
        let mut set = String::new();
        let mut unset = String::new();
        for (flag, letter) in [
            (Flag::CaseInsensitive, 'i'),
            (Flag::MultiLine, 'm'),
            (Flag::DotMatchesNewLine, 's'),
            (Flag::SwapGreed, 'U'),
        ] {
            match flags.flag_state(flag) {
                Some(true) => set.push(letter),
                Some(false) => unset.push(letter),
                None => {}
            }
        }
        let mode = &mut self.mode;
        mode.ignore_case = flags.flag_state(Flag::CaseInsensitive).unwrap_or(mode.ignore_case);
        mode.unicode = flags.flag_state(Flag::Unicode).unwrap_or(mode.unicode);
        mode.verbose = flags.flag_state(Flag::IgnoreWhitespace).unwrap_or(mode.verbose);
        // Without Unicode fewer letters are the same in either case.
        self.is_exact &= mode.unicode || !mode.ignore_case;
        let dash = if unset.is_empty() { "" } else { "-" };
        (flags.flag_state(Flag::CRLF) != Some(true)).then(|| format!("{set}{dash}{unset}"))
    }

    fn literal(&mut self, literal: &Literal) -> Steps {
        let is_byte = matches!(literal.kind, LiteralKind::HexFixed(_)) && !literal.c.is_ascii() && !self.mode.unicode;
        push_char(literal.c, &mut self.out);
        (!is_byte).then_some(4)
    }

    fn assertion(&mut self, kind: &AssertionKind) -> Steps {
        self.out += match kind {
            AssertionKind::StartLine => "^",
            AssertionKind::EndLine => "$",
            AssertionKind::StartText => "\\A",
            AssertionKind::EndText => "\\z",
            AssertionKind::WordBoundary if !self.mode.unicode => "\\b",
            AssertionKind::NotWordBoundary if !self.mode.unicode => "\\B",
            // RE2's words are ASCII. Without the assertion more is found.
            _ => {
                self.is_exact = false;
                ""
            }
        };
        Some(1)
    }

    fn repetition(&mut self, repetition: &Repetition, room: u32) -> Steps {
        let (least, most, sign) = match &repetition.op.kind {
            RepetitionKind::ZeroOrOne => (0, None, "?".to_owned()),
            RepetitionKind::ZeroOrMore => (0, None, "*".to_owned()),
            RepetitionKind::OneOrMore => (0, None, "+".to_owned()),
            RepetitionKind::Range(RepetitionRange::Exactly(n)) => (*n, Some(*n), format!("{{{n}}}")),
            RepetitionKind::Range(RepetitionRange::AtLeast(n)) => (*n, None, format!("{{{n},}}")),
            RepetitionKind::Range(RepetitionRange::Bounded(n, m)) => (*n, Some(*m), format!("{{{n},{m}}}")),
        };
        let times = most.unwrap_or(least).max(1);
        let room = room.checked_div(times).filter(|room| *room > 0)?;
        // `a**` is an error in RE2, and so is a sign behind nothing.
        let is_bare = matches!(
            *repetition.ast,
            Ast::Literal(_)
                | Ast::Dot(_)
                | Ast::ClassUnicode(_)
                | Ast::ClassPerl(_)
                | Ast::ClassBracketed(_)
                | Ast::Group(_)
        );
        if !is_bare {
            self.out += "(?:";
        }
        let steps = self.ast(&repetition.ast, room)?;
        if !is_bare {
            self.out.push(')');
        }
        self.out += &sign;
        if !repetition.greedy {
            self.out.push('?');
        }
        Some((steps + 1) * u64::from(times))
    }

    /// `\p{..}`
    fn property(&mut self, class: &ClassUnicode) -> Steps {
        match self.known_property(class) {
            Some(name) => self.out += &name,
            None => return self.ranges(&self.typed[class.span.start.offset..class.span.end.offset]),
        }
        Some(1_500)
    }

    /// The property as RE2 knows it. What folding does to it is not left to chance.
    fn known_property(&self, class: &ClassUnicode) -> Option<String> {
        let name = match &class.kind {
            ClassUnicodeKind::OneLetter(letter) => letter.to_string(),
            ClassUnicodeKind::Named(name) => name.clone(),
            ClassUnicodeKind::NamedValue { .. } => return None,
        };
        let sign = if class.is_negated() { "\\P" } else { "\\p" };
        let is_known = self.mode.unicode && !self.mode.ignore_case && PROPERTIES.contains(&name.as_str());
        is_known.then(|| format!("{sign}{{{name}}}"))
    }

    /// `[..]`
    fn bracketed(&mut self, class: &ClassBracketed) -> Steps {
        let items = match &class.kind {
            ClassSet::Item(ClassSetItem::Union(union)) => &union.items[..],
            ClassSet::Item(item) => std::slice::from_ref(item),
            ClassSet::BinaryOp(_) => &[],
        };
        let known: Option<Vec<(String, u64)>> = items.iter().map(|item| self.item(item)).collect();
        let is_ascii = |item: &ClassSetItem| match item {
            ClassSetItem::Literal(literal) => literal.c.is_ascii(),
            ClassSetItem::Range(range) => range.end.c.is_ascii(),
            ClassSetItem::Ascii(class) => !class.negated,
            ClassSetItem::Perl(class) => !class.negated,
            _ => false,
        };
        if !self.mode.unicode && (class.negated || !items.iter().all(is_ascii)) {
            return None;
        }
        match known.filter(|items| !items.is_empty()) {
            Some(items) => {
                self.out += if class.negated { "[^" } else { "[" };
                items.iter().for_each(|(item, _)| self.out += item);
                self.out.push(']');
                Some(items.iter().map(|(_, steps)| steps).sum())
            }
            None => self.ranges(&self.typed[class.span.start.offset..class.span.end.offset]),
        }
    }

    /// What stands between brackets; `None` where RE2 has no such item.
    fn item(&self, item: &ClassSetItem) -> Option<(String, u64)> {
        let mut out = String::new();
        match item {
            ClassSetItem::Literal(literal) => push_in_class(literal.c, &mut out),
            ClassSetItem::Range(range) => {
                push_in_class(range.start.c, &mut out);
                out.push('-');
                push_in_class(range.end.c, &mut out);
            }
            ClassSetItem::Ascii(class) => {
                out = format!("[:{}{}:]", if class.negated { "^" } else { "" }, ascii(&class.kind));
            }
            ClassSetItem::Unicode(class) => return Some((self.known_property(class)?, 1_500)),
            ClassSetItem::Perl(class) => return self.perl_item(class),
            ClassSetItem::Empty(_) | ClassSetItem::Bracketed(_) | ClassSetItem::Union(_) => return None,
        }
        Some((out, 4))
    }

    /// `\d` and its like, to stand between brackets.
    fn perl_item(&self, class: &ClassPerl) -> Option<(String, u64)> {
        let text = match (&class.kind, self.mode.unicode, class.negated) {
            (ClassPerlKind::Digit, true, true) => "\\P{Nd}",
            (kind, true, false) => perl(kind),
            (ClassPerlKind::Digit, false, false) => "0-9",
            (ClassPerlKind::Space, false, false) => "\\t-\\r ",
            (ClassPerlKind::Word, false, false) => "0-9A-Za-z_",
            (_, _, true) => return None,
        };
        Some((text.to_owned(), perl_steps(&class.kind)))
    }

    /// The characters that a class means, one by one.
    fn ranges(&mut self, class: &str) -> Steps {
        let mode = self.mode;
        if !mode.unicode {
            return None;
        }
        let mut parser = regex_syntax::ParserBuilder::new();
        let parser = parser.case_insensitive(mode.ignore_case).ignore_whitespace(mode.verbose);
        let hir = parser.build().parse(class).ok()?;
        let ranges: Vec<(char, char)> = match hir.kind() {
            HirKind::Class(Class::Unicode(class)) => class.iter().map(|range| (range.start(), range.end())).collect(),
            HirKind::Class(Class::Bytes(class)) if class.is_ascii() => {
                class.iter().map(|range| (char::from(range.start()), char::from(range.end()))).collect()
            }
            HirKind::Literal(literal) => {
                let c = std::str::from_utf8(&literal.0).ok()?.chars().next()?;
                vec![(c, c)]
            }
            _ => return None,
        };
        if ranges.is_empty() {
            self.out += "[^\\x{0}-\\x{10FFFF}]";
            return Some(1);
        }
        self.out.push('[');
        for (first, last) in &ranges {
            push_in_class(*first, &mut self.out);
            if first != last {
                self.out.push('-');
                push_in_class(*last, &mut self.out);
            }
        }
        self.out.push(']');
        Some(3 * ranges.len() as u64)
    }
}

/// Categories and scripts that both know under the same name, with the same characters.
const PROPERTIES: [&str; 40] = [
    "L", "Ll", "Lm", "Lo", "Lt", "Lu", "M", "Mc", "Me", "Mn", "N", "Nd", "Nl", "No", "P", "Pc", "Pd", "Pe", "Pf", "Pi",
    "Po", "Ps", "S", "Sc", "Sk", "Sm", "So", "Z", "Zl", "Zp", "Zs", "Arabic", "Cyrillic", "Greek", "Han", "Hangul",
    "Hebrew", "Hiragana", "Katakana", "Latin",
];

/// What Unicode takes for digits, blanks and letters of words, in RE2's words.
/// <https://www.unicode.org/reports/tr18/#Compatibility_Properties>
fn perl(kind: &ClassPerlKind) -> &'static str {
    match kind {
        ClassPerlKind::Digit => "\\p{Nd}",
        ClassPerlKind::Space => "\\t-\\r\\x{85}\\p{Z}",
        ClassPerlKind::Word => {
            "\\p{L}\\p{M}\\p{Nd}\\p{Nl}\\p{Pc}\\x{200C}\\x{200D}\
             \\x{24B6}-\\x{24E9}\\x{1F130}-\\x{1F149}\\x{1F150}-\\x{1F169}\\x{1F170}-\\x{1F189}"
        }
    }
}

fn perl_steps(kind: &ClassPerlKind) -> u64 {
    match kind {
        ClassPerlKind::Digit => 100,
        ClassPerlKind::Space => 30,
        ClassPerlKind::Word => 1_500,
    }
}

fn ascii(kind: &ClassAsciiKind) -> &'static str {
    match kind {
        ClassAsciiKind::Alnum => "alnum",
        ClassAsciiKind::Alpha => "alpha",
        ClassAsciiKind::Ascii => "ascii",
        ClassAsciiKind::Blank => "blank",
        ClassAsciiKind::Cntrl => "cntrl",
        ClassAsciiKind::Digit => "digit",
        ClassAsciiKind::Graph => "graph",
        ClassAsciiKind::Lower => "lower",
        ClassAsciiKind::Print => "print",
        ClassAsciiKind::Punct => "punct",
        ClassAsciiKind::Space => "space",
        ClassAsciiKind::Upper => "upper",
        ClassAsciiKind::Word => "word",
        ClassAsciiKind::Xdigit => "xdigit",
    }
}

/// A character that stands for itself.
fn push_char(c: char, out: &mut String) {
    if matches!(c, '\\' | '.' | '+' | '*' | '?' | '(' | ')' | '|' | '[' | '{' | '^' | '$') {
        out.push('\\');
    }
    push_visible(c, out);
}

/// The same between brackets.
fn push_in_class(c: char, out: &mut String) {
    if matches!(c, '\\' | '[' | ']' | '^' | '-') {
        out.push('\\');
    }
    push_visible(c, out);
}

fn push_visible(c: char, out: &mut String) {
    match c {
        '\n' => out.push_str("\\n"),
        '\t' => out.push_str("\\t"),
        '\r' => out.push_str("\\r"),
        c if c.is_control()
            || matches!(u32::from(c), 0x200B..=0x200F | 0x2028..=0x202E | 0x2060..=0x206F | 0xD800..) =>
        {
            out.push_str(&format!("\\x{{{:X}}}", u32::from(c)));
        }
        c => out.push(c),
    }
}
