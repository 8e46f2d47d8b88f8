//! Commands that give devices to a virtual machine of Proxmox: one `hostpciN` for each device with its functions.
//!
//! Source: qm(1), and `PVE::QemuServer::PCI` for the form of the value: an address without a function stands for all of
//! them; `romfile` is a name below /usr/share/kvm, and belongs to the first function.

use super::guest::Guest;
use crate::machine::Bus;
use crate::pci::{Address, Device};

/// Proxmox has hostpci0 to hostpci15.
const MOST: usize = 16;

pub(super) fn commands(devices: &[&Device], bus: &Bus, guest: &Guest) -> String {
    let mut text = "# pcie=1 needs a virtual machine with machine: q35".to_owned();
    let name = guest.name.as_deref().unwrap_or("VMID");
    if guest.name.is_none() {
        text.push_str("; VMID is its number");
    }
    text.push('\n');
    let mut vga = true;
    let together = |one: &&Device, other: &&Device| {
        one.address.same_device(&other.address) && !is_virtual(one) && !is_virtual(other)
    };
    for (number, functions) in devices.chunk_by(together).enumerate() {
        let value = host(functions, bus);
        if number >= MOST {
            text.push_str(&format!(
                "# {value} is left out: a virtual machine of Proxmox gets at most {MOST} devices\n"
            ));
            continue;
        }
        let mut options = String::from(",pcie=1");
        let is_vga = functions.iter().any(|device| device.class.is_vga());
        if is_vga && std::mem::take(&mut vga) {
            options.push_str(",x-vga=1");
        }
        let first = functions.first().map(|device| device.address);
        if let Some(path) = first.and_then(|address| guest.rom(address)) {
            let file = path.rsplit('/').next().unwrap_or(path);
            text.push_str(&format!("cp {path} /usr/share/kvm/\n"));
            options.push_str(&format!(",romfile={file}"));
        }
        let value = quoted(&(value + &options));
        text.push_str(&format!("qm set {name} -hostpci{number} {value}\n"));
    }
    text
}

/// Each virtual function is a device of its own, although some share a device number.
fn is_virtual(device: &Device) -> bool {
    device.physical.is_some()
}

/// The device without a function where all its functions are given away, else each function.
fn host(functions: &[&Device], bus: &Bus) -> String {
    let one = |device: &&Device| device.address.to_string();
    let each = || functions.iter().map(one).collect::<Vec<_>>().join(";");
    let Some(first) = functions.first().filter(|device| !is_virtual(device)) else {
        return each();
    };
    let all = bus
        .devices
        .iter()
        .filter(|device| device.address.same_device(&first.address))
        .count();
    if all != functions.len() {
        return each();
    }
    let Address {
        domain,
        bus,
        device,
        ..
    } = first.address;
    format!("{domain:04x}:{bus:02x}:{device:02x}")
}

/// A word for a shell, which would end the command at a semicolon.
fn quoted(word: &str) -> String {
    if word.contains(';') {
        format!("'{word}'")
    } else {
        word.to_owned()
    }
}
