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
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use nix::errno::Errno;
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use nix::sys::memfd::{MFdFlags, memfd_create};

use super::io::Bytes;

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

/// Hands `length` bytes of the file from `offset` on to `program`, and what it makes of them to `take`, up to the first
/// `false`.
pub(super) fn unpack(
    program: &str,
    file: File,
    (offset, length): (u64, u64),
    take: &mut Bytes<'_>,
) -> Result<()> {
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
    let drained = drain(&mut child, take);
    // It has ended, or its output is no longer needed.
    if !matches!(drained, Ok(true)) {
        let _ = child.kill();
    }
    let status = child.wait()?;
    match drained? {
        // Its input is cut off or damaged.
        true if !status.success() => Err(Error::new(ErrorKind::InvalidData, status.to_string())),
        _ => Ok(()),
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

/// Hands over what the program prints; whether it came to its end.
fn drain(child: &mut Child, take: &mut Bytes<'_>) -> Result<bool> {
    let Some(mut output) = child.stdout.take() else {
        return Ok(true);
    };
    let end = Instant::now() + LIMIT;
    let mut buffer = vec![0; CHUNK];
    let mut taken = 0_u64;
    loop {
        let left = end.saturating_duration_since(Instant::now());
        let left = PollTimeout::try_from(left).unwrap_or(PollTimeout::ZERO);
        let mut ready = [PollFd::new(output.as_fd(), PollFlags::POLLIN)];
        if poll(&mut ready, left)? == 0 || taken > LARGEST {
            return Err(Error::from(ErrorKind::TimedOut));
        }
        let count = output.read(&mut buffer)?;
        taken += count as u64;
        if count == 0 {
            return Ok(true);
        }
        if !take(buffer.get(..count).unwrap_or_default()) {
            return Ok(false);
        }
    }
}
