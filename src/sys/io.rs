//! The system calls behind [`Root`](super::Root), so that a test can stand in for the kernel or make any of them fail.

use std::any::Any;
use std::io::{Error, ErrorKind, Read, Result};
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::unbind::Pending;

/// The longest sysfs attribute: one page.
pub(super) const ATTRIBUTE: usize = 4096;

/// Takes the contents of one of many files.
pub type Take<'a> = dyn FnMut(usize, Result<&[u8]>) + 'a;

/// A file that only this program writes, in directories that only it may write.
#[derive(Clone, Debug)]
pub struct OwnFile {
    /// Its directories that are ours, from the top.
    pub dirs: Vec<PathBuf>,
    /// Its name.
    pub name: String,
    /// Its mode.
    pub mode: u32,
}

impl OwnFile {
    /// Where it is.
    pub fn path(&self) -> PathBuf {
        self.dirs
            .last()
            .map_or_else(PathBuf::new, |dir| dir.join(&self.name))
    }
}

/// What can be done to files, modules and drivers. Every path is whole.
pub trait Io {
    /// One read into `buffer`; returns how much came.
    fn read_once(&self, path: &Path, buffer: &mut [u8]) -> Result<usize>;
    /// One read of `dir/NAME/file` for each of `names`, handed over with the name's index.
    fn read_each(
        &self,
        dir: &Path,
        names: &[String],
        file: &str,
        take: &mut Take<'_>,
    ) -> Result<()> {
        let mut buffer = [0; ATTRIBUTE];
        for (index, name) in names.iter().enumerate() {
            let length = self.read_once(&dir.join(name).join(file), &mut buffer);
            take(
                index,
                length.map(|length| buffer.get(..length).unwrap_or_default()),
            );
        }
        Ok(())
    }
    /// Hands over each line, with its end, of a regular file that has at most `limit` bytes.
    fn lines(&self, path: &Path, limit: u64, take: &mut dyn FnMut(&[u8])) -> Result<()>;
    /// The same of a file that the user named, which can be a pipe.
    fn lines_named(&self, path: &Path, limit: u64, take: &mut dyn FnMut(&[u8])) -> Result<()> {
        self.lines(path, limit, take)
    }
    /// Hands over each line of the kernel's log, up to the newest.
    fn kernel_log(&self, path: &Path, limit: u64, take: &mut dyn FnMut(&[u8])) -> Result<()> {
        self.lines(path, limit, take)
    }
    /// The names in a directory, in no order.
    fn list(&self, path: &Path) -> Result<Vec<String>>;
    /// The target of a symbolic link.
    fn link(&self, path: &Path) -> Result<String>;
    /// Whether something is there.
    fn exists(&self, path: &Path) -> bool;
    /// What distinguishes a file from every other one, links followed.
    fn identity(&self, path: &Path) -> Result<(u64, u64)>;
    /// The same of the root directory of another process, which is no file below ours.
    fn identity_of_root(&self, path: &Path) -> Result<(u64, u64)> {
        self.identity(path)
    }
    /// Whether the kernel itself holds a block device.
    fn is_claimed(&self, _: &Path) -> bool {
        false
    }
    /// One write to a file that exists.
    fn write(&self, path: &Path, bytes: &[u8]) -> Result<()>;
    /// One write to each of several files that exist, up to the first error, which comes with the file's index.
    fn write_each(&self, writes: &[(&Path, &[u8])]) -> std::result::Result<(), (usize, Error)> {
        for (index, (path, bytes)) in writes.iter().enumerate() {
            self.write(path, bytes).map_err(|error| (index, error))?;
        }
        Ok(())
    }
    /// Puts a file of our own in its place, whole or not at all.
    fn replace(&self, file: &OwnFile, bytes: &[u8]) -> Result<()>;
    /// Waits for the lock on a file of our own; it lasts as long as what is returned.
    fn lock(&self, _: &OwnFile) -> Result<Box<dyn Any>> {
        Ok(Box::new(()))
    }
    /// Writes a file that the user named.
    fn save(&self, _path: &Path, _bytes: &[u8]) -> Result<()> {
        Err(ErrorKind::Unsupported.into())
    }
    /// Puts a file of the system in its place, whole or not at all, and on the disk.
    fn put(&self, _path: &Path, _mode: u32, _bytes: &[u8]) -> Result<()> {
        Err(ErrorKind::Unsupported.into())
    }
    /// The same with a copy of another file.
    fn copy(&self, _from: &Path, _to: &Path) -> Result<()> {
        Err(ErrorKind::Unsupported.into())
    }
    /// Removes a file, where it is there.
    fn remove(&self, _path: &Path) -> Result<()> {
        Err(ErrorKind::Unsupported.into())
    }
    /// How many bytes root can write to the file system of a directory.
    fn free_space(&self, _path: &Path) -> Result<u64> {
        Err(ErrorKind::Unsupported.into())
    }
    /// Runs a program to its end, which prints where we print; `tick` gets the time that it has taken.
    fn run_shown(
        &self,
        _path: &Path,
        _arguments: &[&str],
        _tick: &mut dyn FnMut(Duration),
    ) -> Result<()> {
        Err(ErrorKind::Unsupported.into())
    }
    /// finit_module(2), with MODULE_INIT_COMPRESSED_FILE where `compressed`.
    fn load(&self, path: &Path, options: &str, compressed: bool) -> Result<()>;
    /// Runs a program to its end; what it prints on standard error is the error.
    fn run(&self, path: &Path, arguments: &[&str]) -> Result<()>;
    /// Runs a program to its end, in the C locale, and returns what it prints; what it prints on standard error is the
    /// error. It must not take long.
    fn output(&self, path: &Path, arguments: &[&str]) -> Result<Vec<u8>>;
    /// How many bytes a file has.
    fn length(&self, _path: &Path) -> Result<u64> {
        Err(ErrorKind::Unsupported.into())
    }
    /// Opens a part of a file: from an offset on, and at most so many bytes.
    fn part(&self, _path: &Path, _part: (u64, u64)) -> Result<Box<dyn Read>> {
        Err(ErrorKind::Unsupported.into())
    }
    /// The same as `program` decompresses it.
    fn unpack(&self, _program: &str, _path: &Path, _part: (u64, u64)) -> Result<Box<dyn Read>> {
        Err(ErrorKind::Unsupported.into())
    }
    /// Starts a process that writes `address` to the driver's `unbind` file below `root`.
    fn start_unbind(&self, root: &Path, driver: &str, address: &str) -> Result<Box<dyn Pending>>;
    /// Starts a process that writes `text` to the device's `driver_override` below `root` and requests a probe.
    fn start_give_back(&self, root: &Path, words: [&str; 3]) -> Result<()>;
    /// Writes a variable of the firmware with one write.
    fn write_variable(&self, _path: &Path, _bytes: &[u8]) -> Result<()> {
        Err(ErrorKind::Unsupported.into())
    }
    /// Deletes a variable of the firmware.
    fn remove_variable(&self, _path: &Path) -> Result<()> {
        Err(ErrorKind::Unsupported.into())
    }
    /// Mounts a file system that has no device.
    fn mount(&self, _kind: &str, _path: &Path) -> Result<()> {
        Err(ErrorKind::Unsupported.into())
    }
    /// Unmounts a file system.
    fn unmount(&self, _path: &Path) -> Result<()> {
        Err(ErrorKind::Unsupported.into())
    }
    /// Whether these calls reach the running kernel.
    fn is_real(&self) -> bool {
        true
    }
}
