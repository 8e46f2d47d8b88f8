//! Images as generators make them, and as nobody should: what is found in each.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::disallowed_methods,
    reason = "a test fails by panicking, and reads its own files"
)]

#[path = "../support/mod.rs"]
mod support;

mod archives;
mod places;

use std::fs;

use support::archive::{Archive, through};
use vfio_early::host::check::contents::{Contents, Generator};
use vfio_early::host::check::find::images;
use vfio_early::sys::Root;

/// What is found in an image of these bytes.
fn contents(bytes: &[u8]) -> Contents {
    let root = tempfile::tempdir().unwrap();
    let boot = root.path().join("boot");
    fs::create_dir(&boot).unwrap();
    fs::write(boot.join("initrd.img-6.1"), bytes).unwrap();
    let (mut images, unread) = images(&Root::at(root.path()), "6.1", false);
    assert_eq!((images.len(), unread.len()), (1, 0));
    images.remove(0).contents
}

/// The archive of an image of initramfs-tools with us in it.
fn ours() -> Vec<u8> {
    let mut archive = Archive::default();
    archive.file("conf/initramfs.conf", b"");
    archive.file(
        "scripts/init-top/ORDER",
        b"/scripts/init-top/00-vfio-early \"$@\"\n",
    );
    archive.file(
        "usr/bin/vfio-early",
        b"\x7fELF vfio-early 0.0.1 x by vfio-early 0.0.2.\nvfio-early 2.3.4\nvfio-early",
    );
    archive.file("etc/vfio-early.conf", b"ids=class:nvme\n");
    archive.file(
        "usr/lib/modules/6.1/kernel/drivers/vfio/pci/vfio-pci.ko.xz",
        b"",
    );
    archive.finish()
}

/// An archive as microcode comes in.
fn early() -> Vec<u8> {
    let mut archive = Archive::default();
    archive.entry("kernel", 0o040_755, (1, 2), b"");
    archive.file("kernel/x86/microcode/AuthenticAMD.bin", &[7; 1000]);
    archive.finish()
}

const CONF: &str = "etc/vfio-early.conf";

fn assert_ours(contents: &Contents) {
    assert_eq!(contents.unread, None);
    assert_eq!(contents.generator(), Some(Generator::InitramfsTools));
    assert!(contents.has_program() && contents.starts_it());
    assert_eq!(contents.version().as_deref(), Some("2.3.4"));
    assert_eq!(contents.some_release(), Some("6.1"));
    assert!(contents.has_module("6.1", "vfio_pci"));
    assert!(!contents.has_module("6.2", "vfio_pci") && !contents.has_module("6.1", "vfio"));
    assert_eq!(contents.config().collect::<Vec<_>>(), [CONF]);
    assert_eq!(contents.file(CONF).unwrap().bytes, b"ids=class:nvme\n");
}

#[test]
fn an_image_is_read_however_it_is_compressed() {
    assert_ours(&contents(&ours()));
    assert_ours(&contents(&[early(), ours()].concat()));
    for program in ["gzip", "xz", "zstd", "lz4", "bzip2", "lzop", "lzma"] {
        let packed = through(program, &ours());
        assert_ours(&contents(&packed));
        assert_ours(&contents(&[early(), packed.clone()].concat()));
        // initramfs-tools has the modules in an archive of its own, and any number of zeros is nothing.
        let mut image = [early(), ours()].concat();
        image.resize(image.len() + 2048, 0);
        image.extend(through(program, &early()));
        assert_ours(&contents(&image));
    }
}

#[test]
fn the_last_file_of_a_name_counts() {
    let mut later = Archive::default();
    later.file("usr/bin/vfio-early", b"");
    later.file("etc/vfio-early.conf", b"ids=01:00.0\n");
    let found = contents(&[ours(), later.finish()].concat());
    assert!(!found.has_program(), "an empty file is no program");
    assert_eq!(found.file(CONF).unwrap().bytes, b"ids=01:00.0\n");
}

#[test]
fn what_starts_it_is_known_for_each_generator() {
    for (generator, mark, starter) in [
        (
            Generator::Dracut,
            "usr/lib/dracut/build-parameter.txt",
            "usr/lib/dracut/hooks/cmdline/00-vfio-early.sh",
        ),
        (
            Generator::Dracut,
            "usr/lib/dracut/build-parameter.txt",
            "usr/lib/systemd/system/sysinit.target.wants/vfio-early.service",
        ),
        (Generator::Mkinitcpio, "config", "hooks/vfio-early"),
    ] {
        let image = |names: &[&str]| {
            let mut archive = Archive::default();
            names.iter().for_each(|name| archive.file(name, b"x"));
            contents(&archive.finish())
        };
        let whole = image(&[mark, "usr/bin/vfio-early", starter]);
        assert_eq!(whole.generator(), Some(generator));
        assert!(whole.has_program() && whole.starts_it(), "{starter}");
        assert!(!image(&[mark, "usr/bin/vfio-early"]).starts_it());
        assert!(!image(&[mark, starter]).has_program());
    }
    // Its list decides what initramfs-tools runs, and not the script alone.
    let mut archive = Archive::default();
    archive.file("scripts/init-top/ORDER", b"/scripts/init-top/udev\n");
    archive.file("scripts/init-top/00-vfio-early", b"#!/bin/sh\n");
    assert!(!contents(&archive.finish()).starts_it());
}

#[test]
fn files_with_several_names_have_their_contents_with_the_last() {
    let mut archive = Archive::default();
    archive.entry("etc/vfio-early.conf", 0o100_644, (7, 3), b"");
    archive.entry("somewhere/else", 0o100_644, (8, 2), b"no");
    archive.entry("etc/vfio-early.d/1.conf", 0o100_644, (7, 3), b"");
    archive.entry("elsewhere", 0o100_644, (7, 3), b"ids=01:00.0\n");
    archive.entry("etc/vfio-early.d/2.conf", 0o120_777, (9, 1), b"1.conf");
    let found = contents(&archive.finish());
    for name in ["etc/vfio-early.conf", "etc/vfio-early.d/1.conf"] {
        assert_eq!(found.file(name).unwrap().bytes, b"ids=01:00.0\n", "{name}");
    }
    assert!(found.file("etc/vfio-early.d/2.conf").unwrap().link);
    assert_eq!(found.config().count(), 3);
}

#[test]
fn an_image_that_cannot_be_read_has_the_reason() {
    let why = |bytes: &[u8]| contents(bytes).unread.unwrap();
    assert_eq!(why(&ours()[..400]), "it ends in the middle of a file");
    let garbage = "what it begins with is no archive, and no compression that is known";
    assert_eq!(why(b"GARBAGE"), garbage);
    assert_eq!(why(&[&early()[..], b"GARBAGE"].concat()), garbage);
    // The kernel takes no archive that begins elsewhere than on a multiple of four.
    assert_eq!(why(&[b"\0", &ours()[..]].concat()), garbage);
    assert_eq!(
        why(&through("gzip", b"GARBAGE")),
        "what gzip makes of it is no archive"
    );
    let packed = through("zstd", &ours());
    let cut = contents(&packed[..packed.len() - 9]);
    assert!(cut.unread.unwrap().starts_with("cannot run zstd: "));
    let first = &contents(&through("xz", &ours()[..400]));
    assert_eq!(
        first.unread.as_deref(),
        Some("it ends in the middle of a file")
    );
    assert_eq!(first.generator(), Some(Generator::InitramfsTools));
}

#[test]
fn an_image_that_is_cut_off_is_damaged_and_one_of_an_unknown_format_is_not() {
    let packed = through("zstd", &ours());
    for bytes in [&ours()[..400], &packed[..packed.len() - 9]] {
        assert!(contents(bytes).damaged);
    }
    for bytes in [&ours()[..], &packed, b"GARBAGE"] {
        assert!(!contents(bytes).damaged);
    }
}

#[test]
fn no_image_takes_long() {
    let start = std::time::Instant::now();
    // Zeros without end, and as many links to one file as fit into a real image.
    let zeros = sparse(1 << 30, b"");
    assert!(zeros.unread.is_some() && zeros.files.is_empty());
    let packed = sparse(1 << 30, &through("gzip", &ours()));
    assert!(packed.files.len() > 3);
    let mut archive = Archive::default();
    for index in 0..120_000 {
        let name = format!("etc/vfio-early.d/{index}.conf");
        archive.raw(
            &[index % 60_000, 0o100_644, 0, 0, 2, 0, 0, 0, 0, 0, 0, 0, 0],
            &name,
            b"",
        );
    }
    let links = contents(&archive.finish());
    assert!(links.files.len() <= 1 << 16);
    let taken = start.elapsed();
    assert!(taken < std::time::Duration::from_secs(30), "{taken:?}");
}

/// What is found in a file of this length that begins with these bytes.
fn sparse(length: u64, bytes: &[u8]) -> Contents {
    let root = tempfile::tempdir().unwrap();
    let boot = root.path().join("boot");
    fs::create_dir(&boot).unwrap();
    fs::write(boot.join("initrd.img-6.1"), bytes).unwrap();
    let file = fs::File::options()
        .write(true)
        .open(boot.join("initrd.img-6.1"));
    file.unwrap().set_len(length).unwrap();
    images(&Root::at(root.path()), "6.1", false)
        .0
        .remove(0)
        .contents
}

#[test]
fn a_header_that_makes_no_sense_ends_the_walk() {
    for (index, value) in [(11, 0), (11, 5000)] {
        let mut fields = [0, 0o100_644, 0, 0, 1, 0, 4, 0, 0, 0, 0, 5, 0];
        fields[index] = value;
        let mut archive = Archive::default();
        archive.raw(&fields, "name", b"text");
        assert!(contents(&archive.finish()).unread.is_some(), "{index}");
    }
    // Larger than the image, larger than memory: it is passed over, not taken.
    let mut archive = Archive::default();
    archive.raw(
        &[0, 0o100_644, 0, 0, 1, 0, u32::MAX, 0, 0, 0, 0, 20, 0],
        "etc/vfio-early.conf",
        b"ids=",
    );
    assert!(contents(&archive.finish()).unread.is_some());
}

#[test]
fn names_lead_nowhere_but_to_their_files() {
    let mut archive = Archive::default();
    archive.file("./etc/vfio-early.conf", b"1");
    archive.file("/etc/vfio-early.d/a.conf", b"2");
    archive.file("etc/vfio-early.d/.hidden.conf", b"3");
    archive.file("../etc/vfio-early.protect", b"4");
    archive.file("etc/vfio-early.conf.bak", b"5");
    let found = contents(&archive.finish());
    let names: Vec<&str> = found.files.iter().map(|file| file.name.as_str()).collect();
    assert_eq!(names, ["etc/vfio-early.conf", "etc/vfio-early.d/a.conf"]);
}
