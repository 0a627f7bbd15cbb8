//! What stands on the command line after the tab key, in all three shells.

use crate::home::Home;
use crate::support::eventually;
use crate::terminal::{PROMPT, Shell, Terminal};

/// Keys, and the words with which the last tool of the line is then run.
type Case = (&'static str, &'static [&'static str]);

const CASES: &[Case] = &[
    // Flags.
    ("lq-query --tai⇥ 3", &["--tail", "3"]),
    ("lq-query --dry⇥", &["--dry-run"]),
    ("lq-fmt --high⇥ x", &["--highlight", "x"]),
    ("lq-ls pods --empt⇥", &["pods", "--empty-ok"]),
    // Values that are enumerated.
    ("lq-query -o logen⇥", &["-o", "logentry"]),
    ("lq-query --output=logen⇥", &["--output=logentry"]),
    ("lq-query --stream stde⇥", &["--stream", "stderr"]),
    ("lq-query --with node,trace,spa⇥", &["--with", "node,trace,spanId"]),
    ("lq-query --without ⇥", &["--without", "payload"]),
    ("lq-query -s eme⇥", &["-s", "emergency"]),
    ("lq-split --compress=z⇥", &["--compress=zst"]),
    ("lq-fmt --color=al⇥", &["--color=always"]),
    ("lq-ls names⇥", &["namespaces"]),
    // Names out of the index.
    ("lq-query tra⇥", &["trace-agent"]),
    ("lq-query -c tra⇥", &["-c", "trace-agent"]),
    ("lq-query web,tra⇥", &["web,trace-agent"]),
    ("lq-query --namespace=da⇥", &["--namespace=datadog"]),
    ("lq-query -n da⇥", &["-n", "datadog"]),
    ("lq-query -nda⇥", &["-ndatadog"]),
    ("lq-query --cluster e⇥", &["--cluster", "east"]),
    ("lq-query --pod agent-h⇥", &["--pod", "agent-hg8tg"]),
    ("lq-query --pod=^agent-q⇥", &["--pod=^agent-qbpch"]),
    ("lq-query --exclude-pod d⇥", &["--exclude-pod", "db-0"]),
    ("lq-ls pods --pod agent-h⇥", &["pods", "--pod", "agent-hg8tg"]),
    ("lq-ls pods tra⇥", &["pods", "trace-agent"]),
    // What was typed before narrows it.
    ("lq-query -n shop --pod w⇥", &["-n", "shop", "--pod", "web-6d4b75cb6d-x2x4z"]),
    ("lq-query -n batch --pod ⇥", &["-n", "batch", "--pod", "report-29412345-7x2kq"]),
    ("lq-query web --pod ⇥", &["web", "--pod", "web-6d4b75cb6d-x2x4z"]),
    ("lq-query -n shop -c p⇥", &["-n", "shop", "-c", "postgres"]),
    ("lq-query tra -q←←←⇥", &["trace-agent", "-q"]),
    // Workloads: nothing stands behind the slash yet.
    ("lq-query dep⇥web", &["deploy/web"]),
    ("lq-query deploy/⇥", &["deploy/web"]),
    ("lq-query sts/⇥", &["sts/db"]),
    ("lq-query cj/⇥", &["cj/report"]),
    ("lq-query ds/a⇥", &["ds/agent"]),
    ("lq-query deployments.apps/w⇥", &["deployments.apps/web"]),
    ("lq-query pod/d⇥", &["pod/db-0"]),
    // Words that go on: no blank is put behind them.
    ("lq-query -l ap⇥web", &["-l", "app=web"]),
    ("lq-query -l tier=x,ap⇥web", &["-l", "tier=x,app=web"]),
    ("lq-query --field payl⇥x=1", &["--field", "payload.x=1"]),
    // Sources, profiles, zones, times, sizes.
    ("lq-query --source bq://acme/lo⇥", &["--source", "bq://acme/logs"]),
    ("lq-query --source=bq://acme/lo⇥", &["--source=bq://acme/logs"]),
    ("lq-query --profile pr⇥", &["--profile", "prod"]),
    ("lq-query --billing-project a⇥", &["--billing-project", "acme"]),
    ("lq-query --tz asia/tok⇥", &["--tz", "Asia/Tokyo"]),
    ("lq-query --tz=asia/tok⇥", &["--tz=Asia/Tokyo"]),
    ("lq-fmt --tz Europe/Berl⇥", &["--tz", "Europe/Berlin"]),
    ("lq-query --since yes⇥", &["--since", "yesterday"]),
    ("lq-query -r da⇥", &["-r", "day"]),
    ("lq-query --log ev⇥", &["--log", "events"]),
    ("lq-query --max-bytes 1T⇥", &["--max-bytes", "1TiB"]),
    // Paths are the shell's own.
    ("lq-split --dir arch⇥x", &["--dir", "archive/x"]),
    ("lq-split --dir=my⇥x", &["--dir=my folder/x"]),
    ("lq-split --dir my\\ f⇥x", &["--dir", "my folder/x"]),
    ("lq-fmt my\\ folder/a⇥", &["my folder/a file.json"]),
    ("lq-fmt my\\ folder/\\$⇥", &["my folder/$x`y.json"]),
    ("lq-query --source archive/l⇥", &["--source", "archive/logs.json"]),
    ("lq-query tra⇥ >my\\ folder/ou", &["trace-agent"]),
    // Where the command stands.
    ("lq-query tra⇥ | lq-split --tee | lq-fmt --pagin⇥ never", &["--paging", "never"]),
    ("true && lq-query tra⇥", &["trace-agent"]),
    ("LQ_TZ=UTC lq-query tra⇥", &["trace-agent"]),
    ("./bin/lq-query tra⇥", &["trace-agent"]),
    ("~/bin/lq-query tra⇥", &["trace-agent"]),
    // Nothing fits, nothing is known, nothing is harmed.
    ("lq-query --nonsense⇥x", &["--nonsensex"]),
    ("lq-query -n nowhere --pod ⇥x", &["-n", "nowhere", "--pod", "x"]),
    ("lq-query --nonsense -s err⇥", &["--nonsense", "-s", "error"]),
    ("lq-query --pod ev⇥x", &["--pod", "evx"]),
    ("lq-query ev⇥x", &["evx"]),
    ("lq-query -n ev⇥x", &["-n", "evx"]),
    ("lq-query --cluster ev⇥x", &["--cluster", "evx"]),
    ("lq-query --profile e⇥x", &["--profile", "ex"]),
];

/// What only this shell does.
const OF_BASH: &[Case] = &[
    // What stands behind the cursor narrows too; fish does not tell it.
    ("lq-query --pod  -n batch←←←←←←←←←⇥", &["--pod", "report-29412345-7x2kq", "-n", "batch"]),
    // It closes quotes itself.
    ("lq-split --name '{po⇥", &["--name", "{pod}"]),
    ("lq-split --name 'x/{namespace}/{po⇥.log", &["--name", "x/{namespace}/{pod}.log"]),
    ("lq-split --name 'a b/{clu⇥", &["--name", "a b/{cluster}"]),
    ("lq-split --name=\"{label.a⇥", &["--name={label.app}"]),
    ("lq-fmt --template '{time} {mess⇥", &["--template", "{time} {message}"]),
    ("lq-split --dir 'my f⇥", &["--dir", "my folder/"]),
    ("lq-split --name {po⇥", &["--name", "{pod}"]),
    ("lq-split --name a\\ b/{clu⇥", &["--name", "a b/{cluster}"]),
    ("lq-query --since $HOM⇥", &["--since", "HOME/"]),
];

const OF_ZSH: &[Case] = &[
    // What stands behind the cursor narrows too; fish does not tell it.
    ("lq-query --pod  -n batch←←←←←←←←←⇥", &["--pod", "report-29412345-7x2kq", "-n", "batch"]),
    ("lq-split --name '{po⇥'", &["--name", "{pod}"]),
    ("lq-split --name 'x/{namespace}/{po⇥.log'", &["--name", "x/{namespace}/{pod}.log"]),
    ("lq-split --name 'a b/{clu⇥'", &["--name", "a b/{cluster}"]),
    ("lq-split --name=\"{label.a⇥", &["--name={label.app}"]),
    ("lq-fmt --template '{time} {mess⇥'", &["--template", "{time} {message}"]),
    ("lq-split --dir 'my f⇥x'", &["--dir", "my folder/x"]),
    ("lq-split --name {po⇥", &["--name", "{pod}"]),
    ("lq-split --name=x/{namespace}/{po⇥.log", &["--name=x/{namespace}/{pod}.log"]),
    ("echo $(lq-query tra⇥)", &["trace-agent"]),
];

const OF_FISH: &[Case] = &[
    // It closes quotes itself, and puts a blank behind them.
    ("lq-split --name '{po⇥", &["--name", "{pod}"]),
    ("lq-split --name 'x/{namespace}/{po⇥", &["--name", "x/{namespace}/{pod}"]),
    ("lq-split --name 'a b/{clu⇥", &["--name", "a b/{cluster}"]),
    ("lq-split --name=\"{label.a⇥", &["--name={label.app}"]),
    ("lq-fmt --template '{time} {mess⇥", &["--template", "{time} {message}"]),
    ("lq-split --dir 'my f⇥x'", &["--dir", "my folder/x"]),
    ("lq-split --config=arch⇥x", &["--config=archive/x"]),
    ("echo (lq-query tra⇥)", &["trace-agent"]),
];

/// Types all lines, one after another, and tells all that came out otherwise.
fn play(shell: Shell, of_its_own: &[Case]) {
    let home = Home::new();
    let mut terminal = Terminal::open(shell, &home, &shell.sourced());
    let mut wrong = Vec::new();
    for (keys, expected) in CASES.iter().chain(of_its_own) {
        let tool = keys.rsplit("lq-").next().and_then(|rest| rest.split(' ').next()).unwrap();
        home.forgets();
        terminal.types(keys).types("⏎");
        let mut words = None;
        eventually(keys, || {
            words = home.typed(&format!("lq-{tool}"));
            words.is_some()
        });
        let words = words.unwrap();
        let home = home.path().to_str().unwrap();
        let expected: Vec<String> = expected.iter().map(|word| word.replace("HOME", home)).collect();
        terminal.waits();
        let noise = terminal.lines().into_iter().find(|line| !line.starts_with(PROMPT));
        if let Some(noise) = noise {
            wrong.push(format!("{keys}\n  says {noise}"));
            terminal.types("clear⏎").waits();
        }
        if words != expected {
            wrong.push(format!("{keys}\n  want {expected:?}\n  got  {words:?}"));
        }
    }
    assert!(
        wrong.is_empty(),
        "{}: {} cases\n{}\n{}",
        shell.name(),
        wrong.len(),
        wrong.join("\n"),
        terminal.lines().join("\n")
    );
    assert!(!home.join("pwned").exists(), "{} ran a name", shell.name());
}

#[test]
fn bash_completes() {
    play(Shell::Bash, OF_BASH);
}

#[test]
fn zsh_completes() {
    play(Shell::Zsh, OF_ZSH);
}

#[test]
fn fish_completes() {
    play(Shell::Fish, OF_FISH);
}
