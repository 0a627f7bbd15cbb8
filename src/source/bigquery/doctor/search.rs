//! Looks for a sink's dataset in a project.

use futures_util::{StreamExt, stream};

use super::super::datasets;
use super::super::tables::{self, Signs};
use super::{Address, Doctor};

/// Datasets that are looked into.
const MOST: usize = 100;

/// Datasets that are looked into at the same time.
const AT_ONCE: usize = 8;

impl Doctor<'_> {
    /// The dataset of the project that looks most like a sink's.
    pub(super) async fn search(&mut self) -> Option<Address> {
        let project = self.office.project.clone();
        let anywhere = Address { project: project.clone(), dataset: "DATASET".to_owned() };
        let names = match datasets::list(&self.office.rest, &project).await {
            Ok(names) => names,
            Err(error) => {
                let (said, mut remedies) = self.explain(&anywhere, error);
                remedies.push("or name the dataset: lq-query --doctor --source bq://PROJECT/DATASET".to_owned());
                self.checkup.fail(format!("datasets of project {project}: {said}"), &remedies);
                return None;
            }
        };
        let rest = &self.office.rest;
        let looked = stream::iter(names.iter().take(MOST)).map(async |dataset| {
            let page = rest.list_tables(&project, dataset, None).await.ok()?;
            Some((tables::signs(&page)?, dataset))
        });
        let mut found: Vec<(Signs, &String)> = looked.buffered(AT_ONCE).filter_map(async |found| found).collect().await;
        // The newest day first; of two alike the one that comes first by its name.
        found.sort_by(|(a, _), (b, _)| b.cmp(a));
        let [(_, best), others @ ..] = &found[..] else {
            let count = crate::size::plural(names.len().min(MOST) as u64, "dataset");
            self.checkup.fail(
                format!("datasets of project {project}: none looks like a log sink's ({count} looked at)"),
                &sink(&project),
            );
            return None;
        };
        let others: Vec<String> = others.iter().map(|(_, name)| format!("bq://{project}/{name}")).collect();
        let others = if others.is_empty() { String::new() } else { format!("; also {}", others.join(", ")) };
        self.checkup
            .ok(format!("datasets of project {project}: bq://{project}/{best} looks like a log sink's{others}"));
        Some(Address { project, dataset: (*best).clone() })
    }
}

/// How to make a sink. <https://cloud.google.com/logging/docs/export/configure_export_v2>
fn sink(project: &str) -> Vec<String> {
    vec![
        "is it in another project? lq-query --doctor --source bq://PROJECT/DATASET; else make a sink:".to_owned(),
        format!("bq --location=LOCATION mk --dataset {project}:k8s_logs"),
        format!(
            "gcloud logging sinks create k8s-logs bigquery.googleapis.com/projects/{project}/datasets/k8s_logs \
             --use-partitioned-tables --log-filter='resource.type=\"k8s_container\"' --project={project}"
        ),
        format!(
            "gcloud projects add-iam-policy-binding {project} --role=roles/bigquery.dataEditor --member=\"$(gcloud \
             logging sinks describe k8s-logs --project={project} --format='value(writerIdentity)')\""
        ),
    ]
}
