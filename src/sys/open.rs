//! Opens files for reading without waiting for anybody, and reads no more of them than is expected.
//!
//! Source: open(2), fifo(7). O_NONBLOCK changes nothing for a file on a disk or in /proc and /sys; a FIFO without it
//! waits for a writer.
#![allow(
    clippy::disallowed_methods,
    reason = "a part of io.rs, the one way to the file system"
)]

use std::fs::File;
use std::io::{Error, ErrorKind, Read, Result};
use std::os::fd::AsFd;
use std::path::Path;
use std::time::Duration;

use nix::errno::Errno;
use nix::fcntl::OFlag;
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use nix::sys::stat::Mode;

use super::base::Base;

/// What a link names that masks a file.
const NULL_DEVICE: &str = "/dev/null";
/// How long a pipe that the user named may stay without a byte.
const PATIENCE: Duration = Duration::from_secs(60);

/// What every file is opened with.
pub(super) const READ: OFlag = OFlag::O_RDONLY.union(OFlag::O_NONBLOCK);

/// Opens whatever is there, for one read of bounded length.
pub(super) fn open(base: &Base, path: &Path) -> Result<File> {
    base.open(path, READ, Mode::empty())
}

/// Opens a regular file, as those of /proc and /sys are too, with at most `limit` bytes. A link to /dev/null is an empty
/// file, wherever that device is: it masks a file of the same name in a directory of lower priority.
pub(super) fn open_file(base: &Base, path: &Path, limit: u64) -> Result<Limited> {
    let is_mask = || {
        base.link(path)
            .is_ok_and(|target| target.as_os_str() == NULL_DEVICE)
    };
    let file = match open(base, path) {
        Err(error) if error.kind() == ErrorKind::NotFound && is_mask() => {
            return Ok(Limited::new(None, limit));
        }
        opened => opened?,
    };
    let data = file.metadata()?;
    if data.is_dir() {
        return Err(Errno::EISDIR.into());
    }
    if !data.is_file() && is_mask() {
        return Ok(Limited::new(None, limit));
    }
    if !data.is_file() {
        return Err(Error::new(ErrorKind::InvalidInput, "not a regular file"));
    }
    let limited = Limited::new(Some(file), limit);
    if data.len() > limit {
        return Err(limited.too_large());
    }
    Ok(limited)
}

/// Opens what the user named, which can be a pipe.
pub(super) fn open_named(path: &Path, limit: u64) -> Result<Limited> {
    Ok(Limited::new(Some(open(&Base::System, path)?), limit))
}

/// A file of which no more than so many bytes are read.
pub(super) struct Limited {
    /// The file, unless it is masked.
    file: Option<File>,
    limit: u64,
    left: u64,
}

impl Limited {
    pub(super) fn new(file: Option<File>, limit: u64) -> Self {
        Self {
            file,
            limit,
            left: limit,
        }
    }

    /// The file itself, to be read from anywhere; there is none where it is masked.
    pub(super) fn into_file(self) -> Result<File> {
        self.file.ok_or_else(|| ErrorKind::NotFound.into())
    }

    fn too_large(&self) -> Error {
        let text = format!("larger than {} MiB", self.limit >> 20);
        Error::new(ErrorKind::FileTooLarge, text)
    }

    /// Waits until there is something to read of a pipe or terminal.
    fn wait(file: &File) -> Result<()> {
        let mut ready = [PollFd::new(file.as_fd(), PollFlags::POLLIN)];
        let patience = PollTimeout::try_from(PATIENCE).unwrap_or(PollTimeout::MAX);
        match poll(&mut ready, patience) {
            Ok(0) => Err(ErrorKind::TimedOut.into()),
            Ok(_) | Err(Errno::EINTR) => Ok(()),
            Err(errno) => Err(errno.into()),
        }
    }
}

impl Read for Limited {
    fn read(&mut self, buffer: &mut [u8]) -> Result<usize> {
        let Some(file) = &mut self.file else {
            return Ok(0);
        };
        let count = loop {
            match file.read(buffer) {
                Err(error) if error.kind() == ErrorKind::WouldBlock => Self::wait(file)?,
                read => break read?,
            }
        };
        self.left = self
            .left
            .checked_sub(count as u64)
            .ok_or_else(|| self.too_large())?;
        Ok(count)
    }
}
