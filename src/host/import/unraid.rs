//! Unraid's `/boot/config/vfio-pci.cfg`: `BIND=0000:03:00.0|10de:1200 ...`; in older files addresses or ids alone.
//!
//! Source: unraid/webgui `sbin/vfio-pci` and `sbin/vfio-pci-bind.sh`: each element takes its whole IOMMU group,
//! bridges left out, and an address with an id only if the id agrees.

use super::old_setting::{Fate, OldSetting, SettingPlace};
use super::reason::Removal;
use super::selectors::selector;

/// The `BIND` lines of the file `place`.
pub fn unraid(place: &SettingPlace, text: &str) -> Vec<OldSetting> {
    let bind = |line: &str| {
        let list = line.trim().strip_prefix("BIND=")?;
        let elements = list.trim_matches(['"', '\'']).split_whitespace();
        let fates = elements.map(element).collect();
        Some(OldSetting::new(place, line.trim(), Removal::File, fates))
    };
    text.lines().filter_map(bind).collect()
}

fn element(text: &str) -> Fate {
    match text.split_once('|') {
        Some((address, id)) => selector(&format!("{id}@{address}+group")),
        None => selector(&format!("{text}+group")),
    }
}
