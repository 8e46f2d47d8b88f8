//! The kernel command line: the drivers' own lists of ids, Xen's, Qubes' and Talos' lists, and those of other hooks.
//!
//! Source: Documentation/admin-guide/kernel-parameters.txt; QubesOS/qubes-core-admin-linux
//! `dracut/modules.d/90qubes-pciback`; diantox/vfio-pci-override for `vfio-pci-devices`; siderolabs/extensions
//! `misc/pcirebind` for `pcirebind.rebind`.

use super::old_setting::{Fate, OldSetting, SettingPlace};
use super::qubes::{hidden_paths, hidden_usb};
use super::reason::{Note, Removal};
use super::selectors::{addresses, driven, is_ours, kernel_ids};
use super::xen::hidden_devices;
use crate::config::{Param, params};
use crate::malformed::Malformed;

/// The parameters of other tools in a kernel command line.
pub fn cmdline(text: &[u8]) -> Vec<OldSetting> {
    let text = text.strip_suffix(b"\n").unwrap_or(text);
    params(text).filter_map(|param| old(&param)).collect()
}

fn old(param: &Param<'_>) -> Option<OldSetting> {
    let key = String::from_utf8_lossy(param.key).into_owned();
    let value = String::from_utf8_lossy(param.value.unwrap_or_default()).into_owned();
    let name = key.replace('_', "-");
    let (removal, fates) = match name.as_str() {
        "rd.driver.pre" | "rd.modules-load" | "modules-load" => modules(&key, &value)?,
        name => {
            let fates = fates(name, &value)?;
            let is_host = |fate: &Fate| matches!(fate, Fate::Note(Note::HostDriver(..)));
            let removal = if fates.iter().any(is_host) {
                Removal::Leave
            } else {
                Removal::Parameter
            };
            (removal, fates)
        }
    };
    let what = match param.value {
        Some(_) => format!("{key}={value}"),
        None => key,
    };
    let list_of = match name.as_str() {
        "vfio-pci.ids" => Some("vfio-pci"),
        "pci-stub.ids" => Some("pci-stub"),
        _ => None,
    };
    let old = OldSetting::new(&SettingPlace::CommandLine, &what, removal, fates);
    Some(old.list_of(list_of))
}

/// What becomes of the parameter `name`; `None` where it is none of ours to carry over.
fn fates(name: &str, value: &str) -> Option<Vec<Fate>> {
    let with = |mut fates: Vec<Fate>, note| {
        fates.push(Fate::Note(note));
        fates
    };
    Some(match name {
        "vfio-pci.ids" | "vfio.ids" => with(kernel_ids(value, false), Note::Honoured),
        "pci-stub.ids" => with(kernel_ids(value, true), Note::Honoured),
        "xen-pciback.hide" | "pciback.hide" => hidden_devices(value),
        "rd.qubes.hide-pci" => with(hidden_paths(value, "ids"), Note::QubesNetwork),
        "rd.qubes.dom0-usb" => hidden_paths(value, "exclude"),
        "rd.qubes.hide-all-usb" => hidden_usb(value),
        "vfio-pci-devices" | "vfio-pci.pci-ids" => addresses(value),
        "pcirebind.rebind" => rebind(value),
        _ => return None,
    })
}

/// A list of modules to load early, of which only those of VFIO are ours.
fn modules(key: &str, value: &str) -> Option<(Removal, Vec<Fate>)> {
    let (ours, others): (Vec<&str>, Vec<&str>) = value.split(',').partition(|name| is_ours(name));
    if ours.is_empty() {
        return None;
    }
    let removal = if others.iter().all(|name| name.is_empty()) {
        Removal::Parameter
    } else {
        Removal::Words(format!("{key}={}", others.join(",")))
    };
    Some((removal, vec![Fate::Note(Note::DriverIsLoaded)]))
}

/// `0000:04:00.0_ixgbe+vfio-pci`: the address, the driver that it is taken from, and the one that it is given to.
fn rebind(value: &str) -> Vec<Fate> {
    let parts = value
        .split_once('_')
        .and_then(|(address, drivers)| Some((address, drivers.rsplit_once('+')?.1)));
    let Some((address, driver)) = parts else {
        return vec![Fate::lost(Malformed::new(value, "ADDRESS_OLD+NEW"))];
    };
    // It takes two digits for the function too.
    match address.rsplit_once(".0") {
        Some((device, function)) if function.len() == 1 => {
            driven(&format!("{device}.{function}"), driver)
        }
        _ => driven(address, driver),
    }
}
