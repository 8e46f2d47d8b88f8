//! Changes to the configuration and the images of a system: files put in their place whole, and the system's own
//! programs run where their user can follow them.

use std::path::PathBuf;
use std::time::Duration;

use super::boot_setup::PROGRAM_DIRS;
use super::error::{Error, Result};
use super::path::SysPath;
use super::root::Root;

/// How many bytes of two files are compared at once.
const CHUNK: usize = 1 << 16;

impl Root {
    /// Puts a file in its place, whole or not at all, and on the disk before this returns. Directories above it are made; a
    /// file that is there keeps its mode, a new one gets `mode`.
    pub fn put(&self, place: SysPath<'_>, mode: u32, bytes: &[u8]) -> Result<()> {
        let path = self.path(place);
        self.changed("write", path, |path| self.io.put(path, mode, bytes))
    }

    /// Copies a file of any length to another place, whole or not at all.
    pub fn copy(&self, from: SysPath<'_>, to: SysPath<'_>) -> Result<()> {
        let source = self.path(from);
        self.changed("write", self.path(to), |path| self.io.copy(&source, path))
    }

    /// Whether two files have the same contents.
    pub fn is_equal(&self, one: SysPath<'_>, other: SysPath<'_>) -> bool {
        let (one, other) = (self.path(one), self.path(other));
        let lengths = (self.io.length(&one), self.io.length(&other));
        let (Ok(length), Ok(second)) = lengths else {
            return false;
        };
        if length != second {
            return false;
        }
        let opened = (
            self.io.part(&one, (0, length)),
            self.io.part(&other, (0, length)),
        );
        let (Ok(mut one), Ok(mut other)) = opened else {
            return false;
        };
        let mut buffers = (vec![0; CHUNK], vec![0; CHUNK]);
        let mut left = length;
        while left > 0 {
            let count = usize::try_from(left).unwrap_or(CHUNK).min(CHUNK);
            let halves = (buffers.0.get_mut(..count), buffers.1.get_mut(..count));
            let (Some(first), Some(second)) = halves else {
                return false;
            };
            let read = (one.read_exact(first), other.read_exact(second));
            if !matches!(read, (Ok(()), Ok(()))) || first != second {
                return false;
            }
            left -= count as u64;
        }
        true
    }

    /// Removes a file; that it is not there is no error.
    pub fn remove(&self, place: SysPath<'_>) -> Result<()> {
        self.changed("remove", self.path(place), |path| self.io.remove(path))
    }

    /// How many bytes root can still write to the file system of a directory; of the next one above it where it does not
    /// exist.
    pub fn free_space(&self, place: SysPath<'_>) -> Result<u64> {
        let path = self.path(place);
        let above = path.ancestors().find(|path| self.io.exists(path));
        let path = above.map_or_else(|| self.dir.clone(), ToOwned::to_owned);
        self.io.free_space(&path).map_err(|source| Error {
            verb: "look at",
            path,
            source,
        })
    }

    /// Whether programs below this root are run: those of the running system are.
    pub fn runs_programs(&self) -> bool {
        self.is_system() || !self.io.is_real()
    }

    /// Where a program of the system is.
    pub fn find_program(&self, name: &str) -> Option<PathBuf> {
        let mut paths = PROGRAM_DIRS
            .iter()
            .map(|dir| self.path(SysPath::Named(dir)).join(name));
        paths.find(|path| self.io.exists(path))
    }

    /// Runs a program of the system to its end. What it prints goes where ours goes, so that it goes on where we are killed;
    /// `tick` is called with the time that it has taken so far, about ten times a second.
    pub fn run_shown(
        &self,
        name: &str,
        arguments: &[&str],
        tick: &mut dyn FnMut(Duration),
    ) -> Result<()> {
        let Some(path) = self.find_program(name) else {
            return Err(Error {
                verb: "find",
                path: name.into(),
                source: nix::errno::Errno::ENOENT.into(),
            });
        };
        let run = |path: &std::path::Path| {
            if self.runs_programs() {
                self.io.run_shown(path, arguments, tick)
            } else {
                Err(std::io::Error::other(
                    "this root is not the running system's",
                ))
            }
        };
        self.changed("run", path, run)
    }

    fn changed(
        &self,
        verb: &'static str,
        path: PathBuf,
        change: impl FnOnce(&std::path::Path) -> std::io::Result<()>,
    ) -> Result<()> {
        log::debug!(target: "vfio-early", "{verb} {}", path.display());
        change(&path).map_err(|source| Error { verb, path, source })
    }
}
