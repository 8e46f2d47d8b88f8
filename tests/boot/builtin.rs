//! A kernel of which vfio-pci and nvme are parts, and whose IOMMU is off unless somebody asks for it.

use crate::harness::machine::NVME;
use crate::harness::store::{Kernel, example};
use crate::harness::{Boot, code};

/// Two disks that nvme has before anything of the image runs.
fn disks(parameters: &str) -> Boot {
    Boot::with([NVME.at("00:04.0"), NVME.at("00:05.0")])
        .kernel(Kernel::TrixieBuiltin)
        .cmdline(&format!("vfio-early.ids=00:04.0 {parameters}"))
        .held([("0000:00:04.0", "nvme"), ("0000:00:05.0", "nvme")])
}

#[test]
fn a_disk_is_taken_from_nvme_without_a_module_of_either() {
    disks("intel_iommu=on")
        .copy(example("vfio-open"), "/test/vfio-open")
        .script(
            "busybox find /usr/lib/modules -name 'vfio*.ko' -o -name 'nvme*.ko' | busybox wc -l
            /test/vfio-open 0000:00:04.0 2>&1",
        )
        .expect([("0000:00:04.0", "vfio-pci"), ("0000:00:05.0", "nvme")])
        .prints("0")
        .prints("nvme version 1.4")
        .run();
}

#[test]
fn an_iommu_that_is_off_by_the_kernels_default_is_named_with_the_word_that_helps() {
    disks("")
        .expect([("0000:00:04.0", "nvme"), ("0000:00:05.0", "nvme")])
        .refuses("0000:00:04.0", code::NO_IOMMU)
        .names("intel_iommu=on")
        .exit(2)
        .run();
}
