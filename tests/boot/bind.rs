//! `vfio-early bind` and `release`: devices that host drivers hold go to a guest and come back, and work.

use std::fs;
use std::path::PathBuf;

use tempfile::TempDir;

use crate::harness::Boot;
use crate::harness::facts::{facts, lines};
use crate::harness::machine::{
    Device, E1000, E1000E, HDA, Iommu, NVME, RTL8139, SECONDARY_VGA, VGA, XHCI, bridge,
};
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
        claimed 0000:00:04.0 nvme -> vfio-pci
        claimed 0000:00:05.0 e1000e -> vfio-pci
        claimed 0000:00:06.0 xhci_hcd -> vfio-pci
        warning input-taken [0000:00:06.0]
        exit 0
        0000:00:04.0: vfio-pci, override vfio-pci
        0000:00:05.0: vfio-pci, override vfio-pci
        0000:00:06.0: vfio-pci, override vfio-pci
        ours 0000:00:04.0 on vfio-pci
        ours 0000:00:05.0 on vfio-pci
        ours 0000:00:06.0 on vfio-pci
        exit 0
        \"driver_before\":\"nvme\",\"driver_wanted\":\"vfio-pci\",\"driver_after\":\"vfio-pci\",\"outcome\":\"claimed\"
        released 0000:00:04.0 vfio-pci -> nvme
        released 0000:00:05.0 vfio-pci -> e1000e
        released 0000:00:06.0 vfio-pci -> xhci_hcd
        exit 0
        0000:00:04.0: nvme, override (null)
        0000:00:05.0: e1000e, override (null)
        0000:00:06.0: xhci_hcd, override (null)
        disk: this is the disk of the host
        card: eth0
        usb: 2
        released 0000:00:04.0 on nvme
        released 0000:00:05.0 on e1000e
        released 0000:00:06.0 on xhci_hcd
        exit 0
        \"driver_before\":\"nvme\",\"driver_wanted\":\"vfio-pci\",\"driver_after\":\"nvme\",\"outcome\":\"released\"
    ";
    assert_eq!(facts(&seen, &["0000:00:06.0"]), lines(wanted));
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
        claimed 0000:01:02.0 8139cp -> vfio-pci
        group 1 blocked by 0000:01:01.0 e1000, 0000:01:03.0 snd_hda_intel
        warning group-blocked
        exit 0
        released 0000:01:02.0 vfio-pci -> 8139cp
        exit 0
        claimed 0000:01:01.0 e1000 -> vfio-pci
        claimed 0000:01:02.0 8139cp -> vfio-pci
        claimed 0000:01:03.0 snd_hda_intel -> vfio-pci
        exit 0
        0000:01:01.0: vfio-pci, override vfio-pci
        0000:01:02.0: vfio-pci, override vfio-pci
        0000:01:03.0: vfio-pci, override vfio-pci
        refused 0000:01:01.0 vfio-pci; in-use [init (1)]
        exit 2
        released 0000:01:03.0 vfio-pci -> snd_hda_intel
        exit 0
        released 0000:01:01.0 vfio-pci -> e1000
        released 0000:01:02.0 vfio-pci -> 8139cp
        refused 0000:01:03.0 snd_hda_intel; not-ours
        exit 2
        0000:01:01.0: e1000, override (null)
        0000:01:02.0: 8139cp, override (null)
        0000:01:03.0: snd_hda_intel, override (null)
    ";
    assert_eq!(facts(&seen, &["init (1)"]), lines(wanted));
    let blocked = |line: &&String| line.starts_with("stderr: ") && line.contains("0000:01:03.0");
    assert_eq!(
        seen.script.iter().filter(blocked).count(),
        1,
        "{:#?}",
        seen.script
    );
}

/// What a message of a device in use names: who uses it and how, and what takes it all the same.
const USES: [&str; 8] = [
    "init (1)",
    "/srv/data",
    "eth0",
    "/dev/dri/card1",
    "/dev/nvme0n1",
    "--force display",
    "--force boot-disk",
    "--force network",
];

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
        refused 0000:00:02.0 bochs-drm; in-use [--force display]
        refused 0000:00:04.0 nvme; in-use [/srv/data] [--force boot-disk]
        refused 0000:00:05.0 e1000e; in-use [eth0] [--force network]
        refused 0000:00:07.0 bochs-drm; in-use [init (1)] [/dev/dri/card1] [--force display]
        exit 2
        0000:00:02.0: bochs-drm, override (null)
        0000:00:04.0: nvme, override (null)
        0000:00:05.0: e1000e, override (null)
        0000:00:07.0: bochs-drm, override (null)
        planned 0000:00:04.0 - -> vfio-pci
        planned 0000:00:05.0 - -> vfio-pci
        warning used-now [/srv/data]
        warning used-now [eth0]
        exit 0
        claimed 0000:00:05.0 e1000e -> vfio-pci
        warning forced [eth0]
        exit 0
        planned 0000:00:04.0 nvme -> vfio-pci
        warning forced [/srv/data]
        exit 0
        refused 0000:00:04.0 nvme; in-use [init (1)] [/dev/nvme0n1] [--force boot-disk]
        exit 2
        refused 0000:00:04.0 nvme; in-use [/dev/nvme0n1] [--force boot-disk]
        exit 2
        claimed 0000:00:04.0 nvme -> vfio-pci
        claimed 0000:00:07.0 bochs-drm -> vfio-pci
        exit 0
        released 0000:00:04.0 vfio-pci -> nvme
        released 0000:00:05.0 vfio-pci -> e1000e
        released 0000:00:07.0 vfio-pci -> bochs-drm
        exit 0
        0000:00:02.0: bochs-drm, override (null)
        0000:00:04.0: nvme, override (null)
        0000:00:05.0: e1000e, override (null)
        0000:00:07.0: bochs-drm, override (null)
    ";
    assert_eq!(facts(&seen, &USES), lines(wanted));
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
        refused 0000:00:04.0 nvme; no-iommu
        exit 2
        failed 0000:00:04.0 nvme; bind-failed [probe of 0000:00:04.0 failed with error -22]
        warning forced
        exit 2
        0000:00:04.0: nvme, override (null)
        512
    ";
    assert_eq!(
        facts(&seen, &["probe of 0000:00:04.0 failed with error -22"]),
        lines(wanted)
    );
}
