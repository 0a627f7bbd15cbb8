//! Frames of every kind, against what was packed; and batches, against Arrow.

use std::io::Write;
use std::sync::Arc;

use arrow_array::{ArrayRef, Int64Array, StringArray};
use arrow_ipc::reader::StreamReader;
use arrow_ipc::writer::{IpcWriteOptions, StreamWriter};
use lz4_flex::frame::{BlockMode, BlockSize, FrameEncoder, FrameInfo};
use proptest::prelude::*;

use super::super::decode::Decoder;
use super::*;

fn framed(content: &[u8], info: FrameInfo) -> Vec<u8> {
    let mut encoder = FrameEncoder::with_frame_info(info, Vec::new());
    // By pieces: so blocks are shorter than they may be, too.
    content.chunks(50_000).for_each(|piece| encoder.write_all(piece).unwrap());
    encoder.finish().unwrap()
}

/// Words that come again and again, so that blocks refer to what is before them, and some that do not.
fn content() -> impl Strategy<Value = Vec<u8>> {
    let words = proptest::collection::vec("[a-z]{1,40}", 1..50);
    let noise = proptest::collection::vec(any::<u8>(), 0..300);
    let order = proptest::collection::vec(any::<proptest::sample::Index>(), 0..20_000);
    (words, noise, order).prop_map(|(words, noise, order)| {
        let words = order.iter().map(|index| index.get(&words).as_bytes());
        words.chain([noise.as_slice()]).flatten().copied().collect()
    })
}

fn usual(size: BlockSize, mode: BlockMode, says_size: Option<u64>) -> FrameInfo {
    FrameInfo::new().block_size(size).block_mode(mode).content_size(says_size)
}

fn any_usual() -> impl Strategy<Value = (BlockSize, BlockMode, bool)> {
    let size = prop_oneof![Just(BlockSize::Max64KB), Just(BlockSize::Max256KB), Just(BlockSize::Max4MB)];
    (size, prop_oneof![Just(BlockMode::Linked), Just(BlockMode::Independent)], any::<bool>())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]

    #[test]
    fn a_frame_gives_what_was_packed((size, mode, says_size) in any_usual(), content in content()) {
        let frame = framed(&content, usual(size, mode, says_size.then_some(content.len() as u64)));
        let mut into = vec![0; content.len()];
        prop_assert_eq!(unframe(&frame, &mut into), Some(()));
        prop_assert!(into == content);
    }

    #[test]
    fn what_does_not_fit_or_is_torn_is_left_to_arrow(
        (size, mode, _) in any_usual(), content in content(), cut in any::<proptest::sample::Index>(),
    ) {
        let mut frame = framed(&content, usual(size, mode, None));
        prop_assert_eq!(unframe(&frame, &mut vec![0; content.len() + 1]), None);
        if let Some(less) = content.len().checked_sub(1) {
            prop_assert_eq!(unframe(&frame, &mut vec![0; less]), None);
        }
        frame.truncate(cut.index(frame.len()));
        prop_assert_eq!(unframe(&frame, &mut vec![0; content.len()]), None);
    }

    #[test]
    fn no_bytes_do_harm(
        content in content(), at in any::<proptest::sample::Index>(), byte in any::<u8>(), length in 0usize..300_000,
    ) {
        let mut frame = framed(&content, usual(BlockSize::Max64KB, BlockMode::Linked, None));
        let at = at.index(frame.len());
        frame[at] = byte;
        let _ = unframe(&frame, &mut vec![0; length]);
        let _ = unframe(&frame, &mut vec![0; content.len()]);
    }
}

#[test]
fn what_is_unusual_is_left_to_arrow() {
    let usual = || FrameInfo::new().block_size(BlockSize::Max64KB);
    let mut into = *b"..........";
    assert_eq!(unframe(&framed(b"0123456789", usual()), &mut into), Some(()));
    assert_eq!(&into, b"0123456789");
    for info in [usual().content_checksum(true), usual().block_checksums(true)] {
        assert_eq!(unframe(&framed(b"0123456789", info.clone()), &mut into), None, "{info:?}");
    }
}

#[test]
fn a_batch_is_what_arrow_reads() {
    let texts: Vec<Option<String>> =
        (0..9_000).map(|n| (n % 7 > 0).then(|| format!("order {n}").repeat(n % 40))).collect();
    let noise: Vec<Option<i64>> =
        (0..9_000_i64).map(|n| (n % 5 > 0).then(|| n.wrapping_mul(0x1E37_79B9_7F4A_7C15))).collect();
    let columns: [(&str, ArrayRef, bool); 4] = [
        ("text", Arc::new(StringArray::from(texts)), true),
        ("noise", Arc::new(Int64Array::from(noise)), true),
        ("same", Arc::new(Int64Array::from(vec![7; 9_000])), false),
        ("none", Arc::new(StringArray::new_null(9_000)), true),
    ];
    let batch = arrow_array::RecordBatch::try_from_iter_with_nullable(columns).unwrap();
    let options = IpcWriteOptions::default().try_with_compression(Some(CompressionType::LZ4_FRAME)).unwrap();
    let mut writer = StreamWriter::try_new_with_options(Vec::new(), &batch.schema(), options).unwrap();
    let schema = writer.get_ref().clone();
    writer.write(&batch).unwrap();
    let stream = writer.into_inner().unwrap();
    let mut decoder = Decoder::new(usize::MAX);
    decoder.learn(&schema).unwrap();
    let ours = decoder.decode(stream[schema.len()..].to_vec()).unwrap();
    let arrows: Vec<_> = StreamReader::try_new(stream.as_slice(), None).unwrap().map(Result::unwrap).collect();
    assert_eq!((&ours, ours.as_slice()), (&arrows, [batch].as_slice()));
}

#[test]
fn buffers_that_lie_in_one_place_are_counted_each() {
    use arrow_ipc::{BodyCompression, BodyCompressionArgs, Message, MessageArgs, MessageHeader, MetadataVersion};
    let body = [&(-1_i64).to_le_bytes(), [b'x'; 1 << 20].as_slice()].concat();
    let message = |buffers: usize| {
        let mut writer = FlatBufferBuilder::new();
        let places = vec![Place::new(0, body.len() as i64); buffers];
        let args = RecordBatchArgs {
            length: 1,
            nodes: Some(writer.create_vector::<arrow_ipc::FieldNode>(&[])),
            buffers: Some(writer.create_vector(&places)),
            compression: Some(BodyCompression::create(&mut writer, &BodyCompressionArgs::default())),
            variadicBufferCounts: None,
        };
        let batch = RecordBatch::create(&mut writer, &args);
        let args = MessageArgs {
            version: MetadataVersion::V5,
            header_type: MessageHeader::RecordBatch,
            header: Some(batch.as_union_value()),
            bodyLength: body.len() as i64,
            custom_metadata: None,
        };
        let message = Message::create(&mut writer, &args);
        writer.finish(message, None);
        let head = writer.finished_data();
        [&[0xFF; 4], (head.len() as u32).to_le_bytes().as_slice(), head, &body].concat()
    };
    let decoder = Decoder::new(100 << 20);
    assert!(decoder.size(&message(90)).unwrap() > 90 << 20);
    assert!(decoder.size(&message(110)).is_err());
}
