//! Processes of this program that take a device from its driver, or give it back, since such a write can take for ever.
//!
//! Source: `device_release_driver()` in Linux's drivers/base/dd.c, which waits for the driver.
#![allow(
    clippy::disallowed_methods,
    reason = "a part of io.rs, the one way to the kernel"
)]

use std::io::{Error, Result};
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Child, Command, Stdio};

use super::path::OWN_PROGRAM;

/// The words that begin the arguments of the processes that an unbind, or giving a device back, runs in. No commands for
/// people.
pub const UNBIND: &str = "unbind-helper";
/// See [`UNBIND`].
pub const GIVE_BACK: &str = "give-back-helper";

/// Something under way that may never end.
pub trait Pending {
    /// The outcome, once there is one.
    fn poll(&mut self) -> Option<Result<()>>;
}

/// Starts a process that writes `address` to the driver's `unbind` file below `root`.
pub(super) fn start_unbind(root: &Path, driver: &str, address: &str) -> Result<Box<dyn Pending>> {
    Ok(Box::new(Unbind(spawn(root, &[UNBIND, driver, address])?)))
}

/// Starts a process that writes `text` to the device's `driver_override` below `root` and requests a probe.
pub(super) fn start_give_back(root: &Path, [driver, address, text]: [&str; 3]) -> Result<()> {
    spawn(root, &[GIVE_BACK, driver, address, text]).map(drop)
}

/// Starts this program again with these words below `root`.
fn spawn(root: &Path, words: &[&str]) -> Result<Child> {
    let mut command = Command::new(OWN_PROGRAM);
    // systemd ends every process of the initramfs when it leaves it, but those whose name begins so: see
    // systemd's ROOT_STORAGE_DAEMONS.
    command.arg0("@vfio-early");
    command.arg("--root").arg(root).args(words);
    // No reader may wait for a pipe that a process stuck in the kernel still holds.
    command
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
}

/// A process that ends when the unbind does, with the error number as its status.
struct Unbind(Child);

impl Pending for Unbind {
    fn poll(&mut self) -> Option<Result<()>> {
        match self.0.try_wait() {
            Ok(None) => None,
            Ok(Some(status)) => Some(match status.code() {
                Some(0) => Ok(()),
                Some(number) => Err(Error::from_raw_os_error(number)),
                None => Err(Error::other(format!(
                    "the unbind process ended by {status}"
                ))),
            }),
            Err(error) => Some(Err(error)),
        }
    }
}
