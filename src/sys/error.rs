//! A system call that failed, in one line: verb, path, reason.
//!
//! Source: errno(3) for the words of the reason.

use std::fmt;
use std::path::PathBuf;

/// A system call on a file that failed: verb, path and the reason.
#[derive(Debug)]
pub struct Error {
    pub(super) verb: &'static str,
    pub(super) path: PathBuf,
    pub(super) source: std::io::Error,
}

/// The outcome of a call on [`Root`].
pub type Result<T> = std::result::Result<T, Error>;

impl Error {
    /// The system's error number, 0 where it is none of the system's.
    pub fn errno(&self) -> i32 {
        self.source.raw_os_error().unwrap_or(0)
    }
}

impl Error {
    /// The kind of the error.
    pub fn kind(&self) -> std::io::ErrorKind {
        self.source.kind()
    }

    /// Whether what was read is cut off or damaged.
    pub fn is_damage(&self) -> bool {
        self.source.kind() == std::io::ErrorKind::InvalidData
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "cannot {} {}: ", self.verb, self.path.display())?;
        match self.source.raw_os_error() {
            Some(number) => f.write_str(nix::errno::Errno::from_raw(number).desc()),
            None => self.source.fmt(f),
        }
    }
}

impl std::error::Error for Error {}

/// Whether what was read at `path` is there.
pub(super) fn there(read: std::io::Result<()>, path: PathBuf) -> Result<bool> {
    match read {
        Ok(()) => Ok(true),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(false),
        Err(source) => Err(Error {
            verb: "read",
            path,
            source,
        }),
    }
}
