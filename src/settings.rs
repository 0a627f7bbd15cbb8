//! Settings that need not be typed: the configuration file with its profiles, and the environment.
//!
//! File < profile < environment; what is typed displaces all of them, and that is up to the tools.
//! Only settings live here, never what is selected: a forgotten variable must not hide logs.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, anyhow, bail};
use etcetera::BaseStrategy;

use crate::tool::Notes;

/// The settings' names: keys of the file and, in capitals with `LQ_` in front, variables.
pub(crate) const KEYS: [&str; 14] = [
    "source",
    "tz",
    "cluster",
    "namespace",
    "memory",
    "dir",
    "color",
    "paging",
    "billing-project",
    "location",
    "max-bytes",
    "pricing",
    "cache-size",
    "via",
];

/// Profiles that an error lists; with more of them only the nearest one is told.
const MOST_LISTED: usize = 12;
/// Those that may have several values.
const LISTS: [&str; 2] = ["cluster", "namespace"];

/// How to find the settings. Part of every tool's arguments.
#[derive(Clone, Debug, Default, clap::Args)]
pub struct From {
    /// The section [profile.NAME] of the configuration file
    #[arg(long, value_name = "NAME", env = "LQ_PROFILE", hide_env = true, help_heading = "Settings")]
    pub profile: Option<String>,

    /// Another configuration file than ~/.config/lq/config.toml; `-` for none
    #[arg(long, value_name = "FILE", help_heading = "Settings")]
    pub config: Option<PathBuf>,
}

impl From {
    /// The profile, and what named it: the flag or the variable.
    pub(crate) fn profile(&self) -> Option<(&str, &'static str)> {
        let name = self.profile.as_deref().filter(|name| !name.is_empty())?;
        let is_set = std::env::var("LQ_PROFILE").is_ok_and(|set| set == name);
        Some((name, if is_set { "LQ_PROFILE" } else { "--profile" }))
    }
}

/// What is set, by name, and where it was set.
#[derive(Clone, Debug, Default)]
pub(crate) struct Settings {
    values: BTreeMap<&'static str, (Vec<String>, String)>,
    /// The file's profiles: their names, with their sources.
    pub profiles: Vec<(String, Option<String>)>,
}

/// The settings, where they were looked for, and all that is wrong with them.
#[derive(Debug, Default)]
pub(crate) struct Inventory {
    pub settings: Settings,
    /// The file that was read, or could not be.
    pub file: Option<PathBuf>,
    pub flaws: Vec<anyhow::Error>,
    /// Variables that look like settings and are none, in words.
    pub strays: Vec<String>,
}

impl Inventory {
    /// Fails with the first flaw, if there is any.
    pub(crate) fn sound(self) -> Result<Self> {
        match self.flaws.into_iter().next() {
            None => Ok(Inventory { flaws: Vec::new(), ..self }),
            Some(flaw) => Err(flaw),
        }
    }

    /// Reads file and environment. A missing file is no flaw unless it was named; one that cannot be
    /// reached is.
    pub(crate) fn take(from: &From) -> Self {
        let mut inventory = Inventory::default();
        let profile = from.profile();
        inventory.file = match &from.config {
            Some(path) if path == Path::new("-") => None,
            Some(path) => Some(path.clone()),
            None => default_path().filter(|path| !is_missing(path)),
        };
        match inventory.file.clone() {
            Some(path) => {
                if let Err(flaw) = inventory.read_file(&path, profile) {
                    inventory.flaws.push(flaw);
                }
            }
            None => inventory.flaws.extend(profile.map(|(profile, named)| {
                let remedy = default_path().filter(|_| from.config.is_none());
                let remedy = remedy.map_or(String::new(), |path| format!("; write {}", path.display()));
                anyhow!("{named} {profile}: there is no configuration file that could hold it{remedy}")
            })),
        }
        for key in KEYS {
            let variable = variable(key);
            match std::env::var(&variable) {
                Ok(value) if !value.is_empty() => inventory.settings.set(key, split(key, value), variable),
                Ok(_) | Err(std::env::VarError::NotPresent) => {}
                Err(std::env::VarError::NotUnicode(_)) => inventory.flaws.push(anyhow!("{variable}: not UTF-8")),
            }
        }
        inventory.strays = strays();
        inventory
    }

    fn read_file(&mut self, path: &Path, profile: Option<(&str, &str)>) -> Result<()> {
        let place = path.display().to_string();
        let text = std::fs::read_to_string(path).with_context(|| format!("cannot read {place}"))?;
        self.read_text(&text, &place, profile)
    }

    /// Reads the text of a file that the user calls `place`.
    pub(crate) fn read_text(&mut self, text: &str, place: &str, profile: Option<(&str, &str)>) -> Result<()> {
        let mut table: toml::Table = text.parse().map_err(|e: toml::de::Error| {
            let line = e.span().map_or(1, |span| 1 + text[..span.start.min(text.len())].matches('\n').count());
            anyhow!("cannot understand {place}, line {line}: {}", e.message())
        })?;
        let profiles = match table.remove("profile") {
            None => toml::Table::new(),
            Some(toml::Value::Table(profiles)) => profiles,
            Some(_) => bail!("{place}: `profile` is no section; write [profile.NAME]"),
        };
        self.flaws.extend(self.settings.read_table(&table, place));
        for (name, section) in &profiles {
            let toml::Value::Table(section) = section else {
                let flaw = anyhow!("{place}: [profile] needs a name: write [profile.NAME] above `{name}`");
                self.flaws.push(flaw);
                continue;
            };
            // Every profile is checked, one is used.
            let mut checked = Settings::default();
            self.flaws.extend(checked.read_table(section, &format!("{place} [profile.{name}]")));
            self.settings.profiles.push((name.clone(), checked.get("source").map(str::to_owned)));
            if profile.is_some_and(|(profile, _)| profile == name) {
                self.settings.values.extend(checked.values);
            }
        }
        match profile {
            Some((profile, named)) if !profiles.contains_key(profile) => {
                let known = self.settings.profile_names().into_iter();
                let near = did_you_mean(profile, known.clone());
                let known = match (known.len(), near.is_empty()) {
                    (0, _) => "; it has none".to_owned(),
                    (1, false) => String::new(),
                    (1..=MOST_LISTED, true) => format!("; it has {}", known.collect::<Vec<_>>().join(", ")),
                    (1..=MOST_LISTED, false) => format!(" It has {}", known.collect::<Vec<_>>().join(", ")),
                    _ => String::new(),
                };
                let named = if named.starts_with('-') { String::new() } else { format!(" (set in {named})") };
                Err(anyhow!("{place} has no profile {profile}{named}{near}{known}"))
            }
            _ => Ok(()),
        }
    }
}

impl Settings {
    /// Reads file and environment, and fails with the first of their flaws. Tells the strays.
    pub(crate) fn load(from: &From, notes: &Notes) -> Result<Self> {
        let inventory = Inventory::take(from).sound()?;
        inventory.strays.iter().for_each(|stray| notes.say(stray));
        Ok(inventory.settings)
    }

    /// Takes what can be taken; gives what is wrong with the rest.
    fn read_table(&mut self, table: &toml::Table, place: &str) -> Vec<anyhow::Error> {
        let mut flaws = Vec::new();
        for (name, value) in table {
            let Some(key) = KEYS.into_iter().find(|key| key == name) else {
                flaws.push(match value {
                    toml::Value::Table(_) => {
                        anyhow!("{place}: unknown section `{name}`; a profile is [profile.{name}]")
                    }
                    _ => match did_you_mean(name, KEYS) {
                        near if near.is_empty() => {
                            anyhow!("{place}: unknown key `{name}`; known are {}", KEYS.join(", "))
                        }
                        near => anyhow!("{place}: unknown key `{name}`{near}"),
                    },
                });
                continue;
            };
            let text = |value: &toml::Value| match value {
                toml::Value::String(text) => Some(text.clone()),
                toml::Value::Integer(number) => Some(number.to_string()),
                toml::Value::Float(number) => Some(number.to_string()),
                _ => None,
            };
            let is_list = LISTS.contains(&key);
            let values: Option<Vec<String>> = match value {
                toml::Value::Array(values) if is_list => values.iter().map(text).collect(),
                value => text(value).map(|value| split(key, value)),
            };
            match values {
                Some(values) => self.set(key, values, place.to_owned()),
                None if is_list => {
                    let example = format!("{key} = [\"one\", \"another\"]");
                    flaws.push(anyhow!("{place}: `{key}` wants a string, or several: {example}"));
                }
                None => flaws.push(anyhow!("{place}: `{key}` wants a string: {key} = \"...\"")),
            }
        }
        flaws
    }

    /// Displaces what was set before. `place` is what the user calls it.
    pub(crate) fn set(&mut self, key: &'static str, values: Vec<String>, place: String) {
        self.values.insert(key, (values, place));
    }

    /// The names of the file's profiles.
    pub(crate) fn profile_names(&self) -> Vec<&str> {
        self.profiles.iter().map(|(name, _)| name.as_str()).collect()
    }

    /// The value of a setting that has one value.
    pub(crate) fn get(&self, key: &str) -> Option<&str> {
        self.values.get(key).and_then(|(values, _)| values.first()).map(String::as_str)
    }

    /// A setting that is a path. `~/` is the home folder: no shell has seen the configuration file.
    pub(crate) fn path(&self, key: &str) -> Option<PathBuf> {
        let text = self.get(key)?;
        let below_home = text.strip_prefix("~/").and_then(|rest| Some(etcetera::home_dir().ok()?.join(rest)));
        Some(below_home.unwrap_or_else(|| PathBuf::from(text)))
    }

    /// The file or variable that a setting comes from.
    pub(crate) fn place(&self, key: &str) -> Option<&str> {
        self.values.get(key).map(|(_, place)| place.as_str())
    }

    /// The values of a setting that may have several.
    pub(crate) fn list(&self, key: &str) -> &[String] {
        self.values.get(key).map_or(&[], |(values, _)| values)
    }

    /// The setting read by `parse`; an error names the place where it was set.
    pub(crate) fn parse<T>(&self, key: &str, parse: impl FnOnce(&str) -> Result<T>) -> Result<Option<T>> {
        let Some((values, place)) = self.values.get(key) else { return Ok(None) };
        let value = values.first().map(String::as_str).unwrap_or_default();
        parse(value).map(Some).with_context(|| format!("{place}: {key}"))
    }
}

/// The values of a setting, with commas between several as behind its flag.
fn split(key: &str, value: String) -> Vec<String> {
    if LISTS.contains(&key) { value.split(',').map(str::to_owned).collect() } else { vec![value] }
}

/// The variable of a key.
pub(crate) fn variable(key: &str) -> String {
    format!("LQ_{}", key.replace('-', "_").to_uppercase())
}

/// The variables of this process that look like settings and are none: a mistyped bound is no bound.
fn strays() -> Vec<String> {
    let mut known: Vec<String> = KEYS.into_iter().map(variable).collect();
    known.push("LQ_PROFILE".to_owned());
    let set = std::env::vars_os().filter(|(_, value)| !value.is_empty());
    let names = set.map(|(name, _)| name.to_string_lossy().into_owned());
    let mut strays: Vec<String> = names.filter(|name| name.starts_with("LQ_") && !known.contains(name)).collect();
    strays.sort_unstable();
    let say = |name: &String| match did_you_mean(name, known.iter().map(String::as_str)) {
        near if near.is_empty() => format!("{name} is no setting; lq-config(5) has them all"),
        near => format!("{name} is no setting{near}"),
    };
    strays.iter().map(say).collect()
}

/// True where nothing is at `path`: no file, no folder that it could be in, no link that leads nowhere.
fn is_missing(path: &Path) -> bool {
    use std::io::ErrorKind::{NotADirectory, NotFound};
    let is_absent = path.metadata().is_err_and(|error| matches!(error.kind(), NotFound | NotADirectory));
    is_absent && !path.ancestors().any(|above| above.is_symlink() && !above.exists())
}

/// The file that is read where no other one is named.
pub(crate) fn default_path() -> Option<PathBuf> {
    let base = etcetera::base_strategy::Xdg::new().ok()?;
    Some(base.config_dir().join("lq").join("config.toml"))
}

/// `; did you mean …?` with the nearest of the known words, or nothing where none is near.
pub(crate) fn did_you_mean<'a>(word: &str, known: impl IntoIterator<Item = &'a str>) -> String {
    nearest(word, known).map_or(String::new(), |known| format!("; did you mean `{known}`?"))
}

/// The nearest of the known words that `word` may be a misspelling of.
pub(crate) fn nearest<'a>(word: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let distance = |known: &str| strsim::damerau_levenshtein(&word.to_lowercase(), &known.to_lowercase());
    let (distance, known) = known.into_iter().map(|known| (distance(known), known)).min()?;
    (distance <= known.len().max(3) / 3).then_some(known)
}
