//! The calls of [`Io`] on the running system, or on the files below one directory.
//!
//! Source: the man pages of section 2.
#![allow(
    clippy::disallowed_methods,
    reason = "a part of the one way to the kernel"
)]

use std::any::Any;
use std::fs::File;
use std::io::{Error, ErrorKind, Read, Result, Seek, SeekFrom, Write};
use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::time::Duration;

use super::base::Base;
#[cfg(feature = "host")]
use super::decompress::unpack;
use super::io::{ATTRIBUTE, Io, OwnFile, Take};
use super::lines::{KernelLog, lines};
use super::open::{READ, open, open_file, open_named};
#[cfg(feature = "host")]
use super::save::save;
use super::unbind::{Pending, start_give_back, start_unbind};
use super::{efivarfs, process, store, system_file};
use nix::errno::Errno;
use nix::fcntl::{OFlag, openat};
use nix::kmod::{ModuleInitFlags, finit_module};
use nix::sys::stat::Mode;

/// How long a program may take that is asked for something.
const PATIENCE: Duration = Duration::from_secs(10);

/// The calls themselves, on the files below one directory.
pub struct Direct {
    base: Base,
}

impl Direct {
    /// The calls on the files below `dir`, where no link leads out of it; on all where it is `/`.
    pub fn at(dir: &Path) -> Self {
        Self {
            base: Base::at(dir),
        }
    }

    /// Opens an attribute to be written; a FIFO in its place fails rather than wait for a reader.
    fn open_attribute(&self, path: &Path) -> Result<File> {
        let flags = OFlag::O_WRONLY | OFlag::O_NONBLOCK;
        self.base.open(path, flags, Mode::empty())
    }
}

/// The kernel unpacks the file by itself (MODULE_INIT_COMPRESSED_FILE, Linux 5.17); nix has no name for it.
const COMPRESSED_FILE: u32 = 4;

impl Io for Direct {
    fn read_once(&self, path: &Path, buffer: &mut [u8]) -> Result<usize> {
        open(&self.base, path)?.read(buffer)
    }

    fn read_each(
        &self,
        parent: &Path,
        names: &[String],
        file: &str,
        take: &mut Take<'_>,
    ) -> Result<()> {
        // Where links may not lead out of the root, each path begins at it.
        let dir = match self.base {
            Base::System => Some(open(&self.base, parent)?),
            Base::Below(_) => None,
        };
        let open_one = |path: &str| match &dir {
            Some(opened) => {
                Ok(openat(opened, path, READ | OFlag::O_CLOEXEC, Mode::empty())?.into())
            }
            None => open(&self.base, &parent.join(path)),
        };
        let mut buffer = [0; ATTRIBUTE];
        let mut path = String::new();
        for (index, name) in names.iter().enumerate() {
            path.clear();
            path.extend([name, "/", file]);
            let length = open_one(&path).and_then(|mut file: File| file.read(&mut buffer));
            take(
                index,
                length.map(|length| buffer.get(..length).unwrap_or_default()),
            );
        }
        Ok(())
    }

    fn lines(&self, path: &Path, limit: u64, take: &mut dyn FnMut(&[u8])) -> Result<()> {
        lines(&mut open_file(&self.base, path, limit)?, take)
    }

    fn lines_named(&self, path: &Path, limit: u64, take: &mut dyn FnMut(&[u8])) -> Result<()> {
        lines(&mut open_named(path, limit)?, take)
    }

    fn kernel_log(&self, path: &Path, limit: u64, take: &mut dyn FnMut(&[u8])) -> Result<()> {
        let log = KernelLog(open(&self.base, path)?);
        lines(&mut log.take(limit), take)
    }

    fn list(&self, path: &Path) -> Result<Vec<String>> {
        let names = self.base.list(path)?.into_iter();
        Ok(names
            .map(|name| name.to_string_lossy().into_owned())
            .collect())
    }

    fn link(&self, path: &Path) -> Result<String> {
        Ok(self.base.link(path)?.to_string_lossy().into_owned())
    }

    fn exists(&self, path: &Path) -> bool {
        self.base.metadata(path, false).is_ok()
    }

    fn identity(&self, path: &Path) -> Result<(u64, u64)> {
        let data = self.base.metadata(path, true)?;
        Ok((data.dev(), data.ino()))
    }

    fn identity_of_root(&self, path: &Path) -> Result<(u64, u64)> {
        let data = Base::System.metadata(path, true)?;
        Ok((data.dev(), data.ino()))
    }

    fn is_claimed(&self, path: &Path) -> bool {
        let flags = READ | OFlag::O_EXCL;
        let opened = self.base.open(path, flags, Mode::empty());
        opened.is_err_and(|error| error.raw_os_error() == Some(Errno::EBUSY as i32))
    }

    fn write(&self, path: &Path, bytes: &[u8]) -> Result<()> {
        write(&self.open_attribute(path)?, bytes)
    }

    fn write_each(&self, writes: &[(&Path, &[u8])]) -> std::result::Result<(), (usize, Error)> {
        let files: Vec<Result<File>> = writes
            .iter()
            .map(|(path, _)| self.open_attribute(path))
            .collect();
        for (index, (file, (_, bytes))) in files.into_iter().zip(writes).enumerate() {
            file.and_then(|file| write(&file, bytes))
                .map_err(|error| (index, error))?;
        }
        Ok(())
    }

    fn replace(&self, file: &OwnFile, bytes: &[u8]) -> Result<()> {
        store::replace(&self.base, file, bytes)
    }

    fn lock(&self, file: &OwnFile) -> Result<Box<dyn Any>> {
        store::lock(&self.base, file)
    }

    #[cfg(feature = "host")]
    fn save(&self, path: &Path, bytes: &[u8]) -> Result<()> {
        save(path, bytes)
    }

    fn put(&self, path: &Path, mode: u32, bytes: &[u8]) -> Result<()> {
        system_file::put(&self.base, path, mode, bytes)
    }

    fn copy(&self, from: &Path, to: &Path) -> Result<()> {
        system_file::copy(&self.base, from, to)
    }

    fn remove(&self, path: &Path) -> Result<()> {
        system_file::remove(&self.base, path)
    }

    fn free_space(&self, path: &Path) -> Result<u64> {
        system_file::free_space(&self.base, path)
    }

    fn run_shown(
        &self,
        path: &Path,
        arguments: &[&str],
        tick: &mut dyn FnMut(Duration),
    ) -> Result<()> {
        process::run_shown(path, arguments, tick)
    }

    fn length(&self, path: &Path) -> Result<u64> {
        Ok(self.base.metadata(path, true)?.len())
    }

    fn part(&self, path: &Path, (offset, length): (u64, u64)) -> Result<Box<dyn Read>> {
        let mut file = open_file(&self.base, path, u64::MAX)?.into_file()?;
        file.seek(SeekFrom::Start(offset))?;
        Ok(Box::new(file.take(length)))
    }

    #[cfg(feature = "host")]
    fn unpack(&self, program: &str, path: &Path, part: (u64, u64)) -> Result<Box<dyn Read>> {
        let file = open_file(&self.base, path, u64::MAX)?.into_file()?;
        Ok(Box::new(unpack(program, file, part)?))
    }

    fn load(&self, path: &Path, options: &str, compressed: bool) -> Result<()> {
        let flags = ModuleInitFlags::from_bits_retain(if compressed { COMPRESSED_FILE } else { 0 });
        let options = std::ffi::CString::new(options)?;
        Ok(finit_module(open(&self.base, path)?, &options, flags)?)
    }

    fn run(&self, path: &Path, arguments: &[&str]) -> Result<()> {
        process::output(path, arguments, None).map(drop)
    }

    fn output(&self, path: &Path, arguments: &[&str]) -> Result<Vec<u8>> {
        process::output(path, arguments, Some(PATIENCE))
    }

    fn write_variable(&self, path: &Path, bytes: &[u8]) -> Result<()> {
        efivarfs::write_variable(&self.base, path, bytes)
    }

    fn remove_variable(&self, path: &Path) -> Result<()> {
        efivarfs::remove_variable(&self.base, path)
    }

    fn mount(&self, kind: &str, path: &Path) -> Result<()> {
        efivarfs::mount_at(&self.base, kind, path)
    }

    fn unmount(&self, path: &Path) -> Result<()> {
        efivarfs::unmount(&self.base, path)
    }

    fn start_unbind(&self, root: &Path, driver: &str, address: &str) -> Result<Box<dyn Pending>> {
        start_unbind(root, driver, address)
    }

    fn start_give_back(&self, root: &Path, words: [&str; 3]) -> Result<()> {
        start_give_back(root, words)
    }
}

/// One write of all `bytes`.
fn write(mut file: &File, bytes: &[u8]) -> Result<()> {
    if file.write(bytes)? < bytes.len() {
        return Err(Error::from(ErrorKind::WriteZero));
    }
    Ok(())
}
