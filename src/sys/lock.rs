//! A lock on a file, for what only one process may do at a time.
//!
//! Source: flock(2).
#![allow(
    clippy::disallowed_methods,
    reason = "a part of io.rs, the one way to the file system"
)]

use std::any::Any;
use std::fs::{OpenOptions, create_dir_all};
use std::io::Result;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use nix::fcntl::{Flock, FlockArg};

/// Waits for the lock on `path`, which lasts as long as what is returned, and no longer than this process: nobody else
/// inherits the file.
pub(super) fn lock(path: &Path) -> Result<Box<dyn Any>> {
    path.parent().map_or(Ok(()), create_dir_all)?;
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(false).mode(0o600);
    let locked = Flock::lock(options.open(path)?, FlockArg::LockExclusive);
    Ok(Box::new(locked.map_err(|(_, errno)| errno)?))
}
