//! What answers mean, and what people are told.

use super::{About, Error};
use crate::source::bigquery::address::Address;
use crate::tool::{Failure, Status};

fn say(error: Error) -> Failure {
    let address = Address { project: "acme".into(), dataset: "gke".into() };
    error.say(About { address: &address, billing: "acme-ops", location: Some("US") })
}

fn told(status: u16, body: &str) -> (Option<String>, String) {
    match Error::from_answer(status, None, body.as_bytes()) {
        Error::Api { reason, message, .. } => (reason, message),
        other => panic!("{other:?}"),
    }
}

#[test]
fn bodies_are_read_whatever_they_lack() {
    let cases = [
        (
            "BigQuery's own",
            r#"{"error":{"code":403,"message":"Access Denied","errors":[{"reason":"accessDenied"}],"status":"PERMISSION_DENIED"}}"#,
            Some("accessDenied"),
            "Access Denied",
        ),
        (
            "without errors[]",
            r#"{"error":{"code":403,"message":"denied","status":"PERMISSION_DENIED"}}"#,
            Some("PERMISSION_DENIED"),
            "denied",
        ),
        (
            "with details",
            r#"{"error":{"message":"off","status":"PERMISSION_DENIED","details":[{"@type":"a"},{"reason":"SERVICE_DISABLED"}]}}"#,
            Some("SERVICE_DISABLED"),
            "off",
        ),
        ("in a list", r#"[{"error":{"message":"denied"}}]"#, None, "denied"),
        ("errors of another type", r#"{"error":{"message":"denied","errors":"x","status":7}}"#, None, "denied"),
        ("error is a word", r#"{"error":"denied"}"#, None, r#"BigQuery answered 403 Forbidden: {"error":"denied"}"#),
        (
            "HTML",
            "<html><body><h1>Bad\n Gateway</h1>sorry</body>",
            None,
            "BigQuery answered 403 Forbidden: Bad Gateway sorry",
        ),
        ("nothing", "", None, "BigQuery answered 403 Forbidden"),
        (
            "an empty message",
            r#"{"error":{"message":" "}}"#,
            None,
            r#"BigQuery answered 403 Forbidden: {"error":{"message":" "}}"#,
        ),
    ];
    for (name, body, reason, message) in cases {
        assert_eq!(told(403, body), (reason.map(str::to_owned), message.to_owned()), "{name}");
    }
}

#[test]
fn a_long_page_is_cut_short() {
    let (_, message) = told(502, &"word ".repeat(1000));
    assert!(message.ends_with(" ...") && message.len() < 300, "{message}");
}

/// Messages as BigQuery words them, each with a place where somebody got it, and the words that the
/// remedy must have.
#[test]
fn the_remedy_names_what_is_missing_and_where() {
    let cases = [
        (
            // <https://github.com/igrigorik/gharchive.org/issues/237>
            (
                403,
                "accessDenied",
                "Access Denied: Project acme: User does not have bigquery.jobs.create permission in project acme.",
            ),
            &["roles/bigquery.jobUser", "acme-ops", "--billing-project"][..],
        ),
        (
            // <https://github.com/hashicorp/terraform-provider-google/issues/9577>
            (
                403,
                "accessDenied",
                "Access Denied: Dataset acme:gke: Permission bigquery.tables.list denied on dataset acme:gke (or it may not exist).",
            ),
            &["roles/bigquery.dataViewer", "acme:gke"],
        ),
        (
            (
                403,
                "accessDenied",
                "Access Denied: Table acme:gke.stdout: User does not have permission to query table acme:gke.stdout, or perhaps it does not exist.",
            ),
            &["roles/bigquery.dataViewer", "acme:gke"],
        ),
        ((403, "", "Access Denied: BigQuery BigQuery: Permission denied"), &["roles/bigquery.dataViewer"]),
        ((404, "notFound", "Not found: Dataset acme:gke"), &["bq://acme/gke", "bq ls acme:"]),
        (
            // <https://github.com/googleapis/google-cloud-python/issues/15691>
            (404, "notFound", "Not found: Dataset acme:gke was not found in location US"),
            &["--location", "looked for in US", "bq show acme:gke"],
        ),
        (
            // <https://github.com/treasure-data/digdag/issues/1088>
            (404, "notFound", "Not found: Job acme:job_1"),
            &["--location"],
        ),
        ((404, "notFound", "Not found: Project acme"), &["project's id"]),
        ((404, "notFound", "Not found: Table acme:gke.stdout_20261121"), &["--refresh"]),
        (
            // <https://github.com/googleapis/google-cloud-python/issues/4140>
            (
                403,
                "accessNotConfigured",
                "Access Not Configured. BigQuery API has not been used in project 1 before or it is disabled.",
            ),
            &["gcloud services enable bigquery.googleapis.com --project acme-ops"],
        ),
        (
            (
                403,
                "SERVICE_DISABLED",
                "BigQuery Storage API has not been used in project 1 before or it is disabled. Enable it by visiting \
                 https://console.developers.google.com/apis/api/bigquerystorage.googleapis.com/overview?project=1",
            ),
            &["gcloud services enable bigquerystorage.googleapis.com --project acme-ops"],
        ),
        (
            // <https://github.com/forseti-security/forseti-security/issues/737>
            (400, "invalid", "The project acme has not enabled BigQuery."),
            &["gcloud services enable bigquery.googleapis.com"],
        ),
        (
            // <https://github.com/HTTPArchive/har.fyi/issues/10>
            (
                403,
                "quotaExceeded",
                "Custom quota exceeded: Your usage exceeded the custom quota for QueryUsagePerDay, which is set by your administrator.",
            ),
            &["quota of project acme-ops", "--billing-project"],
        ),
        (
            (403, "rateLimitExceeded", "Exceeded rate limits: too many concurrent queries for this project_and_region"),
            &["too many requests", "try again"],
        ),
        (
            (
                400,
                "resourcesExceeded",
                "Resources exceeded during query execution: The query could not be executed in the allotted memory.",
            ),
            &["narrower window", "-n NAMESPACE", "--limit", "--tail"],
        ),
        (
            (
                403,
                "responseTooLarge",
                "Response too large to return. Consider specifying a destination table in your job configuration.",
            ),
            &["narrower window"],
        ),
        (
            // <https://github.com/mozilla/bigquery-etl/issues/2673>
            (
                400,
                "invalidQuery",
                "Cannot query over table 'acme.gke.stdout' without a filter over column(s) 'timestamp' that can be used for partition elimination",
            ),
            &["partition column", "--print-sql"],
        ),
        ((400, "invalidQuery", "Syntax error: Unexpected keyword FROM at [3:1]"), &["--where", "--print-sql"]),
        (
            // <https://github.com/drt-hub/drt/pull/736>
            (403, "billingNotEnabled", "Billing has not been enabled for this project."),
            &["acme-ops", "billing account", "--billing-project"],
        ),
        (
            (401, "authError", "Request had invalid authentication credentials."),
            &["gcloud auth application-default login", "GOOGLE_APPLICATION_CREDENTIALS"],
        ),
        (
            // <https://github.com/tylertreat/BigQuery-Python/issues/151>
            (403, "forbidden", "Request had insufficient authentication scopes."),
            &["scope cloud-platform"],
        ),
        (
            // <https://github.com/hafenkran/duckdb-bigquery/issues/203>
            (
                403,
                "policyViolation",
                "VPC Service Controls: Request is prohibited by organization's policy. vpcServiceControlsUniqueIdentifier: X",
            ),
            &["perimeter", "--billing-project"],
        ),
        (
            // <https://github.com/google-github-actions/auth/issues/250>
            (
                403,
                "forbidden",
                "Caller does not have required permission to use project acme. Grant the caller the roles/serviceusage.serviceUsageConsumer role, or a custom role with the serviceusage.services.use permission",
            ),
            &["GOOGLE_CLOUD_QUOTA_PROJECT"],
        ),
        ((302, "", "BigQuery answered 302 Found"), &["login page"]),
        ((403, "", "BigQuery answered 403 Forbidden: Blocked by the proxy of ACME"), &["login page"]),
        ((407, "", "BigQuery answered 407"), &["HTTPS_PROXY"]),
    ];
    for ((status, reason, message), words) in cases {
        let reason = Some(reason).filter(|reason| !reason.is_empty()).map(str::to_owned);
        let failure = say(Error::Api { status, reason, message: message.into(), retry_after: None });
        assert_eq!(failure.error.to_string(), message);
        assert_eq!(failure.status, Status::Failed, "{message}");
        let hint = failure.hint.unwrap_or_default();
        for word in words {
            assert!(hint.contains(word), "{message}\n{hint}\nlacks: {word}");
        }
    }
}

#[test]
fn what_the_price_guard_refuses_has_a_status_of_its_own() {
    // <https://github.com/exmergo/dex/issues/320>
    let message = "Query exceeded limit for bytes billed: 163595928. 164626432 or higher required.";
    let failure = say(Error::of_job(Some("bytesBilledLimitExceeded".into()), Some(message.into())));
    assert_eq!(failure.status, Status::Refused);
    let hint = failure.hint.unwrap_or_default();
    assert!(hint.contains("--max-bytes") && hint.contains("this query was not billed"), "{hint}");
}

#[test]
fn no_connection_is_told_with_what_may_be_in_the_way() {
    let cases = [
        (Error::Transport("cannot reach host: refused".into()), "HTTPS_PROXY"),
        (Error::Transport(super::WEB_PAGE.into()), "login page"),
        (Error::Unreachable("invalid peer certificate: UnknownIssuer".into()), "SSL_CERT_FILE"),
        (Error::Unreachable("tunnel error: proxy authorization required".into()), "HTTPS_PROXY=http://USER:PASSWORD@"),
    ];
    for (error, word) in cases {
        let hint = say(error.clone()).hint.unwrap_or_default();
        assert!(hint.contains(word), "{error}: {hint}");
    }
}

#[test]
fn the_credentials_own_hint_is_kept() {
    let failure = say(Error::Auth { message: "none found".into(), hint: Some("log in".into()) });
    assert_eq!(failure.hint.as_deref(), Some("log in"));
}
