//! The flags of all tools by their names, so that a tool can tell whose a flag is that it lacks, and yet holds
//! nothing else of the others.

/// A flag a line: its tool, its name, and what else it is called. `make man` renews it.
const FLAGS: &str = include_str!("flags.txt");

/// The first tool but this one that has a flag of this name, `--long` or `-s`; and the name that its help has.
pub(super) fn of_others(tool: &str, flag: &str) -> Option<(&'static str, &'static str)> {
    FLAGS.lines().find_map(|line| {
        let (other, names) = line.split_once(' ')?;
        let has = other != tool && names.split(' ').any(|name| name == flag);
        Some((other, names.split(' ').next().filter(|_| has)?))
    })
}

#[cfg(test)]
mod tests {
    use clap::{Arg, Command};

    use crate::manual::commands;
    use crate::tool::usage::longs;

    fn line(tool: &Command, flag: &Arg) -> String {
        let long = longs(flag).into_iter().map(|long| format!(" --{long}"));
        let short = flag.get_short().map(|short| format!(" -{short}"));
        [tool.get_name().to_owned()].into_iter().chain(long).chain(short).collect()
    }

    #[test]
    fn the_manual_of_each_tool_has_the_flags_that_the_others_know_of() {
        let tools = commands();
        let flags = tools.iter().flat_map(|tool| tool.get_arguments().map(move |flag| (tool, flag)));
        let lines: Vec<String> =
            flags.filter(|(_, flag)| !flag.is_positional()).map(|(tool, flag)| line(tool, flag)).collect();
        let made = lines.join("\n") + "\n";
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/src/tool/flags.txt");
        if std::env::var("SNAPSHOTS").is_ok_and(|mode| mode == "overwrite") {
            std::fs::write(path, &made).unwrap();
        }
        let kept = std::fs::read_to_string(path).unwrap_or_default();
        assert!(kept == made, "{path} is not what the flags are now; `make man` renews it");
    }
}
