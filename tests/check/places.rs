//! Where images are: in files of any name, and in the sections of unified kernel images.

use std::fs;
use std::os::unix::fs::symlink;

use vfio_early::host::check::find::images;
use vfio_early::sys::Root;

use crate::support::archive::through;
use crate::{assert_ours, contents, early, ours};

/// A program for UEFI with these sections, as ukify makes one.
fn unified(sections: &[(&str, &[u8])]) -> Vec<u8> {
    let mut bytes = vec![0; 0x80];
    bytes[..2].copy_from_slice(b"MZ");
    bytes[0x3c] = 0x80;
    bytes.extend(b"PE\0\0\x64\x86");
    bytes.extend((sections.len() as u16).to_le_bytes());
    bytes.resize(bytes.len() + 12, 0);
    bytes.extend([4, 0, 0, 0, 9, 9, 9, 9]);
    let mut at = bytes.len() + 40 * sections.len();
    for (name, contents) in sections {
        let mut name = name.as_bytes().to_vec();
        name.resize(8, 0);
        bytes.extend(name);
        // What it has in the file is a multiple of a page.
        let (size, filled) = (contents.len(), contents.len().next_multiple_of(512));
        for number in [size, 0x1000, filled, at, 0, 0, 0, 0] {
            bytes.extend((number as u32).to_le_bytes());
        }
        at += filled;
    }
    for (_, contents) in sections {
        bytes.extend(*contents);
        bytes.resize(
            bytes.len() + contents.len().next_multiple_of(512) - contents.len(),
            0,
        );
    }
    bytes
}

#[test]
fn a_unified_image_has_the_image_in_a_section() {
    let initrd = [early(), through("zstd", &ours())].concat();
    let image = unified(&[
        (".uname", b"6.1\n"),
        (".cmdline", b"root=/dev/sda vfio-early.ids=01:00.0\n\0"),
        (".initrd", &initrd),
        (".linux", b"MZ what a kernel is"),
    ]);
    let found = contents(&image);
    assert_ours(&found);
    assert_eq!(found.release.as_deref(), Some("6.1"));
    let cmdline = b"root=/dev/sda vfio-early.ids=01:00.0";
    assert_eq!(found.cmdline.as_deref(), Some(&cmdline[..]));
    let without = contents(&unified(&[(".linux", b"MZ")]));
    assert!(!without.has_program() && without.unread.is_none());
    for end in 0..image.len().min(400) {
        contents(&image[..end]);
    }
}

#[test]
fn images_are_found_where_generators_put_them_and_each_once() {
    let root = tempfile::tempdir().unwrap();
    let paths = [
        "boot/initrd.img-6.1",
        "boot/initrd.img-6.10",
        "boot/initrd.img-6.1.old",
        "boot/initramfs-6.1.img",
        "boot/initramfs-linux.img",
        "boot/vfio-early.img",
        "boot/efi/EFI/Linux/arch-linux.efi",
        "boot/efi/EFI/proxmox/6.1/initrd.img-6.1",
        "boot/0123/6.1/initrd",
        "boot/0123/6.0/initrd",
        "boot/ostree/fedora-9/initramfs-6.1.img",
        "efi/EFI/Linux/readme.txt",
    ];
    for path in paths {
        let path = root.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, ours()).unwrap();
    }
    symlink(
        "../boot/efi/EFI/Linux/arch-linux.efi",
        root.path().join("efi/x"),
    )
    .unwrap();
    symlink("initrd.img-6.1", root.path().join("boot/initrd-6.1")).unwrap();
    let found = |universal| {
        let (images, unread) = images(&Root::at(root.path()), "6.1", universal);
        assert_eq!(unread, Vec::<String>::new());
        let mut paths: Vec<String> = images.into_iter().map(|image| image.path).collect();
        paths.sort();
        paths
    };
    // Two names of one file are one image.
    assert_eq!(
        found(false),
        [
            "/boot/0123/6.1/initrd",
            "/boot/efi/EFI/Linux/arch-linux.efi",
            "/boot/efi/EFI/proxmox/6.1/initrd.img-6.1",
            "/boot/initramfs-6.1.img",
            "/boot/initramfs-linux.img",
            "/boot/initrd.img-6.1",
            "/boot/ostree/fedora-9/initramfs-6.1.img",
        ]
    );
    // A unified image can have the universal one in it.
    assert_eq!(
        found(true),
        ["/boot/efi/EFI/Linux/arch-linux.efi", "/boot/vfio-early.img"]
    );
}
