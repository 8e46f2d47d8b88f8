//! The files of efivarfs, and mounting it.
//!
//! Source: Linux's fs/efivarfs and Documentation/filesystems/efivarfs.rst: a variable that the kernel does not know is
//! immutable until its flag is cleared, and each write(2) is one call of the firmware.
#![allow(
    clippy::disallowed_methods,
    reason = "a part of the one way to the kernel"
)]

use std::fs::File;
use std::io::{ErrorKind, Result, Write};
use std::path::Path;

use nix::fcntl::OFlag;
use nix::mount::{MntFlags, MsFlags, mount, umount2};
use nix::sys::stat::Mode;
use nix::unistd::{UnlinkatFlags, unlinkat};
use rustix::fs::{IFlags, ioctl_getflags, ioctl_setflags};

use super::base::Base;
use super::open::open;

/// A file whose immutable flag is cleared for as long as this lasts.
struct Unprotected(File, IFlags);

impl Unprotected {
    /// `None` where the file does not exist, has no such flag, or the flag is not set.
    fn new(base: &Base, path: &Path) -> Option<Self> {
        let file = open(base, path).ok()?;
        let flags = ioctl_getflags(&file).ok()?;
        let set = flags.contains(IFlags::IMMUTABLE);
        let cleared = set && ioctl_setflags(&file, flags - IFlags::IMMUTABLE).is_ok();
        cleared.then_some(Self(file, flags))
    }
}

impl Drop for Unprotected {
    fn drop(&mut self) {
        // A deleted file keeps no flags.
        let _ = ioctl_setflags(&self.0, self.1);
    }
}

/// Writes a variable with one write.
pub(super) fn write_variable(base: &Base, path: &Path, bytes: &[u8]) -> Result<()> {
    let _unprotected = Unprotected::new(base, path);
    let is_new = base.metadata(path, false).is_err();
    let flags = OFlag::O_WRONLY | OFlag::O_CREAT | OFlag::O_NOFOLLOW | OFlag::O_NONBLOCK;
    let mut file = base.open(path, flags, Mode::from_bits_truncate(0o644))?;
    let written = file.write(bytes).and_then(|length| {
        if length == bytes.len() {
            Ok(())
        } else {
            Err(ErrorKind::WriteZero.into())
        }
    });
    if written.is_err() && is_new {
        // There is a file then, and no variable.
        let _ = unlink(base, path);
    }
    written
}

/// Deletes a variable.
pub(super) fn remove_variable(base: &Base, path: &Path) -> Result<()> {
    let _unprotected = Unprotected::new(base, path);
    unlink(base, path)
}

fn unlink(base: &Base, path: &Path) -> Result<()> {
    let (Some(parent), Some(name)) = (path.parent(), path.file_name()) else {
        return Err(ErrorKind::NotFound.into());
    };
    let flags = OFlag::O_PATH | OFlag::O_DIRECTORY;
    let dir = base.open(parent, flags, Mode::empty())?;
    Ok(unlinkat(&dir, name, UnlinkatFlags::NoRemoveDir)?)
}

/// Mounts a file system without a device; only on the running system.
pub(super) fn mount_at(base: &Base, kind: &str, path: &Path) -> Result<()> {
    if !matches!(base, Base::System) {
        return Err(ErrorKind::Unsupported.into());
    }
    let flags = MsFlags::MS_NOSUID | MsFlags::MS_NODEV | MsFlags::MS_NOEXEC;
    Ok(mount(Some(kind), path, Some(kind), flags, None::<&str>)?)
}

/// Unmounts what [`mount_at`] mounted.
pub(super) fn unmount(base: &Base, path: &Path) -> Result<()> {
    if !matches!(base, Base::System) {
        return Err(ErrorKind::Unsupported.into());
    }
    Ok(umount2(path, MntFlags::empty())?)
}
