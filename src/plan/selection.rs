//! Which devices of a bus a selector takes.

use super::by_device::ByDevice;
use super::message::{Reason, Twin, Warning};
use crate::config::{Base, Extent, RequestedSelector};
use crate::machine::{Bus, Machine, boot_displays, named, reach};
use crate::pci::{ANY, Address, Device, IdPattern, Platform};

/// The devices that a selector takes, and what is odd about that.
#[derive(Debug)]
pub(super) struct Selection<'a> {
    /// In the order of their addresses.
    pub(super) devices: Vec<&'a Device>,
    /// What its author should know.
    pub(super) warnings: Vec<Warning>,
}

/// Finds what `ask` takes on `machine`, where `stretch` is how far every claim reaches anyway.
///
/// Devices in `excluded` are found as well, for their author wants to read what became of them, but are no twins.
pub(super) fn select<'a>(
    ask: &RequestedSelector,
    stretch: Extent,
    machine: &'a Machine,
    excluded: &ByDevice<'_, &RequestedSelector>,
) -> Selection<'a> {
    let bus = &machine.bus;
    let named = named(&ask.selector, bus);
    let mut warnings = doubts(ask, machine, &named, excluded);
    if let Some(reason) = made_later(ask, bus, named.is_empty()) {
        warnings.retain(|warning| warning.reason != Reason::NoMatch);
        warnings.push(Warning::selector(&ask.text, reason));
    }
    if ask.selector.extent == Extent::Group || stretch == Extent::Group {
        let lone = |device: &&&Device| {
            let is_bridge = device.is_bridge() || device.platform() == Some(Platform::HostBridge);
            device.group.is_none() && !is_bridge
        };
        warnings.extend(named.iter().filter(lone).map(|device| {
            let selector = ask.text.clone();
            Warning::device(device.address, Reason::NoGroupYet { selector })
        }));
    }
    let devices = reach(&ask.selector, stretch, bus, named);
    Selection { devices, warnings }
}

/// What of the devices that a selector names is not there when the claim is made.
fn made_later(ask: &RequestedSelector, bus: &Bus, is_all: bool) -> Option<Reason> {
    let devices = bus.made_later.iter();
    let devices = devices.filter(|device| !device.is_bridge() && ask.selector.names(device));
    let mut addresses: Vec<Address> = devices.map(|device| device.address).collect();
    if addresses.is_empty() {
        return None;
    }
    if let [address] = addresses.as_slice() {
        if ask.text.parse() == Ok(*address) {
            addresses.clear();
        }
    }
    Some(Reason::NotAtBoot { addresses, is_all })
}

/// What is odd about the devices that a selector names.
fn doubts(
    ask: &RequestedSelector,
    machine: &Machine,
    named: &[&Device],
    excluded: &ByDevice<'_, &RequestedSelector>,
) -> Vec<Warning> {
    let (text, bus) = (&ask.text, &machine.bus);
    let twins: Vec<_> = named
        .iter()
        .filter(|device| excluded.get(device.address).is_none())
        .collect();
    match &ask.selector.base {
        Base::Identity(id, _) if named.is_empty() => {
            let others: Vec<_> = bus
                .devices
                .iter()
                .filter(|device| ask.selector.includes(device))
                .collect();
            if others.is_empty() {
                return vec![Warning::selector(text, Reason::NoMatch)];
            }
            let mismatch = |device: &&Device| {
                let reason = Reason::IdentityMismatch {
                    selector: text.clone(),
                    found: as_fully_as(id, device),
                };
                Warning::device(device.address, reason)
            };
            others.iter().map(mismatch).collect()
        }
        Base::SecondaryGpus if boot_displays(bus).is_empty() => {
            vec![Warning::selector(
                text,
                Reason::BootDisplayUnknown {
                    in_text: machine.unknown.boot_display,
                },
            )]
        }
        _ if named.is_empty() => vec![Warning::selector(text, Reason::NoMatch)],
        base if is_for_one(base) && are_several(&twins, base) => {
            let twins = twins
                .iter()
                .map(|device| Twin {
                    address: device.address,
                    path: device.path.clone(),
                    advised: false,
                })
                .collect();
            vec![Warning::selector(text, Reason::DuplicateId { twins })]
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
        Base::SerialNumber(_) => true,
        _ => false,
    }
}

/// Whether there are others besides. The functions of one card have one serial number.
fn are_several(twins: &[&&Device], base: &Base) -> bool {
    match twins {
        [first, others @ ..] if matches!(base, Base::SerialNumber(_)) => others
            .iter()
            .any(|other| !other.address.same_device(&first.address)),
        _ => twins.len() > 1,
    }
}
