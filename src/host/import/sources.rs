//! Everything that other tools have for devices on this machine.

use super::cmdline::cmdline;
use super::driverctl::driverctl;
use super::files::Files;
use super::old_setting::{OldSetting, SettingPlace};
use super::{hooks, lists, modprobe, module_list, proxmox, sysfs, udev, unit, unraid};
use crate::sys::{Root, SysPath};

/// What was found, and what could not be read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Import {
    /// The settings of other tools.
    pub olds: Vec<OldSetting>,
    /// Files that are there and cannot be read, one message each.
    pub unread: Vec<String>,
}

/// Finds settings of one kind.
type Finder = fn(&Files<'_>, &mut Vec<OldSetting>);

/// All kinds, in the order in which they are printed. Scripts are the last: others run some of them.
const FINDERS: [Finder; 11] = [
    find_cmdline,
    modprobe::find,
    module_list::find,
    find_driverctl,
    unraid::find,
    lists::find,
    proxmox::find,
    sysfs::find,
    udev::find,
    unit::find,
    hooks::find,
];

/// Reads the settings of other tools below `root`.
pub fn read(root: &Root) -> Import {
    let files = Files::new(root);
    let mut olds = Vec::new();
    for find in FINDERS {
        find(&files, &mut olds);
    }
    let unread = files.into_unread();
    Import { olds, unread }
}

fn find_cmdline(files: &Files<'_>, olds: &mut Vec<OldSetting>) {
    if let Some(text) = files.read(SysPath::Cmdline) {
        olds.extend(cmdline(text.as_bytes()));
    }
}

fn find_driverctl(files: &Files<'_>, olds: &mut Vec<OldSetting>) {
    for name in files.list(SysPath::DriverctlDir) {
        if let Some(text) = files.read(SysPath::DriverctlFile(&name)) {
            let place = SettingPlace::File(SysPath::DriverctlDir.on_system());
            olds.push(driverctl(&place, &name, &text));
        }
    }
}

impl Import {
    /// Whether everything was read and is carried over.
    pub fn is_complete(&self) -> bool {
        self.unread.is_empty() && self.olds.iter().all(OldSetting::is_complete)
    }
}
