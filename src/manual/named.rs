//! Which flags a text names that a tool does not have: for tests of what we tell people to type.

use std::collections::BTreeSet;

use regex::Regex;

/// Programs whose flags are their own affair.
const OTHERS: &[&str] = &["kubectl", "stern", "grep", "tail", "head", "tac", "jq", "sort", "uniq", "wc", "man"];

/// The flags in `text`, with their hyphens.
fn flags(text: &str) -> BTreeSet<String> {
    let flag = Regex::new(r"(?m)(?:^|[\s(|`'])(--?[A-Za-z][a-z-]*)").unwrap();
    flag.captures_iter(text).map(|found| found[1].to_owned()).collect()
}

/// Those in `text` that there are not. They are `tool`'s, but behind the name of another program its.
pub(crate) fn unknown(text: &str, tool: &str) -> Vec<String> {
    let known = super::commands().map(|mut command| {
        let help = command.render_long_help().to_string();
        (command.get_name().to_owned(), flags(&help))
    });
    let mut unknown = Vec::new();
    for line in text.lines() {
        let mut program = tool;
        for word in line.split(' ') {
            let bare = word.trim_matches(|c: char| !c.is_ascii_alphabetic());
            if OTHERS.contains(&bare) || known.iter().any(|(name, _)| name == bare) {
                program = bare;
            }
            if let Some((_, known)) = known.iter().find(|(name, _)| name == program) {
                unknown.extend(flags(word).into_iter().filter(|flag| !known.contains(flag)));
            }
        }
    }
    unknown
}
