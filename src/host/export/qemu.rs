//! QEMU's arguments for a guest with PCI Express (`-machine q35` or `virt`): a root port for each device.
//!
//! Source: QEMU's docs/pcie.txt: functions of one device share a port and keep their numbers, and function 0 must be
//! there and mark it as one of several; docs/devel/vfio-iommufd.rst: since QEMU 9.0 an object of the kind iommufd serves all
//! devices that name it.

use super::guest::Guest;
use crate::pci::{Address, Device};

/// One argument with its value a line, each but the last with a backslash, as a shell takes them.
pub(super) fn arguments(devices: &[&Device], guest: &Guest) -> String {
    let mut vga = guest.bios;
    let mut lines = Vec::new();
    if guest.iommufd {
        lines.push(format!("-object iommufd,id={IOMMUFD}"));
    }
    let together = |one: &&Device, other: &&Device| one.address.same_device(&other.address);
    for (index, functions) in devices.chunk_by(together).enumerate() {
        let port = index + 1;
        lines.push(format!(
            "-device pcie-root-port,id=vfio{port},chassis={port},slot={port}"
        ));
        for (index, device) in functions.iter().enumerate() {
            let x_vga = device.class.is_vga() && std::mem::take(&mut vga);
            let place = GuestSlot {
                port,
                function: function(functions, index),
                several: functions.len() > 1,
                x_vga,
                iommufd: guest.iommufd,
            };
            let rom = guest.rom(device.address);
            let rom = rom.map_or_else(String::new, |path| format!(",romfile={path}"));
            lines.push(place.argument(device.address) + &rom);
        }
    }
    let mut text = lines.join(" \\\n");
    text.push('\n');
    text
}

/// The number in the guest: its own, but the first takes 0 where the host keeps that one.
fn function(functions: &[&Device], index: usize) -> u8 {
    let number = functions
        .get(index)
        .map_or(0, |device| device.address.function);
    if index == 0 { 0 } else { number }
}

/// Where a function goes in the guest.
struct GuestSlot {
    port: usize,
    function: u8,
    several: bool,
    x_vga: bool,
    iommufd: bool,
}

/// The name of the object that all devices use.
const IOMMUFD: &str = "iommufd0";

impl GuestSlot {
    fn argument(&self, address: Address) -> String {
        let mut text = format!(
            "-device vfio-pci,host={address},bus=vfio{},addr=00.{:x}",
            self.port, self.function
        );
        if self.several && self.function == 0 {
            text.push_str(",multifunction=on");
        }
        if self.x_vga {
            text.push_str(",x-vga=on");
        }
        if self.iommufd {
            text.push_str(&format!(",iommufd={IOMMUFD}"));
        }
        text
    }
}
