//! A line, as hostile as it gets, through the scanner, the dialects and every form of output.

use std::collections::HashMap;

use clap::ValueEnum;
use serde::de::IgnoredAny;
use serde_json::Value;

use crate::entry::dialect::Dialect;
use crate::entry::forms::{Form, Writer};
use crate::entry::paths::{Node, TABLE};
use crate::entry::scan::{self, Flaw, Spans};
use crate::entry::template_form::Line;
use crate::entry::text::Text;
use crate::entry::write::{self, Columns, KEYS, WITH};
use crate::entry::{Entry, sanitize};
use crate::when::Zone;

/// One record. What is no object is a plain line.
pub fn record(data: &[u8]) {
    let mut line = super::text(data).into_owned().into_bytes();
    agrees_with_serde_json(&line);
    let mut spans = Spans::default();
    if scan::object(&line, &mut spans).is_ok() && spans.is_torn {
        scan::mend_surrogates(&mut line);
    }
    let line = String::from_utf8(line).expect("what is mended is still text");
    match Entry::parse(&line, &mut spans) {
        Ok(entry) => {
            members_are_those_of_serde_json(&line);
            is_an_entry_for_ever(&entry);
            every_form_holds_its_promise(&entry);
        }
        Err(_) => {
            let line = line.replace('\n', " ");
            let none = Spans::default();
            let entry = Entry::plain(&line, &none);
            is_an_entry_for_ever(&entry);
            every_form_holds_its_promise(&entry);
        }
    }
}

/// The scanner takes what serde_json takes, and ends where serde_json ends; but for depth, which it bounds.
pub(crate) fn agrees_with_serde_json(text: &[u8]) {
    let mut values = serde_json::Deserializer::from_slice(text).into_iter::<IgnoredAny>();
    let theirs = if text.first() == Some(&b'{') { values.next() } else { None };
    let shown = String::from_utf8_lossy(text);
    match (scan::object(text, &mut Spans::default()), theirs) {
        (Ok(end), Some(Ok(_))) => assert_eq!(end, values.byte_offset(), "{shown}"),
        (Err(Flaw::TooDeep(_)), _) => {}
        (Err(flaw), Some(Err(error))) => {
            // serde_json takes four bytes behind `\u` before it looks at them, and no half of a number for one.
            let is_escape = text[text.len().saturating_sub(5)..].windows(2).any(|two| two == b"\\u");
            let is_half = is_escape || text.last().is_some_and(|last| b"-+.eE".contains(last));
            let agree = is_half || (flaw == Flaw::Incomplete) == error.is_eof();
            assert!(agree, "{shown}: {flaw}, {error}");
        }
        (Err(_), None) => {}
        (ours, theirs) => panic!("{shown}: {ours:?}, serde_json: {:?}", theirs.map(|theirs| theirs.map(drop))),
    }
}

/// What the scanner noted is what serde_json finds there. Beyond its 128 levels serde_json has no say.
pub(crate) fn members_are_those_of_serde_json(line: &str) {
    let mut spans = Spans::default();
    scan::object(line.as_bytes(), &mut spans).expect("an object");
    let Ok(whole) = serde_json::from_str::<Value>(line) else { return };
    let payload = spans.payload.and_then(|slot| TABLE.iter().find(|path| path.slot == slot)).map(|path| path.key);
    for path in TABLE {
        let parent = match path.node {
            Node::Root => &whole,
            Node::Resource => &whole["resource"],
            Node::ResourceLabels => &whole["resource"]["labels"],
            Node::Payload => payload.map_or(&Value::Null, |key| &whole[key]),
        };
        let theirs = parent.as_object().and_then(|object| object.get(path.key)).filter(|value| !value.is_null());
        let ours = spans.get(path.slot).of(line).map(|value| serde_json::from_str(value).expect("a value"));
        assert_eq!(ours.as_ref(), theirs, "{} in {line}", path.key);
    }
    // Of two members of a name the last counts, here and there.
    let mut members = HashMap::new();
    scan::members(line, |key, value| {
        members.insert(Text::Json(key).to_cow().into_owned(), value);
        true
    });
    let theirs = whole.as_object().expect("an object");
    assert_eq!(members.len(), theirs.len(), "{line}");
    for (key, value) in members {
        assert_eq!(serde_json::from_str::<Value>(value).ok().as_ref(), theirs.get(&key), "{key} in {line}");
    }
}

/// Written as an entry it is one, and is written just so again; nobody's keys are lost.
fn is_an_entry_for_ever(entry: &Entry) {
    let all = Columns { payload: true, with: WITH.to_vec() };
    let less = Columns { payload: false, with: Vec::new() };
    for columns in [Columns::default(), all, less] {
        let first = written(entry, &columns);
        let mut spans = Spans::default();
        let again = Entry::parse(&first, &mut spans).unwrap_or_else(|flaw| panic!("{first}: {flaw}"));
        assert_eq!(again.dialect(), Dialect::Entry, "{first}");
        assert_eq!(written(&again, &columns), first);
        assert_eq!(written(&again, &Columns::default()), first);
        assert_eq!(again.stamp(), entry.stamp(), "{first}");
        assert_eq!(again.stream(), entry.stream(), "{first}");
        let names = |entry: &Entry| {
            [entry.cluster(), entry.namespace(), entry.pod(), entry.container(), entry.insert_id()]
                .map(|name| name.map(|name| name.to_cow().into_owned()))
        };
        assert_eq!(names(&again), names(entry), "{first}");
        let Ok(value) = serde_json::from_str::<Value>(&first) else { continue };
        let members = value.as_object().expect("an object");
        assert!(members["message"].is_string(), "{first}");
        assert!(members.values().all(|value| !value.is_null()), "{first}");
        if entry.dialect() == Dialect::Entry {
            scan::members(entry.line(), |key, value| {
                let key = Text::Json(key).to_cow();
                let is_lost = value != "null" && !KEYS.contains(&&*key) && !members.contains_key(&*key);
                assert!(!is_lost || entry.column(&key).is_none(), "{key} of {} is not in {first}", entry.line());
                true
            });
        }
    }
}

fn written(entry: &Entry, columns: &Columns) -> String {
    let mut out = Vec::new();
    write::entry(entry, columns, &mut out);
    String::from_utf8(out).expect("an entry is text")
}

/// Every form ends its lines, is text, and where it promises that, drives no terminal.
fn every_form_holds_its_promise(entry: &Entry) {
    let zone = Zone::parse("Asia/Kolkata").expect("a zone");
    for form in Form::value_variants() {
        let mut json = Vec::new();
        for terminal in [false, true] {
            let mut writer = Writer::new(*form, zone.clone());
            (writer.terminal, writer.stamps) = (terminal, terminal);
            let out = formed(entry, &mut writer);
            assert!(out.ends_with('\n'), "{form:?} {out:?}");
            if terminal || matches!(form, Form::Text | Form::Tsv | Form::Logfmt | Form::Logentry) {
                assert!(!out.contains(sanitize::is_harmful), "{form:?} {out:?}");
            }
            match form {
                Form::Tsv => assert_eq!((out.matches('\n').count(), out.matches('\t').count()), (1, 4), "{out:?}"),
                Form::Logfmt => assert_eq!(out.matches('\n').count(), 1, "{out:?}"),
                Form::Entry | Form::Logentry => {
                    let end = scan::object(out.as_bytes(), &mut Spans::default());
                    assert_eq!(end, Ok(out.len() - 1), "{form:?} {out:?}");
                    json.extend(serde_json::from_str::<Value>(&out));
                }
                Form::Raw | Form::Text | Form::Cri | Form::Kubectl => {}
            }
        }
        if let [plain, harmless] = &json[..] {
            assert_eq!(plain, harmless, "what is made harmless is the same value");
        }
    }
    let mut writer = Writer::new(Form::Text, zone);
    let template = "{time} {date} {hour} {severity} {pod:9} {node} {label.app} {payload.a} {trace} {message}";
    writer.look.line = Some(Line::parse(template).expect("a template"));
    let out = formed(entry, &mut writer);
    assert!(out.matches('\n').count() == 1 && !out.contains(sanitize::is_harmful), "{out:?}");
    for key in entry.label_keys() {
        let _ = entry.label(&key);
    }
    let _ = (entry.piece().map(|piece| piece.index), entry.control(), entry.sole_text(), entry.own_severity());
    let _ = (entry.payload_has("severity"), entry.payload_has("timestamp"));
}

fn formed(entry: &Entry, writer: &mut Writer) -> String {
    let mut out = Vec::new();
    writer.write(entry, &mut out);
    String::from_utf8(out).expect("every form is text")
}
