//! Each kind of credentials, and what it sends for a token.

use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use gcp_bigquery_client::auth::Authenticator;
use serde_json::{Value, json};

use super::{Scene, login, login_gives, nowhere, token};
use crate::source::bigquery::auth::{Auth, Environment};
use crate::source::bigquery::error::Error;
use crate::source::bigquery::scripted::answer::{empty, error};
use crate::source::bigquery::scripted::{Answer, Server, on};

const SCOPE: &str = "https://www.googleapis.com/auth/cloud-platform";

/// Made for this test; opens nothing.
const KEY: &str = include_str!("../../../../../tests/support/bigquery/throwaway.pem");

#[tokio::test]
async fn a_person_who_has_logged_in() {
    let (scene, server) = (Scene::new(), Server::start([login_gives("token-1")]));
    assert_eq!(token(&scene.named(&login(&server))).await, Ok(Some("token-1".into())));
    let sent = server.requests()[0].json();
    assert_eq!(sent["grant_type"], "refresh_token");
    assert_eq!(sent["refresh_token"], "refresh-token-01");
}

#[tokio::test]
async fn a_service_account_signs_its_token_itself() {
    let scene = Scene::new();
    let environment = scene.named(&json!({
        "type": "service_account",
        "project_id": "acme",
        "private_key_id": "key-1",
        "private_key": KEY,
        "client_email": "lq@acme.iam.gserviceaccount.com",
        "client_id": "1",
        "token_uri": "https://oauth2.googleapis.com/token",
    }));
    let token = token(&environment).await.unwrap().unwrap();
    let parts: Vec<Value> = token
        .split('.')
        .take(2)
        .map(|part| serde_json::from_slice(&BASE64_URL_SAFE_NO_PAD.decode(part).unwrap()).unwrap())
        .collect();
    assert_eq!((&parts[0]["alg"], &parts[0]["kid"]), (&json!("RS256"), &json!("key-1")));
    assert_eq!(parts[1]["iss"], "lq@acme.iam.gserviceaccount.com");
    assert_eq!(parts[1]["scope"], SCOPE);
}

#[tokio::test]
async fn a_workload_of_another_cloud() {
    let scene = Scene::new();
    let subject = scene.file("subject", "subject-token-1");
    let server = Server::start([on(
        "POST /sts",
        json!({"access_token": "token-1", "issued_token_type": "urn:ietf:params:oauth:token-type:access_token",
            "token_type": "Bearer", "expires_in": 3600}),
    )]);
    let environment = scene.named(&json!({
        "type": "external_account",
        "audience": "//iam.googleapis.com/projects/1/locations/global/workloadIdentityPools/p/providers/o",
        "subject_token_type": "urn:ietf:params:oauth:token-type:jwt",
        "token_url": format!("{}/sts", server.url()),
        "credential_source": {"file": subject},
    }));
    assert_eq!(token(&environment).await, Ok(Some("token-1".into())));
    let sent = String::from_utf8(server.requests()[0].body.clone()).unwrap();
    assert!(sent.contains("subject_token=subject-token-1") && sent.contains("cloud-platform"), "{sent}");
}

#[tokio::test]
async fn somebody_who_acts_as_a_service_account() {
    let scene = Scene::new();
    let acting = "v1/projects/-/serviceAccounts/lq@acme.iam.gserviceaccount.com:generateAccessToken";
    let server = Server::start([
        login_gives("login-token-1"),
        on(&format!("POST /{acting}"), json!({"accessToken": "token-1", "expireTime": "2099-01-01T00:00:00Z"})),
    ]);
    let environment = scene.named(&json!({
        "type": "impersonated_service_account",
        "service_account_impersonation_url": format!("{}/{acting}", server.url()),
        "source_credentials": login(&server),
        "delegates": [],
    }));
    assert_eq!(token(&environment).await, Ok(Some("token-1".into())));
    let sent = &server.requests()[1];
    assert_eq!(sent.token(), Some("login-token-1"));
    assert_eq!(sent.json()["scope"], json!([SCOPE]));
}

#[tokio::test]
async fn a_node_or_pod_with_a_service_account() {
    let path = "/computeMetadata/v1/instance/service-accounts/default/token";
    let answer = json!({"access_token": "token-1", "expires_in": 3600, "token_type": "Bearer"});
    let server = Server::start([on(&format!("GET {path}"), answer)]);
    let environment = Environment { metadata_host: Some(server.host()), ..nowhere() };
    assert_eq!(token(&environment).await, Ok(Some("token-1".into())));
    let sent = &server.requests()[0];
    assert_eq!((sent.header("metadata-flavor"), sent.asks("scopes")), (Some("Google"), Some(SCOPE)));
}

#[tokio::test]
async fn the_client_of_the_read_api_gets_the_same_token_and_no_secret_in_its_error() {
    let (scene, server) = (Scene::new(), Server::start([login_gives("token-1")]));
    let auth = Auth::find(&scene.named(&login(&server))).await.unwrap();
    assert_eq!(auth.access_token().await.unwrap(), "token-1");
    let (scene, server) = (Scene::new(), Server::start([on("POST /login", error(400, "bad", "refresh-token-01"))]));
    let auth = Auth::find(&scene.named(&login(&server))).await.unwrap();
    let error = auth.access_token().await.unwrap_err();
    assert!(!format!("{error} {error:?}").contains("refresh-token-01"), "{error:?}");
}

#[tokio::test]
async fn a_login_that_is_over_says_how_to_log_in_again() {
    let over = [
        // <https://github.com/cline/cline/issues/4080>
        json!({"error": "invalid_grant", "error_description": "reauth related error (invalid_rapt)"}),
        json!({"error": "invalid_grant", "error_description": "Token has been expired or revoked."}),
    ];
    for answer in over {
        let (scene, answer) = (Scene::new(), Answer::new(400, "application/json", answer.to_string()));
        let server = Server::start([on("POST /login", answer)]);
        let Err(Error::Auth { message, hint }) = token(&scene.named(&login(&server))).await else { panic!() };
        assert!(
            message.starts_with("GOOGLE_APPLICATION_CREDENTIALS=") && message.contains("invalid_grant"),
            "{message}"
        );
        assert!(hint.is_some_and(|hint| hint.contains("gcloud auth application-default login")));
    }
}

#[tokio::test]
async fn a_token_server_that_gives_secrets_back_does_not_make_them_known() {
    let scene = Scene::new();
    let echo = "client-secret-01 refresh-token-01";
    let server = Server::start([on("POST /login", error(400, "bad", echo))]);
    let auth = Auth::find(&scene.named(&login(&server))).await.unwrap();
    let error = auth.token().await.unwrap_err();
    let all = format!("{error} {error:?} {auth:?}");
    assert!(all.contains("[secret] [secret]"), "{all}");
    assert!(!all.contains("client-secret-01") && !all.contains("refresh-token-01"), "{all}");
}

#[tokio::test]
async fn a_token_on_the_way_to_another_is_not_shown_where_a_server_gives_it_back() {
    const OPAQUE: &str = "CAcQAhgCKAE6pmX0opaque42";
    let (scene, acting) =
        (Scene::new(), "v1/projects/-/serviceAccounts/lq@acme.iam.gserviceaccount.com:generateAccessToken");
    let subject = scene.file("subject", "subject-token-1");
    let exchanged = json!({"access_token": OPAQUE, "issued_token_type": "urn:ietf:params:oauth:token-type:access_token",
        "token_type": "Bearer", "expires_in": 3600});
    for (status, echo) in [(403, format!("you sent {OPAQUE}")), (200, json!({"expireTime": OPAQUE}).to_string())] {
        let server = Server::start([
            on("POST /sts", exchanged.clone()),
            login_gives(OPAQUE),
            on(&format!("POST /{acting}"), Answer::new(status, "text/plain", echo)),
        ]);
        let url = format!("{}/{acting}", server.url());
        for json in [
            json!({"type": "external_account", "audience": "//iam.googleapis.com/pools/p", "token_url":
                format!("{}/sts", server.url()), "subject_token_type": "urn:ietf:params:oauth:token-type:jwt",
                "credential_source": {"file": subject}, "service_account_impersonation_url": url}),
            json!({"type": "impersonated_service_account", "source_credentials": login(&server), "delegates": [],
                "service_account_impersonation_url": url}),
        ] {
            let auth = Auth::find(&scene.named(&json)).await.unwrap();
            let error = auth.token().await.unwrap_err();
            assert_eq!(server.requests().last().unwrap().token(), Some(OPAQUE));
            assert!(!format!("{error} {error:?} {auth:?}").contains(OPAQUE), "{error}");
            assert!(status == 200 || error.to_string().contains("you sent [secret]"), "{error}");
        }
    }
}

#[tokio::test]
async fn a_token_server_that_is_busy_is_a_fault_that_may_pass() {
    let (scene, server) = (Scene::new(), Server::start([on("POST /login", empty(503))]));
    let error = token(&scene.named(&login(&server))).await.unwrap_err();
    assert!(matches!(error, Error::Transport(_)), "{error:?}");
}

#[tokio::test]
async fn credentials_are_told_by_their_kind_and_whose_they_are() {
    let service = "lq@acme.iam.gserviceaccount.com";
    let acting =
        format!("https://iamcredentials.googleapis.com/v1/projects/-/serviceAccounts/{service}:generateAccessToken");
    let (scene, server) = (Scene::new(), Server::start([login_gives("token-1")]));
    let mut named = login(&server);
    named["account"] = json!("ann@acme.com");
    for (json, told, member) in [
        (login(&server), "authorized_user, ", None),
        (named, "authorized_user ann@acme.com, ", Some("user:ann@acme.com".to_owned())),
        (
            json!({"type": "service_account", "project_id": "acme", "private_key_id": "key-1", "private_key": KEY,
                "client_email": service, "client_id": "1", "token_uri": "https://oauth2.googleapis.com/token"}),
            "service_account lq@acme.iam.gserviceaccount.com, ",
            Some(format!("serviceAccount:{service}")),
        ),
        (
            json!({"type": "impersonated_service_account", "service_account_impersonation_url": acting,
                "source_credentials": login(&server), "delegates": []}),
            "impersonated_service_account lq@acme.iam.gserviceaccount.com, ",
            Some(format!("serviceAccount:{service}")),
        ),
    ] {
        let auth = Auth::find(&scene.named(&json)).await.unwrap();
        let said = auth.told().unwrap();
        assert!(said.starts_with(&format!("{told}GOOGLE_APPLICATION_CREDENTIALS=/")), "{said}");
        assert_eq!(auth.member(), member, "{told}");
    }
}
