//! Templates of names, read once: `{pod}_{namespace}_{container}.log`.

use anyhow::{Result, anyhow, bail};

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
}

const FIELDS: [(&str, Field); 9] = [
    ("cluster", Field::Cluster),
    ("namespace", Field::Namespace),
    ("pod", Field::Pod),
    ("container", Field::Container),
    ("stream", Field::Stream),
    ("severity", Field::Severity),
    ("node", Field::Node),
    ("date", Field::Date),
    ("hour", Field::Hour),
];

impl Field {
    fn parse(name: &str) -> Result<Field> {
        if let Some(label) = name.strip_prefix("label.").filter(|label| !label.is_empty()) {
            return Ok(Field::Label(label.to_owned()));
        }
        let known = || FIELDS.iter().map(|(known, _)| *known);
        let found = FIELDS.iter().find(|(known, _)| *known == name).map(|(_, field)| field.clone());
        found.ok_or_else(|| {
            let all: Vec<_> = known().chain(["label.NAME"]).collect();
            anyhow!("there is no field {{{name}}}; fields are {}{}", all.join(" "), did_you_mean(name, known()))
        })
    }
}

/// A piece of a template.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Part {
    Literal(String),
    Field(Field),
}

/// A template cut at its slashes: folders, and the name of a file. None of them is empty.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Template {
    pub components: Vec<Vec<Part>>,
}

/// What a file is called until it is whole.
pub(crate) const PART: &str = ".part";

/// Leaves room for a hash and some of the values beside the text that stands for itself.
const LONGEST_LITERAL: usize = 150;

impl Template {
    /// `suffix` is put behind the name. No name may lead out of the folder, be taken for an
    /// unfinished file, or be `rest`.
    pub(crate) fn parse(text: &str, suffix: &str, rest: &str) -> Result<Template> {
        if text.chars().any(char::is_control) {
            bail!("a name has no control characters");
        }
        let whole = if text.ends_with(suffix) { text.to_owned() } else { format!("{text}{suffix}") };
        if whole.starts_with('/') {
            bail!("names are relative to --dir; leave the first `/` out");
        }
        // Labels have slashes in their names, so the text is cut at those outside of braces.
        let mut components = Vec::new();
        let mut parts = Vec::new();
        let mut left = whole.as_str();
        loop {
            let end = left.find(['{', '}', '/']).unwrap_or(left.len());
            if end > 0 {
                parts.push(Part::Literal(left[..end].to_owned()));
            }
            let mark = left[end..].chars().next();
            left = left.get(end + 1..).unwrap_or_default();
            match mark {
                Some('{') => {
                    let Some((name, behind)) = left.split_once('}') else { bail!("`{{` without `}}`") };
                    parts.push(Part::Field(Field::parse(name)?));
                    left = behind;
                }
                Some('}') => bail!("`}}` without `{{`"),
                Some(_) => components.push(std::mem::take(&mut parts)),
                None => {
                    components.push(parts);
                    break;
                }
            }
        }
        for (depth, component) in components.iter().enumerate() {
            check(component, if depth == 0 { rest } else { "" })?;
        }
        Ok(Template { components })
    }

    /// The fields in their order.
    pub(crate) fn fields(&self) -> impl Iterator<Item = &Field> {
        self.components.iter().flatten().filter_map(|part| match part {
            Part::Field(field) => Some(field),
            Part::Literal(_) => None,
        })
    }

    pub(crate) fn has(&self, field: &Field) -> bool {
        self.fields().any(|known| known == field)
    }
}

fn check(component: &[Part], rest: &str) -> Result<()> {
    let literal = |part: &Part| match part {
        Part::Literal(text) => Some(text.clone()),
        Part::Field(_) => None,
    };
    match component {
        [] => bail!("an empty name between slashes, or none at all"),
        [Part::Literal(text)] if text == "." || text == ".." => bail!("`{text}` is no name; names stay inside --dir"),
        [Part::Literal(text)] if text == rest => bail!("{rest} is where lines go that name no Pod; take another name"),
        _ => {}
    }
    if component.last().and_then(literal).is_some_and(|text| text.ends_with(PART)) {
        bail!("{PART} is how unfinished files end; take another ending");
    }
    if component.iter().filter_map(literal).map(|text| text.len()).sum::<usize>() > LONGEST_LITERAL {
        bail!("too long; leave room for the values: {LONGEST_LITERAL} bytes at most between two slashes");
    }
    Ok(())
}
