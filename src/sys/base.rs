//! Where paths begin: at the root of the running system, or at a directory that nothing below it leads out of.
//!
//! Source: openat2(2): with RESOLVE_IN_ROOT (Linux 5.6) links and `..` are resolved as after chroot(2).
#![allow(
    clippy::disallowed_methods,
    reason = "a part of io.rs, the one way to the file system"
)]

use std::ffi::OsString;
use std::fs::{self, File, Metadata};
use std::io::Result;
use std::os::fd::OwnedFd;
use std::os::unix::ffi::OsStringExt;
use std::path::{Path, PathBuf};

use nix::dir::Dir;
use nix::errno::Errno;
use nix::fcntl::{AT_FDCWD, OFlag, OpenHow, ResolveFlag, openat, openat2, readlinkat};
use nix::sys::stat::Mode;

/// Where paths begin.
pub(super) enum Base {
    /// The running system.
    System,
    /// A directory that holds everything, whatever its links and the paths in its files name.
    Below(Below),
}

/// A directory, and its descriptor or why there is none.
pub(super) struct Below {
    dir: PathBuf,
    top: std::result::Result<OwnedFd, Errno>,
}

impl Base {
    /// The base for paths that begin with `dir`.
    pub(super) fn at(dir: &Path) -> Self {
        if dir == Path::new("/") {
            return Self::System;
        }
        let flags = OFlag::O_PATH | OFlag::O_DIRECTORY | OFlag::O_CLOEXEC;
        Self::Below(Below {
            dir: dir.to_owned(),
            top: openat(AT_FDCWD, dir, flags, Mode::empty()),
        })
    }

    /// Opens a file, with O_CLOEXEC.
    pub(super) fn open(&self, path: &Path, flags: OFlag, mode: Mode) -> Result<File> {
        let flags = flags | OFlag::O_CLOEXEC;
        let opened = match self {
            Self::System => openat(AT_FDCWD, path, flags, mode)?,
            Self::Below(below) => below.open(path, flags, mode)?,
        };
        Ok(File::from(opened))
    }

    /// The names in a directory.
    pub(super) fn list(&self, path: &Path) -> Result<Vec<OsString>> {
        if matches!(self, Self::System) {
            return fs::read_dir(path)?
                .map(|entry| Ok(entry?.file_name()))
                .collect();
        }
        let flags = OFlag::O_RDONLY | OFlag::O_DIRECTORY;
        let mut dir = Dir::from_fd(self.open(path, flags, Mode::empty())?.into())?;
        let mut names = Vec::new();
        for entry in dir.iter() {
            let name = entry?.file_name().to_bytes().to_vec();
            if !matches!(name.as_slice(), b"." | b"..") {
                names.push(OsString::from_vec(name));
            }
        }
        Ok(names)
    }

    /// The target of a symbolic link.
    pub(super) fn link(&self, path: &Path) -> Result<PathBuf> {
        match self {
            Self::System => fs::read_link(path),
            Self::Below(_) => {
                let link = self.open(path, OFlag::O_PATH | OFlag::O_NOFOLLOW, Mode::empty())?;
                Ok(readlinkat(link, "").map_err(not_a_link)?.into())
            }
        }
    }

    /// What the kernel knows of a file; of a link itself, where `last` is not set.
    pub(super) fn metadata(&self, path: &Path, last: bool) -> Result<Metadata> {
        match (self, last) {
            (Self::System, true) => fs::metadata(path),
            (Self::System, false) => fs::symlink_metadata(path),
            (Self::Below(_), true) => self.open(path, OFlag::O_PATH, Mode::empty())?.metadata(),
            (Self::Below(_), false) => {
                let flags = OFlag::O_PATH | OFlag::O_NOFOLLOW;
                self.open(path, flags, Mode::empty())?.metadata()
            }
        }
    }
}

/// readlinkat(2) of a descriptor has another error for what is no link than of a path.
fn not_a_link(errno: Errno) -> Errno {
    if errno == Errno::ENOENT {
        Errno::EINVAL
    } else {
        errno
    }
}

impl Below {
    fn open(&self, path: &Path, flags: OFlag, mode: Mode) -> Result<OwnedFd> {
        let top = self.top.as_ref().map_err(|errno| *errno)?;
        let below = match path.strip_prefix(&self.dir) {
            Ok(below) if below.as_os_str().is_empty() => Path::new("."),
            Ok(below) => below,
            // A path that a file names from its root on.
            Err(_) => path,
        };
        let how = OpenHow::new()
            .flags(flags)
            .mode(mode)
            .resolve(ResolveFlag::RESOLVE_IN_ROOT);
        match openat2(top, below, how) {
            // A kernel before 5.6, or a container whose filter does not know the call.
            Err(Errno::ENOSYS | Errno::EPERM) => self.open_checked(below, flags, mode),
            opened => Ok(opened?),
        }
    }

    /// The same without openat2: what leads out of the directory is not opened.
    fn open_checked(&self, below: &Path, flags: OFlag, mode: Mode) -> Result<OwnedFd> {
        let top = fs::canonicalize(&self.dir)?;
        let inside = |path: &Path| match fs::canonicalize(path)? {
            real if real.starts_with(&top) => Ok(real),
            _ => Err(std::io::Error::from(Errno::EXDEV)),
        };
        let path = top.join(below.strip_prefix("/").unwrap_or(below));
        let is_link = || fs::symlink_metadata(&path).is_ok_and(|data| data.is_symlink());
        let place = match (path.parent(), path.file_name()) {
            (Some(parent), Some(name)) if flags.contains(OFlag::O_NOFOLLOW) || !is_link() => {
                inside(parent)?.join(name)
            }
            _ => inside(&path)?,
        };
        Ok(openat(AT_FDCWD, &place, flags | OFlag::O_NOFOLLOW, mode)?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Read;
    use std::os::unix::fs::symlink;

    /// A directory with links that lead out of it, beside a file that it must not reach.
    fn tree() -> tempfile::TempDir {
        let dir = tempfile::tempdir().unwrap();
        let top = dir.path().join("top");
        fs::create_dir_all(top.join("etc")).unwrap();
        fs::write(dir.path().join("secret"), "outside").unwrap();
        fs::write(top.join("secret"), "inside").unwrap();
        symlink("../../secret", top.join("etc/up")).unwrap();
        symlink("/secret", top.join("etc/absolute")).unwrap();
        symlink(dir.path(), top.join("etc/dir")).unwrap();
        dir
    }

    fn text(file: Result<impl Into<File>>) -> std::result::Result<String, i32> {
        let mut text = String::new();
        file.map(Into::into)
            .and_then(|mut file: File| file.read_to_string(&mut text))
            .map(|_| text)
            .map_err(|error| error.raw_os_error().unwrap_or(0))
    }

    #[test]
    fn links_and_paths_are_resolved_below_the_directory() {
        let dir = tree();
        let top = dir.path().join("top");
        let base = Base::at(&top);
        let read = |path: PathBuf| text(base.open(&path, OFlag::O_RDONLY, Mode::empty()));
        for name in ["etc/up", "etc/absolute", "../secret", "etc/../../secret"] {
            assert_eq!(read(top.join(name)).as_deref(), Ok("inside"), "{name}");
        }
        assert_eq!(read("/secret".into()).as_deref(), Ok("inside"));
        let errno = Err(Errno::ENOENT as i32);
        assert_eq!(read(top.join("etc/dir/secret")), errno);
        let made = base.open(
            &top.join("etc/dir/new"),
            OFlag::O_CREAT | OFlag::O_WRONLY,
            Mode::S_IRWXU,
        );
        assert!(made.is_err() && !dir.path().join("new").exists());
        assert_eq!(
            base.link(&top.join("etc/up")).unwrap(),
            Path::new("../../secret")
        );
        assert_eq!(
            base.link(&top.join("secret")).unwrap_err().raw_os_error(),
            Some(Errno::EINVAL as i32)
        );
        let mut names = base.list(&top.join("etc")).unwrap();
        names.sort();
        assert_eq!(names, ["absolute", "dir", "up"]);
    }

    #[test]
    fn without_openat2_what_leads_out_is_not_opened() {
        let dir = tree();
        let below = Below {
            dir: dir.path().join("top"),
            top: Err(Errno::ENOSYS),
        };
        let read =
            |name: &str| text(below.open_checked(name.as_ref(), OFlag::O_RDONLY, Mode::empty()));
        let out = Err(Errno::EXDEV as i32);
        assert_eq!(read("secret").as_deref(), Ok("inside"));
        assert_eq!(read("/secret").as_deref(), Ok("inside"));
        for name in ["etc/up", "etc/dir/secret", "../secret"] {
            assert_eq!(read(name), out, "{name}");
        }
        assert!(read("etc/absolute").is_err());
    }
}
