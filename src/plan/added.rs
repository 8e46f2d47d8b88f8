//! What to do with devices that came after the boot's claim.

use super::draft::Draft;
use super::message::{About, Reason, Warning};
use super::plan::Plan;
use crate::config::Request;
use crate::machine::Machine;
use crate::pci::Address;

impl Plan {
    /// Decides what to do with the devices in `added` alone; all others stay as they are, even if they are requested.
    ///
    /// Warnings about the request or about other devices belong to the boot's claim.
    pub fn of_added(request: &Request, machine: &Machine, added: &[Address]) -> Self {
        let mut draft = Draft::new(request, machine, &|address| added.contains(&address));
        for one in &mut draft.matches {
            one.addresses.retain(|address| added.contains(address));
        }
        draft.matches.retain(|one| !one.addresses.is_empty());
        draft.warn_of_claims();
        let mut plan = draft.finish();
        plan.warnings.retain(|warning| matters(warning, added));
        plan
    }
}

/// Whether a warning is about a device in `added`, or about what becomes of it.
fn matters(warning: &Warning, added: &[Address]) -> bool {
    match &warning.about {
        About::Device(address) => added.contains(address),
        About::Group(_) => true,
        About::Selector(_) => false,
        About::Machine => {
            let reason = &warning.reason;
            reason.comes_first() || matches!(reason, Reason::NoInterruptRemapping { .. })
        }
    }
}
