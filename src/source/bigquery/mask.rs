//! Takes secrets out of what is shown.

use std::sync::LazyLock;

use regex::Regex;

/// What stands in place of a secret.
const MASK: &str = "[secret]";

/// A secret that is shorter is none, and would tear words that have it in them. In bytes.
const SHORTEST: usize = 16;

/// What looks like a secret of Google's: an access token, a refresh token, a JWT, a client's secret, a
/// private key; and what follows `Bearer`, or stands as a password in a URL.
static LOOKS: LazyLock<Option<Regex>> = LazyLock::new(|| {
    let word = r"[A-Za-z0-9._~+/=-]";
    Regex::new(&format!(
        r"(?x)
        (?P<bearer> (?i:bearer)\s+ ) {word}{{16,}}
        | (?P<user> ://[^/\s:@]*: ) [^/\s@]+ (?P<at> @ )
        | ya29\.{word}+
        | 1//{word}{{20,}}
        | eyJ{word}{{20,}}
        | GOCSPX-{word}+
        | (?s: -----BEGIN\ [A-Z\ ]*PRIVATE\ KEY-----.*?(?:-----END\ [A-Z\ ]*-----|\z))
        "
    ))
    .ok()
});

/// `text` without the secrets that are `known`, and without anything that looks like one.
pub(crate) fn secrets(text: &str, known: &[&str]) -> String {
    let mut text = text.to_owned();
    for secret in known.iter().filter(|secret| secret.len() >= SHORTEST) {
        text = text.replace(secret, MASK);
    }
    match &*LOOKS {
        Some(looks) => looks.replace_all(&text, format!("${{bearer}}${{user}}{MASK}${{at}}")).into_owned(),
        None => MASK.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_looks_like_a_secret_is_not_shown() {
        let cases = [
            ("an access token", "got ya29.a0AfH6SMB8FMz2I_ZuM76-x.y back", "got [secret] back"),
            ("a refresh token", "1//0gAAAAAAAAAAAAAAAAAAAAAAAAAAA", "[secret]"),
            ("a JWT", "jwt=eyJhbGciOiJSUzI1NiJ9.eyJpc3MiOiJhIn0.c2ln", "jwt=[secret]"),
            ("a client's secret", r#"{"client_secret":"GOCSPX-abc_DEF"}"#, r#"{"client_secret":"[secret]"}"#),
            ("a header", "authorization: Bearer abcdefghijklmnopqrstuvwxyz", "authorization: Bearer [secret]"),
            ("a proxy's password", "proxy http://ann:pa55@proxy:3128/", "proxy http://ann:[secret]@proxy:3128/"),
            ("a private key", "-----BEGIN PRIVATE KEY-----\nMIIE\n-----END PRIVATE KEY-----\nrest", "[secret]\nrest"),
            ("half a private key", "-----BEGIN RSA PRIVATE KEY-----\nMIIE", "[secret]"),
        ];
        for (name, text, shown) in cases {
            assert_eq!(secrets(text, &[]), shown, "{name}");
        }
    }

    #[test]
    fn what_is_known_as_a_secret_is_not_shown() {
        let known = ["token-1-of-sixteen", "xx", ""];
        let text = "a token-1-of-sixteen b token-1-of-sixteen xxx";
        assert_eq!(secrets(text, &known), "a [secret] b [secret] xxx");
    }

    #[test]
    fn everything_else_stays() {
        let text = "Not found: Job acme:EU.job_1 at http://127.0.0.1:9050/bigquery/v2, bearer of news";
        assert_eq!(secrets(text, &[]), text);
    }
}
