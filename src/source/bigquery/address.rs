//! Where a dataset is: `bq://PROJECT/DATASET`.

use std::fmt;

use anyhow::{Result, bail};

/// A dataset's address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Address {
    pub project: String,
    pub dataset: String,
}

impl Address {
    /// Reads `bq://PROJECT/DATASET`; a project may have a domain in front: `example.com:acme`.
    /// An error begins with the text.
    /// <https://cloud.google.com/bigquery/docs/datasets#dataset-naming>
    pub(crate) fn parse(text: &str) -> Result<Self> {
        let rest = text.strip_prefix("bq://").unwrap_or(text);
        let is_project = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '.' | ':' | '_');
        let example = "write bq://PROJECT/DATASET, as in bq://acme-logs/gke";
        let Some((project, dataset)) = rest.trim_end_matches('/').split_once('/') else {
            let project = rest.trim_end_matches('/');
            let search = match !project.is_empty() && project.chars().all(is_project) {
                true => format!("; to look for one: GOOGLE_CLOUD_PROJECT={project} lq-query --doctor"),
                false => String::new(),
            };
            bail!("{text}: a dataset is missing; {example}{search}");
        };
        if project.is_empty() || !project.chars().all(is_project) {
            bail!("{text}: `{project}` is no project's id; {example}");
        }
        if dataset.is_empty() || !dataset.chars().all(|c| c.is_ascii_alphanumeric() || c == '_') {
            bail!("{text}: `{dataset}` is no dataset's id; {example}");
        }
        Ok(Address { project: project.to_owned(), dataset: dataset.to_owned() })
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        write!(f, "bq://{}/{}", self.project, self.dataset)
    }
}
