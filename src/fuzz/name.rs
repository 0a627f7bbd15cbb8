//! Templates. Of names of files: they stay in their folder, and different values have different ones.

use serde_json::{Map, Value};

use crate::entry::Entry;
use crate::entry::forms::LocalTime;
use crate::entry::scan::Spans;
use crate::entry::template_form::Line;
use crate::entry::text_form::Look;
use crate::split::key::Keys;
use crate::split::name::Names;
use crate::split::template::{Field, PART, Template};
use crate::when::Zone;

/// Where lines go that name no Pod.
const REST: &str = "_rest.log";

/// The values of an entry, in the order of the lines that hold them.
const KEYS: [&str; 8] = ["pod", "namespace", "container", "cluster", "stream", "severity", "node", "timestamp"];

/// A template in the first line, then the values of one entry, a line each, and of another one: what is not
/// said of that is as in the first. A value may be a JSON string; an empty line is an absent one.
pub fn name(data: &[u8]) {
    let text = super::text(data);
    let mut lines = text.split('\n');
    let template = lines.next().unwrap_or_default();
    let layout = Line::parse(template);
    let Ok(template) = Template::parse(template, "", REST) else { return };
    let zone = Zone::parse("Asia/Kolkata").expect("a zone");
    let mut names = Names::new(&template, REST, zone.clone());
    let mut keys = Keys::new(&template, zone.clone());
    let mut next = |before: &Map<String, Value>| {
        let mut entry = Map::new();
        for key in KEYS {
            let value = match lines.next() {
                None => before.get(key).cloned(),
                Some("") => None,
                Some(line) => Some(serde_json::from_str(line).ok().filter(Value::is_string).unwrap_or(line.into())),
            };
            entry.extend(value.map(|value| (key.to_owned(), value)));
        }
        entry
    };
    let one = next(&Map::new());
    let other = next(&one);
    let made = [one, other].map(|members| {
        let mut members = members;
        // Always an entry, and one with a label.
        members.insert("message".into(), "m".into());
        members.insert("insertId".into(), "i".into());
        if let Some(value) = members.get("node").cloned() {
            members
                .insert("labels".into(), [("k8s-pod/app".to_owned(), value)].into_iter().collect::<Map<_, _>>().into());
        }
        let line = Value::Object(members).to_string();
        let mut spans = Spans::default();
        let entry = Entry::parse(&line, &mut spans).expect("serde_json writes JSON");
        let stamp = entry.stamp().map(|(stamp, _)| stamp);
        let mut key = Vec::new();
        keys.push(&entry, stamp, &mut key);
        let path = names.name(&entry, stamp);
        if let Ok(layout) = &layout {
            let mut out = Vec::new();
            layout.write(&entry, &mut LocalTime::new(zone.clone()), &mut Look::default(), &mut out);
            assert!(out.ends_with(b"\n"));
        }
        stays_inside(&path, &template);
        (values(&entry, &template, &zone), path, key)
    });
    let [(one, path, key), (other, other_path, other_key)] = made;
    assert_eq!(one == other, path == other_path, "{one:?} and {other:?} are {path} and {other_path}");
    assert!(key != other_key || path == other_path, "{path} and {other_path} have one key");
}

/// What the fields of the template are in the entry.
fn values(entry: &Entry, template: &Template, zone: &Zone) -> Vec<Option<String>> {
    let time = entry.stamp().map(|(stamp, _)| LocalTime::new(zone.clone()).date_and_hour(stamp));
    let value = |field: &Field| {
        let text = match field {
            Field::Cluster => entry.cluster(),
            Field::Namespace => entry.namespace(),
            Field::Pod => entry.pod(),
            Field::Container => entry.container(),
            Field::Severity => entry.severity(),
            Field::Node => entry.node(),
            Field::Label(name) => entry.label(name),
            Field::Stream => return entry.stream().map(|stream| stream.into_owned()),
            Field::Date => return time.clone().map(|(date, _)| date),
            Field::Hour => return time.clone().map(|(_, hour)| hour),
            Field::Time | Field::Message | Field::Member(_) => panic!("{field:?} is in no name"),
        };
        text.map(|text| text.to_cow().into_owned())
    };
    template.fields().map(value).collect()
}

fn stays_inside(path: &str, template: &Template) {
    const LONGEST: usize = 255;
    assert_eq!(path.split('/').count(), template.components.len(), "{path}");
    for component in path.split('/') {
        assert!(!["", ".", ".."].contains(&component), "{path}");
        assert!(component.len() <= LONGEST && !component.contains(char::is_control), "{path}");
    }
    let last = path.rsplit('/').next().unwrap_or_default();
    assert!(last.len() + PART.len() <= LONGEST && !last.ends_with(PART), "{path}");
    assert!(path.split('/').next() != Some(REST), "{path}");
}
