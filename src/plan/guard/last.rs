//! Guards of what all claims together would leave to the host: a disk, a network card, a display, a keyboard.
//!
//! Source: the classes in Linux's include/linux/pci_ids.h.

use std::collections::BTreeSet;

use super::Guards;
use crate::config::{Extent, Guard, Selector};
use crate::machine::selected;
use crate::pci::{Address, Class, Device};
use crate::plan::message::{Need, Reason};
use crate::plan::{Decision, Plan};

/// A kind of device.
type Family = fn(Class) -> bool;

impl Guards<'_> {
    /// Refuses what would leave the host without a device that it cannot do without.
    pub(in super::super) fn keep_the_last(&mut self, plan: &mut Plan<'_>) {
        let needs = &plan.request.needs;
        if let Some(word) = needs.disk() {
            let (kind, name) = disk_kind(&word);
            let need = Need::Last { kind: name, word };
            self.keep_needed(plan, Guard::BootDisk, kind, Reason::BootDisk { need });
        }
        if let Some(word) = needs.network() {
            let kind = "network controller";
            let need = Need::Last { kind, word };
            self.keep_needed(
                plan,
                Guard::Network,
                Class::is_network,
                Reason::Network { need },
            );
        }
        self.keep_keyboards(plan);
        self.keep_one(plan, Guard::Display, Class::is_screen);
        self.keep_one(plan, Guard::Input, Class::is_usb_host);
    }

    /// Keeps all of a kind that the boot needs where none would stay: which of them, nobody can tell.
    fn keep_needed(&mut self, plan: &mut Plan<'_>, guard: Guard, kind: Family, reason: Reason) {
        let claimed = claimed(plan, kind);
        if claimed.is_empty() || stays(plan, kind) || is_elsewhere(plan, guard) {
            return;
        }
        for address in claimed {
            self.keep(plan, guard, address, reason.clone());
        }
    }

    /// Keeps one of a kind where none would stay and somebody did not name it; then says what is taken.
    fn keep_one(&mut self, plan: &mut Plan<'_>, guard: Guard, kind: Family) {
        let mut taken = claimed(plan, kind);
        let mut last = !taken.is_empty() && !stays(plan, kind);
        let mut swept: Vec<Address> = Vec::new();
        if last {
            let named = named(plan);
            swept.extend(taken.iter().filter(|address| !named.contains(address)));
        }
        // Those for which the guard stands come first, and of them the display that the firmware chose.
        swept.sort_by_key(|address| {
            let forced = self.forces.cover(guard, *address);
            (forced, !is_boot_display(plan, *address), *address)
        });
        if let Some(address) = swept.first().copied() {
            let reason = match guard {
                Guard::Display => Reason::LastDisplay,
                _ => Reason::LastInput,
            };
            if self.keep(plan, guard, address, reason) {
                taken.retain(|other| *other != address);
                last = false;
            }
        }
        match guard {
            Guard::Display if last => {
                self.warnings
                    .push(Reason::DisplayTaken { addresses: taken }.into());
            }
            Guard::Input if last => {
                self.warnings
                    .push(Reason::InputTaken { addresses: taken }.into());
            }
            _ => {
                let boot = |address: &&Address| is_boot_display(plan, **address);
                if let Some(address) = taken.iter().find(boot).copied() {
                    self.warn(address, Reason::BootDisplayTaken { address });
                }
            }
        }
    }

    /// Leaves the device at `address` with the host, unless the user overrides that; whether it is left there.
    pub(super) fn keep(
        &mut self,
        plan: &mut Plan<'_>,
        guard: Guard,
        address: Address,
        reason: Reason,
    ) -> bool {
        let Some(reason) = self.unless_forced(Some(guard), address, reason) else {
            return false;
        };
        let mut entries = plan.entries.iter_mut();
        if let Some(entry) = entries.find(|entry| entry.device.address == address) {
            entry.decision = Decision::Refuse(reason);
        }
        true
    }
}

/// The controllers that can have the disk which this word of the command line needs, and their name.
fn disk_kind(word: &str) -> (Family, &'static str) {
    if word.starts_with("root=/dev/nvme") {
        (Class::is_nvme, "NVMe controller")
    } else if word.starts_with("root=/dev/sd") {
        let kind = |class: Class| class.is_storage() && !class.is_nvme();
        (kind, "SATA or SCSI controller")
    } else {
        (Class::is_storage, "storage controller")
    }
}

/// The devices of a kind that are to be claimed.
fn claimed(plan: &Plan<'_>, kind: Family) -> Vec<Address> {
    let claimed = plan
        .entries
        .iter()
        .filter(|entry| entry.decision == Decision::Claim && kind(entry.device.class));
    claimed.map(|entry| entry.device.address).collect()
}

/// Whether a device of the kind stays with the host.
fn stays(plan: &Plan<'_>, kind: Family) -> bool {
    let mut devices = plan.machine.bus.devices.iter();
    devices.any(|device| kind(device.class) && is_with_host(plan, device))
}

/// Whether a device is the host's now and stays so.
fn is_with_host(plan: &Plan<'_>, device: &Device) -> bool {
    let entry = plan.entry(device.address);
    let ours =
        entry.is_some_and(|entry| matches!(entry.decision, Decision::Claim | Decision::Already));
    let kept = device
        .driver
        .as_ref()
        .is_some_and(|driver| driver.is_vfio() || driver.as_str() == "pci-stub");
    !ours && !kept
}

/// Whether the protect list names a device, of another kind, through which the root file system comes, and it stays: the
/// controller of a USB disk.
fn is_elsewhere(plan: &Plan<'_>, guard: Guard) -> bool {
    let purpose = match guard {
        Guard::Network => "network /",
        _ => "/",
    };
    let mut entries = plan.machine.protect.devices.iter();
    entries.any(|entry| {
        let mut devices = plan.machine.bus.devices.iter();
        entry.reasons.iter().any(|reason| reason == purpose)
            && devices.any(|device| entry.is_in_place(device) && is_with_host(plan, device))
    })
}

/// The devices that somebody who asked for them knew, and did not just get with a class or a group.
fn named(plan: &Plan<'_>) -> BTreeSet<Address> {
    let asks = plan.request.selectors.iter();
    let asks = asks.filter(|ask| !ask.selector.is_class_wide());
    asks.flat_map(|ask| {
        let extent = match ask.selector.extent {
            Extent::Group => Extent::Itself,
            extent => extent,
        };
        let base = ask.selector.base.clone();
        let devices = selected(&Selector { base, extent }, &plan.machine.bus);
        devices.into_iter().map(|device| device.address)
    })
    .collect()
}

fn is_boot_display(plan: &Plan<'_>, address: Address) -> bool {
    let device = plan.machine.bus.get(address);
    device.is_some_and(|device| device.boot_display == Some(true))
}
