//! The file system below one root directory.
//!
//! No other room opens a file: `clippy.toml` refuses it elsewhere.

use std::fmt;
use std::path::{Path, PathBuf};

use super::direct::Direct;
use super::error::{Error, Result, there};
use super::io::{ATTRIBUTE, Io};
use super::limit::LARGE;
use super::path::{IMAGE_DIR, SysPath};
use crate::escape::escaped;

/// A root directory, and the way to its files.
pub struct Root {
    pub(super) dir: PathBuf,
    /// Where configuration and modules are: the same, but for the first process.
    pub(super) files: PathBuf,
    pub(super) io: Box<dyn Io>,
}

impl fmt::Debug for Root {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Root({})", self.dir.display())
    }
}

impl Root {
    /// The running system.
    pub fn system() -> Self {
        Self::at("/")
    }

    /// The files below `dir`. Nothing outside it is read or written, and no module is loaded, unless `dir` is `/`.
    pub fn at(dir: impl Into<PathBuf>) -> Self {
        let dir = dir.into();
        let io = Box::new(Direct::at(&dir));
        Self::with(dir, io)
    }

    /// The files below `dir`, reached by `io`.
    pub fn with(dir: impl Into<PathBuf>, io: Box<dyn Io>) -> Self {
        let dir = dir.into();
        Self {
            files: dir.clone(),
            dir,
            io,
        }
    }

    /// The running system, with configuration and modules from the universal image.
    pub fn of_image() -> Self {
        let system = Self::system();
        Self {
            files: system.dir.join(IMAGE_DIR),
            ..system
        }
    }

    /// Whether this is the running system.
    pub fn is_system(&self) -> bool {
        self.dir == Path::new("/")
    }

    /// Where `place` is, for messages.
    pub fn path(&self, place: SysPath<'_>) -> PathBuf {
        place.under(&self.dir, &self.files)
    }

    /// The first bytes of a file: one read of at most 4096 bytes, which is a whole sysfs attribute.
    pub fn attribute(&self, place: SysPath<'_>) -> Result<Vec<u8>> {
        let mut buffer = [0; ATTRIBUTE];
        let length = self.start(place, &mut buffer)?;
        Ok(buffer.get(..length).unwrap_or_default().to_vec())
    }

    /// As many first bytes of a file as fit into `buffer`, in one read; returns how many came.
    pub fn start(&self, place: SysPath<'_>, buffer: &mut [u8]) -> Result<usize> {
        let path = self.path(place);
        let read = self.io.read_once(&path, buffer);
        read.map_err(|source| Error {
            verb: "read",
            path,
            source,
        })
    }

    /// Hands the attribute `file` of every device in `names` to `take`, with the name's index.
    pub fn each_device(
        &self,
        names: &[String],
        file: &str,
        take: &mut dyn FnMut(usize, Result<&[u8]>),
    ) -> Result<()> {
        let dir = self.path(SysPath::Devices);
        let mut named = |index: usize, bytes: std::io::Result<&[u8]>| {
            let path = || {
                dir.join(names.get(index).map_or("", String::as_str))
                    .join(file)
            };
            take(
                index,
                bytes.map_err(|source| Error {
                    verb: "read",
                    path: path(),
                    source,
                }),
            );
        };
        let done = self.io.read_each(&dir, names, file, &mut named);
        done.map_err(|source| Error {
            verb: "read",
            path: dir.clone(),
            source,
        })
    }

    /// A whole file; `None` where it does not exist.
    pub fn read(&self, place: SysPath<'_>) -> Result<Option<Vec<u8>>> {
        let mut bytes = Vec::new();
        Ok(self
            .lines(place, &mut |line| bytes.extend_from_slice(line))?
            .then_some(bytes))
    }

    /// A whole file that must exist.
    pub fn whole(&self, place: SysPath<'_>) -> Result<Vec<u8>> {
        self.read(place)?.ok_or_else(|| self.absent("read", place))
    }

    /// A whole file that the user named, wherever it is.
    pub fn named(&self, path: &Path) -> Result<Vec<u8>> {
        let mut bytes = Vec::new();
        let read = self
            .io
            .lines_named(path, LARGE, &mut |line| bytes.extend_from_slice(line));
        read.map(|()| bytes).map_err(|source| Error {
            verb: "read",
            path: path.to_owned(),
            source,
        })
    }

    /// Hands each line of a file, its end included, to `take`; `false` where the file does not exist.
    pub fn lines(&self, place: SysPath<'_>, take: &mut dyn FnMut(&[u8])) -> Result<bool> {
        let path = self.path(place);
        let read = match place {
            // It is no file of the root.
            SysPath::OwnProgram => self.io.lines_named(&path, place.limit(), take),
            _ => self.io.lines(&path, place.limit(), take),
        };
        there(read, path)
    }

    /// Hands each line of the kernel's log to `take`, up to the newest; `false` where there is no log.
    pub fn kernel_log(&self, take: &mut dyn FnMut(&[u8])) -> Result<bool> {
        let place = SysPath::KernelLog;
        let path = self.path(place);
        let read = self.io.kernel_log(&path, place.limit(), take);
        there(read, path)
    }

    /// The names in a directory in name order, those that are not UTF-8 with replacement characters; empty where it
    /// does not exist.
    pub fn list(&self, place: SysPath<'_>) -> Result<Vec<String>> {
        let path = self.path(place);
        match self.io.list(&path) {
            Ok(mut names) => {
                names.sort_unstable();
                Ok(names)
            }
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(Vec::new()),
            Err(source) => Err(Error {
                verb: "list",
                path,
                source,
            }),
        }
    }

    /// The target of a symbolic link; `None` where it does not exist.
    pub fn link(&self, place: SysPath<'_>) -> Result<Option<String>> {
        let path = self.path(place);
        match self.io.link(&path) {
            Ok(target) => Ok(Some(target)),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
            Err(source) => Err(Error {
                verb: "read link",
                path,
                source,
            }),
        }
    }

    /// An error where a file or directory does not exist that every running system has.
    pub fn require(&self, place: SysPath<'_>) -> Result<()> {
        if self.exists(place) {
            return Ok(());
        }
        Err(self.absent("find", place))
    }

    /// The error of a file that is not there.
    pub(super) fn absent(&self, verb: &'static str, place: SysPath<'_>) -> Error {
        Error {
            verb,
            path: self.path(place),
            source: nix::errno::Errno::ENOENT.into(),
        }
    }

    /// Whether a file or directory exists.
    pub fn exists(&self, place: SysPath<'_>) -> bool {
        self.io.exists(&self.path(place))
    }

    /// Whether the kernel itself holds a block device: for a mounted file system, a RAID, a volume group, swap.
    pub fn is_claimed(&self, place: SysPath<'_>) -> bool {
        self.io.is_claimed(&self.path(place))
    }

    /// Whether both are one file; `None` where that cannot be known.
    pub fn is_same(&self, one: SysPath<'_>, other: SysPath<'_>) -> Option<bool> {
        let identity = |place| match place {
            SysPath::FirstRoot => self.io.identity_of_root(&self.path(place)).ok(),
            _ => self.io.identity(&self.path(place)).ok(),
        };
        Some(identity(one)? == identity(other)?)
    }

    /// Writes one sysfs attribute with one write; the file must exist.
    pub fn write(&self, place: SysPath<'_>, text: &str) -> Result<()> {
        let path = self.path(place);
        log::debug!(target: "vfio-early", "write \"{}\" to {}", escaped(text), path.display());
        self.io
            .write(&path, text.as_bytes())
            .map_err(|source| Error {
                verb: "write",
                path,
                source,
            })
    }

    /// Writes attributes one after the other, up to the first error. All are opened before the first write: it can take
    /// so long that the initramfs has been left by then, and its paths lead nowhere.
    pub fn write_each(&self, writes: &[(SysPath<'_>, &str)]) -> Result<()> {
        let paths: Vec<PathBuf> = writes.iter().map(|(place, _)| self.path(*place)).collect();
        let mut bytes = Vec::new();
        for (path, (_, text)) in paths.iter().zip(writes) {
            log::debug!(target: "vfio-early", "write \"{}\" to {}", escaped(text), path.display());
            bytes.push((path.as_path(), text.as_bytes()));
        }
        self.io.write_each(&bytes).map_err(|(index, source)| Error {
            verb: "write",
            path: paths.get(index).cloned().unwrap_or_default(),
            source,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_names_verb_path_and_reason() {
        let error = Root::at("/nonexistent")
            .attribute(SysPath::Cmdline)
            .map_err(|e| e.to_string());
        let wanted = "cannot read /nonexistent/proc/cmdline: No such file or directory";
        assert_eq!(error, Err(wanted.to_owned()));
    }
}
