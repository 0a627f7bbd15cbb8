//! The colours. Each is readable on a dark and on a light background: either the terminal's own, or
//! a shade between the two.

use nu_ansi_term::{Color, Style};

use crate::entry::severity::Severity;
use crate::entry::text_form;

/// Of the 256-colour palette, apart from each other and from the colours of severities.
const PODS: [u8; 10] = [32, 64, 133, 30, 166, 98, 28, 168, 66, 62];

/// A yellow that is dark enough for white paper.
const YELLOW: Color = Color::Fixed(136);

pub(crate) fn colors() -> text_form::Style {
    let on = |style: Style| style.prefix().to_string();
    let dim = Style::new().dimmed();
    text_form::Style {
        time: on(dim),
        severity: Severity::ALL.map(|severity| match severity {
            Severity::Default | Severity::Info => String::new(),
            Severity::Debug => on(dim),
            Severity::Notice => on(Style::new().bold()),
            Severity::Warning => on(YELLOW.normal()),
            _ => on(Color::Red.bold()),
        }),
        pods: PODS.map(|color| on(Color::Fixed(color).normal())).to_vec(),
        container: on(dim),
        payload: on(dim),
        highlight: on(Color::Black.on(Color::Yellow)),
    }
}
