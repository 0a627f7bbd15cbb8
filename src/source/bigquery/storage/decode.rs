//! Bytes -> batches, nothing of them trusted.
//!
//! A message has the schema, or the rows, as Arrow writes them into a stream: each part with its length before
//! it. <https://arrow.apache.org/docs/format/Columnar.html#encapsulated-message-format>

use std::collections::HashMap;
use std::ops::Range;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use arrow_array::{ArrayRef, RecordBatch};
use arrow_buffer::Buffer;
use arrow_ipc::convert::try_schema_from_ipc_buffer;
use arrow_ipc::reader::read_record_batch;
use arrow_ipc::{Message, MessageHeader, MetadataVersion, root_as_message};
use arrow_schema::{ArrowError, DataType, Field, Fields, Schema, SchemaRef};
use flatbuffers::InvalidFlatbuffer;

use super::super::error::Error;
use super::unpack::{ALIGNMENT, unpacked};

/// What stands before the length of each part, but in old versions of the format.
const CONTINUATION: [u8; 4] = [0xFF; 4];

/// Knows the columns and the dictionaries of a stream. Arrow's own decoder of streams would do as well, but brings
/// the kernels that join arrays of any type, a twentieth of the tool, for dictionaries that come in pieces: BigQuery
/// sends none of those.
pub(super) struct Decoder {
    /// The schema as it came.
    serialized: Vec<u8>,
    schema: Option<SchemaRef>,
    /// By their number in the schema.
    dictionaries: HashMap<i64, ArrayRef>,
    /// How many bytes a batch may take.
    largest: usize,
}

/// A part of a message.
struct Part<'a> {
    /// What it is.
    message: Message<'a>,
    /// From its length to its end.
    whole: Range<usize>,
    body: Range<usize>,
    /// How many bytes it takes in memory.
    size: usize,
}

impl Decoder {
    pub(super) fn new(largest: usize) -> Self {
        Decoder { serialized: Vec::new(), schema: None, dictionaries: HashMap::new(), largest }
    }

    /// The schema of what follows. A stream that is resumed may say it again, but no other one.
    pub(super) fn learn(&mut self, serialized: &[u8]) -> Result<(), Error> {
        if serialized.is_empty() || serialized == self.serialized {
            return Ok(());
        }
        // Some servers write a whole stream without rows: its end must not come before them.
        let parts = parts(serialized)?;
        let is_schema = |part: &&Part| part.message.header_type() == MessageHeader::Schema;
        let first = parts.first().filter(is_schema).ok_or_else(|| strange("a schema that is none"))?;
        let first = &serialized[first.whole.clone()];
        let schema = catch_unwind(|| try_schema_from_ipc_buffer(first)).ok().and_then(Result::ok).map(Arc::new);
        let schema = schema.ok_or_else(|| strange("a schema that is none"))?;
        match &self.schema {
            Some(known) if !are_alike(known.fields(), schema.fields()) => {
                return Err(strange("other columns than before"));
            }
            Some(_) => {}
            None => self.schema = Some(schema),
        }
        self.serialized = serialized.to_vec();
        Ok(())
    }

    /// How many bytes the rows take, as they say. An error where they are too many, or the parts do not fit.
    pub(super) fn size(&self, serialized: &[u8]) -> Result<usize, Error> {
        let size = parts(serialized)?.iter().fold(0, |sum: usize, part| sum.saturating_add(part.size));
        if size > self.largest {
            return Err(strange(&format!("rows of {size} bytes")));
        }
        Ok(size)
    }

    /// The rows. Their [`size`](Decoder::size) must be known to be good.
    pub(super) fn decode(&mut self, serialized: Vec<u8>) -> Result<Vec<RecordBatch>, Error> {
        let bytes = Buffer::from_vec(serialized);
        let mut batches = Vec::new();
        for part in parts(&bytes)? {
            // Should what its lengths and offsets promise still make Arrow's code panic, it is an error like others.
            let rows = catch_unwind(AssertUnwindSafe(|| {
                self.rows(&part, bytes.slice_with_length(part.body.start, part.body.len()))
            }));
            let rows = match rows {
                Ok(Ok(rows)) => rows,
                Ok(Err(error)) => return Err(strange(&format!("rows that cannot be read: {error}"))),
                Err(_) => return Err(strange("rows that cannot be read")),
            };
            // A row has a bit, at least. Columns without any could be as long as they like.
            if rows.as_ref().is_some_and(|rows| rows.num_rows() / 8 > part.size) {
                return Err(strange("more rows than bits"));
            }
            batches.extend(rows);
        }
        Ok(batches)
    }

    fn batch(
        &self,
        batch: arrow_ipc::RecordBatch<'_>,
        body: &Buffer,
        schema: &SchemaRef,
        version: MetadataVersion,
    ) -> Result<RecordBatch, ArrowError> {
        let unpacked = unpacked(&batch, body);
        let (batch, body) = match &unpacked {
            Some((description, body)) => {
                let odd = |error: InvalidFlatbuffer| ArrowError::IpcError(error.to_string());
                (flatbuffers::root::<arrow_ipc::RecordBatch>(description).map_err(odd)?, body)
            }
            None => (batch, body),
        };
        read_record_batch(body, batch, Arc::clone(schema), &self.dictionaries, None, &version)
    }

    /// What a part has of rows. A dictionary is kept for those that follow.
    fn rows(&mut self, part: &Part, body: Buffer) -> Result<Option<RecordBatch>, ArrowError> {
        let none = |what: &str| ArrowError::IpcError(format!("no {what}"));
        let schema = self.schema.as_ref().ok_or_else(|| none("schema"))?;
        match part.message.header_type() {
            MessageHeader::RecordBatch => {
                let rows = part.message.header_as_record_batch().ok_or_else(|| none("rows"))?;
                self.batch(rows, &body, schema, part.message.version()).map(Some)
            }
            MessageHeader::DictionaryBatch => {
                let dictionary = part.message.header_as_dictionary_batch().ok_or_else(|| none("dictionary"))?;
                let (id, values) = (dictionary.id(), dictionary.data().ok_or_else(|| none("dictionary"))?);
                // Arrow calls it deprecated in order to keep the number out of its own schemas, but has no other way.
                #[expect(deprecated)]
                let columns = schema.fields_with_dict_id(id);
                let Some(DataType::Dictionary(_, of)) = columns.first().map(|column| column.data_type()) else {
                    return Err(none("column for a dictionary"));
                };
                if dictionary.isDelta() {
                    return Err(ArrowError::IpcError("a dictionary in pieces".to_owned()));
                }
                let column = Arc::new(Schema::new(vec![Field::new("", (**of).clone(), true)]));
                let values = self.batch(values, &body, &column, part.message.version())?;
                self.dictionaries.insert(id, Arc::clone(values.column(0)));
                Ok(None)
            }
            MessageHeader::NONE => Ok(None),
            other => Err(ArrowError::IpcError(format!("{other:?} among the rows"))),
        }
    }
}

/// True where columns have the same names and types, whatever else is told of them.
fn are_alike(these: &Fields, others: &Fields) -> bool {
    let is_alike = |(this, other): (&Arc<Field>, &Arc<Field>)| {
        this.name() == other.name()
            && this.is_nullable() == other.is_nullable()
            && match (this.data_type(), other.data_type()) {
                (DataType::Struct(these), DataType::Struct(others)) => are_alike(these, others),
                (DataType::List(this), DataType::List(other)) => {
                    are_alike(&[Arc::clone(this)].into(), &[Arc::clone(other)].into())
                }
                (this, other) => this == other,
            }
    };
    these.len() == others.len() && these.iter().zip(others).all(is_alike)
}

/// The parts of a message up to its end, or the mark for it.
fn parts(serialized: &[u8]) -> Result<Vec<Part<'_>>, Error> {
    let torn = || strange("rows that are torn");
    let mut parts = Vec::new();
    let mut start = 0;
    while start < serialized.len() {
        let mut at = start;
        let mut four = || {
            let bytes: [u8; 4] = serialized.get(at..at + 4)?.try_into().ok()?;
            at += 4;
            Some(bytes)
        };
        let mut length = four().ok_or_else(torn)?;
        if length == CONTINUATION {
            length = four().ok_or_else(torn)?;
        }
        let length = u32::from_le_bytes(length) as usize;
        if length == 0 {
            break;
        }
        let head = serialized.get(at..at.saturating_add(length)).ok_or_else(torn)?;
        let message = root_as_message(head).map_err(|error| strange(&format!("rows that cannot be read: {error}")))?;
        let body = at + length;
        let length = usize::try_from(message.bodyLength()).map_err(|_| torn())?;
        let end = body.saturating_add(length);
        let bytes = serialized.get(body..end).ok_or_else(torn)?;
        let size = size(&message, bytes).ok_or_else(torn)?;
        parts.push(Part { message, whole: start..end, body: body..end, size });
        start = end;
    }
    Ok(parts)
}

/// How many bytes a part takes in memory: what its buffers say of themselves where they are compressed, though they
/// may all lie in one place. `None` where they do not lie in it.
fn size(message: &Message<'_>, body: &[u8]) -> Option<usize> {
    let batch = match message.header_type() {
        MessageHeader::RecordBatch => message.header_as_record_batch(),
        MessageHeader::DictionaryBatch => message.header_as_dictionary_batch()?.data(),
        _ => return Some(body.len()),
    }?;
    let mut sum = body.len();
    for buffer in batch.buffers()? {
        let start = usize::try_from(buffer.offset()).ok()?;
        let end = start.checked_add(usize::try_from(buffer.length()).ok()?)?;
        let bytes = body.get(start..end)?;
        if batch.compression().is_some() && !bytes.is_empty() {
            let told = i64::from_le_bytes(bytes.get(..8)?.try_into().ok()?);
            // -1 is for what was not worth it.
            let size = if told == -1 { bytes.len() - 8 } else { usize::try_from(told).ok()? };
            sum = sum.checked_add(size.checked_next_multiple_of(ALIGNMENT)?)?;
        }
    }
    Some(sum)
}

fn strange(what: &str) -> Error {
    Error::Strange(format!("BigQuery sent {what}"))
}
