//! Lists of addresses: TrueNAS' one a line, and that of the service that guides call vfio-bind, as `DEVICES="..."` for
//! systemd or one a line for a script.
//!
//! Source: truenas/middleware `initramfs-tools/scripts/init-top/truenas_bind_vfio`; the Arch forum's "KVM
//! VGA-Passthrough using the new vfio-vga" for `/etc/vfio-pci.cfg`.

use super::files::Files;
use super::old_setting::{OldSetting, SettingPlace};
use super::reason::Removal;
use super::selectors::addresses;
use crate::sys::SysPath;
use crate::sys::other_tools::BIND_LISTS;

/// All lists of addresses.
pub(super) fn find(files: &Files<'_>, olds: &mut Vec<OldSetting>) {
    if let Some(text) = files.read(SysPath::TrueNasList) {
        let place = SettingPlace::File(SysPath::TrueNasList.on_system());
        let what = text.split_whitespace().collect::<Vec<_>>().join(" ");
        olds.push(OldSetting::new(
            &place,
            &what,
            Removal::TrueNas,
            addresses(&text),
        ));
    }
    for path in BIND_LISTS {
        if let Some(text) = files.text(path) {
            olds.extend(bind_list(&SettingPlace::file(path), &text));
        }
    }
}

/// The lines of the list `place`.
pub fn bind_list(place: &SettingPlace, text: &str) -> Vec<OldSetting> {
    let mut olds = Vec::new();
    let mut rest = text.lines();
    while let Some(line) = rest.next() {
        let mut whole = line.trim().to_owned();
        while let Some(start) = whole.strip_suffix('\\') {
            whole = format!("{start}{}", rest.next().unwrap_or_default().trim());
        }
        let list = whole.split('#').next().unwrap_or_default();
        let list = list.split_once('=').map_or(list, |(_, list)| list);
        let fates = addresses(list.trim().trim_matches(['"', '\'']));
        if !fates.is_empty() {
            olds.push(OldSetting::new(place, &whole, Removal::BindList, fates));
        }
    }
    olds
}
