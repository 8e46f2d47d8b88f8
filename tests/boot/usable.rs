//! Claimed means usable: by a program that opens the device, and by a guest in a machine inside the machine.

use std::fs;

use crate::harness::image::Image;
use crate::harness::machine::NVME;
use crate::harness::store::{Kernel, example, source};
use crate::harness::{Boot, kernel, program};

#[test]
fn a_claimed_disk_opens_through_vfio_and_its_registers_read() {
    Boot::with([NVME.at("00:04.0")])
        .cmdline("vfio-early.ids=1b36:0010")
        .copy(example("vfio-open"), "/test/vfio-open")
        .script("/test/vfio-open 0000:00:04.0 2>&1")
        .expect([("0000:00:04.0", "vfio-pci")])
        .prints("vendor:device 1b36:0010")
        .prints("class 010802")
        .prints("bar 0 16384 bytes")
        .prints("nvme version 1.4")
        .run();
}

const MARKER: &str = "this is the disk of the outermost machine";
const ANSWER: &str = "and this the innermost one wrote";

/// Inside the booted machine a second QEMU gets the claimed disk; what it reads there comes back through two serial ports.
#[test]
fn a_nested_guest_reads_and_writes_the_claimed_disk() {
    let directory = tempfile::tempdir().unwrap();
    let disk = directory.path().join("disk");
    let mut contents = vec![0; 1 << 20];
    contents[..MARKER.len()].copy_from_slice(MARKER.as_bytes());
    contents[MARKER.len()] = b'\n';
    fs::write(&disk, contents).unwrap();

    let inner = Image {
        modules: vec!["nvme".to_owned()],
        init: source("tests/guest/nested-init"),
        ..Image::new()
    };
    let inner = inner.build(Kernel::Bookworm);
    program::emulator()
        .into_iter()
        .fold(
            Boot::with([NVME.holding(&disk, "00:04.0")]),
            |boot, (from, path)| boot.copy(from, &path),
        )
        .copy(kernel::bootable(Kernel::Bookworm), "/test/nested/kernel")
        .copy(&inner.archive, "/test/nested/initrd")
        .cmdline("vfio-early.ids=1b36:0010")
        .script(&fs::read_to_string(source("tests/guest/nested")).unwrap())
        .megabytes(2048)
        .limit(420)
        .expect([("0000:00:04.0", "vfio-pci")])
        .prints(&format!("marker: {MARKER}"))
        .run();
    let written = fs::read(&disk).unwrap();
    assert!(
        written[512..].starts_with(ANSWER.as_bytes()),
        "the inner guest's sector is on the disk"
    );
}
