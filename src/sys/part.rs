//! Parts of large files, read piece by piece: as they are, or as a program of the system decompresses them.

use std::fmt;
use std::io::Read;
use std::path::PathBuf;

use super::error::{Error, Result};
use super::path::SysPath;
use super::root::Root;

/// A part of a file that is being read.
pub struct Part {
    reader: Box<dyn Read>,
    verb: &'static str,
    path: PathBuf,
}

impl Part {
    fn new(
        opened: std::io::Result<Box<dyn Read>>,
        verb: &'static str,
        path: PathBuf,
    ) -> Result<Self> {
        match opened {
            Ok(reader) => Ok(Self { reader, verb, path }),
            Err(source) => Err(Error { verb, path, source }),
        }
    }

    /// An error that reading returned, with what was read.
    pub fn error(self, source: std::io::Error) -> Error {
        let Self { verb, path, .. } = self;
        Error { verb, path, source }
    }
}

impl Read for Part {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        self.reader.read(buffer)
    }
}

impl fmt::Debug for Part {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Part").field(&self.path).finish()
    }
}

impl Root {
    /// How long a file is, in bytes.
    pub fn length(&self, place: SysPath<'_>) -> Result<u64> {
        let path = self.path(place);
        self.io.length(&path).map_err(|source| Error {
            verb: "read",
            path,
            source,
        })
    }

    /// Opens at most `length` bytes of a file from `offset` on.
    pub fn part(&self, place: SysPath<'_>, (offset, length): (u64, u64)) -> Result<Part> {
        let path = self.path(place);
        Part::new(self.io.part(&path, (offset, length)), "read", path)
    }

    /// The same as the system's `program` decompresses it. Where the program fails, the last read does, with
    /// `InvalidData`.
    pub fn unpack(&self, place: SysPath<'_>, part: (u64, u64), program: &str) -> Result<Part> {
        let opened = self.io.unpack(program, &self.path(place), part);
        Part::new(opened, "run", program.into())
    }
}
