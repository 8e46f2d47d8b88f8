//! Commands that give devices to a virtual machine of Incus: a display as `gpu`, everything else as `pci`.
//!
//! Source: Incus' reference of devices: `gpu` with `gputype=physical` takes the functions of the same device in the same
//! IOMMU group along; `pci` is one function. A `nic` is an interface of the host, which a claimed network card has not.

use super::guest::Guest;
use crate::pci::{Address, Device};

/// Incus takes an address whose domain has four digits.
const LARGEST_DOMAIN: u32 = 0xffff;

pub(super) fn commands(devices: &[&Device], guest: &Guest) -> String {
    let name = guest.name.as_deref().unwrap_or("INSTANCE");
    let mut text = String::new();
    if guest.name.is_none() {
        text.push_str("# INSTANCE is the name of the virtual machine\n");
    }
    let together = |one: &&Device, other: &&Device| one.address.same_device(&other.address);
    for functions in devices.chunk_by(together) {
        let display = functions.iter().find(|device| device.class.is_display());
        for device in functions {
            let address = device.address;
            if address.domain > LARGEST_DOMAIN {
                text.push_str(&format!(
                    "# {address} is left out: Incus takes no address whose domain has more than four digits\n"
                ));
                continue;
            }
            let options = match display {
                Some(display) if display.address == address => {
                    format!("gpu gputype=physical pci={address}")
                }
                Some(display) if device.group.is_some() && device.group == display.group => {
                    text.push_str(&format!("# {address} comes with {}\n", display.address));
                    continue;
                }
                _ => format!("pci address={address}"),
            };
            let device = device_name(address);
            text.push_str(&format!(
                "incus config device add {name} {device} {options}\n"
            ));
        }
    }
    text
}

/// A name for the device in the instance, the same each time.
fn device_name(address: Address) -> String {
    let Address {
        domain,
        bus,
        device,
        function,
    } = address;
    format!("vfio-{domain:04x}-{bus:02x}-{device:02x}-{function:x}")
}
