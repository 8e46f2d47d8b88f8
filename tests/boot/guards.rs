//! Guards: what stays with the host although somebody asked for it, and what overrides them.

use crate::harness::facts::facts;
use crate::harness::machine::{
    E1000, E1000E, HDA, NVME, RTL8139, VGA, XHCI, bridge, port, virtual_functions,
};
use crate::harness::seen::Seen;
use crate::harness::{Boot, code};

/// A protect list with the disk at 00:04.0.
const LIST: &str = "0000:00:04.0 1b36:0010:1af4:1100 010802 - /,/boot\n";
const LIST_PATH: &str = "/etc/vfio-early.protect";

/// Asserts that a line of ours with these names stands in the kernel log before the driver was loaded.
fn assert_logged_first(seen: &Seen, names: &[&str]) {
    assert!(seen.spoken_before_vfio(names), "{:#?}", seen.kmsg);
}

#[test]
fn a_disk_on_the_protect_list_stays_and_its_twin_is_taken() {
    Boot::with([NVME.at("00:04.0"), NVME.at("00:05.0")])
        .file(LIST_PATH, LIST)
        .cmdline("root=/dev/nvme0n1 vfio-early.ids=1b36:0010")
        .expect([("0000:00:04.0", "nvme"), ("0000:00:05.0", "vfio-pci")])
        .refuses("0000:00:04.0", code::BOOT_DISK)
        .warns(code::DUPLICATE_ID)
        .exit(2)
        .run();
}

#[test]
fn a_disk_that_has_left_its_place_keeps_every_disk_like_it() {
    Boot::with([
        NVME.at("00:05.0"),
        NVME.at("00:06.0"),
        XHCI.at("00:07.0"),
        XHCI.at("00:08.0"),
    ])
    .file(LIST_PATH, LIST)
    .cmdline("vfio-early.ids=00:05.0,00:06.0,00:07.0")
    .expect([("0000:00:05.0", "nvme"), ("0000:00:06.0", "nvme")])
    .expect([("0000:00:07.0", "vfio-pci")])
    .refuses("0000:00:05.0", code::BOOT_DISK)
    .refuses("0000:00:06.0", code::BOOT_DISK)
    .exit(2)
    .run();
}

#[test]
fn a_serial_number_frees_the_twin_of_a_card_that_has_left_its_place() {
    // QEMU makes the numbers from the addresses of the network cards, 52:54:00:12:34:56 and the next.
    let list = "0000:00:04.0 8086:10d3:8086:0000 020000 52-54-00-ff-ff-12-34-57 network /\n";
    Boot::with([E1000E.at("00:05.0"), E1000E.at("00:06.0")])
        .file(LIST_PATH, list)
        .cmdline("vfio-early.ids=8086:10d3")
        .expect([("0000:00:05.0", "vfio-pci"), ("0000:00:06.0", "e1000e")])
        .refuses("0000:00:06.0", code::NETWORK)
        .exit(2)
        .run();
}

#[test]
fn the_last_disks_stay_where_the_root_is_local() {
    // The machine has an AHCI controller at 00:1f.2, whose driver is not in the image.
    Boot::with([NVME.at("00:04.0"), E1000E.at("00:05.0")])
        .cmdline("root=UUID=0a3407de vfio-early.ids=class:01,00:05.0")
        .expect([("0000:00:04.0", "nvme"), ("0000:00:05.0", "vfio-pci")])
        .refuses("0000:00:04.0", code::BOOT_DISK)
        .refuses("0000:00:1f.2", code::BOOT_DISK)
        .exit(2)
        .run();
}

#[test]
fn the_only_nvme_disk_stays_where_the_root_is_called_one() {
    Boot::with([NVME.at("00:04.0")])
        .cmdline("root=/dev/nvme0n1p2 vfio-early.ids=00:04.0")
        .expect([("0000:00:04.0", "nvme")])
        .refuses("0000:00:04.0", code::BOOT_DISK)
        .names("root=/dev/nvme0n1p2")
        .exit(2)
        .run();
}

#[test]
fn a_root_over_the_network_keeps_the_last_card_and_no_disk() {
    Boot::with([NVME.at("00:04.0"), E1000E.at("00:05.0")])
        .cmdline("root=/dev/nfs nfsroot=10.0.2.2:/root vfio-early.ids=class:01,class:network vfio-early.exclude=00:1f.2")
        .expect([("0000:00:04.0", "vfio-pci"), ("0000:00:05.0", "e1000e")])
        .refuses("0000:00:05.0", code::NETWORK)
        .exit(2)
        .run();
}

#[test]
fn bridges_stay_by_class() {
    Boot::with([port("00:03.0", &[NVME]), bridge("00:04.0", &[E1000])])
        .cmdline("vfio-early.ids=class:06,1b36:0010 vfio-early.force=all")
        .held([("0000:00:03.0", "pcieport")])
        .expect([
            ("0000:00:03.0", "pcieport"),
            ("0000:01:00.0", "vfio-pci"),
            ("0000:00:1f.0", "none"),
        ])
        .refuses("0000:00:03.0", code::BRIDGE)
        .refuses("0000:00:04.0", code::BRIDGE)
        .exit(2)
        .run();
}

#[test]
fn bridges_stay_by_group_without_a_word() {
    let seen = Boot::with([bridge("00:03.0", &[RTL8139, HDA])])
        .cmdline("vfio-early.ids=10ec:8139+group vfio-early.force=all")
        .expect([("0000:01:01.0", "vfio-pci"), ("0000:01:02.0", "vfio-pci")])
        .run();
    assert_eq!(
        seen.after["0000:00:03.0"].group,
        seen.after["0000:01:01.0"].group
    );
    assert!(seen.device("0000:00:03.0").is_none(), "nobody asked for it");
}

#[test]
fn the_last_display_stays_by_class() {
    Boot::with([VGA.at("00:02.0")])
        .cmdline("vfio-early.ids=class:display")
        .expect([("0000:00:02.0", "bochs-drm")])
        .refuses("0000:00:02.0", code::DISPLAY)
        .exit(2)
        .run();
}

#[test]
fn the_last_display_is_claimed_by_id_and_that_is_logged_first() {
    let seen = Boot::with([VGA.at("00:02.0")])
        .cmdline("vfio-early.ids=1234:1111")
        .expect([("0000:00:02.0", "vfio-pci")])
        .warns(code::DISPLAY_TAKEN)
        .run();
    assert_logged_first(&seen, &["0000:00:02.0", "vfio-early.mode=off"]);
}

#[test]
fn the_boot_display_is_claimed_by_address_and_that_is_logged_first() {
    let seen = Boot::with([VGA.at("00:02.0"), port("00:03.0", &[VGA])])
        .cmdline("vfio-early.ids=00:02.0")
        .expect([("0000:00:02.0", "vfio-pci"), ("0000:01:00.0", "bochs-drm")])
        .warns(code::BOOT_DISPLAY_TAKEN)
        .run();
    assert_logged_first(&seen, &["0000:00:02.0", "vfio-early.mode=off"]);
}

#[test]
fn the_last_usb_controller_stays_by_class() {
    Boot::with([XHCI.at("00:04.0"), XHCI.at("00:05.0")])
        .cmdline("vfio-early.ids=class:usb")
        .expect([("0000:00:04.0", "xhci_hcd"), ("0000:00:05.0", "vfio-pci")])
        .refuses("0000:00:04.0", code::INPUT)
        .exit(2)
        .run();
}

#[test]
fn the_last_usb_controller_is_claimed_by_address_and_that_is_logged_first() {
    let seen = Boot::with([XHCI.at("00:04.0")])
        .cmdline("vfio-early.ids=00:04.0")
        .expect([("0000:00:04.0", "vfio-pci")])
        .warns(code::INPUT_TAKEN)
        .run();
    assert_logged_first(&seen, &["0000:00:04.0", "vfio-early.mode=off"]);
}

#[test]
fn force_overrides_a_guard_and_that_is_logged_first() {
    let seen = Boot::with([NVME.at("00:04.0"), NVME.at("00:05.0"), VGA.at("00:02.0")])
        .file(LIST_PATH, LIST)
        .cmdline("vfio-early.ids=1b36:0010,class:display vfio-early.force=boot-disk,display")
        .expect([("0000:00:04.0", "vfio-pci"), ("0000:00:05.0", "vfio-pci")])
        .expect([("0000:00:02.0", "vfio-pci")])
        .warns(code::FORCED)
        .run();
    assert_logged_first(&seen, &["0000:00:04.0", "force=boot-disk", "/boot"]);
}

#[test]
fn force_for_some_devices_leaves_the_others_to_their_guards() {
    Boot::with([NVME.at("00:04.0"), NVME.at("00:05.0"), VGA.at("00:02.0")])
        .file(LIST_PATH, &format!("{LIST}{}", LIST.replace("04.0", "05.0")))
        .cmdline("vfio-early.ids=1b36:0010,class:display vfio-early.force=boot-disk@00:05.0,display@class:nvme")
        .expect([("0000:00:04.0", "nvme"), ("0000:00:05.0", "vfio-pci")])
        .expect([("0000:00:02.0", "bochs-drm")])
        .refuses("0000:00:04.0", code::BOOT_DISK)
        .refuses("0000:00:02.0", code::DISPLAY)
        .warns(code::FORCED)
        .exit(2)
        .run();
}

#[test]
fn a_physical_function_with_virtual_ones_is_refused_by_name() {
    // They are made by the host driver, which comes after the claim: so the plan is asked for then.
    let seen = Boot::with([virtual_functions("00:03.0")])
        .cmdline("vfio-early.ids=01:00.0 vfio-early.mode=dry-run")
        .script(
            "echo 2 >/sys/bus/pci/devices/0000:01:00.0/sriov_numvfs\n\
             /usr/bin/vfio-early bind 01:00.0 --dry-run --json 2>/dev/null\n",
        )
        .expect([("0000:01:00.0", "nvme")])
        .run();
    let planned = facts(&seen, &["2 virtual functions"]);
    let wanted = "refused 0000:01:00.0 nvme; unsupported [2 virtual functions]";
    assert_eq!(planned, [wanted]);
}
