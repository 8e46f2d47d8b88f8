//! Files of the system's configuration and its images: whole or as they were before, and on the disk in the end.
//!
//! Source: open(2), rename(2), fsync(2), fstatvfs(3).
#![allow(
    clippy::disallowed_methods,
    reason = "a part of io.rs, the one way to the file system"
)]

use std::fs::File;
use std::io::{Error, ErrorKind, Read, Result, Write};
use std::os::unix::fs::MetadataExt;
use std::path::Path;

use nix::fcntl::{OFlag, renameat};
use nix::sys::stat::{Mode, fchmod, mkdirat};
use nix::sys::statvfs::fstatvfs;
use nix::unistd::{UnlinkatFlags, unlinkat};

use super::base::Base;
use super::store::create;

/// The mode of a directory that is missing.
const DIR_MODE: Mode = Mode::from_bits_truncate(0o755);

/// Puts `bytes` in the place of `path`.
pub(super) fn put(base: &Base, path: &Path, mode: u32, bytes: &[u8]) -> Result<()> {
    write(base, path, mode, &mut |file| file.write_all(bytes))
}

/// Puts a copy of `from` in the place of `to`.
pub(super) fn copy(base: &Base, from: &Path, to: &Path) -> Result<()> {
    let mut source = base.open(from, OFlag::O_RDONLY, Mode::empty())?;
    let mode = source.metadata()?.mode() & 0o7777;
    write(base, to, mode, &mut |file| {
        let mut buffer = vec![0; 1 << 16];
        loop {
            let count = source.read(&mut buffer)?;
            if count == 0 {
                return Ok(());
            }
            file.write_all(buffer.get(..count).unwrap_or_default())?;
        }
    })
}

/// Removes a file, where it is there.
pub(super) fn remove(base: &Base, path: &Path) -> Result<()> {
    let (parent, name) = split(path)?;
    let dir = match open_dir(base, parent) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(()),
        opened => opened?,
    };
    match unlinkat(&dir, name, UnlinkatFlags::NoRemoveDir) {
        Ok(()) => dir.sync_all(),
        Err(nix::errno::Errno::ENOENT) => Ok(()),
        Err(errno) => Err(errno.into()),
    }
}

/// How many bytes there is room for in the file system of a directory or file.
pub(super) fn free_space(base: &Base, path: &Path) -> Result<u64> {
    let file = base.open(path, OFlag::O_RDONLY, Mode::empty())?;
    let data = fstatvfs(&file)?;
    #[allow(
        clippy::useless_conversion,
        reason = "these are narrower on some architectures"
    )]
    let (blocks, size) = (
        u64::from(data.blocks_free()),
        u64::from(data.fragment_size()),
    );
    Ok(blocks.saturating_mul(size))
}

/// Writes a draft beside `path` and renames it; a link is followed by nobody. The mode of a file that is there is kept.
fn write(
    base: &Base,
    path: &Path,
    mode: u32,
    fill: &mut dyn FnMut(&mut File) -> Result<()>,
) -> Result<()> {
    let (parent, name) = split(path)?;
    let dir = match open_dir(base, parent) {
        Err(error) if error.kind() == ErrorKind::NotFound => {
            make(base, parent)?;
            open_dir(base, parent)?
        }
        opened => opened?,
    };
    let mode = match base.metadata(path, false) {
        Ok(data) if data.is_file() => data.mode() & 0o7777,
        Ok(_) => return Err(Error::other("it is no regular file, and is left alone")),
        Err(_) => mode,
    };
    // None of those who read the directories of a system takes a name with this begin and end.
    let draft = format!(".{name}.vfio-early");
    let mut file = create(&dir, draft.as_ref())?;
    let written = fill(&mut file)
        .and_then(|()| Ok(fchmod(&file, Mode::from_bits_truncate(mode))?))
        .and_then(|()| file.sync_all())
        .and_then(|()| Ok(renameat(&dir, draft.as_str(), &dir, name)?));
    match written {
        Ok(()) => dir.sync_all(),
        Err(error) => {
            // On a full file system it would be in the way of everybody.
            let _ = unlinkat(&dir, draft.as_str(), UnlinkatFlags::NoRemoveDir);
            Err(error)
        }
    }
}

fn split(path: &Path) -> Result<(&Path, &str)> {
    let name = path.file_name().and_then(|name| name.to_str());
    match (path.parent(), name) {
        (Some(parent), Some(name)) => Ok((parent, name)),
        _ => Err(ErrorKind::InvalidInput.into()),
    }
}

fn open_dir(base: &Base, path: &Path) -> Result<File> {
    base.open(path, OFlag::O_RDONLY | OFlag::O_DIRECTORY, Mode::empty())
}

/// Makes a directory and those above it.
fn make(base: &Base, path: &Path) -> Result<()> {
    let (parent, name) = split(path)?;
    let above = match open_dir(base, parent) {
        Err(error) if error.kind() == ErrorKind::NotFound => {
            make(base, parent)?;
            open_dir(base, parent)?
        }
        opened => opened?,
    };
    match mkdirat(&above, name, DIR_MODE) {
        Ok(()) | Err(nix::errno::Errno::EEXIST) => Ok(()),
        Err(errno) => Err(errno.into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;
    use std::os::unix::fs::PermissionsExt;

    #[test]
    fn a_file_is_put_in_its_place_with_its_mode_and_nothing_beside_it() {
        let dir = tempfile::tempdir().unwrap();
        let base = Base::at(dir.path());
        let path = dir.path().join("etc/some.d/file.conf");
        put(&base, &path, 0o644, b"one").unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o640)).unwrap();
        put(&base, &path, 0o644, b"two").unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"two");
        let mode = fs::metadata(&path).unwrap().permissions().mode();
        assert_eq!(mode & 0o7777, 0o640);
        let copied = dir.path().join("etc/copy");
        copy(&base, &path, &copied).unwrap();
        assert_eq!(fs::read(&copied).unwrap(), b"two");
        assert_eq!(fs::read_dir(path.parent().unwrap()).unwrap().count(), 1);
        for _ in 0..2 {
            remove(&base, &path).unwrap();
        }
        assert!(!path.exists() && free_space(&base, dir.path()).unwrap() > 0);
    }

    #[test]
    fn no_link_is_replaced() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("link");
        std::os::unix::fs::symlink("elsewhere", &path).unwrap();
        assert!(put(&Base::at(dir.path()), &path, 0o644, b"x").is_err());
        assert!(path.is_symlink());
    }
}
