//! Unraid's `/boot/config/vfio-pci.cfg`: `BIND=0000:03:00.0|10de:1200 ...`, in older files addresses or ids alone; its
//! `sriov.cfg`: `VFS=0000:04:00.1|8086:1521|3 ...`; and its `sriovvfs.cfg`: `VFSETTINGS=0000:04:10.5|8086:1520|1|MAC ...`.
//!
//! Source: unraid/webgui `sbin/vfio-pci` and `sbin/vfio-pci-bind.sh`: each element takes its whole IOMMU group,
//! bridges left out, and an address with an id only if the id agrees; `include/update.sriov.php` for the others, where 1
//! gives a virtual function to vfio-pci and 0 leaves it to its driver.

use super::files::Files;
use super::old_setting::{Fate, OldSetting, SettingPlace};
use super::reason::{Note, Removal};
use super::selectors::selector;
use crate::config::Selector;
use crate::malformed::Malformed;
use crate::sys::SysPath;
use crate::sys::other_tools::UNRAID_FUNCTIONS;

/// All files of Unraid.
pub(super) fn find(files: &Files<'_>, olds: &mut Vec<OldSetting>) {
    let config = SysPath::UnraidConfig.on_system();
    if let Some(text) = files.read(SysPath::UnraidConfig) {
        olds.extend(unraid(&SettingPlace::File(config), &text));
    }
    for path in UNRAID_FUNCTIONS {
        if let Some(text) = files.text(path) {
            olds.extend(unraid(&SettingPlace::file(path), &text));
        }
    }
}

/// The lists of the file `place`.
pub fn unraid(place: &SettingPlace, text: &str) -> Vec<OldSetting> {
    let read = |line: &str| {
        let (key, list) = line.trim().split_once('=')?;
        let elements = list.trim_matches(['"', '\'']).split_whitespace();
        let fates: Vec<Fate> = match key {
            "BIND" => elements.map(element).collect(),
            "VFS" => elements.map(functions).collect(),
            "VFSETTINGS" => {
                let note = Fate::Note(Note::MacAddress);
                elements.map(function).chain([note]).collect()
            }
            _ => return None,
        };
        Some(OldSetting::new(place, line.trim(), Removal::File, fates))
    };
    text.lines().filter_map(read).collect()
}

/// `ADDRESS|ID|NUMBER`
fn functions(text: &str) -> Fate {
    let mut fields = text.split('|');
    let wanted = "ADDRESS|ID|NUMBER";
    let (Some(address), Some(id), Some(number)) = (fields.next(), fields.next(), fields.next())
    else {
        return Fate::lost(Malformed::new(text, wanted));
    };
    let count = number.parse::<u16>().ok().filter(|count| *count > 0);
    match (count, format!("{id}@{address}").parse::<Selector>()) {
        (Some(count), Ok(selector)) => Fate::carried("vfs", format_args!("{count}@{selector}")),
        (None, _) => Fate::lost(Malformed::new(text, wanted)),
        (_, Err(why)) => Fate::lost(why),
    }
}

/// `ADDRESS|ID|0 or 1|MAC`
fn function(text: &str) -> Fate {
    let fields: Vec<&str> = text.split('|').collect();
    let (address, id, key) = match fields.as_slice() {
        [address, id, "1", ..] => (address, id, "ids"),
        [address, id, "0", ..] => (address, id, "exclude"),
        _ => return Fate::lost(Malformed::new(text, "ADDRESS|ID|0 or 1|MAC")),
    };
    match format!("{id}@{address}").parse::<Selector>() {
        Ok(selector) => Fate::carried(key, selector),
        Err(why) => Fate::lost(why),
    }
}

fn element(text: &str) -> Fate {
    match text.split_once('|') {
        Some((address, id)) => selector(&format!("{id}@{address}+group")),
        None => selector(&format!("{text}+group")),
    }
}
