//! Where nothing matched, the names that were seen before lead on.

use crate::support::{Archive, Log, Run, lq_query};

/// A home with an archive of two Pods on 2024-12-19.
fn home() -> Archive {
    let home = Archive::new();
    let logs = [
        Log::at("2024-12-19T07:00:00Z").of("shop", "web-7d9f8b6c5-x2x4z", "web").says("of web"),
        Log::at("2024-12-19T09:30:00Z").of("datadog", "agent-hg8tg", "agent").says("of agent"),
        Log::at("2024-12-19T09:30:00Z").of("datadog", "agent-hg8tg", "\u{1b}[31mred").says("hostile"),
    ];
    home.file("archive/logs.json", crate::support::lines(&logs));
    home
}

fn query(home: &Archive, words: &str) -> Run {
    let words: Vec<&str> = words.split_whitespace().collect();
    run(home, &words)
}

fn run(home: &Archive, words: &[&str]) -> Run {
    let mut command = lq_query();
    command.current_dir(home.path()).env("HOME", home.path()).env("LQ_SOURCE", "archive");
    Run::of(command.args(words))
}

const DAY: &str = "--at 2024-12-19 -r day";

#[test]
fn a_misspelt_name_gets_the_nearest_ones_that_were_seen() {
    let home = home();
    query(&home, DAY).ends(0);
    for (words, said) in [
        ("agnet", "container agnet: nothing matched; nearest in the index: agent (datadog)\n"),
        ("-c wbe", "container wbe: nothing matched; nearest in the index: web (shop)\n"),
        ("-n data", "namespace data: nothing matched; nearest in the index: datadog\n"),
        ("--cluster eest", "cluster eest: nothing matched; nearest in the index: east\n"),
        ("deploy/wep", "workload deploy/wep: nothing matched; nearest in the index: deploy/web (shop)\n"),
        ("--pod agetn", "Pod agetn: nothing matched; nearest in the index: ds/agent (datadog)\n"),
        ("re", "container re: nothing matched; nearest in the index: red (datadog)\n"),
    ] {
        let words = format!("{words} {DAY}");
        query(&home, &words).ends(1).says(&format!("lq-query: {said}")).says_nothing_of("\u{1b}");
        assert!(!query(&home, &format!("{words} -q")).ends(1).err.contains("nearest"), "{words}");
    }
    let run = query(&home, &format!("xyzzy {DAY}")).ends(1);
    let run = run.says("container xyzzy: nothing matched; the index knows ").says("agent, ");
    run.says("lq-query: there may be more than were seen so far: lq-ls pods --at 2024-12-19 -r day\n");
    query(&home, &format!("web -n datadog {DAY}")).ends(1).says("not in datadog; in the index it is in east/shop");
    query(&home, &format!("web -g nothing {DAY}")).ends(1).says_nothing_of("index");
}

#[test]
fn a_name_of_another_time_gets_the_command_that_reaches_it() {
    let home = home();
    query(&home, DAY).ends(0);
    for (words, message) in [("agent --at 2024-12-20", "of agent"), ("web -n shop --until 2024-12-18 -r 3d", "of web")]
    {
        let run_ = query(&home, &format!("{words} --tz Asia/Tokyo")).ends(1).says(" seen 2024-12-19T1");
        let (_, pasted) = run_.err.split_once(" seen ").unwrap();
        let (_, pasted) = pasted.lines().next().unwrap().split_once(": ").unwrap();
        let pasted = shlex::split(pasted).unwrap();
        assert_eq!(pasted[0], "lq-query");
        let pasted: Vec<&str> = pasted[1..].iter().map(String::as_str).collect();
        assert_eq!(run(&home, &pasted).ends(0).messages(), [message], "{words}");
    }
}

#[test]
fn where_nothing_was_seen_yet_the_tool_that_looks_is_named() {
    let home = home();
    let run = query(&home, "agnet --at 2024-12-20 --source archive --config - --max-bytes 1GiB -n x").ends(1);
    run.says("which there are: lq-ls pods --at 2024-12-20 --source archive --config - --max-bytes 1GiB\n");
    query(&home, "--at 2024-12-20").ends(1).says_nothing_of("lq-ls");
    // Of standard input nothing is remembered.
    query(&home, "agnet --source -").ends(1).says_nothing_of("lq-ls");
}
