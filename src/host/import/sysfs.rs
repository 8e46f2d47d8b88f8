//! What is written to /sys when the system starts, by sysfsutils and by systemd-tmpfiles: numbers of virtual functions,
//! and drivers for devices.
//!
//! Source: sysfs.conf(5): `class/net/eth0/device/sriov_numvfs = 4`; tmpfiles.d(5): `w PATH - - - - 4`.

use super::files::Files;
use super::old_setting::{Fate, OldSetting, SettingPlace};
use super::reason::{Removal, Why};
use super::script::{fates, is_about_devices};
use super::shell::{named, written};
use crate::sys::SysPath;
use crate::sys::other_tools::{SYSFS_CONF, TMPFILES_DIRS};

/// All lines of such files that are about devices.
pub(super) fn find(files: &Files<'_>, olds: &mut Vec<OldSetting>) {
    let [file, dir] = SYSFS_CONF;
    let mut places = vec![file.to_owned()];
    let names = files.list(SysPath::Named(dir)).into_iter();
    places.extend(names.map(|name| format!("{dir}/{name}")));
    for path in places {
        let text = files.text(&path).unwrap_or_default();
        for line in text.lines() {
            if let Some((path_below, value)) = sysfs_line(line) {
                olds.extend(old(files, &path, line, &path_below, value));
            }
        }
    }
    for path in files.of_dirs(&TMPFILES_DIRS) {
        let is_read = path.ends_with(".conf");
        let text = is_read.then(|| files.text(&path)).flatten();
        for line in text.unwrap_or_default().lines() {
            if let Some((target, value)) = tmpfiles_line(line) {
                olds.extend(old(files, &path, line, &target, value));
            }
        }
    }
}

/// `PATH = VALUE`, where PATH is below /sys.
fn sysfs_line(line: &str) -> Option<(String, &str)> {
    let line = line.split('#').next()?;
    let (path, value) = line.split_once('=')?;
    // `mode PATH = 0600` and `owner PATH = root` are about permissions.
    let path = path.trim();
    (!path.contains(' ')).then(|| {
        let path = path.trim_start_matches('/').trim_start_matches("sys/");
        (format!("/sys/{path}"), value.trim())
    })
}

/// `w PATH MODE USER GROUP AGE VALUE`.
fn tmpfiles_line(line: &str) -> Option<(String, &str)> {
    let mut rest = line.trim();
    let mut fields = Vec::new();
    for _ in 0..6 {
        let (field, after) = rest.split_once([' ', '\t'])?;
        fields.push(field);
        rest = after.trim_start();
    }
    let (kind, path) = (fields.first()?, fields.get(1)?);
    let path = path.trim_matches('"');
    kind.starts_with('w')
        .then(|| (path.to_owned(), rest.trim().trim_matches('"')))
}

fn old(files: &Files<'_>, file: &str, line: &str, path: &str, value: &str) -> Option<OldSetting> {
    if !is_about_devices(path) {
        return None;
    }
    let fates = match written(path, value) {
        Ok(understood) => fates(&understood, files),
        Err(obstacle) => vec![Fate::NotCarried {
            why: Why::Script(obstacle),
            named: named(path),
        }],
    };
    let place = SettingPlace::file(file);
    (!fates.is_empty()).then(|| OldSetting::new(&place, line.trim(), Removal::Line, fates))
}
