//! One PCI function and what is known of it.
//!
//! Source: `pci_uevent()` in Linux's drivers/pci/pci-driver.c for the `uevent` file.

use std::fmt;
use std::str::FromStr;

use super::address::Address;
use super::bar::Resizable;
use super::class::Class;
use super::driver_name::DriverName;
use super::header::HeaderType;
use super::id::Id;
use super::path::DevicePath;
use super::serial::SerialNumber;
use crate::malformed::{Malformed, hex};

/// The number of an IOMMU group.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct GroupId(pub u32);

impl fmt::Display for GroupId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl FromStr for GroupId {
    type Err = Malformed;

    fn from_str(text: &str) -> Result<Self, Malformed> {
        text.parse()
            .map(Self)
            .map_err(|_| Malformed::new(text, "the number of an IOMMU group"))
    }
}

/// One PCI function.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Device {
    /// Where it sits now.
    pub address: Address,
    /// Its ids.
    pub id: Id,
    /// What it is for.
    pub class: Class,
    /// The layout of its header; `None` where it was not needed or is not known. Read of what calls itself a bridge.
    pub header: Option<HeaderType>,
    /// Whether it does not answer: each byte of its configuration space reads as ones. `false` where that was not needed.
    pub no_answer: bool,
    /// The driver that holds it.
    pub driver: Option<DriverName>,
    /// The walk to it through the bridges; `None` where it was not needed or cannot be known.
    pub path: Option<DevicePath>,
    /// Its IOMMU group; `None` where it has none or it was not needed.
    pub group: Option<GroupId>,
    /// Whether the firmware booted on this display; `None` where that is not known. That is so of VGA controllers, and of another
    /// display while the boot framebuffer is in its memory.
    pub boot_display: Option<bool>,
    /// Its serial number; `None` where it has none or it was not needed: to read it wakes a sleeping device.
    pub serial: Option<SerialNumber>,
    /// How many virtual functions it has now; 0 where it was not needed.
    pub virtual_functions: u16,
    /// How many it can have; 0 where it can have none, or it was not needed.
    pub virtual_limit: u16,
    /// The function that it is a virtual one of; `None` where it is none, or it was not needed.
    pub physical: Option<Address>,
    /// The one driver that may bind it, where `driver_override` names one.
    pub driver_override: Option<DriverName>,
    /// What only a person wants to know; `None` where nothing of it is known.
    pub details: Option<Box<Details>>,
}

/// What no claim is decided by, read for the commands that explain, and for the devices that are to be prepared.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Details {
    /// How the kernel can reset it, the first way first: `flr bus`.
    pub reset_methods: Option<Box<str>>,
    /// The NUMA node that it is near.
    pub numa_node: Option<u32>,
    /// The registers that can have another size.
    pub resizable: Vec<Resizable>,
    /// Whether it shows a ROM.
    pub rom: bool,
    /// The modules that want it, as `lspci -k` names them: `nouveau, nvidiafb`.
    pub modules: Option<Box<str>>,
}

impl Details {
    /// In the form of [`Device::details`]: nothing where nothing is known.
    pub fn known(self) -> Option<Box<Self>> {
        (self != Self::default()).then(|| Box::new(self))
    }
}

impl Device {
    /// A device of which only address, id and class are known.
    pub fn new(address: Address, id: Id, class: Class) -> Self {
        Self {
            address,
            id,
            class,
            header: None,
            no_answer: false,
            driver: None,
            path: None,
            group: None,
            boot_display: None,
            serial: None,
            virtual_functions: 0,
            virtual_limit: 0,
            physical: None,
            driver_override: None,
            details: None,
        }
    }

    /// Reads the `uevent` file of the device at `address`.
    ///
    /// Errors where id or class are missing or not numbers, or where the driver's name is not one that sysfs can have.
    pub fn from_uevent(address: Address, uevent: &str) -> Result<Self, Malformed> {
        let (mut id, mut subsystem, mut class, mut driver) = (None, None, None, None);
        for (key, value) in uevent.lines().filter_map(|line| line.split_once('=')) {
            match key {
                "DRIVER" => driver = Some(value.parse()?),
                "PCI_CLASS" => class = Some(value.parse()?),
                "PCI_ID" => id = Some(pair(value)?),
                "PCI_SUBSYS_ID" => subsystem = Some(pair(value)?),
                _ => {}
            }
        }
        let (Some((vendor, device)), Some((subvendor, subdevice)), Some(class)) =
            (id, subsystem, class)
        else {
            return Err(Malformed::new(
                "uevent",
                "a file with PCI_ID, PCI_SUBSYS_ID and PCI_CLASS",
            ));
        };
        let id = Id {
            vendor,
            device,
            subvendor,
            subdevice,
        };
        Ok(Self {
            driver,
            ..Self::new(address, id, class)
        })
    }
}

/// Reads `vendor:device`, four digits each.
pub(crate) fn pair(text: &str) -> Result<(u16, u16), Malformed> {
    let wanted = "two ids of four hexadecimal digits";
    let (first, second) = text
        .split_once(':')
        .ok_or_else(|| Malformed::new(text, wanted))?;
    let word =
        |text| u16::try_from(hex(text, 4, wanted)?).map_err(|_| Malformed::new(text, wanted));
    Ok((word(first)?, word(second)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    const UEVENT: &str = "DRIVER=nvme\nPCI_CLASS=10802\nPCI_ID=1B36:0010\nPCI_SUBSYS_ID=1AF4:1100\n\
                          PCI_SLOT_NAME=0000:00:04.0\nMODALIAS=pci:v00001B36d00000010sv00001AF4sd00001100bc01sc08i02\n";

    fn address() -> Address {
        Address {
            domain: 0,
            bus: 0,
            device: 4,
            function: 0,
        }
    }

    #[test]
    fn one_uevent_gives_id_subsystem_class_and_driver() {
        let device = Device::from_uevent(address(), UEVENT);
        let id = Id {
            vendor: 0x1b36,
            device: 0x10,
            subvendor: 0x1af4,
            subdevice: 0x1100,
        };
        let wanted = Device {
            driver: "nvme".parse().ok(),
            ..Device::new(address(), id, Class(0x01_0802))
        };
        assert_eq!(device, Ok(wanted));
    }

    #[test]
    fn a_broken_uevent_is_an_error_and_no_panic() {
        for broken in [
            "",
            "PCI_ID=1B36:0010",
            "PCI_CLASS=zz\nPCI_ID=1B36:0010\nPCI_SUBSYS_ID=0:0\n",
            "\0\u{fffd}",
        ] {
            assert!(
                Device::from_uevent(address(), broken).is_err(),
                "{broken:?}"
            );
        }
        assert!(Device::from_uevent(address(), &UEVENT.replace("nvme", "../x")).is_err());
    }
}
