//! What a device is and what is around it, a phrase for each: class and names, path, functions, group, driver, resets.

use crate::host::list::facts::Fact;
use crate::host::snapshot::HostSnapshot;
use crate::machine::Unknown;
use crate::pci::Device;

pub(super) fn what(fact: &Fact<'_>, unknown: &Unknown) -> String {
    let id = fact.device.id;
    let mut text = fact.class_name.clone();
    if let Some(name) = &fact.name {
        text += &format!(": {name}");
    }
    text += &format!("; class {}; subsystem ", fact.device.class);
    if (id.subvendor, id.subdevice) == (0, 0) && unknown.subsystems {
        text += "not known";
    } else {
        text += &format!("{:04x}:{:04x}", id.subvendor, id.subdevice);
    }
    if let Some(board) = &fact.board {
        text += &format!(" ({board})");
    }
    if fact.device.no_answer {
        text += "; it does not answer";
    }
    if fact.device.boot_display == Some(true) {
        text += "; the machine booted on this display";
    }
    text
}

/// The walk to it, with each bridge by its address now.
pub(super) fn place(snapshot: &HostSnapshot<'_>, device: &Device) -> String {
    let Some(path) = &device.path else {
        return "the path is not known".to_owned();
    };
    let mut text = format!("path {path}");
    let mut above = path.bridge();
    while let Some(bridge) = above {
        let mut devices = snapshot.machine.bus.devices.iter();
        if let Some(found) = devices.find(|other| other.path.as_ref() == Some(&bridge)) {
            text += &format!(
                "; behind {} ({})",
                found.address,
                snapshot.names().class(found.class)
            );
        }
        above = bridge.bridge();
    }
    let node = device
        .details
        .as_ref()
        .and_then(|details| details.numa_node);
    text + &node.map_or_else(String::new, |node| format!("; NUMA node {node}"))
}

/// Devices as `0000:05:00.1 Audio device (vfio-pci)`.
pub(super) fn name_all<'a>(
    snapshot: &HostSnapshot<'_>,
    devices: impl Iterator<Item = &'a Device>,
) -> String {
    let name = |device: &Device| {
        let fact = Fact::of(snapshot, device);
        let driver = match fact.driver_word() {
            "-" => "no driver",
            word => word,
        };
        format!("{} {} ({driver})", device.address, fact.class_name)
    };
    devices.map(name).collect::<Vec<_>>().join(", ")
}

pub(in crate::host) fn others<'a>(
    snapshot: &'a HostSnapshot<'_>,
    device: &Device,
) -> impl Iterator<Item = &'a Device> {
    let address = device.address;
    let devices = snapshot.machine.bus.devices.iter();
    devices.filter(move |other| other.address != address)
}

pub(super) fn functions(snapshot: &HostSnapshot<'_>, device: &Device) -> String {
    let same = |other: &&Device| other.address.same_device(&device.address);
    name_all(snapshot, others(snapshot, device).filter(same))
}

pub(super) fn group(snapshot: &HostSnapshot<'_>, device: &Device) -> String {
    let Some(group) = device.group else {
        let unknown = &snapshot.machine.unknown;
        let text = if !unknown.groups {
            "none"
        } else if unknown.is_of_text() {
            "the text does not contain it"
        } else {
            "not known"
        };
        return text.to_owned();
    };
    let shares = |other: &&Device| other.group == Some(group);
    let members = name_all(snapshot, others(snapshot, device).filter(shares));
    if members.is_empty() {
        format!("{group}, alone")
    } else {
        format!("{group}, with {members}")
    }
}

pub(super) fn driver(fact: &Fact<'_>) -> String {
    let mut text = match fact.driver_word() {
        "-" => "none".to_owned(),
        "?" => "not known".to_owned(),
        name => name.to_owned(),
    };
    if let Some(name) = &fact.device.driver_override {
        text += &format!("; only {name} may bind it (driver_override)");
    }
    if let Some(modules) = fact
        .device
        .details
        .as_ref()
        .and_then(|details| details.modules.as_ref())
    {
        text += &format!("; modules for it: {modules}");
    }
    text
}

pub(super) fn resets(snapshot: &HostSnapshot<'_>, device: &Device) -> String {
    let methods = device
        .details
        .as_ref()
        .and_then(|details| details.reset_methods.as_deref());
    match methods {
        Some(methods) => methods.to_owned(),
        None if snapshot.machine.unknown.resets => "not known".to_owned(),
        None => "the kernel names no way to reset it".to_owned(),
    }
}
