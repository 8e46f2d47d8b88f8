//! The image's own module list names vfio-pci, as most guides advise, and its ids are in modprobe.d, in that list and on the
//! command line: exclusions, guards and `mode=off` hold all the same.
//!
//! Every list is in every image; each generator reads its own.

use crate::cell::{Cell, ROOT_DISK};
use crate::generator::Generator;
use crate::harness::code;
use crate::harness::store::Kernel;

const PROTECT_LIST: (&str, &str) = (
    "etc/vfio-early.protect",
    "0000:00:1e.0 1b36:0010:1af4:1100 010802 - /\n",
);
const MODPROBE: (&str, &str) = (
    "etc/modprobe.d/vfio.conf",
    "options vfio-pci ids=1b36:0010\n",
);
/// As initramfs-tools has it, with options behind the module.
const INITRAMFS_TOOLS: (&str, &str) = ("conf/modules", "vfio-pci ids=1b36:0010\nnvme\ne1000e\n");
const SYSTEMD: (&str, &str) = ("etc/modules-load.d/vfio.conf", "vfio-pci\n");
/// As dracut and mkinitcpio have it, and the ids of the network cards.
const CMDLINE: &str = "rd.driver.pre=vfio-pci earlymodules=vfio-pci vfio-pci.ids=8086:10d3";

fn image(kernel: Kernel, generator: Generator, parameters: &str) -> Cell {
    let cell = Cell::of(kernel, generator)
        .nvme_root()
        .cmdline(&format!("{CMDLINE} {parameters}"))
        .file(PROTECT_LIST.0, PROTECT_LIST.1)
        .file(MODPROBE.0, MODPROBE.1);
    match generator {
        Generator::InitramfsTools => cell.file(INITRAMFS_TOOLS.0, INITRAMFS_TOOLS.1),
        Generator::DracutSystemd | Generator::MkinitcpioSystemd => cell.file(SYSTEMD.0, SYSTEMD.1),
        _ => cell,
    }
}

/// One disk is claimed; its twin is excluded, the disk of the root is protected, and so are both network cards.
fn exclusions_and_guards_hold(kernel: Kernel, generator: Generator) {
    image(
        kernel,
        generator,
        "vfio-early.ids=1b36:0010 vfio-early.exclude=00:05.0,8086:10d3",
    )
    .expect([("0000:00:04.0", "vfio-pci")])
    .refuses("0000:00:05.0", "excluded")
    .refuses("0000:00:06.0", "excluded")
    .refuses("0000:00:0a.0", "excluded")
    .refuses(ROOT_DISK, code::BOOT_DISK)
    .run();
}

fn mode_off_holds(kernel: Kernel, generator: Generator) {
    image(kernel, generator, "vfio-early.mode=off").run();
}

#[test]
fn exclusions_and_guards_hold_with_initramfs_tools() {
    exclusions_and_guards_hold(Kernel::Bookworm, Generator::InitramfsTools);
}

#[test]
fn exclusions_and_guards_hold_with_dracut_and_systemd() {
    exclusions_and_guards_hold(Kernel::Trixie, Generator::DracutSystemd);
}

#[test]
fn exclusions_and_guards_hold_with_dracut_without_systemd() {
    exclusions_and_guards_hold(Kernel::Bookworm, Generator::DracutShell);
}

#[test]
fn exclusions_and_guards_hold_with_mkinitcpio() {
    exclusions_and_guards_hold(Kernel::Trixie, Generator::MkinitcpioBusybox);
}

#[test]
fn mode_off_holds_with_initramfs_tools() {
    mode_off_holds(Kernel::Trixie, Generator::InitramfsTools);
}

#[test]
fn mode_off_holds_with_dracut_and_systemd() {
    mode_off_holds(Kernel::Bookworm, Generator::DracutSystemd);
}

#[test]
fn mode_off_holds_with_dracut_without_systemd() {
    mode_off_holds(Kernel::Trixie, Generator::DracutShell);
}

#[test]
fn mode_off_holds_with_mkinitcpio() {
    mode_off_holds(Kernel::Trixie, Generator::MkinitcpioBusybox);
}
