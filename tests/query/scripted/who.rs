//! Who asks: tokens come from the machine's account, are renewed, and are never shown.

use serde_json::json;

use super::table::{QUERY, RESULTS, Scene, billed, failing, job};
use crate::server::{Answer, on};
use crate::support::Run;

const TOKEN: &str = "GET /computeMetadata/v1/instance/service-accounts/default/token";

/// A token as the metadata server hands it out.
fn token(text: &str) -> Answer {
    Answer::from(json!({"access_token": text, "expires_in": 3600, "token_type": "Bearer"}))
        .header("Metadata-Flavor", "Google")
}

fn ask(scene: &Scene, words: &str) -> Run {
    scene.command(words).env("GCE_METADATA_HOST", scene.server.host()).output().unwrap().into()
}

#[test]
fn a_token_that_is_refused_midway_is_renewed() {
    let refused = failing(401, "authError", "Invalid Credentials");
    let scene = Scene::new([
        on(TOKEN, token("first-secret")).then(token("second-secret")),
        on(QUERY, job(2).page(0..1, Some("p2"))),
        on(&format!("{RESULTS}?pageToken=p2"), refused).then(job(2).page(1..2, None)),
        billed(0),
    ]);
    let run = ask(&scene, "-vv").ends(0);
    assert_eq!(run.messages().len(), 2);
    let requests = scene.server.requests();
    let pages: Vec<_> =
        requests.iter().filter(|request| request.told() == RESULTS).map(|request| request.token()).collect();
    assert_eq!(pages, [Some("first-secret"), Some("second-secret")]);
    assert!(!run.err.contains("secret") && !run.out.contains("secret"), "{}", run.err);
}

#[test]
fn a_token_that_is_refused_again_is_told_with_its_remedy() {
    let scene =
        Scene::new([on(TOKEN, token("some-secret")), on(QUERY, failing(401, "authError", "Invalid Credentials"))]);
    ask(&scene, "").ends(2).says("gcloud auth application-default login").says_nothing_of("secret");
    assert_eq!(scene.queries().len(), 2);
}

#[test]
fn a_file_of_credentials_that_is_not_there_is_named() {
    let scene = Scene::new([]);
    let run = Run::of(scene.command("").env("GOOGLE_APPLICATION_CREDENTIALS", "/nowhere/key.json")).ends(2);
    run.says("GOOGLE_APPLICATION_CREDENTIALS").says("/nowhere/key.json");
}

#[test]
fn a_server_that_sends_the_token_back_does_not_get_it_shown() {
    let body =
        r#"{"error": {"code": 400, "message": "bad \u0073ome-secret-token", "errors": [{"reason": "invalidQuery"}]}}"#;
    let scene =
        Scene::new([on(TOKEN, token("some-secret-token")), on(QUERY, Answer::new(400, "application/json", body))]);
    let run = ask(&scene, "").ends(2);
    assert!(!run.err.contains("some-secret-token") && !run.out.contains("some-secret-token"), "{}", run.err);
}
