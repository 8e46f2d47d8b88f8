//! The list of this machine, or why there is none.

use std::collections::BTreeMap;

use super::remark::Remark;
use super::resolve::RequiredDevices;
use super::storage::HostStorage;
use crate::machine::{Bus, ProtectList, Protected, ReadScope};
use crate::pci::{Address, Device};
use crate::sys::Root;

/// The list for the machine below `root`, and what it may lack.
pub fn find(root: &Root) -> (ProtectList, Vec<Remark>) {
    find_in(root, &HostStorage::read(root))
}

/// The same, where the storage of the machine is known already.
pub fn find_in(root: &Root, storage: &HostStorage) -> (ProtectList, Vec<Remark>) {
    let mut list = ProtectList::default();
    let mut remarks = match &storage.host {
        Err(cause) => vec![Remark::Blind {
            cause: cause.clone(),
        }],
        Ok(host) => {
            let needs = RequiredDevices::of(host);
            let mut remarks = [storage.remarks.clone(), needs.remarks].concat();
            list.devices = devices(root, &needs.functions, &mut remarks);
            remarks
        }
    };
    remarks.sort_by_key(|remark| !remark.is_doubt());
    list.remarks = remarks.iter().map(ToString::to_string).collect();
    remarks.retain(Remark::is_doubt);
    (list, remarks)
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
