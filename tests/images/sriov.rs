//! Virtual functions in a whole Debian with our package in it: they are made when the driver of their device is up, which
//! may be in the initramfs, before the host's udev is there, and no host driver ever has one.

use crate::cell::Cell;
use crate::generator::Generator;
use crate::harness::hotplug::waiting;
use crate::harness::machine::virtual_functions;
use crate::harness::store::Kernel;

const MADE: [(&str, &str); 2] = [("0000:01:00.1", "vfio-pci"), ("0000:01:00.2", "vfio-pci")];

fn are_made(kernel: Kernel) {
    let waits = MADE.map(|(address, driver)| waiting("/test/busybox", address, driver));
    let coldplug = "udevadm trigger --action=add --settle --subsystem-match=pci\n";
    let seen = Cell::of(kernel, Generator::InitramfsTools)
        .into_debian()
        .device(virtual_functions("00:10.0"))
        .cmdline("vfio-early.ids=00:04.0 vfio-early.vfs=2@00:10.0/00.0")
        .first(&(waits.concat() + coldplug))
        .expect(MADE)
        .expect([("0000:00:04.0", "vfio-pci"), ("0000:01:00.0", "nvme")])
        .refuses("0000:01:00.0", "vfs-made")
        .script("vfio-early status\n")
        .run()
        .seen;
    assert!(
        seen.script
            .iter()
            .any(|line| line.starts_with("3 of 3 ours")),
        "{:#?}",
        seen.script
    );
}

#[test]
fn they_are_made_and_claimed_on_bookworm() {
    are_made(Kernel::Bookworm);
}

#[test]
fn they_are_made_and_claimed_on_trixie() {
    are_made(Kernel::Trixie);
}
