//! Lists of modules to load: `/etc/modules`, modules-load.d, and the list of initramfs-tools, a module a line with its
//! options.
//!
//! Source: modules-load.d(5); `load_modules()` in initramfs-tools' `scripts/functions`, which gives the options to
//! modprobe.

use super::files::Files;
use super::old_setting::{Fate, OldSetting, SettingPlace};
use super::reason::{Note, Removal, Why};
use super::selectors::kernel_ids;
use super::shell::named;
use super::xen::hidden_devices;
use crate::config::ModuleOption;
use crate::sys::other_tools::{INITRAMFS_MODULES, MODULE_LISTS};

/// The lines of all lists that are about devices.
pub(super) fn find(files: &Files<'_>, olds: &mut Vec<OldSetting>) {
    let (modules, dirs) = MODULE_LISTS.split_at(1);
    let mut lists: Vec<String> = modules.iter().map(|path| (*path).to_owned()).collect();
    lists.extend(files.of_dirs(dirs));
    let mut seen: Vec<String> = Vec::new();
    for path in lists {
        // Debian's modules-load.d has a link to /etc/modules.
        if seen.iter().any(|other| files.is_same(other, &path)) {
            continue;
        }
        if let Some(text) = files.text(&path) {
            olds.extend(module_list(&SettingPlace::file(&path), &text, false));
        }
        seen.push(path);
    }
    if let Some(text) = files.text(INITRAMFS_MODULES) {
        let place = SettingPlace::file(INITRAMFS_MODULES);
        olds.extend(module_list(&place, &text, true));
    }
}

/// The lines of the list `place` that are about devices; `has_options` is whether what loads the modules passes their
/// options on.
pub fn module_list(place: &SettingPlace, text: &str, has_options: bool) -> Vec<OldSetting> {
    let mut olds = Vec::new();
    for line in text.lines().map(str::trim) {
        if line.is_empty() || line.starts_with(['#', ';']) {
            continue;
        }
        let (module, rest) = line.split_once([' ', '\t']).unwrap_or((line, ""));
        let (mut fates, mut others) = fates(&module.replace('-', "_"), rest);
        if fates.is_empty() {
            let named = named(line);
            if named.is_empty() {
                continue;
            }
            let why = Why::NoModule(module.to_owned());
            fates.push(Fate::NotCarried { why, named });
            others = false;
        } else if !has_options {
            fates.push(Fate::Note(Note::OptionsIgnored));
        }
        let removal = if others {
            Removal::ModuleLine
        } else {
            Removal::Line
        };
        olds.push(OldSetting::new(place, line, removal, fates));
    }
    olds
}

/// The devices in the options of a module, and whether there are other options.
fn fates(module: &str, text: &str) -> (Vec<Fate>, bool) {
    let (mut fates, mut others) = (Vec::new(), false);
    for option in ModuleOption::list(module, text) {
        let value = option.value.as_deref().unwrap_or_default();
        match (module, option.name.as_str()) {
            ("vfio_pci", "ids") => fates.extend(kernel_ids(value, false)),
            ("pci_stub", "ids") => fates.extend(kernel_ids(value, true)),
            ("xen_pciback", "hide") => fates.extend(hidden_devices(value)),
            _ => others = true,
        }
    }
    (fates, others)
}
