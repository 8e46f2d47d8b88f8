//! Lists of ids and addresses of other tools, each element read by its own rules and written as a selector.

use super::old_setting::Fate;
use super::reason::Note;
use crate::config::Selector;
use crate::malformed::Malformed;
use crate::pci::{AddressPattern, DriverName};

/// Modules that vfio-early loads itself, with `-` for `_`.
const OURS: [&str; 6] = [
    "vfio",
    "vfio-pci",
    "vfio-pci-core",
    "vfio-iommu-type1",
    "vfio-virqfd",
    "pci-stub",
];

/// Whether this is a module of VFIO, which vfio-early loads itself.
pub(super) fn is_ours(module: &str) -> bool {
    OURS.contains(&module.replace('_', "-").as_str())
}

/// A selector, checked by the reader of our own.
pub(super) fn selector(text: &str) -> Fate {
    match text.parse::<Selector>() {
        Ok(selector) => Fate::carried("ids", selector),
        Err(why) => Fate::lost(why),
    }
}

/// An address, or `*` for each function of a device.
pub(super) fn address(text: &str) -> Fate {
    match text.parse::<AddressPattern>() {
        Ok(pattern) => Fate::carried("ids", pattern),
        Err(why) => Fate::lost(why),
    }
}

/// The addresses of a list, separated by blanks or commas.
pub(super) fn addresses(list: &str) -> Vec<Fate> {
    let elements = list.split(|c: char| c.is_whitespace() || c == ',');
    elements
        .filter(|text| !text.is_empty())
        .map(address)
        .collect()
}

/// A driver's own list of ids, each read as the kernel reads it.
pub(super) fn kernel_ids(list: &str, stub: bool) -> Vec<Fate> {
    let mut fates = Vec::new();
    for text in list.split(',').filter(|text| !text.is_empty()) {
        match kernel_id(text) {
            Ok(selector) => {
                fates.push(Fate::carried("ids", &selector));
                fates.extend(
                    stub.then(|| Fate::carried("driver", format_args!("pci-stub@{selector}"))),
                );
            }
            Err(why) => fates.push(Fate::lost(why)),
        }
    }
    fates
}

/// An id as the kernel reads it. What is too large for an id matches nothing there: our own reader refuses it.
pub(super) fn kernel_id(text: &str) -> Result<Selector, Malformed> {
    Selector::lax_id(text)?.to_string().parse()
}

/// The device at an address with `driver`; a driver of the host is nothing to carry over.
pub(super) fn driven(address: &str, driver: &str) -> Vec<Fate> {
    let pattern = match address.parse::<AddressPattern>() {
        Ok(pattern) => pattern,
        Err(why) => return vec![Fate::lost(why)],
    };
    match DriverName::from_setting(driver) {
        Ok(name) if name.is_same(&DriverName::vfio_pci()) => vec![Fate::carried("ids", pattern)],
        Ok(name) if name.is_vfio() || name.as_str() == "pci-stub" => vec![
            Fate::carried("ids", pattern),
            Fate::carried("driver", format_args!("{name}@{pattern}")),
        ],
        Ok(name) => vec![Fate::Note(Note::HostDriver(pattern, name))],
        Err(why) => vec![Fate::lost(why)],
    }
}
