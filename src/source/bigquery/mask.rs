//! Takes secrets out of what is shown.

use std::sync::LazyLock;

use regex::{Captures, Regex};

/// What stands in place of a secret.
const MASK: &str = "[secret]";

/// What is shorter is no secret, and would tear words that have it in them: where it is known, and where it only
/// looks like one. In bytes.
const SHORTEST_KNOWN: usize = 8;
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
    for secret in known.iter().filter(|secret| secret.len() >= SHORTEST_KNOWN) {
        text = text.replace(secret, MASK);
    }
    match &*LOOKS {
        Some(looks) => looks.replace_all(&text, format!("${{bearer}}${{user}}{MASK}${{at}}")).into_owned(),
        None => MASK.to_owned(),
    }
}

/// An answer of BigQuery's without the `secret` that was sent along. The rows of a result stay as they are:
/// they are what somebody logged.
pub(crate) fn answer(body: Vec<u8>, secret: &str) -> Vec<u8> {
    let has = |text: &str| memchr::memmem::find(&body, text.as_bytes()).is_some();
    if secret.len() < SHORTEST_KNOWN || !has(secret) || has("\"rows\"") {
        return body;
    }
    String::from_utf8_lossy(&body).replace(secret, MASK).into_bytes()
}

/// An address without who logs in there, however ill it is written.
pub(crate) fn address(text: &str) -> String {
    text.rsplit_once('@').map_or_else(|| text.to_owned(), |(_, host)| format!("{MASK}@{host}"))
}

/// `text` without words that are long and have letters and digits, as tokens of any maker have, unless they
/// stand in `public` too. For what the servers of tokens say: they know secrets that we never see.
pub(crate) fn opaque(text: &str, public: &str) -> String {
    static WORDS: LazyLock<Option<Regex>> =
        LazyLock::new(|| Regex::new(&format!("[A-Za-z0-9_~+=-]{{{SHORTEST},}}")).ok());
    let Some(words) = &*WORDS else { return MASK.to_owned() };
    let is_secret = |word: &str| {
        word.contains(|c: char| c.is_ascii_digit()) && word.contains(char::is_alphabetic) && !public.contains(word)
    };
    let shown = |found: &Captures| if is_secret(&found[0]) { MASK.to_owned() } else { found[0].to_owned() };
    words.replace_all(text, shown).into_owned()
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
        let known = ["token-1-of-sixteen", "shorter1", "xx", ""];
        let text = "a token-1-of-sixteen b token-1-of-sixteen shorter12 xxx";
        assert_eq!(secrets(text, &known), "a [secret] b [secret] [secret]2 xxx");
    }

    #[test]
    fn an_answer_does_not_tell_the_token_that_was_sent_but_keeps_its_rows() {
        for (body, shown) in [
            (r#"{"tables":["a token-11"]}"#, r#"{"tables":["a [secret]"]}"#),
            (r#"{"rows":["a token-11"]}"#, r#"{"rows":["a token-11"]}"#),
            (r#"{"tables":["a token-1"]}"#, r#"{"tables":["a token-1"]}"#),
        ] {
            assert_eq!(answer(body.into(), "token-11"), shown.as_bytes());
        }
        assert_eq!(answer(b"{}".to_vec(), ""), b"{}");
    }

    #[test]
    fn an_address_does_not_tell_who_logs_in_there() {
        for (text, shown) in [
            ("http://127.0.0.1:9050", "http://127.0.0.1:9050"),
            ("http://ann:pa55@host:1/x", "[secret]@host:1/x"),
            ("ann:p@55@host", "[secret]@host"),
        ] {
            assert_eq!(address(text), shown);
        }
    }

    #[test]
    fn long_words_with_letters_and_digits_are_not_shown_unless_they_are_public() {
        let text = "token AQoEXAMPLEH4aoAH0gNCAPy9 of my-own-project-123456: PERMISSION_DENIED for 123456789012345678, \
                    iam.serviceAccounts.getAccessToken";
        let shown = "token [secret] of my-own-project-123456: PERMISSION_DENIED for 123456789012345678, \
                     iam.serviceAccounts.getAccessToken";
        assert_eq!(opaque(text, "lq@my-own-project-123456.iam.gserviceaccount.com"), shown);
    }

    #[test]
    fn everything_else_stays() {
        let text = "Not found: Job acme:EU.job_1 at http://127.0.0.1:9050/bigquery/v2, bearer of news";
        assert_eq!(secrets(text, &[]), text);
    }
}
