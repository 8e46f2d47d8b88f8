//! A root that is only read, and each file of it once: what a command describes is one state of the machine, and
//! nothing is asked of a driver or the firmware twice.

use std::any::Any;
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::io::{Error, ErrorKind, Read, Result};
use std::path::{Path, PathBuf};

use nix::errno::Errno;

use super::Root;
use super::io::{Io, OwnFile};
use super::limit::LARGE;
use super::unbind::Pending;

impl Root {
    /// The same root for a command that changes nothing: a file or directory that was read is not opened again, and
    /// every write fails with EROFS.
    pub fn read_once(self) -> Self {
        let Self { dir, files, io } = self;
        let files_read = RefCell::default();
        let listed = RefCell::default();
        let io = Box::new(ReadOnce {
            io,
            files_read,
            listed,
        });
        Self { dir, files, io }
    }
}

/// What was read at each path, or the error.
type Memory<T> = RefCell<BTreeMap<PathBuf, std::result::Result<T, Failure>>>;

/// The system calls of `io`, whose results are kept.
struct ReadOnce {
    io: Box<dyn Io>,
    files_read: Memory<Vec<u8>>,
    listed: Memory<Vec<String>>,
}

/// An error that can be returned more than once.
#[derive(Clone, Debug)]
enum Failure {
    Errno(i32),
    Other(ErrorKind, String),
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        match error.raw_os_error() {
            Some(errno) => Self::Errno(errno),
            None => Self::Other(error.kind(), error.to_string()),
        }
    }
}

impl From<Failure> for Error {
    fn from(failure: Failure) -> Self {
        match failure {
            Failure::Errno(errno) => Self::from_raw_os_error(errno),
            Failure::Other(kind, text) => Self::new(kind, text),
        }
    }
}

/// What `memory` has for `path`, or what `read` returns, which is kept.
fn remembered<T: Clone>(
    memory: &Memory<T>,
    path: &Path,
    read: impl FnOnce() -> Result<T>,
) -> Result<T> {
    if let Some(known) = memory.borrow().get(path) {
        return known.clone().map_err(Error::from);
    }
    let found = read().map_err(Failure::from);
    memory.borrow_mut().insert(path.to_owned(), found.clone());
    found.map_err(Error::from)
}

fn refused<T>() -> Result<T> {
    Err(Errno::EROFS.into())
}

impl ReadOnce {
    fn contents(&self, path: &Path, limit: u64) -> Result<Vec<u8>> {
        remembered(&self.files_read, path, || {
            let mut bytes = Vec::new();
            self.io
                .lines(path, limit, &mut |line| bytes.extend_from_slice(line))?;
            Ok(bytes)
        })
    }
}

impl Io for ReadOnce {
    fn read_once(&self, path: &Path, buffer: &mut [u8]) -> Result<usize> {
        let bytes = self.contents(path, LARGE)?;
        let length = bytes.len().min(buffer.len());
        for (to, from) in buffer.iter_mut().zip(&bytes) {
            *to = *from;
        }
        Ok(length)
    }

    fn lines(&self, path: &Path, limit: u64, take: &mut dyn FnMut(&[u8])) -> Result<()> {
        let bytes = self.contents(path, limit)?;
        bytes.split_inclusive(|byte| *byte == b'\n').for_each(take);
        Ok(())
    }

    fn lines_named(&self, path: &Path, limit: u64, take: &mut dyn FnMut(&[u8])) -> Result<()> {
        self.io.lines_named(path, limit, take)
    }

    fn kernel_log(&self, path: &Path, limit: u64, take: &mut dyn FnMut(&[u8])) -> Result<()> {
        self.io.kernel_log(path, limit, take)
    }

    fn list(&self, path: &Path) -> Result<Vec<String>> {
        remembered(&self.listed, path, || self.io.list(path))
    }

    fn link(&self, path: &Path) -> Result<String> {
        self.io.link(path)
    }

    fn exists(&self, path: &Path) -> bool {
        self.io.exists(path)
    }

    fn identity(&self, path: &Path) -> Result<(u64, u64)> {
        self.io.identity(path)
    }

    fn identity_of_root(&self, path: &Path) -> Result<(u64, u64)> {
        self.io.identity_of_root(path)
    }

    fn is_claimed(&self, path: &Path) -> bool {
        self.io.is_claimed(path)
    }

    fn length(&self, path: &Path) -> Result<u64> {
        self.io.length(path)
    }

    fn part(&self, path: &Path, part: (u64, u64)) -> Result<Box<dyn Read>> {
        self.io.part(path, part)
    }

    fn output(&self, path: &Path, arguments: &[&str]) -> Result<Vec<u8>> {
        self.io.output(path, arguments)
    }

    fn unpack(&self, program: &str, path: &Path, part: (u64, u64)) -> Result<Box<dyn Read>> {
        self.io.unpack(program, path, part)
    }

    fn is_real(&self) -> bool {
        self.io.is_real()
    }

    fn write(&self, _: &Path, _: &[u8]) -> Result<()> {
        refused()
    }

    fn replace(&self, _: &OwnFile, _: &[u8]) -> Result<()> {
        refused()
    }

    fn lock(&self, _: &OwnFile) -> Result<Box<dyn Any>> {
        refused()
    }

    fn save(&self, _: &Path, _: &[u8]) -> Result<()> {
        refused()
    }

    fn load(&self, _: &Path, _: &str, _: bool) -> Result<()> {
        refused()
    }

    fn run(&self, _: &Path, _: &[&str]) -> Result<()> {
        refused()
    }

    fn start_unbind(&self, _: &Path, _: &str, _: &str) -> Result<Box<dyn Pending>> {
        refused()
    }

    fn start_give_back(&self, _: &Path, _: [&str; 3]) -> Result<()> {
        refused()
    }
}

#[cfg(test)]
mod tests {
    use crate::sys::{Root, SysPath};

    #[test]
    #[allow(clippy::disallowed_methods, reason = "a test writes its own files")]
    fn a_file_is_read_once_and_never_written() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("proc/cmdline");
        std::fs::create_dir(dir.path().join("proc")).unwrap();
        std::fs::write(&file, "quiet\nmore\n").unwrap();
        let root = Root::at(dir.path()).read_once();
        assert_eq!(root.attribute(SysPath::Cmdline).unwrap(), b"quiet\nmore\n");
        std::fs::write(&file, "changed\n").unwrap();
        let read = root.read(SysPath::Cmdline).unwrap();
        assert_eq!(read.as_deref(), Some(b"quiet\nmore\n".as_slice()));
        let missing = || {
            root.attribute(SysPath::Release)
                .map_err(|error| error.errno())
        };
        assert_eq!((missing(), missing()), (Err(2), Err(2)));
        let written = root.write(SysPath::Cmdline, "x");
        assert_eq!(written.map_err(|error| error.errno()), Err(30));
        assert_eq!(std::fs::read_to_string(&file).unwrap(), "changed\n");
    }
}
