//! The disk with the real root that an image hands over to; in both kinds tests/images/guest/init runs in the end.
//!
//! Source: what switch_root of each generator wants of a root.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::Command;

use tempfile::TempDir;

use crate::harness::program::copy;
use crate::harness::store::{busybox, source, tool};
use crate::root::{Root, run};

/// The label of the real root's file system.
pub(crate) const LABEL: &str = "real-root";

/// What is on the disk.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum RealRoot {
    /// Our init and nothing else.
    Tiny,
    /// Debian with systemd as PID 1, its udev included, which triggers all devices once more.
    Debian,
    /// The same with libvirt and QEMU.
    Libvirt,
}

/// Makes the disk; init runs the first of `scripts`, waits until the devices of `bound` have a driver, shows the machine
/// and runs the second.
pub(crate) fn make(
    kind: RealRoot,
    root: &Root,
    bound: &[&str],
    scripts: [&str; 2],
    directory: &TempDir,
) -> PathBuf {
    let tree = directory.path().join("root");
    let size = match kind {
        RealRoot::Tiny => {
            tiny(&tree);
            "16M"
        }
        RealRoot::Debian => {
            debian(root, &tree);
            "800M"
        }
        RealRoot::Libvirt => {
            debian(root, &tree);
            "2G"
        }
    };
    fs::create_dir_all(tree.join("test")).unwrap();
    copy(&busybox(), &tree.join("test/busybox"));
    let lines: String = bound.iter().map(|address| format!("{address}\n")).collect();
    fs::write(tree.join("test/bound"), lines).unwrap();
    fs::write(tree.join("test/first"), scripts[0]).unwrap();
    fs::write(tree.join("test/script"), scripts[1]).unwrap();
    let image = directory.path().join("disk");
    run(Command::new(tool("mke2fs", "e2fsprogs"))
        .args(["-q", "-t", "ext4", "-L", LABEL, "-d"])
        .arg(&tree)
        .arg(&image)
        .arg(size));
    fs::remove_dir_all(&tree).unwrap();
    image
}

fn tiny(tree: &Path) {
    // systemd takes nothing for a root that has no os-release.
    for directory in ["dev", "etc", "proc", "run", "sbin", "sys", "tmp", "usr/lib"] {
        fs::create_dir_all(tree.join(directory)).unwrap();
    }
    fs::write(tree.join("usr/lib/os-release"), "ID=test\n").unwrap();
    symlink("../usr/lib/os-release", tree.join("etc/os-release")).unwrap();
    copy(&source("tests/images/guest/init"), &tree.join("sbin/init"));
}

fn debian(root: &Root, tree: &Path) {
    run(Command::new("cp").arg("-a").arg(root.path("")).arg(tree));
    copy(&source("tests/images/guest/init"), &tree.join("test/init"));
    let units = tree.join("etc/systemd/system");
    copy(
        &source("tests/images/guest/tests.service"),
        &units.join("tests.service"),
    );
    fs::create_dir_all(units.join("multi-user.target.wants")).unwrap();
    symlink(
        "../tests.service",
        units.join("multi-user.target.wants/tests.service"),
    )
    .unwrap();
    // A login prompt would write between our lines.
    symlink("/dev/null", units.join("serial-getty@ttyS0.service")).unwrap();
}
