//! What is told while BigQuery works: notes, and on a terminal a line that is drawn again and again.

use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::size;
use crate::tool::Notes;

/// Standard error with a line at its end that shows how far the work is. Clones share that line.
#[derive(Clone, Debug)]
pub(crate) struct Screen {
    line: ProgressBar,
    notes: Notes,
}

/// The columns that the line leaves free: for the spinner, the time, and what a terminal echoes of keys.
const FREE: usize = 16;

impl Screen {
    /// Where not `is_shown`, notes come without the line.
    pub(crate) fn new(is_shown: bool, notes: Notes) -> Self {
        let target = if is_shown { ProgressDrawTarget::stderr_with_hz(8) } else { ProgressDrawTarget::hidden() };
        let line = ProgressBar::with_draw_target(None, target);
        if let Ok(style) = ProgressStyle::with_template("{spinner} {elapsed:>4} {msg}") {
            line.set_style(style);
        }
        if is_shown {
            line.enable_steady_tick(Duration::from_millis(120));
        }
        Screen { line, notes }
    }

    /// What is good to know.
    pub(crate) fn say(&self, text: &str) {
        self.line.suspend(|| self.notes.say(text));
    }

    /// What must be known.
    pub(crate) fn error(&self, text: &str) {
        self.line.suspend(|| self.notes.error(text));
    }

    /// How far the work is. What does not fit is cut off.
    pub(crate) fn show(&self, state: &str) {
        let width = terminal_size::terminal_size_of(std::io::stderr()).map_or(80, |(width, _)| usize::from(width.0));
        self.line.set_message(state.chars().take(width.saturating_sub(FREE)).collect::<String>());
    }

    /// Takes the line off the terminal.
    pub(crate) fn clear(&self) {
        self.line.finish_and_clear();
    }
}

/// How far the slices are.
#[derive(Debug, Default)]
pub(crate) struct Progress {
    slices: usize,
    slice: usize,
    rows: u64,
    bytes: u64,
}

impl Progress {
    /// The next slice, which stands at `number` from 0, is asked for.
    pub(crate) fn slice(&mut self, number: usize, slices: usize) -> String {
        (self.slice, self.slices) = (number, slices);
        self.say("asking BigQuery")
    }

    /// The job has been started and is not done.
    pub(crate) fn waiting(&self) -> String {
        self.say("BigQuery is at work")
    }

    /// So many rows and bytes came: now `received` of `total` rows of the slice.
    pub(crate) fn page(&mut self, rows: u64, bytes: u64, received: u64, total: u64) -> String {
        self.rows += rows;
        self.bytes += bytes;
        let share = (received * 100).checked_div(total).unwrap_or_default();
        self.say(&format!("reading {share}%"))
    }

    /// So many rows and bytes came: now this share of the slice, from 0 to 1.
    pub(crate) fn batch(&mut self, rows: u64, bytes: u64, share: f64) -> String {
        self.rows += rows;
        self.bytes += bytes;
        self.say(&format!("reading {:.0}%", (share.clamp(0.0, 1.0) * 100.0).floor()))
    }

    fn say(&self, state: &str) -> String {
        let slice = match self.slices {
            0 | 1 => String::new(),
            slices => format!("slice {} of {slices}: ", self.slice + 1),
        };
        let so_far = match self.rows {
            0 => String::new(),
            rows => format!(", {} so far, {}", size::plural(rows, "row"), size::say(self.bytes)),
        };
        format!("{slice}{state}{so_far}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn progress_tells_slice_state_rows_and_bytes() {
        let mut progress = Progress::default();
        assert_eq!(progress.slice(0, 1), "asking BigQuery");
        assert_eq!(progress.waiting(), "BigQuery is at work");
        assert_eq!(progress.page(500, 2 << 20, 500, 2000), "reading 25%, 500 rows so far, 2.0 MiB");
        assert_eq!(progress.page(0, 0, 0, 0), "reading 0%, 500 rows so far, 2.0 MiB");
        assert_eq!(progress.batch(500, 2 << 20, 0.999), "reading 99%, 1,000 rows so far, 4.0 MiB");
        assert_eq!(progress.batch(0, 0, 2.0), "reading 100%, 1,000 rows so far, 4.0 MiB");
        assert_eq!(progress.slice(1, 3), "slice 2 of 3: asking BigQuery, 1,000 rows so far, 4.0 MiB");
    }
}
