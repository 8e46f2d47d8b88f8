//! Lists of addresses: TrueNAS' one a line, other hooks' with commas, and the scripts from the wikis, which have a
//! `DEVS="0000:03:00.0 ..."` line, or take every display that is not `boot_vga`.
//!
//! Source: truenas/middleware `initramfs-tools/scripts/init-top/truenas_bind_vfio`; the `vfio-pci-override.sh` of the
//! Arch wiki.

use super::{New, Old, slot};

/// What begins a list in a script.
const LISTS: [&str; 3] = ["DEVS=", "DEVICES=", "export DEVS="];

/// The addresses of a list, separated by blanks or commas.
pub fn slots(list: &str) -> Vec<New> {
    let elements = list.split(|c: char| c.is_whitespace() || c == ',');
    elements.filter(|text| !text.is_empty()).map(slot).collect()
}

/// What the script `place` takes; nothing where it names no device.
pub fn script(place: &str, text: &str) -> Vec<Old> {
    let then = "remove the script and the hook or line that runs it";
    let mut olds = Vec::new();
    for line in text.lines().map(str::trim) {
        let list = LISTS.iter().find_map(|word| line.strip_prefix(word));
        let Some(list) = list.filter(|list| !list.contains('$')) else {
            continue;
        };
        let list = list.split('#').next().unwrap_or(list).trim();
        let news = slots(list.trim_matches(['"', '\'', '(', ')']));
        olds.push(Old::new(place, line, then, news));
    }
    let uncommented = |line: &&str| !line.trim_start().starts_with('#');
    let vga = |line: &str| line.contains("boot_vga");
    if olds.is_empty() {
        if let Some(line) = text.lines().filter(uncommented).find(|line| vga(line)) {
            let news = vec![New::Set("ids", "secondary-gpus".to_owned())];
            olds.push(Old::new(place, line.trim(), then, news));
        }
    }
    olds
}
