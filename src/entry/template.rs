//! Templates, the one grammar of `lq-fmt --template` and `lq-split --name`: text, and fields of an entry
//! in braces: `{pod}`, `{payload.user.id}`, `{pod:20}`. `{{` and `}}` are braces; `\t`, `\n` and `\\` are
//! read as in the shell's printf.

use anyhow::{Result, anyhow, bail};

use super::{find, write};
use crate::settings::did_you_mean;

/// What a template can ask of an entry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Field {
    Cluster,
    Namespace,
    Pod,
    Container,
    Stream,
    Severity,
    Node,
    /// The day of its time, `2026-11-21`.
    Date,
    /// The hour of its time, `16`.
    Hour,
    /// One of the Pod's labels.
    Label(String),
    /// Local time.
    Time,
    Message,
    /// Any other key of the entry, with keys below it: [`Entry::find`](super::Entry::find).
    Member(Vec<String>),
}

const LABEL: &str = "label.NAME";
const MEMBER: &str = "payload.NAME";
pub(crate) const COLUMN: &str = "COLUMN";

/// All fields and what they are. NAME and COLUMN stand for names of the user's.
pub(crate) const FIELDS: [(&str, &str); 17] = [
    ("cluster", "the cluster"),
    ("namespace", "the namespace"),
    ("pod", "the Pod"),
    ("container", "the container"),
    ("stream", "stdout, stderr, or the name of another log"),
    ("severity", "DEFAULT DEBUG INFO NOTICE WARNING ERROR CRITICAL ALERT EMERGENCY"),
    ("node", "the node, of entries that name it (lq-query --with node)"),
    ("date", "the day in local time: 2026-11-21"),
    ("hour", "the hour in local time: 16"),
    (LABEL, "a label of the Pod, of entries that have labels (lq-query --with labels)"),
    ("time", "local time, as -o text shows it"),
    ("timestamp", "the time in UTC, RFC 3339"),
    ("message", "the text"),
    ("payload", "the payload of a structured log, as JSON"),
    (MEMBER, "a member of the payload: payload.user.id"),
    ("insertId", "Cloud Logging's id"),
    (COLUMN, "a column that lq-query --with asked for: trace, httpRequest.status"),
];

/// Those that name a source or a time, not a line: what names of files are made of.
pub(crate) const OF_FILES: &[(&str, &str)] = FIELDS.split_at(10).0;

/// A piece of a template.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Part {
    Literal(String),
    /// With the columns that it takes at least: blanks follow a shorter value.
    Field(Field, usize),
}

/// The widest field, in columns: wider ones are a slip of the hand.
const WIDEST: usize = 1000;

/// Reads a template that may ask for `fields`.
pub(crate) fn parse(text: &str, fields: &[(&str, &str)]) -> Result<Vec<Part>> {
    if text.contains("{{.") {
        bail!("that is a Go template, as stern has them; here {{{{.PodName}}}} is {{pod}}");
    }
    let mut parts = Vec::new();
    let mut literal = String::new();
    let mut left = text;
    while let Some(at) = left.find(['{', '}', '\\']) {
        literal.push_str(&left[..at]);
        let mark = &left[at..at + 1];
        left = &left[at + 1..];
        if mark == "\\" {
            let escape = left.chars().next();
            literal.push(match escape {
                Some('n') => '\n',
                Some('t') => '\t',
                Some('\\') => '\\',
                _ => bail!(
                    "`\\{}` means nothing; write \\n, \\t, or \\\\ for a backslash",
                    escape.map_or(String::new(), String::from)
                ),
            });
            left = &left[1..];
        } else if let Some(rest) = left.strip_prefix(mark) {
            literal.push_str(mark);
            left = rest;
        } else if mark == "{" {
            let Some((asked, rest)) = left.split_once('}') else { bail!("`{{` without `}}`; write {{{{ for a brace") };
            if !literal.is_empty() {
                parts.push(Part::Literal(std::mem::take(&mut literal)));
            }
            let (name, width) = width(asked)?;
            parts.push(Part::Field(field(name, fields)?, width));
            left = rest;
        } else {
            bail!("`}}` without `{{`; write }}}} for a brace");
        }
    }
    literal.push_str(left);
    if !literal.is_empty() {
        parts.push(Part::Literal(literal));
    }
    Ok(parts)
}

/// `pod:20` is the field `pod` in 20 columns.
fn width(asked: &str) -> Result<(&str, usize)> {
    match asked.rsplit_once(':') {
        Some((name, digits)) if !digits.ends_with('"') => {
            let width = digits.parse().ok().filter(|width| (1..=WIDEST).contains(width));
            let width = width.ok_or_else(|| {
                anyhow!("{{{asked}}}: `{digits}` is no width from 1 to {WIDEST}; write {{{name}:20}}")
            })?;
            Ok((name, width))
        }
        _ => Ok((asked, 0)),
    }
}

fn field(name: &str, fields: &[(&str, &str)]) -> Result<Field> {
    let is_there = |listed: &str| fields.iter().any(|(known, _)| *known == listed);
    if let Some((_, field)) = named(name).filter(|(listed, _)| is_there(listed)) {
        return Ok(field);
    }
    let all: Vec<_> = fields.iter().map(|(known, _)| *known).filter(|known| *known != COLUMN).collect();
    let (columns, also): (&[_], _) =
        if is_there(COLUMN) { (&write::WITH, ", and the columns of lq-query --with") } else { (&[], "") };
    let mut known = all.iter().chain(columns).copied();
    if let Some(meant) = known.clone().find(|known| known.eq_ignore_ascii_case(name)) {
        bail!("there is no field {{{name}}}; write {{{meant}}}");
    }
    if let Some((whole, _)) = name.split_once('[').filter(|(whole, _)| known.any(|known| known == *whole)) {
        bail!("there is no field {{{name}}}; {{{whole}}} is there as a whole, lists are not opened");
    }
    let near = match did_you_mean(name, all.iter().chain(columns).copied()) {
        near if near.is_empty() && is_there(MEMBER) && named(&format!("payload.{name}")).is_some() => {
            format!("; did you mean `payload.{name}`?")
        }
        near => near,
    };
    let fields = if near.is_empty() { "; fields are" } else { " Fields are" };
    Err(anyhow!("there is no field {{{name}}}{near}{fields} {}{also}", all.join(" ")))
}

/// The field of this name, and the name under which it is listed.
fn named(name: &str) -> Option<(&str, Field)> {
    let field = match name {
        "cluster" => Field::Cluster,
        "namespace" => Field::Namespace,
        "pod" => Field::Pod,
        "container" => Field::Container,
        "stream" => Field::Stream,
        "severity" => Field::Severity,
        "node" => Field::Node,
        "date" => Field::Date,
        "hour" => Field::Hour,
        "time" => Field::Time,
        "message" => Field::Message,
        "timestamp" | "payload" | "insertId" => Field::Member(vec![name.to_owned()]),
        _ => match name.strip_prefix("label.") {
            Some(label) => return (!label.is_empty()).then(|| (LABEL, Field::Label(label.to_owned()))),
            None => return member(name),
        },
    };
    Some((name, field))
}

/// A member of the payload, or another column of the entry, with members below it or without.
fn member(name: &str) -> Option<(&'static str, Field)> {
    let (path, "") = find::path(name)? else { return None };
    let key = path[0].as_str();
    let is_open = path.len() == 1 || find::OPEN.contains(&key);
    let listed = if key == "payload" { MEMBER } else { COLUMN };
    (is_open && (key == "payload" || write::WITH.contains(&key))).then_some((listed, Field::Member(path)))
}
