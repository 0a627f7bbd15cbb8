//! The time grammar: the flags by which every tool is told which time is meant, and the one window
//! that they come to. Nothing here reads a clock or a setting; now and the zone are arguments.
//!
//! **Order of reading.** `--tz`, `--utc` or the settings give the zone. `--ago` and `-d` move now.
//! The other flags are said relative to that now, and give a window that includes its beginning and
//! excludes its end.
//!
//! **Moving now.** `-d N` is day N of this month, or of last month where it lies ahead, at the
//! present local time of day; `-d` takes a date, `yesterday` and `fri` as well, and an instant
//! written in full, which is how its errors name the candidates. Now never moves into the future.
//!
//! **Which day a time of day means.** That of now's date; where that lies ahead of the real now, the
//! day before. In `--until` with `--since` it is the first one after `--since`. A weekday is the most
//! recent one, today included, at its beginning or at the time that follows it; in `--until`, where
//! the most recent one is not after `--since`, the first one after it. `today`, `yesterday` and
//! `tomorrow` count from now's date. "Ahead" always means ahead of the real now, moved or not.
//!
//! **Days and clocks.** A day begins at its first instant, also where the clocks skip midnight or show
//! it twice. A time of day that they skip, or show twice, is an error that lists the candidates.
//! `-r day` is the whole calendar day of now, or of T with `--at` and `--around`, 23 or 25 h long
//! where it must; with `--since` or `--until` it would say two beginnings or two ends and is refused.
//!
//! **What combines.** `--ago` or `-d`; one of `--at`, `--around`, or `--since` with or without
//! `--until`; `-r` with each of them, but not with `--since` and `--until` both, which leave no width
//! to say. `-r` is centred on `--around` so that the half that cannot be split goes behind.
//!
//! **Bounds.** A window lies within the years 1 to 9999 UTC and does not begin in the future. It may
//! end there, and then a notice says that lines may still arrive.

mod day;
mod forms;
mod iana;
mod moment;
mod span;
mod typed;
mod width;
mod window;
mod zone;

#[cfg(test)]
mod cases;
#[cfg(test)]
mod clock_cases;
#[cfg(test)]
mod flag_cases;
#[cfg(test)]
mod properties;
#[cfg(test)]
mod scene;

use anyhow::{Error, Result, anyhow, bail};
use chrono::{DateTime, TimeDelta, Utc};

use moment::{Clock, Moment};
use typed::{Takes, Typed};
use width::Width;

pub use iana::Iana;
pub(crate) use span::age;
pub use span::{looks_like_duration, say_duration};
pub use window::Window;
pub use zone::Zone;

/// A window that ended this recently may still get lines: the archive is minutes behind.
const SETTLING: TimeDelta = TimeDelta::minutes(2);

/// Where `--help` lists the flags.
const HEADING: &str = "Time";

/// The time flags as typed. Flattened into the tools' arguments.
#[derive(clap::Args, Default, Clone, Debug, PartialEq)]
pub struct Times {
    /// Start at T, and go up to now or for the --range
    ///
    /// T is a duration back (2h, 1d12h, 2w), a time of day (13:10), a day (today, yesterday, fri,
    /// 2026-05-01), both ('fri 13:10', '2026-05-01 10:00'), RFC 3339, or @ and a Unix time.
    #[arg(long, help_heading = HEADING, value_name = "T", allow_hyphen_values = true)]
    #[arg(aliases = ["since-time", "from", "start", "freshness"])]
    pub since: Option<String>,

    /// Stop before T; a time of day is the first after --since
    #[arg(long, help_heading = HEADING, value_name = "T", allow_hyphen_values = true)]
    #[arg(aliases = ["to", "end", "stop", "until-time"])]
    pub until: Option<String>,

    /// Start at T, for the --range
    #[arg(long, help_heading = HEADING, value_name = "T", allow_hyphen_values = true)]
    pub at: Option<String>,

    /// Half the --range before T, half after it
    #[arg(long, help_heading = HEADING, value_name = "T", allow_hyphen_values = true)]
    pub around: Option<String>,

    /// Width: hours, a duration, or 'day' [default: 1]
    ///
    /// A bare number means hours; 'day' is the whole calendar day.
    #[arg(
        short,
        long,
        help_heading = HEADING,
        value_name = "WIDTH",
        allow_hyphen_values = true,
        alias = "for"
    )]
    pub range: Option<String>,

    /// Move now a duration back: 1d, 90m
    ///
    /// The other flags are then relative to that: alone, --ago 1d is the hour that ended a day ago.
    /// For everything since a day ago write --since 1d.
    #[arg(long, help_heading = HEADING, value_name = "DURATION", allow_hyphen_values = true)]
    pub ago: Option<String>,

    /// Move now to a day, at the present time of day
    ///
    /// A number is that day of this month, or of last month where it lies ahead.
    #[arg(short, long, help_heading = HEADING, value_name = "N|DATE")]
    pub day: Option<String>,

    /// Read and show times in ZONE: Asia/Tokyo, +09:00, local
    #[arg(long, help_heading = HEADING, value_name = "ZONE", allow_hyphen_values = true)]
    #[arg(aliases = ["timezone", "time-zone"])]
    pub tz: Option<String>,

    /// Read and show times in UTC
    #[arg(long, help_heading = HEADING, conflicts_with = "tz")]
    pub utc: bool,
}

/// What the flags came to.
#[derive(Clone, Debug)]
pub struct Resolved {
    /// The window asked for.
    pub window: Window,
    /// Where times are read and shown.
    pub zone: Zone,
    /// What the user should know about the window, a line each, for stderr.
    pub notices: Vec<String>,
}

/// The time of the clock, also where that is before 1970, as clocks are that were never set.
pub(crate) fn now() -> DateTime<Utc> {
    std::time::SystemTime::now().into()
}

impl Times {
    /// True where a time was typed: more than the zone.
    pub fn is_typed(&self) -> bool {
        let times = [&self.since, &self.until, &self.at, &self.around, &self.range, &self.ago, &self.day];
        times.iter().any(|time| time.is_some())
    }

    /// The window that the flags mean at `now`. `zone` comes from the settings; `--tz` and `--utc`
    /// displace it.
    ///
    /// Fails with one line that names the flag, what was typed, and what to write instead: on texts
    /// outside the grammar, flags that exclude each other, local times that clocks skip or repeat,
    /// windows that are empty, begin in the future or leave the years 1 to 9999.
    pub fn resolve(&self, now: DateTime<Utc>, zone: Zone) -> Result<Resolved> {
        self.refuse_contradictions()?;
        let zone = self.zone(zone)?;
        let clock = self.clock(now, &zone)?;
        let window = self.window(&clock)?;
        self.refuse_unusable(&window, &clock)?;
        let notices = self.notices(&window, &clock);
        Ok(Resolved { window, zone, notices })
    }

    fn refuse_contradictions(&self) -> Result<()> {
        let typed = |flag, value: &Option<String>| value.is_some().then_some(flag);
        let since = typed("--since", &self.since);
        let until = typed("--until", &self.until);
        let at = typed("--at", &self.at);
        let around = typed("--around", &self.around);
        let exclusive = [
            (typed("--ago", &self.ago), typed("-d", &self.day), "both move now; take one"),
            (typed("--tz", &self.tz), self.utc.then_some("--utc"), "both are the zone; take one"),
            (at, around, "--at begins the window and --around centres it; take one"),
            (at, since, "both begin the window; take --since and --until, or --at and -r"),
            (at, until, "the end of --at is said by -r; take --since and --until, or --at and -r"),
            (around, since, "--around gives both ends; take --since and --until, or --around and -r"),
            (around, until, "--around gives both ends; take --since and --until, or --around and -r"),
        ];
        for (one, other, why) in exclusive {
            if let (Some(one), Some(other)) = (one, other) {
                bail!("{one} and {other} together: {why}");
            }
        }
        if since.is_some() && until.is_some() && self.range.is_some() {
            bail!("-r with --since and --until: those two are the whole window; take two of the three");
        }
        Ok(())
    }

    /// Where times are read: as typed, else as set.
    pub(crate) fn zone(&self, from_settings: Zone) -> Result<Zone> {
        match &self.tz {
            _ if self.utc => Ok(Zone::Named(Iana::UTC)),
            Some(name) => Zone::read(Typed::new("--tz", name, Takes::Zone)),
            None => Ok(from_settings),
        }
    }

    /// The time that all else is relative to: now, moved by `--ago` or `-d`.
    fn clock<'z>(&self, now: DateTime<Utc>, zone: &'z Zone) -> Result<Clock<'z>> {
        if !window::within_bounds(now) {
            bail!("the system's clock says {now}, which is outside the years 1 to 9999; set it right");
        }
        let clock = Clock { real: now, now, zone };
        let moved = match (&self.ago, &self.day) {
            (Some(text), _) => day::ago(&Typed::new("--ago", text, Takes::Duration), now)?,
            (None, Some(text)) => day::day(&Typed::new("-d", text, Takes::Day), &clock)?,
            (None, None) => now,
        };
        match window::within_bounds(moved) {
            true => Ok(Clock { now: moved, ..clock }),
            false => Err(self.beyond()),
        }
    }

    fn window(&self, clock: &Clock) -> Result<Window> {
        let width = self.range.as_deref().map(Width::read).transpose()?;
        if let (Some(Width::CalendarDay), Some((flag, text))) = (width, self.one_end()) {
            let day = Typed::new("--at", text, Takes::Moment).shown();
            let end = Typed::new(flag, text, Takes::Moment).shown();
            bail!(
                "-r day with {flag}: a calendar day has its own beginning and end; write {day} -r day or {end} -r 24h"
            );
        }
        let place = |flag, text: &Option<String>, after| {
            let Some(text) = text else {
                return Ok(None);
            };
            let typed = Typed::new(flag, text, Takes::Moment);
            Moment::read(&typed)?.place(&typed, clock, after).map(Some)
        };
        let since = place("--since", &self.since, None)?;
        let until = place("--until", &self.until, since)?;
        let at = place("--at", &self.at, None)?;
        let around = place("--around", &self.around, None)?;
        match (since, until) {
            (Some(since), Some(until)) => return Ok(Window { since, until }),
            (Some(since), None) if width.is_none() => {
                return Ok(Window { since, until: clock.now });
            }
            _ => {}
        }
        let width = width.unwrap_or(Width::Span(TimeDelta::hours(1)));
        let window = match (since.or(at), around) {
            (Some(start), _) => width.from(start, TimeDelta::zero(), clock.zone),
            (None, Some(centre)) => width.from(centre, width.span() / 2, clock.zone),
            (None, None) => width.from(until.unwrap_or(clock.now), width.span(), clock.zone),
        };
        window.ok_or_else(|| self.beyond())
    }

    /// The flag and text of the window's one end that was typed as such.
    fn one_end(&self) -> Option<(&'static str, &str)> {
        let since = self.since.as_deref().map(|text| ("--since", text));
        since.or(self.until.as_deref().map(|text| ("--until", text)))
    }

    fn refuse_unusable(&self, window: &Window, clock: &Clock) -> Result<()> {
        let Window { since, until } = *window;
        if !window::within_bounds(since) || !window::within_bounds(until) {
            return Err(self.beyond());
        }
        let shown = self.shown();
        let (begin, end) = (clock.zone.stamp(since), clock.zone.stamp(until));
        if since > clock.real {
            let now = clock.zone.stamp(clock.real);
            bail!("{shown}: the window would begin {begin}, which lies in the future; write a time before {now}");
        }
        if since >= until {
            let remedy = match self.until.is_some() && since > until {
                true => "write the earlier of the two as --since",
                false => "write a --since that is earlier than the end",
            };
            bail!("{shown}: the window is empty, it would begin {begin} and end {end}; {remedy}");
        }
        Ok(())
    }

    fn beyond(&self) -> Error {
        anyhow!("{}: the window leaves the years 1 to 9999; write times within them, as --since 2h", self.shown())
    }

    /// The flags that made the window, as they could be typed again.
    fn shown(&self) -> String {
        let flags = [
            ("--ago", &self.ago, Takes::Duration),
            ("-d", &self.day, Takes::Day),
            ("-r", &self.range, Takes::Width),
            ("--since", &self.since, Takes::Moment),
            ("--until", &self.until, Takes::Moment),
            ("--at", &self.at, Takes::Moment),
            ("--around", &self.around, Takes::Moment),
        ];
        let typed =
            flags.iter().filter_map(|(flag, text, takes)| Some(Typed::new(flag, text.as_deref()?, *takes).shown()));
        let typed: Vec<String> = typed.collect();
        match typed.is_empty() {
            true => "the last hour".to_owned(),
            false => typed.join(" "),
        }
    }

    fn notices(&self, window: &Window, clock: &Clock) -> Vec<String> {
        let mut notices = Vec::new();
        let others = [&self.range, &self.since, &self.until, &self.at, &self.around];
        if let Some(ago) = &self.ago
            && others.iter().all(|other| other.is_none())
        {
            let back = say_duration(clock.real - clock.now);
            let since = Typed::new("--since", ago, Takes::Moment).shown();
            let ago = Typed::new("--ago", ago, Takes::Duration).shown();
            notices
                .push(format!("{ago} alone is the one hour that ended {back} ago; everything since then is {since}"));
        }
        if window.until > clock.real {
            notices.push("the window ends in the future: lines may still arrive".to_owned());
        } else if clock.real - window.until < SETTLING {
            notices.push("the window ends less than two minutes ago: lines may still arrive".to_owned());
        }
        notices
    }
}
