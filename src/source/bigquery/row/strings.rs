//! Texts of an Arrow column, however it keeps them.

use arrow_array::cast::AsArray;
use arrow_array::{Array, LargeStringArray, StringArray, StringViewArray};
use arrow_schema::DataType;

/// The texts of a column.
#[derive(Clone, Debug)]
pub(super) enum Strings<'b> {
    Short(&'b StringArray),
    Large(&'b LargeStringArray),
    View(&'b StringViewArray),
    /// Each row's text by its place among the different ones.
    Dictionary(Vec<usize>, Box<Strings<'b>>),
    /// Of a dictionary without a text.
    None,
}

impl<'b> Strings<'b> {
    /// `None` for a column of another type.
    pub(super) fn of(array: &'b dyn Array) -> Option<Self> {
        Some(match array.data_type() {
            DataType::Utf8 => Strings::Short(array.as_string_opt()?),
            DataType::LargeUtf8 => Strings::Large(array.as_string_opt()?),
            DataType::Utf8View => Strings::View(array.as_string_view_opt()?),
            DataType::Dictionary(_, of) if !matches!(**of, DataType::Dictionary(..)) => {
                let dictionary = array.as_any_dictionary_opt()?;
                let texts = Strings::of(dictionary.values())?;
                match dictionary.values().is_empty() {
                    true => Strings::None,
                    false => Strings::Dictionary(dictionary.normalized_keys(), Box::new(texts)),
                }
            }
            _ => return None,
        })
    }

    /// The text of a row; any one where the row is NULL.
    pub(super) fn get(&self, row: usize) -> &'b str {
        match self {
            Strings::Short(texts) => texts.value(row),
            Strings::Large(texts) => texts.value(row),
            Strings::View(texts) => texts.value(row),
            Strings::Dictionary(keys, texts) => texts.get(keys[row]),
            Strings::None => "",
        }
    }
}
