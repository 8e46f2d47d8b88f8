//! The universal image: the claim is made by the machine's first process, whatever initrd is behind it.

use crate::harness::Boot;
use crate::harness::machine::{E1000E, NVME};
use crate::harness::store::Kernel;

#[test]
fn the_first_process_claims_and_makes_way_for_the_init_of_the_image() {
    Boot::with([NVME.at("00:04.0"), NVME.at("00:05.0"), E1000E.at("00:06.0")])
        .cmdline("vfio-early.ids=class:nvme single")
        .universal("exclude=00:05.0\n")
        .expect([
            ("0000:00:04.0", "vfio-pci"),
            ("0000:00:05.0", "nvme"),
            ("0000:00:06.0", "e1000e"),
        ])
        .script("cat /proc/1/cmdline; echo; grep SigIgn /proc/1/status; ls -d /vfio-early /.vfio-early 2>&1")
        .prints("/bin/sh\0/init\0single\0")
        // The shell of this init ignores SIGQUIT by itself; SIGPIPE, which we ignore, would be 0x1000.
        .prints("SigIgn:\t0000000000000004")
        .prints("ls: /vfio-early: No such file or directory")
        .prints("ls: /.vfio-early: No such file or directory")
        .run();
}

#[test]
fn the_first_process_unpacks_nothing_where_the_kernel_does() {
    Boot::with([NVME.at("00:04.0")])
        .kernel(Kernel::Trixie)
        .universal("ids=1b36:0010\n")
        .expect([("0000:00:04.0", "vfio-pci")])
        .run();
}

#[test]
fn a_universal_image_with_nothing_to_claim_leaves_the_boot_as_it_was() {
    let seen = Boot::with([NVME.at("00:04.0")])
        .universal("")
        .expect([("0000:00:04.0", "nvme")])
        .without_report()
        .run();
    assert!(seen.spoken().is_empty(), "{:?}", seen.spoken());
}
