//! `xen-pciback.hide=`: groups in parentheses, `(0000:01:00.0)(02:00.*)`.
//!
//! Source: `pcistub_init()` and `parse_device()` in Linux's drivers/xen/xen-pciback/pci_stub.c: the domain is 0 where
//! it is left out, `*` takes every function, and `*.*` every device of a bus.

use super::{New, slot};

/// The devices of the list; one group that makes no sense is lost alone, while Xen would take none.
pub fn hidden_groups(list: &str) -> Vec<New> {
    let mut news = Vec::new();
    let mut rest = list.trim();
    while !rest.is_empty() {
        let inside = rest.strip_prefix('(').and_then(|rest| rest.split_once(')'));
        let Some((group, behind)) = inside else {
            let text = rest.escape_debug();
            news.push(New::Lost(format!(
                "\"{text}\" is not a group in parentheses"
            )));
            break;
        };
        news.push(device(group.trim()));
        rest = behind.trim_start();
    }
    news
}

fn device(group: &str) -> New {
    if group.ends_with(":*.*") {
        let text = group.escape_debug();
        let why = format!("\"{text}\" is a whole bus: name its devices, by address or by path");
        return New::Lost(why);
    }
    slot(group)
}
