//! Debian's kernel images with the compression taken off, which QEMU boots by the kernel's PVH entry.
//!
//! Source: Documentation/arch/x86/boot.rst, section 1.1. The same kernel, but its own decompressor takes longer in an
//! emulated machine than all the rest of a boot.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Mutex;

use super::store::{Kernel, target, tool};

/// The program to boot: the unpacked kernel, or the image as it is if its compression is none we know.
pub(crate) fn bootable(kernel: Kernel) -> PathBuf {
    // Tests run side by side, one of them unpacks.
    static UNPACKING: Mutex<()> = Mutex::new(());
    let _one = UNPACKING
        .lock()
        .unwrap_or_else(std::sync::PoisonError::into_inner);
    let vmlinuz = kernel.vmlinuz();
    let directory = target().join("boot");
    let vmlinux = directory.join(format!("vmlinux-{}", kernel.release()));
    if is_newer(&vmlinux, &vmlinuz) {
        return vmlinux;
    }
    fs::create_dir_all(&directory).unwrap();
    let image = fs::read(&vmlinuz).unwrap();
    match payload(&image).and_then(|payload| Some((payload, decompressor(payload)?))) {
        Some((payload, command)) => {
            unpack(payload, command, &directory, &vmlinux);
            vmlinux
        }
        None => vmlinuz,
    }
}

/// The compressed kernel in the image; the size behind it, which no decompressor wants, is cut off.
fn payload(image: &[u8]) -> Option<&[u8]> {
    let number =
        |at: usize| Some(u32::from_le_bytes(image.get(at..at + 4)?.try_into().ok()?) as usize);
    let setup_sectors = usize::from(*image.get(0x1f1)?);
    let start = (setup_sectors + 1) * 512 + number(0x248)?;
    image.get(start..start + number(0x24c)? - 4)
}

fn decompressor(payload: &[u8]) -> Option<Command> {
    if payload.starts_with(b"\xfd7zXZ\0") {
        Some(Command::new(tool("xz", "xz-utils")))
    } else if payload.starts_with(&[0x28, 0xb5, 0x2f, 0xfd]) {
        Some(Command::new(tool("zstd", "zstd")))
    } else {
        None
    }
}

fn unpack(payload: &[u8], mut command: Command, directory: &Path, vmlinux: &Path) {
    let packed = tempfile::NamedTempFile::new_in(directory).unwrap();
    let unpacked = tempfile::NamedTempFile::new_in(directory).unwrap();
    fs::write(packed.path(), payload).unwrap();
    command
        .arg("-dc")
        .stdin(packed.reopen().unwrap())
        .stdout(unpacked.reopen().unwrap());
    let status = command.status().unwrap();
    assert!(status.success(), "{command:?}: {status}");
    unpacked.persist(vmlinux).unwrap();
}

fn is_newer(file: &Path, than: &Path) -> bool {
    let changed = |path: &Path| File::open(path)?.metadata()?.modified();
    matches!((changed(file), changed(than)), (Ok(file), Ok(than)) if file > than)
}
