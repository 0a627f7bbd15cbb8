//! Proves how templates are read, and what lines they make.

use proptest::prelude::*;

use super::super::forms::{Form, Writer};
use super::super::sanitize::is_harmful;
use super::super::template::{FIELDS, Field, OF_FILES, Part, parse};
use super::super::template_form::Line;
use super::forms::{write, writer};
use super::{blanks, object, printed};

fn literal(text: &str) -> Part {
    Part::Literal(text.into())
}

fn asked(field: Field) -> Part {
    Part::Field(field, 0)
}

fn member(path: &[&str]) -> Part {
    asked(Field::Member(path.iter().map(|key| (*key).to_owned()).collect()))
}

#[test]
fn a_template_is_text_and_fields() {
    let cases = [
        ("", vec![]),
        ("{pod}", vec![asked(Field::Pod)]),
        ("{pod}{container}", vec![asked(Field::Pod), asked(Field::Container)]),
        ("a {pod}: b", vec![literal("a "), asked(Field::Pod), literal(": b")]),
        ("{{{pod}}}", vec![literal("{"), asked(Field::Pod), literal("}")]),
        ("{{pod}}", vec![literal("{pod}")]),
        (r"{pod}\t\n\\n", vec![asked(Field::Pod), literal("\t\n\\n")]),
        ("{pod:20}|", vec![Part::Field(Field::Pod, 20), literal("|")]),
        ("{label.app.kubernetes.io/name}", vec![asked(Field::Label("app.kubernetes.io/name".into()))]),
        ("{payload}", vec![member(&["payload"])]),
        ("{payload.user.id}", vec![member(&["payload", "user", "id"])]),
        (r#"{payload."a.b:1"}"#, vec![member(&["payload", "a.b:1"])]),
        ("{payload.ms:6}", vec![Part::Field(Field::Member(vec!["payload".into(), "ms".into()]), 6)]),
        ("{httpRequest.status} {trace}", vec![member(&["httpRequest", "status"]), literal(" "), member(&["trace"])]),
    ];
    for (template, parts) in cases {
        assert_eq!(parse(template, &FIELDS).unwrap(), parts, "{template}");
    }
}

#[test]
fn what_is_no_template_is_told_with_the_remedy() {
    let cases = [
        ("{mesage}", "there is no field {mesage}; did you mean `message`? Fields are cluster "),
        ("{trce}", "did you mean `trace`?"),
        ("{user_id}", "did you mean `payload.user_id`?"),
        ("{}", "there is no field {}; fields are cluster "),
        ("{pod.name}", "there is no field {pod.name}; did you mean `payload.pod.name`? Fields are cluster "),
        ("{COLUMN}", "and the columns of lq-query --with"),
        ("{label.}", "there is no field {label.}"),
        ("{payload.}", "there is no field {payload.}"),
        ("{pod", "write {{ for a brace"),
        ("pod}", "write }} for a brace"),
        ("{pod:}", "`` is no width from 1 to 1000; write {pod:20}"),
        ("{pod:-3}", "`-3` is no width from 1 to 1000; write {pod:20}"),
        ("{pod:0}", "`0` is no width"),
        ("{pod:1001}", "`1001` is no width from 1 to 1000; write {pod:20}"),
        ("{Pod}", "there is no field {Pod}; write {pod}"),
        ("{INSERTID}", "there is no field {INSERTID}; write {insertId}"),
        ("{payload[0]}", "there is no field {payload[0]}; {payload} is there as a whole, lists are not opened"),
        (r"{pod}\d", r"`\d` means nothing; write \n, \t, or \\ for a backslash"),
        (r"{pod}\", r"`\` means nothing"),
        (r"{pod}\é", r"`\é` means nothing"),
        ("{{.PodName}} {{.Message}}", "that is a Go template, as stern has them; here {{.PodName}} is {pod}"),
        ("", "there is no field in it; write '{time} {pod} {message}'"),
        ("json", "there is no field in it"),
        ("{{pod}}", "there is no field in it"),
    ];
    for (template, told) in cases {
        let error = Line::parse(template).unwrap_err().to_string();
        assert!(error.contains(told), "{template}: {error}");
    }
}

#[test]
fn every_field_is_listed_and_those_of_files_are_no_lines() {
    for (name, _) in FIELDS {
        let name = if name == "COLUMN" { "trace" } else { name };
        parse(&format!("{{{name}}}"), &FIELDS).unwrap();
        let of_files = OF_FILES.iter().any(|(known, _)| *known == name);
        assert_eq!(parse(&format!("{{{name}}}"), OF_FILES).is_ok(), of_files, "{name}");
        let is_line = ["time", "timestamp", "message", "payload", "payload.NAME", "insertId", "trace"].contains(&name);
        assert_eq!(of_files, !is_line, "{name}");
    }
}

fn templated(template: &str) -> Writer {
    let mut writer = writer(Form::Text);
    writer.look.line = Some(Line::parse(template).unwrap());
    writer
}

const ENTRY: &str = r#"{"timestamp":"2026-11-21T16:00:00.5Z","severity":"ERROR","cluster":"c","namespace":"n","pod":"web-1","container":"web","stream":"stderr","message":"two\nlines\r\n","payload":{"level":"warn","message":"two\nlines\r\n","user":{"id":9007199254740993,"name":"Ada\tL"},"n":1.50,"empty":""},"node":"n1","labels":{"k8s-pod/app":"shop"},"trace":"t","httpRequest":{"status":200},"insertId":"i"}"#;

#[test]
fn values_are_those_of_text_and_of_the_entry() {
    let cases = [
        ("{time} {pod} {message}", r"2026-11-21T16:00:00.5+00:00 web-1 two\nlines"),
        ("{timestamp}|{severity}|{stream}|{insertId}", "2026-11-21T16:00:00.5Z|WARNING|stderr|i"),
        ("{cluster}/{namespace}/{pod}/{container}@{node}", "c/n/web-1/web@n1"),
        ("{date} {hour}h", "2026-11-21 16h"),
        ("{label.app}|{label.k8s-pod/app}|{label.tier}", "shop|shop|-"),
        ("{payload.user.id} {payload.n} {payload.user.name}", "9007199254740993 1.50 Ada\\tL"),
        ("{payload.user}", r#"{"id":9007199254740993,"name":"Ada\tL"}"#),
        ("<{payload.empty}> {payload.none} {payload.n.x}", "<> - -"),
        ("{trace} {httpRequest.status} {httpRequest} {spanId}", r#"t 200 {"status":200} -"#),
        ("{pod:8}|{payload.n:8}|{pod:2}|", "web-1   |1.50    |web-1|"),
        (r"{pod}\t{container}\n", "web-1\tweb"),
        ("{payload.user.name:8}|", r"Ada\tL  |"),
    ];
    for (template, line) in cases {
        assert_eq!(write(&mut templated(template), ENTRY), format!("{line}\n"), "{template}");
    }
}

#[test]
fn what_is_absent_is_a_hyphen_and_a_text_is_always_there() {
    let all = "{time} {timestamp} {severity} {cluster} {namespace} {pod} {container} {stream} {node} {insertId} \
               {label.a} {payload} {payload.a} {date} {hour} {trace} {message}";
    let hyphens = "- ".repeat(16);
    assert_eq!(write(&mut templated(all), "plain"), format!("{hyphens}plain\n"));
    assert_eq!(write(&mut templated("{pod} {message}"), r#"{"pod":"p","message":""}"#), "p \n");
    assert_eq!(
        write(&mut templated("{message}"), r#"{"resource":{},"jsonPayload":{"a": [1, 2]},"logName":"l"}"#),
        "{\"a\":[1,2]}\n"
    );
}

#[test]
fn line_ends_that_close_a_message_go_and_others_are_spelt_out_as_are_tabs() {
    for end in ["", r"\n", r"\r", r"\r\n\n"] {
        let entry = format!(r#"{{"pod":"p\tq","message":"a\tb\\c\nd{end}"}}"#);
        for template in ["{pod} {message}", "{pod} {message:1}"] {
            assert_eq!(write(&mut templated(template), &entry), "p\\tq a\\tb\\c\\nd\n", "{template} {entry}");
        }
    }
}

#[test]
fn on_a_screen_time_and_severity_are_short_and_colours_are_those_of_text() {
    let mut screen = templated("{time} {severity:6}{pod} {message} {payload.n}");
    screen.look.screen = Some(2026);
    screen.look.style.time = "<t>".into();
    screen.look.style.severity[5] = "<w>".into();
    screen.look.style.pods = vec!["<p>".into()];
    screen.look.style.payload = "<y>".into();
    screen.look.style.highlight = "<h>".into();
    screen.look.highlight = Some(regex::bytes::Regex::new("lines|web").unwrap());
    screen.look.style.severity[4] = "<w>".into();
    let off = "\x1b[0m";
    assert_eq!(
        write(&mut screen, ENTRY),
        format!("<t>11-21 16:00:00.500{off} <w>WARN{off}  <p>web-1{off} two\\n<h>lines{off} <y>1.50{off}\n")
    );
    assert_eq!(write(&mut screen, r#"{"severity":"DEFAULT","pod":"東","message":"m"}"#).matches('-').count(), 3);
}

#[test]
fn wide_characters_are_padded_by_columns() {
    let line = r#"{"pod":"ポッド","message":"m"}"#;
    assert_eq!(write(&mut templated("{pod:8}|"), line), "ポッド  |\n");
}

proptest! {
    #[test]
    fn reading_a_template_never_panics(text in "([{}:.\\\\a\"é]|pod|payload|label[.]|.){0,12}") {
        let _ = Line::parse(&text);
    }

    #[test]
    fn an_entry_is_one_harmless_line_of_as_many_columns_as_the_template(object in object(), blanks in blanks()) {
        let all = r"{time}\t{severity} {cluster} {namespace} {pod} {container} {stream} {message} {node} {payload} {payload.message} {label.app} {trace} {resource} {insertId}";
        let written = write(&mut templated(all), &printed(&object, &blanks));
        prop_assert_eq!(written.matches('\n').count(), 1, "{:?}", written);
        prop_assert_eq!(written.matches('\t').count(), 1, "{:?}", written);
        prop_assert!(!written.contains(is_harmful), "{:?}", written);
    }
}
