//! What the README, the manual and the demo say is true: their commands run, on the demo's archive.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// A folder with the demo's archive in it, as `make demo` leaves it.
struct Demo {
    folder: tempfile::TempDir,
}

fn tools() -> PathBuf {
    Path::new(env!("CARGO_BIN_EXE_lq-query")).parent().unwrap().to_owned()
}

impl Demo {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let made = Command::new(tools().join("examples/demo-archive")).arg(folder.path().join("archive")).output();
        assert!(made.unwrap().status.success());
        Demo { folder }
    }

    /// Runs a command line in bash, with the tools and (where the machine lacks one) a jq on the PATH.
    fn run(&self, line: &str) -> Output {
        let extra = Path::new(env!("CARGO_MANIFEST_DIR")).join("target/tools/bin");
        let path = format!("{}:{}:{}", tools().display(), std::env::var("PATH").unwrap(), extra.display());
        // less shows nothing new without a terminal, and a bare machine has none.
        let script = format!("less() {{ cat \"$@\"; }}; set -o pipefail; {line}");
        Command::new("bash")
            .args(["-c", &script])
            .current_dir(&self.folder)
            .env_clear()
            .env("PATH", path)
            .env("HOME", self.folder.path())
            .env("LQ_SOURCE", "./archive")
            .env("TZ", "Asia/Tokyo")
            .output()
            .unwrap()
    }

    /// Every tool of the pipeline was content; a reader that went away early is no fault.
    fn must_run(&self, line: &str, place: &str) {
        let output = self.run(line);
        let status = output.status.code().unwrap_or(-1);
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(status == 0 || status == 141, "{place}: `{line}` ended with {status}:\n{said}");
    }
}

fn read(name: &str) -> String {
    std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(name)).unwrap()
}

/// The commands behind `$ ` in the console blocks of a Markdown page.
fn console(page: &str) -> Vec<&str> {
    let blocks = page.split("```console\n").skip(1).map(|rest| rest.split("```").next().unwrap());
    blocks.flat_map(str::lines).filter_map(|line| line.strip_prefix("$ ")).collect()
}

#[test]
fn the_readme_s_commands_run() {
    let demo = Demo::new();
    let page = read("README.md");
    let commands = console(&page);
    assert!(commands.len() >= 8, "{commands:?}");
    for command in commands {
        demo.must_run(command, "README.md");
    }
}

#[test]
fn the_readme_s_times_are_understood() {
    let demo = Demo::new();
    let page = read("README.md");
    let table = page.split("## Time").nth(1).unwrap().split("\n## ").next().unwrap();
    let commands: Vec<&str> = table.split('`').filter(|code| code.starts_with("lq-query ")).collect();
    assert!(commands.len() >= 7, "{commands:?}");
    for command in commands {
        demo.must_run(&format!("{command} --dry-run"), "README.md, Time");
    }
}

#[test]
fn the_examples_of_every_tool_run() {
    let demo = Demo::new();
    for tool in ["lq-query", "lq-split", "lq-fmt", "lq-ls"] {
        let help = String::from_utf8(demo.run(&format!("{tool} --help")).stdout).unwrap();
        let examples = help.split("EXAMPLES\n").nth(1).unwrap().split("\n\n").next().unwrap();
        let commands: Vec<&str> = examples.lines().filter_map(|line| line.strip_prefix("      ")).collect();
        assert!(commands.len() >= 5, "{tool}: {commands:?}");
        for command in commands {
            demo.must_run(command, tool);
        }
        let short = String::from_utf8(demo.run(&format!("{tool} -h")).stdout).unwrap();
        let examples: Vec<&str> = short.lines().filter(|line| line.starts_with("  lq-")).collect();
        assert!(examples.len() >= 2, "{short}");
        for example in examples {
            demo.must_run(example, &format!("{tool} -h"));
        }
    }
}

#[test]
fn the_examples_of_lq_7_run() {
    let demo = Demo::new();
    let page = read("man/lq.7");
    let examples = page.split(".SH EXAMPLES").nth(1).unwrap().split(".SH").next().unwrap();
    let scripts: Vec<String> =
        examples.split(".EX\n").skip(1).map(|rest| typed(rest.split(".EE").next().unwrap())).collect();
    assert_eq!(scripts.len(), 20);
    for script in scripts {
        demo.must_run(&script, "lq(7)");
    }
}

/// What groff shows of a command, and people type.
fn typed(roff: &str) -> String {
    let escapes = [("\\-", "-"), ("\\(aq", "'"), ("\\(ha", "^"), ("\\(ti", "~"), ("\\(ga", "`"), ("\\e", "\\")];
    escapes.iter().fold(roff.to_owned(), |text, (escape, shown)| text.replace(escape, shown))
}

#[test]
fn the_readme_and_the_manual_name_only_flags_that_there_are() {
    let demo = Demo::new();
    let help: String = ["lq-query", "lq-split", "lq-fmt", "lq-ls"]
        .map(|tool| String::from_utf8(demo.run(&format!("{tool} --help")).stdout).unwrap())
        .concat();
    let flag = regex::Regex::new(r"(?:^|[\s`|(])(--[a-z][a-z-]+)").unwrap();
    for (name, text) in [("README.md", read("README.md")), ("lq.7", typed(&read("man/lq.7")))] {
        // Other programs' flags stand in lines that name those programs.
        let others = ["gcloud ", "bq ", "cargo ", "kubectl logs", "kubectl krew", "function "];
        for line in text.lines().filter(|line| !others.iter().any(|other| line.contains(other))) {
            for found in flag.captures_iter(line) {
                let known = [" ", "\n", ","].iter().any(|end| help.contains(&format!("{}{end}", &found[1])));
                assert!(known, "{name}: {line}");
            }
        }
    }
}

#[test]
fn the_demo_shows_three_files_of_three_pods() {
    let folder = tempfile::tempdir().unwrap();
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/demo.sh");
    let shown = Command::new("sh").arg(script).arg(tools()).arg(folder.path()).output().unwrap();
    let text = String::from_utf8_lossy(&shown.stdout);
    assert!(shown.status.success(), "{text}\n{}", String::from_utf8_lossy(&shown.stderr));
    let files = std::fs::read_dir(folder.path().join("logs")).unwrap();
    let names: Vec<String> = files.map(|file| file.unwrap().file_name().into_string().unwrap()).collect();
    assert_eq!(names.len(), 3, "{names:?}");
    assert!(names.iter().all(|name| name.ends_with("_datadog_agent.log")), "{names:?}");
    assert!(text.contains("Try next"), "{text}");
}
