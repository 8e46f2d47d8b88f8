//! Lists of addresses: TrueNAS' one a line, other hooks' with commas, and the scripts from the wikis, which have a
//! `DEVS="0000:03:00.0 ..."` line, or take every display that is not `boot_vga`.
//!
//! Source: truenas/middleware `initramfs-tools/scripts/init-top/truenas_bind_vfio`; the `vfio-pci-override.sh` of the
//! Arch wiki.

use super::old_setting::{Fate, OldSetting, SettingPlace};
use super::reason::Removal;
use super::selectors::addresses;

/// What begins a list in a script.
const LISTS: [&str; 3] = ["DEVS=", "DEVICES=", "export DEVS="];

/// What the script `place` takes; nothing where it names no device.
pub fn script(place: &SettingPlace, text: &str) -> Vec<OldSetting> {
    let mut olds = Vec::new();
    for line in text.lines().map(str::trim) {
        let list = LISTS.iter().find_map(|word| line.strip_prefix(word));
        let Some(list) = list.filter(|list| !list.contains('$')) else {
            continue;
        };
        let list = list.split('#').next().unwrap_or(list).trim();
        let fates = addresses(list.trim_matches(['"', '\'', '(', ')']));
        olds.push(OldSetting::new(place, line, Removal::Script, fates));
    }
    let uncommented = |line: &&str| !line.trim_start().starts_with('#');
    let vga = |line: &str| line.contains("boot_vga");
    if olds.is_empty() {
        if let Some(line) = text.lines().filter(uncommented).find(|line| vga(line)) {
            let fates = vec![Fate::carried("ids", "secondary-gpus")];
            olds.push(OldSetting::new(place, line.trim(), Removal::Script, fates));
        }
    }
    olds
}
