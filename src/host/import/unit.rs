//! Units of systemd whose commands give devices to a driver.
//!
//! Source: systemd.service(5), systemd.exec(5): words are quoted as in a shell, and nothing is redirected.

use super::files::Files;
use super::old_setting::{Fate, OldSetting, SettingPlace};
use super::reason::{Removal, Why};
use super::script::{fates, is_about_devices};
use super::shell::{named, understand_command};
use crate::sys::SysPath;
use crate::sys::other_tools::{PACKAGED, UNIT_DIRS};

/// The commands of all units that are about devices.
pub(super) fn find(files: &Files<'_>, olds: &mut Vec<OldSetting>) {
    for path in files.of_dirs(&UNIT_DIRS) {
        let is_read =
            path.ends_with(".service") && !PACKAGED.iter().any(|part| path.contains(part));
        let Some(text) = is_read.then(|| files.text(&path)).flatten() else {
            continue;
        };
        let place = SettingPlace::file(&path);
        let stem = path
            .rsplit('/')
            .next()
            .and_then(|name| name.strip_suffix("@.service"));
        let mut instances = stem.map(|stem| instances(stem, files)).unwrap_or_default();
        if instances.is_empty() {
            instances.push(None);
        }
        for instance in instances {
            olds.extend(unit(&place, &text, instance.as_deref(), files));
        }
    }
}

/// The instances of the template `stem` that start with another unit.
fn instances(stem: &str, files: &Files<'_>) -> Vec<Option<String>> {
    let mut found = Vec::new();
    for dir in UNIT_DIRS {
        let names = files.root().list(SysPath::Named(dir)).unwrap_or_default();
        let wanted = names
            .iter()
            .filter(|name| name.ends_with(".wants") || name.ends_with(".requires"));
        for wants in wanted {
            let units = files.root().list(SysPath::Named(&format!("{dir}/{wants}")));
            for unit in units.unwrap_or_default() {
                let name = unit
                    .strip_prefix(stem)
                    .and_then(|rest| rest.strip_prefix('@'));
                let instance = name.and_then(|name| name.strip_suffix(".service"));
                let instance = instance.filter(|name| !name.is_empty()).map(str::to_owned);
                if instance.is_some() && !found.contains(&instance) {
                    found.push(instance);
                }
            }
        }
    }
    found
}

/// The commands of the unit `place` that are about devices; `instance` is what a template stands for.
pub fn unit(
    place: &SettingPlace,
    text: &str,
    instance: Option<&str>,
    files: &Files<'_>,
) -> Vec<OldSetting> {
    let mut olds = Vec::new();
    let mut variables = String::new();
    let joined = text.replace("\\\n", " ");
    for line in joined.lines().map(str::trim) {
        let Some((key, value)) = line.split_once('=') else {
            continue;
        };
        let value = value.trim();
        match key.trim() {
            "Environment" => variables.push_str(&format!("export {value}\n")),
            "EnvironmentFile" => {
                let path = value.trim_start_matches('-');
                variables.push_str(&files.load(path).unwrap_or_default());
                variables.push('\n');
            }
            "ExecStart" | "ExecStartPre" | "ExecStartPost" => {
                let command = command(value, instance.unwrap_or("${systemd_instance}"));
                if let Some(fates) = fates_of(&command, &variables, files) {
                    olds.push(OldSetting::new(place, line, Removal::Unit, fates));
                }
            }
            _ => {}
        }
    }
    olds
}

/// A command without the characters in front that say how it is run. Which instance a template stands for may not be
/// known: no variable has that name.
fn command(value: &str, instance: &str) -> String {
    let command = value.trim_start_matches(['-', '@', ':', '+', '!', '|']);
    command
        .replace("%i", instance)
        .replace("%I", instance)
        .replace("%%", "%")
        .replace("$$", "$")
}

fn fates_of(command: &str, variables: &str, files: &Files<'_>) -> Option<Vec<Fate>> {
    let program = command.split_whitespace().next()?;
    let is_own = ["/usr/local/", "/etc/", "/opt/", "/root/", "/home/", "/srv/"]
        .iter()
        .any(|dir| program.starts_with(dir));
    // The commands of packages are not read.
    let is_script = is_own || program.ends_with(".sh") || is_about_devices(program);
    let script = is_script.then(|| files.load(program)).flatten();
    let is_about = is_about_devices(command) || script.as_deref().is_some_and(is_about_devices);
    if !is_about {
        return None;
    }
    let fates = match understand_command(variables, command, &|path| files.load(path)) {
        Ok(understood) => fates(&understood, files),
        Err(obstacle) => {
            let mut all = named(command);
            all.extend(named(variables));
            all.extend(named(script.as_deref().unwrap_or_default()));
            vec![Fate::NotCarried {
                why: Why::Script(obstacle),
                named: all,
            }]
        }
    };
    (!fates.is_empty()).then_some(fates)
}
