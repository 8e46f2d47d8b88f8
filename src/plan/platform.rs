//! Functions of the platform in a group that is given away: no virtual machine can use them, so no driver is to have them.
//!
//! Source: `vfio_pci_core_register_device()` in Linux's drivers/vfio/pci: a device of vfio-pci sleeps while it is not in use.

use super::draft::Draft;
use super::entry::Decision;
use super::message::{Reason, Warning};
use crate::config::Extent;
use crate::pci::{Device, Platform};

impl Draft<'_> {
    /// Whether `device`, which a selector took, is held rather than claimed: it is of the platform, and nobody named it
    /// alone. A host bridge that a selector names is for a guard.
    pub(super) fn holds(&self, device: &Device) -> bool {
        match device.platform() {
            None => false,
            Some(Platform::HostBridge) => !self.names(device),
            Some(_) => !self.names_alone(device),
        }
    }

    /// Whether a selector takes it for itself or for another function of the same device, and not for its group only.
    fn names(&self, device: &Device) -> bool {
        let mut asks = self.request.selectors.iter();
        asks.any(|ask| {
            let all = ask.selector.extent == Extent::Functions;
            let mut devices = self.machine.bus.devices.iter();
            let mut function = || {
                let same = |other: &&Device| other.address.same_device(&device.address);
                devices
                    .by_ref()
                    .filter(same)
                    .any(|other| ask.selector.names(other))
            };
            ask.selector.names(device) || (all && function())
        })
    }

    /// Whether a selector names it and no others on purpose.
    fn names_alone(&self, device: &Device) -> bool {
        let mut asks = self.request.selectors.iter();
        asks.any(|ask| ask.selector.is_for_one() && ask.selector.names(device))
    }

    /// Leaves with the host what would be held for a group of which nothing is claimed.
    pub(super) fn drop_needless_holds(&mut self) {
        let claimed =
            |entry: &&super::Entry| matches!(entry.decision, Decision::Claim | Decision::Already);
        let groups: Vec<_> = self.entries.iter().filter(claimed).collect();
        let groups: Vec<_> = groups
            .iter()
            .filter_map(|entry| entry.device.group)
            .collect();
        let mut entries = std::mem::take(&mut self.entries);
        entries.retain(|entry| {
            let device = &entry.device;
            let serves = device.group.is_some_and(|group| groups.contains(&group));
            entry.decision != Decision::Hold || serves || self.names(device)
        });
        self.entries = entries;
    }

    /// A warning for each function of the platform that is claimed.
    pub(super) fn warn_of_platform(&mut self) {
        let claimed = self.entries.iter();
        let claimed = claimed.filter(|entry| entry.decision == Decision::Claim);
        let warning = |device: &Device| {
            let what = device.platform()?;
            Some(Warning::device(
                device.address,
                Reason::PlatformTaken { what },
            ))
        };
        let warnings: Vec<Warning> = claimed.filter_map(|entry| warning(&entry.device)).collect();
        self.warnings.extend(warnings);
    }
}
