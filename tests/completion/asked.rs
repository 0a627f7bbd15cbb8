//! What the tools answer: which words, in which order, and what is said of each.

use std::fs;

use crate::home::{Home, ago};
use crate::silent::silent;
use crate::support::Log;

/// The words that are offered behind a line; with `: ` and what is said of them.
fn offered(home: &Home, line: &str) -> Vec<String> {
    let mut words = line.split(' ');
    let tool = words.next().unwrap();
    let said = silent(home.asking(tool, &words.collect::<Vec<_>>()).output().unwrap());
    said.lines().skip(1).map(|line| line.replacen('\t', ": ", 1)).collect()
}

/// The words alone.
fn words(home: &Home, line: &str) -> String {
    let words = offered(home, line);
    words.iter().map(|word| word.split(": ").next().unwrap()).collect::<Vec<_>>().join(" ")
}

#[test]
fn what_was_typed_narrows_what_is_offered() {
    let home = Home::new();
    const CONTAINERS: &str = "agent postgres report trace-agent web";
    const KINDS: &str = "deploy/ sts/ ds/ job/ cj/ rs/ pod/";
    for (line, expected) in [
        ("lq-query ", &*format!("{CONTAINERS} {KINDS}")),
        ("lq-query -c ", CONTAINERS),
        ("lq-query agent -c ", CONTAINERS),
        ("lq-query -n datadog -c ", "agent trace-agent"),
        ("lq-query -n sh* -c ", "postgres web"),
        ("lq-query --namespace=shop -c ", "postgres web"),
        ("lq-query -nshop -c ", "postgres web"),
        ("lq-query -n shop -n datadog -c ", "agent postgres trace-agent web"),
        ("lq-query -n shop,datadog -c ", "agent postgres trace-agent web"),
        ("lq-query deploy/web -c ", "web"),
        ("lq-query --pod ^agent -c ", "agent trace-agent"),
        ("lq-query --exclude-pod ^agent -c ", "postgres report web"),
        ("lq-query --cluster east -c ", CONTAINERS),
        ("lq-query --cluster west -c ", ""),
        ("lq-query -n ", "batch datadog shop"),
        ("lq-query -n shop -n ", "batch datadog shop"),
        ("lq-query agent -n ", "datadog"),
        ("lq-query --cluster ", "east"),
        ("lq-query --pod ", "agent-hg8tg web-6d4b75cb6d-x2x4z db-0 report-29412345-7x2kq agent-qbpch"),
        ("lq-query trace-agent --pod ", "agent-hg8tg"),
        ("lq-query deploy/web --pod agent", "agent-hg8tg agent-qbpch"),
        ("lq-query --exclude-pod qbpch --pod agent", "agent-hg8tg"),
        ("lq-query -n datadog --exclude-pod ", "agent-hg8tg agent-qbpch"),
        ("lq-query --pod ^d", "^db-0"),
        ("lq-query deploy/", "deploy/web"),
        ("lq-query rs/", "rs/web-6d4b75cb6d"),
        ("lq-query ds/", "ds/agent"),
        ("lq-query sts/", "sts/db"),
        ("lq-query job/", "job/agent job/report-29412345"),
        ("lq-query CronJobs/", "CronJobs/report"),
        ("lq-query agent deploy/", ""),
        ("lq-query po/a", "po/agent-hg8tg po/agent-qbpch"),
        ("lq-query nonsense/", ""),
        ("lq-query -l ", "app="),
        ("lq-query -l !", "!app"),
        // A mistake hides what stands behind it, not what stands before.
        ("lq-query -n shop --nonsense -c ", "postgres web"),
        ("lq-query --exclude-pod ( -c p", "postgres"),
        ("lq-ls pods -n shop -c ", "postgres web"),
        ("lq-ls ", "pods containers namespaces clusters cache"),
    ] {
        assert_eq!(words(&home, line), expected, "{line}");
    }
}

#[test]
fn settings_narrow_as_they_do_in_a_run() {
    let home = Home::new();
    let config = home.join(".config/lq/config.toml");
    let source = home.join("archive");
    let settings =
        format!("source = \"{}\"\nnamespace = \"shop\"\n[profile.all]\nnamespace = \"*\"\n", source.display());
    fs::write(config, settings).unwrap();
    for (line, expected) in [
        ("lq-query -c ", "postgres web"),
        ("lq-query -A -c a", "agent"),
        ("lq-query -n datadog -c ", "agent trace-agent"),
        ("lq-query --profile all -c a", "agent"),
        ("lq-query -n ", "batch datadog shop"),
        ("lq-query --source bq://acme/other -c ", ""),
        ("lq-query --config - -c ", ""),
    ] {
        assert_eq!(words(&home, line), expected, "{line}");
    }
    let other = home.asking("lq-query", &["-c", ""]).env("LQ_PROFILE", "all").output().unwrap();
    assert!(silent(other).contains("trace-agent"));
}

#[test]
fn names_are_told_with_what_is_known_of_them() {
    let home = Home::new();
    for (line, expected) in [
        ("lq-query trace", "trace-agent: 1 Pod in datadog, seen 30 minutes ago"),
        ("lq-query -c agent", "agent: 2 Pods in datadog, seen 30 minutes ago"),
        ("lq-query --pod agent-q", "agent-qbpch: gone 12 days, 2 lines"),
        ("lq-query --pod d", "db-0: seen 4 hours ago, 1 line"),
        ("lq-query -n d", "datadog: 2 Pods, seen 30 minutes ago"),
        ("lq-query --cluster e", "east: 5 Pods, seen 30 minutes ago"),
        ("lq-query deploy/", "deploy/web: 1 Pod in shop, seen 3 hours ago"),
        ("lq-query --profile p", "prod: bq://acme/logs"),
        ("lq-query --source bq", "bq://acme/logs: of profile prod"),
        ("lq-split --name 'x/{po", "x/{pod}: the Pod"),
    ] {
        assert_eq!(offered(&home, line), [expected], "{line}");
    }
    let archive = format!("{}: seen before", home.join("archive").display());
    assert_eq!(offered(&home, "lq-query --source "), ["bq://acme/logs: of profile prod", &archive]);
}

#[test]
fn of_too_many_names_the_beginnings_are_offered() {
    let mut logs = vec![
        Log::at(ago(1)).of("shop", "web-main", "web"),
        Log::at(ago(1)).of("shop", "worker-a-1", "web"),
        Log::at(ago(1)).of("shop", "worker-b-1", "web"),
    ];
    logs.extend((0..300).map(|n| Log::at(ago(5)).of("shop", &format!("api-6d4b75cb6d-{n}"), "web")));
    let home = Home::who_saw(&logs);
    for (line, expected) in [
        ("lq-query --pod ", &["api-: 300 begin so", "worker-: 2 begin so", "web-main: seen 1 minute ago, 1 line"][..]),
        (
            "lq-query --pod w",
            &[
                "web-main: seen 1 minute ago, 1 line",
                "worker-a-1: seen 1 minute ago, 1 line",
                "worker-b-1: seen 1 minute ago, 1 line",
            ],
        ),
        ("lq-query --pod api-6d4b75cb6d-29", &[]),
    ] {
        let offered = offered(&home, line);
        if expected.is_empty() {
            assert_eq!(offered.len(), 11, "{line}");
        } else {
            assert_eq!(offered, expected, "{line}");
        }
    }
    // Where all begin alike, what differs is offered.
    let offered = offered(&home, "lq-query --pod api");
    assert_eq!(offered.len(), 300, "{offered:?}");
    assert!(offered[0].starts_with("api-6d4b75cb6d-"), "{offered:?}");
}

#[test]
fn only_times_that_would_be_understood_are_offered() {
    let home = Home::new();
    for (line, expected) in [
        ("lq-query --since 3", "3m 3h 3d 3w"),
        ("lq-query --since y", "yesterday"),
        ("lq-query --since t", "today"),
        ("lq-query -r ", "15m 1h 2h 6h 12h 1d day"),
        ("lq-query -r 3", "3m 3h 3d"),
        ("lq-query --ago 1d -r d", "day"),
        ("lq-query --since 2h --until 1", "1m 1h 15m"),
        ("lq-query --at 1d --since ", ""),
        ("lq-query --ago 1d -d ", ""),
        ("lq-query --since 2h --until 1h -r ", ""),
        ("lq-ls pods --since y", "yesterday"),
    ] {
        assert!(words(&home, line).starts_with(expected), "{line}: {}", words(&home, line));
        assert_eq!(expected.is_empty(), words(&home, line).is_empty(), "{line}");
    }
    let today = chrono::Utc::now().format("%Y-%m-%d").to_string();
    assert!(words(&home, &format!("lq-query --since {}", &today[..4])).contains(&today));
    let yesterday = (chrono::Utc::now() - chrono::TimeDelta::days(1)).format("%a %Y-%m-%d").to_string();
    let window = offered(&home, "lq-query --tz +09:00 -r day -d y").concat();
    assert!(window.starts_with("yesterday: ") && window.contains(" 00:00 to "), "{window}");
    let window = offered(&home, "lq-query --utc -r day -d y").concat();
    assert!(window.starts_with(&format!("yesterday: {yesterday} 00:00 to ")), "{window}");
}

#[test]
fn nothing_is_offered_that_means_something_to_a_shell() {
    let home = Home::new();
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "._-/:^=!+{}".contains(c);
    for question in
        ["", "-c ", "--pod ", "--exclude-pod ", "-n ", "--cluster ", "-l ", "--source ", "--profile ", "pod/", "sts/"]
    {
        for word in offered(&home, &format!("lq-query {question}")) {
            let (word, help) = word.split_once(": ").unwrap_or((&word, ""));
            assert!(word.chars().all(is_plain), "{question}: {word:?}");
            assert!(!help.contains("evil") && !help.contains(char::is_control), "{question}: {help:?}");
        }
    }
}
