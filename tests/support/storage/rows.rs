//! Rows as Arrow batches, and as the bytes that BigQuery makes of them.

use std::ops::Range;
use std::sync::Arc;

use arrow_array::cast::AsArray;
use arrow_array::types::Int64Type;
use arrow_array::{
    ArrayRef, BooleanArray, DictionaryArray, Float64Array, Int32Array, Int64Array, ListArray, RecordBatch, StringArray,
    StructArray, TimestampMicrosecondArray,
};
use arrow_buffer::{NullBuffer, OffsetBuffer};
use arrow_ipc::CompressionType;
use arrow_ipc::writer::{IpcWriteOptions, StreamWriter};
use arrow_schema::{DataType, Field, Fields, Schema, TimeUnit};
use gcp_bigquery_client::google::cloud::bigquery::storage::v1::read_rows_response::{Rows, Schema as RowsSchema};
use gcp_bigquery_client::google::cloud::bigquery::storage::v1::{ArrowRecordBatch, ArrowSchema, ReadRowsResponse};
use serde_json::Value;

/// How buffers are compressed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Codec {
    None,
    #[default]
    Lz4,
    Zstd,
}

/// A column `n` of these numbers.
pub fn numbers(numbers: Range<i64>) -> RecordBatch {
    batch(&[("n", DataType::Int64)], &numbers.map(|n| serde_json::json!({"n": n})).collect::<Vec<_>>())
}

/// The numbers of a batch's column `n`.
pub fn numbers_of(batch: &RecordBatch) -> Vec<i64> {
    batch.column_by_name("n").expect("a column n").as_primitive::<Int64Type>().values().to_vec()
}

/// TIMESTAMP, as BigQuery gives it; its JSON is microseconds since 1970.
pub fn timestamp() -> DataType {
    DataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into()))
}

/// A RECORD of these columns.
pub fn record(columns: &[(&str, DataType)]) -> DataType {
    DataType::Struct(fields(columns))
}

/// A REPEATED column.
pub fn list(of: DataType) -> DataType {
    DataType::List(Arc::new(Field::new("item", of, true)))
}

/// STRING, each text once.
pub fn dictionary() -> DataType {
    DataType::Dictionary(Box::new(DataType::Int32), Box::new(DataType::Utf8))
}

/// JSON, as BigQuery gives it: text that says what it is.
pub fn json_column(name: &str) -> Field {
    let metadata = [("ARROW:extension:name".to_owned(), "google:sqlType:json".to_owned())];
    Field::new(name, DataType::Utf8, true).with_metadata(std::collections::HashMap::from(metadata))
}

fn fields(columns: &[(&str, DataType)]) -> Fields {
    columns.iter().map(|(name, kind)| Field::new(*name, kind.clone(), true)).collect()
}

/// Rows of these columns, each a JSON object; what it lacks is NULL.
pub fn batch(columns: &[(&str, DataType)], rows: &[Value]) -> RecordBatch {
    batch_of(fields(columns), rows)
}

/// The same with columns that have metadata.
pub fn batch_of(columns: Fields, rows: &[Value]) -> RecordBatch {
    let arrays = columns
        .iter()
        .map(|field| array(field.data_type(), &rows.iter().map(|row| row.get(field.name())).collect::<Vec<_>>()));
    let arrays = arrays.collect();
    RecordBatch::try_new(Arc::new(Schema::new(columns)), arrays).expect("columns that fit")
}

fn array(kind: &DataType, values: &[Option<&Value>]) -> ArrayRef {
    let values: Vec<Option<&Value>> = values.iter().map(|value| value.filter(|value| !value.is_null())).collect();
    let text = || values.iter().map(|value| Some(value.as_ref()?.as_str().expect("a text")));
    let number = || values.iter().map(|value| Some(value.as_ref()?.as_i64().expect("a whole number")));
    let nulls = || NullBuffer::from_iter(values.iter().map(Option::is_some));
    match kind {
        DataType::Utf8 => Arc::new(StringArray::from_iter(text())),
        DataType::Int64 => Arc::new(Int64Array::from_iter(number())),
        DataType::Int32 => Arc::new(Int32Array::from_iter(number().map(|n| Some(n? as i32)))),
        DataType::Float64 => {
            let numbers = values.iter().map(|value| Some(value.as_ref()?.as_f64().expect("a number")));
            Arc::new(Float64Array::from_iter(numbers))
        }
        DataType::Boolean => Arc::new(BooleanArray::from_iter(
            values.iter().map(|value| Some(value.as_ref()?.as_bool().expect("a bool"))),
        )),
        DataType::Timestamp(TimeUnit::Microsecond, zone) => {
            Arc::new(TimestampMicrosecondArray::from_iter(number()).with_timezone_opt(zone.clone()))
        }
        DataType::Dictionary(_, _) => Arc::new(text().collect::<DictionaryArray<arrow_array::types::Int32Type>>()),
        DataType::Struct(columns) => {
            let members = columns.iter().map(|field| {
                let of = values.iter().map(|value| value.as_ref()?.get(field.name())).collect::<Vec<_>>();
                array(field.data_type(), &of)
            });
            Arc::new(StructArray::new(columns.clone(), members.collect(), Some(nulls())))
        }
        DataType::List(item) => {
            let lists = values.iter().map(|value| value.and_then(Value::as_array).map_or(&[][..], Vec::as_slice));
            let offsets = OffsetBuffer::from_lengths(lists.clone().map(<[Value]>::len));
            let items: Vec<Option<&Value>> = lists.flatten().map(Some).collect();
            Arc::new(ListArray::new(Arc::clone(item), offsets, array(item.data_type(), &items), Some(nulls())))
        }
        other => panic!("no column of the kind {other}"),
    }
}

/// The schema, and the rows behind it: each as BigQuery puts it into a message.
pub fn serialized(batch: &RecordBatch, codec: Codec) -> (Vec<u8>, Vec<u8>) {
    let mut writer = writer(batch, codec);
    let schema = writer.get_ref().clone();
    writer.write(batch).expect("memory takes it");
    let rows = writer.get_ref()[schema.len()..].to_vec();
    (schema, rows)
}

/// The same without dictionaries, for a stream that has said them.
pub fn serialized_again(batch: &RecordBatch, codec: Codec) -> (Vec<u8>, Vec<u8>) {
    let mut writer = writer(batch, codec);
    let schema = writer.get_ref().clone();
    writer.write(batch).expect("memory takes it");
    let start = writer.get_ref().len();
    writer.write(batch).expect("memory takes it");
    let rows = writer.get_ref()[start..].to_vec();
    (schema, rows)
}

fn writer(batch: &RecordBatch, codec: Codec) -> StreamWriter<Vec<u8>> {
    let codec = match codec {
        Codec::None => None,
        Codec::Lz4 => Some(CompressionType::LZ4_FRAME),
        Codec::Zstd => Some(CompressionType::ZSTD),
    };
    let options = IpcWriteOptions::default().try_with_compression(codec).expect("a codec");
    StreamWriter::try_new_with_options(Vec::new(), &batch.schema(), options).expect("memory takes it")
}

/// A message with these rows, and with their schema.
pub fn message(batch: &RecordBatch, codec: Codec) -> ReadRowsResponse {
    with(serialized(batch, codec), batch)
}

/// The same without dictionaries.
pub fn message_again(batch: &RecordBatch, codec: Codec) -> ReadRowsResponse {
    with(serialized_again(batch, codec), batch)
}

fn with((schema, rows): (Vec<u8>, Vec<u8>), batch: &RecordBatch) -> ReadRowsResponse {
    let count = i64::try_from(batch.num_rows()).expect("a number of rows");
    raw(Some(schema), Some(rows), count)
}

/// A message with these bytes, whatever they are.
pub fn raw(schema: Option<Vec<u8>>, rows: Option<Vec<u8>>, row_count: i64) -> ReadRowsResponse {
    let rows = rows.map(|bytes| ArrowRecordBatch { serialized_record_batch: bytes, ..ArrowRecordBatch::default() });
    ReadRowsResponse {
        row_count,
        rows: rows.map(Rows::ArrowRecordBatch),
        schema: schema.map(|bytes| RowsSchema::ArrowSchema(ArrowSchema { serialized_schema: bytes })),
        ..ReadRowsResponse::default()
    }
}
