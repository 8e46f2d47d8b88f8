//! Parts of large files, piece by piece: as they are, or as a program of the system decompresses them.

use super::error::{Error, Result};
use super::io::Bytes;
use super::path::SysPath;
use super::root::Root;

const CHUNK: usize = 1 << 16;

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

    /// Hands a file from `offset` on to `take`, up to the first `false`.
    pub fn pieces(&self, place: SysPath<'_>, offset: u64, take: &mut Bytes<'_>) -> Result<()> {
        let path = self.path(place);
        let mut buffer = vec![0; CHUNK];
        let mut at = offset;
        loop {
            match self.io.part(&path, at, &mut buffer) {
                Ok(0) => return Ok(()),
                Ok(count) if !take(buffer.get(..count).unwrap_or_default()) => return Ok(()),
                Ok(count) => at += count as u64,
                Err(source) => {
                    return Err(Error {
                        verb: "read",
                        path,
                        source,
                    });
                }
            }
        }
    }

    /// Hands a part of a file, from an offset on and so long, to `take` as the system's `program` decompresses it.
    pub fn unpack(
        &self,
        place: SysPath<'_>,
        part: (u64, u64),
        program: &str,
        take: &mut Bytes<'_>,
    ) -> Result<()> {
        let unpacked = self.io.unpack(program, &self.path(place), part, take);
        unpacked.map_err(|source| Error {
            verb: "run",
            path: program.into(),
            source,
        })
    }
}
