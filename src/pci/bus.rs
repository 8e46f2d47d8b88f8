//! Every PCI function of the machine, read once.
//!
//! *Reads.* Source of truth: Linux's Documentation/ABI/testing/sysfs-bus-pci and sysfs-kernel-iommu_groups.
//! To add one: a fact that every function needs goes into `Device::from_uevent`; one that only the devices asked for
//! need goes into `details`. Four system calls are all that a function may cost that nobody asked for.

use super::address::Address;
use super::device::Device;
use super::path::DevicePath;
use crate::root::{Place, Result, Root};

/// Which devices deserve a closer look than their `uevent`.
pub trait Interest {
    /// Whether the path of the device at this address must be known to decide.
    fn needs_path(&self, address: &Address) -> bool;
    /// Whether this device is, or may be, one of those asked for.
    fn touches(&self, device: &Device) -> bool;
}

/// An entry that could not be read, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unread {
    /// Its name in `/sys/bus/pci/devices`.
    pub name: String,
    /// What is wrong with it.
    pub why: String,
}

/// The functions of a machine in the order of their addresses.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Bus {
    /// The functions.
    pub devices: Vec<Device>,
    /// What is there but could not be read.
    pub unread: Vec<Unread>,
}

impl Bus {
    /// Reads the bus below `root`. An entry that makes no sense is set aside; only a bus directory that cannot be listed is an
    /// error.
    pub fn read(root: &Root, interest: &dyn Interest) -> Result<Self> {
        root.require(Place::Devices)?;
        let mut bus = Self::default();
        let names = root.list(Place::Devices)?;
        bus.devices.reserve(names.len());
        root.each_device(&names, "uevent", &mut |index, uevent| {
            let name = names.get(index).map_or("", String::as_str);
            match function(name, uevent) {
                Ok(device) => bus.devices.push(device),
                Err(why) => bus.unread.push(Unread {
                    name: name.to_owned(),
                    why,
                }),
            }
        })?;
        bus.devices.sort_unstable_by_key(|device| device.address);
        for device in &mut bus.devices {
            if interest.needs_path(&device.address) {
                device.path = path(root, device.address);
            }
        }
        let touched: Vec<Address> = bus
            .devices
            .iter()
            .filter(|device| interest.touches(device))
            .map(|device| device.address)
            .collect();
        bus.details(root, &touched);
        Ok(bus)
    }

    /// The function at `address`.
    pub fn get(&self, address: Address) -> Option<&Device> {
        self.devices
            .binary_search_by_key(&address, |device| device.address)
            .ok()
            .and_then(|at| self.devices.get(at))
    }

    /// Reads the rest of the devices in `touched`, of their other functions, and of who shares a group with them.
    fn details(&mut self, root: &Root, touched: &[Address]) {
        let mut groups = Vec::new();
        for device in &mut self.devices {
            if has_function(touched, device.address) {
                complete(root, device);
                groups.extend(device.group);
            }
        }
        groups.sort_unstable();
        groups.dedup();
        for group in groups {
            let members = root.list(Place::GroupDevices(group)).unwrap_or_default();
            for address in members.iter().filter_map(|name| name.parse().ok()) {
                let at = self
                    .devices
                    .partition_point(|device| device.address < address);
                let member = self
                    .devices
                    .get_mut(at)
                    .filter(|device| device.address == address);
                if let Some(device) = member.filter(|device| device.group.is_none()) {
                    complete(root, device);
                    device.group = Some(group);
                }
            }
        }
    }
}

/// Whether one of `sorted` is a function of the same device as `address`.
pub fn has_function(sorted: &[Address], address: Address) -> bool {
    let at = sorted.partition_point(|other| {
        *other
            < Address {
                function: 0,
                ..address
            }
    });
    sorted
        .get(at)
        .is_some_and(|other| other.same_device(&address))
}

/// Makes a device of its name and its `uevent`.
fn function(name: &str, uevent: Result<&[u8]>) -> std::result::Result<Device, String> {
    let address: Address = name.parse().map_err(|error| format!("{error}"))?;
    let uevent = uevent.map_err(|error| error.to_string())?;
    let uevent = std::str::from_utf8(uevent).map_err(|_| "its uevent is not text".to_owned())?;
    Device::from_uevent(address, uevent).map_err(|error| format!("{error}"))
}

/// Reads what only a device needs that may be claimed.
fn complete(root: &Root, device: &mut Device) {
    if device.path.is_none() {
        device.path = path(root, device.address);
    }
    let text = |file| {
        let bytes = root
            .attribute(Place::DeviceFile(device.address, file))
            .ok()?;
        Some(String::from_utf8_lossy(&bytes).trim_end().to_owned())
    };
    device.group = group(root, device.address);
    device.driver_override = text("driver_override").and_then(|name| name.parse().ok());
    if device.class.0 >> 8 == 0x0300 {
        device.boot_display = text("boot_vga").map(|flag| flag == "1");
    }
}

fn path(root: &Root, address: Address) -> Option<DevicePath> {
    root.link(Place::Device(address))
        .ok()
        .flatten()
        .and_then(|target| DevicePath::from_link(&target))
}

/// The group of a device now; some kernels make it only when a driver probes.
pub fn group(root: &Root, address: Address) -> Option<super::GroupId> {
    let target = root
        .link(Place::DeviceFile(address, "iommu_group"))
        .ok()
        .flatten()?;
    target.rsplit('/').next()?.parse().ok()
}
