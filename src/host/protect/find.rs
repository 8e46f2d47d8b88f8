//! The list of this machine, or why there is none.
//!
//! Source: systemd's src/basic/virt.c for what tells a container and a chroot.

use std::collections::BTreeMap;

use super::host::Mount;
use super::read::StorageReader;
use super::remark::Remark;
use super::resolve::RequiredDevices;
use crate::machine::{Bus, ProtectList, Protected, ReadScope};
use crate::pci::{Address, Device};
use crate::sys::{CONTAINER_MARKS, Root, SysPath};

/// The list for the machine below `root`, and what it may lack.
pub fn find(root: &Root) -> (ProtectList, Vec<Remark>) {
    let mut list = ProtectList::default();
    let mut reader = StorageReader::new(root);
    let mounts = reader.mounts();
    let mut remarks = match blind(root, &mounts) {
        Some(cause) => vec![Remark::Blind { cause }],
        None => {
            let needs = RequiredDevices::of(&reader.host(mounts));
            let mut remarks = [reader.remarks, needs.remarks].concat();
            list.devices = devices(root, &needs.functions, &mut remarks);
            remarks
        }
    };
    remarks.sort_by_key(|remark| !remark.is_doubt());
    list.remarks = remarks.iter().map(ToString::to_string).collect();
    remarks.retain(Remark::is_doubt);
    (list, remarks)
}

/// Why nothing can be known from here.
pub(in crate::host) fn blind(root: &Root, mounts: &[Mount]) -> Option<String> {
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

/// The functions that are needed, and nothing else.
struct Needed<'a>(&'a BTreeMap<Address, Vec<String>>);

impl ReadScope for Needed<'_> {
    fn may_include(&self, address: &Address) -> bool {
        self.0.contains_key(address)
    }

    fn needs_path(&self, _: &Address) -> bool {
        true
    }

    fn includes(&self, _: &Device) -> bool {
        false
    }

    fn wants_serials(&self) -> bool {
        true
    }
}

/// Path, ids, class and serial number of each function.
fn devices(
    root: &Root,
    functions: &BTreeMap<Address, Vec<String>>,
    remarks: &mut Vec<Remark>,
) -> Vec<Protected> {
    let bus = Bus::read(root, &Needed(functions)).unwrap_or_else(|error| {
        let error = error.to_string();
        remarks.push(Remark::Unreadable { error });
        Bus::default()
    });
    let mut devices = Vec::new();
    for (address, reasons) in functions {
        let device = bus.get(*address);
        match device.and_then(|device| Some((device, device.path.clone()?))) {
            Some((device, path)) => devices.push(Protected {
                path,
                id: device.id,
                class: device.class,
                serial: device.serial,
                reasons: reasons.clone(),
            }),
            None => remarks.push(Remark::Unreadable {
                error: format!("{address} has no entry on the PCI bus that makes sense"),
            }),
        }
    }
    devices
}
