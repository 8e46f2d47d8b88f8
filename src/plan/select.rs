//! Which devices of a bus a selector takes.
//!
//! *Pure.* Source of truth: vfio-early.conf(5), which is ours.
//! To add one: what a new base names stands in `ask/selector.rs`; what must be said about it, in `doubts`.

use std::collections::BTreeMap;

use super::{Reason, Warning};
use crate::ask::{Ask, Base, Extent, Selector};
use crate::pci::{ANY, Address, Bus, Device, GroupId, IdPattern, has_function};

/// The devices that a selector takes, and what is odd about that.
#[derive(Debug)]
pub(super) struct Selection<'a> {
    /// In the order of their addresses.
    pub(super) devices: Vec<&'a Device>,
    /// What its author should know.
    pub(super) warnings: Vec<Warning>,
}

/// Finds what `ask` takes on `bus`, where `stretch` is how far every claim reaches anyway.
///
/// Devices in `excluded` are found as well, for their author wants to read what became of them, but are no twins.
pub(super) fn select<'a>(
    ask: &Ask,
    stretch: Extent,
    bus: &'a Bus,
    excluded: &BTreeMap<Address, &Ask>,
) -> Selection<'a> {
    let named = named(&ask.selector, bus);
    let mut warnings = doubts(ask, bus, &named, excluded);
    if ask.selector.extent == Extent::Group || stretch == Extent::Group {
        let lone = |device: &&&Device| device.group.is_none() && !device.class.is_bridge();
        warnings.extend(named.iter().filter(lone).map(|device| Warning {
            address: Some(device.address),
            reason: Reason::NoGroupYet {
                selector: ask.text.clone(),
                address: device.address,
            },
        }));
    }
    let devices = reach(&ask.selector, stretch, bus, named);
    Selection { devices, warnings }
}

/// The devices that `selector` takes on `bus`, with nothing said about them.
pub fn select_quietly<'a>(selector: &Selector, bus: &'a Bus) -> Vec<&'a Device> {
    reach(selector, Extent::Itself, bus, named(selector, bus))
}

/// What the base of `selector` names.
fn named<'a>(selector: &Selector, bus: &'a Bus) -> Vec<&'a Device> {
    let named = bus.devices.iter().filter(|device| selector.names(device));
    let mut named: Vec<&Device> = named.collect();
    if selector.base == Base::SecondaryGpus {
        // Without the firmware's display, "the others" would be all of them; and a second function of it is no second
        // card.
        let boot = boot_displays(bus);
        named.retain(|device| !boot.is_empty() && !has_function(&boot, device.address));
        named = functions(bus, &named);
    }
    named
}

fn boot_displays(bus: &Bus) -> Vec<Address> {
    addresses(
        bus.devices
            .iter()
            .filter(|device| device.boot_display == Some(true)),
    )
}

/// What `selector` takes besides the devices in `named`.
fn reach<'a>(
    selector: &Selector,
    stretch: Extent,
    bus: &'a Bus,
    named: Vec<&'a Device>,
) -> Vec<&'a Device> {
    let devices = match selector.extent {
        Extent::Functions => functions(bus, &named),
        Extent::Itself | Extent::Group => named,
    };
    match selector.extent == Extent::Group || stretch == Extent::Group {
        true => groups(bus, &devices),
        false => devices,
    }
}

fn addresses<'a>(devices: impl Iterator<Item = &'a Device>) -> Vec<Address> {
    devices.map(|device| device.address).collect()
}

/// All functions of the devices in `named`.
fn functions<'a>(bus: &'a Bus, named: &[&Device]) -> Vec<&'a Device> {
    let addresses = addresses(named.iter().copied());
    bus.devices
        .iter()
        .filter(|device| has_function(&addresses, device.address))
        .collect()
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
    let takes = |device: &&Device| {
        addresses.binary_search(&device.address).is_ok()
            || (shares(device) && !device.class.is_bridge())
    };
    bus.devices.iter().filter(takes).collect()
}

/// What is odd about the devices that a selector names.
fn doubts(
    ask: &Ask,
    bus: &Bus,
    named: &[&Device],
    excluded: &BTreeMap<Address, &Ask>,
) -> Vec<Warning> {
    let selector = ask.text.clone();
    let twins: Vec<_> = named
        .iter()
        .filter(|device| !excluded.contains_key(&device.address))
        .collect();
    match &ask.selector.base {
        Base::Identity(id, _) if named.is_empty() => {
            let others: Vec<_> = bus
                .devices
                .iter()
                .filter(|device| ask.selector.touches(device))
                .collect();
            if others.is_empty() {
                return vec![Reason::NoMatch { selector }.into()];
            }
            let mismatch = |device: &&Device| Warning {
                address: Some(device.address),
                reason: Reason::IdentityMismatch {
                    selector: selector.clone(),
                    address: device.address,
                    found: as_fully_as(id, device),
                },
            };
            others.iter().map(mismatch).collect()
        }
        Base::SecondaryGpus if boot_displays(bus).is_empty() => {
            vec![Reason::BootDisplayUnknown { selector }.into()]
        }
        _ if named.is_empty() => vec![Reason::NoMatch { selector }.into()],
        base if is_for_one(base) && are_several(&twins, base) => {
            let twins = twins
                .iter()
                .map(|device| (device.address, device.path.clone()))
                .collect();
            vec![Reason::DuplicateId { selector, twins }.into()]
        }
        _ => Vec::new(),
    }
}

/// The id of a device with the fields that `pattern` names, so that the reader sees the one that differs.
fn as_fully_as(pattern: &IdPattern, device: &Device) -> String {
    let (id, class) = (device.id, device.class);
    let subsystem = format!("{id}:{:04x}:{:04x}", id.subvendor, id.subdevice);
    match (pattern.mask, pattern.subvendor, pattern.subdevice) {
        (0, ANY, ANY) => id.to_string(),
        (0, ..) => subsystem,
        _ => format!("{subsystem}:{class}"),
    }
}

/// Whether one device is meant, as far as its author may think.
fn is_for_one(base: &Base) -> bool {
    match base {
        Base::Id(id) => id.is_exact(),
        Base::Serial(_) => true,
        _ => false,
    }
}

/// Whether there are others besides. The functions of one card have one serial number.
fn are_several(twins: &[&&Device], base: &Base) -> bool {
    match twins {
        [first, others @ ..] if matches!(base, Base::Serial(_)) => others
            .iter()
            .any(|other| !other.address.same_device(&first.address)),
        _ => twins.len() > 1,
    }
}
