//! The pages in `man/`: mandoc and groff find nothing in them to complain of, and man shows them.
//! `make tools` installs these programs.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

fn pages() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("man");
    let mut pages: Vec<PathBuf> = std::fs::read_dir(folder).unwrap().map(|page| page.unwrap().path()).collect();
    pages.sort();
    assert!(pages.len() >= 6, "{pages:?}");
    pages
}

/// `lq-query(1)` for `man/lq-query.1`.
fn name(page: &Path) -> String {
    let file = page.file_name().unwrap().to_str().unwrap();
    let (name, section) = file.rsplit_once('.').unwrap();
    format!("{name}({section})")
}

fn run(program: &str, words: &[&str], page: &Path) -> Output {
    let mut command = Command::new(program);
    command.args(words).arg(page).env("LC_ALL", "C.UTF-8").env("MANWIDTH", "80").env("MANPAGER", "cat");
    command.output().unwrap_or_else(|e| panic!("{program}: {e}; `make tools` installs it"))
}

#[test]
fn mandoc_finds_nothing_to_complain_of() {
    for page in pages() {
        let lint = run("mandoc", &["-T", "lint", "-W", "style"], &page);
        let said = String::from_utf8_lossy(&lint.stdout).into_owned() + &String::from_utf8_lossy(&lint.stderr);
        assert!(said.is_empty() && lint.status.success(), "{said}");
    }
}

#[test]
fn groff_finds_nothing_to_complain_of() {
    for page in pages() {
        let groff = run("groff", &["-t", "-ww", "-man", "-z"], &page);
        let said = String::from_utf8_lossy(&groff.stderr);
        assert!(said.is_empty() && groff.status.success(), "{}: {said}", name(&page));
    }
}

#[test]
fn man_shows_every_page_with_its_sections() {
    for page in pages() {
        let man = run("man", &["--warnings", "-l"], &page);
        let shown = String::from_utf8(man.stdout).unwrap();
        assert!(man.status.success() && man.stderr.is_empty(), "{}", String::from_utf8_lossy(&man.stderr));
        assert!(shown.starts_with(&name(&page).to_uppercase()), "{shown}");
        let mut sections = vec!["NAME", "SYNOPSIS", "DESCRIPTION", "SEE ALSO"];
        if name(&page).starts_with("lq-") && name(&page).ends_with("(1)") {
            sections.extend(["OPTIONS", "EXAMPLES", "EXIT STATUS", "ENVIRONMENT", "FILES"]);
        }
        for section in sections {
            assert!(shown.contains(&format!("\n{section}\n")), "{}: {section}", name(&page));
        }
        // Neither cut by the screen's edge nor hyphenated: commands and names are copied from here.
        let spoilt = shown.lines().find(|line| line.chars().count() > 80 || line.ends_with('‐'));
        assert!(spoilt.is_none(), "{}: {spoilt:?}", name(&page));
    }
}

#[test]
fn lq_7_leads_to_every_page() {
    let lq = pages().into_iter().find(|page| name(page) == "lq(7)").unwrap();
    let shown = String::from_utf8(run("man", &["-l"], &lq).stdout).unwrap();
    let see_also = shown.split("\nSEE ALSO\n").nth(1).unwrap();
    for page in pages().into_iter().filter(|page| *page != lq) {
        assert!(see_also.contains(&name(&page)), "{}", name(&page));
    }
}
