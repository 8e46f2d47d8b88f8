//! The images that are booted: the generator's, and what a cell puts in front of it, behind it or around it.
//!
//! Source: Documentation/driver-api/early-userspace/buffer-format.rst: archives follow each other, and the last one
//! that has a file wins.

use std::fs;
use std::path::PathBuf;

use tempfile::TempDir;

use crate::harness::cpio;
use crate::harness::image::universal;
use crate::harness::store::Kernel;
use crate::root::Root;

/// The universal image for `kernel`.
pub(crate) fn universal_for(kernel: Kernel, scratch: &TempDir) -> PathBuf {
    let out = scratch.path().join("universal");
    let root = Root::stock(kernel).path("");
    fs::write(&out, universal(&root, &["--kernel", &kernel.release()])).unwrap();
    out
}

/// These images in one file, one after the other.
pub(crate) fn joined(images: &[PathBuf], scratch: &TempDir) -> PathBuf {
    let mut bytes = Vec::new();
    for image in images {
        // An archive that follows a compressed one is found on a multiple of four only.
        bytes.resize(bytes.len().next_multiple_of(4), 0);
        bytes.extend(fs::read(image).unwrap());
    }
    let out = scratch.path().join("image");
    fs::write(&out, bytes).unwrap();
    out
}

/// The files of a disk from which firmware starts the root's kernel with these images, all in one file of the
/// root's ukify.
pub(crate) fn unified(
    root: &Root,
    images: &[PathBuf],
    cmdline: &str,
    scratch: &TempDir,
) -> PathBuf {
    let kernel = format!("--linux=/boot/vmlinuz-{}", root.kernel.release());
    let cmdline = format!("--cmdline={cmdline}");
    let mut command = vec!["ukify", "build", &kernel, &cmdline, "--output=/tmp/uki.efi"];
    let names: Vec<String> = (0..images.len())
        .map(|index| format!("/tmp/initrd-{index}"))
        .collect();
    for (name, image) in names.iter().zip(images) {
        fs::copy(image, root.path(name)).unwrap();
        command.extend(["--initrd", name]);
    }
    root.enter(&command);
    let disk = scratch.path().join("esp");
    let place = disk.join("EFI/BOOT");
    fs::create_dir_all(&place).unwrap();
    fs::copy(root.path("/tmp/uki.efi"), place.join("BOOTX64.EFI")).unwrap();
    disk
}

/// An image of text files that nobody can execute, by their paths without the first slash.
pub(crate) fn of_files(files: &[(&str, &str)], scratch: &TempDir) -> PathBuf {
    let tree = scratch.path().join("tree");
    for (path, text) in files {
        let path = tree.join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    let mut bytes = Vec::new();
    cpio::write(&tree, &mut bytes).unwrap();
    let out = scratch.path().join("files");
    fs::write(&out, bytes).unwrap();
    out
}
