//! What is written for an entry: the same input in every form, byte for byte.

use crate::scene::{Scene, entry, entry_with};

/// Two lines in one message, a structured log, a 64-bit id, and Google's own shape.
const INPUT: &str = r#"{"timestamp":"2026-11-21T16:00:00.123456Z","severity":"INFO","cluster":"c1","namespace":"shop","pod":"web-1","container":"app","stream":"stdout","message":"one\n\ttwo","insertId":"a1"}
{"timestamp":"2026-11-21T16:00:01Z","severity":"ERROR","cluster":"c1","namespace":"shop","pod":"web-1","container":"app","stream":"stderr","message":"paid","payload":{"message":"paid","user":{"id":9007199254740993}},"insertId":"a2"}
{"insertId":"a3","jsonPayload":{"msg":"\u001b[31mred"},"logName":"projects/p/logs/stderr","resource":{"type":"k8s_container","labels":{"cluster_name":"c1","namespace_name":"shop","pod_name":"web-1","container_name":"app"}},"severity":"WARNING","timestamp":"2026-11-21T16:00:02.5Z"}
{"message":"from stern","nodeName":"n1","namespace":"shop","podName":"web-1","containerName":"app"}
"#;

#[test]
fn every_form_is_written_as_it_always_was() {
    let cases = [
        (
            "raw",
            "one\n\ttwo\n\
             {\"severity\":\"ERROR\",\"timestamp\":\"2026-11-21T16:00:01Z\",\"message\":\"paid\",\"user\":{\"id\":9007199254740993}}\n\
             {\"severity\":\"WARNING\",\"timestamp\":\"2026-11-21T16:00:02.5Z\",\"msg\":\"\\u001b[31mred\"}\n\
             from stern\n",
        ),
        (
            "entry",
            r#"{"timestamp":"2026-11-21T16:00:00.123456Z","severity":"INFO","cluster":"c1","namespace":"shop","pod":"web-1","container":"app","stream":"stdout","message":"one\n\ttwo","insertId":"a1"}
{"timestamp":"2026-11-21T16:00:01Z","severity":"ERROR","cluster":"c1","namespace":"shop","pod":"web-1","container":"app","stream":"stderr","message":"paid","payload":{"message":"paid","user":{"id":9007199254740993}},"insertId":"a2"}
{"timestamp":"2026-11-21T16:00:02.5Z","severity":"WARNING","cluster":"c1","namespace":"shop","pod":"web-1","container":"app","stream":"stderr","message":"\u001b[31mred","payload":{"msg":"\u001b[31mred"},"insertId":"a3"}
{"namespace":"shop","pod":"web-1","container":"app","message":"from stern"}
"#,
        ),
        (
            "text",
            "2026-11-22T01:00:00.123456+09:00 INFO web-1 app one\n    \ttwo\n\
             2026-11-22T01:00:01+09:00 ERROR web-1 app paid user.id=9007199254740993\n\
             2026-11-22T01:00:02.5+09:00 WARNING web-1 app red\n\
             - - web-1 app from stern\n",
        ),
        (
            "tsv",
            "2026-11-22T01:00:00.123456+09:00\tINFO\tweb-1\tapp\tone\\n\\ttwo\n\
             2026-11-22T01:00:01+09:00\tERROR\tweb-1\tapp\tpaid\n\
             2026-11-22T01:00:02.5+09:00\tWARNING\tweb-1\tapp\tred\n\
             -\t-\tweb-1\tapp\tfrom stern\n",
        ),
        (
            "logfmt",
            r#"timestamp=2026-11-21T16:00:00.123456Z severity=INFO cluster=c1 namespace=shop pod=web-1 container=app stream=stdout message="one\n\ttwo" insertId=a1
timestamp=2026-11-21T16:00:01Z severity=ERROR cluster=c1 namespace=shop pod=web-1 container=app stream=stderr message=paid payload.user.id=9007199254740993 insertId=a2
timestamp=2026-11-21T16:00:02.5Z severity=WARNING cluster=c1 namespace=shop pod=web-1 container=app stream=stderr message="\u001b[31mred" insertId=a3
namespace=shop pod=web-1 container=app message="from stern"
"#,
        ),
        (
            "cri",
            "2026-11-21T16:00:00.123456000Z stdout F one\n\
             2026-11-21T16:00:00.123456000Z stdout F \ttwo\n\
             2026-11-21T16:00:01.000000000Z stderr F {\"severity\":\"ERROR\",\"timestamp\":\"2026-11-21T16:00:01Z\",\"message\":\"paid\",\"user\":{\"id\":9007199254740993}}\n\
             2026-11-21T16:00:02.500000000Z stderr F {\"severity\":\"WARNING\",\"timestamp\":\"2026-11-21T16:00:02.5Z\",\"msg\":\"\\u001b[31mred\"}\n\
             stdout F from stern\n",
        ),
        (
            "kubectl",
            "[pod/web-1/app] one\n[pod/web-1/app] \ttwo\n\
             [pod/web-1/app] {\"severity\":\"ERROR\",\"timestamp\":\"2026-11-21T16:00:01Z\",\"message\":\"paid\",\"user\":{\"id\":9007199254740993}}\n\
             [pod/web-1/app] {\"severity\":\"WARNING\",\"timestamp\":\"2026-11-21T16:00:02.5Z\",\"msg\":\"\\u001b[31mred\"}\n\
             [pod/web-1/app] from stern\n",
        ),
    ];
    for (form, expected) in cases {
        let scene = Scene::new();
        // Without a cluster in stern's line there would be two.
        scene.run(&["-o", form, "--tz", "Asia/Tokyo", "--name", "{pod}-{cluster}.log"], INPUT).status(0);
        let found = scene.read("out/web-1-c1.log") + &scene.read("out/web-1--.log");
        assert_eq!(found, expected, "-o {form}");
    }
}

#[test]
fn logentry_is_googles_shape() {
    let scene = Scene::new();
    let line = INPUT.lines().next().unwrap();
    scene.run(&["-o", "logentry"], line).status(0);
    let found: serde_json::Value = serde_json::from_str(&scene.read("out/web-1_shop_app.log")).unwrap();
    assert_eq!(found["resource"]["labels"]["pod_name"], "web-1");
    assert_eq!(found["textPayload"], "one\n\ttwo");
    assert_eq!(found["timestamp"], "2026-11-21T16:00:00.123456Z");
}

#[test]
fn timestamps_stand_in_front_of_each_line() {
    let scene = Scene::new();
    scene.run(&["-t"], INPUT.lines().next().unwrap()).status(0);
    let expected = "2026-11-21T16:00:00.123456000Z one\n2026-11-21T16:00:00.123456000Z \ttwo\n";
    assert_eq!(scene.read("out/web-1_shop_app.log"), expected);
}

#[test]
fn entries_without_a_time_are_counted_where_the_form_needs_one() {
    let scene = Scene::new();
    let input = entry("a", "x") + &entry_with("a", "y", serde_json::json!({"timestamp": null}));
    let said = "lq-split: 1 entry has no time, nor have the lines of -o cri";
    scene.run(&["-o", "cri"], &input).status(0).says(said);
    scene.run(&["-o", "raw"], &input).status(0).says_not("no time");
}
