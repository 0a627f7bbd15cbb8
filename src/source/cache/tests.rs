//! Slices that are kept, found, damaged, and give way.

use std::fs;
use std::io::Write;
use std::ops::ControlFlow;
use std::path::Path;
use std::time::Duration;

use proptest::prelude::*;
use sha2::{Digest, Sha256};

use super::*;

const MIB: u64 = 1 << 20;

fn window(since: &str, until: &str) -> Window {
    Window { since: since.parse().unwrap(), until: until.parse().unwrap() }
}

fn a_day() -> Window {
    window("2024-12-18T00:00:00Z", "2024-12-19T00:00:00Z")
}

fn label(asked: &str, of: Window, rows: usize) -> Label {
    let asked = vec![("selection".to_owned(), asked.to_owned())];
    let tables = vec![TableState { table: "stdout_20241218".into(), state: "as it is".into(), rows: 100 }];
    let key = Label::key_of(&asked);
    Label { key, asked, since: of.since, until: of.until, tables, rows: rows as u64, mended: 0 }
}

fn rows(lines: &[String]) -> Rows {
    let mut rows = Rows::default();
    lines.iter().for_each(|line| rows.push(line));
    rows
}

fn keep(cache: &Cache, label: Label, lines: &[String]) -> io::Result<()> {
    let mut writer = cache.begin()?;
    writer.append(&rows(lines))?;
    assert_eq!(writer.rows, lines.len() as u64);
    cache.keep(writer, label)
}

fn read(cache: &Cache, kept: &Kept) -> io::Result<Vec<String>> {
    let mut lines = Vec::new();
    let whole = cache.read(kept, |line| {
        lines.push(line.to_owned());
        ControlFlow::Continue(())
    })?;
    assert!(whole.is_continue());
    Ok(lines)
}

/// The rows of what is kept under this question.
fn find(cache: &Cache, asked: &str, of: Window) -> Option<io::Result<Vec<String>>> {
    cache.find(&label(asked, of, 0).key, &of).first().map(|kept| read(cache, kept))
}

fn three() -> Vec<String> {
    ["one", "", "three: 東京"].map(str::to_owned).into()
}

fn names(folder: &Path) -> Vec<String> {
    let mut names: Vec<String> =
        fs::read_dir(folder).unwrap().map(|file| file.unwrap().file_name().into_string().unwrap()).collect();
    names.retain(|name| name != LOCK);
    names.sort();
    names
}

proptest! {
    #[test]
    fn what_was_kept_comes_back_as_it_was(lines in prop::collection::vec(any::<String>(), 0..50)) {
        let home = tempfile::tempdir().unwrap();
        let cache = Cache::at(&home.path().join("lq"), MIB);
        keep(&cache, label("web", a_day(), lines.len()), &lines).unwrap();
        prop_assert_eq!(find(&cache, "web", a_day()).unwrap().unwrap(), lines);
    }

    #[test]
    fn questions_that_differ_have_keys_that_differ(
        left in prop::collection::vec(("[a-c]{0,2}", "[a-c=]{0,3}"), 0..4),
        right in prop::collection::vec(("[a-c]{0,2}", "[a-c=]{0,3}"), 0..4),
    ) {
        prop_assert_eq!(left == right, Label::key_of(&left) == Label::key_of(&right));
    }
}

#[test]
fn a_slice_serves_every_window_that_it_covers_and_no_other() {
    let home = tempfile::tempdir().unwrap();
    let cache = Cache::at(&home.path().join("lq"), MIB);
    keep(&cache, label("web", window("2024-12-18T00:00:00.5Z", "2024-12-19T12:00:00.5Z"), 3), &three()).unwrap();
    for (since, until, is_served) in [
        ("2024-12-18T00:00:00.5Z", "2024-12-19T12:00:00.5Z", true),
        ("2024-12-18T07:00:00Z", "2024-12-18T08:00:00Z", true),
        ("2024-12-18T00:00:00.4Z", "2024-12-18T08:00:00Z", false),
        ("2024-12-18T07:00:00Z", "2024-12-19T12:00:00.6Z", false),
        ("2024-12-17T07:00:00Z", "2024-12-20T00:00:00Z", false),
    ] {
        assert_eq!(find(&cache, "web", window(since, until)).is_some(), is_served, "{since} {until}");
    }
    assert!(find(&cache, "api", a_day()).is_none(), "another question");
}

#[test]
fn the_narrowest_slice_is_read_first() {
    let home = tempfile::tempdir().unwrap();
    let cache = Cache::at(&home.path().join("lq"), MIB);
    keep(&cache, label("web", window("2024-12-01T00:00:00Z", "2024-12-31T00:00:00Z"), 3), &three()).unwrap();
    keep(&cache, label("web", a_day(), 1), &["narrow".to_owned()]).unwrap();
    assert_eq!(find(&cache, "web", a_day()).unwrap().unwrap(), ["narrow"]);
}

#[test]
fn no_flipped_bit_and_no_cut_passes_for_a_row() {
    let home = tempfile::tempdir().unwrap();
    let folder = home.path().join("lq");
    let cache = Cache::at(&folder, MIB);
    let lines: Vec<String> = (0..40).map(|n| format!("line {n} of forty")).collect();
    keep(&cache, label("web", a_day(), lines.len()), &lines).unwrap();
    let file = folder.join(&names(&folder)[0]);
    let sound = fs::read(&file).unwrap();
    let is_refused = |bytes: &[u8], how: &str| {
        fs::write(&file, bytes).unwrap();
        let read = find(&cache, "web", a_day());
        assert!(read.is_none_or(|read| read.is_err()), "{how}");
    };
    for at in 0..sound.len() {
        let mut bytes = sound.clone();
        bytes[at] ^= 1 << (at % 8);
        is_refused(&bytes, &format!("byte {at} of {} flipped", sound.len()));
        is_refused(&sound[..at], &format!("cut at {at}"));
        is_refused(&[&sound[..at], &[0], &sound[at..]].concat(), &format!("a byte more at {at}"));
    }
    fs::write(&file, &sound).unwrap();
    assert_eq!(find(&cache, "web", a_day()).unwrap().unwrap(), lines);
}

/// A file with sums that are right over rows that are not.
fn forged(label: &Label, rows: &[u8]) -> Vec<u8> {
    let frame = zstd::encode_all(rows, 1).unwrap();
    let sum: String = Sha256::digest(&frame).iter().map(|byte| format!("{byte:02x}")).collect();
    let label = serde_json::json!({"label": label, "sum": sum}).to_string().into_bytes();
    [&frame[..], &label, &Sha256::digest(&label)[..], &(label.len() as u32).to_le_bytes(), b"lqslice1"].concat()
}

#[test]
fn a_file_that_lies_about_its_rows_is_refused() {
    let home = tempfile::tempdir().unwrap();
    let folder = home.path().join("lq");
    let cache = Cache::at(&folder, MIB);
    let one = label("web", a_day(), 1);
    keep(&cache, one.clone(), &["x".to_owned()]).unwrap();
    let file = folder.join(&names(&folder)[0]);
    let zeros = vec![0; 64 << 20];
    for (how, rows) in [
        ("a row longer than any", &[0xff, 0xff, 0xff, 0xff, b'x'][..]),
        ("a row longer than what is there", &[0, 0, 0, 0x0f, b'x']),
        ("half a length", &[1, 0]),
        ("no row", &[]),
        ("a row too many", &[1, 0, 0, 0, b'x', 1, 0, 0, 0, b'y']),
        ("a row that is not UTF-8", &[1, 0, 0, 0, 0xff]),
        ("far more than it says", &zeros),
    ] {
        fs::write(&file, forged(&one, rows)).unwrap();
        assert!(find(&cache, "web", a_day()).unwrap().is_err(), "{how}");
    }
    fs::write(&file, forged(&one, &[1, 0, 0, 0, b'x'])).unwrap();
    assert_eq!(find(&cache, "web", a_day()).unwrap().unwrap(), ["x"], "and a sound one is read");
    fs::write(&file, forged(&label("api", a_day(), 1), &[1, 0, 0, 0, b'x'])).unwrap();
    assert!(find(&cache, "web", a_day()).is_none(), "a slice of something else under this name");
}

/// A row that does not compress well.
fn noise(seed: u64) -> Vec<String> {
    let mut state = seed;
    let mut letter = || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        char::from(b'!' + (state >> 58) as u8)
    };
    vec![(0..20_000).map(|_| letter()).collect::<String>()]
}

#[test]
fn what_a_run_takes_or_keeps_does_not_give_way_to_what_it_keeps() {
    let home = tempfile::tempdir().unwrap();
    let folder = home.path().join("lq");
    let first = Cache::at(&folder, MIB);
    keep(&first, label("a", a_day(), 1), &noise(1)).unwrap();
    let room = first.held() * 2 + 100;
    let slices = ["a", "b", "c", "d"];
    let look = |cache: &Cache| {
        // As a run does: what is there is marked, then slice after slice is read or kept.
        let there = slices.map(|asked| cache.find(&label(asked, a_day(), 1).key, &a_day()).pop());
        there.iter().flatten().for_each(|kept| cache.touch(kept));
        for (seed, asked) in slices.iter().enumerate().filter(|(n, _)| there[*n].is_none()) {
            let _ = keep(cache, label(asked, a_day(), 1), &noise(seed as u64 + 1));
        }
        there.map(|kept| kept.is_some())
    };
    assert_eq!(look(&Cache::at(&folder, room)), [true, false, false, false]);
    for time in 2..=4 {
        assert_eq!(look(&Cache::at(&folder, room)), [true, true, false, false], "time {time}");
    }
    keep(&Cache::at(&folder, room), label("new", a_day(), 1), &noise(9)).unwrap();
    assert_eq!(look(&Cache::at(&folder, room)).iter().filter(|is_there| **is_there).count(), 1, "another run is free");
}

#[test]
fn what_is_written_takes_its_room_before_it_is_whole() {
    let home = tempfile::tempdir().unwrap();
    let folder = home.path().join("lq");
    let lines = |count: u64| (0..count).flat_map(noise).collect::<Vec<String>>();
    keep(&Cache::at(&folder, MIB), label("old", a_day(), 10), &lines(10)).unwrap();
    let cache = Cache::at(&folder, 300_000);
    let mut writer = cache.begin().unwrap();
    cache.make_room_for(&writer).unwrap();
    assert_eq!(cache.all().len(), 1);
    writer.append(&rows(&lines(20))).unwrap();
    cache.make_room_for(&writer).unwrap();
    assert!(cache.all().is_empty(), "{} bytes", writer.bytes());
}

#[test]
fn files_of_another_version_stay_and_count_until_there_is_no_room() {
    let home = tempfile::tempdir().unwrap();
    let folder = home.path().join("lq");
    let cache = Cache::at(&folder, MIB);
    keep(&cache, label("web", a_day(), 3), &three()).unwrap();
    let ours = cache.held();
    let later = folder.join("slice-of-a-later-version");
    fs::write(&later, vec![0; 5_000]).unwrap();
    let other = folder.join(name(&label("api", a_day(), 3)));
    fs::write(&other, b"a label that is another one's: lqslice2").unwrap();
    assert_eq!(cache.all().len(), 1);
    assert!(find(&cache, "api", a_day()).is_none());
    assert!(later.exists() && other.exists() && cache.held() > ours + 5_000);
    let shrunk = Cache::at(&folder, 0);
    shrunk.shrink().unwrap();
    assert_eq!((shrunk.held(), names(&folder)), (0, Vec::new()));
}

#[test]
fn what_was_not_used_for_longest_gives_way() {
    let home = tempfile::tempdir().unwrap();
    let folder = home.path().join("lq");
    let roomy = Cache::at(&folder, MIB);
    for (n, asked) in ["old", "used", "young"].into_iter().enumerate() {
        keep(&roomy, label(asked, a_day(), 1), &noise(n as u64)).unwrap();
        let kept = roomy.find(&label(asked, a_day(), 1).key, &a_day()).remove(0);
        let file = fs::File::open(folder.join(&kept.name)).unwrap();
        file.set_modified(SystemTime::now() - Duration::from_secs(1_000 - n as u64)).unwrap();
    }
    assert!(find(&roomy, "used", a_day()).is_some(), "which counts as use");
    let all: u64 = roomy.all().iter().map(|kept| kept.bytes).sum();
    let tight = Cache::at(&folder, all + 100);
    keep(&tight, label("new", a_day(), 1), &noise(9)).unwrap();
    let there = |asked: &str| find(&tight, asked, a_day()).is_some();
    assert_eq!(["old", "used", "young", "new"].map(there), [false, true, true, true]);
    assert!(tight.all().iter().map(|kept| kept.bytes).sum::<u64>() <= tight.most);
    let small = Cache::at(&folder, 1_000);
    let error = keep(&small, label("large", a_day(), 1), &noise(10)).unwrap_err();
    assert!(error.to_string().contains("cache-size"), "{error}");
    assert!(there("used"), "what does not fit moves nobody");
}

#[test]
fn many_writers_at_once_leave_sound_files() {
    let home = tempfile::tempdir().unwrap();
    let cache = Cache::at(&home.path().join("lq"), MIB);
    std::thread::scope(|scope| {
        for writer in 0..8 {
            let cache = &cache;
            scope.spawn(move || {
                for _ in 0..5 {
                    keep(cache, label("web", a_day(), 3), &three()).unwrap();
                    let asked = format!("of {writer}");
                    keep(cache, label(&asked, a_day(), 3), &three()).unwrap();
                    assert!(find(cache, &asked, a_day()).is_some_and(|read| read.is_ok()));
                }
            });
        }
    });
    assert_eq!(cache.all().len(), 9);
    assert_eq!(find(&cache, "web", a_day()).unwrap().unwrap(), three());
}

#[test]
fn links_and_foreign_files_are_not_followed() {
    let home = tempfile::tempdir().unwrap();
    let folder = home.path().join("lq");
    let cache = Cache::at(&folder, MIB);
    keep(&cache, label("web", a_day(), 3), &three()).unwrap();
    let file = folder.join(&names(&folder)[0]);
    let away = home.path().join("elsewhere");
    fs::rename(&file, &away).unwrap();
    std::os::unix::fs::symlink(&away, &file).unwrap();
    assert!(find(&cache, "web", a_day()).is_none());
    keep(&cache, label("web", a_day(), 3), &three()).unwrap();
    assert!(!file.is_symlink() && away.exists(), "the link gave way, not what it led to");
    let mut other = fs::File::create(folder.join("slice-x_y_z")).unwrap();
    other.write_all(b"somebody's").unwrap();
    assert_eq!(cache.all().len(), 1);
}
