//! Which devices of a machine an entry of the protect list means.

use super::bus::Bus;
use super::protect_list::{ProtectList, Protected};
use crate::pci::{Address, Device, SerialNumber};

/// How a device agrees with an entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fit {
    /// It is where the entry was and has its id.
    InPlace,
    /// It has the id, and the entry's device is no longer in its place: this may be it.
    MayHaveMoved,
}

impl Protected {
    /// Whether `device` is, or may be, the one that this entry means; `bus` has all devices of its id.
    ///
    /// Where path and id agree it is. Where no such device is left, or another than the entry's by its serial number,
    /// it may be any device with the id whose serial number does not contradict it.
    pub fn fit(&self, device: &Device, bus: &Bus) -> Option<Fit> {
        if device.id != self.id {
            return None;
        }
        if self.is_in_place(device) {
            return Some(Fit::InPlace);
        }
        let stays = |other: &Device| self.is_in_place(other) && !self.is_other(other);
        let free = self.is_other(device) || bus.devices.iter().any(stays);
        (!free).then_some(Fit::MayHaveMoved)
    }

    /// Whether `device` sits at the path and has the id.
    pub fn is_in_place(&self, device: &Device) -> bool {
        device.id == self.id && device.path.as_ref() == Some(&self.path)
    }

    /// Whether the serial numbers differ, where both are known.
    fn is_other(&self, device: &Device) -> bool {
        let differ = |(mine, theirs): (SerialNumber, SerialNumber)| mine != theirs;
        self.serial.zip(device.serial).is_some_and(differ)
    }
}

impl ProtectList {
    /// Whether an entry has the id of `device`, so that path and serial number may matter.
    pub fn resembles(&self, device: &Device) -> bool {
        self.devices.iter().any(|entry| entry.id == device.id)
    }

    /// The devices whose serial number decides: those of an id that several have, or that is not where it was.
    pub fn doubtful(&self, bus: &Bus) -> Vec<Address> {
        let mut doubtful = Vec::new();
        for entry in self.devices.iter().filter(|entry| entry.serial.is_some()) {
            let alike = || bus.devices.iter().filter(|device| device.id == entry.id);
            let certain = alike().count() == 1 && alike().all(|device| entry.is_in_place(device));
            if !certain {
                doubtful.extend(alike().map(|device| device.address));
            }
        }
        doubtful.sort_unstable();
        doubtful.dedup();
        doubtful
    }
}
