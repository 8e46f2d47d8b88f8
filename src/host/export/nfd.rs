//! A feature file for node-feature-discovery's local source: how many devices of an id a node gives away.
//!
//! Source: node-feature-discovery's "Customization guide", local feature source: a line a label, `name=value`, and the
//! names of its PCI source, `pci-CLASS_VENDOR_DEVICE`.

use super::by_id::by_id;
use crate::pci::Device;

pub(super) fn features(devices: &[&Device]) -> String {
    let mut text = format!("vfio-early.devices={}\n", devices.len());
    for ((vendor, device), list) in by_id(devices) {
        let class = list.first().map_or(0, |one| one.class.0 >> 8);
        text.push_str(&format!(
            "vfio-early.pci-{class:04x}_{vendor:04x}_{device:04x}={}\n",
            list.len()
        ));
    }
    text
}
