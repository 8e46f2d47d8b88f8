//! Devices that a host driver holds already when the claim comes.

use crate::harness::Boot;
use crate::harness::machine::{E1000E, NVME, XHCI};

#[test]
fn a_disk_is_taken_from_nvme() {
    Boot::with([NVME.at("00:04.0"), NVME.at("00:05.0")])
        .cmdline("vfio-early.ids=00:04.0")
        .held([("0000:00:04.0", "nvme"), ("0000:00:05.0", "nvme")])
        .expect([("0000:00:04.0", "vfio-pci"), ("0000:00:05.0", "nvme")])
        .run();
}

#[test]
fn a_network_card_is_taken_from_e1000e() {
    Boot::with([E1000E.at("00:04.0")])
        .cmdline("vfio-early.ids=8086:10d3")
        .held([("0000:00:04.0", "e1000e")])
        .expect([("0000:00:04.0", "vfio-pci")])
        .run();
}

#[test]
fn a_usb_controller_is_taken_from_xhci() {
    Boot::with([XHCI.at("00:04.0"), XHCI.at("00:05.0")])
        .cmdline("vfio-early.ids=1b36:000d@00:05.0")
        .held([("0000:00:04.0", "xhci_hcd"), ("0000:00:05.0", "xhci_hcd")])
        .expect([("0000:00:04.0", "xhci_hcd"), ("0000:00:05.0", "vfio-pci")])
        .run();
}
