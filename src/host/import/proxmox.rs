//! Proxmox: `hostpciN` of virtual machines, with devices by address or by a name of `/etc/pve/mapping/pci.cfg`, and
//! arguments for QEMU.
//!
//! Source: qm(1) for `hostpci[n]`: `[[host=]ADDRESS[;ADDRESS...]][,mapping=NAME][,mdev=TYPE]...`, an address without a
//! function for all of them; `PVE::Mapping::PCI` for the names.

use super::files::Files;
use super::old_setting::{Fate, OldSetting, SettingPlace};
use super::reason::{Note, Removal, Why};
use super::selectors::address;
use crate::sys::SysPath;
use crate::sys::other_tools::{HOSTNAME, PROXMOX_GUESTS, PROXMOX_MAPPING, PROXMOX_NODES};

/// The devices of all virtual machines of this node.
pub(super) fn find(files: &Files<'_>, olds: &mut Vec<OldSetting>) {
    let node = files.text(HOSTNAME).map(|name| name.trim().to_owned());
    let mapping = files.text(PROXMOX_MAPPING).unwrap_or_default();
    let mut dir = PROXMOX_GUESTS.to_owned();
    if files.list(SysPath::Named(&dir)).is_empty() {
        // The directory of guests is a link to that of this node.
        let nodes = files.list(SysPath::Named(PROXMOX_NODES));
        let own = node.clone().filter(|node| nodes.contains(node));
        let only = nodes.first().filter(|_| nodes.len() == 1).cloned();
        let Some(name) = own.or(only) else {
            return;
        };
        dir = format!("{PROXMOX_NODES}/{name}/qemu-server");
    }
    for name in files.list(SysPath::Named(&dir)) {
        let path = format!("{dir}/{name}");
        if let Some(text) = files.text(&path).filter(|_| name.ends_with(".conf")) {
            let place = SettingPlace::file(&path);
            olds.extend(proxmox(&place, &text, &mapping, node.as_deref()));
        }
    }
}

/// The devices of the virtual machine `place`; snapshots and pending changes come behind it in brackets.
pub fn proxmox(
    place: &SettingPlace,
    text: &str,
    mapping: &str,
    node: Option<&str>,
) -> Vec<OldSetting> {
    let mut olds = Vec::new();
    let own = text.lines().take_while(|line| !line.starts_with('['));
    for line in own.map(str::trim) {
        let arguments = line.strip_prefix("args:").unwrap_or_default();
        let fates = qemu_devices(arguments);
        if !fates.is_empty() {
            olds.push(OldSetting::new(place, line, Removal::Leave, fates));
        }
        let number = line
            .strip_prefix("hostpci")
            .and_then(|rest| rest.split_once(':'));
        let Some((number, value)) = number else {
            continue;
        };
        if number.is_empty() || !number.bytes().all(|digit| digit.is_ascii_digit()) {
            continue;
        }
        let fates = hostpci(value.trim(), mapping, node);
        olds.push(OldSetting::new(place, line, Removal::Leave, fates));
    }
    olds
}

fn hostpci(value: &str, mapping: &str, node: Option<&str>) -> Vec<Fate> {
    let (mut fates, mut is_mediated) = (Vec::new(), false);
    for (index, part) in value.split(',').enumerate() {
        match part.split_once('=') {
            Some(("host", list)) => fates.extend(list.split(';').map(address_of)),
            None if index == 0 => fates.extend(part.split(';').map(address_of)),
            Some(("mapping", name)) => fates.extend(mapped(name, mapping, node)),
            Some(("mdev", _)) => is_mediated = true,
            _ => {}
        }
    }
    if is_mediated {
        // Its driver on the host makes the parts that guests get.
        return vec![Fate::Note(Note::Mediated)];
    }
    fates.push(Fate::Note(Note::StaysForGuest));
    fates
}

/// The devices in arguments for QEMU: `-device vfio-pci,host=01:00.0`.
fn qemu_devices(arguments: &str) -> Vec<Fate> {
    let mut fates = Vec::new();
    for device in arguments
        .split_whitespace()
        .filter(|word| word.starts_with("vfio-pci,"))
    {
        let hosts = device
            .split(',')
            .filter_map(|field| field.strip_prefix("host="));
        fates.extend(hosts.map(address));
    }
    if !fates.is_empty() {
        fates.push(Fate::Note(Note::StaysForGuest));
    }
    fates
}

/// An address; without a function it stands for all of them.
fn address_of(text: &str) -> Fate {
    let text = text.trim();
    if text.contains('.') {
        address(text)
    } else {
        address(&format!("{text}.*"))
    }
}

/// The devices that a name stands for on this node.
fn mapped(name: &str, mapping: &str, node: Option<&str>) -> Vec<Fate> {
    let lost = || vec![Fate::lost(Why::Mapping(name.to_owned()))];
    let mut maps: Vec<(Option<&str>, &str)> = Vec::new();
    let mut is_inside = false;
    for line in mapping.lines() {
        if !line.starts_with([' ', '\t']) {
            is_inside = line.trim() == name;
            continue;
        }
        let Some(map) = line.trim().strip_prefix("map ").filter(|_| is_inside) else {
            continue;
        };
        let field = |key: &str| {
            let mut fields = map.split(',').filter_map(|field| field.split_once('='));
            fields
                .find(|(name, _)| *name == key)
                .map(|(_, value)| value.trim())
        };
        if let Some(path) = field("path") {
            maps.push((field("node"), path));
        }
    }
    let several = maps
        .iter()
        .any(|(other, _)| maps.first().map(|map| map.0) != Some(*other));
    maps.retain(|(other, _)| node.is_none() || other.is_none() || *other == node);
    if maps.is_empty() || node.is_none() && several {
        return lost();
    }
    let paths = maps.iter().flat_map(|(_, path)| path.split(';'));
    paths.map(address_of).collect()
}
