//! Physical functions, of which virtual ones are to be made, and those virtual ones.
//!
//! Source: Linux's Documentation/PCI/pci-iov-howto.rst.

use std::rc::Rc;

use super::by_device::ByDevice;
use super::draft::{Draft, Wanted};
use super::entry::Match;
use super::message::{Reason, Warning};
use crate::config::{RequestedSelector, Vfs};
use crate::machine::{Unknown, selected};
use crate::pci::{Address, Device};

impl<'a> Draft<'a> {
    /// Adds what `vfs=` is for: the physical functions, even if other selectors name them, and the virtual ones that they have.
    pub(super) fn add_virtual(&mut self, wanted: &mut Wanted<'a>) {
        let bus = &self.machine.bus;
        let mut pending = false;
        for vfs in &self.request.vfs {
            let physical = selected(&vfs.ask.selector, bus);
            if physical.is_empty() {
                let warning = Warning::selector(&vfs.ask.text, Reason::NoMatch);
                self.warnings.push(warning);
            }
            let addresses: Vec<Address> = physical.iter().map(|device| device.address).collect();
            let is_of =
                |device: &&Device| device.physical.is_some_and(|of| addresses.contains(&of));
            let requested = Rc::new(vfs.ask.clone());
            for device in bus.devices.iter().filter(is_of) {
                if let Some(place) = wanted.place(device.address) {
                    place.get_or_insert_with(|| Rc::clone(&requested));
                }
            }
            for device in physical {
                let reason = vfs.against(device, &self.machine.unknown);
                pending |= matches!(reason, Reason::VfsLater { .. });
                if let Some(place) = wanted.place(device.address) {
                    *place = Some(Rc::clone(&requested));
                }
            }
            self.matches.push(Match {
                requested,
                addresses,
            });
        }
        if pending {
            self.warnings.iter_mut().for_each(wait);
        }
    }

    /// Adds to what no claim is for the devices that virtual functions are to be made of.
    pub(super) fn add_physical(&self, left: &mut ByDevice<'a, &'a RequestedSelector>) {
        for vfs in &self.request.vfs {
            for device in selected(&vfs.ask.selector, &self.machine.bus) {
                if let Some(place) = left.place(device.address) {
                    place.get_or_insert(&vfs.ask);
                }
            }
        }
    }

    /// The rule by which virtual functions are made of `device`; the last one counts.
    pub(super) fn physical(&self, device: &Device) -> Option<&'a Vfs> {
        let bus = &self.machine.bus;
        let takes = |vfs: &&Vfs| {
            let mut found = selected(&vfs.ask.selector, bus).into_iter();
            device.physical.is_none() && found.any(|found| found.address == device.address)
        };
        self.request.vfs.iter().rfind(takes)
    }
}

impl Vfs {
    /// Why `device` stays with the host: what becomes of its virtual functions.
    pub(super) fn against(&self, device: &Device, unknown: &Unknown) -> Reason {
        let count = self.count;
        let limit_known = device.virtual_limit > 0 || !unknown.virtual_functions;
        match (device.virtual_functions, device.virtual_limit) {
            (_, limit) if limit_known && count > limit => Reason::VfsTooMany { count, limit },
            (0, _) => Reason::VfsLater { count },
            (has, _) if has == count => Reason::VfsMade { count },
            (has, _) => Reason::VfsFailed {
                error: format!("it has {has} already; write 0 to its sriov_numvfs first"),
            },
        }
    }
}

/// A selector that matches nothing may be for a virtual function that is made later.
fn wait(warning: &mut Warning) {
    if matches!(warning.reason, Reason::NoMatch | Reason::NotAtBoot { .. }) {
        warning.reason = Reason::NoMatchYet;
    }
}
