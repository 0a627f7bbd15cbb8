//! `--where`: a condition in SQL that somebody typed, and that must stay a condition.

use anyhow::{Result, bail};

use super::lexer::{Token, tokens};

/// Refuses what could not stand in parentheses as one condition, or would reach out of them.
/// Whether it is good SQL is for BigQuery to say.
pub(crate) fn check_where(typed: &str) -> Result<()> {
    let mut open = Vec::new();
    let mut is_empty = true;
    if typed.replace("\r\n", "\n").contains('\r') {
        // Whether a lone one ends a comment is not for us to guess.
        bail!("--where: has a carriage return in it; write a space or a new line");
    }
    for token in tokens(typed) {
        let code = match token {
            Token::Code(code) => code,
            Token::Closed(text) => {
                is_empty &= text.starts_with(['#', '-', '/']);
                continue;
            }
            Token::Open(text) => {
                let end = match text {
                    _ if text.starts_with("/*") => "*/",
                    _ if text.starts_with("'''") => "'''",
                    _ if text.starts_with("\"\"\"") => "\"\"\"",
                    _ => &text[..1],
                };
                bail!("--where '{typed}': {end} is missing behind {}", text.lines().next().unwrap_or_default());
            }
        };
        is_empty &= code.trim().is_empty();
        for c in code.chars() {
            match c {
                '(' => open.push(')'),
                '[' => open.push(']'),
                '{' => open.push('}'),
                ')' | ']' | '}' if open.pop() != Some(c) => bail!("--where '{typed}': {c} closes nothing"),
                ';' => bail!("--where '{typed}': is one condition, so there is no `;` in it"),
                '@' => bail!("--where '{typed}': has no parameters; write the value itself in the place of @"),
                _ => {}
            }
        }
    }
    if let Some(missing) = open.pop() {
        bail!("--where '{typed}': {missing} is missing");
    }
    if is_empty {
        bail!("--where: a condition is missing, as in --where \"httpRequest.status >= 500\"");
    }
    Ok(())
}
