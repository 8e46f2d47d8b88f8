//! libvirt's `<hostdev>` elements: the host has prepared the devices, so libvirt shall not (`managed='no'`) unless that is
//! wanted (`managed='yes'`).
//!
//! Source: libvirt's formatdomain.html, "Host device assignment", and its schema domaincommon.rng.

use super::guest::Guest;
use crate::pci::{Address, Device};

pub(super) fn hostdevs(devices: &[&Device], guest: &Guest) -> String {
    let hostdev = |device: &&Device| hostdev(device, guest);
    devices.iter().map(hostdev).collect()
}

fn hostdev(device: &Device, guest: &Guest) -> String {
    let managed = if guest.managed { "yes" } else { "no" };
    let rom = guest.rom(device.address);
    let rom = rom.map_or_else(String::new, |path| format!("  <rom file='{path}'/>\n"));
    let Address {
        domain,
        bus,
        device: slot,
        function,
    } = device.address;
    format!(
        "<!-- {} {} -->\n\
         <hostdev mode='subsystem' type='pci' managed='{managed}'>\n\
         \x20 <source>\n\
         \x20   <address domain='0x{domain:04x}' bus='0x{bus:02x}' slot='0x{slot:02x}' function='0x{function:x}'/>\n\
         \x20 </source>\n\
         {rom}</hostdev>\n",
        device.address, device.id
    )
}
