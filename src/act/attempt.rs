//! The claim of one device under way, and its end where it fails.

use super::NO_OVERRIDE;
use super::holder::give_back;
use super::prepare;
use crate::pci::{Address, DriverName};
use crate::plan::{Decision, Outcome, OutcomeKind, Reason, Warning};
use crate::sys::{Error, Root, SysPath};

/// One device under way.
#[derive(Debug)]
pub(super) struct Attempt {
    pub(super) outcome: Outcome,
    /// Whether something is still to be done for it.
    pub(super) open: bool,
}

impl Attempt {
    pub(super) fn new(outcome: Outcome) -> Self {
        Self {
            open: matches!(outcome.entry.decision, Decision::Claim | Decision::Hold),
            outcome,
        }
    }

    pub(super) fn address(&self) -> Address {
        self.outcome.entry.device.address
    }

    pub(super) fn driver(&self) -> &DriverName {
        &self.outcome.driver
    }

    /// Whether no driver is to have it.
    pub(super) fn holds(&self) -> bool {
        self.outcome.entry.decision == Decision::Hold
    }

    pub(super) fn succeed(&mut self) {
        self.open = false;
        self.outcome.kind = if self.holds() {
            OutcomeKind::Held
        } else {
            OutcomeKind::Claimed
        };
    }

    /// Keeps every driver but its own from the device.
    pub(super) fn write_override(&self, root: &Root) -> Result<(), Reason> {
        let place = SysPath::DeviceFile(self.address(), "driver_override");
        let written = root.write(place, self.driver().as_str());
        written.map_err(|error| Reason::OverrideFailed {
            error: error.to_string(),
        })
    }

    /// Ends the claim and gives the device back to the host.
    pub(super) fn fail(&mut self, root: &Root, reason: Reason, warnings: &mut Vec<Warning>) {
        self.open = false;
        self.outcome.kind = OutcomeKind::Failed;
        let address = self.address();
        if !root.exists(SysPath::Device(address)) {
            let error = reason.fact();
            self.outcome.reason = Some(Reason::Vanished { error });
            return;
        }
        prepare::undo(root, &mut self.outcome);
        let before = self.outcome.entry.device.driver_override.as_ref();
        let text = before.map_or(NO_OVERRIDE, DriverName::as_str);
        let offer = || match reason {
            // Until the unbind under way returns, nothing can be done.
            Reason::UnbindTimeout { ref driver, .. } => root.start_give_back(driver, address, text),
            _ => give_back(root, address, text),
        };
        // A device that keeps our override and has no driver is lost to everybody: this is worth a second try.
        let offered = offer().or_else(|_| offer());
        let there = |_: &Error| root.exists(SysPath::Device(address));
        if let Some(error) = offered.err().filter(there) {
            let error = error.to_string();
            warnings.push(Warning::device(address, Reason::NotGivenBack { error }));
        }
        self.outcome.reason = Some(reason);
    }
}
