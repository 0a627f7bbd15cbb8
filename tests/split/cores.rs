//! However many processors read the input, what comes of it is the same.

use std::fmt::Write as _;

use crate::scene::{Scene, entry, entry_with};

/// Some megabytes of entries, and all else that may stand among them.
fn mixed() -> String {
    let mut input = String::new();
    for n in 0..20_000 {
        let pod = ["a", "b", "c"][n % 3];
        let message = format!("{n} \u{6771}\u{4eac} \"{}\"\n\tat x.y", "word ".repeat(n % 50));
        input += &match n % 500 {
            100 => entry_with(pod, &message, serde_json::json!({"cluster": "c2"})),
            150 => entry_with(pod, &message, serde_json::json!({"payload": {"msg": message, "level": "warn"}})),
            200 => entry_with(pod, &message, serde_json::json!({"pod": null})),
            250 => format!("a plain line, the {n}th\n\n"),
            300 => "{\"broken\":\n".to_owned(),
            350 => format!("{{\n  \"pod\": \"laid-out\",\n  \"message\": \"{n}\"\n}}\n"),
            400 => format!(
                "{{\"logName\":\"projects/p/logs/stdout\",\"resource\":{{\"labels\":{{\"pod_name\":\"{pod}\"}}}},\"textPayload\":\"{n}\"}}\n"
            ),
            450 => format!("{{\"pod\":\"{pod}\",\"message\":\"half \\ud800\"}}\n"),
            _ => entry(pod, &message),
        };
    }
    write!(input, "[{{\"pod\":\"a\",\"message\":\"of an array\"}},\n{{\"pod\":\"b\",\"message\":\"too\"}}]\n").unwrap();
    input += "{\"lq\":{\"end\":true,\"entries\":19961,\"pods\":{}}}\n";
    input
}

#[test]
fn two_processors_make_the_files_and_say_the_words_of_one() {
    let scene = Scene::new();
    scene.write("input.json", mixed());
    let first = "$(taskset -pc $$ | sed 's/.*: //; s/[-,].*//')";
    for flags in [
        "-o raw",
        "-o entry --tee",
        "-o cri --append",
        "--manifest --compress gz",
        "--tee --name '{pod}/{severity}.log'",
    ] {
        let run = |folder: &str, on: &str| {
            scene
                .shell(&format!("mkdir {folder} && cd {folder} && {on} lq-split --dir out {flags} ../input.json"))
                .status(3)
        };
        let (one, two) = (run("one", &format!("taskset -c {first}")), run("two", ""));
        assert_eq!((one.stdout, one.stderr), (two.stdout, two.stderr), "{flags}");
        assert!(scene.files("one").len() > 3, "{:?}", scene.files("one"));
        // A manifest tells when it was made.
        scene.shell("diff -r -x MANIFEST.json one two && rm -r one two").status(0);
    }
}
