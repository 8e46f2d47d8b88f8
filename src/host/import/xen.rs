//! `xen-pciback.hide=`: groups in parentheses, `(0000:01:00.0)(02:00.*)`.
//!
//! Source: `pcistub_init()` and `parse_device()` in Linux's drivers/xen/xen-pciback/pci_stub.c: the domain is 0 where
//! it is left out, `*` takes every function, and `*.*` every device of a bus.

use super::old_setting::Fate;
use super::reason::Why;
use super::selectors::address;

/// The devices of the list; one group that makes no sense is lost alone, while Xen would take none.
pub(super) fn hidden_devices(list: &str) -> Vec<Fate> {
    let mut fates = Vec::new();
    let mut rest = list.trim();
    while !rest.is_empty() {
        let inside = rest.strip_prefix('(').and_then(|rest| rest.split_once(')'));
        let Some((group, behind)) = inside else {
            fates.push(Fate::lost(Why::NotInParentheses(rest.to_owned())));
            break;
        };
        fates.push(device(group.trim()));
        rest = behind.trim_start();
    }
    fates
}

fn device(group: &str) -> Fate {
    if group.ends_with(":*.*") {
        return Fate::lost(Why::WholeBus(group.to_owned()));
    }
    address(group)
}
