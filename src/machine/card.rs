//! What belongs to a graphics card: its sound, its USB controller and its USB-C port, where it has them.
//!
//! On one device they stand beside the display (NVIDIA, AMD). A processor with graphics has its own security processor,
//! USB controllers and the sound of the board there as well, of another vendor or class. A card with a switch of its own
//! has each behind a port of it (Intel Arc), or together behind one (AMD Navi).

use super::bus::Bus;
use crate::pci::{Device, DevicePath};

/// What belongs to the graphics cards of the devices in `named`, and these themselves.
pub(super) fn cards<'a>(bus: &'a Bus, named: &[&'a Device]) -> Vec<&'a Device> {
    let displays: Vec<&Device> = named.iter().filter_map(|one| display(bus, one)).collect();
    let switches: Vec<(&Device, DevicePath)> = displays
        .iter()
        .filter_map(|display| Some((*display, own_switch(bus, display)?)))
        .collect();
    let belongs = |device: &Device| {
        let beside = |display: &&Device| {
            let is_display = device.class.is_display();
            device.address.same_device(&display.address)
                && (is_display || device.class.is_card_part())
                && is_of(device, display)
        };
        let below = |(display, switch): &(&Device, DevicePath)| {
            is_below(device, switch) && device.class.is_card_part() && is_of(device, display)
        };
        displays.iter().any(beside) || switches.iter().any(below)
    };
    let is_named = |device: &Device| named.iter().any(|one| one.address == device.address);
    let devices = bus.devices.iter();
    devices
        .filter(|device| is_named(device) || belongs(device))
        .collect()
}

/// The display of the card that `device` is a function of.
fn display<'a>(bus: &'a Bus, device: &'a Device) -> Option<&'a Device> {
    if device.class.is_display() {
        return Some(device);
    }
    let mut devices = bus.devices.iter();
    devices.find(|other| {
        other.class.is_display()
            && other.address.same_device(&device.address)
            && is_of(device, other)
    })
}

/// Whether both have one maker, and neither is made by the other at run time.
fn is_of(device: &Device, display: &Device) -> bool {
    device.id.vendor == display.id.vendor && device.physical.is_none()
}

fn is_below(device: &Device, bridge: &DevicePath) -> bool {
    device
        .path
        .as_ref()
        .is_some_and(|path| path.is_behind(bridge))
}

/// The upstream port of the switch that the card has for itself: of the display's maker, and with nothing else behind it.
fn own_switch(bus: &Bus, display: &Device) -> Option<DevicePath> {
    let upstream = display.path.as_ref()?.bridge()?.bridge()?;
    // A root port is no switch.
    if upstream.depth() == 0 {
        return None;
    }
    let port = |device: &&Device| device.path.as_ref() == Some(&upstream);
    let port = bus.devices.iter().find(port)?;
    let own = |device: &Device| {
        let is_other = device.class.is_display() && !device.address.same_device(&display.address);
        let is_part = device.class.is_card_part() || device.class.is_display();
        let is_virtual = device.physical.is_some();
        device.is_bridge() || is_virtual || (is_part && !is_other && is_of(device, display))
    };
    let mut behind = bus
        .devices
        .iter()
        .filter(|device| is_below(device, &upstream));
    (port.id.vendor == display.id.vendor && behind.all(own)).then_some(upstream)
}
