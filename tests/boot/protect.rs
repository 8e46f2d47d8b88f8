//! The protect list of a machine whose disks are what disks can be: md, device mapper, btrfs, loop devices, several ways.

use std::fs::{self, File};
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::harness::Boot;
use crate::harness::disks::{nvme_twice, sata, scsi_twice, stick};
use crate::harness::machine::{E1000E, NVME, VIRTIO_BLK};
use crate::harness::store::{Kernel, source, tool};

/// Each function, and what needs it. The twins at 0c and 0d and the network card at 10 carry nothing.
const NEEDED: [&str; 11] = [
    "0000:00:04.0 1b36:0010:1af4:1100 010802 - /",
    "0000:00:05.0 1af4:1001:1af4:0002 010000 - /",
    "0000:00:06.0 1b36:000d:1af4:1100 0c0330 - /boot/efi",
    "0000:00:07.0 1b36:0010:1af4:1100 010802 - /var",
    "0000:00:08.0 1af4:1001:1af4:0002 010000 - /var",
    "0000:00:09.0 1af4:1004:1af4:0008 010000 - /etc",
    "0000:00:0a.0 1af4:1004:1af4:0008 010000 - /etc",
    "0000:00:0b.0 1af4:1001:1af4:0002 010000 - swap,resume",
    "0000:00:0e.0 1b36:0010:1af4:1100 010802 - /efi",
    "0000:00:0f.0 1b36:0010:1af4:1100 010802 - /efi",
    "0000:00:1f.2 8086:2922:1af4:1100 010601 - /usr,/boot",
];

fn finds_all(kernel: Kernel) {
    let directory = tempfile::tempdir().unwrap();
    let file = |name: &str, megabytes: u64| -> PathBuf {
        let path = directory.path().join(name);
        File::create(&path)
            .unwrap()
            .set_len(megabytes << 20)
            .unwrap();
        path
    };
    let two = [file("btrfs-one", 200), file("btrfs-two", 200)];
    btrfs(&two);
    let swap = file("swap", 16);
    partition(&swap, 16);
    let devices = [
        NVME.holding(&file("md-one", 32), "00:04.0"),
        VIRTIO_BLK.holding(&file("md-two", 32), "00:05.0"),
        stick(&file("stick", 16), "00:06.0"),
        NVME.holding(&two[0], "00:07.0"),
        VIRTIO_BLK.holding(&two[1], "00:08.0"),
        scsi_twice(&file("scsi", 16), ["00:09.0", "00:0a.0"]),
        VIRTIO_BLK.holding(&swap, "00:0b.0"),
        NVME.at("00:0c.0"),
        VIRTIO_BLK.at("00:0d.0"),
        nvme_twice(&file("nvme", 16), ["00:0e.0", "00:0f.0"]),
        E1000E.at("00:10.0"),
        sata(&file("sata", 32), 0),
    ];
    let modules = [
        "crc32c_generic",
        "raid1",
        "dm_crypt",
        "dm_multipath",
        "dm_service_time",
        "loop",
        "btrfs",
        "ext4",
        "sd_mod",
        "usb_storage",
        "virtio_blk",
    ];
    let boot = modules
        .into_iter()
        .fold(Boot::with(devices), Boot::with_module);
    let seen = boot
        .kernel(kernel)
        .copy(tool("dmsetup", "dmsetup"), "/test/dmsetup")
        .script(&fs::read_to_string(source("tests/guest/protect")).unwrap())
        .limit(240)
        .without_report()
        .run();
    let (remarks, needed): (Vec<_>, Vec<_>) = seen
        .script
        .iter()
        .partition(|line| line.starts_with("# ") || line.starts_with("vfio-early: "));
    assert_eq!(needed, NEEDED);
    // The heads of both lists; in the chroot, why that list is empty, on standard error and in the list.
    assert_eq!(remarks.len(), 4, "{remarks:#?}");
    let chroot = remarks.iter().filter(|line| line.contains("/proc/1/root"));
    assert_eq!(chroot.count(), 2, "{remarks:#?}");
}

#[test]
fn the_list_has_every_device_below_the_system_and_no_other_on_6_1() {
    finds_all(Kernel::Bookworm);
}

#[test]
fn the_list_has_every_device_below_the_system_and_no_other_on_6_12() {
    finds_all(Kernel::Trixie);
}

/// One file system over both files.
fn btrfs(files: &[PathBuf; 2]) {
    let mut command = Command::new(tool("mkfs.btrfs", "btrfs-progs"));
    let output = command
        .args(["-q", "-d", "raid1", "-m", "raid1"])
        .args(files)
        .output()
        .unwrap();
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
}

/// A partition table with one partition, which begins at the second megabyte.
fn partition(disk: &Path, megabytes: u32) {
    const SWAP: u8 = 0x82;
    let sectors = (megabytes - 1) << 11;
    let mut entry = [0, 0, 0, 0, SWAP, 0, 0, 0].to_vec();
    entry.extend((1_u32 << 11).to_le_bytes());
    entry.extend(sectors.to_le_bytes());
    let file = File::options().write(true).open(disk).unwrap();
    file.write_all_at(&entry, 0x1be).unwrap();
    file.write_all_at(&[0x55, 0xaa], 0x1fe).unwrap();
}
