//! Devices in the words of those who use them: QEMU, libvirt, KubeVirt, node-feature-discovery.
//!
//! Source: the head of each file names it.

pub mod kubevirt;
pub mod libvirt;
pub mod nfd;
pub mod qemu;

use std::str::FromStr;

use crate::malformed::Malformed;
use crate::pci::{Address, Device};

/// Whose words.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// Arguments of QEMU.
    Qemu,
    /// `<hostdev>` elements of a libvirt domain.
    Libvirt,
    /// `permittedHostDevices` of a KubeVirt resource.
    KubeVirt,
    /// A feature file of node-feature-discovery.
    Nfd,
}

const FORMATS: [(&str, Format); 4] = [
    ("qemu", Format::Qemu),
    ("libvirt", Format::Libvirt),
    ("kubevirt", Format::KubeVirt),
    ("nfd", Format::Nfd),
];

impl FromStr for Format {
    type Err = Malformed;

    fn from_str(text: &str) -> Result<Self, Malformed> {
        let found = FORMATS.iter().find(|(word, _)| *word == text);
        found
            .map(|(_, format)| *format)
            .ok_or_else(|| Malformed::new(text, "qemu, libvirt, kubevirt or nfd"))
    }
}

/// What a text depends on besides the devices.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Guest {
    /// The guest's firmware is a BIOS that draws on the first display by its VGA registers.
    pub bios: bool,
    /// Where the claim copied ROMs to, and of which devices.
    pub roms: Vec<(Address, String)>,
}

impl Guest {
    /// Where the ROM of the device at `address` was copied to.
    fn rom(&self, address: Address) -> Option<&str> {
        let rom = self.roms.iter().find(|(other, _)| *other == address);
        rom.map(|(_, path)| path.as_str())
    }
}

impl Format {
    /// `devices`, which are in the order of their addresses.
    pub fn text(self, devices: &[&Device], guest: &Guest) -> String {
        match self {
            Self::Qemu => qemu::arguments(devices, guest),
            Self::Libvirt => libvirt::hostdevs(devices, guest),
            Self::KubeVirt => kubevirt::permitted(devices),
            Self::Nfd => nfd::features(devices),
        }
    }
}

/// The devices by vendor and device id, each id once, in the order of the ids.
fn by_id<'a>(devices: &[&'a Device]) -> Vec<((u16, u16), Vec<&'a Device>)> {
    let mut kinds: Vec<((u16, u16), Vec<&Device>)> = Vec::new();
    for device in devices {
        let id = (device.id.vendor, device.id.device);
        match kinds.iter_mut().find(|(other, _)| *other == id) {
            Some((_, list)) => list.push(device),
            None => kinds.push((id, vec![device])),
        }
    }
    kinds.sort_unstable_by_key(|(id, _)| *id);
    kinds
}
