//! All findings, in the order in which their faults are put right.

use super::finding::{Finding, Findings, Mark};
use super::setup::HostSetup;
use super::{claim, firmware, image, others};
use crate::host::snapshot::HostSnapshot;

/// Everything that a claim needs, in the order in which it is put right.
///
/// `setup` is known of the host only, and not of a machine in a file.
pub fn findings(snapshot: &HostSnapshot<'_>, setup: Option<&HostSetup>) -> Vec<Finding> {
    let mut list = Findings::default();
    firmware::look(snapshot, setup, &mut list);
    match setup {
        Some(setup) => {
            image::look(snapshot, setup, &mut list);
            claim::look(snapshot, Some(setup), &mut list);
            others::look(snapshot, setup, &mut list);
        }
        None => {
            claim::look(snapshot, None, &mut list);
            let fact =
                format_args!("images, configuration and Secure Boot of that machine are not known");
            list.put(Mark::Unknown, "image", fact);
        }
    }
    list.0
}
