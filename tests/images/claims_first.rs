//! Each generator on each suite that stands still: the claim is over before udev is started and before any host driver
//! is loaded. These cells are in `make test`; `matrix.rs` has the rest.
//!
//! One of two disks and one of two network cards are claimed: the twin shows that the host driver is in the image and works.
//! dracut's images have the network card's driver in force_drivers and the disk's in modules-load.d, mkinitcpio's have
//! the network card's in MODULES: none of them waits for udev.

use crate::cell::Cell;
use crate::generator::Generator;
use crate::harness::machine::Iommu;
use crate::harness::store::Kernel;

pub(crate) fn claims_first(kernel: Kernel, generator: Generator) -> Cell {
    Cell::of(kernel, generator)
        .cmdline("vfio-early.ids=1b36:0010@00:04.0,00:06.0,1b36:000d,1234:1111")
        .expect([
            ("0000:00:04.0", "vfio-pci"),
            ("0000:00:06.0", "vfio-pci"),
            ("0000:00:07.0", "vfio-pci"),
            ("0000:00:08.0", "vfio-pci"),
        ])
}

#[test]
fn initramfs_tools_on_bookworm() {
    claims_first(Kernel::Bookworm, Generator::InitramfsTools).run();
}

#[test]
fn initramfs_tools_on_trixie() {
    claims_first(Kernel::Trixie, Generator::InitramfsTools).run();
}

#[test]
fn dracut_with_systemd_on_bookworm() {
    claims_first(Kernel::Bookworm, Generator::DracutSystemd).run();
}

#[test]
fn dracut_with_systemd_on_trixie() {
    claims_first(Kernel::Trixie, Generator::DracutSystemd).run();
}

#[test]
fn dracut_without_systemd_on_bookworm() {
    claims_first(Kernel::Bookworm, Generator::DracutShell).run();
}

#[test]
fn dracut_without_systemd_on_trixie() {
    claims_first(Kernel::Trixie, Generator::DracutShell).run();
}

#[test]
fn mkinitcpio_with_busybox_on_trixie() {
    claims_first(Kernel::Trixie, Generator::MkinitcpioBusybox).run();
}

#[test]
#[ignore = "needs mkinitcpio itself: make images MKINITCPIO=DIR, a checkout of it"]
fn mkinitcpio_with_systemd_on_trixie() {
    claims_first(Kernel::Trixie, Generator::MkinitcpioSystemd).run();
}

#[test]
fn initramfs_tools_with_amd_and_from_nvme_on_trixie() {
    claims_first(Kernel::Trixie, Generator::InitramfsTools)
        .iommu(Iommu::Amd)
        .nvme_root()
        .run();
}
