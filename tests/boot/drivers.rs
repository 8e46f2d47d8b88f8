//! The driver that takes a device: which one, how its module is loaded, which parameters it gets.

use crate::harness::machine::{E1000E, NVME};
use crate::harness::modules::Format;
use crate::harness::store::Kernel;
use crate::harness::{Boot, code};

const IDLE: &str = "cat /sys/module/vfio_pci/parameters/disable_idle_d3";

#[test]
fn without_vfio_pci_in_the_image_the_device_stays_with_the_host() {
    Boot::with([NVME.at("00:04.0"), E1000E.at("00:05.0")])
        .cmdline("vfio-early.ids=1b36:0010,00:05.0")
        .without_module("vfio_pci")
        .held([("0000:00:05.0", "e1000e")])
        .expect([("0000:00:04.0", "nvme"), ("0000:00:05.0", "e1000e")])
        .fails("0000:00:04.0", code::MODULE_MISSING)
        .fails("0000:00:05.0", code::MODULE_MISSING)
        .exit(2)
        .run();
}

#[test]
fn a_newer_kernel_decompresses_its_modules_itself() {
    Boot::with([NVME.at("00:04.0"), NVME.at("00:05.0")])
        .kernel(Kernel::Trixie)
        .cmdline("vfio-early.ids=00:04.0")
        .expect([("0000:00:04.0", "vfio-pci"), ("0000:00:05.0", "nvme")])
        .run();
}

#[test]
fn xz_modules_come_by_modprobe_which_does_not_take_what_is_excluded() {
    Boot::with([NVME.at("00:04.0"), NVME.at("00:05.0")])
        .modules(Format::Xz)
        .with_modprobe()
        .cmdline("vfio-pci.ids=1b36:0010 vfio-early.exclude=00:05.0 vfio-pci.disable_idle_d3=1")
        .script(IDLE)
        .prints("Y")
        .expect([("0000:00:04.0", "vfio-pci"), ("0000:00:05.0", "nvme")])
        .run();
}

#[test]
fn zstd_modules_come_by_modprobe() {
    Boot::with([NVME.at("00:04.0"), E1000E.at("00:05.0")])
        .modules(Format::Zstd)
        .with_modprobe()
        .cmdline("vfio-early.ids=1b36:0010")
        .expect([("0000:00:04.0", "vfio-pci"), ("0000:00:05.0", "e1000e")])
        .run();
}

#[test]
fn compressed_modules_without_modprobe_leave_the_device_with_the_host() {
    Boot::with([NVME.at("00:04.0")])
        .modules(Format::Xz)
        .cmdline("vfio-early.ids=1b36:0010")
        .expect([("0000:00:04.0", "nvme")])
        .fails("0000:00:04.0", code::MODULE_LOAD_FAILED)
        .exit(2)
        .run();
}

#[test]
fn ids_of_the_module_are_ours_and_never_reach_the_module() {
    Boot::with([NVME.at("00:04.0"), NVME.at("00:05.0")])
        .cmdline("vfio_pci.ids=1b36:0010zzz vfio-early.ids=!00:05.0")
        .file(
            "/etc/modprobe.d/vfio.conf",
            "options vfio-pci ids=1b36:0010\n",
        )
        .expect([("0000:00:04.0", "vfio-pci"), ("0000:00:05.0", "nvme")])
        .warns(code::LAX_ID)
        .run();
}

#[test]
fn module_parameters_on_the_command_line_reach_vfio_pci() {
    Boot::with([NVME.at("00:04.0")])
        .cmdline("vfio-pci.disable_idle_d3=1 vfio-early.ids=1b36:0010")
        .script(IDLE)
        .prints("Y")
        .expect([("0000:00:04.0", "vfio-pci")])
        .run();
}

#[test]
fn module_parameters_in_modprobe_d_reach_vfio_pci() {
    Boot::with([NVME.at("00:04.0")])
        .cmdline("vfio-early.ids=1b36:0010")
        .file(
            "/etc/modprobe.d/vfio.conf",
            "options vfio-pci disable_idle_d3=1\n",
        )
        .script(IDLE)
        .prints("Y")
        .expect([("0000:00:04.0", "vfio-pci")])
        .run();
}

#[test]
fn pci_stub_takes_what_its_ids_name() {
    Boot::with([NVME.at("00:04.0"), E1000E.at("00:05.0")])
        .cmdline("pci-stub.ids=8086:10d3 vfio-early.ids=1b36:0010")
        .expect([("0000:00:04.0", "vfio-pci"), ("0000:00:05.0", "pci-stub")])
        .run();
}

#[test]
fn pci_stub_takes_all_when_it_is_the_driver() {
    Boot::with([NVME.at("00:04.0"), E1000E.at("00:05.0")])
        .cmdline("vfio-early.ids=1b36:0010 vfio-early.driver=pci-stub")
        .expect([("0000:00:04.0", "pci-stub"), ("0000:00:05.0", "e1000e")])
        .run();
}
