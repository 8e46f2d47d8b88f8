//! A whole Debian behind the image: its own udev triggers all devices once more, its systemd loads modules once more.
//!
//! With each generator on each suite the claim outlasts that, the real root has the report, and the twins work.

use crate::claims_first::claims_first;
use crate::generator::Generator;
use crate::harness::store::Kernel;

fn outlasts(kernel: Kernel, generator: Generator) {
    claims_first(kernel, generator).into_debian().run();
}

#[test]
fn initramfs_tools_on_bookworm() {
    outlasts(Kernel::Bookworm, Generator::InitramfsTools);
}

#[test]
fn initramfs_tools_on_trixie() {
    outlasts(Kernel::Trixie, Generator::InitramfsTools);
}

#[test]
fn initramfs_tools_on_sid() {
    outlasts(Kernel::Sid, Generator::InitramfsTools);
}

#[test]
fn dracut_with_systemd_on_bookworm() {
    outlasts(Kernel::Bookworm, Generator::DracutSystemd);
}

#[test]
fn dracut_with_systemd_on_trixie() {
    outlasts(Kernel::Trixie, Generator::DracutSystemd);
}

#[test]
fn dracut_with_systemd_on_sid() {
    outlasts(Kernel::Sid, Generator::DracutSystemd);
}

#[test]
fn dracut_without_systemd_on_bookworm() {
    outlasts(Kernel::Bookworm, Generator::DracutShell);
}

#[test]
fn dracut_without_systemd_on_trixie() {
    outlasts(Kernel::Trixie, Generator::DracutShell);
}

#[test]
fn dracut_without_systemd_on_sid() {
    outlasts(Kernel::Sid, Generator::DracutShell);
}

#[test]
fn mkinitcpio_with_busybox_on_trixie() {
    outlasts(Kernel::Trixie, Generator::MkinitcpioBusybox);
}
