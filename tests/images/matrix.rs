//! The rest of the matrix, which `make images` boots: the suite that moves, the other IOMMU, a real root on NVMe.
//!
//! The claims are those of `claims_first.rs`. Each generator has an AMD IOMMU once and a root on NVMe once; that disk
//! has the id of the one that is claimed.

use crate::claims_first::claims_first;
use crate::generator::Generator;
use crate::harness::machine::Iommu;
use crate::harness::store::Kernel;

fn with_amd(kernel: Kernel, generator: Generator) {
    claims_first(kernel, generator).iommu(Iommu::Amd).run();
}

fn from_nvme(kernel: Kernel, generator: Generator) {
    claims_first(kernel, generator).nvme_root().run();
}

#[test]
fn initramfs_tools_on_sid() {
    claims_first(Kernel::Sid, Generator::InitramfsTools).run();
}

#[test]
fn dracut_with_systemd_on_sid() {
    claims_first(Kernel::Sid, Generator::DracutSystemd).run();
}

#[test]
fn dracut_without_systemd_on_sid() {
    claims_first(Kernel::Sid, Generator::DracutShell).run();
}

#[test]
fn the_package_dracut_on_trixie() {
    claims_first(Kernel::Trixie, Generator::DracutPackage).run();
}

/// Its place in HOOKS does not matter.
#[test]
fn mkinitcpio_with_our_hook_last_on_trixie() {
    claims_first(Kernel::Trixie, Generator::MkinitcpioLast).run();
}

#[test]
fn initramfs_tools_with_amd_on_bookworm() {
    with_amd(Kernel::Bookworm, Generator::InitramfsTools);
}

#[test]
fn initramfs_tools_with_amd_on_sid() {
    with_amd(Kernel::Sid, Generator::InitramfsTools);
}

#[test]
fn dracut_with_systemd_and_amd_on_trixie() {
    with_amd(Kernel::Trixie, Generator::DracutSystemd);
}

#[test]
fn dracut_without_systemd_with_amd_on_bookworm() {
    with_amd(Kernel::Bookworm, Generator::DracutShell);
}

#[test]
fn mkinitcpio_with_busybox_and_amd_on_trixie() {
    with_amd(Kernel::Trixie, Generator::MkinitcpioBusybox);
}

#[test]
fn initramfs_tools_from_nvme_on_bookworm() {
    from_nvme(Kernel::Bookworm, Generator::InitramfsTools);
}

#[test]
fn dracut_with_systemd_from_nvme_on_trixie() {
    from_nvme(Kernel::Trixie, Generator::DracutSystemd);
}

#[test]
fn dracut_with_systemd_from_nvme_on_sid() {
    from_nvme(Kernel::Sid, Generator::DracutSystemd);
}

#[test]
fn dracut_without_systemd_from_nvme_on_trixie() {
    from_nvme(Kernel::Trixie, Generator::DracutShell);
}

#[test]
fn mkinitcpio_with_busybox_from_nvme_on_trixie() {
    from_nvme(Kernel::Trixie, Generator::MkinitcpioBusybox);
}
