//! Values -> Arrow columns, in each of the ways in which Arrow can hold them.

use std::collections::HashMap;
use std::sync::Arc;

use arrow_array::builder::{
    BinaryBuilder, BooleanBuilder, LargeBinaryBuilder, LargeStringBuilder, StringBuilder, StringDictionaryBuilder,
    StringViewBuilder,
};
use arrow_array::types::Int32Type;
use arrow_array::*;
use arrow_buffer::{NullBuffer, OffsetBuffer};
use arrow_schema::{DataType, Field, FieldRef};

use super::model::{Type, Value};

/// How Arrow holds it: each number a choice, taken in turn.
pub(super) struct Choices<'a> {
    pub all: &'a [usize],
    pub next: usize,
}

impl Choices<'_> {
    fn of(&mut self, count: usize) -> usize {
        self.next += 1;
        self.all[self.next % self.all.len()] % count
    }
}

pub(super) fn field(name: &str, of: &Type, array: &ArrayRef) -> FieldRef {
    let field = Field::new(name, array.data_type().clone(), true);
    let mark = HashMap::from([("ARROW:extension:name".to_owned(), "google:sqlType:json".to_owned())]);
    Arc::new(if matches!(of, Type::Json) { field.with_metadata(mark) } else { field })
}

pub(super) fn batch(columns: Vec<(&str, &Type, Vec<Value>)>, choices: &mut Choices) -> RecordBatch {
    let columns = columns.into_iter().map(|(name, of, values)| {
        let array = column(of, &values, choices);
        (name, of, array)
    });
    let columns: Vec<_> = columns.collect();
    let fields: Vec<FieldRef> = columns.iter().map(|(name, of, array)| field(name, of, array)).collect();
    let arrays = columns.into_iter().map(|(.., array)| array).collect();
    RecordBatch::try_new(Arc::new(arrow_schema::Schema::new(fields)), arrays).unwrap()
}

/// A column of these values, maybe cut out of a longer one.
pub(super) fn column(of: &Type, values: &[Value], choices: &mut Choices) -> ArrayRef {
    let (before, behind) = (choices.of(3), choices.of(2));
    let around = |count: usize| std::iter::repeat_n(filling(of), count);
    let longer: Vec<Value> = around(before).chain(values.iter().cloned()).chain(around(behind)).collect();
    whole(of, &longer, choices).slice(before, values.len())
}

/// What stands where there is no value: something, which nobody may see.
fn filling(of: &Type) -> Value {
    match of {
        Type::Bool => Value::Bool(true),
        Type::Integer | Type::Date | Type::Time | Type::DateTime | Type::Timestamp => Value::Integer(7),
        Type::Float => Value::Float(7.5),
        Type::Numeric => Value::Numeric(7),
        Type::Text => Value::Text("nobody sees it".to_owned()),
        Type::Json => Value::Text("7".to_owned()),
        Type::Bytes => Value::Bytes(vec![7]),
        Type::Record(fields) => Value::Record(fields.iter().map(|(_, of)| filling(of)).collect()),
        Type::Repeated(of) => Value::Array(vec![filling(of)]),
    }
}

fn whole(of: &Type, values: &[Value], choices: &mut Choices) -> ArrayRef {
    if values.iter().all(|value| matches!(value, Value::Null)) && choices.of(4) == 0 {
        return Arc::new(NullArray::new(values.len()));
    }
    let valid: Vec<bool> = values.iter().map(|value| !matches!(value, Value::Null)).collect();
    let nulls = Some(NullBuffer::from(valid)).filter(|nulls| nulls.null_count() > 0 || choices.of(2) == 0);
    let filled: Vec<Value> =
        values.iter().map(|value| if matches!(value, Value::Null) { filling(of) } else { value.clone() }).collect();
    let integers = || -> Vec<i64> {
        filled
            .iter()
            .map(|value| if let Value::Integer(value) = value { *value } else { panic!("{value:?}") })
            .collect()
    };
    match of {
        Type::Bool => {
            let mut builder = BooleanBuilder::new();
            values.iter().for_each(|value| match value {
                Value::Bool(value) => builder.append_value(*value),
                _ => builder.append_null(),
            });
            Arc::new(builder.finish())
        }
        Type::Integer => Arc::new(Int64Array::new(integers().into(), nulls)),
        Type::Date => Arc::new(Date32Array::new(integers().iter().map(|days| *days as i32).collect(), nulls)),
        Type::Time if choices.of(2) == 0 => {
            Arc::new(Time64NanosecondArray::new(integers().iter().map(|micros| micros * 1000 + 999).collect(), nulls))
        }
        Type::Time => Arc::new(Time64MicrosecondArray::new(integers().into(), nulls)),
        Type::DateTime | Type::Timestamp => {
            let zone = matches!(of, Type::Timestamp).then_some("UTC");
            instants(&integers(), nulls, zone, choices)
        }
        Type::Float => {
            let values = filled.iter().map(|value| if let Value::Float(value) = value { *value } else { 0.0 });
            Arc::new(Float64Array::new(values.collect(), nulls))
        }
        Type::Numeric => {
            let of = |value: &Value| if let Value::Numeric(value) = value { *value } else { 0 };
            if choices.of(2) == 0 {
                let array = Decimal128Array::new(filled.iter().map(of).collect(), nulls);
                Arc::new(array.with_precision_and_scale(38, 9).unwrap())
            } else {
                let values = filled.iter().map(|value| arrow_buffer::i256::from_i128(of(value)));
                Arc::new(Decimal256Array::new(values.collect(), nulls).with_precision_and_scale(76, 9).unwrap())
            }
        }
        Type::Text | Type::Json => texts(values, choices),
        Type::Bytes => {
            let values = values.iter().map(|value| if let Value::Bytes(bytes) = value { Some(bytes) } else { None });
            if choices.of(2) == 0 {
                let mut builder = BinaryBuilder::new();
                values.for_each(|value| builder.append_option(value));
                Arc::new(builder.finish())
            } else {
                let mut builder = LargeBinaryBuilder::new();
                values.for_each(|value| builder.append_option(value));
                Arc::new(builder.finish())
            }
        }
        Type::Record(fields) => {
            let columns = fields.iter().enumerate().map(|(at, (name, of))| {
                let member =
                    |value: &Value| if let Value::Record(values) = value { values[at].clone() } else { panic!() };
                let array = column(of, &filled.iter().map(member).collect::<Vec<_>>(), choices);
                (field(name, of, &array), array)
            });
            let (fields, arrays): (Vec<FieldRef>, Vec<ArrayRef>) = columns.unzip();
            Arc::new(StructArray::new(fields.into(), arrays, nulls))
        }
        Type::Repeated(of) => {
            let lists: Vec<&Vec<Value>> =
                filled.iter().map(|value| if let Value::Array(values) = value { values } else { panic!() }).collect();
            let lengths = lists.iter().map(|list| list.len());
            let items = column(of, &lists.iter().flat_map(|list| list.iter().cloned()).collect::<Vec<_>>(), choices);
            let item = field("item", of, &items);
            if choices.of(2) == 0 {
                Arc::new(ListArray::new(item, OffsetBuffer::from_lengths(lengths), items, nulls))
            } else {
                Arc::new(LargeListArray::new(item, OffsetBuffer::from_lengths(lengths), items, nulls))
            }
        }
    }
}

fn instants(micros: &[i64], nulls: Option<NullBuffer>, zone: Option<&str>, choices: &mut Choices) -> ArrayRef {
    let zone: Option<Arc<str>> = zone.map(Into::into);
    let fits = |by: i64| micros.iter().all(|value| value % by == 0);
    let has_room =
        micros.iter().all(|value| value.checked_mul(1000).is_some_and(|nanos| nanos.checked_add(999).is_some()));
    match choices.of(4) {
        0 if has_room => {
            let nanos = micros.iter().map(|micros| micros * 1000 + 999).collect();
            Arc::new(TimestampNanosecondArray::new(nanos, nulls).with_timezone_opt(zone))
        }
        1 if fits(1_000) => {
            let millis = micros.iter().map(|micros| micros / 1_000).collect();
            Arc::new(TimestampMillisecondArray::new(millis, nulls).with_timezone_opt(zone))
        }
        2 if fits(1_000_000) => {
            let seconds = micros.iter().map(|micros| micros / 1_000_000).collect();
            Arc::new(TimestampSecondArray::new(seconds, nulls).with_timezone_opt(zone))
        }
        _ => Arc::new(TimestampMicrosecondArray::new(micros.to_vec().into(), nulls).with_timezone_opt(zone)),
    }
}

fn texts(values: &[Value], choices: &mut Choices) -> ArrayRef {
    let texts = values.iter().map(|value| if let Value::Text(text) = value { Some(text) } else { None });
    macro_rules! built {
        ($builder:expr) => {{
            let mut builder = $builder;
            texts.for_each(|text| builder.append_option(text));
            Arc::new(builder.finish())
        }};
    }
    match choices.of(4) {
        0 => built!(LargeStringBuilder::new()),
        1 => built!(StringViewBuilder::new()),
        2 => built!(StringDictionaryBuilder::<Int32Type>::new()),
        _ => built!(StringBuilder::new()),
    }
}

/// Columns of types that no column of BigQuery has in Arrow.
pub(super) fn strange() -> Vec<ArrayRef> {
    let narrow = Field::new("a", DataType::UInt8, true);
    vec![
        Arc::new(UInt64Array::from(vec![1])),
        Arc::new(Float32Array::from(vec![1.5])),
        Arc::new(DurationSecondArray::from(vec![1])),
        Arc::new(IntervalYearMonthArray::from(vec![1])),
        Arc::new(Time32SecondArray::from(vec![1])),
        Arc::new(Date64Array::from(vec![1])),
        Arc::new(FixedSizeBinaryArray::try_from_iter([[1u8]].iter()).unwrap()),
        Arc::new(StructArray::new(vec![narrow.clone()].into(), vec![Arc::new(UInt8Array::from(vec![1]))], None)),
        new_null_array(&DataType::UInt8, 1),
        new_null_array(&DataType::Struct(vec![narrow].into()), 1),
        new_null_array(&DataType::Dictionary(Box::new(DataType::Int8), Box::new(DataType::Int64)), 1),
    ]
}
