//! `-r/--range`: how wide the window is, and where it then lies.

use anyhow::Result;
use chrono::{DateTime, TimeDelta, Utc};

use super::span::{self, Trouble};
use super::typed::{Takes, Typed};
use super::window::Window;
use super::zone::Zone;

/// A width as read.
#[derive(Clone, Copy, PartialEq)]
pub(crate) enum Width {
    Span(TimeDelta),
    CalendarDay,
}

impl Width {
    /// Reads hours without a unit, a duration, or `day`.
    pub(crate) fn read(text: &str) -> Result<Width> {
        let typed = Typed::new("-r", text, Takes::Width);
        let text = text.trim();
        if text.eq_ignore_ascii_case("day") {
            return Ok(Width::CalendarDay);
        }
        if text.starts_with('-') {
            return Err(typed.refuse_with_examples("a width has no sign"));
        }
        let span = match span::read(text) {
            Err(Trouble::NoUnit(number)) if number == text => span::read(&format!("{text}h")),
            read => read,
        };
        match span.map_err(|trouble| trouble.explain(&typed))? {
            none if none.is_zero() => Err(typed.refuse_with_examples("a window needs a width")),
            span => Ok(Width::Span(span)),
        }
    }

    pub(crate) fn span(self) -> TimeDelta {
        match self {
            Width::Span(span) => span,
            Width::CalendarDay => TimeDelta::zero(),
        }
    }

    /// The window this wide that begins `before` ahead of `anchor`, or the calendar day that
    /// `anchor` is in. None where the time line ends.
    pub(crate) fn from(self, anchor: DateTime<Utc>, before: TimeDelta, zone: &Zone) -> Option<Window> {
        match self {
            Width::CalendarDay => Window::of_day(zone, zone.local(anchor).date()),
            Width::Span(span) => {
                let since = anchor.checked_sub_signed(before)?;
                Some(Window { since, until: since.checked_add_signed(span)? })
            }
        }
    }
}
