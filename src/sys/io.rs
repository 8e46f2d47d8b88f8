//! The system calls behind [`Root`](super::Root), so that a test can stand in for the kernel or make any of them fail.
//!
//! Source: the man pages of section 2.
#![allow(
    clippy::disallowed_methods,
    reason = "this file is the one way to the file system"
)]

use std::any::Any;
use std::fmt::Debug;
use std::fs::{self, File, OpenOptions};
use std::io::{Error, ErrorKind, Read, Result, Write};
use std::os::unix::fs::{FileExt, MetadataExt, OpenOptionsExt};
use std::path::Path;
use std::time::Duration;

use super::decompress::{Bytes, unpack};
use super::lines::{KernelLog, lines};
use super::lock::lock;
use super::open::{READ, open, open_file, open_named};
use super::process;
use super::unbind::{Pending, start_give_back, start_unbind};
use nix::errno::Errno;
use nix::fcntl::{AT_FDCWD, OFlag, openat};
use nix::kmod::{ModuleInitFlags, finit_module};
use nix::sys::stat::Mode;

/// The longest sysfs attribute: one page.
pub(super) const ATTRIBUTE: usize = 4096;

/// Takes the contents of one of many files.
pub type Take<'a> = dyn FnMut(usize, Result<&[u8]>) + 'a;

/// What can be done to files, modules and drivers. Every path is whole.
pub trait Io: Debug {
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
    /// What tells a file from every other one, links followed.
    fn identity(&self, path: &Path) -> Result<(u64, u64)>;
    /// Whether the kernel itself holds a block device for somebody.
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
    /// Makes `dir`, writes `draft` in it and renames it to `path`.
    fn replace(&self, dir: &Path, draft: &Path, path: &Path, bytes: &[u8]) -> Result<()>;
    /// Waits for the lock on `path`, which is made where it is missing; it lasts as long as what is returned.
    fn lock(&self, _path: &Path) -> Result<Box<dyn Any>> {
        Ok(Box::new(()))
    }
    /// finit_module(2), with MODULE_INIT_COMPRESSED_FILE where `compressed`.
    fn load(&self, path: &Path, options: &str, compressed: bool) -> Result<()>;
    /// Runs a program to its end; what it says on standard error is the error.
    fn run(&self, path: &Path, arguments: &[&str]) -> Result<()>;
    /// Runs a program to its end, in the C locale, and returns what it prints; what it says on standard error is the
    /// error. It must not take long.
    fn output(&self, path: &Path, arguments: &[&str]) -> Result<Vec<u8>>;
    /// How many bytes a file has.
    fn length(&self, path: &Path) -> Result<u64> {
        Ok(fs::metadata(path)?.len())
    }
    /// Reads a part of a file into `buffer`; returns how much came.
    fn part(&self, path: &Path, offset: u64, buffer: &mut [u8]) -> Result<usize> {
        open_file(path, u64::MAX)?.file.read_at(buffer, offset)
    }
    /// Hands a part of a file, as `program` decompresses it, to `take`.
    fn unpack(
        &self,
        program: &Path,
        path: &Path,
        part: (u64, u64),
        take: &mut Bytes<'_>,
    ) -> Result<()> {
        unpack(program, path, part, take)
    }
    /// Starts a process that writes `address` to the driver's `unbind` file below `root`.
    fn start_unbind(&self, root: &Path, driver: &str, address: &str) -> Result<Box<dyn Pending>>;
    /// Starts a process that writes `text` to the device's `driver_override` below `root` and asks for a probe.
    fn start_give_back(&self, root: &Path, words: [&str; 3]) -> Result<()>;
    /// Whether these calls reach the running kernel.
    fn is_real(&self) -> bool {
        true
    }
}

/// How long a program may take that is asked for something.
const PATIENCE: Duration = Duration::from_secs(10);

/// The running system's own calls.
#[derive(Debug)]
pub struct Direct;

/// The kernel unpacks the file by itself (MODULE_INIT_COMPRESSED_FILE, Linux 5.17); nix has no name for it.
const COMPRESSED_FILE: u32 = 4;

impl Io for Direct {
    fn read_once(&self, path: &Path, buffer: &mut [u8]) -> Result<usize> {
        open(AT_FDCWD, path)?.read(buffer)
    }

    fn read_each(
        &self,
        dir: &Path,
        names: &[String],
        file: &str,
        take: &mut Take<'_>,
    ) -> Result<()> {
        let dir = open(AT_FDCWD, dir)?;
        let mut buffer = [0; ATTRIBUTE];
        let mut path = String::new();
        for (index, name) in names.iter().enumerate() {
            path.clear();
            path.extend([name, "/", file]);
            let length = open(&dir, Path::new(&path)).and_then(|mut file| file.read(&mut buffer));
            take(
                index,
                length.map(|length| buffer.get(..length).unwrap_or_default()),
            );
        }
        Ok(())
    }

    fn lines(&self, path: &Path, limit: u64, take: &mut dyn FnMut(&[u8])) -> Result<()> {
        lines(&mut open_file(path, limit)?, take)
    }

    fn lines_named(&self, path: &Path, limit: u64, take: &mut dyn FnMut(&[u8])) -> Result<()> {
        lines(&mut open_named(path, limit)?, take)
    }

    fn kernel_log(&self, path: &Path, limit: u64, take: &mut dyn FnMut(&[u8])) -> Result<()> {
        let log = KernelLog(open(AT_FDCWD, path)?);
        lines(&mut log.take(limit), take)
    }

    fn list(&self, path: &Path) -> Result<Vec<String>> {
        fs::read_dir(path)?
            .map(|entry| Ok(entry?.file_name().to_string_lossy().into_owned()))
            .collect()
    }

    fn link(&self, path: &Path) -> Result<String> {
        Ok(fs::read_link(path)?.to_string_lossy().into_owned())
    }

    fn exists(&self, path: &Path) -> bool {
        fs::symlink_metadata(path).is_ok()
    }

    fn identity(&self, path: &Path) -> Result<(u64, u64)> {
        let data = fs::metadata(path)?;
        Ok((data.dev(), data.ino()))
    }

    fn is_claimed(&self, path: &Path) -> bool {
        let flags = READ | OFlag::O_EXCL;
        openat(AT_FDCWD, path, flags, Mode::empty()).err() == Some(Errno::EBUSY)
    }

    fn write(&self, path: &Path, bytes: &[u8]) -> Result<()> {
        write(&open_attribute(path)?, bytes)
    }

    fn write_each(&self, writes: &[(&Path, &[u8])]) -> std::result::Result<(), (usize, Error)> {
        let files: Vec<Result<File>> = writes
            .iter()
            .map(|(path, _)| open_attribute(path))
            .collect();
        for (index, (file, (_, bytes))) in files.into_iter().zip(writes).enumerate() {
            file.and_then(|file| write(&file, bytes))
                .map_err(|error| (index, error))?;
        }
        Ok(())
    }

    fn replace(&self, dir: &Path, draft: &Path, path: &Path, bytes: &[u8]) -> Result<()> {
        fs::create_dir_all(dir)?;
        let mut file = OpenOptions::new()
            .write(true)
            .create(true)
            .truncate(true)
            .mode(0o644)
            .open(draft)?;
        let stored = file.write_all(bytes).and_then(|()| fs::rename(draft, path));
        if stored.is_err() {
            // On a full file system it would be in the way of everybody.
            let _ = fs::remove_file(draft);
        }
        stored
    }

    fn lock(&self, path: &Path) -> Result<Box<dyn Any>> {
        lock(path)
    }

    fn load(&self, path: &Path, options: &str, compressed: bool) -> Result<()> {
        let flags = ModuleInitFlags::from_bits_retain(if compressed { COMPRESSED_FILE } else { 0 });
        let options = std::ffi::CString::new(options)?;
        Ok(finit_module(open(AT_FDCWD, path)?, &options, flags)?)
    }

    fn run(&self, path: &Path, arguments: &[&str]) -> Result<()> {
        process::output(path, arguments, None).map(drop)
    }

    fn output(&self, path: &Path, arguments: &[&str]) -> Result<Vec<u8>> {
        process::output(path, arguments, Some(PATIENCE))
    }

    fn start_unbind(&self, root: &Path, driver: &str, address: &str) -> Result<Box<dyn Pending>> {
        start_unbind(root, driver, address)
    }

    fn start_give_back(&self, root: &Path, words: [&str; 3]) -> Result<()> {
        start_give_back(root, words)
    }
}

/// Opens an attribute to be written; a FIFO in its place fails rather than wait for a reader.
fn open_attribute(path: &Path) -> Result<File> {
    let flags = OFlag::O_WRONLY | OFlag::O_CLOEXEC | OFlag::O_NONBLOCK;
    Ok(File::from(openat(AT_FDCWD, path, flags, Mode::empty())?))
}

/// One write of all `bytes`.
fn write(mut file: &File, bytes: &[u8]) -> Result<()> {
    if file.write(bytes)? < bytes.len() {
        return Err(Error::from(ErrorKind::WriteZero));
    }
    Ok(())
}
