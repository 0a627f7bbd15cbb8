//! The receipt of a run, and its check.

use std::os::unix::fs::{PermissionsExt, symlink};

use serde_json::{Value, json};

use crate::scene::{Scene, entry, entry_with};

/// Entries of three Pods and a line of nobody.
fn input() -> String {
    let at = |pod: &str, message: &str, time: &str| entry_with(pod, message, json!({"timestamp": time}));
    [
        at("b", "two\nlines", "2026-11-21T16:00:02Z"),
        at("a", "first", "2026-11-21T16:00:01.5Z"),
        at("a", "last", "2026-11-21T16:00:03Z"),
        at("c", "x", "2026-11-21T16:00:04Z"),
        "plain\n".to_owned(),
    ]
    .concat()
}

fn seal() -> String {
    let pods = json!({"c1/ns/a": 2, "c1/ns/b": 1, "c1/ns/c": 1});
    let window = json!({"since": "2026-11-21T16:00:00Z", "until": "2026-11-21T17:00:00Z"});
    let seal = json!({"end": true, "entries": 4, "pods": pods, "window": window, "source": "bq://acme/logs",
        "command": ["lq-query", "--seal"], "billed": 10485760, "usd": 0.00006, "version": "0.1.0"});
    format!("{}\n", json!({"lq": seal}))
}

impl Scene {
    fn manifest(&self) -> Value {
        serde_json::from_str(&self.read("out/MANIFEST.json")).unwrap()
    }

    /// What sha256sum says of the files, by name.
    fn sums(&self) -> String {
        self.shell("cd out && sha256sum $(find * -type f ! -name MANIFEST.json | LC_ALL=C sort)").status(0).stdout
    }

    fn check(&self) -> crate::scene::Ran {
        self.shell("lq-split --check out")
    }
}

#[test]
fn the_manifest_says_what_was_asked_for_and_what_became_of_it() {
    let scene = Scene::new();
    scene.run(&["--manifest"], input() + &seal()).status(0);
    let manifest = scene.manifest();
    assert_eq!(manifest["command"], json!(["lq-split", "--dir", "out", "--manifest"]));
    assert_eq!(manifest["version"], env!("CARGO_PKG_VERSION"));
    assert_eq!((&manifest["sealed"], &manifest["entries"]), (&json!(true), &json!(4)));
    let query = json!({"command": ["lq-query", "--seal"], "window": {"since": "2026-11-21T16:00:00Z", "until": "2026-11-21T17:00:00Z"},
        "source": "bq://acme/logs", "entries": 4, "billed": 10485760, "usd": 0.00006, "version": "0.1.0"});
    assert_eq!(manifest["queries"], json!([query]));
    let files = manifest["files"].as_array().unwrap();
    let told =
        |file: &Value| json!([file["name"], file["lines"], file["bytes"], file["first"], file["last"], file["pod"]]);
    let (first, last) = ("2026-11-21T16:00:01.500Z", "2026-11-21T16:00:03Z");
    let [b, c] = ["2026-11-21T16:00:02Z", "2026-11-21T16:00:04Z"];
    let expected = [
        json!(["_rest.log", 1, 6, null, null, null]),
        json!(["a_ns_app.log", 2, 11, first, last, "c1/ns/a"]),
        json!(["b_ns_app.log", 2, 10, b, b, "c1/ns/b"]),
        json!(["c_ns_app.log", 1, 2, c, c, "c1/ns/c"]),
    ];
    assert_eq!(files.iter().map(told).collect::<Vec<_>>(), expected);
    let listed: String = files
        .iter()
        .map(|file| format!("{}  {}\n", file["sha256"].as_str().unwrap(), file["name"].as_str().unwrap()))
        .collect();
    assert_eq!(listed, scene.sums());
    let lines = scene.read("out/MANIFEST.json");
    assert_eq!(lines.lines().filter(|line| line.contains("sha256")).count(), 4, "a file is a line:\n{lines}");
}

#[test]
fn sha256sum_can_be_fed_with_a_manifest() {
    let scene = Scene::new();
    scene.run(&["--manifest", "--name", "{namespace}/{pod}.log"], input()).status(0);
    let check = r#"jq -r '.files[] | "\(.sha256)  \(.name)"' MANIFEST.json | sha256sum -c"#;
    let ran = scene.shell(&format!("cd out; {check}")).status(0);
    assert_eq!(ran.stdout, "_rest.log: OK\nns/a.log: OK\nns/b.log: OK\nns/c.log: OK\n");
}

#[test]
fn compressed_files_and_large_ones_and_those_of_clusters_are_listed_as_they_lie_on_disk() {
    let much: String = (0..40_000).map(|n| entry(["a", "b"][n % 2], &format!("{n:050}"))).collect();
    let clusters = entry("a", "x") + &entry_with("a", "y", json!({"cluster": "c2"}));
    for (flags, input) in [
        (&["--compress", "gz"][..], &much),
        (&["--compress", "zst"], &much),
        (&[], &much),
        (&["-o", "entry", "--name", "{namespace}"], &much),
        (&[], &clusters),
    ] {
        let scene = Scene::new();
        scene.run(&[flags, &["--manifest"]].concat(), input).status(0);
        let manifest = scene.manifest();
        let files = manifest["files"].as_array().unwrap();
        let sums: Vec<String> = files.iter().map(|file| file["sha256"].as_str().unwrap().to_owned()).collect();
        assert_eq!(sums, scene.sums().lines().map(|line| line[..64].to_owned()).collect::<Vec<_>>(), "{flags:?}");
        for file in files {
            let name = file["name"].as_str().unwrap();
            let disk = scene.bytes(&format!("out/{name}"));
            assert_eq!(file["bytes"], disk.len(), "{flags:?}: {name}");
            let cat = scene.shell(&format!("cd out; zstdcat -f {name} 2>/dev/null || zcat -f {name}")).stdout;
            assert_eq!(file["lines"], cat.lines().count(), "{flags:?}: {name}");
            let is_shared = name == "ns" || name == "_rest.log";
            assert_eq!(file["pod"].is_null(), is_shared, "{flags:?}: {file}");
        }
        scene.check().status(0).says("not sealed");
    }
}

#[test]
fn a_file_of_which_a_piece_was_taken_back_has_no_manifest() {
    let scene = Scene::new();
    scene.write("input", (0..4000).map(|n| entry("a", &format!("{n:0400}"))).collect::<String>());
    scene.shell("ulimit -f 400; lq-split --dir out --manifest input").status(3);
    assert_eq!(scene.files("out"), ["a_ns_app.log.part"]);
}

#[test]
fn a_run_that_ended_badly_has_no_manifest_and_leaves_the_old_one() {
    let broken = "{\"lq\":{\"failed\":\"x\"}}\n";
    for (flags, input) in [(&["--manifest"][..], input() + broken), (&["--manifest", "--sealed"], input())] {
        let scene = Scene::new();
        scene.run(flags, &input).status(3);
        assert!(!scene.path("out/MANIFEST.json").exists());
        scene.write("out/MANIFEST.json", "old");
        scene.run(flags, &input).status(3);
        assert_eq!(scene.read("out/MANIFEST.json"), "old");
        assert!(scene.files("out").iter().all(|file| !file.contains("MANIFEST.json.")), "{:?}", scene.files("out"));
    }
}

#[test]
fn what_the_seal_lacks_is_in_the_manifest() {
    let scene = Scene::new();
    scene.run(&["--manifest"], input().replacen("\"pod\":\"a\"", "\"pod\":\"b\"", 1) + &seal()).status(0);
    assert_eq!(scene.manifest()["sealed"], false);
    assert_eq!(scene.manifest()["queries"][0]["entries"], 4);
    scene.run(&["--manifest"], input()).status(0);
    assert_eq!((&scene.manifest()["sealed"], &scene.manifest()["queries"]), (&json!(false), &json!([])));
    scene.run(&["--manifest"], "").status(0);
    assert_eq!(scene.manifest()["files"], json!([]));
    scene.check().status(0).says("0 files, 0 lines").says("4 other files there that MANIFEST.json does not list");
}

#[test]
fn a_manifest_follows_umask_and_no_link() {
    let scene = Scene::new();
    scene.write("outside/victim", "precious");
    std::fs::create_dir(scene.path("out")).unwrap();
    for name in ["MANIFEST.json", "MANIFEST.json.part"] {
        symlink("../outside/victim", scene.path(&format!("out/{name}"))).unwrap();
    }
    scene.write("input", input());
    scene.shell("umask 027; lq-split --dir out --manifest input").status(0);
    assert_eq!(scene.read("outside/victim"), "precious");
    let found = std::fs::symlink_metadata(scene.path("out/MANIFEST.json")).unwrap();
    assert!(found.is_file());
    assert_eq!(found.permissions().mode() & 0o777, 0o640);
    assert!(std::fs::symlink_metadata(scene.path("out/MANIFEST.json.part")).is_err());
    std::fs::remove_file(scene.path("out/MANIFEST.json")).unwrap();
    std::fs::create_dir(scene.path("out/MANIFEST.json")).unwrap();
    let ran = scene.shell("lq-split --dir out --manifest input").status(3);
    ran.says("cannot write out/MANIFEST.json").says("the files are whole");
    assert!(!scene.path("out/MANIFEST.json.part").exists());
}

#[test]
fn old_manifests_are_replaced_or_kept_as_other_files_are() {
    let scene = Scene::new();
    scene.run(&["--manifest"], entry("a", "x")).status(0);
    scene.run(&["--manifest"], entry("a", "other")).status(0);
    scene.check().status(0).says("1 file, 1 line, 6 bytes");
    let ran = scene.run(&["--manifest", "--no-clobber"], entry("b", "x")).status(2);
    ran.says("out/MANIFEST.json is there already").says("nothing was changed");
    assert_eq!(scene.files("out"), ["MANIFEST.json", "a_ns_app.log"]);
    scene.run(&[], entry("a", "third")).status(0);
    scene.check().status(3).says("out/a_ns_app.log: changed");
    scene.run(&["--manifest", "--append"], "").status(2).says("--append");
}

#[test]
fn no_pod_takes_the_manifest_s_name() {
    let scene = Scene::new();
    let pods = ["MANIFEST.json", "manifest.json", "Manifest.Json", "MANIFEST.json.part"];
    let input: String = pods.iter().map(|pod| entry(pod, pod)).collect();
    scene.run(&["--manifest", "--name", "{pod}"], &input).status(0);
    let manifest = scene.manifest();
    let names: Vec<&str> =
        manifest["files"].as_array().unwrap().iter().map(|file| file["name"].as_str().unwrap()).collect();
    assert!(
        names.len() == 4
            && names.iter().all(|name| name.to_lowercase().starts_with("manifest.json") && name.contains('~')),
        "{names:?}"
    );
    scene.check().status(0).says("4 files, 4 lines");
    for name in ["MANIFEST.json", "manifest.json", "MANIFEST.json/{pod}"] {
        scene.run(&["--name", name], &input).status(2).says("MANIFEST.json is where --manifest lists the files");
    }
    scene.run(&["--name", "{container}/MANIFEST.json"], &input).status(0);
}

#[test]
fn a_folder_that_is_as_its_manifest_says_has_one_line_about_it() {
    let scene = Scene::new();
    scene.run(&["--manifest"], input() + &seal()).status(0);
    let ran = scene.check().status(0);
    let said = "lq-split: out: 4 files, 6 lines, 29 bytes, as MANIFEST.json says, \
                2026-11-21T16:00:00Z to 2026-11-21T17:00:00Z, sealed\n";
    assert_eq!((ran.stderr.as_str(), ran.stdout.as_str()), (said, ""));
    scene.shell("chmod -R a-w out").status(0);
    assert_eq!(scene.shell("lq-split -q --check out").status(0).stderr, "");
}

#[test]
fn every_file_that_is_not_as_it_was_is_named() {
    let scene = Scene::new();
    scene.run(&["--manifest"], input()).status(0);
    scene.write("out/a_ns_app.log", "firsT\nlast\n");
    scene.write("out/b_ns_app.log", "two\nline");
    scene.shell("rm out/c_ns_app.log; echo more >> out/_rest.log; echo new > out/d.log").status(0);
    let ran = scene.check().status(3).says("out/a_ns_app.log: changed: it is as long as it was, but its SHA-256");
    let ran = ran.says("out/b_ns_app.log: 2 bytes shorter than it was").says("out/c_ns_app.log: missing");
    let ran = ran.says("out: 1 other file there that MANIFEST.json does not list: d.log");
    ran.says("out/_rest.log: 5 bytes longer than it was").says("out: 4 of 4 files not as MANIFEST.json says");
}

#[test]
fn files_that_the_manifest_does_not_list_are_a_note() {
    let scene = Scene::new();
    scene.run(&["--manifest", "--name", "{namespace}/{pod}.log"], entry("a", "x")).status(0);
    for n in 0..6 {
        scene.write(&format!("out/{n}\u{1b}[2J"), "");
    }
    scene.write("out/ns/b.log.part", "");
    let ran = scene.check().status(0).says("out: 7 other files there that MANIFEST.json does not list: 0\\u001b[2J ");
    ran.says(" and 2 more");
}

#[test]
fn without_a_manifest_there_is_nothing_to_check() {
    let scene = Scene::new();
    scene.check().status(2).says("cannot open the folder out");
    std::fs::create_dir(scene.path("out")).unwrap();
    scene.check().status(2).says("there is no out/MANIFEST.json").says("lq-split --manifest writes one");
    assert_eq!(scene.files("out"), [""; 0]);
    for flag in ["--dir x", "--tee", "--manifest", "--sealed", "--append", "-o raw", "--name x", "--print", "input"] {
        scene.shell(&format!("lq-split --check out {flag}")).status(2);
    }
}

#[test]
fn a_damaged_manifest_is_told() {
    let listed = |file: Value| json!({"sealed": false, "files": [file]}).to_string();
    for text in [
        "",
        "{",
        "[]",
        "5",
        "{}",
        "\u{0}",
        &format!("{}{}", "[".repeat(100_000), "]".repeat(100_000)),
        r#"{"sealed":true,"sealed":true,"files":[]}"#,
        r#"{"sealed":1,"files":[]}"#,
        r#"{"sealed":true,"files":{}}"#,
        r#"{"sealed":true,"files":[],"queries":[5]}"#,
        &listed(json!({"name": "a"})),
        &listed(json!({"name": "a", "lines": 1, "bytes": -1, "sha256": ""})),
        &listed(json!({"name": 5, "lines": 1, "bytes": 1, "sha256": ""})),
    ] {
        let scene = Scene::new();
        scene.write("out/MANIFEST.json", text);
        scene.check().status(3).says("lq-split: out/MANIFEST.json: no manifest, or a damaged one: ");
    }
}

#[test]
fn a_hostile_manifest_opens_nothing_outside_of_the_folder() {
    let scene = Scene::new();
    scene.write("outside/victim", "precious");
    scene.write("out/fine", "");
    symlink("../outside/victim", scene.path("out/link")).unwrap();
    symlink("../outside", scene.path("out/folder")).unwrap();
    scene.shell("mkfifo out/fifo; mkdir out/dir").status(0);
    let absolute = scene.path("outside/victim").to_str().unwrap().to_owned();
    let long = "n/".repeat(3_000) + "n";
    let of_victim = scene.shell("sha256sum < outside/victim").stdout[..64].to_owned();
    for (name, said) in [
        ("../outside/victim", "no name of a file below the folder"),
        (&absolute, "no name of a file below the folder"),
        ("dir/../../outside/victim", "no name of a file below the folder"),
        ("", "no name of a file below the folder"),
        (".", "no name of a file below the folder"),
        ("dir/", "no name of a file below the folder"),
        ("\u{1b}]0;title\u{7}", "\\u001b]0;title\\u0007: no name"),
        ("\u{202e}", "\\u202e: missing"),
        ("a\u{0}b", "no name"),
        ("link", "a link stands there, and none is followed"),
        ("folder/victim", "cannot be read"),
        ("fifo", "no regular file"),
        ("dir", "no regular file"),
        ("fine/x", "cannot be read"),
        (&long, "missing"),
        (&"n".repeat(300), "cannot be read"),
    ] {
        let file = json!({"name": name, "lines": 1, "bytes": 8, "sha256": of_victim});
        scene.write("out/MANIFEST.json", json!({"sealed": true, "files": [file]}).to_string());
        let ran = scene.check().status(3).says(said).says("1 of 1 file not as");
        assert!(ran.stderr.chars().all(|c| c == '\n' || !c.is_control()), "{ran:?}");
    }
    let fine = json!({"name": "fine", "lines": 0, "bytes": 0, "sha256": "E3B0C44298FC1C149AFBF4C8996FB92427AE41E4649B934CA495991B7852B855"});
    let window = json!({"since": "\u{1b}[2J", "until": "\u{9b}"});
    let query = json!({"entries": 0, "window": window});
    scene.write("out/MANIFEST.json", json!({"sealed": true, "files": [fine, fine], "queries": [query]}).to_string());
    scene.check().status(3).says("out/fine: stands in the manifest twice");
    scene.write("out/MANIFEST.json", json!({"sealed": true, "files": [fine], "queries": [query]}).to_string());
    scene.check().status(0).says("\\u001b[2J to \\u009b, sealed");
    std::fs::remove_file(scene.path("out/MANIFEST.json")).unwrap();
    symlink("../outside/victim", scene.path("out/MANIFEST.json")).unwrap();
    scene.check().status(3).says("a link stands there");
}

#[test]
fn where_something_is_broken_there_is_no_manifest_nor_an_older_one() {
    let broken = "{\"a\" 5}\n".to_owned();
    let long = format!("{}\n", "x".repeat(4_000_000));
    for (flags, odd) in [(&["--manifest"][..], broken), (&["--manifest", "--max-line", "1MiB"], long)] {
        let scene = Scene::new();
        let input = entry("a", "x") + &odd + &entry("b", "x");
        scene.run(flags, &input).status(3).says("out/MANIFEST.json is not written: ");
        assert_eq!(scene.files("out"), ["_rest.log", "a_ns_app.log", "b_ns_app.log"]);
        scene.write("out/MANIFEST.json", "old");
        scene.run(flags, &input).status(3).says("out/MANIFEST.json is removed, and no other one is written: ");
        scene.check().status(2).says("there is no out/MANIFEST.json");
        scene.write("out/MANIFEST.json/x", "");
        scene.run(flags, &input).status(3).says("the older one cannot be removed: ");
    }
}

#[test]
fn what_is_planted_beside_the_files_is_a_note_whatever_it_is() {
    let scene = Scene::new();
    scene.run(&["--manifest", "--name", "x/{namespace}/{pod}.log"], entry("a", "x")).status(0);
    scene.shell("cd out; mkfifo pipe; ln -s /etc link; mkdir x/sub x/ns/deep; : > x/ns/deep/unseen").status(0);
    let ran = scene.check().status(0).says("out: 4 other files there that MANIFEST.json does not list: ");
    ran.says(": link (a link) pipe (a fifo) x/ns/deep (a folder) x/sub (a folder)\n");
}

#[test]
fn lines_are_counted_and_sums_are_compared() {
    for flags in [&[][..], &["--compress", "gz"], &["--compress", "zst"]] {
        let scene = Scene::new();
        scene.run(&[flags, &["--manifest"]].concat(), input() + &seal()).status(0);
        let good = scene.read("out/MANIFEST.json");
        let name = scene.manifest()["files"][1]["name"].as_str().unwrap().to_owned();
        scene.write("out/MANIFEST.json", good.replacen("\"lines\":2", "\"lines\":7", 1));
        scene.check().status(3).says(&format!("out/{name}: has 2 lines; MANIFEST.json says 7"));
        scene.write("out/MANIFEST.json", good.replacen("\"entries\": 4", "\"entries\": 5", 1));
        scene.check().status(3).says("out/MANIFEST.json: it says `sealed`, but has 5 entries of 4 entries");
        let mut bare: Value = serde_json::from_str(&good).unwrap();
        bare["queries"] = json!([]);
        scene.write("out/MANIFEST.json", bare.to_string());
        scene.check().status(3).says("out/MANIFEST.json: it says `sealed`, and has no query that was");
        scene.write("out/MANIFEST.json", good);
        scene.check().status(0).says("6 lines");
    }
}

#[test]
fn what_a_manifest_says_is_shown_only_so_far() {
    let long = "x".repeat(100_000);
    let file = |lines: Value| json!({"name": long, "lines": lines, "bytes": 1, "sha256": long});
    let window = json!({"since": long, "until": long});
    for manifest in [
        json!({"sealed": false, "files": [file(json!(1))]}),
        json!({"sealed": false, "files": [file(json!(long))]}),
        json!({"sealed": false, "files": [], "queries": [{"entries": 0, "window": window}]}),
    ] {
        let scene = Scene::new();
        scene.write("out/MANIFEST.json", manifest.to_string());
        let ran = scene.check();
        assert!(ran.stderr.lines().all(|line| line.len() < 1_000), "{} bytes", ran.stderr.len());
    }
}
