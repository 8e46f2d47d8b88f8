//! Proxmox: `hostpciN` of virtual machines, with devices by address or by a name of `/etc/pve/mapping/pci.cfg`, and
//! arguments for QEMU.
//!
//! A device is carried over by its id at its place, so that it stays right when addresses change; one whose address has changed
//! already is not.
//!
//! Source: qm(1) for `hostpci[n]`: `[[host=]ADDRESS[;ADDRESS...]][,mapping=NAME][,mdev=TYPE]...`, an address without a
//! function for all of them; `PVE::Mapping::PCI` for the names.

use super::files::Files;
use super::lasting::{Expected, lasting};
use super::old_setting::{Fate, OldSetting, SettingPlace};
use super::reason::{Note, Removal, Why};
use crate::machine::{Bus, EveryDevice};
use crate::pci::{AddressPattern, Id};
use crate::sys::SysPath;
use crate::sys::other_tools::{HOSTNAME, PROXMOX_GUESTS, PROXMOX_MAPPING, PROXMOX_NODES};

/// What a node of Proxmox has besides its virtual machines.
#[derive(Clone, Copy, Debug, Default)]
pub struct ProxmoxNode<'a> {
    /// Its name.
    pub name: Option<&'a str>,
    /// The names for devices, of all nodes.
    pub mapping: &'a str,
    /// The devices that are there now; `None` where they are not known.
    pub bus: Option<&'a Bus>,
}

/// The devices of all virtual machines of this node.
pub(super) fn find(files: &Files<'_>, olds: &mut Vec<OldSetting>) {
    let name = files.text(HOSTNAME).map(|name| name.trim().to_owned());
    let Some(dir) = guests(files, name.as_deref()) else {
        return;
    };
    let mapping = files.text(PROXMOX_MAPPING).unwrap_or_default();
    let bus = Bus::read(files.root(), &EveryDevice::default()).ok();
    let node = ProxmoxNode {
        name: name.as_deref(),
        mapping: &mapping,
        bus: bus.as_ref().filter(|bus| !bus.devices.is_empty()),
    };
    for name in files.list(SysPath::Named(&dir)) {
        let path = format!("{dir}/{name}");
        if let Some(text) = files.text(&path).filter(|_| name.ends_with(".conf")) {
            olds.extend(proxmox(&SettingPlace::file(&path), &text, &node));
        }
    }
}

/// The directory with the virtual machines of this node. The first two are links into those of all nodes.
fn guests(files: &Files<'_>, name: Option<&str>) -> Option<String> {
    for dir in PROXMOX_GUESTS {
        if !files.list(SysPath::Named(dir)).is_empty() {
            return Some(dir.to_owned());
        }
    }
    let nodes = files.list(SysPath::Named(PROXMOX_NODES));
    let own = nodes.iter().find(|node| Some(node.as_str()) == name);
    let only = nodes.first().filter(|_| nodes.len() == 1);
    let node = own.or(only)?;
    Some(format!("{PROXMOX_NODES}/{node}/qemu-server"))
}

/// The devices of the virtual machine `place`; snapshots and pending changes come behind it in brackets.
pub fn proxmox(place: &SettingPlace, text: &str, node: &ProxmoxNode<'_>) -> Vec<OldSetting> {
    let mut olds = Vec::new();
    let own = text.lines().take_while(|line| !line.starts_with('['));
    for line in own.map(str::trim) {
        let arguments = line.strip_prefix("args:").unwrap_or_default();
        let fates = qemu_devices(arguments, node);
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
        let fates = hostpci(value.trim(), node);
        olds.push(OldSetting::new(place, line, Removal::Leave, fates));
    }
    olds
}

fn hostpci(value: &str, node: &ProxmoxNode<'_>) -> Vec<Fate> {
    let options = || value.split(',');
    if options().any(|part| part.starts_with("mdev=")) {
        // Its driver on the host makes the parts that guests get.
        return vec![Fate::Note(Note::Mediated)];
    }
    let mut expected = Expected {
        display: options().any(|part| matches!(part, "x-vga=1" | "x-vga=on")),
        id: None,
    };
    let mut fates = Vec::new();
    for (index, part) in options().enumerate() {
        let list = match part.split_once('=') {
            Some(("host", list)) => list,
            None if index == 0 => part,
            Some(("mapping", name)) => {
                fates.extend(mapped(name, expected, node));
                continue;
            }
            _ => continue,
        };
        for address in list.split(';') {
            fates.push(device(address, expected, node));
            // The first is the display; what belongs to it comes behind.
            expected.display = false;
        }
    }
    with_note(fates)
}

/// The parts of a setting of a virtual machine, with what its owner should know.
fn with_note(mut fates: Vec<Fate>) -> Vec<Fate> {
    let moved = |fate: &Fate| matches!(fate, Fate::NotCarried { why, .. } if why.is_moved());
    let note = if fates.iter().any(moved) {
        Note::GuestIsOutdated
    } else {
        Note::StaysForGuest
    };
    fates.push(Fate::Note(note));
    fates
}

/// The devices in arguments for QEMU: `-device vfio-pci,host=01:00.0`.
fn qemu_devices(arguments: &str, node: &ProxmoxNode<'_>) -> Vec<Fate> {
    let mut fates = Vec::new();
    for argument in arguments
        .split_whitespace()
        .filter(|word| word.starts_with("vfio-pci,"))
    {
        let hosts = argument
            .split(',')
            .filter_map(|field| field.strip_prefix("host="));
        fates.extend(hosts.map(|host| device(host, Expected::default(), node)));
    }
    if fates.is_empty() {
        return fates;
    }
    with_note(fates)
}

/// The device at an address; without a function all of them.
fn device(text: &str, expected: Expected, node: &ProxmoxNode<'_>) -> Fate {
    match text.trim().parse::<AddressPattern>() {
        Ok(pattern) => lasting(&pattern, expected, node.bus),
        Err(why) => Fate::lost(why),
    }
}

/// A device that a name stands for.
struct Map<'a> {
    node: Option<&'a str>,
    path: &'a str,
    id: Option<Id>,
}

/// The devices that a name stands for on this node.
fn mapped(name: &str, expected: Expected, node: &ProxmoxNode<'_>) -> Vec<Fate> {
    let mut maps = maps(name, node.mapping);
    let first = maps.first().map(|map| map.node);
    let several = maps.iter().any(|map| Some(map.node) != first);
    maps.retain(|map| node.name.is_none() || map.node.is_none() || map.node == node.name);
    if maps.is_empty() || node.name.is_none() && several {
        return vec![Fate::lost(Why::Mapping(name.to_owned()))];
    }
    let mut fates = Vec::new();
    for map in maps {
        // The id is that of the first function.
        let mut expected = Expected {
            id: map.id,
            ..expected
        };
        for address in map.path.split(';') {
            fates.push(device(address, expected, node));
            expected = Expected::default();
        }
    }
    fates
}

/// The lines of a name in pci.cfg.
fn maps<'a>(name: &str, mapping: &'a str) -> Vec<Map<'a>> {
    let mut maps = Vec::new();
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
            maps.push(Map {
                node: field("node"),
                path,
                id: field("id").and_then(id),
            });
        }
    }
    maps
}

/// `8086:1521`, whatever board it is on.
fn id(text: &str) -> Option<Id> {
    let (vendor, device) = text.split_once(':')?;
    let number = |text| u16::from_str_radix(text, 16).ok();
    Some(Id {
        vendor: number(vendor)?,
        device: number(device)?,
        subvendor: 0,
        subdevice: 0,
    })
}
