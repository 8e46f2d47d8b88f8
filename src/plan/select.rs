//! Which devices of a bus a selector takes.
//!
//! *Pure.* Source of truth: vfio-early.conf(5), which is ours.
//! To add one: what a new base names stands in `ask/selector.rs`; what must be said about it, in `doubts`.

use std::collections::BTreeMap;

use super::{Reason, Warning};
use crate::ask::{Ask, Base, Extent};
use crate::pci::{Address, Bus, Device, GroupId, has_function};

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
    let mut named: Vec<&Device> = bus
        .devices
        .iter()
        .filter(|device| ask.selector.names(device))
        .collect();
    let mut warnings = Vec::new();
    if ask.selector.base == Base::SecondaryGpus
        && !bus.devices.iter().any(|d| d.boot_display == Some(true))
    {
        // Without the firmware's display, "the others" would be all of them.
        warnings.push(
            Reason::BootDisplayUnknown {
                selector: ask.text.clone(),
            }
            .into(),
        );
        named.clear();
    } else {
        warnings.extend(doubts(ask, bus, &named, excluded));
    }
    if ask.selector.base == Base::SecondaryGpus {
        // A second function of the boot display is no second card.
        let boot: Vec<Address> =
            addresses(bus.devices.iter().filter(|d| d.boot_display == Some(true)));
        named = functions(bus, &named);
        named.retain(|device| !has_function(&boot, device.address));
    }
    let mut devices = named.clone();
    if ask.selector.extent == Extent::Functions {
        devices = functions(bus, &named);
    }
    if ask.selector.extent == Extent::Group || stretch == Extent::Group {
        let lone = devices
            .iter()
            .filter(|device| device.group.is_none() && !device.class.is_bridge());
        warnings.extend(lone.map(|device| Warning {
            address: Some(device.address),
            reason: Reason::NoGroupYet {
                selector: ask.text.clone(),
                address: device.address,
            },
        }));
        devices = groups(bus, &devices);
    }
    Selection { devices, warnings }
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
        Base::Identity(..) if named.is_empty() => {
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
                    found: device.id,
                },
            };
            others.iter().map(mismatch).collect()
        }
        _ if named.is_empty() => vec![Reason::NoMatch { selector }.into()],
        Base::Id(id) if id.is_exact() && twins.len() > 1 => {
            let twins = twins
                .iter()
                .map(|device| (device.address, device.path.clone()))
                .collect();
            vec![Reason::DuplicateId { selector, twins }.into()]
        }
        _ => Vec::new(),
    }
}
