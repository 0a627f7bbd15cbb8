//! What tells entries of different files, or of different Pods, apart.

use crate::entry::Entry;
use crate::entry::forms::LocalTime;
use crate::entry::stamp::Stamp;
use crate::entry::text::Text;
use crate::when::Zone;

use super::name;
use super::template::{Field, Template};

/// Makes keys of entries: the values that the template asks for, as they stand in the line.
#[derive(Debug)]
pub(crate) struct Keys {
    /// Those that are counted apart, or whose files are, though the template does not ask for them.
    unnamed: Vec<Field>,
    fields: Vec<Field>,
    time: LocalTime,
}

impl Keys {
    pub(crate) fn new(template: &Template, zone: Zone) -> Self {
        let unnamed = [Field::Cluster, Field::Namespace, Field::Pod].into_iter().filter(|field| !template.has(field));
        Keys { unnamed: unnamed.collect(), fields: template.fields().cloned().collect(), time: LocalTime::new(zone) }
    }

    /// Appends the key of an entry. The same values may have several keys: they go in as they are escaped in the line.
    pub(crate) fn push(&mut self, entry: &Entry, stamp: Option<Stamp>, key: &mut Vec<u8>) {
        for field in self.unnamed.iter().chain(&self.fields) {
            match field {
                Field::Date | Field::Hour => {
                    let time = stamp.map(|stamp| stamp.civil(self.time.offset(stamp.secs)));
                    let number = time.map(|time| match field {
                        Field::Date => time.year * 10_000 + i64::from(time.month * 100 + time.day),
                        _ => i64::from(time.hour),
                    });
                    key.extend_from_slice(&number.unwrap_or(i64::MIN).to_ne_bytes());
                }
                Field::Stream => push(entry.stream().as_deref().map(Text::Plain), key),
                _ => push(name::text(field, entry), key),
            }
        }
    }
}

/// Appends one value so that no other sequence of values gives the same bytes.
fn push(value: Option<Text>, key: &mut Vec<u8>) {
    let (kind, value) = match value {
        None => (0, ""),
        Some(Text::Json(raw)) => (1, raw),
        Some(Text::Plain(text)) => (2, text),
    };
    key.push(kind);
    key.extend_from_slice(&(value.len() as u32).to_ne_bytes());
    key.extend_from_slice(value.as_bytes());
}
