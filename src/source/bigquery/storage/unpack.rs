//! The buffers of a batch, packed by LZ4 each for itself, laid out unpacked in one piece.
//!
//! Arrow would do as well, but takes and clears up to 12 MiB for each buffer, and copies what it has unpacked. What
//! is unusual (another codec, checksums, frames that make no sense) is left to Arrow. Frames:
//! <https://github.com/lz4/lz4/blob/dev/doc/lz4_Frame_format.md>, buffers:
//! <https://arrow.apache.org/docs/format/Columnar.html#recordbatch-message>.

use arrow_buffer::Buffer;
use arrow_ipc::{Buffer as Place, CompressionType, RecordBatch, RecordBatchArgs};
use flatbuffers::FlatBufferBuilder;
use lz4_flex::block::{decompress_into, decompress_into_with_dict};

const MAGIC: [u8; 4] = 0x184D_2204_u32.to_le_bytes();

/// Bits of a frame's first flags.
const VERSION: u8 = 0b1100_0000;
const VERSION_1: u8 = 0b0100_0000;
const HAS_SIZE: u8 = 0b0000_1000;
/// Checksums of blocks and of the content, a bit without meaning, a dictionary.
const UNUSUAL: u8 = 0b0001_0111;

/// Of a block's length: it is not packed.
const AS_IT_IS: u32 = 1 << 31;

/// A block may refer to so many bytes before it.
const WINDOW: usize = 64 << 10;

/// Buffers begin at multiples of this many bytes, as Arrow recommends.
pub(super) const ALIGNMENT: usize = 64;

/// What describes the batch when its buffers are unpacked, to be read as a `RecordBatch`; and the buffers. What they
/// take must be known to be little. `None` where Arrow is to do it.
pub(super) fn unpacked(batch: &RecordBatch<'_>, body: &[u8]) -> Option<(Vec<u8>, Buffer)> {
    if batch.compression()?.codec() != CompressionType::LZ4_FRAME {
        return None;
    }
    let mut packed = Vec::new();
    let mut places = Vec::new();
    let mut end: usize = 0;
    for place in batch.buffers()? {
        let start = usize::try_from(place.offset()).ok()?;
        let bytes = body.get(start..start.checked_add(usize::try_from(place.length()).ok()?)?)?;
        let (told, bytes) = if bytes.is_empty() { (&[0; 8], bytes) } else { bytes.split_first_chunk()? };
        let told = i64::from_le_bytes(*told);
        // -1 is for what was not worth it.
        let size = if told == -1 { bytes.len() } else { usize::try_from(told).ok()? };
        packed.push((told, bytes));
        places.push(Place::new(end as i64, size as i64));
        end = end.checked_add(size)?.checked_next_multiple_of(ALIGNMENT)?;
    }
    let mut whole = vec![0; end];
    for ((told, bytes), place) in packed.into_iter().zip(&places) {
        let into = &mut whole[place.offset() as usize..][..place.length() as usize];
        match told {
            0 => {}
            -1 => into.copy_from_slice(bytes),
            _ => unframe(bytes, into)?,
        }
    }
    let mut writer = FlatBufferBuilder::new();
    let nodes: Vec<_> = batch.nodes()?.iter().copied().collect();
    let args = RecordBatchArgs {
        length: batch.length(),
        nodes: Some(writer.create_vector(&nodes)),
        buffers: Some(writer.create_vector(&places)),
        compression: None,
        variadicBufferCounts: batch.variadicBufferCounts().map(|counts| {
            let counts: Vec<_> = counts.iter().collect();
            writer.create_vector(&counts)
        }),
    };
    let description = RecordBatch::create(&mut writer, &args);
    writer.finish(description, None);
    Some((writer.finished_data().to_vec(), Buffer::from_vec(whole)))
}

/// Unpacks a frame into what it must fill.
fn unframe(frame: &[u8], into: &mut [u8]) -> Option<()> {
    let rest = frame.strip_prefix(&MAGIC)?;
    let flags = *rest.first()?;
    if flags & VERSION != VERSION_1 || flags & UNUSUAL != 0 {
        return None;
    }
    // Flags, the largest block, the size, a checksum of these.
    let mut rest = rest.get(if flags & HAS_SIZE == 0 { 3 } else { 11 }..)?;
    let mut at = 0;
    loop {
        let (length, after) = rest.split_first_chunk::<4>()?;
        let length = u32::from_le_bytes(*length);
        if length == 0 {
            return (after.is_empty() && at == into.len()).then_some(());
        }
        let (block, after) = after.split_at_checked((length & !AS_IT_IS) as usize)?;
        let (before, free) = into.split_at_mut(at);
        at += if length & AS_IT_IS != 0 {
            free.get_mut(..block.len())?.copy_from_slice(block);
            block.len()
        } else if before.is_empty() {
            decompress_into(block, free).ok()?
        } else {
            decompress_into_with_dict(block, free, &before[before.len().saturating_sub(WINDOW)..]).ok()?
        };
        rest = after;
    }
}

#[cfg(test)]
mod tests;
