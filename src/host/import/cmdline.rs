//! The kernel command line: the drivers' own lists of ids, Xen's and Qubes' lists, and those of other hooks.
//!
//! Source: Documentation/admin-guide/kernel-parameters.txt; QubesOS/qubes-core-admin-linux
//! `dracut/modules.d/90qubes-pciback`; diantox/vfio-pci-override for `vfio-pci-devices`.

use super::qubes::{hidden_paths, hidden_usb};
use super::script::slots;
use super::xen::hidden_groups;
use super::{DROP_PARAM, New, Old, kernel_ids};
use crate::config::params;

/// The parameters of other tools in a kernel command line.
pub fn cmdline(text: &[u8]) -> Vec<Old> {
    let text = text.strip_suffix(b"\n").unwrap_or(text);
    let old = |param: crate::config::Param<'_>| {
        let key = String::from_utf8_lossy(param.key).into_owned();
        let value = String::from_utf8_lossy(param.value.unwrap_or_default()).into_owned();
        let news = news(&key.replace('_', "-"), &value)?;
        Some(Old::new(
            "kernel command line",
            format!("{key}={value}").trim_end_matches('='),
            DROP_PARAM,
            news,
        ))
    };
    params(text).filter_map(old).collect()
}

/// What `key` says in our words; `None` where it is none of ours to carry over.
fn news(key: &str, value: &str) -> Option<Vec<New>> {
    Some(match key {
        "vfio-pci.ids" | "vfio.ids" => kernel_ids(value, false),
        "pci-stub.ids" => kernel_ids(value, true),
        "xen-pciback.hide" | "pciback.hide" => hidden_groups(value),
        "rd.qubes.hide-pci" => {
            let mut news = hidden_paths(value, "ids");
            news.push(New::Remark(
                "Qubes hides every network device besides: ids=class:network does, where that is meant",
            ));
            news
        }
        "rd.qubes.dom0-usb" => hidden_paths(value, "exclude"),
        "rd.qubes.hide-all-usb" => hidden_usb(value),
        "vfio-pci-devices" | "vfio-pci.pci-ids" => slots(value),
        "rd.driver.pre" | "rd.modules-load" | "modules-load" if value.contains("vfio") => {
            vec![New::Remark("not needed: vfio-early loads the driver")]
        }
        _ => return None,
    })
}
