//! How the tables of cases are played: every case is typed as in a shell, read by clap and resolved.
//! What holds for all cases is checked for each: echoes paste back, refusals are one line, and what
//! they tell people to write is itself accepted.

use anyhow::{Result, anyhow};
use chrono::{DateTime, NaiveDateTime, Utc};
use clap::Parser;

use super::zone::FIRST_SECOND;
use super::{Resolved, Times, Window, Zone};

/// A moment and a place, and what the flags mean there.
pub(super) struct Scene {
    pub(super) title: &'static str,
    /// RFC 3339.
    pub(super) now: &'static str,
    pub(super) zone: &'static str,
    /// (what it shows, what is typed, the window). A window is `SINCE .. UNTIL` in UTC, of 2026 where
    /// no year stands; a refusal is `refused: ` and fragments of its message, apart by ` & `.
    pub(super) cases: &'static [(&'static str, &'static str, &'static str)],
}

#[derive(Parser, Debug)]
struct Tool {
    #[command(flatten)]
    times: Times,
}

/// The flags of a command line, as clap reads them.
pub(super) fn typed(line: &str) -> Result<Times> {
    let words = shlex::split(line).ok_or_else(|| anyhow!("{line}: not a shell's words"))?;
    let words = std::iter::once("tool".to_owned()).chain(words);
    Ok(Tool::try_parse_from(words)?.times)
}

pub(super) fn instant(text: &str) -> DateTime<Utc> {
    DateTime::parse_from_rfc3339(text).unwrap().to_utc()
}

pub(super) fn resolve(line: &str, now: DateTime<Utc>, zone: &Zone) -> Result<Resolved> {
    typed(line)?.resolve(now, zone.clone())
}

/// Plays the scenes and panics with all cases that went another way.
pub(super) fn play(scenes: &[Scene]) {
    let mut wrong = Vec::new();
    for scene in scenes {
        let (now, zone) = (instant(scene.now), Zone::parse(scene.zone).unwrap());
        for (name, line, want) in scene.cases {
            let got = resolve(line, now, &zone);
            if let Err(why) = judge(got, want, now, &zone) {
                wrong.push(format!("{}, {name}: {line}\n  want {want}\n  {why}", scene.title));
            }
        }
    }
    assert!(wrong.is_empty(), "{} cases\n{}", wrong.len(), wrong.join("\n"));
}

fn judge(got: Result<Resolved>, want: &str, now: DateTime<Utc>, zone: &Zone) -> Result<(), String> {
    match (got, want.strip_prefix("refused: ")) {
        (Ok(resolved), None) => {
            let echo = resolved.window.echo(&resolved.zone);
            if resolved.window != window(want) {
                return Err(format!("got  {echo}"));
            }
            pastes_back(&echo, resolved.window)
        }
        (Ok(resolved), Some(_)) => Err(format!("got  {}", resolved.window.echo(&resolved.zone))),
        (Err(error), None) => Err(format!("got  {error}")),
        (Err(error), Some(fragments)) => {
            let message = error.to_string();
            if !fragments.split(" & ").all(|fragment| message.contains(fragment)) {
                return Err(format!("got  {message}"));
            }
            if error.is::<clap::Error>() {
                return Ok(());
            }
            if message.contains('\n') {
                return Err(format!("more than a line: {message}"));
            }
            remedies_work(&message, now, zone)
        }
    }
}

/// An echo means the same much later and elsewhere.
fn pastes_back(echo: &str, window: Window) -> Result<(), String> {
    let flags = echo.split(" (").next().unwrap_or_default();
    let later = instant("9999-12-31T23:59:59Z");
    match resolve(flags, later, &Zone::parse("Asia/Kolkata").unwrap()) {
        Ok(again) if again.window == window => Ok(()),
        other => Err(format!("{echo} pastes back as {other:?}")),
    }
}

/// What follows `; write` is read without complaint, but for what only the scene's now forbids.
fn remedies_work(message: &str, now: DateTime<Utc>, zone: &Zone) -> Result<(), String> {
    let Some((_, remedies)) = message.split_once("; write ") else {
        return match message.contains("; ") || message.contains("did you mean") {
            true => Ok(()),
            false => Err(format!("no remedy: {message}")),
        };
    };
    // In year 1 the usual examples lie before the beginning.
    if now.timestamp() < FIRST_SECOND + 366 * 86_400 {
        return Ok(());
    }
    for remedy in remedies.split(" or ").flat_map(|part| part.split(", ")) {
        let outcome = resolve(remedy, now, zone);
        if let (true, Err(error)) = (remedy.starts_with('-'), outcome)
            && !["future", "empty"].iter().any(|fine| error.to_string().contains(fine))
        {
            return Err(format!("{message}\n  its remedy fails: {remedy}: {error}"));
        }
    }
    Ok(())
}

fn window(want: &str) -> Window {
    let bound = |text: &str| {
        let year = if text.as_bytes()[2] == b'-' { "2026-" } else { "" };
        let text = format!("{year}{text}{}", if text.matches(':').count() == 1 { ":00" } else { "" });
        NaiveDateTime::parse_from_str(&text, "%Y-%m-%d %H:%M:%S%.f").unwrap().and_utc()
    };
    let (since, until) = want.split_once(" .. ").unwrap();
    Window { since: bound(since), until: bound(until) }
}
