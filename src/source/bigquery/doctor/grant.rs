//! Which command grants a role. It is for somebody who may: an owner of the project or of the dataset.

use super::super::address::Address;

/// Stands for whoever the credentials do not name.
const SOMEBODY: &str = "user:YOU@EXAMPLE.COM";

/// On a project. <https://cloud.google.com/iam/docs/granting-changing-revoking-access>
pub(super) fn on_project(role: &str, project: &str, member: Option<&str>) -> Vec<String> {
    let member = quoted(member.unwrap_or(SOMEBODY));
    vec![
        format!("{role} on project {project} grants it:"),
        format!("gcloud projects add-iam-policy-binding {} --member={member} --role={role}", quoted(project)),
    ]
}

/// On a dataset, for which gcloud has no command but bq, which comes with it.
/// <https://cloud.google.com/bigquery/docs/reference/standard-sql/data-control-language>
pub(super) fn on_dataset(role: &str, Address { project, dataset }: &Address, member: Option<&str>) -> Vec<String> {
    let member = member.unwrap_or(SOMEBODY).replace(['"', '\\'], "");
    let sql = format!("GRANT `{role}` ON SCHEMA `{project}`.`{dataset}` TO \"{member}\"");
    vec![
        format!("{role} on the dataset {project}:{dataset} grants it:"),
        format!("bq query --project_id={} --use_legacy_sql=false {}", quoted(project), quoted(&sql)),
    ]
}

/// A word for a shell.
fn quoted(word: &str) -> String {
    shlex::try_quote(word).map_or_else(|_| "?".to_owned(), |quoted| quoted.into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_commands_can_be_pasted() {
        let address = Address { project: "acme".to_owned(), dataset: "gke".to_owned() };
        let said = on_project("roles/bigquery.jobUser", "acme", Some("serviceAccount:lq@acme.iam.gserviceaccount.com"));
        assert_eq!(
            said[1],
            "gcloud projects add-iam-policy-binding acme --member=serviceAccount:lq@acme.iam.gserviceaccount.com \
             --role=roles/bigquery.jobUser"
        );
        let said = on_dataset("roles/bigquery.dataViewer", &address, None);
        assert_eq!(
            said[1],
            "bq query --project_id=acme --use_legacy_sql=false \
             'GRANT `roles/bigquery.dataViewer` ON SCHEMA `acme`.`gke` TO \"user:YOU@EXAMPLE.COM\"'"
        );
        let hostile = on_dataset("roles/x", &address, Some("user:a'; rm -rf /\"\\"));
        assert_eq!(shlex::split(&hostile[1]).unwrap().last().unwrap().matches('"').count(), 2);
    }
}
