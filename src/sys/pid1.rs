//! What only the first process does: mounts what the claim needs, and makes way for the image's own init.
//!
//! Source: mount(2), execve(2) and `kernel_init()` in Linux's init/main.c.
#![allow(
    clippy::disallowed_methods,
    reason = "before these mounts there is no file system to ask"
)]

use std::ffi::OsString;
use std::fs;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::Command;

use nix::mount::{MntFlags, MsFlags, mount, umount2};

use super::path::{FIRST_PROGRAM, IMAGE_DIR};

/// File system, where it goes, its options.
const MOUNTS: [(&str, &str, &str); 4] = [
    ("proc", "/proc", ""),
    ("sysfs", "/sys", ""),
    ("devtmpfs", "/dev", "mode=0755"),
    ("tmpfs", "/run", "mode=0755"),
];

/// What the kernel itself would run, in its order.
const INITS: [&str; 5] = ["/init", "/sbin/init", "/etc/init", "/bin/init", "/bin/sh"];

/// Mounts what is not mounted yet; returns what it mounted. A failure is left to the claim, which names what it misses.
pub fn mount_all() -> Vec<&'static str> {
    let mut mounted = Vec::new();
    for (kind, place, options) in MOUNTS {
        let _ = fs::create_dir(place);
        let flags = MsFlags::MS_NOSUID
            | if kind == "devtmpfs" {
                MsFlags::empty()
            } else {
                MsFlags::MS_NODEV
            };
        let options = Some(options).filter(|options| !options.is_empty());
        // A second mount over the first would hide it from the processes that follow.
        if !is_mounted(place) && mount(Some(kind), place, Some(kind), flags, options).is_ok() {
            mounted.push(place);
        }
    }
    mounted
}

/// A mount point is on another device than the directory above it.
fn is_mounted(place: &str) -> bool {
    use std::os::unix::fs::MetadataExt;
    let device = |path: &str| fs::metadata(path).map(|data| data.dev()).ok();
    device(place)
        .zip(device("/"))
        .is_some_and(|(here, above)| here != above)
}

/// Takes away what [`mount_all`] mounted and the files of the image; /run stays where `keep_run`.
pub fn clear(mounted: &[&str], keep_run: bool) {
    let _ = fs::remove_dir_all(Path::new("/").join(IMAGE_DIR));
    let _ = fs::remove_file(FIRST_PROGRAM);
    for place in mounted
        .iter()
        .filter(|place| **place != "/run" || !keep_run)
    {
        let _ = umount2(*place, MntFlags::MNT_DETACH);
    }
}

/// Becomes the init of the image, with the arguments that the kernel gave; returns only where there is none.
pub fn exec_init(arguments: &[OsString]) -> std::io::Error {
    let mut last = std::io::Error::from(std::io::ErrorKind::NotFound);
    for init in INITS {
        last = Command::new(init).arg0(init).args(arguments).exec();
    }
    last
}
