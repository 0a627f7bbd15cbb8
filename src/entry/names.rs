//! Names of labels and members, as Cloud Logging and BigQuery change them.

/// The names under which a Pod's label may stand: with Cloud Logging's prefix, without it or with it
/// typed, each also as BigQuery mangles it.
pub(crate) fn label_names(name: &str) -> [String; 4] {
    let prefixed = format!("k8s-pod/{name}");
    [mangle(&prefixed), prefixed, mangle(name), name.to_owned()]
}

/// The name of a Pod's label as people type it, from a key of Cloud Logging or a column of BigQuery;
/// `None` for labels of something else.
pub(crate) fn pod_label(key: &str) -> Option<&str> {
    ["k8s-pod/", "k8s_pod_"].iter().find_map(|prefix| key.strip_prefix(prefix))
}

/// How BigQuery's tables spell a key of Cloud Logging: unsupported characters as `_`, lower case.
/// <https://cloud.google.com/logging/docs/export/bigquery#naming>
pub(crate) fn mangle(name: &str) -> String {
    name.chars().map(|c| if c.is_ascii_alphanumeric() { c.to_ascii_lowercase() } else { '_' }).collect()
}

/// How Log Analytics spells a column of Cloud Logging.
pub(crate) fn snake_case(name: &str) -> String {
    let mut out = String::new();
    for c in name.chars() {
        if c.is_ascii_uppercase() {
            out.push('_');
        }
        out.push(c.to_ascii_lowercase());
    }
    out
}
