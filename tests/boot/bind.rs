//! `vfio-early bind` and `release`: devices that host drivers hold go to a guest and come back, and work.

use std::fs;
use std::path::PathBuf;

use tempfile::TempDir;

use crate::harness::Boot;
use crate::harness::machine::{
    Device, E1000, E1000E, HDA, Iommu, NVME, RTL8139, SECONDARY_VGA, VGA, XHCI, bridge,
};
use crate::harness::seen::Seen;
use crate::harness::store::{Kernel, source, tool};

const DISK: &str = "0000:00:04.0";
const CARD: &str = "0000:00:05.0";
const USB: &str = "0000:00:06.0";
const MARKER: &str = "this is the disk of the host";

/// A machine in which nothing is asked for at boot, and this is done then.
pub(crate) fn host(devices: impl IntoIterator<Item = Device>, script: &str) -> Boot {
    let words = fs::read_to_string(source("tests/guest/bind")).unwrap();
    ["crc32c_generic", "dm_mod", "ext4"]
        .into_iter()
        .fold(Boot::with(devices), Boot::with_module)
        .copy(tool("dmsetup", "dmsetup"), "/test/dmsetup")
        .script(&format!("{words}{script}"))
        .without_report()
        .limit(180)
}

/// What the script printed, without the times that no test can foresee.
pub(crate) fn said(seen: &Seen) -> Vec<&str> {
    let known = |line: &'_ String| line.find(" took ").map_or(line.len(), |at| at + 5);
    seen.script
        .iter()
        .map(|line| &line[..known(line)])
        .collect()
}

pub(crate) fn lines(text: &str) -> Vec<&str> {
    text.lines()
        .map(str::trim)
        .filter(|line| !line.is_empty())
        .collect()
}

/// The file of a disk that begins with the marker.
fn marked(directory: &TempDir) -> PathBuf {
    let disk = directory.path().join("disk");
    let mut contents = vec![0; 16 << 20];
    contents[..MARKER.len()].copy_from_slice(MARKER.as_bytes());
    fs::write(&disk, contents).unwrap();
    disk
}

fn goes_and_comes_back(kernel: Kernel) {
    let directory = tempfile::tempdir().unwrap();
    let script = "
        ask bind 00:04.0 00:05.0 00:06.0
        who 0000:00:04.0 0000:00:05.0 0000:00:06.0
        ask status
        told 0000:00:04.0
        ask release 00:04.0 00:05.0 00:06.0
        who 0000:00:04.0 0000:00:05.0 0000:00:06.0
        echo \"disk: $(words 0000:00:04.0)\"
        echo \"card: $(ls /sys/bus/pci/devices/0000:00:05.0/net)\"
        echo \"usb: $(ls -d /sys/bus/pci/devices/0000:00:06.0/usb* | wc -l)\"
        ask status
        told 0000:00:04.0
    ";
    let devices = [
        NVME.holding(&marked(&directory), "00:04.0"),
        E1000E.at("00:05.0"),
        XHCI.at("00:06.0"),
    ];
    let held = [(DISK, "nvme"), (CARD, "e1000e"), (USB, "xhci_hcd")];
    let seen = host(devices, script).kernel(kernel).expect(held).run();
    let wanted = "
        vfio-early: no USB controller stays with the host once 0000:00:06.0 is taken: keyboards on USB stop; the way back is vfio-early release
        iommu intel enabled, interrupts remapped
        claimed 0000:00:04.0 1b36:0010 class 010802 group 1 nvme -> vfio-pci, by 00:04.0 (vfio-early bind)
        claimed 0000:00:05.0 8086:10d3 class 020000 group 2 e1000e -> vfio-pci, by 00:05.0 (vfio-early bind)
        claimed 0000:00:06.0 1b36:000d class 0c0330 group 3 xhci_hcd -> vfio-pci, by 00:06.0 (vfio-early bind)
        warning input-taken: no USB controller stays with the host once 0000:00:06.0 is taken: keyboards on USB stop; the way back is vfio-early release
        exit 0
        0000:00:04.0: vfio-pci, override vfio-pci
        0000:00:05.0: vfio-pci, override vfio-pci
        0000:00:06.0: vfio-pci, override vfio-pci
        3 of 3 ours; the bind of this boot took
        0000:00:04.0 (1b36:0010): ours, on vfio-pci
        0000:00:05.0 (8086:10d3): ours, on vfio-pci
        0000:00:06.0 (1b36:000d): ours, on vfio-pci
        exit 0
        \"driver_before\":\"nvme\",\"driver_wanted\":\"vfio-pci\",\"driver_after\":\"vfio-pci\",\"outcome\":\"claimed\"
        vfio-early: release: some drivers and kernels hang or crash when they get a device back, those of graphics cards above all; what is not saved may be lost
        released 0000:00:04.0 1b36:0010 vfio-pci -> nvme
        released 0000:00:05.0 8086:10d3 vfio-pci -> e1000e
        released 0000:00:06.0 1b36:000d vfio-pci -> xhci_hcd
        exit 0
        0000:00:04.0: nvme, override (null)
        0000:00:05.0: e1000e, override (null)
        0000:00:06.0: xhci_hcd, override (null)
        disk: this is the disk of the host
        card: eth0
        usb: 2
        0 of 3 ours; the bind of this boot took
        0000:00:04.0 (1b36:0010): released by hand, on nvme
        0000:00:05.0 (8086:10d3): released by hand, on e1000e
        0000:00:06.0 (1b36:000d): released by hand, on xhci_hcd
        exit 0
        \"driver_before\":\"nvme\",\"driver_wanted\":\"vfio-pci\",\"driver_after\":\"nvme\",\"outcome\":\"released\"
    ";
    assert_eq!(said(&seen), lines(wanted));
}

#[test]
fn a_disk_a_network_card_and_a_usb_controller_go_and_come_back_on_6_1() {
    goes_and_comes_back(Kernel::Bookworm);
}

#[test]
fn a_disk_a_network_card_and_a_usb_controller_go_and_come_back_on_6_12() {
    goes_and_comes_back(Kernel::Trixie);
}

#[test]
fn a_group_goes_whole_and_comes_back_and_one_in_use_stays() {
    let script = "
        ask bind 01:02.0
        ask release 01:02.0
        ask bind 01:02.0 --group whole
        who 0000:01:01.0 0000:01:02.0 0000:01:03.0
        group=$(basename \"$(readlink /sys/bus/pci/devices/0000:01:02.0/iommu_group)\")
        exec 9<>\"/dev/vfio/$group\"
        ask release 01:01.0 9>&-
        exec 9>&-
        ask release 01:03.0
        ask release 01:02.0+group
        who 0000:01:01.0 0000:01:02.0 0000:01:03.0
    ";
    let held = [
        ("0000:01:01.0", "e1000"),
        ("0000:01:02.0", "8139cp"),
        ("0000:01:03.0", "snd_hda_intel"),
    ];
    let group = bridge("00:03.0", &[E1000, RTL8139, HDA]);
    let seen = host([group], script).expect(held).run();
    let wanted = "
        iommu intel enabled, interrupts remapped
        claimed 0000:01:02.0 10ec:8139 class 020000 group 1 8139cp -> vfio-pci, by 01:02.0 (vfio-early bind)
        warning group-blocked: no virtual machine can use IOMMU group 1 while these are with the host: 0000:01:01.0 (e1000) 0000:01:03.0 (snd_hda_intel); claim them too (+group), or keep their driver away
        exit 0
        vfio-early: release: some drivers and kernels hang or crash when they get a device back, those of graphics cards above all; what is not saved may be lost
        released 0000:01:02.0 10ec:8139 vfio-pci -> 8139cp
        exit 0
        iommu intel enabled, interrupts remapped
        claimed 0000:01:01.0 8086:100e class 020000 group 1 e1000 -> vfio-pci, by 01:02.0 (vfio-early bind)
        claimed 0000:01:02.0 10ec:8139 class 020000 group 1 8139cp -> vfio-pci, by 01:02.0 (vfio-early bind)
        claimed 0000:01:03.0 8086:2668 class 040300 group 1 snd_hda_intel -> vfio-pci, by 01:02.0 (vfio-early bind)
        exit 0
        0000:01:01.0: vfio-pci, override vfio-pci
        0000:01:02.0: vfio-pci, override vfio-pci
        0000:01:03.0: vfio-pci, override vfio-pci
        refused 0000:01:01.0 8086:100e vfio-pci; in-use: it or its group is open: init (1); end that first, the kernel would wait for it
        exit 2
        vfio-early: release: some drivers and kernels hang or crash when they get a device back, those of graphics cards above all; what is not saved may be lost
        released 0000:01:03.0 8086:2668 vfio-pci -> snd_hda_intel
        vfio-early: release: no virtual machine can use IOMMU group 1 while these are with the host: 0000:01:03.0 (snd_hda_intel); claim them too (+group), or keep their driver away
        exit 0
        vfio-early: release: some drivers and kernels hang or crash when they get a device back, those of graphics cards above all; what is not saved may be lost
        released 0000:01:01.0 8086:100e vfio-pci -> e1000
        released 0000:01:02.0 10ec:8139 vfio-pci -> 8139cp
        refused 0000:01:03.0 8086:2668 snd_hda_intel; not-ours: it is not ours but with snd_hda_intel; nothing is done
        exit 2
        0000:01:01.0: e1000, override (null)
        0000:01:02.0: 8139cp, override (null)
        0000:01:03.0: snd_hda_intel, override (null)
    ";
    assert_eq!(said(&seen), lines(wanted));
}

#[test]
fn what_the_system_uses_is_refused_by_name_and_goes_by_force() {
    let script = "
        mkdir -p /srv/data
        mke2fs /dev/nvme0n1 >/dev/null && mount -t ext4 /dev/nvme0n1 /srv/data
        ip link set eth0 up
        ip addr add 192.0.2.2/24 dev eth0
        ip route add default via 192.0.2.1
        card=/dev/dri/$(basename \"$(ls -d /sys/bus/pci/devices/0000:00:07.0/drm/card*)\")
        exec 8<>\"$card\"
        ask bind 00:04.0 00:05.0 00:02.0 00:07.0 8>&-
        who 0000:00:02.0 0000:00:04.0 0000:00:05.0 0000:00:07.0
        exec 8>&-
        ask plan --cmdline vfio-early.ids=00:04.0,00:05.0
        ask bind 00:05.0 --force network@00:05.0
        ask bind 00:04.0 --dry-run --force boot-disk
        umount /srv/data
        exec 7</dev/nvme0n1
        ask bind 00:04.0 7<&-
        exec 7<&-
        echo \"0 8 linear /dev/nvme0n1 0\" | /test/dmsetup create --noudevsync --noudevrules volume
        ask bind 00:04.0
        /test/dmsetup remove --noudevsync --noudevrules volume
        ask bind 00:04.0 00:07.0
        ask release 00:04.0 00:05.0 00:07.0
        who 0000:00:02.0 0000:00:04.0 0000:00:05.0 0000:00:07.0
    ";
    let directory = tempfile::tempdir().unwrap();
    let devices = [
        VGA.at("00:02.0"),
        NVME.holding(&marked(&directory), "00:04.0"),
        E1000E.at("00:05.0"),
        SECONDARY_VGA.at("00:07.0"),
    ];
    let held = [
        (DISK, "nvme"),
        (CARD, "e1000e"),
        ("0000:00:02.0", "bochs-drm"),
        ("0000:00:07.0", "bochs-drm"),
    ];
    let seen = host(devices, script).expect(held).run();
    let wanted = "
        iommu intel enabled, interrupts remapped
        refused 0000:00:02.0 1234:1111 class 030000 group 1 bochs-drm -> vfio-pci, by 00:02.0 (vfio-early bind); in-use: the running system uses it: the console, for the machine booted on this display; --force display takes it all the same
        refused 0000:00:04.0 1b36:0010 class 010802 group 2 nvme -> vfio-pci, by 00:04.0 (vfio-early bind); in-use: the running system uses it: /srv/data; --force boot-disk takes it all the same
        refused 0000:00:05.0 8086:10d3 class 020000 group 3 e1000e -> vfio-pci, by 00:05.0 (vfio-early bind); in-use: the running system uses it: default route by eth0; --force network takes it all the same
        refused 0000:00:07.0 1234:1111 class 038000 group 4 bochs-drm -> vfio-pci, by 00:07.0 (vfio-early bind); in-use: the running system uses it: init (1) has /dev/dri/card1 open; --force display takes it all the same
        exit 2
        0000:00:02.0: bochs-drm, override (null)
        0000:00:04.0: nvme, override (null)
        0000:00:05.0: e1000e, override (null)
        0000:00:07.0: bochs-drm, override (null)
        iommu intel enabled, interrupts remapped
        planned 0000:00:04.0 1b36:0010 class 010802 group 2 - -> vfio-pci, by 00:04.0 (cmdline vfio-early.ids)
        planned 0000:00:05.0 8086:10d3 class 020000 group 3 - -> vfio-pci, by 00:05.0 (cmdline vfio-early.ids)
        warning in-use: 0000:00:04.0, which that boot claims, is in use now: /srv/data
        warning in-use: 0000:00:05.0, which that boot claims, is in use now: default route by eth0
        exit 0
        vfio-early: 0000:00:05.0 is taken by force=network, although the running system uses it: default route by eth0; the way back is vfio-early release
        iommu intel enabled, interrupts remapped
        claimed 0000:00:05.0 8086:10d3 class 020000 group 3 e1000e -> vfio-pci, by 00:05.0 (vfio-early bind)
        warning forced: 0000:00:05.0 is taken by force=network, although the running system uses it: default route by eth0; the way back is vfio-early release
        exit 0
        iommu intel enabled, interrupts remapped
        planned 0000:00:04.0 1b36:0010 class 010802 group 2 nvme -> vfio-pci, by 00:04.0 (vfio-early bind)
        warning forced: 0000:00:04.0 is taken by force=boot-disk, although the running system uses it: /srv/data; the way back is vfio-early release
        exit 0
        iommu intel enabled, interrupts remapped
        refused 0000:00:04.0 1b36:0010 class 010802 group 2 nvme -> vfio-pci, by 00:04.0 (vfio-early bind); in-use: the running system uses it: init (1) has /dev/nvme0n1 open; --force boot-disk takes it all the same
        exit 2
        iommu intel enabled, interrupts remapped
        refused 0000:00:04.0 1b36:0010 class 010802 group 2 nvme -> vfio-pci, by 00:04.0 (vfio-early bind); in-use: the running system uses it: the kernel holds /dev/nvme0n1; --force boot-disk takes it all the same
        exit 2
        iommu intel enabled, interrupts remapped
        claimed 0000:00:04.0 1b36:0010 class 010802 group 2 nvme -> vfio-pci, by 00:04.0 (vfio-early bind)
        claimed 0000:00:07.0 1234:1111 class 038000 group 4 bochs-drm -> vfio-pci, by 00:07.0 (vfio-early bind)
        exit 0
        vfio-early: release: some drivers and kernels hang or crash when they get a device back, those of graphics cards above all; what is not saved may be lost
        released 0000:00:04.0 1b36:0010 vfio-pci -> nvme
        released 0000:00:05.0 8086:10d3 vfio-pci -> e1000e
        released 0000:00:07.0 1234:1111 vfio-pci -> bochs-drm
        exit 0
        0000:00:02.0: bochs-drm, override (null)
        0000:00:04.0: nvme, override (null)
        0000:00:05.0: e1000e, override (null)
        0000:00:07.0: bochs-drm, override (null)
    ";
    assert_eq!(said(&seen), lines(wanted));
}

#[test]
fn a_bind_that_fails_gives_the_device_back() {
    let script = "
        ask bind 00:04.0
        ask bind 00:04.0 --force iommu
        who 0000:00:04.0
        dd if=/dev/nvme0n1 bs=512 count=1 2>/dev/null | wc -c
    ";
    let boot = host([NVME.at("00:04.0")], script).iommu(Iommu::None);
    let seen = boot.expect([(DISK, "nvme")]).run();
    let wanted = "
        iommu absent
        refused 0000:00:04.0 1b36:0010 class 010802 group - nvme -> vfio-pci, by 00:04.0 (vfio-early bind); no-iommu: no IOMMU is in use: the firmware offers none (no DMAR, IVRS, IORT or VIOT table); switch on VT-d, AMD-Vi or SMMU in its setup
        exit 2
        vfio-early: 0000:00:04.0 is taken by force=iommu, although no IOMMU is in use: the firmware offers none (no DMAR, IVRS, IORT or VIOT table); switch on VT-d, AMD-Vi or SMMU in its setup; the way back is vfio-early release
        iommu absent
        failed 0000:00:04.0 1b36:0010 class 010802 group - nvme -> vfio-pci, by 00:04.0 (vfio-early bind); bind-failed: vfio-pci did not take it: cannot write /sys/bus/pci/drivers/vfio-pci/bind: Invalid argument; the kernel says: vfio-pci: probe of 0000:00:04.0 failed with error -22; it has no IOMMU group
        warning forced: 0000:00:04.0 is taken by force=iommu, although no IOMMU is in use: the firmware offers none (no DMAR, IVRS, IORT or VIOT table); switch on VT-d, AMD-Vi or SMMU in its setup; the way back is vfio-early release
        exit 2
        0000:00:04.0: nvme, override (null)
        512
    ";
    assert_eq!(said(&seen), lines(wanted));
}
