//! The files of one device in a [`Tree`]: its directory through every bridge, and its attributes and links.

use vfio_early::machine::Machine;
use vfio_early::pci::{Address, Device, DevicePath, Id};

use super::Tree;

impl Tree {
    pub(super) fn device(&mut self, device: &Device, places: &Places) {
        let address = device.address;
        let dir = places.dir(device);
        let up = "../".repeat(dir.matches('/').count());
        self.link(
            format!("sys/bus/pci/devices/{address}"),
            format!("../../../{dir}"),
        );
        let dir = format!("sys/{dir}");
        let Id {
            vendor,
            device: id,
            subvendor,
            subdevice,
        } = device.id;
        let driver = device
            .driver
            .as_ref()
            .map(|name| format!("DRIVER={name}\n"))
            .unwrap_or_default();
        let uevent = format!(
            "{driver}PCI_CLASS={:X}\nPCI_ID={vendor:04X}:{id:04X}\nPCI_SUBSYS_ID={subvendor:04X}:{subdevice:04X}\n\
             PCI_SLOT_NAME={address}\nMODALIAS=pci:v\n",
            device.class.0
        );
        self.file(format!("{dir}/uevent"), uevent);
        let held = device
            .driver_override
            .as_ref()
            .map_or("(null)".to_owned(), ToString::to_string);
        self.file(format!("{dir}/driver_override"), format!("{held}\n"));
        if let Some(driver) = &device.driver {
            self.driver(driver.as_str());
            self.link(
                format!("{dir}/driver"),
                format!("{up}../bus/pci/drivers/{driver}"),
            );
        }
        if let Some(group) = device.group {
            let group = format!("kernel/iommu_groups/{group}");
            self.link(format!("{dir}/iommu_group"), format!("{up}../{group}"));
            self.link(
                format!("sys/{group}/devices/{address}"),
                format!("../../../../x/{address}"),
            );
        }
        if let (Some(flag), true) = (device.boot_display, device.class.is_vga()) {
            self.file(format!("{dir}/boot_vga"), format!("{}\n", u8::from(flag)));
        }
        let details = device.details.as_deref().cloned().unwrap_or_default();
        let node = details.numa_node.map_or(-1, i64::from);
        self.file(format!("{dir}/numa_node"), format!("{node}\n"));
        if device.virtual_limit > 0 {
            for (name, number) in [
                ("totalvfs", device.virtual_limit),
                ("numvfs", device.virtual_functions),
                ("drivers_autoprobe", 1),
            ] {
                self.file(format!("{dir}/sriov_{name}"), format!("{number}\n"));
            }
        }
        if let Some(physical) = device.physical {
            self.link(format!("{dir}/physfn"), format!("../{physical}"));
        }
        if device.serial.is_some() || device.header.is_some() || device.no_answer {
            self.file(format!("{dir}/config"), config(device));
        }
        self.preparations(&dir, device, &details);
    }
}

/// Configuration space with a header, and at most one extended capability: the serial number.
fn config(device: &Device) -> Vec<u8> {
    if device.no_answer {
        return vec![0xff; 64];
    }
    let mut space = vec![0; 4096];
    let bridge = u8::from(device.is_bridge());
    let header = device.header.map_or(bridge, |header| header as u8);
    space[0x0e] = 0x80 | header;
    let Some(serial) = device.serial.map(|serial| serial.to_string()) else {
        return space;
    };
    space[0x100..0x104].copy_from_slice(&0x0001_0003_u32.to_le_bytes());
    let number = u64::from_str_radix(&serial.replace('-', ""), 16).unwrap();
    space[0x104..0x10c].copy_from_slice(&number.to_le_bytes());
    space
}

/// Which device is at the end of each path.
pub(super) struct Places(Vec<(DevicePath, Address)>);

impl Places {
    pub(super) fn of(machine: &Machine) -> Self {
        let place = |device: &Device| Some((device.path.clone()?, device.address));
        let mut places: Vec<_> = machine.bus.devices.iter().filter_map(place).collect();
        places.sort();
        Self(places)
    }

    /// `devices/pci0000:00/0000:00:01.0/0000:01:00.0`, through every bridge.
    fn dir(&self, device: &Device) -> String {
        let mut names = vec![device.address.to_string()];
        let mut path = device
            .path
            .clone()
            .expect("a table gives every device a path");
        let text = path.to_string();
        let (root, _) = text
            .split('/')
            .next()
            .and_then(|first| first.rsplit_once(':'))
            .unwrap();
        while let Some(bridge) = path.bridge() {
            let at = self
                .0
                .binary_search_by(|(other, _)| other.cmp(&bridge))
                .expect("a bridge");
            names.push(self.0[at].1.to_string());
            path = bridge;
        }
        names.push(format!("devices/pci{root}"));
        names.reverse();
        names.join("/")
    }
}
