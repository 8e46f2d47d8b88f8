//! The formats to export, by their names, and what writes each.

use std::str::FromStr;

use super::guest::Guest;
use super::{incus, kubevirt, libvirt, nfd, proxmox, qemu};
use crate::machine::Bus;
use crate::malformed::Malformed;
use crate::pci::Device;

/// Whose words.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// Arguments of QEMU.
    Qemu,
    /// `<hostdev>` elements of a libvirt domain.
    Libvirt,
    /// `qm set` commands of Proxmox.
    Proxmox,
    /// `incus config device add` commands.
    Incus,
    /// `permittedHostDevices` of a KubeVirt resource.
    KubeVirt,
    /// A feature file of node-feature-discovery.
    Nfd,
}

/// What can be exported.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exported {
    /// Devices, for who gives them to guests.
    Devices(Format),
    /// The last claim, as metrics of Prometheus.
    Metrics,
}

const FORMATS: [(&str, Exported); 7] = [
    ("qemu", Exported::Devices(Format::Qemu)),
    ("libvirt", Exported::Devices(Format::Libvirt)),
    ("proxmox", Exported::Devices(Format::Proxmox)),
    ("incus", Exported::Devices(Format::Incus)),
    ("kubevirt", Exported::Devices(Format::KubeVirt)),
    ("nfd", Exported::Devices(Format::Nfd)),
    ("prometheus", Exported::Metrics),
];

impl FromStr for Exported {
    type Err = Malformed;

    fn from_str(text: &str) -> Result<Self, Malformed> {
        let wanted = "qemu, libvirt, proxmox, incus, kubevirt, nfd or prometheus";
        let found = FORMATS.iter().find(|(word, _)| *word == text);
        found
            .map(|(_, exported)| *exported)
            .ok_or_else(|| Malformed::new(text, wanted))
    }
}

impl Format {
    /// `devices` of `bus`, in the order of their addresses.
    pub fn text(self, devices: &[&Device], bus: &Bus, guest: &Guest) -> String {
        match self {
            Self::Qemu => qemu::arguments(devices, guest),
            Self::Libvirt => libvirt::hostdevs(devices, guest),
            Self::Proxmox => proxmox::commands(devices, bus, guest),
            Self::Incus => incus::commands(devices, guest),
            Self::KubeVirt => kubevirt::permitted(devices),
            Self::Nfd => nfd::features(devices),
        }
    }
}
