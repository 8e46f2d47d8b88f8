//! A file that the user named for output.
//!
//! Source: open(2), rename(2).
#![allow(
    clippy::disallowed_methods,
    reason = "a part of io.rs, the one way to the file system"
)]

use std::ffi::OsStr;
use std::fs::{self, Metadata, OpenOptions};
use std::io::{Error, ErrorKind, Result, Write};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::Path;

use nix::fcntl::OFlag;
use nix::sys::stat::Mode;
use nix::unistd::geteuid;

use super::base::Base;
use super::store::put;

/// The mode of a new file: it may hold serial numbers.
const MODE: u32 = 0o600;

/// Writes `bytes` to `path`. A regular file is there whole or as it was before; a link, pipe or device stays what it is.
pub(super) fn save(path: &Path, bytes: &[u8]) -> Result<()> {
    match fs::symlink_metadata(path) {
        Ok(data) if is_ours(&data) => replace(path, data.mode() & 0o7777, bytes),
        Err(error) if error.kind() == ErrorKind::NotFound => replace(path, MODE, bytes),
        Ok(_) => write(path, bytes),
        Err(error) => Err(error),
    }
}

/// Whether a new file in its place changes nothing but the contents.
fn is_ours(data: &Metadata) -> bool {
    data.is_file() && data.nlink() == 1 && data.uid() == geteuid().as_raw()
}

fn replace(path: &Path, mode: u32, bytes: &[u8]) -> Result<()> {
    let parent = path.parent().filter(|dir| !dir.as_os_str().is_empty());
    let parent = parent.unwrap_or(Path::new("."));
    let name: &OsStr = path
        .file_name()
        .ok_or(Error::from(ErrorKind::IsADirectory))?;
    fs::create_dir_all(parent)?;
    let dir = Base::System.open(parent, OFlag::O_RDONLY | OFlag::O_DIRECTORY, Mode::empty())?;
    put(&dir, name, mode, bytes)
}

fn write(path: &Path, bytes: &[u8]) -> Result<()> {
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(true).mode(MODE);
    options.open(path)?.write_all(bytes)
}
