//! Files that are read line by line: those on a disk, and the kernel's log.
//!
//! Source: Linux's Documentation/ABI/testing/dev-kmsg: a read gives one line of the log, or EPIPE where lines were
//! lost meanwhile.

use std::fs::File;
use std::io::{BufRead, BufReader, ErrorKind, Read, Result};

/// The longest line of the kernel's log, which does not give it in parts.
const LONGEST: usize = 8192;

/// Hands over each line of a file, its end included.
pub(super) fn lines(file: &mut dyn Read, take: &mut dyn FnMut(&[u8])) -> Result<()> {
    let mut file = BufReader::with_capacity(LONGEST, file);
    let mut line = Vec::new();
    while file.read_until(b'\n', &mut line)? > 0 {
        take(&line);
        line.clear();
    }
    Ok(())
}

/// The kernel's log, which ends where a reader would have to wait.
pub(super) struct KernelLog(pub(super) File);

impl Read for KernelLog {
    fn read(&mut self, buffer: &mut [u8]) -> Result<usize> {
        loop {
            match self.0.read(buffer) {
                Err(error) if error.kind() == ErrorKind::WouldBlock => return Ok(0),
                // New lines took the place of old ones meanwhile; the next read is of the oldest that is left.
                Err(error) if error.kind() == ErrorKind::BrokenPipe => {}
                read => return read,
            }
        }
    }
}
