//! The list as JSON lines.

use serde::Serialize;

use super::group::{Group, Kind};
use crate::entry::sanitize;

/// Keys are absent where the source has nothing, and where the kind has none.
#[derive(Serialize)]
struct Line<'a> {
    #[serde(skip_serializing_if = "str::is_empty")]
    cluster: &'a str,
    #[serde(skip_serializing_if = "str::is_empty")]
    namespace: &'a str,
    #[serde(skip_serializing_if = "str::is_empty")]
    pod: &'a str,
    #[serde(skip_serializing_if = "str::is_empty")]
    container: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    namespaces: Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pods: Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    containers: Option<Vec<&'a str>>,
    first: String,
    last: String,
    entries: u64,
}

/// Appends a line for each group; harmless for a `terminal` where one gets it.
pub(crate) fn write(kind: Kind, groups: &[Group], terminal: bool, out: &mut Vec<u8>) -> serde_json::Result<()> {
    for group in groups {
        let line = Line {
            cluster: &group.who.cluster,
            namespace: &group.who.namespace,
            pod: &group.who.pod,
            container: &group.who.container,
            namespaces: (kind == Kind::Clusters).then_some(group.namespaces.len()),
            pods: (kind != Kind::Pods).then_some(group.pods.len()),
            containers: (kind != Kind::Containers).then(|| group.containers.iter().copied().collect()),
            first: group.sight.first.to_string(),
            last: group.sight.last.to_string(),
            entries: group.sight.entries,
        };
        if terminal {
            sanitize::push_json(&serde_json::to_string(&line)?, out);
        } else {
            serde_json::to_writer(&mut *out, &line)?;
        }
        out.push(b'\n');
    }
    Ok(())
}
