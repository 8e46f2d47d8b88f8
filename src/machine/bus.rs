//! Every PCI function of the machine, read once.
//!
//! Source: Linux's Documentation/ABI/testing/sysfs-bus-pci and sysfs-kernel-iommu_groups.

use super::attributes::{complete, details, group, path, physical, serial};
use super::read_scope::ReadScope;
use super::region::Region;
use crate::malformed::Malformed;
use crate::pci::{Address, Device, GroupId};
use crate::sys::{Result, Root, SysPath};

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
    /// What the next boot has only once a driver has made it.
    pub made_later: Vec<Device>,
    /// What is there but could not be read.
    pub unread: Vec<Unread>,
    /// What is reserved in the groups of the devices that were looked at closely.
    pub regions: Vec<Region>,
}

impl Bus {
    /// Reads the bus below `root`. An entry that makes no sense is set aside; only a bus directory that cannot be listed is an
    /// error.
    pub fn read(root: &Root, interest: &dyn ReadScope) -> Result<Self> {
        root.require(SysPath::Devices)?;
        let mut bus = Self::default();
        let names = bus.names(root, interest)?;
        bus.devices.reserve(names.len());
        root.each_device(&names, "uevent", &mut |index, uevent| {
            bus.add(names.get(index).map_or("", String::as_str), uevent);
        })?;
        bus.devices.sort_unstable_by_key(|device| device.address);
        for device in &mut bus.devices {
            if interest.needs_path(&device.address) {
                device.path = path(root, device.address);
            }
            if interest.wants_physical() {
                device.physical = physical(root, device.address);
            }
            if interest.wants_serials() {
                device.serial = serial(root, device.address);
            }
        }
        let touched = bus.touched(interest);
        bus.details(root, &touched, interest.wakes());
        if interest.wants_details() {
            for device in &mut bus.devices {
                device.details = details(root, device.address).known();
            }
        }
        Ok(bus)
    }

    /// The devices that deserve a closer look.
    fn touched(&self, interest: &dyn ReadScope) -> Vec<Address> {
        let touched = self
            .devices
            .iter()
            .filter(|device| interest.includes(device));
        touched.map(|device| device.address).collect()
    }

    /// Reads again the groups that were not there yet, and who else is in them.
    pub fn look_again(&mut self, root: &Root, interest: &dyn ReadScope) {
        let touched = self.touched(interest);
        let mut groups = Vec::new();
        for device in &mut self.devices {
            if device.group.is_none() && has_function(&touched, device.address) {
                device.group = group(root, device.address);
                groups.extend(device.group);
            }
        }
        self.add_groups(root, groups, interest.wakes());
    }

    /// The names in the bus directory that can matter; one that is no address is put down.
    fn names(&mut self, root: &Root, interest: &dyn ReadScope) -> Result<Vec<String>> {
        let mut names = root.list(SysPath::Devices)?;
        names.retain(|name| match name.parse() {
            Ok(address) => interest.may_include(&address),
            Err(error) => {
                let error: Malformed = error;
                self.set_aside(name, error.to_string());
                false
            }
        });
        Ok(names)
    }

    /// Adds the device of this name by its `uevent`.
    pub(super) fn add(&mut self, name: &str, uevent: Result<&[u8]>) {
        match function(name, uevent) {
            Ok(device) => self.devices.push(device),
            Err(why) => self.set_aside(name, why),
        }
    }

    fn set_aside(&mut self, name: &str, why: String) {
        let name = name.to_owned();
        self.unread.push(Unread { name, why });
    }

    /// The function at `address`.
    pub fn get(&self, address: Address) -> Option<&Device> {
        self.devices
            .binary_search_by_key(&address, |device| device.address)
            .ok()
            .and_then(|at| self.devices.get(at))
    }

    /// Reads the rest of the devices in `touched`, of their other functions, and of who shares a group with them.
    fn details(&mut self, root: &Root, touched: &[Address], wake: bool) {
        let mut groups = Vec::new();
        for device in &mut self.devices {
            if has_function(touched, device.address) {
                complete(root, device, wake);
                groups.extend(device.group);
            }
        }
        self.set_vanished_aside(root, touched);
        self.add_groups(root, groups, wake);
    }

    /// Reads who is in `groups`, in any order and number.
    fn add_groups(&mut self, root: &Root, mut groups: Vec<GroupId>, wake: bool) {
        groups.sort_unstable();
        groups.dedup();
        let sorted = self.devices.len();
        for group in groups {
            for name in root.list(SysPath::GroupDevices(group)).unwrap_or_default() {
                if let Some(device) = self.member(root, &name, sorted) {
                    complete(root, device, wake);
                    device.group = Some(group);
                }
            }
            self.regions.extend(Region::read(root, group));
        }
        self.devices.sort_unstable_by_key(|device| device.address);
    }

    /// A device without a group may be one that vanished since it was listed.
    fn set_vanished_aside(&mut self, root: &Root, touched: &[Address]) {
        let Self {
            devices, unread, ..
        } = self;
        devices.retain(|device| {
            let there = device.group.is_some()
                || !has_function(touched, device.address)
                || root.exists(SysPath::Device(device.address));
            if !there {
                let (name, why) = (device.address.to_string(), "it has vanished".to_owned());
                unread.push(Unread { name, why });
            }
            there
        });
    }

    /// The member of a group by its name, added where it was not read yet; `None` where its group is known. The first
    /// `sorted` devices are in order.
    fn member(&mut self, root: &Root, name: &str, sorted: usize) -> Option<&mut Device> {
        let address = name.parse::<Address>().ok()?;
        let (head, tail) = self.devices.split_at(sorted.min(self.devices.len()));
        let in_head = head
            .binary_search_by_key(&address, |device| device.address)
            .ok();
        let in_tail = || tail.iter().position(|device| device.address == address);
        let known = in_head.or_else(|| in_tail().map(|at| at + sorted));
        if known.is_none() {
            match root.attribute(SysPath::DeviceFile(address, "uevent")) {
                Ok(uevent) => self.add(name, Ok(&uevent)),
                Err(error) => self.add(name, Err(error)),
            }
        }
        let at = known.unwrap_or(self.devices.len().saturating_sub(1));
        let member = self.devices.get_mut(at);
        member.filter(|device| device.address == address && device.group.is_none())
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
    // Only the name of a driver can be other than ASCII, and a device does not vanish for that.
    Device::from_uevent(address, &String::from_utf8_lossy(uevent))
        .map_err(|error| format!("{error}"))
}
