//! What to do with devices that came after the boot's claim.

use super::message::Reason;
use super::{Plan, Warning};
use crate::config::Request;
use crate::machine::Machine;
use crate::pci::Address;

impl<'a> Plan<'a> {
    /// Decides what to do with the devices in `added` alone; all others stay as they are, whoever asked for them.
    ///
    /// What is odd about the request or about other devices was told at boot.
    pub fn of_added(request: &'a Request, machine: &'a Machine, added: &[Address]) -> Self {
        let mut plan = Self::decided(request, machine, &|address| added.contains(&address));
        for (_, addresses) in &mut plan.matches {
            addresses.retain(|address| added.contains(address));
        }
        plan.matches.retain(|(_, addresses)| !addresses.is_empty());
        plan.warn_of_claims();
        plan.warnings.retain(|warning| matters(warning, added));
        plan
    }
}

/// Whether a warning is about a device in `added`, or about what becomes of it.
fn matters(warning: &Warning, added: &[Address]) -> bool {
    match warning.address {
        Some(address) => added.contains(&address),
        None => {
            let reason = &warning.reason;
            let late = matches!(reason, Reason::NoInterruptRemapping { .. });
            late || reason.is_of_group() || reason.comes_first()
        }
    }
}
