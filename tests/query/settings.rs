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
    let set = [("LQ_NAMESPACE", "shop,datadog")];
    assert_eq!(run(&home, &set, "").ends(0).messages(), ["a shop", "a datadog"]);
    home.file("list.toml", "source = 'a'\nnamespace = 'shop,datadog'\n");
    assert_eq!(run(&home, &[], "--config list.toml").ends(0).messages(), ["a shop", "a datadog"]);
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
        ("max_bytes = '1G'", &[], "", "unknown key `max_bytes`; did you mean `max-bytes`?"),
        ("since = '1d'", &[], "", "unknown key `since`; known are source, tz, "),
        ("[prod]\nsource = 'a'", &[], "", "unknown section `prod`; a profile is [profile.prod]"),
        ("[profile]\nsource = 'a'", &[], "", "[profile] needs a name: write [profile.NAME] above `source`"),
        ("profile = 'prod'", &[], "", "`profile` is no section; write [profile.NAME]"),
        ("[profile.a]\nprofile = 'x'", &[], "", "config.toml [profile.a]: unknown key `profile`; known are source"),
        ("[profile.a.b]\nsource = 'a'", &[], "", "config.toml [profile.a]: unknown section `b`"),
        ("[profile.a]\ntz = 9", &[], "--profile a", "config.toml [profile.a]: tz: "),
        ("[profile.a]\nsource = ['a']", &[], "", "[profile.a]: `source` wants a string: source = \"...\""),
        (
            "namespace = ['a', true]",
            &[],
            "",
            "`namespace` wants a string, or several: namespace = [\"one\", \"another\"]",
        ),
        ("[profile.dev]\n[profile.prod]", &[], "--profile test", "has no profile test; it has dev, prod"),
        ("source = 'a'", &[], "--profile test", "has no profile test; it has none"),
        ("[profile.a]\nmemry = '1G'", &[], "", "config.toml [profile.a]: unknown key `memry`; did you mean `memory`?"),
        ("source = ", &[], "", "cannot understand"),
        ("source = true", &[], "", "`source` wants a string"),
        ("[profile.prod]", &[], "--profile prd", "has no profile prd; did you mean `prod`?\n"),
        ("tz = 'Mars'", &[], "", "config.toml: tz: "),
        ("memory = '1K'", &[], "", "config.toml: memory: `1K` is too little to sort in; 1MiB is the least"),
        ("", &[("LQ_MEMORY", "much")], "", "LQ_MEMORY: memory: `much` is no size"),
        ("", &[("LQ_TZ", "CST")], "", "LQ_TZ: tz: "),
        ("source = '~/gone'", &[], "", "/gone (set in "),
        ("", &[("LQ_SOURCE", "gone")], "", "cannot read the archive gone (set in LQ_SOURCE): No such file"),
        ("", &[], "", "no source: name a dataset with --source bq://PROJECT/DATASET"),
        ("[profile.gke]", &[], "", "there is a profile: --profile gke; or once for all: export LQ_PROFILE=gke"),
        (
            "[profile.a]\n[profile.b]",
            &[],
            "",
            "there are profiles: --profile NAME, or export LQ_PROFILE=NAME, with one of a, b",
        ),
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
fn a_file_that_is_missing_is_none_and_one_that_cannot_be_reached_is_told() {
    use std::os::unix::fs::symlink;
    let home = home("");
    let file = home.join(".config/lq/config.toml");
    let source = [("LQ_SOURCE", "a")];
    std::fs::remove_file(&file).unwrap();
    run(&home, &source, "").ends(0);
    run(&home, &[source[0], ("XDG_CONFIG_HOME", "/dev/null")], "").ends(0);
    for target in ["gone.toml", "config.toml"] {
        symlink(target, &file).unwrap();
        run(&home, &source, "").ends(2).says("cannot read /").says("/.config/lq/config.toml: ");
        shown(&home, &source, "").ends(2).says("/.config/lq/config.toml: ");
        run(&home, &source, "--config -").ends(0);
        std::fs::remove_file(&file).unwrap();
    }
    std::fs::remove_dir(home.join(".config/lq")).unwrap();
    symlink("../unmounted", home.join(".config/lq")).unwrap();
    run(&home, &source, "").ends(2).says("cannot read /");
}

#[test]
fn a_mistyped_variable_is_told() {
    let home = home("source = 'a'");
    let variables = [("LQ_MAXBYTES", "1GiB"), ("LQ_ZEBRA", "1"), ("LQ_EMPTY", ""), ("LQ_TZ", "UTC")];
    let first = "lq-query: LQ_MAXBYTES is no setting; did you mean `LQ_MAX_BYTES`?\n";
    let second = "lq-query: LQ_ZEBRA is no setting; lq-config(5) has them all\n";
    run(&home, &variables, "").ends(0).says(first).says(second).says_nothing_of("LQ_EMPTY").says_nothing_of("LQ_TZ");
    run(&home, &variables, "-q").ends(0).says_nothing_of("LQ_");
    shown(&home, &variables, "").ends(2).says(first).says(second).says_nothing_of("LQ_EMPTY");
}

#[test]
fn what_is_set_and_fails_is_shown_as_wrong_with_the_same_words() {
    for (config, variables, said) in [
        ("source = ''", &[][..], "config.toml: source: it is empty; write bq://PROJECT/DATASET, or the path"),
        ("source = 'gs://b/x'", &[], "config.toml: source: gs://b/x: copy the bucket first: "),
        ("", &[("LQ_SOURCE", "gs://b")], "LQ_SOURCE: source: gs://b: copy the bucket first: "),
        #[cfg(feature = "bigquery")]
        ("", &[("LQ_SOURCE", "bq://p")], "LQ_SOURCE: source: bq://p: a dataset is missing; write bq://PROJECT/"),
        #[cfg(feature = "bigquery")]
        ("source = 'bq://p/d'\nmax-bytes = 1.5", &[], "config.toml: max-bytes: `1.5` is no size; write 100GiB"),
    ] {
        let home = home(config);
        run(&home, variables, "").ends(2).says(said);
        shown(&home, variables, "").ends(2).says(said);
    }
    let home = home("[profile.prod]");
    #[cfg(feature = "bigquery")]
    run(&home, &[], "--source bq://p").ends(2).says("lq-query: --source bq://p: a dataset is missing");
    run(&home, &[], "--source gs://p").ends(2).says("lq-query: --source gs://p: copy the bucket first");
    run(&home, &[("LQ_PROFILE", "zz")], "").ends(2).says("has no profile zz (set in LQ_PROFILE); it has prod");
    run(&home, &[("LQ_PROFILE", "zz")], "--config -").ends(2).says("lq-query: LQ_PROFILE zz: there is no configur");
    run(&home, &[("LQ_PROFILE", "zz")], "--config - --profile y").ends(2).says("lq-query: --profile y: there is no");
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

/// What is shown of the settings, without the spaces that align it.
fn shown(home: &Archive, variables: &[(&str, &str)], words: &str) -> Run {
    let run = run(home, variables, &format!("--show-config {words}"));
    let out = run.out.lines().map(|line| line.split_whitespace().collect::<Vec<_>>().join(" ") + "\n").collect();
    Run { out, ..run }
}

#[test]
fn every_setting_is_shown_with_the_place_that_it_comes_from() {
    let home = home(
        "source = 'a'\nmemory = '1GiB'\n[profile.prod]\nsource = 'bq://acme/gke'\nnamespace = ['shop', 'x']\n[profile.dev]\n",
    );
    let variables = [("LQ_MAX_BYTES", "1TiB"), ("LQ_PROFILE", "prod")];
    let run =
        shown(&home, &variables, "agent --cluster east,west --utc --location EU --max-bytes 5GiB --cache-size 1GiB")
            .ends(0);
    let expected = "\
# file: ~/.config/lq/config.toml
# profile: prod (LQ_PROFILE); the file has dev, prod

source = \"bq://acme/gke\" # ~/.config/lq/config.toml [profile.prod]
tz = \"UTC\" # --utc
cluster = [\"east\", \"west\"] # --cluster
namespace = [\"shop\", \"x\"] # ~/.config/lq/config.toml [profile.prod]
memory = \"1GiB\" # ~/.config/lq/config.toml
# dir = \".\" # default: of lq-split
# color = \"auto\" # default: of lq-fmt
# paging = \"auto\" # default: of lq-fmt
# billing-project # default: GOOGLE_CLOUD_PROJECT, else the credentials' own, else the source's
location = \"EU\" # --location
max-bytes = \"5GiB\" # --max-bytes
# pricing = \"6.25\" # default: dollars for each TiB
cache-size = \"1GiB\" # --cache-size
# via = \"auto\" # default: of lq-query
";
    assert_eq!(run.out, expected);
    assert_eq!(run.err, "");
    let run = shown(&home, &variables[..1], "--profile dev --source b -A --tz Asia/Tokyo").ends(0);
    for line in [
        "# profile: dev (--profile); the file has dev, prod\n",
        "\nsource = \"b\" # --source\n",
        "\ntz = \"Asia/Tokyo\" # --tz\n",
        "\n# cluster = [] # default: all\n",
        "\nnamespace = [] # --all-namespaces\n",
        "\nmax-bytes = \"1TiB\" # LQ_MAX_BYTES\n",
    ] {
        assert!(run.out.contains(line), "{line}{}", run.out);
    }
}

#[test]
fn where_nothing_is_set_the_defaults_are_shown_and_the_file_that_would_be_read() {
    let home = Archive::new();
    for (words, file) in [("", "none; it would be ~/.config/lq/config.toml"), ("--config -", "none (--config -)")] {
        let run = shown(&home, &[], words).ends(0);
        assert!(run.out.starts_with(&format!("# file: {file}\n# profile: none\n\n")), "{}", run.out);
        assert!(run.out.contains("\n# source # default: none; `lq-query --doctor` looks for one\n"), "{}", run.out);
        assert!(run.out.lines().all(|line| line.starts_with('#') || line.is_empty()), "{}", run.out);
    }
}

#[test]
fn what_is_shown_can_be_pasted_back_into_the_file() {
    let home = home(
        "source = \"a \\\"b\\\" \\u001b[31m\\u202e \\n日本\"\ntz = 'Asia/Tokyo'\nnamespace = []\npricing = 7.5\nmax-bytes = 5\n",
    );
    let first = shown(&home, &[], "--memory 1536MiB --max-bytes none").ends(0);
    assert!(!first.out.contains(['\u{1b}', '\u{202e}']), "{}", first.out);
    home.file("pasted.toml", &first.out);
    let second = shown(&home, &[], "--config pasted.toml").ends(0);
    let values = |run: &Run| -> Vec<String> {
        let lines = run.out.lines().filter(|line| !line.starts_with('#'));
        lines.map(|line| line.split(" # ").next().unwrap().to_owned()).collect()
    };
    assert_eq!(values(&first), values(&second));
    assert!(first.out.contains("\nmemory = \"1536MiB\" # --memory\n") && first.out.contains("\nmax-bytes = \"none\""));
}

#[test]
fn all_that_is_wrong_is_told_and_the_rest_is_shown() {
    let home = home("memry = '1G'\ntz = 'Mars'\nsource = 'a'\n[profile.a]\ncluster = 7.5\ndir = true\n[profile.b]\n");
    let variables = [("LQ_MEMORY", "much"), ("LQ_PRICING", "free"), ("LQ_COLOR", "red"), ("LQ_NAMESPACE", "[")];
    let run = shown(&home, &variables, "--profile c").ends(2);
    for said in [
        "config.toml: unknown key `memry`; did you mean `memory`?\n",
        "config.toml: tz: ",
        "config.toml [profile.a]: `dir` wants a string",
        "has no profile c; did you mean `a`? It has a, b",
        "LQ_MEMORY: memory: `much` is no size",
        "LQ_PRICING: pricing: `free` is no pricing",
        "LQ_COLOR: color: `red` is none of auto, always, never",
        "LQ_NAMESPACE [: ",
    ] {
        assert!(run.err.contains(said), "`{said}` is missing in:\n{}", run.err);
    }
    assert!(run.out.contains("\nsource = \"a\" # ~/.config/lq/config.toml\n"), "{}", run.out);
    assert!(run.out.contains("\n# memory = \"much\" # LQ_MEMORY: cannot be meant\n"), "{}", run.out);
    // What is displaced by a flag is wrong no more.
    shown(&home, &variables, "--memory 1GiB").ends(2).says_nothing_of("LQ_MEMORY");
    home.file(".config/lq/config.toml", "source = ");
    let run = shown(&home, &[("LQ_TZ", "UTC")], "").ends(2).says("cannot understand").says("line 1");
    assert!(run.out.contains("\ntz = \"UTC\" # LQ_TZ\n"), "{}", run.out);
    shown(&home, &[], "--config gone.toml").ends(2).says("cannot read gone.toml: No such file");
}
