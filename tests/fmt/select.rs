//! Which lines: the flags do something here. What they mean in full is tested with the predicate.

use crate::run::{Place, writes};

const LINES: &str = r#"{"pod":"p","severity":"ERROR","message":"one","payload":{"level":"info","msg":"one","id":9007199254740993}}
{"pod":"p","severity":"WARNING","message":"two a.b"}
{"pod":"p","message":"three"}
plain A.B
"#;

#[test]
fn flags_choose_lines() {
    for (flags, chosen) in [
        ("", "one two three plain"),
        ("-s warn", "two"),
        ("-s info", "one two"),
        ("-g a.b", "two"),
        ("-i -g a.b", "two plain"),
        ("-F -g .", "two plain"),
        ("-e '^t'", "one plain"),
        ("-g t -g plain", "two three plain"),
        ("--field payload.id=9007199254740993", "one"),
        ("--field payload.id=9007199254740992", ""),
    ] {
        let wanted: String = LINES
            .lines()
            .filter(|line| chosen.split(' ').any(|w| !w.is_empty() && line.contains(w)))
            .map(|line| format!("{}\n", raw(line)))
            .collect();
        writes(&format!("-o raw {flags}"), LINES, &wanted);
    }
}

fn raw(line: &str) -> &str {
    match line {
        line if line.contains("one") => r#"{"severity":"ERROR","level":"info","msg":"one","id":9007199254740993}"#,
        line if line.contains("two") => "two a.b",
        line if line.contains("three") => "three",
        line => line,
    }
}

#[test]
fn a_flag_that_cannot_be_meant_is_one_line_and_status_2() {
    for (flags, said) in [
        ("-g 'a('", "lq-fmt: --grep 'a(': unclosed group, at character 2; -F searches for the text itself\n"),
        ("-H '['", "lq-fmt: --highlight '[': unclosed character class, at character 1\n"),
        (
            "-s 300",
            "lq-fmt: --severity 300: unknown severity; known are default, debug, info, notice, warning, error, critical, \
          alert, emergency\n",
        ),
        ("-s 2h", "lq-fmt: --severity 2h: that is a time; did you mean lq-query --since 2h?\n"),
    ] {
        let ran = Place::new().fmt(flags, LINES);
        assert_eq!((ran.status, ran.stderr.as_str(), ran.stdout.as_str()), (2, said, ""), "{flags}");
    }
}
