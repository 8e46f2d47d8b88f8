//! IOMMUs: the other vendor's, and none at all.

use crate::harness::machine::{E1000E, Iommu, NVME};
use crate::harness::{Boot, code};

#[test]
fn an_amd_iommu_serves_as_well() {
    let seen = Boot::with([NVME.at("00:04.0"), E1000E.at("00:05.0")])
        .iommu(Iommu::Amd)
        .cmdline("vfio-early.ids=1b36:0010")
        .expect([("0000:00:04.0", "vfio-pci"), ("0000:00:05.0", "e1000e")])
        .run();
    assert_eq!(seen.fact("/iommu/kind"), "amd");
    assert_eq!(seen.fact("/iommu/state"), "enabled");
}

#[test]
fn without_an_iommu_the_device_is_refused_and_stays_with_the_host() {
    let seen = Boot::with([NVME.at("00:04.0"), E1000E.at("00:05.0")])
        .iommu(Iommu::None)
        .cmdline("vfio-early.ids=1b36:0010,00:05.0")
        .held([("0000:00:05.0", "e1000e")])
        .expect([("0000:00:04.0", "nvme"), ("0000:00:05.0", "e1000e")])
        .refuses("0000:00:04.0", code::NO_IOMMU)
        .refuses("0000:00:05.0", code::NO_IOMMU)
        .exit(2)
        .run();
    assert_eq!(seen.fact("/iommu/state"), "absent");
}

#[test]
fn an_iommu_that_the_kernel_was_told_to_leave_off_is_named_as_the_reason() {
    let seen = Boot::with([NVME.at("00:04.0")])
        .cmdline("intel_iommu=off vfio-early.ids=1b36:0010")
        .expect([("0000:00:04.0", "nvme")])
        .refuses("0000:00:04.0", code::NO_IOMMU)
        .says("intel_iommu=off")
        .exit(2)
        .run();
    assert_eq!(seen.fact("/iommu/state"), "disabled");
}

#[test]
fn a_bind_that_fails_for_want_of_an_iommu_gives_the_device_back() {
    let seen = Boot::with([NVME.at("00:04.0"), E1000E.at("00:05.0")])
        .iommu(Iommu::None)
        .cmdline("vfio-early.ids=1b36:0010,00:05.0 vfio-early.iommu=any")
        .held([("0000:00:05.0", "e1000e")])
        .expect([("0000:00:04.0", "nvme"), ("0000:00:05.0", "e1000e")])
        .fails("0000:00:04.0", code::BIND_FAILED)
        .fails("0000:00:05.0", code::BIND_FAILED)
        .exit(2)
        .run();
    let back = seen.claimed["0000:00:05.0"].driver.as_deref();
    assert_eq!(back, Some("e1000e"), "the claim itself gives it back");
}

#[test]
fn pci_stub_needs_no_iommu() {
    Boot::with([NVME.at("00:04.0"), E1000E.at("00:05.0")])
        .iommu(Iommu::None)
        .cmdline("vfio-early.ids=1b36:0010 vfio-early.driver=pci-stub")
        .expect([("0000:00:04.0", "pci-stub"), ("0000:00:05.0", "e1000e")])
        .run();
}
