//! A selection in words, as its flags would say it: for people, and for what is remembered under it.
//! Two selections have the same words if and only if they select by the same.

use super::field::{Condition, Operator};
use super::{Content, Glob, Kind, Label, LabelTest, Logs, Origin, Owner, Pattern, Pods, Predicate, SeverityOf};

impl Predicate {
    /// `--namespace "shop" --grep "timeout" -i`. Every text is a JSON string, so that nothing in it can be
    /// taken for a flag. Empty where everything is selected.
    pub(crate) fn words(&self) -> String {
        // Whatever is added to a selection must be said here.
        let Predicate { origin, content } = self;
        let Origin { clusters, namespaces, containers, pods, exclude_pods, selectors, logs } = origin;
        let Content { severity, grep, exclude, fields } = content;
        let mut words = Vec::new();
        for (flag, globs) in [("--cluster", clusters), ("--namespace", namespaces), ("--container", containers)] {
            words.extend(globs.iter().map(|name| format!("{flag} {}", glob(name))));
        }
        words.extend(pods.iter().map(pod));
        words.extend(exclude_pods.iter().map(|regex| format!("--exclude-pod {}", pattern(regex))));
        words.extend(selectors.iter().map(|all| format!("--selector [{}]", list(all, label))));
        if let Logs::Named(globs) = logs {
            words.push(format!("--log [{}]", list(globs, glob)));
        }
        if let Some((least, of)) = severity {
            let of = match of {
                SeverityOf::Record => "",
                SeverityOf::Shown => " (as shown)",
            };
            words.push(format!("--severity {}{of}", least.name()));
        }
        words.extend(grep.iter().map(|regex| format!("--grep {}", pattern(regex))));
        words.extend(exclude.iter().map(|regex| format!("--exclude {}", pattern(regex))));
        words.extend(fields.iter().map(|field| format!("--field {}", condition(field))));
        words.join(" ")
    }
}

fn list<T>(all: &[T], word: impl Fn(&T) -> String) -> String {
    all.iter().map(word).collect::<Vec<_>>().join(", ")
}

fn text(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

fn glob(glob: &Glob) -> String {
    text(&glob.text)
}

fn pattern(pattern: &Pattern) -> String {
    let fixed = if pattern.how.fixed { " -F" } else { "" };
    let ignore_case = if pattern.how.ignore_case { " -i" } else { "" };
    format!("{}{fixed}{ignore_case}", text(&pattern.text))
}

fn pod(pods: &Pods) -> String {
    match pods {
        Pods::Owner(Owner { kind, name, .. }) => {
            let kind = match kind {
                Kind::Deployment => "deploy",
                Kind::ReplicaSet => "rs",
                Kind::StatefulSet => "sts",
                Kind::DaemonSet => "ds",
                Kind::Job => "job",
                Kind::CronJob => "cj",
            };
            format!("{kind}/{}", text(name))
        }
        Pods::Name(name) => format!("pod/{}", glob(name)),
        Pods::Regex(regex) => format!("--pod {}", pattern(regex)),
    }
}

fn label(Label { key, test }: &Label) -> String {
    let key = text(key);
    match test {
        LabelTest::Equal(value) => format!("{key}={}", text(value)),
        LabelTest::NotEqual(value) => format!("{key}!={}", text(value)),
        LabelTest::Exists => key,
        LabelTest::Absent => format!("!{key}"),
    }
}

/// The point in time that a value may be is not said: value and path decide it.
fn condition(Condition { path, operator, value, stamp: _ }: &Condition) -> String {
    let path = path.iter().map(|key| text(key)).collect::<Vec<_>>().join(".");
    let value = || text(value);
    match operator {
        Operator::Equal => format!("{path}={}", value()),
        Operator::NotEqual => format!("{path}!={}", value()),
        Operator::Matches(regex) => format!("{path}~{}", pattern(regex)),
        Operator::MatchesNot(regex) => format!("{path}!~{}", pattern(regex)),
        Operator::Less => format!("{path}<{}", value()),
        Operator::Greater => format!("{path}>{}", value()),
        Operator::AtMost => format!("{path}<={}", value()),
        Operator::AtLeast => format!("{path}>={}", value()),
    }
}

#[cfg(test)]
mod tests {
    use super::super::cases::CASES;
    use super::super::tests::parse;
    use super::*;
    use crate::entry::severity::Severity;

    /// Flags that differ by as little as they can.
    const ALIKE: &[&str] = &[
        "web",
        "web -n shop",
        "-n web -n shop",
        "-n shop -n web",
        "--cluster shop",
        "-c shop",
        "deploy/web rs/web",
        "rs/web",
        "sts/web",
        "ds/web",
        "job/web",
        "cj/web",
        "pod/web",
        "--pod web",
        "--pod web --pod x",
        "--exclude-pod web",
        "-l a=b",
        "-l a!=b",
        "-l a",
        "-l '!a'",
        "-l a=b,c=d",
        "-l a=b -l c=d",
        "--log events",
        "--log events --log x",
        "--log 'events, x'",
        "-s info",
        "-s error",
        "-g x",
        "-g x -i",
        "-g x -F",
        "-g x -F -i",
        "-g 'x -F'",
        "-g 'x\" -F'",
        "-e x",
        "-e x -i",
        "-g x -e y",
        "-g y -e x",
        "--field message=x",
        "--field message!=x",
        "--field message~x",
        "--field message!~x",
        "--field 'payload.a<1'",
        "--field 'payload.a>1'",
        "--field 'payload.a<=1'",
        "--field 'payload.a>=1'",
        "--field payload.a=1",
        "--field 'payload.\"a.b\"=1'",
        "--field payload.a.b=1",
        "--field 'payload.a=\"1'",
        "--field 'timestamp>2024-12-19T07:00:00Z'",
        "--field 'timestamp>2024-12-19T07:00:01Z'",
    ];

    #[test]
    fn selections_have_the_same_words_if_and_only_if_they_are_the_same() {
        let typed = CASES.iter().map(|(_, flags, ..)| *flags).chain(ALIKE.iter().copied());
        let all: Vec<(&str, Predicate)> = typed.map(|typed| (typed, parse(typed).unwrap())).collect();
        for (one, left) in &all {
            for (other, right) in &all {
                let (said, too) = (left.words(), right.words());
                assert_eq!(left == right, said == too, "{one:?}: {said}; {other:?}: {too}");
            }
        }
    }

    #[test]
    fn what_no_flag_can_tell_apart_has_other_words_too() {
        let of = |of| {
            let content = Content { severity: Some((Severity::Error, of)), ..Content::default() };
            Predicate { content, ..Predicate::default() }.words()
        };
        assert_ne!(of(SeverityOf::Record), of(SeverityOf::Shown));
        let no_log = Origin { logs: Logs::Named(Vec::new()), ..Origin::default() };
        assert_ne!(Predicate { origin: no_log, ..Predicate::default() }.words(), Predicate::default().words());
    }

    #[test]
    fn words_are_those_of_the_flags() {
        let words = parse("deploy/web web -n shop -l a=b -s error -g 'time out' -i").unwrap().words();
        let said = r#"--namespace "shop" --container "web" deploy/"web" --selector ["a"="b"] --severity ERROR --grep "time out" -i"#;
        assert_eq!(words, said);
    }
}
