//! What went in comes out: any texts, any Pods, cut anywhere on their way.

use std::collections::BTreeMap;
use std::io::Write;

use proptest::prelude::*;
use serde_json::json;

use crate::scene::{Ran, Scene};

/// Lines of any text, of a few Pods.
fn lines() -> impl Strategy<Value = Vec<(String, String)>> {
    let text =
        prop_oneof![any::<String>(), "[ -~]{0,40}", Just("x".repeat(70_000)), Just("\u{1b}[0m\t\r\n\\\"".to_owned())];
    prop::collection::vec(("[a-c]", text), 0..60)
}

/// An entry in one of the dialects.
fn spell(n: usize, pod: &str, text: &str) -> String {
    match n % 3 {
        0 => json!({"message": text, "pod": pod, "namespace": "ns", "container": "app"}),
        1 => json!({"message": text, "podName": pod, "namespace": "ns", "containerName": "app", "nodeName": "n"}),
        // The sink's own shape carries the line end that the container wrote.
        _ => json!({
            "insertId": "i", "textPayload": format!("{text}\n"),
            "resource": {"type": "k8s_container", "labels": {"pod_name": pod, "namespace_name": "ns", "container_name": "app"}},
        }),
    }
    .to_string()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 40, ..ProptestConfig::default() })]

    #[test]
    fn raw_output_equals_what_went_in(lines in lines(), cuts in prop::collection::vec(1usize..20_000, 1..20), flag in 0..3usize) {
        let scene = Scene::new();
        let mut child = scene.command(&[["--quiet"], ["--append"], ["--compress=gz"]][flag]).spawn().unwrap();
        let mut stdin = child.stdin.take().unwrap();
        let input: String = lines.iter().enumerate().map(|(n, (pod, text))| spell(n, pod, text) + "\n").collect();
        let mut expected: BTreeMap<String, String> = BTreeMap::new();
        for (pod, text) in &lines {
            *expected.entry(format!("{pod}_ns_app.log{}", ["", "", ".gz"][flag])).or_default() += &format!("{text}\n");
        }
        let mut rest = input.as_bytes();
        for cut in cuts.iter().cycle().take_while(|_| !input.is_empty()) {
            let (piece, behind) = rest.split_at((*cut).min(rest.len()));
            stdin.write_all(piece).unwrap();
            rest = behind;
            if rest.is_empty() {
                break;
            }
        }
        drop(stdin);
        Ran::from(child.wait_with_output().unwrap()).status(0);
        prop_assert_eq!(scene.files("out"), expected.keys().cloned().collect::<Vec<_>>());
        for (name, text) in expected {
            let mut found = scene.bytes(&format!("out/{name}"));
            if flag == 2 {
                let packed = std::mem::take(&mut found);
                std::io::Read::read_to_end(&mut flate2::read::MultiGzDecoder::new(&packed[..]), &mut found).unwrap();
            }
            prop_assert!(found == text.as_bytes(), "{}", name);
        }
    }
}
