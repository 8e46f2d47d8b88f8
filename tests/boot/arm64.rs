//! ARM's 64-bit architecture: another binary, another kernel, another IOMMU. `make arm64` runs these.

use crate::harness::machine::{E1000E, Iommu, NVME, port};
use crate::harness::store::Kernel;
use crate::harness::{Boot, code};

#[test]
#[ignore = "needs the binary for arm64, its kernel and qemu-system-arm; make arm64"]
fn an_nvme_disk_behind_an_smmu_is_claimed() {
    let seen = Boot::with([
        NVME.at("00:04.0"),
        E1000E.at("00:05.0"),
        port("00:06.0", &[NVME]),
    ])
    .kernel(Kernel::TrixieArm64)
    .iommu(Iommu::Smmu)
    .cmdline("vfio-early.ids=00:04.0,00:06.0/00.0")
    .expect([
        ("0000:00:04.0", "vfio-pci"),
        ("0000:01:00.0", "vfio-pci"),
        ("0000:00:05.0", "e1000e"),
    ])
    .run();
    assert_eq!(seen.fact("/iommu/kind"), "arm");
    assert_eq!(seen.fact("/iommu/state"), "enabled");
}

#[test]
#[ignore = "needs the binary for arm64, its kernel and qemu-system-arm; make arm64"]
fn without_an_smmu_the_disk_stays_with_the_host() {
    Boot::with([NVME.at("00:04.0")])
        .kernel(Kernel::TrixieArm64)
        .iommu(Iommu::None)
        .cmdline("vfio-early.ids=1b36:0010")
        .expect([("0000:00:04.0", "nvme")])
        .refuses("0000:00:04.0", code::NO_IOMMU)
        .exit(2)
        .run();
}
