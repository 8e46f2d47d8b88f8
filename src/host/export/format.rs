//! The formats to export, by their names, and what writes each.

use std::str::FromStr;

use super::guest::Guest;
use super::{kubevirt, libvirt, nfd, qemu};
use crate::malformed::Malformed;
use crate::pci::Device;

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
