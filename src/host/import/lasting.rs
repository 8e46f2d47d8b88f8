//! A device that another tool names by its address, on the machine as it is now: an address changes when a card is added
//! or removed, and then names nothing or something else.

use super::moved::Moved;
use super::old_setting::Fate;
use super::reason::Why;
use crate::machine::Bus;
use crate::pci::{AddressPattern, Device, Id};

/// What the setting shows of the device besides its address.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Expected {
    /// It is a display.
    pub(super) display: bool,
    /// It has this id, whatever board it is on.
    pub(super) id: Option<Id>,
}

/// The devices at `pattern` by their ids at their places, or what is there in their place. An address alone where the
/// machine is not known.
pub(super) fn lasting(pattern: &AddressPattern, expected: Expected, bus: Option<&Bus>) -> Fate {
    let Some(bus) = bus else {
        return Fate::carried("ids", pattern);
    };
    let there: Vec<&Device> = bus
        .devices
        .iter()
        .filter(|device| pattern.matches(&device.address))
        .collect();
    let found: Vec<&Device> = there
        .iter()
        .copied()
        .filter(|device| !device.is_bridge())
        .collect();
    let Some(first) = found.first() else {
        let moved = if there.is_empty() {
            Moved::Nothing
        } else {
            Moved::Bridge
        };
        return lost(pattern, moved, expected, bus);
    };
    if let Some(id) = expected
        .id
        .filter(|id| !found.iter().any(|device| is_model(device, id)))
    {
        return lost(pattern, Moved::OtherId(first.id, id), expected, bus);
    }
    if expected.display && !found.iter().any(|device| device.class.is_display()) {
        return lost(pattern, Moved::NoDisplay(first.id), expected, bus);
    }
    let more = if found.len() > 1 { "+functions" } else { "" };
    Fate::carried("ids", format_args!("{}{more}", identity(first)))
}

/// Where a device with the id that was meant is now is what may be written.
fn lost(pattern: &AddressPattern, moved: Moved, expected: Expected, bus: &Bus) -> Fate {
    let meant = bus.devices.iter().filter(|device| {
        expected.id.is_some_and(|id| is_model(device, &id)) && !device.is_bridge()
    });
    Fate::NotCarried {
        why: Why::Moved(*pattern, moved),
        named: meant.map(identity).collect(),
    }
}

fn is_model(device: &Device, id: &Id) -> bool {
    (device.id.vendor, device.id.device) == (id.vendor, id.device)
}

/// The id of a device at its place.
fn identity(device: &Device) -> String {
    let id = device.id;
    match &device.path {
        Some(path) => format!("{id}@{path}"),
        None => format!("{id}@{}", device.address),
    }
}
