//! Virtual functions: made when the driver of their device is up, and no host driver ever has one.
//!
//! QEMU's NVMe disk is the device: the virtual functions have its own id. There is no udev here; what its rule runs is run
//! by hand.

use crate::harness::facts::{facts, lines};
use crate::harness::machine::{NVME, virtual_functions};
use crate::harness::{Boot, code};

/// Shows the driver of each function of the disk.
const SHOW: &str = "
show() {
    for function in /sys/bus/pci/devices/0000:01:00.*; do
        echo \"${function##*/} $(basename \"$(readlink \"$function/driver\")\")\"
    done
}
";

#[test]
fn they_are_claimed_and_their_device_stays() {
    let script = "
        cat /sys/bus/pci/devices/0000:01:00.0/sriov_drivers_autoprobe
        vfio-early status --json
        vfio-early claim --added 01:00.0
        echo \"exit $?\"
        show
        vfio-early claim --added 01:00.1
        echo \"again $?\"
        vfio-early status --json
        echo \"status $?\"
        grep -o '\"code\":\"vfs-[a-z]*\"' /run/vfio-early/report.json
    ";
    let seen = Boot::with([virtual_functions("00:03.0"), NVME.at("00:04.0")])
        .cmdline("vfio-early.ids=1b36:0010 vfio-early.vfs=2@00:03.0/00.0")
        .script(&format!("{SHOW}{script}"))
        .expect([("0000:00:04.0", "vfio-pci"), ("0000:01:00.0", "nvme")])
        .refuses("0000:01:00.0", code::VFS_LATER)
        .run();
    let wanted = "
        0
        ours 0000:00:04.0 on vfio-pci
        refused 0000:01:00.0 on nvme; vfs-later
        exit 0
        0000:01:00.0 nvme
        0000:01:00.1 vfio-pci
        0000:01:00.2 vfio-pci
        again 0
        ours 0000:00:04.0 on vfio-pci
        ours 0000:01:00.1 on vfio-pci
        ours 0000:01:00.2 on vfio-pci
        status 0
        \"code\":\"vfs-made\"
    ";
    assert_eq!(facts(&seen, &[]), lines(wanted));
}

#[test]
fn more_than_the_device_can_have_are_refused_with_the_limit() {
    Boot::with([virtual_functions("00:03.0")])
        .cmdline("vfio-early.vfs=5@01:00.0")
        .script("cat /sys/bus/pci/devices/0000:01:00.0/sriov_drivers_autoprobe\n")
        .expect([("0000:01:00.0", "nvme")])
        .refuses("0000:01:00.0", code::VFS_TOO_MANY)
        .prints("1")
        .exit(2)
        .run();
}

#[test]
fn another_number_than_there_is_needs_zero_in_between() {
    let seen = Boot::with([virtual_functions("00:03.0")])
        .cmdline("vfio-early.vfs=2@01:00.0")
        .script(
            "echo 1 >/sys/bus/pci/devices/0000:01:00.0/sriov_numvfs\n\
             vfio-early claim --added 01:00.0\n\
             echo \"exit $?\"\n\
             vfio-early status --json\n\
             echo 0 >/sys/bus/pci/devices/0000:01:00.0/sriov_numvfs\n\
             vfio-early claim --added 01:00.0\n\
             echo \"exit $?\"\n",
        )
        .expect([("0000:01:00.0", "nvme")])
        .refuses("0000:01:00.0", code::VFS_LATER)
        .run();
    let wanted = "
        exit 2
        refused 0000:01:00.0 on nvme; vfs-failed
        exit 0
    ";
    assert_eq!(facts(&seen, &[]), lines(wanted));
}
