//! Templates of names, read once: `{pod}_{namespace}_{container}.log`.

use anyhow::{Result, bail};

use crate::entry::template::{self, OF_FILES};

pub(crate) use crate::entry::template::{Field, Part};

/// A template cut at its slashes: folders, and the name of a file. None of them is empty.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Template {
    pub components: Vec<Vec<Part>>,
}

/// What a file is called until it is whole.
pub(crate) const PART: &str = ".part";

/// A packed file while it is mended. No log file is called so: none ends like that.
pub(crate) const MENDED: &str = "_mended.part";

/// The receipt of a run, beside its files.
pub(crate) const MANIFEST: &str = "MANIFEST.json";

/// Leaves room for a hash and some of the values beside the text that stands for itself.
const LONGEST_LITERAL: usize = 150;

impl Template {
    /// `suffix` is put behind the name. No name may lead out of the folder, be taken for an
    /// unfinished file, or be `rest`.
    pub(crate) fn parse(text: &str, suffix: &str, rest: &str) -> Result<Template> {
        let whole = if text.ends_with(suffix) { text.to_owned() } else { format!("{text}{suffix}") };
        if whole.starts_with('/') {
            bail!("names are relative to --dir; leave the first `/` out");
        }
        // Labels have slashes in their names; only those between fields make folders.
        let mut components = Vec::new();
        let mut parts = Vec::new();
        for part in template::parse(&whole, OF_FILES)? {
            match part {
                Part::Field(_, 1..) => bail!("names are not padded; leave the width out"),
                Part::Field(..) => parts.push(part),
                Part::Literal(text) if text.contains(char::is_control) => bail!("a name has no control characters"),
                Part::Literal(text) => {
                    for (n, piece) in text.split('/').enumerate() {
                        if n > 0 {
                            components.push(std::mem::take(&mut parts));
                        }
                        if !piece.is_empty() {
                            parts.push(Part::Literal(piece.to_owned()));
                        }
                    }
                }
            }
        }
        components.push(parts);
        for (depth, component) in components.iter().enumerate() {
            check(component, if depth == 0 { rest } else { "" })?;
        }
        Ok(Template { components })
    }

    /// The fields in their order.
    pub(crate) fn fields(&self) -> impl Iterator<Item = &Field> {
        self.components.iter().flatten().filter_map(|part| match part {
            Part::Field(field, _) => Some(field),
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
        Part::Field(..) => None,
    };
    match component {
        [] => bail!("an empty name between slashes, or none at all"),
        [Part::Literal(text)] if text == "." || text == ".." => bail!("`{text}` is no name; names stay inside --dir"),
        [Part::Literal(text)] if !rest.is_empty() && text.eq_ignore_ascii_case(MANIFEST) => {
            bail!("{MANIFEST} is where --manifest lists the files; take another name")
        }
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
