//! Whether tables may be read without a query, which costs less. A run does without, where it must.

use std::time::Duration;

use tokio::time::timeout;

use super::super::auth::{Auth, Environment};
use super::super::error::Error;
use super::super::storage::{Scan, Storage};
use super::super::tables::Layout;
use super::dataset::Contents;
use super::{Address, Checkup, Doctor, grant};

/// How long a session may take to begin.
const PATIENCE: Duration = Duration::from_secs(10);

const WITHOUT: &str = "without it every row comes by query, and page by page: slower, and dearer";

/// The Storage Read API, as far as there is one.
pub(super) fn door(environment: &Environment, auth: Auth, project: &str, checkup: &mut Checkup) -> Option<Storage> {
    match Storage::new(environment, auth, project, 0) {
        Ok(storage) => storage,
        Err(error) => {
            checkup.warn(format!("gRPC: {error}"), &[WITHOUT.to_owned()]);
            None
        }
    }
}

impl Doctor<'_> {
    /// Begins a session on the newest table, which bills nothing.
    pub(super) async fn may_read_straight(&mut self, address: &Address, contents: &Contents) {
        let newest = contents.newest().filter(|table| table.layout != Layout::Analytics);
        let (Some(storage), Some(newest)) = (self.storage.clone(), newest) else { return };
        let project = self.office.project.clone();
        let permission = format!("permission bigquery.readsessions.create in project {project}");
        let scan = Scan {
            table: format!("projects/{}/datasets/{}/tables/{}", address.project, address.dataset, newest.id),
            fields: vec!["timestamp".to_owned()],
            restriction: String::new(),
            snapshot: None,
        };
        let host = storage.host().to_owned();
        let begun = match timeout(PATIENCE, storage.session(&scan)).await {
            Ok(begun) => begun,
            Err(_) => Err(Error::Unreachable(format!("{host} does not answer within {} s", PATIENCE.as_secs()))),
        };
        match begun {
            Ok(_) => self.checkup.ok(permission),
            Err(error) if self.about(address).is_denied(&error) => {
                let mut remedies =
                    grant::on_project("roles/bigquery.readSessionUser", &project, self.member.as_deref());
                remedies.push(WITHOUT.to_owned());
                self.checkup.warn(format!("{permission}: missing ({error})"), &remedies);
            }
            Err(error) => {
                let (said, mut remedies) = self.explain(address, error);
                remedies.push(WITHOUT.to_owned());
                self.checkup.warn(format!("gRPC to {host}: {said}"), &remedies);
            }
        }
    }
}
