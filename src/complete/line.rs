//! Cuts a command line into words as a shell would, as far as completion needs it: quotes and backslashes
//! are taken off, open ones too. Nothing is expanded, and nothing is run.

/// A command line up to the cursor.
#[derive(Debug, Default, PartialEq)]
pub(crate) struct Line {
    /// The last one is the word at the cursor; it may be empty.
    pub words: Vec<String>,
    /// So many bytes of the word at the cursor stay as they are; readline replaces what follows them.
    pub kept: usize,
    /// The quote that is still open.
    pub quote: Option<char>,
    /// A brace without quotes is still open in it.
    pub has_open_brace: bool,
    /// The word at the cursor names a file that is read or written: it follows `<` or `>`.
    pub is_redirection: bool,
}

/// What stands between the words of a shell. A wide blank as Japanese has it (U+3000) is a letter there.
pub(crate) fn is_blank(c: char) -> bool {
    matches!(c, ' ' | '\t' | '\n')
}

/// `breaks` are the characters at which readline begins anew: `COMP_WORDBREAKS`.
pub(crate) fn read(text: &str, breaks: &str) -> Line {
    let mut line = Line::default();
    let mut word: Option<String> = None;
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        if line.quote.is_none() && (is_blank(c) || matches!(c, '<' | '>')) {
            // What stands right before an arrow as a number is the stream that it is about.
            let is_stream = |word: &String| !is_blank(c) && word.bytes().all(|b| b.is_ascii_digit());
            line.end(word.take().filter(|word| !is_stream(word)));
            if !is_blank(c) {
                line.is_redirection = true;
                while chars.next_if(|next| matches!(next, '<' | '>' | '&' | '|')).is_some() {}
            }
            continue;
        }
        let word = word.get_or_insert_default();
        match (line.quote, c) {
            (Some('\''), '\'') | (Some('"'), '"') => {
                line.quote = None;
                line.kept = word.len();
            }
            (Some('"'), '\\') => match chars.next_if(|next| matches!(next, '$' | '`' | '"' | '\\')) {
                Some(escaped) => word.push(escaped),
                None => word.push('\\'),
            },
            (None, '\\') => word.extend(chars.next()),
            (None, '\'' | '"') => {
                line.quote = Some(c);
                line.kept = word.len();
            }
            (quote, c) => {
                word.push(c);
                if quote.is_none() && breaks.contains(c) {
                    line.kept = word.len();
                }
                if quote.is_none() && matches!(c, '{' | '}') {
                    line.has_open_brace = c == '{';
                }
            }
        }
    }
    line.words.push(word.unwrap_or_default());
    line
}

impl Line {
    /// A word that is followed by others.
    fn end(&mut self, word: Option<String>) {
        if let Some(word) = word {
            if !self.is_redirection {
                self.words.push(word);
            }
            self.is_redirection = false;
        }
        self.kept = 0;
        self.has_open_brace = false;
    }
}

#[cfg(test)]
mod tests {
    use super::read;

    /// Bash's own.
    const BREAKS: &str = " \t\n\"'@><=;|&(:";

    #[test]
    fn words_are_cut_as_shells_cut_them() {
        for (text, words) in [
            ("", &[""][..]),
            ("lq-query", &["lq-query"]),
            ("lq-query  agent\t-n ", &["lq-query", "agent", "-n", ""]),
            ("a --namespace=da", &["a", "--namespace=da"]),
            ("a bq://acme/lo", &["a", "bq://acme/lo"]),
            (r"a my\ fo", &["a", "my fo"]),
            (r"a 'my fo", &["a", "my fo"]),
            (r#"a "my \"fo\" \o"#, &["a", r#"my "fo" \o"#]),
            (r"a 'b'\''c' d", &["a", "b'c", "d"]),
            (r"a '' ", &["a", "", ""]),
            (r"a b\", &["a", "b"]),
            ("a $(rm x) `y", &["a", "$(rm", "x)", "`y"]),
            ("a 2>errors b >out c", &["a", "b", "c"]),
            ("a 2>&1 b", &["a", "b"]),
            ("a b>out c", &["a", "b", "c"]),
            ("a 12 >x 34", &["a", "12", "34"]),
            ("a 注文 é", &["a", "注文", "é"]),
            ("a 注\u{3000}文\u{a0}é\r", &["a", "注\u{3000}文\u{a0}é\r"]),
        ] {
            assert_eq!(read(text, BREAKS).words, words, "{text}");
        }
    }

    #[test]
    fn what_readline_keeps_ends_behind_the_last_break() {
        for (text, kept) in [
            ("a agent", ""),
            ("a --namespace=da", "--namespace="),
            ("a --namespace=", "--namespace="),
            ("a --source=bq://acme/lo", "--source=bq:"),
            (r"a --since\=b", ""),
            ("a 'b=c", ""),
            ("a --name='{po", "--name="),
            ("a 'b'c", "b"),
            ("a b=c d", ""),
            ("a b=c ", ""),
        ] {
            let line = read(text, BREAKS);
            assert_eq!(&line.words.last().unwrap()[..line.kept], kept, "{text}");
        }
        assert_eq!(read("a --namespace=da", " ").kept, 0);
    }

    #[test]
    fn open_braces_are_known() {
        for (text, has_open_brace) in [
            ("a {po", true),
            ("a {x}/{po", true),
            ("a {pod}", false),
            ("a '{po", false),
            (r"a \{po", false),
            ("a {b c", false),
        ] {
            assert_eq!(read(text, BREAKS).has_open_brace, has_open_brace, "{text}");
        }
    }

    #[test]
    fn files_of_redirections_are_known() {
        for (text, is_redirection) in [
            ("a >", true),
            ("a > ou", true),
            ("a 2>ou", true),
            ("a >>ou", true),
            ("a >|ou", true),
            ("a < in", true),
            ("a > out ", false),
            ("a '>' ou", false),
            (r"a \> ou", false),
        ] {
            assert_eq!(read(text, BREAKS).is_redirection, is_redirection, "{text}");
        }
    }
}
