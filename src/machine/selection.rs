//! Which devices of a bus a selector takes.

use super::bus::{Bus, has_function};
use super::card::cards;
use crate::config::{Base, Extent, Selector};
use crate::pci::{Address, Device, GroupId};

/// The devices that `selector` takes on `bus`, without warnings about them.
pub fn selected<'a>(selector: &Selector, bus: &'a Bus) -> Vec<&'a Device> {
    reach(selector, Extent::Itself, bus, named(selector, bus))
}

/// What the base of `selector` names.
pub fn named<'a>(selector: &Selector, bus: &'a Bus) -> Vec<&'a Device> {
    let named = bus.devices.iter().filter(|device| selector.names(device));
    let mut named: Vec<&Device> = named.collect();
    if selector.base == Base::SecondaryGpus {
        // Without the firmware's display, "the others" would be all of them; and a second function of it is no second
        // card.
        let boot = boot_displays(bus);
        named.retain(|device| !boot.is_empty() && !has_function(&boot, device.address));
        named.retain(|device| device.physical.is_none());
        named = cards(bus, &named);
    }
    named
}

/// The displays that the firmware booted on.
pub fn boot_displays(bus: &Bus) -> Vec<Address> {
    addresses(
        bus.devices
            .iter()
            .filter(|device| device.boot_display == Some(true)),
    )
}

/// What `selector` takes besides the devices in `named`.
pub fn reach<'a>(
    selector: &Selector,
    stretch: Extent,
    bus: &'a Bus,
    named: Vec<&'a Device>,
) -> Vec<&'a Device> {
    let devices = match selector.extent {
        Extent::Functions => functions(bus, &named),
        Extent::Card => cards(bus, &named),
        Extent::Itself | Extent::Group => named,
    };
    if selector.extent == Extent::Group || stretch == Extent::Group {
        groups(bus, &devices)
    } else {
        devices
    }
}

fn addresses<'a>(devices: impl Iterator<Item = &'a Device>) -> Vec<Address> {
    devices.map(|device| device.address).collect()
}

/// All functions of the devices in `named`. No virtual function comes with a physical one, nor the other way round.
fn functions<'a>(bus: &'a Bus, named: &[&Device]) -> Vec<&'a Device> {
    let itself = addresses(named.iter().copied());
    let physical = named.iter().filter(|device| device.physical.is_none());
    let physical = addresses(physical.copied());
    let takes = |device: &&Device| {
        let comes = device.physical.is_none() && has_function(&physical, device.address);
        comes || itself.binary_search(&device.address).is_ok()
    };
    bus.devices.iter().filter(takes).collect()
}

/// `devices` and the other members of their groups, except bridges.
fn groups<'a>(bus: &'a Bus, devices: &[&Device]) -> Vec<&'a Device> {
    let addresses = addresses(devices.iter().copied());
    let mut groups: Vec<GroupId> = devices.iter().filter_map(|device| device.group).collect();
    groups.sort_unstable();
    let shares = |device: &Device| {
        device
            .group
            .is_some_and(|group| groups.binary_search(&group).is_ok())
    };
    // What makes the domain of another member would take that away with it.
    let is_lost = |device: &Device| {
        let makers = bus.makers(device);
        let mut makers = makers.iter();
        let mut taken = devices.iter();
        makers.any(|maker| addresses.contains(&maker.address))
            || taken.any(|one| bus.is_behind(one.address, device))
    };
    let takes = |device: &&Device| {
        addresses.binary_search(&device.address).is_ok()
            || (shares(device) && !device.is_bridge() && !is_lost(device))
    };
    bus.devices.iter().filter(takes).collect()
}
