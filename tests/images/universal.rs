//! The universal image in front of a stock image: one that was made without us and knows nothing of us.
//!
//! The same claims as in `claims_first.rs`. The report is in the real root where the image's init keeps the /run it finds.

use crate::cell::Cell;
use crate::claims_first::claims_first;
use crate::generator::Generator;
use crate::harness::store::Kernel;

fn stock(kernel: Kernel, generator: Generator) -> Cell {
    claims_first(kernel, generator).universal(kernel)
}

/// Init mounts its own /run over the report: only the kernel log shows the claim.
fn without_report(kernel: Kernel, generator: Generator) {
    let seen = stock(kernel, generator).report(false).run().seen;
    let lines = seen.spoken();
    assert!(
        lines.iter().any(|line| line.contains("4 of 4")),
        "{lines:?}"
    );
}

#[test]
fn initramfs_tools_on_bookworm() {
    without_report(Kernel::Bookworm, Generator::InitramfsTools);
}

#[test]
fn initramfs_tools_on_trixie() {
    without_report(Kernel::Trixie, Generator::InitramfsTools);
}

#[test]
fn initramfs_tools_on_sid() {
    without_report(Kernel::Sid, Generator::InitramfsTools);
}

#[test]
fn mkinitcpio_with_busybox_on_trixie() {
    without_report(Kernel::Trixie, Generator::MkinitcpioBusybox);
}

#[test]
fn dracut_with_systemd_on_sid() {
    stock(Kernel::Sid, Generator::DracutSystemd).run();
}

#[test]
fn dracut_without_systemd_on_bookworm() {
    stock(Kernel::Bookworm, Generator::DracutShell).run();
}

#[test]
fn dracut_without_systemd_on_sid() {
    stock(Kernel::Sid, Generator::DracutShell).run();
}

#[test]
fn dracut_with_systemd_on_bookworm() {
    stock(Kernel::Bookworm, Generator::DracutSystemd).run();
}

#[test]
fn dracut_with_systemd_on_trixie() {
    stock(Kernel::Trixie, Generator::DracutSystemd).run();
}

#[test]
fn dracut_without_systemd_on_trixie() {
    stock(Kernel::Trixie, Generator::DracutShell).run();
}

#[test]
fn for_another_kernel_it_claims_nothing_and_the_boot_goes_on() {
    let seen = Cell::of(Kernel::Trixie, Generator::DracutSystemd)
        .cmdline("vfio-early.ids=00:04.0,00:06.0")
        .universal(Kernel::Bookworm)
        .report(true)
        .run()
        .seen;
    for address in ["0000:00:04.0", "0000:00:06.0"] {
        let code = seen.device(address).map(|device| &device["code"]);
        assert_eq!(code.and_then(|code| code.as_str()), Some("module-missing"));
    }
}
