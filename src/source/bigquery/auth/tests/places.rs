//! Where credentials are looked for, and in which order.

use std::fs;

use serde_json::{Value, json};

use super::{Scene, login, login_gives, nowhere, token};
use crate::source::bigquery::auth::{Auth, Environment};
use crate::source::bigquery::error::Error;
use crate::source::bigquery::scripted::answer::empty;
use crate::source::bigquery::scripted::{Rule, Server, on};

const METADATA: &str = "/computeMetadata/v1/instance/service-accounts/default/token";

fn metadata_gives(token: &str) -> Rule {
    on(&format!("GET {METADATA}"), json!({"access_token": token, "expires_in": 3600, "token_type": "Bearer"}))
}

#[tokio::test]
async fn the_first_place_that_has_credentials_is_taken() {
    let (scene, named) = (Scene::new(), Server::start([login_gives("of the variable")]));
    let gcloud = Server::start([login_gives("of gcloud")]);
    let node =
        Server::start([on("GET /", empty(200).header("metadata-flavor", "Google")), metadata_gives("of the node")]);
    let file = scene.file("gcloud/application_default_credentials.json", login(&gcloud).to_string());
    let folder = Some(file.parent().unwrap().to_owned());
    let host = Server::start([metadata_gives("of the named node")]);
    let all = Environment {
        gcloud: folder,
        metadata_host: Some(host.host()),
        metadata: node.url(),
        ..scene.named(&login(&named))
    };
    assert_eq!(token(&all).await, Ok(Some("of the variable".into())));
    let all = Environment { credentials: None, ..all };
    assert_eq!(token(&all).await, Ok(Some("of gcloud".into())));
    fs::remove_file(file).unwrap();
    assert_eq!(token(&all).await, Ok(Some("of the named node".into())));
    let all = Environment { metadata_host: None, ..all };
    assert_eq!(token(&all).await, Ok(Some("of the node".into())));
}

#[tokio::test]
async fn without_credentials_both_commands_are_shown() {
    // The second has a metadata server, but another cloud's.
    let other = Server::start([on("GET /", json!({}))]);
    for environment in [nowhere(), Environment { metadata: other.url(), ..nowhere() }] {
        let Err(Error::Auth { message, hint }) = token(&environment).await else { panic!() };
        assert_eq!(message, "no Google credentials found");
        let hint = hint.unwrap_or_default();
        assert!(hint.contains("gcloud auth application-default login"), "{hint}");
        assert!(hint.contains("export GOOGLE_APPLICATION_CREDENTIALS=key.json"), "{hint}");
    }
}

#[tokio::test]
async fn a_bad_file_is_named_with_its_variable_and_what_is_wrong() {
    let scene = Scene::new();
    let cases: [(&str, &[u8], &str); 8] = [
        ("text.json", b"-----BEGIN", "is no JSON: line 1, column 2"),
        ("half.json", br#"{"type": "service_account", "private_key": "top-secret"#, "is no JSON: line 1, column 54"),
        ("list.json", b"[]", "is no JSON object"),
        ("bytes.json", b"\xff\xfe", "is no JSON: line 1, column 1"),
        ("empty.json", b"", "is no JSON: line 1, column 0"),
        ("untyped.json", b"{}", "has no `type`"),
        ("strange.json", br#"{"type": "gdch_service_account"}"#, "`gdch_service_account` are not supported"),
        ("lacking.json", br#"{"type": "authorized_user", "client_secret": "top-secret"}"#, "client_id"),
    ];
    for (name, content, said) in cases {
        let path = scene.file(name, content);
        let error = token(&Environment { credentials: Some(path.clone()), ..nowhere() }).await.unwrap_err();
        let Error::Auth { message, hint } = &error else { panic!("{error:?}") };
        assert!(message.starts_with(&format!("GOOGLE_APPLICATION_CREDENTIALS={}: ", path.display())), "{message}");
        assert!(message.contains(said), "{name}: {message}");
        assert!(hint.is_some(), "{name}");
        assert!(!format!("{error:?}").contains("top-secret"), "{error:?}");
    }
}

#[tokio::test]
async fn a_file_that_is_named_and_missing_is_an_error_even_where_there_are_other_credentials() {
    let (scene, server) = (Scene::new(), Server::start([metadata_gives("of the node")]));
    for path in [scene.0.path().join("missing.json"), scene.0.path().to_owned()] {
        let environment = Environment {
            credentials: Some(path.clone()),
            metadata_host: Some(server.host()),
            emulator: Some(server.url()),
            ..nowhere()
        };
        let said = token(&environment).await.unwrap_err().to_string();
        assert!(said.starts_with(&format!("GOOGLE_APPLICATION_CREDENTIALS={}: ", path.display())), "{said}");
    }
}

#[tokio::test]
async fn an_emulator_gets_no_token_unless_it_was_asked_for() {
    let (scene, server) = (Scene::new(), Server::start([login_gives("login"), metadata_gives("node")]));
    let file = scene.file("application_default_credentials.json", login(&server).to_string());
    let emulator = Some(server.url());
    let at_home = Environment { emulator: emulator.clone(), gcloud: Some(scene.0.path().into()), ..nowhere() };
    assert_eq!(token(&at_home).await, Ok(None));
    let named = Environment { credentials: Some(file), ..at_home.clone() };
    assert_eq!(token(&named).await, Ok(Some("login".into())));
    let node = Environment { metadata_host: Some(server.host()), ..at_home };
    assert_eq!(token(&node).await, Ok(Some("node".into())));
}

#[tokio::test]
async fn the_project_and_the_quota_project_are_the_environments_before_the_files() {
    let (scene, server) = (Scene::new(), Server::start([]));
    let of = |json: Value, environment: Environment| {
        let credentials = scene.named(&json).credentials;
        async move {
            let auth = Auth::find(&Environment { credentials, ..environment }).await.unwrap();
            (auth.project().map(str::to_owned), auth.quota_project().map(str::to_owned))
        }
    };
    let some = |text: &str| Some(text.to_owned());
    let mut json = login(&server);
    assert_eq!(of(json.clone(), nowhere()).await, (None, None));
    json["quota_project_id"] = json!("file-quota");
    assert_eq!(of(json.clone(), nowhere()).await, (some("file-quota"), some("file-quota")));
    json["project_id"] = json!("file-project");
    assert_eq!(of(json.clone(), nowhere()).await, (some("file-project"), some("file-quota")));
    let set = Environment { project: some("my-project"), quota_project: some("my-quota"), ..nowhere() };
    assert_eq!(of(json, set).await, (some("my-project"), some("my-quota")));
}
