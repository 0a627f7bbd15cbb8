//! README.ja.md keeps in step with README.md: section by section the same headings, commands, code and links.

use std::collections::BTreeSet;
use std::path::Path;

/// What a translation keeps of a section.
#[derive(Debug, Default, PartialEq)]
struct Section {
    /// 1 for the title.
    level: usize,
    /// The lines of code blocks, without the comments behind them. A block without a language is a picture.
    commands: Vec<String>,
    /// The code in each row of its tables.
    rows: Vec<BTreeSet<String>>,
    /// How many items its lists have.
    items: usize,
    /// The code in its text.
    code: BTreeSet<String>,
    /// Where its links lead.
    links: BTreeSet<String>,
}

/// A line of code as a shell reads it.
fn uncommented(line: &str) -> String {
    line.split_once(" # ").map_or(line, |(command, _)| command).trim_end().to_owned()
}

fn sections(name: &str) -> Vec<Section> {
    let page = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(name)).unwrap();
    let code = regex::Regex::new("`([^`]+)`").unwrap();
    let link = regex::Regex::new(r"\]\(([^)]+)\)").unwrap();
    let found = |pattern: &regex::Regex, text: &str| -> BTreeSet<String> {
        pattern.captures_iter(text).map(|found| found[1].replace('\n', " ")).collect()
    };
    let mut sections: Vec<(Section, String)> = Vec::new();
    let mut block: Option<&str> = None;
    for line in page.lines() {
        match (block, line.strip_prefix("```")) {
            (None, Some(language)) => block = Some(language),
            (Some(_), Some(_)) => block = None,
            (None, None) if line.starts_with('#') => {
                let level = line.chars().take_while(|character| *character == '#').count();
                sections.push((Section { level, ..Section::default() }, String::new()));
            }
            (_, None) => {
                let (section, text) = sections.last_mut().unwrap();
                match block {
                    Some("") => (),
                    Some(_) => section.commands.push(uncommented(line)),
                    None if line.starts_with("    ") => section.commands.push(uncommented(line)),
                    None => {
                        section.items += usize::from(line.starts_with("- "));
                        if line.starts_with('|') {
                            section.rows.push(found(&code, line));
                        }
                        text.push_str(line);
                        text.push('\n');
                    }
                }
            }
        }
    }
    for (section, text) in &mut sections {
        section.code = found(&code, text);
        section.links = found(&link, text);
    }
    sections.into_iter().map(|(section, _)| section).collect()
}

#[test]
fn the_japanese_readme_has_the_same_sections_commands_code_and_links() {
    let mut english = sections("README.md");
    let mut japanese = sections("README.ja.md");
    assert!(english[0].links.remove("README.ja.md") && japanese[0].links.remove("README.md"), "each names the other");
    assert!(english.len() >= 9 && english.iter().map(|section| section.commands.len()).sum::<usize>() > 20);
    for (english, japanese) in english.iter().zip(&japanese) {
        assert_eq!(japanese, english);
    }
    assert_eq!(japanese.len(), english.len());
}
