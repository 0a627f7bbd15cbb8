//! Entries of more than one cluster.

use crate::scene::{Scene, entry, entry_with};
use serde_json::json;

fn from(cluster: &str, message: &str) -> String {
    entry_with("a", message, json!({"cluster": cluster}))
}

#[test]
fn one_cluster_needs_no_folder() {
    let scene = Scene::new();
    scene.run(&[], from("east", "1") + &from("east", "2")).status(0).says_not("cluster");
    assert_eq!(scene.files("out"), ["a_ns_app.log"]);
}

#[test]
fn two_clusters_get_a_folder_each_whichever_comes_first() {
    for [first, second] in [["east", "west"], ["west", "east"]] {
        let scene = Scene::new();
        let input = from(first, first) + &from(second, second) + "plain\n" + &from(first, first);
        let ran = scene.run(&[], input).status(0).says("3 files (3 new)");
        ran.says(&format!("entries of more than one cluster ({first}, {second}): the files go into a folder for each"));
        assert_eq!(scene.files("out"), ["_rest.log", "east/a_ns_app.log", "west/a_ns_app.log"]);
        assert_eq!(scene.read(&format!("out/{first}/a_ns_app.log")), format!("{first}\n{first}\n"));
        assert_eq!(scene.read(&format!("out/{second}/a_ns_app.log")), format!("{second}\n"));
    }
}

#[test]
fn entries_without_a_cluster_are_kept_apart_from_those_with_one() {
    let scene = Scene::new();
    scene.run(&[], from("east", "1") + &entry_with("a", "2", json!({"cluster": null}))).status(0);
    assert_eq!(scene.files("out"), ["-/a_ns_app.log", "east/a_ns_app.log"]);
}

#[test]
fn a_template_that_names_the_cluster_is_left_alone() {
    let scene = Scene::new();
    let input = from("east", "1") + &from("west", "2");
    scene.run(&["--name", "{pod}.{cluster}.log"], input).status(0).says_not("more than one");
    assert_eq!(scene.files("out"), ["a.east.log", "a.west.log"]);
}

#[test]
fn live_files_cannot_move_so_other_clusters_entries_are_kept_as_entries() {
    let scene = Scene::new();
    let other = from("west", "2");
    let ran = scene.run(&["--append"], from("east", "1") + &other + &from("east", "3")).status(3);
    ran.says("--name '{cluster}/{pod}_{namespace}_{container}.log'").says("1 entry of another cluster");
    assert_eq!(scene.read("out/a_ns_app.log"), "1\n3\n");
    let kept: serde_json::Value = serde_json::from_str(&scene.read("out/_rest.log")).unwrap();
    assert_eq!(kept, serde_json::from_str::<serde_json::Value>(&other).unwrap());
    scene.run(&["--append", "--name", "{cluster}/{pod}.log"], other + &entry("b", "1")).status(0);
    assert_eq!(scene.read("out/west/a.log"), "2\n");
}
