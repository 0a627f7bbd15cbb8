//! From the values of an entry to a name below the folder.
//!
//! Names depend on the values alone, never on what came before, and different values give different
//! names. In a value everything but `A-Za-z0-9.-` is percent-encoded, and so are a leading dot and a
//! value that is `-`; an absent value is `-`, an empty one `%`. A name that is too long is cut, and
//! one that could also come from other values is kept whole; `~` and a hash of the values follow in
//! both, in front of the text that ends the template.

use std::borrow::Cow;

use sha2::{Digest, Sha256};

use crate::entry::Entry;
use crate::entry::forms::LocalTime;
use crate::entry::stamp::Stamp;
use crate::entry::text::Text;
use crate::when::Zone;

use super::read;
use super::template::{Field, MANIFEST, PART, Part, Template};

/// The longest name of a file or folder, in bytes.
const LONGEST: usize = 255;

/// `~` and 32 digits.
const HASH: usize = 33;

/// Makes names.
#[derive(Debug)]
pub(crate) struct Names {
    components: Vec<Component>,
    fields: Vec<Field>,
    time: LocalTime,
}

/// Between two slashes.
#[derive(Debug)]
struct Component {
    parts: Vec<Part>,
    /// The text that ends it.
    ending: String,
    longest: usize,
    /// The name of the rest, where that may stand here; nothing of ours may be replaced.
    rest: Option<String>,
}

impl Names {
    /// `rest` is a name that no entry gets.
    pub(crate) fn new(template: &Template, rest: &str, zone: Zone) -> Self {
        let last = template.components.len() - 1;
        let components = template.components.iter().enumerate().map(|(depth, parts)| {
            let longest = if depth == last { LONGEST - PART.len() } else { LONGEST };
            Component::new(parts, longest, if depth == 0 { rest } else { "" })
        });
        Names {
            components: components.collect(),
            fields: template.fields().cloned().collect(),
            time: LocalTime::new(zone),
        }
    }

    /// The name of the entry's file, with `/` between folders.
    pub(crate) fn name(&mut self, entry: &Entry, stamp: Option<Stamp>) -> String {
        let time = stamp.map(|stamp| self.time.date_and_hour(stamp));
        let values = self.fields.iter().map(|field| match field {
            Field::Date => time.as_ref().map(|(date, _)| date.into()),
            Field::Hour => time.as_ref().map(|(_, hour)| hour.into()),
            Field::Stream => entry.stream(),
            _ => text(field, entry).map(Text::to_cow),
        });
        let values: Vec<_> = values.collect();
        self.expand(&values)
    }

    fn expand(&self, values: &[Option<Cow<str>>]) -> String {
        let mut values = values.iter().map(|value| encode(value.as_deref()));
        let mut path = String::new();
        for component in &self.components {
            if !path.is_empty() {
                path.push('/');
            }
            let count = component.parts.iter().filter(|part| matches!(part, Part::Field(..))).count();
            let values: Vec<String> = values.by_ref().take(count).collect();
            path.push_str(&component.expand(&values));
        }
        path
    }
}

impl Component {
    fn new(parts: &[Part], longest: usize, rest: &str) -> Self {
        let ending = match parts.last() {
            Some(Part::Literal(text)) => text.clone(),
            _ => String::new(),
        };
        Component {
            parts: parts.to_vec(),
            ending,
            longest,
            rest: Some(rest.to_owned()).filter(|rest| !rest.is_empty()),
        }
    }

    fn expand(&self, values: &[String]) -> String {
        let mut left = values.iter();
        let mut name = String::new();
        for part in &self.parts {
            match part {
                Part::Literal(text) => name.push_str(text),
                Part::Field(..) => name.extend(left.next().map(String::as_str)),
            }
        }
        // One value alone can be read in one way only.
        let is_read =
            |name: &str| values.len() == 1 || read::back(&self.parts, name).is_some_and(|read| read == values);
        if values.is_empty() || self.is_free(&name) && is_read(&name) {
            return name;
        }
        // No value has a slash, so this joins different values differently.
        let hash = Sha256::digest(values.join("/"));
        let head = &name[..name.len() - self.ending.len()];
        let head = &head[..head.floor_char_boundary(self.longest - HASH - self.ending.len())];
        let hex: String = hash[..16].iter().map(|byte| format!("{byte:02x}")).collect();
        format!("{head}~{hex}{}", self.ending)
    }

    /// True for a name that fits and cannot be taken for something else.
    fn is_free(&self, name: &str) -> bool {
        // Not every file system tells great letters from small ones.
        let is_ours = self.rest.as_ref().is_some_and(|rest| name == rest || name.eq_ignore_ascii_case(MANIFEST));
        let is_taken = is_ours || name.ends_with(PART);
        name.len() <= self.longest && !is_taken && !read::is_hashed(name, &self.ending)
    }
}

/// One value as it stands in names.
pub(crate) fn encode(value: Option<&str>) -> String {
    let mut out = String::new();
    match value {
        None => out.push('-'),
        Some("") => out.push('%'),
        Some("-") => out.push_str("%2D"),
        Some(value) => {
            for (at, byte) in value.bytes().enumerate() {
                match byte {
                    b'.' if at == 0 => out.push_str("%2E"),
                    b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'.' | b'-' => out.push(char::from(byte)),
                    _ => out.push_str(&format!("%{byte:02X}")),
                }
            }
        }
    }
    out
}

/// The name of a cluster's folder.
pub(crate) fn of_cluster(cluster: Option<&str>, rest: &str) -> String {
    let folder = Component::new(&[Part::Field(Field::Cluster, 0)], LONGEST, rest);
    folder.expand(&[encode(cluster)])
}

/// The value of a field other than the stream and those of the time.
pub(super) fn text<'a>(field: &Field, entry: &Entry<'a>) -> Option<Text<'a>> {
    match field {
        Field::Cluster => entry.cluster(),
        Field::Namespace => entry.namespace(),
        Field::Pod => entry.pod(),
        Field::Container => entry.container(),
        Field::Severity => entry.severity(),
        Field::Node => entry.node(),
        Field::Label(name) => entry.label(name),
        // No names of files are made of the others.
        Field::Stream | Field::Date | Field::Hour | Field::Time | Field::Message | Field::Member(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use regex::Regex;

    use super::*;

    const REST: &str = "_rest.log";

    fn names(template: &str) -> Option<Names> {
        Template::parse(template, "", REST).ok().map(|template| Names::new(&template, REST, Zone::Local))
    }

    #[test]
    fn values_are_encoded() {
        let cases = [
            (None, "-"),
            (Some("-"), "%2D"),
            (Some(""), "%"),
            (Some("."), "%2E"),
            (Some(".."), "%2E."),
            (Some("a.b-C9"), "a.b-C9"),
            (Some("a_b/c d%"), "a%5Fb%2Fc%20d%25"),
            (Some("é\0"), "%C3%A9%00"),
        ];
        for (value, expected) in cases {
            assert_eq!(encode(value), expected, "{value:?}");
        }
    }

    #[test]
    fn names_that_could_be_others_are_hashed() {
        let cases = [
            ("{pod}_{container}.log", "web-1", "app", "web-1_app.log"),
            ("{pod}-{container}.log", "web-1", "app", "web-1-app.log"),
            ("{pod}-{container}.log", "web", "1-app", "web-1-app~#.log"),
            ("{pod}{container}", "ab", "c", "abc"),
            ("{pod}{container}", "a", "bc", "abc~#"),
            ("_{pod}", "rest.log", "", "_rest.log~#"),
            ("{pod}", "MANIFEST.json", "", "MANIFEST.json~#"),
            ("{pod}.json", "manifest", "", "manifest~#.json"),
            ("{pod}/{container}", "a", "MANIFEST.json", "a/MANIFEST.json"),
            ("{pod}", "x.part", "", "x.part~#"),
            ("{pod}/{container}", "x.part", "b", "x.part~#/b"),
        ];
        let hash = Regex::new("~[0-9a-f]{32}").unwrap();
        for (template, pod, container, expected) in cases {
            let value = |field: &Field| Some(Cow::from(if *field == Field::Pod { pod } else { container }));
            let names = names(template).unwrap();
            let found = names.expand(&names.fields.iter().map(value).collect::<Vec<_>>());
            assert_eq!(hash.replace(&found, "~#"), expected, "{template}");
        }
    }

    #[test]
    fn the_hash_is_the_same_in_every_run_on_every_machine() {
        let name = names("{pod}{container}").unwrap().expand(&[Some("a".into()), Some("bc".into())]);
        // printf a/bc | sha256sum
        assert_eq!(name, "abc~59243779869e7576d488cd95bd422993");
    }

    fn template() -> impl Strategy<Value = String> {
        let part = prop_oneof![
            4 => "[{](pod|namespace|container|date|hour|label.a/b)[}]",
            1 => "[-._~%/a9]{1,2}",
            1 => Just("_rest.log".to_owned()),
            1 => Just("~0123456789abcdef0123456789abcdef".to_owned()),
        ];
        prop::collection::vec(part, 1..6).prop_map(|parts| parts.concat())
    }

    fn value() -> impl Strategy<Value = Option<String>> {
        prop_oneof![
            Just(None),
            "[-.a9~_]{0,3}".prop_map(Some),
            any::<String>().prop_map(Some),
            "(rest.log|x.part|[.]|[.][.]|/|a-)".prop_map(Some),
            (200..260usize).prop_map(|n| Some("a".repeat(n))),
            Just(Some("~0123456789abcdef0123456789abcdef".to_owned())),
        ]
    }

    fn values() -> impl Strategy<Value = Vec<Option<String>>> {
        prop::collection::vec(value(), 6)
    }

    /// The values that the fields of these names can have: days and hours have a shape.
    fn fitting<'a>(names: &Names, values: &'a [Option<String>]) -> Vec<Option<Cow<'a, str>>> {
        let shaped = |(field, value): (&Field, &'a Option<String>)| match field {
            Field::Date => value.as_ref().map(|text| format!("2026-11-{:02}", text.len() % 30).into()),
            Field::Hour => value.as_ref().map(|text| format!("{:02}", text.len() % 24).into()),
            _ => value.as_deref().map(Cow::from),
        };
        names.fields.iter().zip(values).map(shaped).collect()
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 4000, ..ProptestConfig::default() })]

        #[test]
        fn different_values_have_different_names(template in template(), one in values(), other in values(), keep in 0..7usize) {
            let Some(names) = names(&template) else { return Ok(()) };
            // Values that differ in one place only are the hard ones.
            let mut other = other;
            for at in (0..6).filter(|at| *at != keep) {
                if keep < 6 {
                    other[at] = one[at].clone();
                }
            }
            let (one, other) = (fitting(&names, &one), fitting(&names, &other));
            prop_assert_eq!(one == other, names.expand(&one) == names.expand(&other), "{} {:?} {:?}", template, one, other);
        }

        #[test]
        fn values_moved_across_a_separator_have_different_names(
            separator in "[-.a]{0,2}", pieces in prop::collection::vec("[-.a]{1,2}", 3), ending in prop_oneof![Just(""), Just(".log")],
        ) {
            let names = names(&format!("{{pod}}{separator}{{container}}{ending}")).unwrap();
            let [a, b, c] = &pieces[..] else { return Ok(()) };
            let left = [Some(format!("{a}{separator}{b}").into()), Some(c.as_str().into())];
            let right = [Some(a.as_str().into()), Some(format!("{b}{separator}{c}").into())];
            prop_assert_eq!(left == right, names.expand(&left) == names.expand(&right));
        }

        #[test]
        fn names_stay_inside(template in template(), values in values()) {
            let Some(names) = names(&template) else { return Ok(()) };
            let path = names.expand(&fitting(&names, &values));
            let depth = Template::parse(&template, "", REST).unwrap().components.len();
            prop_assert_eq!(path.split('/').count(), depth, "{}", &path);
            for component in path.split('/') {
                prop_assert!(!["", ".", ".."].contains(&component), "{}", &path);
                prop_assert!(component.len() <= LONGEST && !component.contains('\0'), "{}", &path);
            }
            let last = path.rsplit('/').next().unwrap_or_default();
            prop_assert!(last.len() + PART.len() <= LONGEST && !last.ends_with(PART), "{}", &path);
            prop_assert!(path.split('/').next() != Some(REST), "{}", &path);
        }
    }
}
