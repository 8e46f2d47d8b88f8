//! Scripts: what each does to devices, or why that is not known.

use super::files::Files;
use super::old_setting::{Fate, OldSetting, SettingPlace};
use super::reason::{Note, Removal, Why};
use super::selectors::{driven, kernel_id, kernel_ids};
use super::shell::{Caller, Effects, Language, Taken, Understood, language, named, understand};
use crate::pci::Address;

/// What a script has that is about claiming devices.
const MARKS: [&str; 10] = [
    "driver_override",
    "vfio",
    "pci-stub",
    "pci_stub",
    "pciback",
    "new_id",
    "boot_vga",
    "sriov_numvfs",
    "nodedev-det",
    "pci-assignable-add",
];

/// Whether a line that is no comment is about claiming devices.
pub(super) fn is_about_devices(text: &str) -> bool {
    lines(text).any(|line| MARKS.iter().any(|mark| line.contains(mark)))
}

/// What the script `place` does to devices; `None` where it does nothing to them.
pub fn script(
    place: &SettingPlace,
    text: &str,
    caller: Caller,
    removal: Removal,
    files: &Files<'_>,
) -> Option<OldSetting> {
    let language = language(text);
    if !is_about_devices(text) || language == Language::Binary {
        return None;
    }
    let names = named(text);
    let lost = |why| {
        vec![Fate::NotCarried {
            why,
            named: names.clone(),
        }]
    };
    let fates = if language == Language::Other {
        lost(Why::NotShell)
    } else {
        match understand(text, caller, &|path| files.load(path)) {
            Ok(understood) if understood.is_idle() && !names.is_empty() => lost(Why::NoEffect),
            Ok(understood) => fates(&understood, files),
            Err(obstacle) => lost(Why::Script(obstacle)),
        }
    };
    let what = shown(text)?;
    (!fates.is_empty()).then(|| OldSetting::new(place, what, removal, fates))
}

/// What a script does, in our words.
pub(super) fn fates(understood: &Understood, files: &Files<'_>) -> Vec<Fate> {
    let Understood { effects, unbound } = understood;
    let mut fates = Vec::new();
    for (taken, driver) in &effects.takes {
        match taken {
            Taken::At(address) => fates.extend(driven(address, driver)),
            Taken::Group(address) => of_driver(&mut fates, &format!("{address}+group"), driver),
            Taken::Secondary => {
                of_driver(&mut fates, "secondary-gpus", driver);
                fates.push(Fate::Note(Note::WholeCards));
            }
            // It stands for what the loop is over.
            Taken::Each(_) => {}
        }
    }
    for (driver, list) in &effects.lists {
        fates.extend(kernel_ids(list, driver == "pci-stub"));
    }
    new_ids(effects, unbound, &mut fates);
    for (device, count) in &effects.functions {
        fates.push(virtual_functions(device, count, files));
    }
    fates
}

/// Ids for `new_id`. It takes devices that no driver has: where the script frees just one, it means that one.
fn new_ids(effects: &Effects, unbound: &[String], fates: &mut Vec<Fate>) {
    let single = match (effects.ids.as_slice(), unbound) {
        ([_], [address]) if effects.takes.is_empty() => Some(address),
        _ => None,
    };
    for (driver, id) in &effects.ids {
        match (kernel_id(id), single) {
            (Ok(id), Some(address)) => of_driver(fates, &format!("{id}@{address}"), driver),
            (Ok(id), None) => of_driver(fates, &id.to_string(), driver),
            (Err(why), _) => fates.push(Fate::lost(why)),
        }
    }
    if single.is_none() && !effects.ids.is_empty() {
        fates.push(Fate::Note(Note::NewId(unbound.to_vec())));
    }
}

fn of_driver(fates: &mut Vec<Fate>, selector: &str, driver: &str) {
    match selector.parse::<crate::config::Selector>() {
        Ok(selector) => {
            fates.push(Fate::carried("ids", &selector));
            let is_other = driver.replace('_', "-") != "vfio-pci";
            fates.extend(
                is_other.then(|| Fate::carried("driver", format_args!("{driver}@{selector}"))),
            );
        }
        Err(why) => fates.push(Fate::lost(why)),
    }
}

/// `vfs=`, for a device by its address or by its network interface.
fn virtual_functions(device: &str, count: &str, files: &Files<'_>) -> Fate {
    let number = count.parse::<u16>().ok().filter(|count| *count > 0);
    let address = device.parse::<Address>().ok();
    match (number, address.or_else(|| files.interface(device))) {
        (Some(number), Some(address)) => Fate::carried("vfs", format_args!("{number}@{address}")),
        _ => Fate::lost(Why::Interface(device.to_owned(), count.to_owned())),
    }
}

/// The scripts that a command runs, each as a setting of its own.
pub(super) fn scripts(command: &str, files: &Files<'_>) -> Vec<OldSetting> {
    let words =
        command.split(|c: char| c.is_whitespace() || matches!(c, ';' | '&' | '|' | '"' | '\''));
    let mut olds = Vec::new();
    for path in words.filter(|word| word.starts_with('/')) {
        if let Some(text) = files
            .load(path)
            .filter(|text| language(text) != Language::Binary)
        {
            let place = SettingPlace::file(path);
            olds.extend(script(
                &place,
                &text,
                Caller::Program,
                Removal::Script,
                files,
            ));
        }
    }
    olds
}

/// The line that shows best what a script is about.
fn shown(text: &str) -> Option<&str> {
    let devices = lines(text).find(|line| !named(line).is_empty());
    let marked = || lines(text).find(|line| MARKS.iter().any(|mark| line.contains(mark)));
    devices.or_else(marked)
}

fn lines(text: &str) -> impl Iterator<Item = &str> {
    text.lines()
        .map(str::trim)
        .filter(|line| !line.starts_with('#'))
}
