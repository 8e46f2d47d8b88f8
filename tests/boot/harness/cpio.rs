//! Writes a directory as an uncompressed cpio archive of the kind the kernel unpacks.
//!
//! Directories, files and symbolic links; everything belongs to root. Source:
//! Documentation/driver-api/early-userspace/buffer-format.rst ("newc").

use std::fs;
use std::io::{self, Write};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

const DIRECTORY: u32 = 0o040_000;
const FILE: u32 = 0o100_000;
const LINK: u32 = 0o120_000;

/// Writes all that is below `root`, parents before children, and the trailer.
pub(crate) fn write(root: &Path, out: &mut impl Write) -> io::Result<()> {
    let mut number = 0;
    directory(root, root, &mut number, out)?;
    entry("TRAILER!!!".as_bytes(), 0, 0, &[], out)
}

fn directory(root: &Path, at: &Path, number: &mut u32, out: &mut impl Write) -> io::Result<()> {
    let mut paths = fs::read_dir(at)?
        .map(|entry| entry.map(|entry| entry.path()))
        .collect::<io::Result<Vec<_>>>()?;
    paths.sort();
    for path in paths {
        *number += 1;
        let name = path
            .strip_prefix(root)
            .map_err(io::Error::other)?
            .as_os_str()
            .as_bytes();
        let metadata = fs::symlink_metadata(&path)?;
        let permissions = metadata.permissions().mode() & 0o7777;
        if metadata.is_dir() {
            entry(name, *number, DIRECTORY | permissions, &[], out)?;
            directory(root, &path, number, out)?;
        } else if metadata.is_symlink() {
            let target = fs::read_link(&path)?;
            entry(
                name,
                *number,
                LINK | 0o777,
                target.as_os_str().as_bytes(),
                out,
            )?;
        } else {
            entry(name, *number, FILE | permissions, &fs::read(&path)?, out)?;
        }
    }
    Ok(())
}

fn entry(name: &[u8], number: u32, mode: u32, data: &[u8], out: &mut impl Write) -> io::Result<()> {
    let size = u32::try_from(data.len()).map_err(io::Error::other)?;
    let name_size = u32::try_from(name.len() + 1).map_err(io::Error::other)?;
    // inode, mode, uid, gid, links, mtime, size, device and special device numbers, name size, checksum
    let fields = [number, mode, 0, 0, 1, 0, size, 0, 0, 0, 0, name_size, 0];
    out.write_all(b"070701")?;
    for field in fields {
        write!(out, "{field:08x}")?;
    }
    out.write_all(name)?;
    out.write_all(padding(1, 110 + name.len() + 1))?;
    out.write_all(data)?;
    out.write_all(padding(0, data.len()))
}

/// `zeros` terminating bytes and as many as bring `length`, which counts them already, to a multiple of four.
fn padding(zeros: usize, length: usize) -> &'static [u8] {
    &[0; 4][..zeros + (4 - length % 4) % 4]
}
