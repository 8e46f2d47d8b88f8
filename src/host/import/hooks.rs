//! Scripts of any name where something runs them: in the hooks of all three generators, in the course of the boot, and
//! where guides put them.

use super::files::Files;
use super::old_setting::{OldSetting, SettingPlace};
use super::reason::Removal;
use super::script::script;
use super::shell::Caller;
use crate::sys::other_tools::{
    BOOT_SCRIPTS, DRACUT_MODULES, INITRAMFS_SCRIPTS, MKINITCPIO_HOOKS, PACKAGED,
};
use crate::sys::{OLD_SCRIPTS, SysPath};

/// All scripts that are about devices.
pub(super) fn find(files: &Files<'_>, olds: &mut Vec<OldSetting>) {
    let mut all: Vec<(String, Caller, Removal)> = Vec::new();
    for path in OLD_SCRIPTS {
        all.push((format!("/{path}"), Caller::Program, Removal::Script));
    }
    for top in INITRAMFS_SCRIPTS {
        let paths = files.below(top, 1).into_iter();
        all.extend(paths.map(|path| (path, Caller::Program, Removal::Hook)));
    }
    for top in MKINITCPIO_HOOKS {
        let paths = files.below(top, 0).into_iter();
        all.extend(paths.map(|path| (path, Caller::Mkinitcpio, Removal::Hook)));
    }
    for name in files
        .root()
        .list(SysPath::Named(DRACUT_MODULES))
        .unwrap_or_default()
    {
        let dir = format!("{DRACUT_MODULES}/{name}");
        let paths = files.below(&dir, 0).into_iter();
        let removal = Removal::Directory(dir);
        all.extend(paths.map(|path| (path, Caller::Dracut, removal.clone())));
    }
    for top in BOOT_SCRIPTS {
        let paths = files.below(top, 0).into_iter();
        all.extend(paths.map(|path| (path, Caller::Program, Removal::ScriptLines)));
    }
    let mut seen: Vec<String> = Vec::new();
    for (path, caller, removal) in all {
        let is_packaged = PACKAGED.iter().any(|part| path.contains(part));
        let place = SettingPlace::file(&path);
        // One that an install line runs, or that another directory has too.
        let is_known = olds.iter().any(|old| old.place == place)
            || seen.iter().any(|other| files.is_same(other, &path));
        if is_packaged || is_known {
            continue;
        }
        if let Some(text) = files.text(&path) {
            olds.extend(script(&place, &text, caller, removal, files));
            seen.push(path);
        }
    }
}
