//! Arrow values -> JSON, in the [canon](crate::entry::canon): the bytes that it makes of what GoogleSQL's
//! TO_JSON_STRING writes of the same value.
//!
//! | type | JSON |
//! |---|---|
//! | BOOL | `true`, `false` |
//! | INT64 | a number, beyond 2^53 a string |
//! | NUMERIC, BIGNUMERIC | a whole number up to 2^53; any other a string |
//! | FLOAT64 | a number; `"NaN"`, `"Infinity"`, `"-Infinity"` |
//! | STRING | a string |
//! | BYTES | a string: base64, padded |
//! | DATE, TIME, DATETIME, TIMESTAMP | `"2026-01-01"`, `"07:00:00.500"`, `"2026-01-01T07:00:00"`, `"2026-01-01T07:00:00.500Z"`: 0, 3 or 6 digits |
//! | JSON | itself |
//! | ARRAY | an array, NULLs in it are `null` |
//! | STRUCT | an object, members that are NULL are left out by the canon |
//!
//! <https://cloud.google.com/bigquery/docs/reference/standard-sql/json_functions#json_encodings>, and the types
//! that Arrow has for them: <https://cloud.google.com/bigquery/docs/reference/storage#arrow_schema_details>

use std::borrow::Cow;

use arrow_array::cast::AsArray;
use arrow_array::types::{self, ArrowPrimitiveType};
use arrow_array::{Array, ArrayRef, BooleanArray};
use arrow_buffer::{NullBuffer, OffsetBuffer};
use arrow_schema::{DataType, Field, FieldRef, TimeUnit};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use super::line::checked;
use super::strings::Strings;
use super::time;
use crate::entry::canon::Canon;
use crate::entry::stamp::Stamp;
use crate::entry::text;

/// Integers beyond it are strings: no f64 holds them all.
const SAFE: u64 = 1 << 53;

/// In microseconds.
const DAY: i64 = 86_400 * 1_000_000;

/// A column, or what it is made of.
#[derive(Clone, Debug)]
pub(super) struct Native<'b> {
    /// Of the values themselves: what is NULL because a struct around it is, the struct says.
    nulls: Option<NullBuffer>,
    kind: Kind<'b>,
}

#[derive(Clone, Debug)]
enum Kind<'b> {
    /// All of it is NULL.
    Nothing,
    /// The members with their keys as they stand in JSON, colon included.
    Struct(Vec<(Vec<u8>, Native<'b>)>),
    List(&'b OffsetBuffer<i32>, Box<Native<'b>>),
    LargeList(&'b OffsetBuffer<i64>, Box<Native<'b>>),
    Text(Strings<'b>),
    Json(Strings<'b>),
    Bytes(Vec<&'b [u8]>),
    Bool(&'b BooleanArray),
    Integer(Cow<'b, [i64]>),
    Float(&'b [f64]),
    /// As GoogleSQL writes them.
    Decimal(Vec<String>),
    /// Days since 1970.
    Date(&'b [i32]),
    /// Microseconds since midnight.
    Time(Cow<'b, [i64]>),
    /// Microseconds since 1970, in no zone.
    DateTime(Cow<'b, [i64]>),
    /// Microseconds since 1970 UTC.
    Timestamp(Cow<'b, [i64]>),
}

impl<'b> Native<'b> {
    /// `None` where the type, or a type in it, is none of BigQuery's.
    pub(super) fn of(field: &Field, array: &'b dyn Array) -> Option<Self> {
        let nulls = array.logical_nulls().filter(|nulls| nulls.null_count() > 0);
        if nulls.as_ref().is_some_and(|nulls| nulls.null_count() == array.len()) || array.is_empty() {
            return is_known(field.data_type()).then_some(Native { nulls, kind: Kind::Nothing });
        }
        let kind = match array.data_type() {
            DataType::Struct(fields) => {
                let columns: &'b [ArrayRef] = array.as_struct_opt()?.columns();
                let member =
                    |(field, column): (&FieldRef, &'b ArrayRef)| Some((key(field.name()), Native::of(field, column)?));
                let members: Vec<_> = fields.iter().zip(columns).map(member).collect::<Option<_>>()?;
                // Real tables have hundreds of members, of which most have no value.
                Kind::Struct(members.into_iter().filter(|(_, member)| !member.is_nothing()).collect())
            }
            DataType::List(item) => {
                let list = array.as_list_opt::<i32>()?;
                Kind::List(list.offsets(), Box::new(Native::of(item, list.values())?))
            }
            DataType::LargeList(item) => {
                let list = array.as_list_opt::<i64>()?;
                Kind::LargeList(list.offsets(), Box::new(Native::of(item, list.values())?))
            }
            DataType::Boolean => Kind::Bool(array.as_boolean_opt()?),
            DataType::Int64 => Kind::Integer(values::<types::Int64Type>(array)?.into()),
            DataType::Int32 => Kind::Integer(widened::<types::Int32Type>(array)?),
            DataType::Int16 => Kind::Integer(widened::<types::Int16Type>(array)?),
            DataType::Int8 => Kind::Integer(widened::<types::Int8Type>(array)?),
            DataType::Float64 => Kind::Float(values::<types::Float64Type>(array)?),
            DataType::Date32 => Kind::Date(values::<types::Date32Type>(array)?),
            DataType::Time64(_) => Kind::Time(micros(array)?),
            DataType::Timestamp(_, None) => Kind::DateTime(micros(array)?),
            DataType::Timestamp(_, Some(_)) => Kind::Timestamp(micros(array)?),
            DataType::Binary => Kind::Bytes((0..array.len()).map(|row| array.as_binary::<i32>().value(row)).collect()),
            DataType::LargeBinary => {
                Kind::Bytes((0..array.len()).map(|row| array.as_binary::<i64>().value(row)).collect())
            }
            DataType::Decimal128(..) => {
                let decimals = array.as_primitive_opt::<types::Decimal128Type>()?;
                Kind::Decimal((0..array.len()).map(|row| decimal(decimals.value_as_string(row))).collect())
            }
            DataType::Decimal256(..) => {
                let decimals = array.as_primitive_opt::<types::Decimal256Type>()?;
                Kind::Decimal((0..array.len()).map(|row| decimal(decimals.value_as_string(row))).collect())
            }
            _ if is_json(field) => Kind::Json(Strings::of(array)?),
            _ => Kind::Text(Strings::of(array)?),
        };
        Some(Native { nulls, kind })
    }

    /// The same in a column that is NULL in these rows.
    pub(super) fn within(mut self, nulls: Option<&NullBuffer>) -> Self {
        self.nulls = NullBuffer::union(self.nulls.as_ref(), nulls);
        self
    }

    pub(super) fn is_null(&self, row: usize) -> bool {
        match (&self.kind, &self.nulls) {
            (Kind::Nothing, _) => true,
            (_, Some(nulls)) => nulls.is_null(row),
            (_, None) => false,
        }
    }

    /// True where the value is JSON's own `null`.
    pub(super) fn is_json_null(&self, row: usize) -> bool {
        matches!(&self.kind, Kind::Json(texts) if texts.get(row).trim_ascii() == "null")
    }

    fn is_nothing(&self) -> bool {
        matches!(self.kind, Kind::Nothing)
    }

    /// Appends the value as JSON in the canon. False where nothing is left of it, whatever was appended
    /// then: `null`, `[]`, `{}`, which an array keeps.
    pub(super) fn push(&self, row: usize, canon: &mut Canon, out: &mut Vec<u8>) -> bool {
        if self.is_null(row) {
            out.extend_from_slice(b"null");
            return false;
        }
        match &self.kind {
            Kind::Nothing => return false,
            Kind::Struct(members) => {
                out.push(b'{');
                let empty = out.len();
                for (key, member) in members {
                    if member.is_null(row) {
                        continue;
                    }
                    let start = out.len();
                    if start > empty {
                        out.push(b',');
                    }
                    out.extend_from_slice(key);
                    if !member.push(row, canon, out) {
                        out.truncate(start);
                    }
                }
                out.push(b'}');
                return out.len() > empty + 1;
            }
            Kind::List(offsets, item) => {
                return item.push_list(offsets[row] as usize..offsets[row + 1] as usize, canon, out);
            }
            Kind::LargeList(offsets, item) => {
                return item.push_list(offsets[row] as usize..offsets[row + 1] as usize, canon, out);
            }
            Kind::Json(texts) => {
                let start = out.len();
                return match checked(texts.get(row)) {
                    Some((json, is_foreign)) if canon.push_scanned(json, is_foreign, out) => true,
                    Some((json, _)) => {
                        out.truncate(start);
                        out.extend_from_slice(void(json));
                        false
                    }
                    None => {
                        quoted(out, |out| text::escape(texts.get(row), out));
                        true
                    }
                };
            }
            Kind::Float(values) if values[row].is_finite() => push_float(values[row], out),
            Kind::Integer(values) if values[row].unsigned_abs() <= SAFE => self.push_text(row, out),
            Kind::Decimal(values) if is_safe(&values[row]) => self.push_text(row, out),
            Kind::Bool(_) => self.push_text(row, out),
            _ => quoted(out, |out| self.push_text(row, out)),
        }
        true
    }

    fn push_list(&self, items: std::ops::Range<usize>, canon: &mut Canon, out: &mut Vec<u8>) -> bool {
        let is_filled = !items.is_empty();
        out.push(b'[');
        for (at, item) in items.enumerate() {
            out.extend_from_slice(if at > 0 { b"," } else { b"" });
            self.push(item, canon, out);
        }
        out.push(b']');
        is_filled
    }

    /// Appends a simple value as the contents of a JSON string. Other ones have no text.
    pub(super) fn push_text(&self, row: usize, out: &mut Vec<u8>) {
        match &self.kind {
            Kind::Nothing | Kind::Struct(_) | Kind::List(..) | Kind::LargeList(..) => {}
            Kind::Text(texts) | Kind::Json(texts) => text::escape(texts.get(row), out),
            Kind::Bytes(values) => out.extend_from_slice(STANDARD.encode(values[row]).as_bytes()),
            Kind::Bool(values) => out.extend_from_slice(if values.value(row) { b"true" } else { b"false" }),
            Kind::Integer(values) => out.extend_from_slice(values[row].to_string().as_bytes()),
            Kind::Float(values) => out.extend_from_slice(match values[row] {
                value if value.is_nan() => b"NaN",
                value if value < 0.0 => b"-Infinity",
                _ => b"Infinity",
            }),
            Kind::Decimal(values) => out.extend_from_slice(values[row].as_bytes()),
            Kind::Date(days) => push_civil(i64::from(days[row]).saturating_mul(DAY), 0.."2026-01-01".len(), out),
            Kind::Time(micros) => push_civil(micros[row], "2026-01-01T".len()..usize::MAX, out),
            Kind::DateTime(micros) => push_civil(micros[row], 0..usize::MAX, out),
            Kind::Timestamp(micros) => {
                push_civil(micros[row], 0..usize::MAX, out);
                out.push(b'Z');
            }
        }
    }
}

/// True for a type that [`Native::of`] takes, which need not look at columns without a value.
fn is_known(of: &DataType) -> bool {
    use DataType::*;
    match of {
        Null | Boolean | Int8 | Int16 | Int32 | Int64 | Float64 | Date32 | Timestamp(..) | Binary | LargeBinary => true,
        Time64(_) | Decimal128(..) | Decimal256(..) | Utf8 | LargeUtf8 | Utf8View => true,
        Dictionary(_, of) => matches!(**of, Utf8 | LargeUtf8 | Utf8View),
        Struct(fields) => fields.iter().all(|field| is_known(field.data_type())),
        List(item) | LargeList(item) => is_known(item.data_type()),
        _ => false,
    }
}

/// What stands in front of a member's value: its name as a JSON string, and the colon.
pub(super) fn key(name: &str) -> Vec<u8> {
    let mut key = b"\"".to_vec();
    text::escape(name, &mut key);
    key.extend_from_slice(b"\":");
    key
}

/// JSON columns come as texts that are marked so.
fn is_json(field: &Field) -> bool {
    field.metadata().get("ARROW:extension:name").is_some_and(|name| name == "google:sqlType:json")
}

fn values<T: ArrowPrimitiveType>(array: &dyn Array) -> Option<&[T::Native]> {
    Some(array.as_primitive_opt::<T>()?.values())
}

fn widened<T: ArrowPrimitiveType<Native: Into<i64>>>(array: &dyn Array) -> Option<Cow<'_, [i64]>> {
    Some(values::<T>(array)?.iter().map(|value| (*value).into()).collect())
}

/// Times of any unit as microseconds, finer digits cut off towards the past. What 64 bits do not hold comes
/// out beyond all times that BigQuery has.
pub(super) fn micros(array: &dyn Array) -> Option<Cow<'_, [i64]>> {
    let of = array.data_type();
    let (unit, values) = match of {
        DataType::Timestamp(unit @ TimeUnit::Second, _) => (unit, values::<types::TimestampSecondType>(array)?),
        DataType::Timestamp(unit @ TimeUnit::Millisecond, _) => {
            (unit, values::<types::TimestampMillisecondType>(array)?)
        }
        DataType::Timestamp(unit @ TimeUnit::Microsecond, _) => {
            (unit, values::<types::TimestampMicrosecondType>(array)?)
        }
        DataType::Timestamp(unit @ TimeUnit::Nanosecond, _) => (unit, values::<types::TimestampNanosecondType>(array)?),
        DataType::Time64(unit @ TimeUnit::Microsecond) => (unit, values::<types::Time64MicrosecondType>(array)?),
        DataType::Time64(unit @ TimeUnit::Nanosecond) => (unit, values::<types::Time64NanosecondType>(array)?),
        _ => return None,
    };
    Some(match unit {
        TimeUnit::Second => values.iter().map(|value| value.saturating_mul(1_000_000)).collect(),
        TimeUnit::Millisecond => values.iter().map(|value| value.saturating_mul(1_000)).collect(),
        TimeUnit::Microsecond => Cow::Borrowed(values),
        TimeUnit::Nanosecond => values.iter().map(|value| value.div_euclid(1_000)).collect(),
    })
}

/// As GoogleSQL writes a NUMERIC: no zeros at the end of the fraction.
fn decimal(fixed: String) -> String {
    match fixed.contains('.') {
        true => fixed.trim_end_matches('0').trim_end_matches('.').to_owned(),
        false => fixed,
    }
}

fn is_safe(decimal: &str) -> bool {
    decimal.parse::<i64>().is_ok_and(|value| value.unsigned_abs() <= SAFE)
}

fn quoted(out: &mut Vec<u8>, write: impl FnOnce(&mut Vec<u8>)) {
    out.push(b'"');
    write(out);
    out.push(b'"');
}

/// What stands in an array for JSON of which nothing is left.
fn void(json: &str) -> &'static [u8] {
    match json.trim_ascii_start().as_bytes().first() {
        Some(b'{') => b"{}",
        Some(b'[') => b"[]",
        _ => b"null",
    }
}

/// TO_JSON_STRING prints by %.15g where that is read as the same number, else by %.17g; the canon then prints
/// what has a fraction or an exponent as ECMAScript does, and leaves alone the rest: between 2^53 and 1e17
/// integers of 16 and 17 digits, which ECMAScript would round.
fn push_float(value: f64, out: &mut Vec<u8>) {
    let mut buffer = ryu_js::Buffer::new();
    let shortest = buffer.format_finite(value);
    let digits = || shortest.trim_start_matches('-').trim_end_matches('0').len();
    if value.abs() >= SAFE as f64 && value.abs() < 1e17 && digits() > 15 {
        out.extend_from_slice((value as i64).to_string().as_bytes());
    } else {
        out.extend_from_slice(shortest.as_bytes());
    }
}

/// Appends `part` of `2026-01-01T07:00:00.500`: with 0, 3 or 6 digits. What BigQuery does not have stays a
/// number, to be seen.
fn push_civil(micros: i64, part: std::ops::Range<usize>, out: &mut Vec<u8>) {
    let Some(stamp @ Stamp { nanos, .. }) = time::of_micros(micros) else {
        out.extend_from_slice(micros.to_string().as_bytes());
        return;
    };
    let digits = match nanos {
        0 => 0,
        _ if nanos.is_multiple_of(1_000_000) => 3,
        _ => 6,
    };
    let start = out.len();
    stamp.push_civil(0, b'T', digits, out);
    out.truncate(out.len().min(start.saturating_add(part.end)));
    out.drain(start..start + part.start);
}
