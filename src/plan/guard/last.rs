//! Guards of what all claims together would leave to the host: a disk, a network card, a display, a keyboard.
//!
//! Source: the classes in Linux's include/linux/pci_ids.h.

use super::guards::Guards;
use crate::config::{Extent, Guard, Selector};
use crate::machine::{is_vmd, selected};
use crate::pci::{Address, Class, Device};
use crate::plan::draft::Draft;
use crate::plan::entry::Decision;
use crate::plan::message::{Need, Reason};

/// A kind of device.
type Family = fn(Class) -> bool;

impl Guards<'_> {
    /// Refuses what would leave the host without a device that it cannot do without.
    pub(in super::super) fn keep_the_last(&mut self, draft: &mut Draft<'_>) {
        for (guard, kind, reason) in needed(draft) {
            self.keep_needed(draft, guard, kind, reason);
        }
        self.keep_keyboards(draft);
        self.keep_one(draft, Guard::Display, Class::is_screen);
        self.keep_one(draft, Guard::Input, Class::is_usb_host);
    }

    /// Keeps all of a kind that the boot needs where none would stay: which one it needs is not known.
    fn keep_needed(&mut self, draft: &mut Draft<'_>, guard: Guard, kind: Family, reason: Reason) {
        let mut claimed = claimed(draft, kind);
        if guard == Guard::BootDisk {
            claimed.extend(claimed_makers(draft, kind));
        }
        if claimed.is_empty() || stays(draft, kind) || is_elsewhere(draft, guard) {
            return;
        }
        for address in claimed {
            self.keep(draft, guard, address, reason.clone());
        }
    }

    /// Keeps one of a kind where none would stay and no selector named it; then warns of what is taken.
    fn keep_one(&mut self, draft: &mut Draft<'_>, guard: Guard, kind: Family) {
        let mut taken = claimed(draft, kind);
        let mut last = !taken.is_empty() && !stays(draft, kind);
        let mut swept: Vec<Address> = Vec::new();
        if last {
            let named = named(draft);
            swept.extend(
                taken
                    .iter()
                    .filter(|address| named.binary_search(address).is_err()),
            );
        }
        // Those for which the guard stands come first, and of them the display that the firmware chose.
        let first = swept.into_iter().min_by_key(|address| {
            let forced = self.forces.cover(guard, *address);
            (forced, !is_boot_display(draft, *address), *address)
        });
        if let Some(address) = first {
            let reason = match guard {
                Guard::Display => Reason::LastDisplay,
                _ => Reason::LastInput,
            };
            if self.keep(draft, guard, address, reason) {
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
                let boot = |address: &&Address| is_boot_display(draft, **address);
                if let Some(address) = taken.iter().find(boot).copied() {
                    self.warn(address, Reason::BootDisplayTaken);
                }
            }
        }
    }

    /// Which of `others`, which are not requested, the guards would keep if all of them were claimed besides.
    pub(in super::super) fn last_of_a_kind(
        &self,
        draft: &Draft<'_>,
        others: &[&Device],
    ) -> Vec<(Address, Reason)> {
        let mut kept = Vec::new();
        let of = |kind: Family| others.iter().filter(move |device| kind(device.class));
        let stays = |kind: Family| {
            let mut devices = draft.machine.bus.devices.iter();
            let other = |device: &Device| others.iter().any(|one| one.address == device.address);
            devices
                .any(|device| kind(device.class) && is_with_host(draft, device) && !other(device))
        };
        for (guard, kind, reason) in needed(draft) {
            if !stays(kind) && !is_elsewhere(draft, guard) {
                let disk = guard == Guard::BootDisk;
                let ones = others
                    .iter()
                    .filter(|device| kind(device.class) || (disk && is_vmd(device)));
                let kept_ones = ones.filter(|device| !self.forces.cover(guard, device.address));
                kept.extend(kept_ones.map(|device| (device.address, reason.clone())));
            }
        }
        for (guard, kind, reason) in [
            (
                Guard::Display,
                Class::is_screen as Family,
                Reason::LastDisplay,
            ),
            (Guard::Input, Class::is_usb_host, Reason::LastInput),
        ] {
            let first = of(kind).min_by_key(|device| {
                let forced = self.forces.cover(guard, device.address);
                let boot = is_boot_display(draft, device.address);
                (forced, !boot, device.address)
            });
            let first = first.filter(|device| !self.forces.cover(guard, device.address));
            if let Some(device) = first.filter(|_| !stays(kind)) {
                kept.push((device.address, reason));
            }
        }
        kept
    }

    /// Leaves the device at `address` with the host, unless the user overrides that; whether it is left there.
    pub(super) fn keep(
        &mut self,
        draft: &mut Draft<'_>,
        guard: Guard,
        address: Address,
        reason: Reason,
    ) -> bool {
        let Some(reason) = self.unless_forced(Some(guard), address, reason) else {
            return false;
        };
        let mut entries = draft.entries.iter_mut();
        if let Some(entry) = entries.find(|entry| entry.device.address == address) {
            entry.decision = Decision::Refuse(reason);
        }
        true
    }
}

/// The kinds of device of which the boot needs one, with the guard and the reason to keep it.
fn needed(draft: &Draft<'_>) -> Vec<(Guard, Family, Reason)> {
    let needs = &draft.request.needs;
    let disk = needs.disk().map(|word| {
        let (kind, name) = disk_kind(&word);
        let need = Need::Last { kind: name, word };
        (Guard::BootDisk, kind, Reason::BootDisk { need })
    });
    let network = needs.network().map(|word| {
        let kind = "network controller";
        let reason = Reason::Network {
            need: Need::Last { kind, word },
        };
        (Guard::Network, Class::is_network as Family, reason)
    });
    disk.into_iter().chain(network).collect()
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
fn claimed(draft: &Draft<'_>, kind: Family) -> Vec<Address> {
    let claimed = draft
        .entries
        .iter()
        .filter(|entry| entry.decision == Decision::Claim && kind(entry.device.class));
    claimed.map(|entry| entry.device.address).collect()
}

/// The volume management devices that are to be claimed and are not of the kind themselves: its disks may be in theirs
/// domains.
fn claimed_makers(draft: &Draft<'_>, kind: Family) -> Vec<Address> {
    let claimed = draft.entries.iter();
    let claimed = claimed.filter(|entry| entry.decision == Decision::Claim);
    let claimed = claimed.map(|entry| &entry.device);
    let makers = claimed.filter(|device| is_vmd(device) && !kind(device.class));
    makers.map(|device| device.address).collect()
}

/// Whether a device of the kind stays with the host.
fn stays(draft: &Draft<'_>, kind: Family) -> bool {
    let mut devices = draft.machine.bus.devices.iter();
    devices.any(|device| kind(device.class) && is_with_host(draft, device))
}

/// Whether a device is the host's now and stays so.
fn is_with_host(draft: &Draft<'_>, device: &Device) -> bool {
    let entry = draft.entry(device.address);
    let ours =
        entry.is_some_and(|entry| matches!(entry.decision, Decision::Claim | Decision::Already));
    let kept = device
        .driver
        .as_ref()
        .is_some_and(|driver| driver.is_vfio() || driver.as_str() == "pci-stub");
    // What is in the domain of a device goes with it.
    let makers = draft.machine.bus.makers(device);
    let lost = makers.iter().any(|maker| draft.is_claimed(maker.address));
    !ours && !kept && !lost
}

/// Whether the protect list names a device, of another kind, through which the root file system comes, and it stays: the
/// controller of a USB disk.
fn is_elsewhere(draft: &Draft<'_>, guard: Guard) -> bool {
    let purpose = match guard {
        Guard::Network => "network /",
        _ => "/",
    };
    let mut entries = draft.machine.protect.devices.iter();
    entries.any(|entry| {
        let mut devices = draft.machine.bus.devices.iter();
        entry.reasons.iter().any(|reason| reason == purpose)
            && devices.any(|device| entry.is_in_place(device) && is_with_host(draft, device))
    })
}

/// The devices that were named themselves, and not only matched as part of a class or a group, in the order of their
/// addresses.
fn named(draft: &Draft<'_>) -> Vec<Address> {
    let asks = draft.request.selectors.iter();
    let asks = asks.filter(|ask| !ask.selector.is_class_wide());
    let named = asks.flat_map(|ask| {
        let extent = match ask.selector.extent {
            Extent::Group => Extent::Itself,
            extent => extent,
        };
        let base = ask.selector.base.clone();
        let devices = selected(&Selector { base, extent }, &draft.machine.bus);
        devices.into_iter().map(|device| device.address)
    });
    let mut named: Vec<Address> = named.collect();
    named.sort_unstable();
    named
}

fn is_boot_display(draft: &Draft<'_>, address: Address) -> bool {
    let device = draft.machine.bus.get(address);
    device.is_some_and(|device| device.boot_display == Some(true))
}
