//! Archives of the kind that the kernel unpacks, whole and damaged, and the programs that compress them.

use std::io::Write;
use std::process::{Command, Stdio};

/// A cpio archive ("newc") under construction.
#[derive(Clone, Debug, Default)]
pub struct Archive(Vec<u8>);

impl Archive {
    /// A file that anybody may read.
    pub fn file(&mut self, name: &str, bytes: &[u8]) {
        self.entry(name, 0o100_644, (0, 1), bytes);
    }

    /// An entry of any kind, its inode and how many names that has.
    pub fn entry(&mut self, name: &str, mode: u32, (inode, links): (u32, u32), bytes: &[u8]) {
        let (size, name_size) = (bytes.len() as u32, name.len() as u32 + 1);
        self.raw(
            &[inode, mode, 0, 0, links, 0, size, 0, 0, 0, 0, name_size, 0],
            name,
            bytes,
        );
    }

    /// An entry with any header.
    pub fn raw(&mut self, fields: &[u32; 13], name: &str, bytes: &[u8]) {
        self.0.extend(b"070701");
        for field in fields {
            self.0.extend(format!("{field:08x}").as_bytes());
        }
        self.0.extend([name.as_bytes(), b"\0"].concat());
        self.pad(4);
        self.0.extend(bytes);
        self.pad(4);
    }

    /// The archive with its end.
    pub fn finish(mut self) -> Vec<u8> {
        self.entry("TRAILER!!!", 0, (0, 1), b"");
        self.pad(512);
        self.0
    }

    /// The archive without its end.
    pub fn unfinished(self) -> Vec<u8> {
        self.0
    }

    fn pad(&mut self, to: usize) {
        self.0.resize(self.0.len().next_multiple_of(to), 0);
    }
}

/// What `program -c` makes of some bytes: gzip, xz, zstd, lz4 (in the form that the kernel reads), ...
pub fn through(program: &str, bytes: &[u8]) -> Vec<u8> {
    let mut command = Command::new(program);
    command.args(match program {
        "lz4" => &["-lc"][..],
        // The kernel knows no other checksum.
        "xz" => &["-c", "--check=crc32"],
        _ => &["-c"],
    });
    let child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn();
    let mut child = child.unwrap_or_else(|error| panic!("{program}: {error}; run tests/setup"));
    // These are small enough for a pipe to hold.
    child.stdin.take().unwrap().write_all(bytes).unwrap();
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success(), "{program}: {}", output.status);
    output.stdout
}
