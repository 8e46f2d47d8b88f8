//! Selectors: which devices each form takes, and that it takes no others.

use crate::harness::machine::{
    E1000, E1000E, HDA, NVME, RTL8139, SECONDARY_VGA, VGA, XHCI, bridge, port, slot,
};
use crate::harness::{Boot, code};

#[test]
fn an_id_takes_the_device_and_leaves_the_others() {
    Boot::with([NVME.at("00:04.0"), E1000E.at("00:05.0")])
        .cmdline("vfio-early.ids=1b36:0010")
        .expect([("0000:00:04.0", "vfio-pci"), ("0000:00:05.0", "e1000e")])
        .run();
}

#[test]
fn two_identical_disks_are_both_taken_by_id_and_a_warning_names_them() {
    Boot::with([NVME.at("00:04.0"), NVME.at("00:05.0")])
        .cmdline("vfio-early.ids=1b36:0010")
        .expect([("0000:00:04.0", "vfio-pci"), ("0000:00:05.0", "vfio-pci")])
        .warns(code::DUPLICATE_ID)
        .run();
}

#[test]
fn an_address_takes_one_of_two_identical_disks() {
    Boot::with([NVME.at("00:04.0"), NVME.at("00:05.0")])
        .cmdline("vfio-early.ids=00:05.0")
        .expect([("0000:00:04.0", "nvme"), ("0000:00:05.0", "vfio-pci")])
        .run();
}

#[test]
fn a_path_takes_one_of_two_identical_disks() {
    Boot::with([port("00:03.0", &[NVME]), port("00:04.0", &[NVME])])
        .cmdline("vfio-early.devices=00:04.0/00.0")
        .expect([("0000:01:00.0", "nvme"), ("0000:02:00.0", "vfio-pci")])
        .run();
}

#[test]
fn an_identity_takes_one_of_two_identical_disks() {
    Boot::with([NVME.at("00:04.0"), NVME.at("00:05.0")])
        .cmdline("vfio-early.ids=1b36:0010@00:04.0")
        .expect([("0000:00:04.0", "vfio-pci"), ("0000:00:05.0", "nvme")])
        .run();
}

#[test]
fn an_identity_that_does_not_agree_takes_nothing() {
    Boot::with([NVME.at("00:04.0"), E1000E.at("00:05.0")])
        .cmdline("vfio-early.ids=1b36:0010@00:05.0")
        .expect([("0000:00:04.0", "nvme"), ("0000:00:05.0", "e1000e")])
        .warns(code::IDENTITY_MISMATCH)
        .exit(2)
        .run();
}

#[test]
fn a_path_hits_the_same_device_when_bus_numbers_move() {
    let cmdline = "vfio-early.ids=00:04.0/00.0";
    Boot::with([port("00:04.0", &[NVME])])
        .cmdline(cmdline)
        .expect([("0000:01:00.0", "vfio-pci")])
        .run();
    Boot::with([port("00:03.0", &[NVME]), port("00:04.0", &[NVME])])
        .cmdline(cmdline)
        .expect([("0000:01:00.0", "nvme"), ("0000:02:00.0", "vfio-pci")])
        .run();
}

#[test]
fn a_star_takes_every_function_of_a_device() {
    Boot::with([slot("00:05", &[XHCI, HDA, NVME]), XHCI.at("00:06.0")])
        .cmdline("vfio-early.ids=00:05.*")
        .expect([
            ("0000:00:05.0", "vfio-pci"),
            ("0000:00:05.1", "vfio-pci"),
            ("0000:00:05.2", "vfio-pci"),
        ])
        .expect([("0000:00:06.0", "xhci_hcd")])
        .run();
}

#[test]
fn plus_functions_takes_the_audio_function_of_a_card_too() {
    Boot::with([port("00:03.0", &[VGA, HDA]), HDA.at("00:05.0")])
        .cmdline("vfio-early.ids=1234:1111+functions")
        .expect([
            ("0000:01:00.0", "vfio-pci"),
            ("0000:01:00.1", "vfio-pci"),
            ("0000:00:05.0", "snd_hda_intel"),
        ])
        .run();
}

#[test]
fn plus_group_takes_all_behind_a_conventional_bridge_but_not_the_bridge() {
    let seen = Boot::with([bridge("00:03.0", &[E1000, RTL8139, HDA])])
        .cmdline("vfio-early.ids=8086:100e+group")
        .expect([
            ("0000:01:01.0", "vfio-pci"),
            ("0000:01:02.0", "vfio-pci"),
            ("0000:01:03.0", "vfio-pci"),
        ])
        .run();
    let group = |address: &str| seen.after[address].group.clone();
    assert_eq!(
        group("0000:00:03.0"),
        group("0000:01:01.0"),
        "the bridge shares the group"
    );
}

#[test]
fn group_whole_extends_every_claim_to_its_group() {
    Boot::with([
        bridge("00:03.0", &[E1000, RTL8139, HDA]),
        NVME.at("00:05.0"),
    ])
    .cmdline("vfio-early.ids=01:02.0 vfio-early.group=whole")
    .expect([
        ("0000:01:01.0", "vfio-pci"),
        ("0000:01:02.0", "vfio-pci"),
        ("0000:01:03.0", "vfio-pci"),
    ])
    .expect([("0000:00:05.0", "nvme")])
    .run();
}

#[test]
fn a_class_takes_every_device_of_it() {
    Boot::with([
        NVME.at("00:04.0"),
        port("00:05.0", &[NVME]),
        E1000E.at("00:06.0"),
    ])
    .cmdline("vfio-early.ids=class:nvme")
    .expect([
        ("0000:00:04.0", "vfio-pci"),
        ("0000:01:00.0", "vfio-pci"),
        ("0000:00:06.0", "e1000e"),
    ])
    .run();
}

#[test]
fn secondary_gpus_takes_every_card_but_the_one_the_firmware_booted_on() {
    // The sound beside it is of another maker, so it is no part of the card.
    Boot::with([VGA.at("00:02.0"), port("00:03.0", &[SECONDARY_VGA, HDA])])
        .cmdline("vfio-early.ids=secondary-gpus")
        .expect([("0000:00:02.0", "bochs-drm"), ("0000:01:00.0", "vfio-pci")])
        .run();
}

#[test]
fn an_excluded_device_stays_with_the_host() {
    Boot::with([NVME.at("00:04.0"), NVME.at("00:05.0"), NVME.at("00:06.0")])
        .cmdline("vfio-early.ids=class:nvme,!00:04.0 vfio-early.exclude=00:06.0")
        .expect([
            ("0000:00:04.0", "nvme"),
            ("0000:00:05.0", "vfio-pci"),
            ("0000:00:06.0", "nvme"),
        ])
        .run();
}

#[test]
fn garbage_beside_good_selectors_does_not_harm_them() {
    Boot::with([NVME.at("00:04.0"), E1000E.at("00:05.0")])
        .cmdline("vfio-early.ids=10de:xyz,1b36:0010,,zz:00.0,1b36:0010zzz,00:05.0,dead:beef")
        .expect([("0000:00:04.0", "vfio-pci"), ("0000:00:05.0", "vfio-pci")])
        .warns(code::MALFORMED_SELECTOR)
        .warns(code::NO_MATCH)
        .exit(2)
        .run();
}

#[test]
fn a_serial_number_takes_one_of_two_twins_before_any_driver() {
    // QEMU makes the numbers from the addresses of the network cards, 52:54:00:12:34:56 and the next.
    Boot::with([E1000E.at("00:05.0"), port("00:06.0", &[E1000E])])
        .cmdline("vfio-early.ids=serial:52-54-00-ff-ff-12-34-57")
        .expect([("0000:00:05.0", "e1000e"), ("0000:01:00.0", "vfio-pci")])
        .run();
}
