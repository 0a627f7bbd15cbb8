//! What a shell hands over to have a word completed.

use crate::complete::line;
use crate::complete::shell::Shell;

/// Which shell it is in the first line, in the next ones what it hands over.
pub fn complete(data: &[u8]) {
    let text = super::text(data);
    let mut lines = text.split('\n').map(str::to_owned);
    let shell = lines.next().and_then(|name| Shell::parse(&name)).unwrap_or(Shell::Bash);
    let handed: Vec<String> = lines.collect();
    if let Some(line) = handed.first() {
        words_are_those_of_a_shell(line);
    }
    let request = shell.request(handed);
    assert!(request.current > 0 && request.current < request.words.len());
    assert!(request.word().is_char_boundary(request.kept));
    let offers = ["--since=", "web 1", "a\\b:c", "注文", "\u{1b}[2J"].map(Into::into).into();
    let answer = request.answer(offers);
    assert!(!answer.contains(|c: char| c.is_control() && !matches!(c, '\n' | '\t')), "{answer:?}");
}

/// Complete lines are cut as shlex cuts them. It knows of comments and of lines that go on, but nothing of
/// redirections.
fn words_are_those_of_a_shell(text: &str) {
    if text.contains(['<', '>', '#', '\n']) {
        return;
    }
    let Some(theirs) = shlex::split(text) else { return };
    let mut ours = line::read(text, "").words;
    // The word at the cursor is there, if only as an empty one.
    if ours.len() > theirs.len() {
        assert_eq!(ours.pop().as_deref(), Some(""), "{text}");
    }
    assert_eq!(ours, theirs, "{text}");
}
