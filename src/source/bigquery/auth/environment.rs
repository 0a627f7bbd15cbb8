//! The variables that say who we are.

use std::path::PathBuf;

/// What the environment says. A variable that is empty is none.
#[derive(Clone, Debug)]
pub(crate) struct Environment {
    /// `GOOGLE_APPLICATION_CREDENTIALS`
    pub credentials: Option<PathBuf>,
    /// `CLOUDSDK_CONFIG`, gcloud's folder, else `$HOME/.config/gcloud`.
    pub gcloud: Option<PathBuf>,
    /// `GOOGLE_CLOUD_PROJECT`, else `GCLOUD_PROJECT`.
    pub project: Option<String>,
    /// `GOOGLE_CLOUD_QUOTA_PROJECT`
    pub quota_project: Option<String>,
    /// `GCE_METADATA_HOST`, a host with or without a port.
    pub metadata_host: Option<String>,
    /// `BIGQUERY_EMULATOR_HOST`, a URL.
    pub emulator: Option<String>,
    /// `BIGQUERY_STORAGE_EMULATOR_HOST`, a URL of the Storage Read API. Google's clients have no variable for it.
    pub storage_emulator: Option<String>,
    /// The URL of the metadata server where `GCE_METADATA_HOST` does not name one.
    pub metadata: String,
}

impl Default for Environment {
    /// The environment in which nothing is set.
    fn default() -> Self {
        Environment {
            credentials: None,
            gcloud: None,
            project: None,
            quota_project: None,
            metadata_host: None,
            emulator: None,
            storage_emulator: None,
            // Where the name metadata.google.internal points to; a name takes long where nobody knows it.
            // <https://cloud.google.com/compute/docs/metadata/querying-metadata>
            metadata: "http://169.254.169.254".to_owned(),
        }
    }
}

impl Environment {
    pub(crate) fn of_process() -> Self {
        let path = |name| std::env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
        let text = |name| std::env::var(name).ok().filter(|value| !value.is_empty());
        Environment {
            credentials: path("GOOGLE_APPLICATION_CREDENTIALS"),
            gcloud: path("CLOUDSDK_CONFIG").or_else(|| Some(path("HOME")?.join(".config/gcloud"))),
            project: text("GOOGLE_CLOUD_PROJECT").or_else(|| text("GCLOUD_PROJECT")),
            quota_project: text("GOOGLE_CLOUD_QUOTA_PROJECT"),
            metadata_host: text("GCE_METADATA_HOST"),
            emulator: text("BIGQUERY_EMULATOR_HOST"),
            storage_emulator: text("BIGQUERY_STORAGE_EMULATOR_HOST"),
            ..Environment::default()
        }
    }
}
