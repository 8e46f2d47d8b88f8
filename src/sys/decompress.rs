//! A part of a file through a decompressor: a program of the system, which gets a time limit.
//!
//! Source: memfd_create(2), poll(2).
#![allow(
    clippy::disallowed_methods,
    reason = "it is one of the ways of io.rs to the file system"
)]

use std::fs::File;
use std::io::{Error, ErrorKind, Read, Result, Seek, SeekFrom, Write};
use std::os::fd::AsFd;
use std::os::unix::fs::FileExt;
use std::path::Path;
use std::process::{Child, ChildStdout, Command, Stdio};
use std::time::{Duration, Instant};

use nix::errno::Errno;
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use nix::sys::memfd::{MFdFlags, memfd_create};

/// Where the system has its programs, also where it looks into another root: they are tools, and no part of it.
const PROGRAM_DIRS: [&str; 4] = [
    "/usr/bin",
    "/bin",
    "/usr/local/bin",
    "/run/current-system/sw/bin",
];

/// As long as this may take.
const LIMIT: Duration = Duration::from_secs(120);
/// As much may come of it, in bytes: the kernel would have to hold it in memory too.
const LARGEST: u64 = 2 << 30;
/// A section of a unified kernel image is copied up to this length, in bytes.
const COPIED: u64 = 256 << 20;
const CHUNK: usize = 1 << 16;

/// What a decompressor makes of its input. Where the decompressor fails, the read after its last byte does, with
/// `InvalidData`. Dropping this ends the program.
pub(super) struct Unpacked {
    child: Child,
    output: ChildStdout,
    end: Instant,
    /// How many bytes have been read.
    taken: u64,
    /// Whether all has been read, and the program's exit status.
    ended: bool,
}

/// Starts `program` on `length` bytes of the file from `offset` on.
pub(super) fn unpack(program: &str, file: File, (offset, length): (u64, u64)) -> Result<Unpacked> {
    let mut paths = PROGRAM_DIRS.iter().map(|dir| Path::new(dir).join(program));
    let program = paths.find(|path| path.exists()).ok_or(Errno::ENOENT)?;
    // Neither of us waits for the other: all of it is there before the program starts.
    let input = part(file, offset, length)?;
    let mut child = Command::new(program)
        .arg("-dc")
        .env("LC_ALL", "C")
        .stdin(input)
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()?;
    let output = child.stdout.take().ok_or(Errno::EPIPE)?;
    Ok(Unpacked {
        child,
        output,
        end: Instant::now() + LIMIT,
        taken: 0,
        ended: false,
    })
}

impl Read for Unpacked {
    fn read(&mut self, buffer: &mut [u8]) -> Result<usize> {
        if self.ended || buffer.is_empty() {
            return Ok(0);
        }
        let left = self.end.saturating_duration_since(Instant::now());
        let left = PollTimeout::try_from(left).unwrap_or(PollTimeout::ZERO);
        let mut ready = [PollFd::new(self.output.as_fd(), PollFlags::POLLIN)];
        if poll(&mut ready, left)? == 0 || self.taken > LARGEST {
            return Err(ErrorKind::TimedOut.into());
        }
        let count = self.output.read(buffer)?;
        self.taken += count as u64;
        if count == 0 {
            self.ended = true;
            let status = self.child.wait()?;
            if !status.success() {
                // Its input is cut off or damaged.
                return Err(Error::new(ErrorKind::InvalidData, status.to_string()));
            }
        }
        Ok(count)
    }
}

impl Drop for Unpacked {
    fn drop(&mut self) {
        if !self.ended {
            let _ = self.child.kill();
            let _ = self.child.wait();
        }
    }
}

/// A file that begins with a part of this one: this one itself where that goes to its end, else a copy in memory.
fn part(mut from: File, offset: u64, mut length: u64) -> Result<File> {
    if offset.saturating_add(length) >= from.metadata()?.len() {
        from.seek(SeekFrom::Start(offset))?;
        return Ok(from);
    }
    if length > COPIED {
        return Err(ErrorKind::FileTooLarge.into());
    }
    let mut copy = File::from(memfd_create(c"image", MFdFlags::MFD_CLOEXEC)?);
    let mut buffer = vec![0; CHUNK];
    let mut at = offset;
    while length > 0 {
        let wanted = usize::try_from(length).unwrap_or(CHUNK).min(CHUNK);
        let count = from.read_at(buffer.get_mut(..wanted).unwrap_or_default(), at)?;
        if count == 0 {
            break;
        }
        copy.write_all(buffer.get(..count).unwrap_or_default())?;
        at += count as u64;
        length -= count as u64;
    }
    copy.rewind()?;
    Ok(copy)
}
