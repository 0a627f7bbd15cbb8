//! Settings: file < profile < environment < flag, never silent about what they do.

use crate::support::{Archive, Log, Run, lq_query};

/// A home with this configuration, and archives `a` and `b` of one entry each.
fn home(config: &str) -> Archive {
    let home = Archive::new();
    for name in ["a", "b"] {
        let logs = [("shop", "web"), ("datadog", "agent")].map(|(namespace, container)| {
            Log::at("2024-12-19T07:00:00Z").of(namespace, "p", container).says(format!("{name} {namespace}"))
        });
        home.file(format!("{name}/logs.json"), crate::support::lines(&logs));
    }
    home.file(".config/lq/config.toml", config.replace("HOME", home.path().to_str().unwrap()));
    home
}

fn run(home: &Archive, variables: &[(&str, &str)], words: &str) -> Run {
    let mut command = lq_query();
    command.current_dir(home.path()).env("HOME", home.path()).envs(variables.iter().copied());
    Run::of(command.args(["--at", "2024-12-19", "-r", "day"]).args(words.split_whitespace()))
}

#[test]
fn each_layer_displaces_the_one_below() {
    let home =
        home("source = 'HOME/a'\nnamespace = 'shop'\n[profile.b]\nsource = '~/b'\n[profile.all]\nnamespace = []\n");
    for (variables, words, expected) in [
        (&[][..], "", "a shop"),
        (&[], "--profile b", "b shop"),
        (&[], "--profile all", "a shop|a datadog"),
        (&[("LQ_PROFILE", "b")], "", "b shop"),
        (&[("LQ_PROFILE", "")], "", "a shop"),
        (&[("LQ_PROFILE", "b")], "--profile all", "a shop|a datadog"),
        (&[("LQ_SOURCE", "b")], "", "b shop"),
        (&[("LQ_SOURCE", "b"), ("LQ_NAMESPACE", "datadog")], "", "b datadog"),
        (&[("LQ_SOURCE", "b")], "--source a", "a shop"),
        (&[("LQ_NAMESPACE", "none")], "-n datadog", "a datadog"),
        (&[("LQ_NAMESPACE", "none")], "-A", "a shop|a datadog"),
        (&[("LQ_NAMESPACE", "")], "", "a shop"),
        (&[("LQ_SOURCE", "a")], "--config -", "a shop|a datadog"),
        (&[("XDG_CONFIG_HOME", "/nonexistent"), ("LQ_SOURCE", "b")], "", "b shop|b datadog"),
    ] {
        assert_eq!(run(&home, variables, words).ends(0).messages().join("|"), expected, "{variables:?} {words}");
    }
}

#[test]
fn a_setting_that_hides_logs_is_told_and_a_typed_flag_is_not() {
    let home = home("source = 'HOME/a'\ncluster = '*'\n");
    let narrow = [("LQ_NAMESPACE", "shop")];
    run(&home, &narrow, "").ends(0).says("lq-query: only namespace shop (set in LQ_NAMESPACE); -A for all");
    run(&home, &[], "").ends(0).says("lq-query: only cluster * (set in ").says("); --cluster '*' for all");
    for words in ["-n shop --cluster *", "-A --cluster *"] {
        run(&home, &narrow, words).ends(0).says_nothing_of("only ");
    }
}

#[test]
fn names_may_be_listed_by_comma() {
    let home = home("source = 'HOME/a'\n");
    for words in ["-n shop,datadog", "web,agent", "-c web,agent", "web -c agent"] {
        assert_eq!(run(&home, &[], words).ends(0).messages(), ["a shop", "a datadog"], "{words}");
    }
}

#[test]
fn another_configuration_may_be_named() {
    let home = home("nonsense = 1");
    home.file("other.toml", "source = 'b'\nnamespace = ['shop', 'x']\n");
    home.file("xdg/lq/config.toml", "source = 'a'\nnamespace = 'datadog'\n");
    assert_eq!(run(&home, &[], "--config other.toml").ends(0).messages(), ["b shop"]);
    let xdg = home.join("xdg").display().to_string();
    assert_eq!(run(&home, &[("XDG_CONFIG_HOME", &xdg)], "").ends(0).messages(), ["a datadog"]);
    run(&home, &[], "--config gone.toml").ends(2).says("cannot read gone.toml: No such file");
}

#[test]
fn what_is_wrong_is_named_with_its_place() {
    for (config, variables, words, said) in [
        ("sorce = 'a'", &[][..], "", "config.toml: unknown key `sorce`; did you mean `source`?"),
        ("[profile.a]\nmemry = '1G'", &[], "", "config.toml [profile.a]: unknown key `memry`; did you mean `memory`?"),
        ("source = ", &[], "", "cannot understand"),
        ("source = true", &[], "", "`source` wants a string"),
        ("[profile.prod]", &[], "--profile prd", "has no profile prd; did you mean `prod`?"),
        ("tz = 'Mars'", &[], "", "config.toml: tz: "),
        ("memory = '1K'", &[], "", "config.toml: memory: `1K` is too little to sort in; 1MiB is the least"),
        ("", &[("LQ_MEMORY", "much")], "", "LQ_MEMORY: memory: `much` is no size"),
        ("", &[("LQ_TZ", "CST")], "", "LQ_TZ: tz: "),
        ("source = '~/gone'", &[], "", "/gone (set in "),
        ("", &[("LQ_SOURCE", "gone")], "", "cannot read the archive gone (set in LQ_SOURCE): No such file"),
        ("", &[], "", "no source: name a dataset with --source bq://PROJECT/DATASET"),
    ] {
        run(&home(config), variables, words).ends(2).says(said);
    }
    // Nobody asks for what is displaced.
    let home = home("source = 'a'");
    let broken = [("LQ_TZ", "CST"), ("LQ_MEMORY", "much")];
    run(&home, &broken, "--utc --memory 1GiB").ends(0);
    run(&home, &broken, "--tz Asia/Tokyo --memory 1GiB").ends(0);
}

#[test]
fn the_echo_shows_the_zone_and_pasted_back_is_the_same_window() {
    let home = home("source = 'a'");
    for (variables, words, zone, echo) in [
        (
            &[("TZ", "Asia/Tokyo")][..],
            "--at 2024-12-19",
            "",
            "2024-12-19T00:00:00+09:00 --until 2024-12-19T01:00:00+09:00 (1h)",
        ),
        (
            &[("TZ", "Europe/Berlin")],
            "--at 2024-12-19",
            "",
            "2024-12-19T00:00:00+01:00 --until 2024-12-19T01:00:00+01:00 (1h)",
        ),
        (
            &[("TZ", "Europe/Berlin")],
            "--at 2024-07-01",
            "",
            "2024-07-01T00:00:00+02:00 --until 2024-07-01T01:00:00+02:00 (1h)",
        ),
        (
            &[("LQ_TZ", "Asia/Tokyo")],
            "--at 2024-12-19",
            "",
            "2024-12-19T00:00:00+09:00 --until 2024-12-19T01:00:00+09:00 (1h)",
        ),
        (
            &[("LQ_TZ", "Asia/Tokyo")],
            "--at 2024-12-19",
            "--utc",
            "2024-12-19T00:00:00Z --until 2024-12-19T01:00:00Z (1h)",
        ),
        (
            &[],
            "--at 2024-03-31 -r day",
            "--tz Europe/Berlin",
            "2024-03-31T00:00:00+01:00 --until 2024-04-01T00:00:00+02:00 (23h)",
        ),
    ] {
        let query = |words: &str| {
            let mut command = lq_query();
            command.current_dir(home.path()).env("HOME", home.path()).envs(variables.iter().copied());
            Run::of(command.args(words.split_whitespace()).arg("--dry-run")).ends(0)
        };
        let echo = format!("lq-query: --since {echo}\n");
        let first = |run: Run| run.err.lines().next().unwrap().trim_start_matches("lq-query: ").to_owned();
        let echoed = first(query(&format!("{words} {zone}")).says(&echo));
        let (pasted, _) = echoed.rsplit_once(" (").unwrap();
        query(&format!("{pasted} {zone}")).says(&echo);
        // To people elsewhere it is another spelling of the same.
        let elsewhere = first(query(&format!("{pasted} --tz America/New_York")));
        assert_ne!(elsewhere, echoed);
        query(&format!("{} {zone}", elsewhere.rsplit_once(" (").unwrap().0)).says(&echo);
    }
}
