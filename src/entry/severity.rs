//! Cloud Logging's severities, and the words that loggers use for them.

/// In ascending order of gravity. <https://cloud.google.com/logging/docs/reference/v2/rest/v2/LogEntry#logseverity>
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    Default,
    Debug,
    Info,
    Notice,
    Warning,
    Error,
    Critical,
    Alert,
    Emergency,
}

use Severity::*;

/// What loggers call them, in lower case.
pub(crate) const WORDS: [(&str, Severity); 24] = [
    ("default", Default),
    ("trace", Debug),
    ("debug", Debug),
    ("dbg", Debug),
    ("verbose", Debug),
    ("info", Info),
    ("information", Info),
    ("informational", Info),
    ("inf", Info),
    ("notice", Notice),
    ("note", Notice),
    ("warning", Warning),
    ("warn", Warning),
    ("wrn", Warning),
    ("error", Error),
    ("err", Error),
    ("critical", Critical),
    ("crit", Critical),
    ("fatal", Critical),
    ("severe", Critical),
    ("alert", Alert),
    ("emergency", Emergency),
    ("emerg", Emergency),
    ("panic", Emergency),
];

impl Severity {
    pub(crate) const ALL: [Severity; 9] = [Default, Debug, Info, Notice, Warning, Error, Critical, Alert, Emergency];

    /// Cloud Logging's name.
    pub fn name(self) -> &'static str {
        match self {
            Default => "DEFAULT",
            Debug => "DEBUG",
            Info => "INFO",
            Notice => "NOTICE",
            Warning => "WARNING",
            Error => "ERROR",
            Critical => "CRITICAL",
            Alert => "ALERT",
            Emergency => "EMERGENCY",
        }
    }

    /// At most five letters, for a screen.
    pub(crate) fn short_name(self) -> &'static str {
        match self {
            Default => "",
            Notice => "NOTE",
            Warning => "WARN",
            Critical => "CRIT",
            Emergency => "EMERG",
            other => other.name(),
        }
    }

    /// Cloud Logging's name, or a word that loggers use for the same, in any case.
    pub fn parse(word: &str) -> Option<Self> {
        if let Some(exact) = Self::ALL.into_iter().find(|s| s.name() == word) {
            return Some(exact);
        }
        let word = word.to_ascii_lowercase();
        WORDS.into_iter().find(|(known, _)| *known == word).map(|(_, severity)| severity)
    }

    /// The numeric levels of bunyan and pino: 10, 20 … 60.
    /// <https://github.com/pinojs/pino/blob/main/docs/api.md#loggerlevel-string-gettersetter>
    pub(crate) fn from_level(level: &str) -> Option<Self> {
        Some(match level {
            "10" | "20" => Debug,
            "30" => Info,
            "40" => Warning,
            "50" => Error,
            "60" => Critical,
            _ => return None,
        })
    }
}
