//! What is read of the bus after a first look: what else there is, and what distinguishes devices of one id.
//!
//! Source: as for `bus.rs`.

use super::attributes::{details, path, serial};
use super::bus::Bus;
use super::region::Region;
use crate::pci::{Address, Device, GroupId};
use crate::sys::{Result, Root, SysPath};

impl Bus {
    /// Reads the members of one group, as far as their `uevent` shows them, and what is reserved in it.
    pub fn of_group(root: &Root, group: GroupId) -> Self {
        let mut bus = Self {
            regions: Region::read(root, group),
            ..Self::default()
        };
        for name in root.list(SysPath::GroupDevices(group)).unwrap_or_default() {
            if let Ok(address) = name.parse() {
                match root.attribute(SysPath::DeviceFile(address, "uevent")) {
                    Ok(uevent) => bus.add(&name, Ok(&uevent)),
                    Err(error) => bus.add(&name, Err(error)),
                }
            }
        }
        for device in &mut bus.devices {
            device.group = Some(group);
        }
        bus
    }

    /// Adds the functions that did not seem to matter, with what their `uevent` contains.
    pub fn read_rest(&mut self, root: &Root) -> Result<()> {
        let mut names = root.list(SysPath::Devices)?;
        // Those that make no sense are put down already.
        names.retain(|name| {
            name.parse()
                .is_ok_and(|address| self.get(address).is_none())
                && !self.unread.iter().any(|entry| entry.name == *name)
        });
        root.each_device(&names, "uevent", &mut |index, uevent| {
            self.add(names.get(index).map_or("", String::as_str), uevent);
        })?;
        self.devices.sort_unstable_by_key(|device| device.address);
        Ok(())
    }

    /// Reads the paths of the devices that are `wanted`, where they are not known.
    pub fn read_paths(&mut self, root: &Root, wanted: &dyn Fn(&Device) -> bool) {
        for device in self.devices.iter_mut().filter(|device| wanted(device)) {
            if device.path.is_none() {
                device.path = path(root, device.address);
            }
        }
    }

    /// Reads the details of the devices at `addresses`, where they are not known.
    pub fn read_details(&mut self, root: &Root, addresses: &[Address]) {
        for device in &mut self.devices {
            if addresses.contains(&device.address) && device.details.is_none() {
                device.details = details(root, device.address).known();
            }
        }
    }

    /// Reads the serial numbers of the devices at `addresses`, where they are not known.
    pub fn read_serials(&mut self, root: &Root, addresses: &[Address]) {
        for device in &mut self.devices {
            if addresses.contains(&device.address) && device.serial.is_none() {
                device.serial = serial(root, device.address);
            }
        }
    }
}
