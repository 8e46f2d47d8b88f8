//! The selector to write for a device.

use super::facts::Surroundings;
use crate::host::explain::text::others;
use crate::pci::{Device, Platform};

/// The selector that stays right: the id at the place, with what has to go with the device.
pub fn stable_selector(around: &Surroundings<'_>, device: &Device) -> String {
    let place = device
        .path
        .as_ref()
        .map_or_else(|| device.address.to_string(), ToString::to_string);
    let same = |other: &Device| other.address.same_device(&device.address);
    let shares = |other: &Device| {
        let is_bridge = other.is_bridge() || other.platform() == Some(Platform::HostBridge);
        other.group == device.group && device.group.is_some() && !is_bridge
    };
    let mut suffix = "";
    for other in others(around, device) {
        if shares(other) && !same(other) {
            suffix = "+group";
        } else if same(other) && suffix.is_empty() {
            suffix = "+functions";
        }
    }
    format!("{}@{place}{suffix}", device.id)
}
