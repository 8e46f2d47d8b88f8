//! The image that is booted: the generator's, and what a cell puts in front of it or behind it.
//!
//! *Writes* into the cell's scratch directory. Source of truth: Documentation/driver-api/early-userspace/buffer-format.rst:
//! archives follow each other, and the last one that has a file wins.
//! To add one: a function from an image to an image.

use std::fs;
use std::path::{Path, PathBuf};

use tempfile::TempDir;

use crate::harness::cpio;
use crate::harness::image::universal;
use crate::harness::store::Kernel;
use crate::root::Root;

/// The image behind a universal image for `kernel`.
pub(crate) fn behind(image: &Path, kernel: Kernel, scratch: &TempDir) -> PathBuf {
    let mut bytes = universal(
        &Root::stock(kernel).path(""),
        &["--kernel", &kernel.release()],
    );
    bytes.extend(fs::read(image).unwrap());
    let out = scratch.path().join("image");
    fs::write(&out, bytes).unwrap();
    out
}

/// The image with a file in place of the binary that nobody can execute.
pub(crate) fn spoiled(image: &Path, scratch: &TempDir) -> PathBuf {
    let tree = scratch.path().join("tree");
    fs::create_dir_all(tree.join("usr/bin")).unwrap();
    fs::write(tree.join("usr/bin/vfio-early"), "").unwrap();
    let mut bytes = fs::read(image).unwrap();
    // An archive that follows a compressed one is found on a multiple of four only.
    bytes.resize(bytes.len().next_multiple_of(4), 0);
    cpio::write(&tree, &mut bytes).unwrap();
    let out = scratch.path().join("image");
    fs::write(&out, bytes).unwrap();
    out
}
