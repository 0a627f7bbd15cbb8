//! No flag is forgotten.

use super::{FREE, is_plain};
use crate::manual::{Manual, commands};

const MANUALS: [Manual; 4] = [crate::query::MANUAL, crate::split::MANUAL, crate::fmt::MANUAL, crate::ls::MANUAL];

#[test]
fn every_value_is_enumerated_or_completed_or_free() {
    let mut free = FREE.to_vec();
    for (mut tool, manual) in commands().into_iter().zip(MANUALS) {
        tool.build();
        let takes_value = |arg: &&clap::Arg| arg.get_num_args().is_some_and(|number| number.takes_values());
        for arg in tool.get_arguments().filter(takes_value) {
            let id = arg.get_id().as_str();
            let is_free = FREE.contains(&id);
            let is_completed = (manual.values)(id).is_some() || arg.get_value_parser().possible_values().is_some();
            assert!(
                is_free != is_completed,
                "{} {id}: put it into the table, or among those that are free",
                tool.get_name()
            );
            free.retain(|free| *free != id);
        }
    }
    assert_eq!(free, [""; 0], "there are no such flags");
}

#[test]
fn names_that_mean_something_elsewhere_are_not_plain() {
    for plain in ["agent", "web-6d4b75cb6d-x2x4z", "a.b_c", "app.kubernetes.io/name", "0", "gke_acme:east"] {
        assert!(is_plain(plain), "{plain}");
    }
    for other in [
        "", "-x", ".x", "/x", "a b", "a\nb", "a$b", "a`b", "a;b", "a'b", "a\u{1b}b", "é", "a*", "~", "a=b", "a,b",
        "{a}",
    ] {
        assert!(!is_plain(other), "{other:?}");
    }
}
