//! What `lspci -nnvvk` prints in a machine, read back, is what sysfs shows there.

use std::path::{Path, PathBuf};

use vfio_early::machine::Machine;
use vfio_early::pci::Device;
use vfio_early::sys::PCI_IDS;

use crate::harness::machine::{
    E1000, E1000E, HDA, NVME, RTL8139, TESTDEV, VGA, XHCI, bridge, port,
};
use crate::harness::store::{Kernel, tool};
use crate::harness::{Boot, seen::Seen};

/// Everything that lspci can show of a device.
fn as_printed(device: &Device) -> Device {
    let mut details = device.details.as_deref().cloned().unwrap_or_default();
    details.reset_methods = None;
    details.modules = None;
    details.rom = false;
    Device {
        boot_display: None,
        driver_override: None,
        details: details.known(),
        ..device.clone()
    }
}

/// The lines between two marks, as a machine.
fn machine(seen: &Seen, mark: &str) -> Machine {
    let lines = seen
        .script
        .iter()
        .skip_while(|line| **line != format!("== {mark}"));
    let lines = lines.skip(1).take_while(|line| !line.starts_with("== "));
    let text: String = lines.map(|line| format!("{line}\n")).collect();
    let machine = Machine::from_text(&text);
    machine.unwrap_or_else(|error| panic!("{mark}: {error}\n{text}"))
}

/// The names that lspci prints, with brackets of their own.
fn names() -> PathBuf {
    let places = PCI_IDS.map(|place| Path::new("/").join(place));
    let found = places.into_iter().find(|place| place.is_file());
    found.expect("pci.ids is missing: install the package pci.ids, or run tests/setup")
}

fn compare(kernel: Kernel) {
    let seen = Boot::with([
        port("00:04.0", &[NVME]),
        port("00:05.0", &[VGA, HDA]),
        bridge("00:06.0", &[E1000, RTL8139]),
        E1000E.at("00:07.0"),
        port("00:08.0", &[XHCI]),
        TESTDEV.at("00:09.0"),
    ])
    .kernel(kernel)
    .cmdline("vfio-early.ids=1b36:0010")
    .copy(tool("lspci", "pciutils"), "/usr/bin/lspci")
    .copy(names(), "/usr/share/misc/pci.ids")
    .script(
        "echo == lspci -nnvvk\nlspci -nnvvk 2>/dev/null\necho == lspci -nnvvk -D\nlspci -nnvvk -D 2>/dev/null\n\
         echo == sysfs\nvfio-early capture --serials\necho == end\n",
    )
    .expect([("0000:01:00.0", "vfio-pci")])
    .run();
    let shown = machine(&seen, "sysfs");
    assert!(shown.bus.devices.len() >= 14, "{shown}");
    assert!(
        shown
            .bus
            .devices
            .iter()
            .any(|device| device.serial.is_some())
    );
    for mark in ["lspci -nnvvk", "lspci -nnvvk -D"] {
        let read = machine(&seen, mark);
        assert!(!read.unknown.groups && !read.unknown.drivers && read.unknown.iommu);
        let all = |machine: &Machine| {
            machine
                .bus
                .devices
                .iter()
                .map(as_printed)
                .collect::<Vec<_>>()
        };
        assert_eq!(all(&read), all(&shown), "{mark}");
    }
}

#[test]
fn the_bus_read_from_lspci_is_the_one_that_sysfs_shows() {
    compare(Kernel::Bookworm);
}
