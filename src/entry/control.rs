//! Lines that speak of the stream, and what only looks like them.

use super::paths::Slot;
use super::text::Text;
use super::{Entry, member};

/// A line that speaks of the stream, not of a container: `{"lq":{…}}`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Control {
    /// The stream broke, for this reason, or as much of it as is [shown](SHOWN).
    Failed(String),
    /// The stream is whole up to here; what it counts says its [seal](super::seal::Seal).
    End,
}

/// So much of what somebody else wrote is shown in a message, in characters.
const SHOWN: usize = 500;

impl Entry<'_> {
    /// What the stream says of itself, if this line does. It has the one member `lq`, and therein a text
    /// that is called `failed`, or what every [seal](super::seal::Seal) has; whatever else looks like it is what
    /// a container wrote.
    pub(crate) fn control(&self) -> Option<Control> {
        let lq = self.value(Slot::Lq).filter(|v| self.spans.keys == 1 && v.starts_with('{'))?;
        if let Some(why) = member(lq, "failed").and_then(Text::of_value) {
            let why = why.to_cow();
            let shown = why.char_indices().nth(SHOWN).map(|(end, _)| format!("{}…", &why[..end]));
            return Some(Control::Failed(shown.unwrap_or_else(|| why.into_owned())));
        }
        let is_number = |value: &str| value.starts_with(|c: char| c == '-' || c.is_ascii_digit());
        let is_end = member(lq, "end") == Some("true")
            && member(lq, "entries").is_some_and(is_number)
            && member(lq, "pods").is_some_and(|pods| pods.starts_with('{'));
        is_end.then_some(Control::End)
    }
}
