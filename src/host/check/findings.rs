//! All findings, in the order in which their faults are put right.

use super::finding::{Finding, Findings, Mark};
use super::known::Known;
use super::{claim, firmware, image, others};

/// Everything that a claim needs, in the order in which it is put right.
pub fn findings(known: &Known<'_>) -> Vec<Finding> {
    let mut list = Findings::default();
    firmware::look(known, &mut list);
    match known.here {
        Some(here) => {
            image::look(known, here, &mut list);
            claim::look(known, &mut list);
            others::look(known, here, &mut list);
        }
        None => {
            claim::look(known, &mut list);
            let fact =
                format_args!("images, configuration and Secure Boot of that machine are not known");
            list.put(Mark::Unknown, "image", fact);
        }
    }
    list.0
}
