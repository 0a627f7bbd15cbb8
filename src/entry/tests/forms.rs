//! Proves what each form of output writes, to the byte.

use clap::ValueEnum;

use crate::when::Zone;

use super::super::forms::{Form, Writer};
use super::{Entry, Spans, rewritten, seen};

pub(super) fn writer(form: Form) -> Writer {
    Writer::new(form, Zone::parse("UTC").unwrap())
}

pub(super) fn write(writer: &mut Writer, line: &str) -> String {
    seen(line, |entry| {
        let mut out = Vec::new();
        writer.write(entry, &mut out);
        String::from_utf8(out).unwrap()
    })
}

fn formed(form: Form, line: &str) -> String {
    write(&mut writer(form), line)
}

const TEXT: &str = r#"{"timestamp":"2026-11-21T16:00:00.123456Z","severity":"ERROR","cluster":"c","namespace":"n","pod":"agent-x","container":"agent","stream":"stderr","message":"first\n\tsecond\r\nthird \\","insertId":"i"}"#;
const STRUCTURED: &str = r#"{"timestamp":"2026-11-21T16:00:00.5Z","severity":"INFO","pod":"web-y","container":"web","stream":"stdout","message":"paid","payload":{"message":"paid","user_id":12345678901234567890,"at":{"x":1.50,"tags":["a b"]},"note":"two words","empty":{}},"labels":{"a":"b"},"insertId":"i"}"#;
const OWN_KEYS: &str = r#"{"timestamp":"2026-11-21T16:00:00Z","severity":"INFO","pod":"p","message":"m","payload":{"severity":"DEBUG","timestamp":"t","msg":"m"}}"#;
const NO_TEXT: &str = r#"{"severity":"INFO","pod":"p","message":"{\"a\":1}","payload":{"a":1}}"#;
const PLAIN: &str = "just \"text\"\twith a tab";
const LAID_OUT: &str = "{\n  \"level\": \"info\",\n  \"msg\": \"m\"\n}";
const OWN_LINE: &str = r#"{ "level": "info", "msg": "m" }"#;

#[test]
fn raw_is_what_the_container_wrote() {
    let cases = [
        (TEXT, "first\n\tsecond\r\nthird \\\n"),
        (
            STRUCTURED,
            "{\"severity\":\"INFO\",\"timestamp\":\"2026-11-21T16:00:00.5Z\",\"message\":\"paid\",\"user_id\":12345678901234567890,\"at\":{\"x\":1.50,\"tags\":[\"a b\"]},\"note\":\"two words\",\"empty\":{}}\n",
        ),
        (OWN_KEYS, "{\"severity\":\"DEBUG\",\"timestamp\":\"t\",\"msg\":\"m\"}\n"),
        (
            r#"{"pod":"p","message":"m","payload":{"severity":null,"message":"m"},"severity":"INFO"}"#,
            "{\"severity\":null,\"message\":\"m\"}\n",
        ),
        (NO_TEXT, "{\"severity\":\"INFO\",\"a\":1}\n"),
        (r#"{"pod":"p","message":"{}","payload":{},"severity":"INFO"}"#, "{\"severity\":\"INFO\"}\n"),
        (r#"{"pod":"p","message":"{}","payload":{}}"#, "{}\n"),
        (r#"{"pod":"p","message":""}"#, "\n"),
        (PLAIN, "just \"text\"\twith a tab\n"),
        (LAID_OUT, "{\"level\":\"info\",\"msg\":\"m\"}\n"),
        (OWN_LINE, "{ \"level\": \"info\", \"msg\": \"m\" }\n"),
        (r#"{"resource":{},"insertId":"i","textPayload":[1, 2]}"#, "[1,2]\n"),
    ];
    for (line, raw) in cases {
        assert_eq!(formed(Form::Raw, line), raw);
    }
}

#[test]
fn raw_of_a_plain_line_survives_the_way_through_an_entry() {
    for line in [PLAIN, "", "  ", "[]", "{no json", "\u{1b}[1mbold", "ポッド\r"] {
        assert_eq!(formed(Form::Raw, &rewritten(line)), format!("{line}\n"));
    }
}

#[test]
fn raw_with_stamps_has_one_on_every_line() {
    let mut stamped = writer(Form::Raw);
    stamped.stamps = true;
    let expected = "2026-11-21T16:00:00.123456000Z first\n2026-11-21T16:00:00.123456000Z \tsecond\r\n2026-11-21T16:00:00.123456000Z third \\\n";
    assert_eq!(write(&mut stamped, TEXT), expected);
    assert_eq!(write(&mut stamped, PLAIN), format!("{PLAIN}\n"));
}

#[test]
fn kubectl_names_the_container_on_every_line() {
    let mut kubectl = writer(Form::Kubectl);
    assert_eq!(
        write(&mut kubectl, TEXT),
        "[pod/agent-x/agent] first\n[pod/agent-x/agent] \tsecond\r\n[pod/agent-x/agent] third \\\n"
    );
    assert_eq!(write(&mut kubectl, PLAIN), format!("[pod/-/-] {PLAIN}\n"));
    let forged = r#"{"pod":"a\nb","container":"c]","message":"m"}"#;
    assert_eq!(write(&mut kubectl, forged), "[pod/a\\nb/c]] m\n");
    kubectl.stamps = true;
    assert_eq!(write(&mut kubectl, NO_TEXT), "[pod/p/-] {\"severity\":\"INFO\",\"a\":1}\n");
    assert!(
        write(&mut kubectl, STRUCTURED).starts_with("[pod/web-y/web] 2026-11-21T16:00:00.500000000Z {\"severity\"")
    );
}

#[test]
fn cri_is_the_kubelets_form() {
    assert_eq!(
        formed(Form::Cri, TEXT),
        "2026-11-21T16:00:00.123456000Z stderr F first\n2026-11-21T16:00:00.123456000Z stderr F \tsecond\r\n2026-11-21T16:00:00.123456000Z stderr F third \\\n"
    );
    assert_eq!(formed(Form::Cri, PLAIN), format!("stdout F {PLAIN}\n"));
    assert_eq!(formed(Form::Cri, r#"{"pod":"p","message":""}"#), "stdout F \n");
}

#[test]
fn cri_cuts_long_lines_into_pieces() {
    const PIECE: usize = 16_384;
    let cases = [
        ("as long as a piece", "a".repeat(PIECE), vec![PIECE]),
        ("one byte more", "a".repeat(PIECE + 1), vec![PIECE, 1]),
        ("two pieces", "a".repeat(2 * PIECE), vec![PIECE, PIECE]),
        ("a character on the cut", format!("{}ポッド", "a".repeat(PIECE - 1)), vec![PIECE - 1, 9]),
        ("a character before the cut", format!("{}é!", "a".repeat(PIECE - 2)), vec![PIECE, 1]),
    ];
    for (name, text, lengths) in cases {
        let written = formed(Form::Cri, &text);
        let pieces: Vec<(&str, &str)> = written.lines().map(|line| line[7..].split_once(' ').unwrap()).collect();
        assert_eq!(pieces.iter().map(|(_, piece)| piece.len()).collect::<Vec<_>>(), lengths, "{name}");
        assert_eq!(pieces.iter().map(|(_, piece)| *piece).collect::<String>(), text, "{name}");
        let marks: String = pieces.iter().map(|(mark, _)| *mark).collect();
        assert_eq!(marks, "P".repeat(lengths.len() - 1) + "F", "{name}");
    }
}

#[test]
fn text_is_for_people() {
    let cases = [
        (TEXT, "2026-11-21T16:00:00.123456+00:00 ERROR agent-x agent first\n    \tsecond\n    third \\\n"),
        (
            STRUCTURED,
            "2026-11-21T16:00:00.5+00:00 INFO web-y web paid user_id=12345678901234567890 at.x=1.50 at.tags=[\"a b\"] note=\"two words\" empty={}\n",
        ),
        (NO_TEXT, "- INFO p - a=1\n"),
        (PLAIN, "just \"text\"\twith a tab\n"),
        (OWN_LINE, "- INFO - - m level=info\n"),
        ("{\"msg\":\"m\",\"a\":{\r\t}}", "m a={}\n"),
        (
            r#"{"msg":"m","k=":"","q":"a\"b","e":"a=b","n":null,"l":"a\nb"}"#,
            "m k==\"\" q=\"a\\\"b\" e=\"a=b\" n=null l=\"a\\nb\"\n",
        ),
        (r#"{"resource":{},"insertId":"i","textPayload":[1, 2]}"#, "[1,2]\n"),
        (r#"{"pod":"p","message":"m","severity":"od\td\n"}"#, "- od\td\\n p - m\n"),
    ];
    for (line, text) in cases {
        assert_eq!(formed(Form::Text, line), text);
    }
}

#[test]
fn text_on_a_screen_is_short_and_aligned() {
    let mut screen = writer(Form::Text);
    screen.look.screen = Some(2026);
    screen.look.style.severity[5] = "\x1b[31m".to_owned();
    let mut out = String::new();
    for line in [TEXT, STRUCTURED, PLAIN] {
        out += &write(&mut screen, line);
    }
    assert_eq!(
        out,
        "11-21 16:00:00.123 \x1b[31mERROR\x1b[0m agent-x first\n    \tsecond\n    third \\\n\
         11-21 16:00:00.500 INFO  web-y   paid user_id=12345678901234567890 at.x=1.50 at.tags=[\"a b\"] note=\"two words\" empty={}\n\
         just \"text\"\twith a tab\n"
    );
}

#[test]
fn tsv_is_one_line_that_reads_back() {
    let cases = [
        (TEXT, "2026-11-21T16:00:00.123456+00:00\tERROR\tagent-x\tagent\tfirst\\n\\tsecond\\r\\nthird \\\\\n"),
        (NO_TEXT, "-\tINFO\tp\t-\t{\"a\":1}\n"),
        (PLAIN, "-\t-\t-\t-\tjust \"text\"\\twith a tab\n"),
        (r#"{"pod":"p\tq","message":"m","severity":"od\td"}"#, "-\tod\\td\tp\\tq\t-\tm\n"),
        (r#"{"pod":"p","message":"\u001b]0;title\u0007 \\u001b"}"#, "-\t-\tp\t-\t\\u001b]0;title\\u0007 \\\\u001b\n"),
    ];
    for (line, tsv) in cases {
        assert_eq!(formed(Form::Tsv, line), tsv);
        assert_eq!(tsv.matches('\t').count(), 4);
    }
}

#[test]
fn logentry_is_googles_shape() {
    let cases = [
        (
            TEXT,
            r#"{"insertId":"i","logName":"projects/-/logs/stderr","resource":{"labels":{"cluster_name":"c","container_name":"agent","namespace_name":"n","pod_name":"agent-x"},"type":"k8s_container"},"severity":"ERROR","textPayload":"first\n\tsecond\r\nthird \\","timestamp":"2026-11-21T16:00:00.123456Z"}"#,
        ),
        (
            STRUCTURED,
            r#"{"insertId":"i","jsonPayload":{"message":"paid","user_id":12345678901234567890,"at":{"x":1.50,"tags":["a b"]},"note":"two words","empty":{}},"labels":{"a":"b"},"logName":"projects/-/logs/stdout","resource":{"labels":{"container_name":"web","pod_name":"web-y"},"type":"k8s_container"},"severity":"INFO","timestamp":"2026-11-21T16:00:00.5Z"}"#,
        ),
        (
            r#"{"pod":"p","stream":"a/b","message":"m","trace":"t","lq":{}}"#,
            r#"{"logName":"projects/-/logs/a%2Fb","resource":{"labels":{"pod_name":"p"},"type":"k8s_container"},"textPayload":"m","trace":"t"}"#,
        ),
        (
            r#"{"resource":{"type":"k8s_container","labels":{"pod_name":"p"}},"logName":"projects/x/logs/stdout","textPayload":"m\n","spanId":"s"}"#,
            r#"{"logName":"projects/x/logs/stdout","resource":{"type":"k8s_container","labels":{"pod_name":"p"}},"textPayload":"m","spanId":"s"}"#,
        ),
        ("plain", r#"{"resource":{"labels":{},"type":"k8s_container"},"textPayload":"plain"}"#),
        (
            r#"{"resource":{},"insertId":"i","textPayload":[1, 2]}"#,
            r#"{"insertId":"i","resource":{},"textPayload":"[1,2]"}"#,
        ),
    ];
    for (line, logentry) in cases {
        assert_eq!(formed(Form::Logentry, line), format!("{logentry}\n"));
        assert_eq!(formed(Form::Logentry, logentry), format!("{logentry}\n"), "and stays");
    }
}

#[test]
fn an_entry_goes_through_logentry_and_back() {
    for line in [TEXT, STRUCTURED, OWN_KEYS, NO_TEXT] {
        let there = formed(Form::Logentry, line);
        let back = rewritten(there.trim_end());
        assert_eq!(back, line.replace(r#""labels":{"a":"b"},"#, ""));
    }
}

#[test]
fn a_form_is_the_same_for_a_record_and_for_its_entry() {
    let records = [
        r#"{"resource":{"labels":{"pod_name":"p"}},"logName":"projects/-/logs/stdout","jsonPayload":{"a": 1},"severity":"INFO"}"#,
        r#"{"resource":{"labels":{"pod_name":"p"}},"logName":"projects/-/logs/stdout","jsonPayload":{"msg":"m\n","level":"warn"},"severity":"INFO"}"#,
        r#"{"resource":{"labels":{"pod_name":"p"}},"logName":"projects/-/logs/stderr","textPayload":"t\n","timestamp":"2026-11-21T16:00:00.123456789Z"}"#,
        r#"{"message":"m","namespace":"n","podName":"p","containerName":"c"}"#,
        PLAIN,
    ];
    for record in records {
        for form in Form::value_variants().iter().copied().filter(|form| *form != Form::Logentry) {
            assert_eq!(formed(form, &rewritten(record)), formed(form, record), "{form:?} {record}");
        }
    }
}

#[test]
fn a_form_does_not_depend_on_what_was_written_before() {
    for form in Form::value_variants().iter().copied() {
        let mut one = writer(form);
        one.stamps = true;
        for line in [STRUCTURED, PLAIN, TEXT, NO_TEXT, "", OWN_LINE] {
            let again = write(&mut one, line);
            let mut fresh = writer(form);
            fresh.stamps = true;
            assert_eq!(again, write(&mut fresh, line), "{form:?}");
        }
    }
}

#[test]
fn what_stands_in_another_place_of_the_buffer_is_left_alone() {
    let mut spans = Spans::default();
    let entry = Entry::parse(TEXT, &mut spans).unwrap();
    let mut out = b"before ".to_vec();
    writer(Form::Text).write(&entry, &mut out);
    assert!(out.starts_with(b"before 2026-"));
}
