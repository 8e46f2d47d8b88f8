//! IOMMUs: each kind on and off, with and without interrupt remapping, and none at all.

use std::fs;

use crate::harness::machine::{E1000E, Iommu, NVME};
use crate::harness::seen::Seen;
use crate::harness::store::{Kernel, example};
use crate::harness::{Boot, code, dmar};

/// A machine with two devices, started with these words and asked for its disk.
fn asked(iommu: Iommu, words: &str) -> Boot {
    Boot::with([NVME.at("00:04.0"), E1000E.at("00:05.0")])
        .iommu(iommu)
        .cmdline(&format!("{words} vfio-early.ids=1b36:0010"))
}

/// The disk is claimed, and with a user's program it opens; where interrupts are not remapped, VFIO refuses it.
fn claims(boot: Boot, opens: bool) -> Seen {
    let line = if opens {
        "vendor:device 1b36:0010"
    } else {
        "refused"
    };
    boot.copy(example("vfio-open"), "/test/vfio-open")
        .script("/test/vfio-open 0000:00:04.0 2>&1 || echo refused")
        .expect([("0000:00:04.0", "vfio-pci"), ("0000:00:05.0", "e1000e")])
        .prints(line)
        .run()
}

/// The disk stays with the host, and the parameter to change is named.
fn refuses(boot: Boot, parameter: &str) -> Seen {
    boot.expect([("0000:00:04.0", "nvme"), ("0000:00:05.0", "e1000e")])
        .refuses("0000:00:04.0", code::NO_IOMMU)
        .names(parameter)
        .exit(2)
        .run()
}

/// Kind, state and interrupt remapping as the report has them.
fn verdict(seen: &Seen) -> String {
    let facts = ["kind", "state", "interrupt_remapping"];
    let facts = facts.map(|name| seen.fact(&format!("/iommu/{name}")).to_string());
    facts.join(" ").replace('"', "")
}

#[test]
fn an_intel_iommu_is_on_by_the_kernels_default() {
    let seen = claims(asked(Iommu::Intel, ""), true);
    assert_eq!(verdict(&seen), "intel enabled true");
    assert_eq!(seen.warnings(), [""; 0]);
}

#[test]
fn an_intel_iommu_is_on_by_word_and_passthrough_is_no_obstacle() {
    let words = "intel_iommu=on iommu=pt iommu.passthrough=1";
    let seen = claims(asked(Iommu::Intel, words), true);
    assert_eq!(verdict(&seen), "intel enabled true");
    assert_eq!(seen.warnings(), [""; 0]);
}

#[test]
fn an_iommu_that_is_off_for_all_is_named_as_the_reason() {
    let seen = refuses(asked(Iommu::Intel, "intel_iommu=on iommu=off"), "iommu=off");
    assert_eq!(verdict(&seen), "intel disabled null");
}

#[test]
fn an_amd_iommu_that_is_off_by_word_is_named_as_the_reason() {
    let seen = refuses(
        asked(Iommu::Amd, "intel_iommu=on amd_iommu=off"),
        "amd_iommu=off",
    );
    assert_eq!(verdict(&seen), "amd disabled null");
}

#[test]
fn an_intel_iommu_that_remaps_no_interrupts_is_a_warning_and_vfio_refuses() {
    let boot = asked(Iommu::IntelWithoutRemapping, "").warns(code::NO_INTERRUPT_REMAPPING);
    let seen = claims(boot, false);
    assert_eq!(verdict(&seen), "intel enabled false");
}

#[test]
fn a_word_that_turns_remapping_off_is_named_as_the_reason() {
    let boot = asked(Iommu::Intel, "nointremap")
        .warns(code::NO_INTERRUPT_REMAPPING)
        .names("nointremap");
    let seen = claims(boot, false);
    assert_eq!(verdict(&seen), "intel enabled false");
}

#[test]
fn an_amd_iommu_that_remaps_no_interrupts_is_a_warning() {
    let boot = asked(Iommu::AmdWithoutRemapping, "").warns(code::NO_INTERRUPT_REMAPPING);
    let seen = claims(boot, false);
    assert_eq!(verdict(&seen), "amd enabled false");
}

#[test]
fn the_risk_of_interrupts_that_are_not_remapped_can_be_taken() {
    let words = "intremap=off vfio_iommu_type1.allow_unsafe_interrupts=1";
    let seen = claims(asked(Iommu::Intel, words), true);
    assert_eq!(verdict(&seen), "intel enabled false");
    assert_eq!(seen.warnings(), [""; 0]);
}

#[test]
fn a_virtio_iommu_comes_into_use_by_its_module_before_the_claim() {
    let boot = asked(Iommu::Virtio, "")
        .kernel(Kernel::Trixie)
        .with_module("virtio_iommu")
        .warns(code::NO_INTERRUPT_REMAPPING);
    let seen = claims(boot, false);
    assert_eq!(verdict(&seen), "virtio enabled false");
    let group = seen
        .device("0000:00:04.0")
        .map(|disk| disk["iommu_group"].is_u64());
    assert_eq!(group, Some(true), "the bind made its group");
}

#[test]
fn pci_stub_needs_the_driver_of_a_virtio_iommu_too() {
    let words = "vfio-early.driver=pci-stub";
    let seen = asked(Iommu::Virtio, words)
        .kernel(Kernel::Trixie)
        .with_module("virtio_iommu")
        .expect([("0000:00:04.0", "pci-stub"), ("0000:00:05.0", "e1000e")])
        .run();
    assert_eq!(verdict(&seen), "virtio enabled false");
    assert_eq!(seen.warnings(), [""; 0]);
}

/// Until that driver comes the kernel lets no driver have the devices, the host's as little as ours.
#[test]
fn a_virtio_iommu_without_its_module_is_named_as_the_reason() {
    let seen = asked(Iommu::Virtio, "")
        .kernel(Kernel::Trixie)
        .refuses("0000:00:04.0", code::NO_IOMMU)
        .names("virtio_iommu")
        .exit(2)
        .run();
    assert_eq!(verdict(&seen), "virtio disabled null");
}

#[test]
fn memory_that_the_firmware_reserves_for_a_device_is_a_warning_and_vfio_refuses() {
    let directory = tempfile::tempdir().unwrap();
    let table = directory.path().join("dmar");
    fs::write(&table, dmar::table(4, 0xf_0000, 0xf_ffff)).unwrap();
    let boot = asked(Iommu::Intel, "vfio-early.ids=00:05.0")
        .copy(&table, &format!("{}/dmar", dmar::DIRECTORY))
        .warns(code::RESERVED_REGION)
        .names("0xf0000-0xfffff");
    let seen = boot
        .copy(example("vfio-open"), "/test/vfio-open")
        .script("/test/vfio-open 0000:00:04.0 2>&1 || echo refused")
        .expect([("0000:00:04.0", "vfio-pci"), ("0000:00:05.0", "vfio-pci")])
        .prints("refused")
        .run();
    assert_eq!(verdict(&seen), "intel enabled true");
    assert_eq!(
        seen.warnings(),
        [code::RESERVED_REGION],
        "for one group only"
    );
    let because = "04.0: DMAR: Device is ineligible for IOMMU domain attach due to platform RMRR";
    assert!(seen.kmsg.iter().any(|line| line.contains(because)));
}

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
fn an_intel_iommu_that_is_off_by_the_command_line_is_the_reason() {
    let seen = Boot::with([NVME.at("00:04.0")])
        .cmdline("intel_iommu=off vfio-early.ids=1b36:0010")
        .expect([("0000:00:04.0", "nvme")])
        .refuses("0000:00:04.0", code::NO_IOMMU)
        .names("intel_iommu=off")
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
    let probe = "vfio-pci: probe of 0000:00:05.0 failed with error -22";
    let message = seen.fact("/devices/1/message");
    assert!(message.as_str().unwrap().contains(probe), "{message}");
}

#[test]
fn pci_stub_needs_no_iommu() {
    Boot::with([NVME.at("00:04.0"), E1000E.at("00:05.0")])
        .iommu(Iommu::None)
        .cmdline("vfio-early.ids=1b36:0010 vfio-early.driver=pci-stub")
        .expect([("0000:00:04.0", "pci-stub"), ("0000:00:05.0", "e1000e")])
        .run();
}
