//! Qubes OS: `rd.qubes.hide_pci`, `rd.qubes.dom0_usb` and `rd.qubes.hide_all_usb`.
//!
//! Source: QubesOS/qubes-core-admin-linux `dracut/modules.d/90qubes-pciback` for the parameters, and `sbdf_to_path` in
//! QubesOS/qubes-core-admin `qubes/utils.py` for its paths: `[SSSS_]BB_DD.F` for each step, joined by `-`; the bus of
//! a step behind a bridge is counted from that bridge's own.

use super::old_setting::Fate;
use super::reason::{Note, Why};
use crate::config::Selector;

/// A list of addresses, or of paths in the notation of Qubes, under our key `key`.
pub(super) fn hidden_paths(list: &str, key: &'static str) -> Vec<Fate> {
    let elements = list.split(',').filter(|text| !text.is_empty());
    elements.map(|text| element(text, key)).collect()
}

/// `rd.qubes.hide_all_usb`, with or without a value, as dracut's `getargbool` reads it.
pub(super) fn hidden_usb(value: &str) -> Vec<Fate> {
    match value {
        "0" | "no" | "off" => vec![Fate::Note(Note::SwitchedOff)],
        _ => vec![Fate::carried("ids", "class:usb")],
    }
}

fn element(text: &str, key: &'static str) -> Fate {
    let selector = if text.contains('_') {
        path(text)
    } else {
        Some(text.to_owned())
    };
    match selector.map(|text| text.parse::<Selector>()) {
        Some(Ok(selector)) => Fate::carried(key, selector),
        Some(Err(why)) => Fate::lost(why),
        None => Fate::lost(Why::QubesPath(text.to_owned())),
    }
}

/// `00_02.2-00_00.0` as the kernel writes it: `00:02.2/00.0`.
fn path(text: &str) -> Option<String> {
    let mut steps = text.split('-');
    let mut path = steps.next()?.replace('_', ":");
    for step in steps {
        let (bus, place) = step.split_once('_')?;
        // The kernel's walk knows no other bus than the one next to the bridge.
        if !bus.bytes().all(|digit| digit == b'0') {
            return None;
        }
        path.push('/');
        path.push_str(place);
    }
    Some(path)
}
