//! Constants and names as GoogleSQL writes them, `--where`, and parameters that become constants.

use proptest::prelude::*;

use super::super::lexer::{Token, tokens};
use super::super::{Value, check_where, literal, print};
use super::{asked, layout, window, words};

#[test]
fn values_are_written_as_constants() {
    let string = |text: &str| Value::String(text.to_owned());
    for (value, wanted) in [
        (string("web"), "'web'"),
        (string(""), "''"),
        (string("it's"), r"'it\'s'"),
        (string("\"a\""), "'\"a\"'"),
        (string("a\nb\tc\r\0\u{1b}"), r"'a\nb\tc\r\u0000\u001b'"),
        (string("\u{202e}東京 😀"), "'\\u202e東京 😀'"),
        (string("\u{e0001}"), "'\\U000e0001'"),
        (string("辻\u{e0100}"), "'辻\u{e0100}'"),
        (string(r"\d+"), r"r'\d+'"),
        (string(r"it's \d"), r#"r"it's \d""#),
        (string(r#"it's "\d""#), r#"'it\'s "\\d"'"#),
        (string("ends with \\"), r"'ends with \\'"),
        (string("\\\n"), r"'\\\n'"),
        (Value::Strings(vec!["a".into(), "b'".into()]), r"['a', 'b\'']"),
        (Value::Float(1.0), "1.0"),
        (Value::Float(-1e300), "-1e300"),
        (Value::Integer(-5), "-5"),
    ] {
        assert_eq!(literal::value(&value), wanted, "{value:?}");
    }
    assert_eq!(literal::identifier("a`b\\c\n"), r"`a\`b\\c\n`");
}

proptest! {
    /// Whatever is in it, a constant is one token: nothing in it ends it.
    #[test]
    fn a_constant_is_one_string(text in r#"[a-z'"`\\\n\r \u{1b}é-]{0,12}"#) {
        let written = literal::value(&Value::String(text.clone()));
        let bare = written.strip_prefix('r').unwrap_or(&written);
        prop_assert_eq!(tokens(bare).collect::<Vec<_>>(), [Token::Closed(bare)]);
        let name = literal::identifier(&text);
        prop_assert_eq!(tokens(&name).collect::<Vec<_>>(), [Token::Closed(&name)]);
    }

    #[test]
    fn tokens_are_the_text(text in r#"[a-b'"`\\\n\r#*/;()-]{0,16}"#) {
        let whole: String = tokens(&text).map(|token| match token {
            Token::Code(text) | Token::Closed(text) | Token::Open(text) => text,
        }).collect();
        prop_assert_eq!(whole, text);
    }
}

#[test]
fn a_condition_in_sql_is_taken_as_it_is() {
    for typed in [
        "severity = 'ERROR'",
        "(a OR b) AND c[OFFSET(0)] = 1",
        "textPayload = ')' OR textPayload = \"(\" OR textPayload = '''it's (''' OR `a)` = 1",
        r"textPayload LIKE r'\'' OR textPayload = 'it\'s'",
        "a -- ) a comment",
        "a # ) another",
        "a /* ) one more ; */ AND b",
        "a - -1 / 2 > 0",
        "email = 'x@y.z;'",
        "id IN (SELECT id FROM x.y)",
    ] {
        assert!(check_where(typed).is_ok(), "{typed}: {:?}", check_where(typed));
    }
}

#[test]
fn a_condition_in_sql_cannot_leave_its_parentheses() {
    for (typed, wanted) in [
        ("", "a condition is missing"),
        (" -- nothing", "a condition is missing"),
        ("a) OR (b", ") closes nothing"),
        ("a)", ") closes nothing"),
        ("(a", ") is missing"),
        ("a[1", "] is missing"),
        ("(a]", "] closes nothing"),
        ("a; DROP TABLE x", "no `;`"),
        ("a = 'x", "' is missing behind 'x"),
        ("a = \"x\ny\"", "\" is missing"),
        ("a = '''x", "''' is missing"),
        ("a = `x", "` is missing"),
        ("a = 'x\\", "' is missing"),
        ("a /* x", "*/ is missing"),
        ("a -- \r ( \n ) OR TRUE", "carriage return"),
        ("a = @p1", "no parameters"),
        ("@@error.message = ''", "no parameters"),
    ] {
        let error = check_where(typed).expect_err(typed).to_string();
        assert!(error.contains(wanted), "{typed}: {error}");
        assert!(error.starts_with("--where"), "{error}");
    }
}

#[test]
fn only_parameters_become_constants() {
    let flags = r#"--where "textPayload = '@p1' -- @p1" -g @p2 agent"#;
    let statement = asked(layout("partitioned"), &words(flags), window()).unwrap();
    let printed = print(&statement);
    assert!(printed.contains("textPayload = '@p1' -- @p1\n"), "{printed}");
    assert!(printed.contains("resource.labels.container_name = 'agent'"), "{printed}");
    assert!(printed.contains("'@p2')"), "{printed}");
    assert!(printed.ends_with(";\n"), "{printed}");
}
