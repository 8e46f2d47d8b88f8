//! A disk on the protect list of the image stays, and the machine boots on to the root that is on it.
//!
//! The three disks have one id, which is asked for.

use crate::cell::Cell;
use crate::generator::Generator;
use crate::harness::code;
use crate::harness::store::Kernel;

const LIST: (&str, &str) = (
    "etc/vfio-early.protect",
    "0000:00:1e.0 1b36:0010:1af4:1100 010802 - /\n",
);

fn boots_on_to_its_root(kernel: Kernel, generator: Generator) {
    Cell::of(kernel, generator)
        .nvme_root()
        .file(LIST.0, LIST.1)
        .cmdline("vfio-early.ids=1b36:0010")
        .expect([("0000:00:04.0", "vfio-pci"), ("0000:00:05.0", "vfio-pci")])
        .refuses("0000:00:1e.0", code::BOOT_DISK)
        .run();
}

#[test]
fn initramfs_tools_on_bookworm() {
    boots_on_to_its_root(Kernel::Bookworm, Generator::InitramfsTools);
}

#[test]
fn dracut_with_systemd_on_trixie() {
    boots_on_to_its_root(Kernel::Trixie, Generator::DracutSystemd);
}
