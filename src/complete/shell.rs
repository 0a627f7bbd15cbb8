//! What the shells' scripts ask, and how they are answered. The scripts lie in `completions/`; with
//! `COMPLETE` and no words a tool prints the one of its shell, to be sourced.

use clap_complete::engine::CompletionCandidate;

use super::{line, words};
use crate::entry::sanitize;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Shell {
    Bash,
    Zsh,
    Fish,
    /// Not a shell, but what stands in front of several of them: the plugin's `kubectl_complete-lq`.
    Kubectl,
}

/// A word to be completed, and what stands around it, without the shell's quotes.
#[derive(Debug)]
pub(crate) struct Request {
    shell: Shell,
    /// From the command's name on.
    pub words: Vec<String>,
    /// The place of the word.
    pub current: usize,
    /// So many bytes of the word stay as they are: what is offered begins behind them.
    pub kept: usize,
    quote: Option<char>,
    /// The word names a file, whatever the tool is.
    pub is_path: bool,
    /// Whatever is offered, the shell would make something else of it.
    pub is_hopeless: bool,
}

impl Shell {
    /// `None` for what other programs mean by `COMPLETE`.
    pub(crate) fn parse(name: &str) -> Option<Self> {
        match name {
            "bash" => Some(Shell::Bash),
            "zsh" => Some(Shell::Zsh),
            "fish" => Some(Shell::Fish),
            "kubectl" => Some(Shell::Kubectl),
            _ => None,
        }
    }

    /// What makes the shell ask.
    pub(crate) fn script(self, tool: &str) -> String {
        match self {
            Shell::Bash => include_str!("../../completions/lq.bash").to_owned(),
            Shell::Zsh => include_str!("../../completions/_lq").to_owned(),
            Shell::Fish => include_str!("../../completions/lq-query.fish").replace("lq-query", tool),
            Shell::Kubectl => String::new(),
        }
    }

    /// Reads what the scripts hand over, missing words as empty ones:
    /// bash: the line up to the cursor, the line behind it, and `COMP_WORDBREAKS`;
    /// zsh: the place of the word, the word up to the cursor, all words;
    /// fish: the place of the word, the words up to it, of which only it has its quotes;
    /// kubectl: the words behind the tool's name, the last one to be completed.
    pub(crate) fn request(self, handed: Vec<String>) -> Request {
        let mut handed = handed.into_iter();
        let mut next = || handed.next().unwrap_or_default();
        let empty = Request {
            shell: self,
            words: Vec::new(),
            current: 0,
            kept: 0,
            quote: None,
            is_path: false,
            is_hopeless: false,
        };
        let mut request = match self {
            Shell::Bash => {
                let (before, after, breaks) = (next(), next(), next());
                // Bash's own, where somebody unset them: readline breaks there all the same.
                let breaks = if breaks.is_empty() { " \t\n\"'@><=;|&(:".to_owned() } else { breaks };
                let line = line::read(&before, &breaks);
                let behind = after.starts_with(line::is_blank);
                // The rest of the word at the cursor is left alone.
                let after = line::read(&after, &breaks).words.into_iter().skip(usize::from(!behind));
                let current = line.words.len() - 1;
                let words = line.words.into_iter().chain(after.filter(|word| !word.is_empty())).collect();
                Request { words, current, kept: line.kept, quote: line.quote, is_path: line.is_redirection, ..empty }
            }
            Shell::Zsh => {
                let (current, word) = (next(), next());
                let (mut words, current) = placed(&current, handed);
                let kept = flag_of(&word);
                words[current] = word;
                Request { words, current, kept, ..empty }
            }
            Shell::Fish => {
                let (mut words, current) = placed(&next(), handed);
                let mut line = line::read(&words[current], "");
                words[current] = line.words.pop().unwrap_or_default();
                // Fish would put a backslash in front of the closing brace, and then the line is broken.
                Request { words, current, is_hopeless: line.has_open_brace, ..empty }
            }
            Shell::Kubectl => {
                let words: Vec<String> = std::iter::once(String::new()).chain(handed).collect();
                let current = words.len() - 1;
                Request { current, kept: flag_of(&words[current]), words, ..empty }
            }
        };
        // Without the command itself there is nothing to complete.
        if request.current == 0 {
            request.words.insert(0, String::new());
            request.current = 1;
        }
        request
    }
}

/// The length of `--flag=` in front of a value: zsh, and kubectl's own scripts, put it back themselves.
fn flag_of(word: &str) -> usize {
    word.find('=').filter(|_| word.starts_with("--")).map_or(0, |at| at + 1)
}

/// The words, and the place of the one at the cursor.
fn placed(number: &str, words: impl Iterator<Item = String>) -> (Vec<String>, usize) {
    let mut words: Vec<String> = words.collect();
    let current = number.parse::<usize>().unwrap_or_default().min(words.len());
    words.resize(words.len().max(current + 1), String::new());
    (words, current)
}

impl Request {
    /// The word to be completed, up to the cursor.
    pub(crate) fn word(&self) -> &str {
        &self.words[self.current]
    }

    /// First a line of what the shell is to do beside offering these words, then each of them.
    pub(crate) fn answer(&self, offers: Vec<CompletionCandidate>) -> String {
        let paths = offers.iter().find_map(words::Paths::of);
        let kept = &self.word()[..self.kept];
        let offered: Vec<(String, String)> = offers
            .iter()
            .filter(|offer| words::Paths::of(offer).is_none())
            .filter_map(|offer| {
                let value = offer.get_value().to_str()?.strip_prefix(kept)?;
                let help = offer.get_help().map(ToString::to_string).unwrap_or_default();
                let help = sanitize::line(help.lines().next().unwrap_or_default()).replace('\t', " ");
                (!value.chars().any(char::is_control)).then(|| (value.to_owned(), help))
            })
            .collect();
        match self.shell {
            Shell::Bash => self.bash(&offered, paths),
            Shell::Zsh => zsh(&offered, paths),
            Shell::Fish => format!("{}\n{}", paths.map_or("", words::Paths::name), with_tabs(&offered)),
            Shell::Kubectl => with_tabs(&offered) + &directive(&offered, paths),
        }
    }

    /// Options of `compopt`, then words with as many quotes as they need.
    fn bash(&self, offered: &[(String, String)], paths: Option<words::Paths>) -> String {
        let mut answer = "nosort".to_owned();
        if let [(only, _)] = offered
            && goes_on(only)
        {
            answer.push_str(" nospace");
        }
        answer.push_str(match paths {
            Some(words::Paths::Files) => " default",
            Some(words::Paths::Folders) => " dirnames",
            None => "",
        });
        answer.push('\n');
        for (value, _) in offered {
            for c in value.chars() {
                let is_special = match self.quote {
                    Some('"') => matches!(c, '$' | '`' | '"' | '\\'),
                    Some(_) => false,
                    None => c.is_ascii() && !c.is_ascii_alphanumeric() && !"._-/:,=+@%^{}".contains(c),
                };
                if is_special {
                    answer.push('\\');
                }
                answer.push(c);
            }
            answer.push('\n');
        }
        answer
    }
}

/// `=` in front of each word, or `>` where it goes on behind it; `_describe`'s form.
fn zsh(offered: &[(String, String)], paths: Option<words::Paths>) -> String {
    let mut answer = format!("{}\n", paths.map_or("", words::Paths::name));
    for (value, help) in offered {
        let mark = if goes_on(value) { '>' } else { '=' };
        let value = value.replace('\\', "\\\\").replace(':', "\\:");
        let colon = if help.is_empty() { "" } else { ":" };
        answer.push_str(&format!("{mark}{value}{colon}{}\n", help.replace('\\', "\\\\")));
    }
    answer
}

/// Fish knows by their last letters which words go on.
fn with_tabs(offered: &[(String, String)]) -> String {
    let line = |(value, help): &(String, String)| match help.is_empty() {
        true => format!("{value}\n"),
        false => format!("{value}\t{help}\n"),
    };
    offered.iter().map(line).collect()
}

/// Cobra's last line: 2 for no blank behind the word, 4 for no paths, 16 for folders.
/// <https://github.com/spf13/cobra/blob/main/site/content/completions/_index.md>
fn directive(offered: &[(String, String)], paths: Option<words::Paths>) -> String {
    let no_blank = if matches!(offered, [(only, _)] if goes_on(only)) { 2 } else { 0 };
    let paths = match paths {
        Some(words::Paths::Files) => 0,
        Some(words::Paths::Folders) => 16,
        None => 4,
    };
    format!(":{}\n", no_blank | paths)
}

/// True for a word behind which no blank is wanted yet.
fn goes_on(word: &str) -> bool {
    word.len() > 1 && word.ends_with(['=', '/', ':', ',', '.', '-', '}'])
}
