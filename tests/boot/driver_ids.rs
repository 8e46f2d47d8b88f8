//! Ids that are meant for vfio-pci itself change nothing, wherever they are written.

use crate::harness::machine::{NVME, SECONDARY_VGA};
use crate::harness::store::Kernel;
use crate::harness::{Boot, code};

const MODPROBE: &str = "/etc/modprobe.d/vfio.conf";
const OPTIONS: &str = "options vfio-pci ids=1b36:0010\n";

/// Two disks without a driver, and the module list of the image, which has vfio-pci loaded after the claim.
fn twins(parameters: &str) -> Boot {
    Boot::with([NVME.at("00:04.0"), NVME.at("00:05.0")])
        .with_modprobe()
        .without_module("nvme")
        .cmdline(parameters)
        .script(
            "/usr/sbin/modprobe vfio-pci
            for device in 04 05; do
                link=$(busybox readlink /sys/bus/pci/devices/0000:00:$device.0/driver)
                echo \"$device ${link##*/}\"
            done",
        )
}

#[test]
fn mode_off_holds_against_ids_on_the_command_line() {
    twins("vfio-pci.ids=1b36:0010 vfio-early.mode=off")
        .without_report()
        .prints("04 ")
        .prints("05 ")
        .run();
}

#[test]
fn mode_off_holds_against_ids_in_modprobe_d() {
    twins("vfio-early.mode=off")
        .file(MODPROBE, OPTIONS)
        .without_report()
        .prints("04 ")
        .prints("05 ")
        .run();
}

#[test]
fn an_excluded_twin_stays_free_of_ids_in_modprobe_d() {
    twins("vfio-early.ids=1b36:0010 vfio-early.exclude=00:05.0")
        .file(MODPROBE, OPTIONS)
        .expect([("0000:00:04.0", "vfio-pci")])
        .refuses("0000:00:05.0", "excluded")
        .prints("04 vfio-pci")
        .prints("05 ")
        .run();
}

#[test]
fn an_excluded_twin_stays_free_of_ids_on_the_command_line() {
    twins("vfio-pci.ids=1b36:0010 vfio-early.exclude=00:05.0")
        .expect([("0000:00:04.0", "vfio-pci")])
        .refuses("0000:00:05.0", "excluded")
        .prints("04 vfio-pci")
        .prints("05 ")
        .run();
}

#[test]
fn exclusions_of_all_hold_where_nothing_is_left_to_claim() {
    twins("vfio-pci.ids=1b36:0010 vfio-early.exclude=1b36:0010")
        .refuses("0000:00:04.0", "excluded")
        .refuses("0000:00:05.0", "excluded")
        .prints("04 ")
        .prints("05 ")
        .run();
}

#[test]
fn an_exclusion_alone_holds_against_ids_in_modprobe_d() {
    twins("vfio-early.exclude=1b36:0010")
        .file(MODPROBE, OPTIONS)
        .without_report()
        .prints("04 ")
        .prints("05 ")
        .run();
}

/// The first of the two disks is the disk of the root file system.
fn needed_disk(parameters: &str) -> Boot {
    twins(&format!("root=/dev/nvme0n1 {parameters}"))
        .file(
            "/etc/vfio-early.protect",
            "0000:00:04.0 1b36:0010:1af4:1100 010802 - /,/boot\n",
        )
        .refuses("0000:00:04.0", code::BOOT_DISK)
        .exit(2)
        .prints("04 ")
}

#[test]
fn a_disk_that_is_needed_stays_free_of_ids_in_modprobe_d() {
    needed_disk("vfio-early.ids=00:04.0")
        .file(MODPROBE, OPTIONS)
        .run();
}

#[test]
fn a_disk_that_is_needed_stays_free_of_ids_on_the_command_line() {
    needed_disk("vfio-pci.ids=1b36:0010")
        .expect([("0000:00:05.0", "vfio-pci")])
        .prints("05 vfio-pci")
        .run();
}

/// Two displays that vfio-pci, a part of the kernel, took before anything of the image ran.
fn builtin(parameters: &str) -> Boot {
    Boot::with([SECONDARY_VGA.at("00:04.0"), SECONDARY_VGA.at("00:05.0")])
        .kernel(Kernel::TrixieBuiltin)
        .cmdline(&format!(
            "intel_iommu=on vfio-pci.ids=1234:1111 {parameters}"
        ))
        .held([("0000:00:04.0", "vfio-pci"), ("0000:00:05.0", "vfio-pci")])
}

#[test]
fn a_builtin_driver_gives_an_excluded_twin_back() {
    builtin("vfio-early.exclude=00:05.0")
        .expect([("0000:00:04.0", "vfio-pci"), ("0000:00:05.0", "bochs-drm")])
        .refuses("0000:00:05.0", "excluded")
        .warns("taken-by-ids")
        .run();
}

#[test]
fn a_builtin_driver_gives_everything_back_with_mode_off() {
    builtin("vfio-early.mode=off")
        .expect([("0000:00:04.0", "bochs-drm"), ("0000:00:05.0", "bochs-drm")])
        .without_report()
        .run();
}
