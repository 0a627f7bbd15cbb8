//! What is remembered of names, and that it stays small, whole and ours.

use std::os::unix::fs::{MetadataExt, PermissionsExt, symlink};
use std::path::Path;
use std::time::{Duration, SystemTime};
use std::{fs, thread};

use proptest::prelude::*;

use super::file::MOST_SOURCES;
use super::{Glance, Index, LONGEST, Seen, Sight, Who};
use crate::entry::stamp::Stamp;
use crate::private::Folder;

const SOURCE: &str = "bq://acme/logs";

fn pod(pod: impl Into<String>) -> Who {
    Who { cluster: "east".into(), namespace: "shop".into(), pod: pod.into(), container: "web".into() }
}

/// From one second to another one.
fn sight(first: i64, last: i64, entries: u64) -> Sight {
    let stamp = |secs| Stamp { secs, nanos: 0 };
    Sight { first: stamp(first), last: stamp(last), entries }
}

fn index(seen: impl IntoIterator<Item = (Who, Sight)>) -> Index {
    let mut index = Index::new(SOURCE);
    seen.into_iter().for_each(|(who, sight)| index.add(who, sight));
    index
}

fn save(folder: &Path, seen: impl IntoIterator<Item = (Who, Sight)>) {
    // Where it cannot be kept it is not there, which is what tests look at.
    let _ = index(seen).save_to(&Folder::at(folder));
}

fn load(folder: &Path) -> Index {
    Index::load_from(&Folder::at(folder), SOURCE)
}

#[test]
fn what_two_runs_saw_apart_adds_up_and_what_they_may_have_seen_both_counts_once() {
    for (one, other, both) in [
        (sight(10, 20, 5), sight(21, 30, 7), sight(10, 30, 12)),
        (sight(21, 30, 7), sight(10, 20, 5), sight(10, 30, 12)),
        (sight(10, 20, 5), sight(20, 30, 7), sight(10, 30, 7)),
        (sight(10, 20, 5), sight(12, 15, 3), sight(10, 20, 5)),
        (sight(10, 20, u64::MAX), sight(30, 40, 1), sight(10, 40, u64::MAX)),
    ] {
        assert_eq!(one.and(other), both, "{one:?} {other:?}");
    }
}

#[test]
fn what_was_saved_is_there_for_the_next_run_with_its_labels() {
    let dir = tempfile::tempdir().unwrap();
    let hostile = Who { pod: "a\n\"b\t\u{1b}[2J é".into(), cluster: String::new(), ..pod("") };
    let late = Sight { last: Stamp { secs: 20, nanos: 123_456_789 }, ..sight(10, 20, 5) };
    save(dir.path(), [(pod("web-1"), late), (hostile.clone(), sight(1, 2, 1))]);
    let mut second = index([(pod("web-2"), sight(3, 4, 1))]);
    second.add_label("k8s-pod/app");
    second.add_label("k8s_pod_tier");
    second.add_label("compute.googleapis.com/resource_name");
    second.save_to(&Folder::at(dir.path())).unwrap();
    let mut all = index([(pod("web-1"), late), (pod("web-2"), sight(3, 4, 1)), (hostile, sight(1, 2, 1))]);
    all.labels = ["app".into(), "tier".into()].into();
    assert_eq!(load(dir.path()), all);
}

#[test]
fn of_another_source_nothing_is_known() {
    let dir = tempfile::tempdir().unwrap();
    save(dir.path(), [(pod("web-1"), sight(1, 2, 1))]);
    let other = Index::load_from(&Folder::at(dir.path()), "bq://acme/other");
    assert_eq!(other, Index::new("bq://acme/other"));
}

#[test]
fn a_damaged_file_is_as_if_it_were_not_there_and_is_replaced() {
    let dir = tempfile::tempdir().unwrap();
    save(dir.path(), [(pod("web-1"), sight(1, 2, 1))]);
    let file =
        fs::read_dir(dir.path()).unwrap().map(|file| file.unwrap().path()).find(|p| p.extension().unwrap() == "jsonl");
    let file = file.unwrap();
    let sound = fs::read_to_string(&file).unwrap();
    for damaged in [
        "",
        "no JSON",
        &sound[..sound.len() - 9],
        &sound.replace("\"index\":1", "\"index\":999"),
        &sound.replace("acme/logs", "acme/gols"),
        &sound.replace("1970", "19x0"),
    ] {
        fs::write(&file, damaged).unwrap();
        assert_eq!(load(dir.path()), Index::new(SOURCE), "{damaged}");
        save(dir.path(), [(pod("web-2"), sight(1, 2, 1))]);
        assert_eq!(load(dir.path()), index([(pod("web-2"), sight(1, 2, 1))]), "{damaged}");
    }
}

#[test]
fn only_its_owner_can_read_it_and_nothing_is_read_or_written_where_others_may_write() {
    let dir = tempfile::tempdir().unwrap();
    let folder = dir.path().join("state/lq");
    save(&folder, [(pod("web-1"), sight(1, 2, 1))]);
    assert_eq!(fs::metadata(&folder).unwrap().mode() & 0o777, 0o700);
    for file in fs::read_dir(&folder).unwrap() {
        let file = file.unwrap();
        let mode = file.metadata().unwrap().mode() & 0o077;
        assert!(mode == 0 || file.file_name() == "names.lock", "{file:?} {mode:o}");
    }
    fs::set_permissions(&folder, fs::Permissions::from_mode(0o777)).unwrap();
    save(&folder, [(pod("web-2"), sight(1, 2, 1))]);
    assert_eq!(load(&folder), Index::new(SOURCE));
    fs::set_permissions(&folder, fs::Permissions::from_mode(0o700)).unwrap();
    assert_eq!(load(&folder), index([(pod("web-1"), sight(1, 2, 1))]));
}

#[test]
fn a_link_in_its_place_is_neither_read_nor_followed() {
    let dir = tempfile::tempdir().unwrap();
    let (theirs, ours) = (dir.path().join("theirs"), dir.path().join("ours"));
    save(&theirs, [(pod("web-1"), sight(1, 2, 1))]);
    fs::create_dir(&ours).unwrap();
    let before: Vec<_> = fs::read_dir(&theirs).unwrap().map(|file| file.unwrap().file_name()).collect();
    for name in before.iter().filter(|name| *name != "names.lock") {
        symlink(theirs.join(name), ours.join(name)).unwrap();
    }
    assert_eq!(load(&ours), Index::new(SOURCE));
    save(&ours, [(pod("web-2"), sight(1, 2, 1))]);
    assert_eq!(load(&ours), index([(pod("web-2"), sight(1, 2, 1))]));
    assert_eq!(load(&theirs), index([(pod("web-1"), sight(1, 2, 1))]));
}

#[test]
fn runs_at_the_same_time_lose_nothing_of_each_other() {
    let dir = tempfile::tempdir().unwrap();
    thread::scope(|scope| {
        for run in 0..8 {
            let folder = dir.path();
            scope.spawn(move || {
                for turn in 0..10 {
                    save(folder, [(pod(format!("web-{run}-{turn}")), sight(1, 2, 1))]);
                }
            });
        }
    });
    assert_eq!(load(dir.path()).seen.len(), 80);
}

#[test]
fn what_was_not_seen_for_longest_is_forgotten_first() {
    let mut known = index((0..10).map(|n| (pod(format!("web-{n}")), sight(0, 100 + n / 4, 1))));
    known.prune(10);
    assert_eq!(known.seen.len(), 10);
    known.prune(5);
    let kept: Vec<&str> = known.seen.keys().map(|who| who.pod.as_str()).collect();
    assert_eq!(kept, ["web-4", "web-5", "web-6", "web-8", "web-9"]);
}

#[test]
fn sources_that_were_not_read_for_longest_are_forgotten_first() {
    let dir = tempfile::tempdir().unwrap();
    let files = || {
        let names = fs::read_dir(dir.path()).unwrap().map(|file| file.unwrap().file_name().into_string().unwrap());
        names.filter(|name| name.ends_with(".jsonl")).collect::<Vec<_>>()
    };
    for number in 0..MOST_SOURCES + 5 {
        let mut index = Index::new(format!("/srv/archive-{number}"));
        index.add(pod("web-1"), sight(1, 2, 1));
        index.save_to(&Folder::at(dir.path())).unwrap();
    }
    assert_eq!(files().len(), MOST_SOURCES);
    assert!(!files().iter().any(|name| name.contains("archive-0-")), "{:?}", files());
    assert!(files().iter().any(|name| name.contains(&format!("archive-{}-", MOST_SOURCES + 4))), "{:?}", files());
}

#[test]
fn names_that_kubernetes_cannot_have_are_not_remembered() {
    let dir = tempfile::tempdir().unwrap();
    let seen = index([
        (pod("x".repeat(LONGEST)), sight(1, 2, 1)),
        (pod("x".repeat(LONGEST + 1)), sight(1, 2, 1)),
        (Who::default(), sight(1, 2, 1)),
    ]);
    assert_eq!(seen.seen.len(), 3, "but whoever asks sees them");
    seen.save_to(&Folder::at(dir.path())).unwrap();
    assert_eq!(load(dir.path()), index([(pod("x".repeat(LONGEST)), sight(1, 2, 1))]));
}

#[test]
fn a_folder_that_is_not_ours_alone_is_neither_read_nor_written_and_says_why() {
    let dir = tempfile::tempdir().unwrap();
    let (theirs, link, file) = (dir.path().join("theirs"), dir.path().join("link"), dir.path().join("file"));
    save(&theirs, [(pod("web-1"), sight(1, 2, 1))]);
    symlink(&theirs, &link).unwrap();
    fs::write(&file, "").unwrap();
    for (place, flaw) in [(&link, "it is a link"), (&file, "it is no folder")] {
        let error = index([(pod("web-2"), sight(1, 2, 1))]).save_to(&Folder::at(place)).unwrap_err();
        assert_eq!(error.to_string(), flaw);
        assert_eq!(load(place), Index::new(SOURCE));
    }
    assert_eq!(load(&theirs).seen.len(), 1);
    save(&dir.path().join("link/deeper"), [(pod("web-1"), sight(1, 2, 1))]);
    assert_eq!(load(&theirs.join("deeper")).seen.len(), 1, "folders above may be links");
}

#[test]
fn what_killed_runs_left_displaces_no_source_and_goes_after_a_day() {
    let dir = tempfile::tempdir().unwrap();
    save(dir.path(), [(pod("web-1"), sight(1, 2, 1))]);
    let half = |number: usize| dir.path().join(format!("names-logs.jsonl{number}.part"));
    for number in 0..=MOST_SOURCES {
        fs::write(half(number), "").unwrap();
    }
    let old = SystemTime::now() - Duration::from_secs(2 * 86_400);
    fs::File::options().write(true).open(half(0)).unwrap().set_modified(old).unwrap();
    let mut other = Index::new("bq://acme/other");
    other.add(pod("web-1"), sight(1, 2, 1));
    other.save_to(&Folder::at(dir.path())).unwrap();
    assert_eq!(load(dir.path()).seen.len(), 1);
    assert_eq!((half(0).exists(), half(1).exists()), (false, true));
}

proptest! {
    #[test]
    fn whatever_was_seen_is_read_back(
        seen in prop::collection::vec((any::<[String; 4]>(), 0..4_000_000_000i64, 0..1_000_000_000u32, any::<u64>()), 0..20),
        labels in prop::collection::btree_set("[a-z./-]{1,20}", 0..5),
    ) {
        let dir = tempfile::tempdir().unwrap();
        let mut known = index(seen.into_iter().map(|([cluster, namespace, pod, container], secs, nanos, entries)| {
            let stamp = Stamp { secs, nanos };
            (Who { cluster, namespace, pod, container }, Sight { first: stamp, last: stamp, entries })
        }));
        known.seen.retain(|who, _| who.is_sound());
        labels.iter().for_each(|key| known.add_label(&format!("k8s-pod/{key}")));
        known.save_to(&Folder::at(dir.path())).unwrap();
        prop_assert_eq!(load(dir.path()), known);
    }
}

#[test]
fn a_glance_shows_what_was_saved_under_plain_names_and_passes_over_what_is_damaged() {
    let dir = tempfile::tempdir().unwrap();
    let folder = Folder::at(dir.path());
    let hostile = Who { pod: "a\n\"b\t\u{1b}[2J é".into(), cluster: String::new(), ..pod("") };
    let mut saved =
        index([(pod("web-1"), sight(10, 20, 5)), (pod("web-2"), sight(1, 30, 1)), (hostile, sight(1, 2, 1))]);
    saved.add_label("k8s-pod/app");
    saved.save_to(&folder).unwrap();
    let glance = Glance::in_folder(&folder, SOURCE);
    assert_eq!(glance.labels(), saved.labels);
    let seen = |pod, last, entries| {
        let last = Stamp { secs: last, nanos: 0 };
        Seen { cluster: "east", namespace: "shop", pod, container: "web", last, entries }
    };
    assert_eq!(glance.seen(), [seen("web-1", 20, 5), seen("web-2", 30, 1)]);

    assert_eq!(Glance::in_folder(&folder, "bq://acme/other").seen(), []);
    let file =
        fs::read_dir(dir.path()).unwrap().map(|file| file.unwrap().path()).find(|p| p.extension().unwrap() == "jsonl");
    let file = file.unwrap();
    let sound = fs::read_to_string(&file).unwrap();
    for (damaged, shown) in [
        ("", 0),
        ("no JSON", 0),
        (&sound[..sound.len() - 9], 1),
        (&sound.replace("\"index\":1", "\"index\":999"), 0),
        (&sound.replace("1970", "19x0"), 0),
        (&sound.replace("\"entries\":5", "\"entries\":-5"), 1),
    ] {
        fs::write(&file, damaged).unwrap();
        assert_eq!(Glance::in_folder(&folder, SOURCE).seen().len(), shown, "{damaged}");
    }
}
