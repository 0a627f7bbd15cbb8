//! Which datasets a project has, for somebody who does not know or misspelt one.

use std::time::Duration;

use serde::Deserialize;
use tokio::time::timeout;

use super::address::Address;
use super::error::Error;
use super::rest::Rest;
use crate::near;

/// Nobody waits longer for a hint.
const PATIENCE: Duration = Duration::from_secs(5);

/// With more of them only the nearest ones are told.
const MOST_LISTED: usize = 12;

/// The names of the first thousand datasets that the user may see.
/// <https://cloud.google.com/bigquery/docs/reference/rest/v2/datasets/list>
pub(super) async fn list(rest: &Rest, project: &str) -> Result<Vec<String>, Error> {
    #[derive(Deserialize)]
    struct List {
        #[serde(default)]
        datasets: Vec<Item>,
    }
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Item {
        dataset_reference: Reference,
    }
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Reference {
        dataset_id: String,
    }
    let body = rest.list_datasets(project).await?;
    let list: List = serde_json::from_slice(&body)
        .map_err(|error| Error::Strange(format!("the answer to datasets.list cannot be understood: {error}")))?;
    let is_id = |id: &String| id.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
    Ok(list.datasets.into_iter().map(|item| item.dataset_reference.dataset_id).filter(is_id).collect())
}

/// Which datasets may have been meant; `None` where the one that was named is there, and where nobody can tell.
pub(super) async fn hint(rest: &Rest, address: &Address) -> Option<String> {
    let known = timeout(PATIENCE, list(rest, &address.project)).await.ok()?.ok()?;
    meant(address, &known)
}

fn meant(Address { project, dataset }: &Address, known: &[String]) -> Option<String> {
    if known.is_empty() || known.contains(dataset) {
        return None;
    }
    let near = near::nearest(dataset, known.iter().map(String::as_str));
    let near: Vec<String> = near.iter().take(near::MOST).map(|name| format!("bq://{project}/{name}")).collect();
    match (near.is_empty(), known.len()) {
        (false, _) => Some(format!("did you mean {}?", near.join(" or "))),
        (true, 1..=MOST_LISTED) => Some(format!("the datasets of {project} that you may see: {}", known.join(", "))),
        (true, _) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_misspelt_dataset_has_its_nearest_ones_or_all_where_they_are_few() {
        let known = |names: &str| names.split_whitespace().map(str::to_owned).collect::<Vec<_>>();
        let many: String = (0..20).map(|number| format!("sales_{number} ")).collect();
        for (dataset, known, said) in [
            ("gkelogs", known("audit gke_logs"), Some("did you mean bq://acme/gke_logs?")),
            ("logs", known("gke_logs k8s_logs sales"), Some("did you mean bq://acme/gke_logs or bq://acme/k8s_logs?")),
            ("xyzzy", known("audit sales"), Some("the datasets of acme that you may see: audit, sales")),
            ("xyzzy", known(&many), None),
            ("sales", known("audit sales"), None),
            ("gke", known(""), None),
        ] {
            let address = Address { project: "acme".to_owned(), dataset: dataset.to_owned() };
            assert_eq!(meant(&address, &known).as_deref(), said, "{dataset}");
        }
    }
}
