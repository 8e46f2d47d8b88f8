//! Volume management devices: each makes a PCI domain of its own, and what is in it is there only while its driver has it.
//!
//! Source: Linux's drivers/pci/controller/vmd.c: `vmd_ids`, and `vmd_find_free_domain()`, whose domains begin at 10000.

use super::bus::Bus;
use crate::pci::{Address, Device};

/// The first domain that is made by a driver.
const FIRST_DOMAIN: u32 = 0x1_0000;
/// Intel's devices whose driver is vmd.
const DEVICES: [u16; 10] = [
    0x201d, 0x28c0, 0x467f, 0x4c3d, 0x7d0b, 0x9a0b, 0xa77f, 0xad0b, 0xb06f, 0xb60b,
];
const INTEL: u16 = 0x8086;

/// Whether it makes a domain.
pub fn is_vmd(device: &Device) -> bool {
    let known = device.id.vendor == INTEL && DEVICES.contains(&device.id.device);
    let bound = device.driver.as_ref();
    device.class.is_raid() && (known || bound.is_some_and(|driver| driver.as_str() == "vmd"))
}

impl Bus {
    /// The devices that may have made the domain of `device`: of several the one in its IOMMU group, where that is known.
    pub fn makers(&self, device: &Device) -> Vec<&Device> {
        if device.address.domain < FIRST_DOMAIN {
            return Vec::new();
        }
        let makers: Vec<&Device> = self.devices.iter().filter(|one| is_vmd(one)).collect();
        let shares = |maker: &&Device| device.group.is_some() && maker.group == device.group;
        let sure: Vec<&Device> = makers.iter().copied().filter(shares).collect();
        if sure.is_empty() { makers } else { sure }
    }

    /// Whether the device at `address` may be in the domain that `maker` makes.
    pub fn is_behind(&self, address: Address, maker: &Device) -> bool {
        let mut later = self.made_later.iter();
        let device = self
            .get(address)
            .or_else(|| later.find(|device| device.address == address));
        let makers = device.map(|device| self.makers(device));
        let mut makers = makers.unwrap_or_default().into_iter();
        makers.any(|other| other.address == maker.address)
    }

    /// Sets aside what the next boot has only once a driver of the host has made it: virtual functions, and what is in the
    /// domain of a volume management device.
    pub fn set_made_aside(&mut self) {
        let made = |device: &Device| device.physical.is_some() || !self.makers(device).is_empty();
        let made: Vec<bool> = self.devices.iter().map(made).collect();
        let devices = std::mem::take(&mut self.devices);
        for (device, made) in devices.into_iter().zip(made) {
            if made {
                self.made_later.push(device);
            } else {
                self.devices.push(device);
            }
        }
    }
}
