//! Nothing that was typed reaches the text: with hostile values it is what it is with harmless ones.

use super::super::{MOST_TABLES, Out, Statement, print};
use super::{LAYOUTS, analytics, asked, layout, sink_columns, table, window};
use crate::source::bigquery::sql::lexer::{Token, tokens};
use crate::source::bigquery::tables::Layout;

const HOSTILE: &[&str] = &[
    "') OR 1=1 --",
    "\") OR 1=1 #",
    "`x` OR TRUE",
    "'''); DROP TABLE x; --",
    "@p1",
    "a\nb",
    "\\",
    "\\'",
    "/* x */",
    "東京 \u{202e}",
];

/// Flags whose value may be any text, each with the word in front of the value.
const FLAGS: &[(&str, &str)] = &[
    ("-c", ""),
    ("-n", ""),
    ("--cluster", ""),
    ("--log", ""),
    ("-F", "--grep="),
    ("-F", "--exclude="),
    ("--field", "payload.user.name="),
    ("--field", "payload.user.name!="),
    ("--field", "payload.user.name<"),
    ("--field", "message="),
    ("--field", "pod="),
    ("--field", "httpRequest.requestMethod="),
    ("--field", "labels.k8s_pod_app="),
    ("--field", "node="),
    ("-l", "app="),
    ("-l", "app!="),
];

/// Flags whose value is a regular expression.
const REGEXES: &[(&str, &str)] = &[
    ("--pod", ""),
    ("--exclude-pod", ""),
    ("-g", ""),
    ("-e", ""),
    ("-i", "--grep="),
    ("--field", "payload.user.name~"),
];

fn typed(flag: &str, before: &str, value: &str) -> Vec<String> {
    vec![flag.to_owned(), format!("{before}{value}")]
}

fn text(statement: &Option<Statement>) -> Option<(&str, &[Out])> {
    statement.as_ref().map(|statement| (statement.text.as_str(), statement.columns.as_slice()))
}

#[test]
fn values_never_change_the_text() {
    for (layout, tables) in LAYOUTS.iter() {
        for value in HOSTILE {
            for (flag, before) in FLAGS {
                // Some flags take lists of names.
                let is_list = matches!(*flag, "-l" | "-c" | "-n" | "--cluster");
                let is_glob = matches!(*flag, "-c" | "-n" | "--cluster" | "--log") && value.contains('*');
                if is_glob || is_list && (value.contains(',') || value.contains('=')) {
                    continue;
                }
                let hostile = asked(tables, &typed(flag, before, value), window());
                // What has a digit may have to do with numbers.
                let other = if value.contains('1') { "web-1" } else { "web" };
                let harmless = asked(tables, &typed(flag, before, other), window());
                assert_eq!(text(&hostile), text(&harmless), "{layout}: {flag} {before}{value}");
            }
            for (flag, before) in REGEXES {
                let escaped = regex_syntax::escape(value);
                let other = if escaped == *value && !value.contains('1') { "web" } else { r"web\.1" };
                let hostile = asked(tables, &typed(flag, before, &escaped), window());
                let harmless = asked(tables, &typed(flag, before, other), window());
                assert_eq!(text(&hostile), text(&harmless), "{layout}: {flag} {before}{value}");
            }
        }
    }
}

#[test]
fn values_are_constants_where_the_query_is_printed() {
    for value in HOSTILE {
        let statement = asked(layout("partitioned"), &typed("--field", "payload.user.name=", value), window()).unwrap();
        let printed = print(&statement);
        let code = |text: &str| tokens(text).filter(|token| matches!(token, Token::Code(_))).count();
        // A constant stands between two stretches of code that were one, but for the prefix of a raw one.
        assert_eq!(code(&printed), code(&statement.text) + 1, "{printed}");
        assert!(!tokens(&printed).any(|token| matches!(token, Token::Open(_))), "{printed}");
    }
}

/// Whatever is typed stands in quotes, if it stands in the text at all: values, and names of labels and fields.
#[test]
fn nothing_that_was_typed_is_code() {
    const BEFORE: &[&str] =
        &["'", "\"", "`", "\\'", "\\\"", "'''", "\"\"\"", "\n", "\r", "*/", "#\n", "--\n", "\\", "$1", "?", "@p1 "];
    // `EVIL` stands for what is typed.
    const WORDS: &[&str] = &[
        "-- EVIL",
        "-- pod/EVIL",
        "-- deploy/EVIL",
        "-- sts/EVIL",
        "-- ds/EVIL",
        "-- job/EVIL",
        "-- cj/EVIL",
        "-- rs/EVIL",
        "-c EVIL",
        "-n EVIL",
        "--cluster EVIL",
        "--log EVIL",
        "--pod EVIL",
        "--exclude-pod EVIL",
        "-l EVIL",
        "-l !EVIL",
        "-l EVIL=x",
        "-l EVIL!=x",
        "-l app=EVIL",
        "-g EVIL",
        "-e EVIL",
        "-F --grep=EVIL",
        "-F --exclude=EVIL",
        "-i --grep=EVIL",
        "--field EVIL=1",
        "--field payload.EVIL=1",
        "--field payload.\"EVIL\"=x",
        "--field payload.a.\"EVIL\"~x",
        "--field labels.EVIL=x",
        "--field labels.\"EVIL\"=x",
        "--field httpRequest.\"EVIL\"=x",
        "--field payload.a=EVIL",
        "--field payload.a<EVIL",
        "--field payload.a~EVIL",
        "--field message!=EVIL",
        "--field insertId=EVIL",
        "--field node=EVIL",
    ];
    let mut seen = 0;
    for (layout, tables) in LAYOUTS.iter() {
        for (before, words) in BEFORE.iter().flat_map(|before| WORDS.iter().map(move |words| (before, words))) {
            let evil = format!("{before}DROPZ");
            let words: Vec<String> = words.split(' ').map(|word| word.replace("EVIL", &evil)).collect();
            if !super::is_meant(&words) {
                continue;
            }
            let Some(statement) = asked(tables, &words, window()) else { continue };
            for text in [&statement.text, &print(&statement)] {
                let is_evil = |token| match token {
                    Token::Code(code) => code.contains("DROPZ"),
                    Token::Closed(_) => false,
                    Token::Open(_) => true,
                };
                assert!(!tokens(text).any(is_evil), "{layout}: {words:?}: {text}");
            }
            seen += 1;
        }
    }
    assert!(seen > 1_000, "{seen}");
}

#[test]
fn keys_never_change_the_text_of_json_columns() {
    let tables = [analytics()];
    let harmless = asked(&tables, &typed("--field", "payload.", "a-b=1"), window());
    for key in ["x) OR 1=1 --", "x`", "x y", "東京"] {
        let hostile = asked(&tables, &typed("--field", "payload.", &format!("\"{key}\"=1")), window());
        assert_eq!(text(&hostile), text(&harmless), "{key}");
    }
    for key in ["x'", "x\\\"", "x\\\\", "0", "a\\nb"] {
        let hostile = asked(&tables, &typed("--field", "payload.", &format!("\"{key}\"=1")), window()).unwrap();
        assert_eq!(hostile.local.content.fields.len(), 1, "{key}: is left to be decided here");
        assert!(hostile.parameters.is_empty(), "{key}: {:?}", hostile.parameters);
    }
}

#[test]
fn names_of_tables_and_columns_are_quoted() {
    let mut columns = sink_columns(None);
    let bad = "a` FROM x; --";
    columns.push(super::record(&format!("jsonpayload_{bad}"), vec![super::column(bad, super::Kind::String)]));
    let tables = [table(bad, "stdout", Layout::Partitioned, columns)];
    let flags = typed("--field", "payload.", &format!("\"{bad}\"=1"));
    let statement = asked(&tables, &flags, window()).unwrap();
    assert!(statement.text.contains(r"FROM `acme-logs`.`gke`.`a\` FROM x; --`"), "{}", statement.text);
    assert!(statement.text.contains(r"`jsonpayload_a\` FROM x; --`.`a\` FROM x; --` = @p1"), "{}", statement.text);
}

#[test]
fn a_query_of_as_many_tables_as_bigquery_takes_fits() {
    let tables: Vec<_> = (0..MOST_TABLES)
        .map(|i| {
            table(&format!("stdout_{i}"), "stdout", Layout::Partitioned, sink_columns(Some(super::payload_columns())))
        })
        .collect();
    let flags = super::words(
        "agent -n shop --pod x -l app=web -s error --field payload.user_id=5 --field payload.user.name=b --field trace=c -g foo",
    );
    let statement = asked(&tables, &flags, window()).unwrap();
    assert_eq!(statement.parameters.len(), 8, "equal values share a parameter");
    assert!(!statement.fits(), "{} bytes", statement.text.len());
    assert!(asked(&tables[..MOST_TABLES / 2], &flags, window()).unwrap().fits());
    let tables: Vec<_> = tables.iter().cycle().take(MOST_TABLES + 1).cloned().collect();
    assert!(!asked(&tables, &[], window()).unwrap().fits());
}
