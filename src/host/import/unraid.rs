//! Unraid's `/boot/config/vfio-pci.cfg`: `BIND=0000:03:00.0|10de:1200 ...`; in older files addresses or ids alone.
//!
//! Source: unraid/webgui `sbin/vfio-pci` and `sbin/vfio-pci-bind.sh`: each element takes its whole IOMMU group,
//! bridges left out, and an address with an id only if the id agrees.

use super::{DROP_FILE, New, Old, ids};

/// The `BIND` lines of the file `place`.
pub fn unraid(place: &str, text: &str) -> Vec<Old> {
    let bind = |line: &str| {
        let list = line.trim().strip_prefix("BIND=")?;
        let elements = list.trim_matches(['"', '\'']).split_whitespace();
        let news = elements.map(element).collect();
        Some(Old::new(place, line.trim(), DROP_FILE, news))
    };
    text.lines().filter_map(bind).collect()
}

fn element(text: &str) -> New {
    match text.split_once('|') {
        Some((address, id)) => ids(&format!("{id}@{address}+group")),
        None => ids(&format!("{text}+group")),
    }
}
