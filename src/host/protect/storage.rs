//! The storage and networks of the running host, read once for the protect list and for what is in use.
//!
//! Source: systemd's src/basic/virt.c for what marks a container and a chroot.

use super::host::{Host, Mount};
use super::read::StorageReader;
use super::remark::Remark;
use crate::sys::{CONTAINER_MARKS, Root, SysPath};

/// What the host shows of its file systems, block devices and networks.
#[derive(Clone, Debug)]
pub struct HostStorage {
    /// The facts, or why none can be known from here.
    pub(in crate::host) host: Result<Host, String>,
    /// What could not be read.
    pub(in crate::host) remarks: Vec<Remark>,
}

impl HostStorage {
    /// Reads the facts below `root`.
    pub fn read(root: &Root) -> Self {
        let mut reader = StorageReader::new(root);
        let mounts = reader.mounts();
        let host = match blind(root, &mounts) {
            Some(cause) => Err(cause),
            None => Ok(reader.host(mounts)),
        };
        let remarks = reader.remarks;
        Self { host, remarks }
    }
}

/// Why nothing can be known from here.
fn blind(root: &Root, mounts: &[Mount]) -> Option<String> {
    let text = |what: &str| Some(what.to_owned());
    if !root.exists(SysPath::Mounts) {
        return text("/proc is not mounted");
    }
    if let Some(mark) =
        (0..CONTAINER_MARKS.len()).find(|mark| root.exists(SysPath::ContainerMark(*mark)))
    {
        let path = root.path(SysPath::ContainerMark(mark));
        return Some(format!("this is a container ({})", path.display()));
    }
    let environment = root
        .read(SysPath::FirstEnvironment)
        .ok()
        .flatten()
        .unwrap_or_default();
    let mut words = environment.split(|byte| *byte == 0);
    if let Some(word) = words.find(|word| word.starts_with(b"container=")) {
        return Some(format!(
            "this is a container ({})",
            String::from_utf8_lossy(word)
        ));
    }
    if root.is_same(SysPath::Top, SysPath::FirstRoot) == Some(false) {
        return text("this is a chroot (/proc/1/root is another directory)");
    }
    if !mounts.iter().any(|mount| mount.point == "/") {
        return text("this is a chroot (nothing is mounted at /)");
    }
    if !root.exists(SysPath::Devices) {
        return text("/sys is not mounted");
    }
    None
}
