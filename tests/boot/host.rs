//! The commands of the running host, in a booted machine after its claim.

use crate::harness::Boot;
use crate::harness::machine::{E1000E, NVME};

/// Runs the program and shows its exit status behind what it prints.
const ASK: &str = "ask() { /usr/bin/vfio-early \"$@\" 2>&1 9>&-; echo \"exit $?\"; }\n";

#[test]
fn status_tells_who_uses_a_device_and_who_took_one_back() {
    let script = "
        ask status
        group=$(basename \"$(readlink /sys/bus/pci/devices/0000:00:04.0/iommu_group)\")
        exec 9<>\"/dev/vfio/$group\"
        ask status 00:04.0
        exec 9>&-
        echo 0000:00:05.0 >/sys/bus/pci/drivers/vfio-pci/unbind
        ask status
        ask status 00:04.0
    ";
    Boot::with([NVME.at("00:04.0"), E1000E.at("00:05.0")])
        .cmdline("vfio-early.ids=00:04.0,00:05.0")
        .script(&format!("{ASK}{script}"))
        .expect([("0000:00:04.0", "vfio-pci"), ("0000:00:05.0", "vfio-pci")])
        .prints("0000:00:04.0 (1b36:0010): ours, on vfio-pci; in use by init (1)")
        .prints("0000:00:05.0 (8086:10d3): ours, on vfio-pci")
        .prints("0000:00:05.0 (8086:10d3): taken back since the claim, now on no driver")
        .prints("exit 2")
        .run();
}
