//! Files of our own, in directories that only we may write: whole or absent, whoever else writes at the same time.
//!
//! Invariant: nothing here follows a link that somebody else may have made.
//! Source: open(2), rename(2), flock(2).

use std::any::Any;
use std::ffi::OsStr;
use std::fs::File;
use std::io::{Error, ErrorKind, Result, Write};
use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::time::{Duration, Instant};

use nix::errno::Errno;
use nix::fcntl::{Flock, FlockArg, OFlag, openat, renameat};
use nix::sys::stat::{Mode, fchmod, mkdirat};
use nix::unistd::{UnlinkatFlags, geteuid, unlinkat};

use super::base::Base;
use super::io::OwnFile;

/// The mode of our directories.
const DIR_MODE: u32 = 0o755;
const OPEN_DIR: OFlag = OFlag::O_RDONLY
    .union(OFlag::O_DIRECTORY)
    .union(OFlag::O_NOFOLLOW);
/// How long somebody else may have the lock: an unbind may take a minute.
const PATIENCE: Duration = Duration::from_secs(90);
/// The pause between two attempts to get the lock.
const PAUSE: Duration = Duration::from_millis(5);

/// Puts `bytes` in the place of `file`.
pub(super) fn replace(base: &Base, file: &OwnFile, bytes: &[u8]) -> Result<()> {
    put(
        &directory(base, file)?,
        file.name.as_ref(),
        file.mode,
        bytes,
    )
}

/// Waits for the lock on `file`, which lasts as long as what is returned, and no longer than this process: no other process
/// inherits the file.
pub(super) fn lock(base: &Base, file: &OwnFile) -> Result<Box<dyn Any>> {
    let dir = directory(base, file)?;
    let flags =
        OFlag::O_RDWR | OFlag::O_CREAT | OFlag::O_NOFOLLOW | OFlag::O_NONBLOCK | OFlag::O_CLOEXEC;
    let mut opened = openat(&dir, file.name.as_str(), flags, mode(file.mode))?;
    let end = Instant::now() + PATIENCE;
    loop {
        match Flock::lock(opened, FlockArg::LockExclusiveNonblock) {
            Ok(locked) => return Ok(Box::new(locked)),
            Err((file, Errno::EWOULDBLOCK)) if Instant::now() < end => opened = file,
            Err((_, Errno::EWOULDBLOCK)) => {
                let text = format!("another process has had it for {} s", PATIENCE.as_secs());
                return Err(Error::new(ErrorKind::TimedOut, text));
            }
            Err((_, errno)) => return Err(errno.into()),
        }
        std::thread::sleep(PAUSE);
    }
}

/// Writes a draft in `dir` and renames it to `name`; the mode is that whatever the umask.
pub(super) fn put(dir: &File, name: &OsStr, mode: u32, bytes: &[u8]) -> Result<()> {
    let mut draft = name.to_owned();
    draft.push(format!(".{}.new", std::process::id()));
    let mut file = create(dir, &draft)?;
    let written = file
        .write_all(bytes)
        .and_then(|()| Ok(fchmod(&file, self::mode(mode))?))
        .and_then(|()| Ok(renameat(dir, draft.as_os_str(), dir, name)?));
    if written.is_err() {
        // On a full file system it would be in the way of everybody.
        let _ = unlinkat(dir, draft.as_os_str(), UnlinkatFlags::NoRemoveDir);
    }
    written
}

/// A new file for `draft`, which only one process writes at a time.
pub(super) fn create(dir: &File, draft: &OsStr) -> Result<File> {
    let flags =
        OFlag::O_WRONLY | OFlag::O_CREAT | OFlag::O_EXCL | OFlag::O_NOFOLLOW | OFlag::O_CLOEXEC;
    let open = || openat(dir, draft, flags, mode(0o600));
    let opened = match open() {
        // A process with our number was killed while it wrote.
        Err(Errno::EEXIST) => {
            unlinkat(dir, draft, UnlinkatFlags::NoRemoveDir)?;
            open()
        }
        opened => opened,
    };
    Ok(File::from(opened?))
}

fn mode(bits: u32) -> Mode {
    Mode::from_bits_truncate(bits)
}

/// The directory of `file`, made where it is missing.
fn directory(base: &Base, file: &OwnFile) -> Result<File> {
    let mut last = Err(ErrorKind::NotFound.into());
    for dir in &file.dirs {
        last = Ok(own(base, dir)?);
    }
    last
}

/// A directory of ours. One that somebody else owns or may write is refused.
fn own(base: &Base, path: &Path) -> Result<File> {
    let open = || base.open(path, OPEN_DIR, Mode::empty());
    let dir = match open() {
        Err(error) if error.kind() == ErrorKind::NotFound => {
            make(base, path)?;
            open()?
        }
        opened => opened?,
    };
    let data = dir.metadata()?;
    let refused = |text: String| {
        let text = format!("{} {text}; it is not used", path.display());
        Err(Error::new(ErrorKind::PermissionDenied, text))
    };
    if data.uid() != geteuid().as_raw() {
        return refused(format!("belongs to user {}", data.uid()));
    }
    // A directory inherits the bit for its group from the one above it.
    let bits = data.mode() & 0o7777 & !Mode::S_ISGID.bits();
    if bits & !DIR_MODE != 0 {
        return refused(format!("has the mode {bits:o}, and {DIR_MODE:o} is wanted"));
    }
    if bits != DIR_MODE {
        fchmod(&dir, mode(DIR_MODE))?;
    }
    Ok(dir)
}

/// Makes a directory and those above it.
fn make(base: &Base, path: &Path) -> Result<()> {
    let (Some(parent), Some(name)) = (path.parent(), path.file_name()) else {
        return Err(ErrorKind::NotFound.into());
    };
    let open = || base.open(parent, OFlag::O_PATH | OFlag::O_DIRECTORY, Mode::empty());
    let above = match open() {
        Err(error) if error.kind() == ErrorKind::NotFound => {
            make(base, parent)?;
            open()?
        }
        opened => opened?,
    };
    match mkdirat(&above, name, mode(DIR_MODE)) {
        Ok(()) | Err(Errno::EEXIST) => Ok(()),
        Err(errno) => Err(errno.into()),
    }
}
