//! The one table of paths: which keys of which dialect the scanner notes.
//!
//! A row names the object it stands in, the key, the slot that receives the value's place and, for
//! objects that are entered, the object below. lq-entry(5) prints the same paths.

use super::steps::STEP;

/// An object that the scanner enters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub(crate) enum Node {
    Root,
    Resource,
    ResourceLabels,
    Payload,
}

/// A value that the scanner notes.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Path {
    pub node: Node,
    pub key: &'static str,
    pub slot: Slot,
    pub into: Option<Node>,
}

macro_rules! paths {
    ($($slot:ident = $node:ident $key:literal $(-> $into:ident)?;)*) => {
        /// One for each row of the table, in its order.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        #[repr(u8)]
        pub(crate) enum Slot { $($slot),* }

        pub(crate) const TABLE: &[Path] = &[
            $(Path { node: Node::$node, key: $key, slot: Slot::$slot, into: into!($($into)?) }),*
        ];
    };
}

macro_rules! into {
    () => {
        None
    };
    ($into:ident) => {
        Some(Node::$into)
    };
}

paths! {
    // The entry, and keys that several dialects share.
    Timestamp = Root "timestamp";
    Severity = Root "severity";
    Cluster = Root "cluster";
    Namespace = Root "namespace";
    Pod = Root "pod";
    Container = Root "container";
    Stream = Root "stream";
    Message = Root "message";
    Payload = Root "payload" -> Payload;
    Node = Root "node";
    Labels = Root "labels";
    InsertId = Root "insertId";
    Lq = Root "lq";
    // Cloud Logging's LogEntry and the rows of the sink's tables.
    Resource = Root "resource" -> Resource;
    LogName = Root "logName";
    TextPayload = Root "textPayload";
    JsonPayload = Root "jsonPayload" -> Payload;
    ProtoPayload = Root "protoPayload";
    Split = Root "split";
    // Log Analytics.
    LogNameSnake = Root "log_name";
    TextPayloadSnake = Root "text_payload";
    JsonPayloadSnake = Root "json_payload" -> Payload;
    ProtoPayloadSnake = Root "proto_payload";
    InsertIdSnake = Root "insert_id";
    // stern -o json.
    PodName = Root "podName";
    ContainerName = Root "containerName";
    NodeName = Root "nodeName";
    // Any other object: what structured loggers write.
    Msg = Root "msg";
    Log = Root "log";
    Level = Root "level";
    Time = Root "time";
    // The resource of the Google dialects.
    ResourceType = Resource "type";
    ResourceLabels = Resource "labels" -> ResourceLabels;
    ClusterName = ResourceLabels "cluster_name";
    NamespaceName = ResourceLabels "namespace_name";
    ResourcePod = ResourceLabels "pod_name";
    ResourceContainer = ResourceLabels "container_name";
    // The payload of a structured log.
    PayloadMessage = Payload "message";
    PayloadMsg = Payload "msg";
    PayloadLog = Payload "log";
    PayloadSeverity = Payload "severity";
    PayloadLevel = Payload "level";
    PayloadTimestamp = Payload "timestamp";
}

impl Slot {
    pub(crate) const COUNT: usize = TABLE.len();
}

const BUCKETS: usize = 256;

/// Index + 1 of a table row, by hash of node and key; the next bucket where one is taken.
const INDEX: [u8; BUCKETS] = {
    let mut index = [0; BUCKETS];
    let mut row = 0;
    while row < TABLE.len() {
        let mut bucket = hash(TABLE[row].node, TABLE[row].key.as_bytes());
        while index[bucket] != 0 {
            bucket = (bucket + 1) % BUCKETS;
        }
        index[bucket] = row as u8 + 1;
        row += 1;
    }
    index
};

/// Keys are told apart well by length, first, middle and last byte. Not for empty keys.
const fn hash(node: Node, key: &[u8]) -> usize {
    let (n, first, middle, last) = (key.len(), key[0], key[key.len() / 2], key[key.len() - 1]);
    (n * 7 + first as usize * 3 + middle as usize * 5 + last as usize + node as usize * 67) % BUCKETS
}

/// The row for `key` as it stands between its quotes, in an object `node`.
pub(crate) fn find(node: Node, key: &[u8]) -> Option<&'static Path> {
    if key.is_empty() {
        return None;
    }
    let mut bucket = hash(node, key);
    while INDEX[bucket] != 0 {
        let path = &TABLE[INDEX[bucket] as usize - 1];
        if path.node == node && path.key.as_bytes() == key {
            return Some(path);
        }
        bucket = (bucket + 1) % BUCKETS;
    }
    if memchr::memchr(b'\\', key).is_some() { find_escaped(node, key) } else { None }
}

/// Keys of the table, as [`find_short`] takes them: all are short.
const SHORT: [u128; TABLE.len()] = {
    let mut keys = [0; TABLE.len()];
    let mut row = 0;
    while row < TABLE.len() {
        let key = TABLE[row].key.as_bytes();
        assert!(key.len() < STEP);
        let mut at = key.len();
        while at > 0 {
            at -= 1;
            keys[row] = keys[row] << 8 | key[at] as u128;
        }
        row += 1;
    }
    keys
};

/// The same for the first `length` bytes of `text`, fewer than all of them, among which is no escape.
pub(crate) fn find_short(node: Node, text: [u8; STEP], length: usize) -> Option<&'static Path> {
    let key = text.get(..length).filter(|key| !key.is_empty())?;
    let short = u128::from_le_bytes(text) & ((1 << (8 * length)) - 1);
    let mut bucket = hash(node, key);
    while INDEX[bucket] != 0 {
        let row = INDEX[bucket] as usize - 1;
        if SHORT[row] == short && TABLE[row].node == node {
            return Some(&TABLE[row]);
        }
        bucket = (bucket + 1) % BUCKETS;
    }
    None
}

#[cold]
fn find_escaped(node: Node, key: &[u8]) -> Option<&'static Path> {
    let key = super::text::Text::Json(std::str::from_utf8(key).ok()?).to_cow();
    TABLE.iter().find(|path| path.node == node && path.key == key)
}
