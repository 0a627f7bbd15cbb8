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

/// What may stand in front of a parenthesis in a condition that is [settled](is_settled): words of the
/// language, and functions that make of the same arguments always the same.
/// <https://cloud.google.com/bigquery/docs/reference/standard-sql/functions-all>
const SETTLED: [&str; 43] = [
    "ABS",
    "AND",
    "ARRAY_LENGTH",
    "AS",
    "BETWEEN",
    "BOOL",
    "CASE",
    "CAST",
    "COALESCE",
    "CONCAT",
    "CONTAINS_SUBSTR",
    "ELSE",
    "ENDS_WITH",
    "IF",
    "IFNULL",
    "IN",
    "INT64",
    "IS",
    "JSON_EXTRACT",
    "JSON_EXTRACT_SCALAR",
    "JSON_QUERY",
    "JSON_VALUE",
    "LENGTH",
    "LIKE",
    "LOWER",
    "LTRIM",
    "MOD",
    "NOT",
    "NULLIF",
    "OR",
    "REGEXP_CONTAINS",
    "REGEXP_EXTRACT",
    "REPLACE",
    "ROUND",
    "RTRIM",
    "SAFE_CAST",
    "STARTS_WITH",
    "STRPOS",
    "SUBSTR",
    "THEN",
    "TRIM",
    "UPPER",
    "WHEN",
];

/// True for a condition that is known to hold for the same rows at any time, whoever asks: it looks at the
/// columns alone, and calls no function but those above. `CURRENT_DATE` is none, with parentheses or without;
/// nor is a SELECT, which may look at other tables.
pub(crate) fn is_settled(typed: &str) -> bool {
    let is_word = |c: char| c.is_ascii_alphanumeric() || c == '_';
    let mut before = String::new();
    for token in tokens(typed) {
        let code = match token {
            Token::Code(code) => code,
            // Between a name and its parenthesis there may be a comment.
            Token::Closed(text) if text.starts_with(['#', '-', '/']) => continue,
            Token::Closed(text) | Token::Open(text) => {
                before = if text.starts_with('`') { "`".to_owned() } else { String::new() };
                continue;
            }
        };
        let mut rest = code;
        while let Some(c) = rest.chars().next() {
            let length = rest.find(|c| !is_word(c)).unwrap_or(rest.len());
            let (token, behind) = rest.split_at(if length > 0 { length } else { c.len_utf8() });
            rest = behind;
            let word = token.to_ascii_uppercase();
            let is_called = token == "(" && !before.is_empty();
            let is_known = SETTLED.contains(&before.as_str());
            let is_other = ["SELECT", "FROM", "TABLE"].contains(&word.as_str());
            if is_called && !is_known || is_other || ["CURRENT_", "SESSION_", "@"].iter().any(|it| word.starts_with(it))
            {
                return false;
            }
            match token.trim() {
                "" => {}
                // Of somebody's own: `theirs.LOWER(x)`.
                "." => before = ".".to_owned(),
                _ if before == "." => before = format!(".{word}"),
                _ => before = if is_word(c) { word } else { String::new() },
            }
        }
    }
    true
}

#[cfg(test)]
mod tests {
    use super::is_settled;

    #[test]
    fn a_condition_is_settled_where_nothing_but_the_row_decides_it() {
        for (typed, expected) in [
            ("httpRequest.status >= 500", true),
            ("(httpRequest.status >= 500 OR severity = 'ERROR') AND (TRUE)", true),
            ("labels.k8s_pod_app IN ('a', 'b')", true),
            ("LOWER(textPayload) LIKE '%now()%' -- CURRENT_DATE()", true),
            ("REGEXP_CONTAINS(textPayload, r'a(b)') AND NOT (x = 1)", true),
            ("resource.labels.pod_name = 'CURRENT_DATE'", true),
            ("(severity) = 'ERROR'", true),
            ("timestamp > CURRENT_TIMESTAMP()", false),
            ("DATE(timestamp) = current_date", false),
            ("RAND() < 0.1", false),
            ("rand /* */ () < 0.1", false),
            ("`rand`() < 0.1", false),
            ("theirs.LOWER(textPayload) = 'x'", false),
            ("theirs . LOWER(textPayload) = 'x'", false),
            ("`theirs.f`(textPayload)", false),
            ("SESSION_USER() = 'me'", false),
            ("insertId IN (SELECT id FROM other.table)", false),
            ("EXISTS(FROM other.table)", false),
            ("@@session_id = 'x'", false),
            ("anything_new(textPayload)", false),
        ] {
            assert_eq!(is_settled(typed), expected, "{typed}");
        }
    }
}
