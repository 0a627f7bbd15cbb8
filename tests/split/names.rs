//! How files are called.

use crate::scene::{Scene, entry_with};
use serde_json::json;

#[track_caller]
fn assert_name(template: &[&str], changes: serde_json::Value, expected: &str) {
    let scene = Scene::new();
    let mut args = template.to_vec();
    if !args.is_empty() {
        args.insert(0, "--name");
    }
    scene.run(&args, entry_with("web-1", "x", changes)).status(0);
    assert_eq!(scene.files("out"), [expected], "{template:?}");
}

#[test]
fn the_default_is_the_kubelets_order_of_words() {
    assert_name(&[], json!({}), "web-1_ns_app.log");
    assert_name(&[], json!({"namespace": null, "container": null}), "web-1_-_-.log");
}

#[test]
fn every_field_has_its_value() {
    let changes = json!({"node": "n1", "stream": "stderr", "severity": "ERROR", "labels": {"k8s-pod/app.kubernetes.io/name": "shop", "tier": "a/b"}});
    assert_name(
        &["{cluster}/{namespace}/{node}/{pod}.{container}.{stream}.{severity}"],
        changes.clone(),
        "c1/ns/n1/web-1.app.stderr.ERROR",
    );
    assert_name(&["{date}/{hour}.log", "--utc"], changes.clone(), "2026-11-21/16.log");
    assert_name(&["{date}/{hour}.log", "--tz", "+09:00"], changes.clone(), "2026-11-22/01.log");
    assert_name(&["{label.app.kubernetes.io/name}-{label.tier}-{label.none}"], changes, "shop-a%2Fb--");
    assert_name(&["{date}.{hour}"], json!({"timestamp": null}), "-.-");
}

#[test]
fn a_name_that_is_too_long_is_cut_and_hashed_and_keeps_its_ending() {
    let scene = Scene::new();
    let (long, longer) = ("p".repeat(300), "p".repeat(301));
    let input = [&long, &longer].map(|pod| entry_with(pod, "x", json!({}))).concat();
    for compress in ["gz", "zst"] {
        scene.run(&["--compress", compress], &input).status(0);
    }
    let files = scene.files("out");
    assert_eq!(files.len(), 4);
    let shape = regex::Regex::new(r"^p+~[0-9a-f]{32}\.log\.(gz|zst)$").unwrap();
    assert!(files.iter().all(|file| shape.is_match(file) && file.len() == 250), "{files:#?}");
}

#[test]
fn names_depend_on_the_values_alone() {
    let pairs = [("a-b", "c"), ("a", "b-c"), ("a", "b"), ("ab", ""), ("-", "-"), ("x", "-")];
    let mut inputs: Vec<String> = pairs
        .iter()
        .map(|(pod, container)| entry_with(pod, &format!("{pod} {container}"), json!({"container": container})))
        .collect();
    let mut outcomes = Vec::new();
    for _ in 0..2 {
        let scene = Scene::new();
        scene.run(&["--name", "{pod}-{container}.log"], inputs.concat()).status(0);
        let files = scene.files("out");
        assert_eq!(files.len(), pairs.len(), "{files:#?}");
        outcomes.push(files.iter().map(|file| (file.clone(), scene.read(&format!("out/{file}")))).collect::<Vec<_>>());
        inputs.reverse();
    }
    assert_eq!(outcomes[0], outcomes[1]);
    // What can be told apart stays readable.
    assert!(outcomes[0].contains(&("a-b.log".into(), "a b\n".into())), "{outcomes:#?}");
}
