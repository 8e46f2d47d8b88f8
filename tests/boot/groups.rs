//! IOMMU groups of several devices, all of them with their host drivers before the claim.

use serde_json::json;

use crate::harness::machine::{Device, E1000, HDA, Iommu, RTL8139, XHCI, bridge, slot};
use crate::harness::store::Kernel;
use crate::harness::{Boot, code};

/// A group of three devices behind a conventional bridge, and who holds them.
fn group() -> [Device; 1] {
    [bridge("00:03.0", &[E1000, RTL8139, HDA])]
}

const HELD: [(&str, &str); 3] = [
    ("0000:01:01.0", "e1000"),
    ("0000:01:02.0", "8139cp"),
    ("0000:01:03.0", "snd_hda_intel"),
];

#[test]
fn a_group_that_host_drivers_hold_is_claimed_whole() {
    let seen = Boot::with(group())
        .cmdline("vfio-early.ids=01:02.0 vfio-early.group=whole")
        .held(HELD)
        .expect(HELD.map(|(address, _)| (address, "vfio-pci")))
        .run();
    assert_eq!(seen.fact("/groups/0/viable"), true);
    assert_eq!(seen.fact("/groups/0/members/3"), "0000:01:03.0");
}

#[test]
fn a_member_that_stays_with_the_host_is_named_with_its_driver() {
    let seen = Boot::with(group())
        .cmdline("vfio-early.ids=01:02.0 vfio-early.group=whole vfio-early.exclude=01:01.0")
        .held(HELD)
        .expect([
            ("0000:01:01.0", "e1000"),
            ("0000:01:02.0", "vfio-pci"),
            ("0000:01:03.0", "vfio-pci"),
        ])
        .warns(code::GROUP_BLOCKED)
        .run();
    assert_eq!(seen.fact("/groups/0/viable"), false);
    let wanted = json!([{"address": "0000:01:01.0", "driver": "e1000", "code": "excluded"}]);
    assert_eq!(seen.fact("/groups/0/blockers"), wanted);
}

/// Behind a virtio-iommu this kernel makes a group when a driver probes: before the claim only the held device has one.
#[test]
fn who_blocks_a_group_that_the_claim_shows_is_named() {
    let seen = Boot::with([slot("00:05", &[HDA, XHCI])])
        .kernel(Kernel::Trixie)
        .iommu(Iommu::Virtio)
        .loaded("virtio_iommu")
        .cmdline("vfio-early.ids=00:05.0")
        .held([("0000:00:05.1", "xhci_hcd")])
        .expect([("0000:00:05.0", "vfio-pci"), ("0000:00:05.1", "xhci_hcd")])
        .warns(code::GROUP_BLOCKED)
        .run();
    let wanted = json!([{"address": "0000:00:05.1", "driver": "xhci_hcd", "code": null}]);
    assert_eq!(seen.fact("/groups/0/blockers"), wanted);
    let group = |address: &str| seen.before[address].group.is_some();
    assert!(!group("0000:00:05.0") && group("0000:00:05.1"));
}
