//! Scripts: what each does to devices, or why that is not known.

use super::old_setting::{Fate, OldSetting, SettingPlace};
use super::reason::{Note, Removal, Why};
use super::selectors::{driven, kernel_id, kernel_ids};
use super::shell::{Caller, Effects, Taken, Understood, named, understand};

/// What a script has that is about claiming devices.
const MARKS: [&str; 9] = [
    "driver_override",
    "vfio",
    "pci-stub",
    "pci_stub",
    "pciback",
    "new_id",
    "boot_vga",
    "sriov_numvfs",
    "nodedev-det",
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
    load: &dyn Fn(&str) -> Option<String>,
) -> Option<OldSetting> {
    if !is_about_devices(text) {
        return None;
    }
    let fates = match understand(text, caller, load) {
        Ok(understood) => fates(&understood),
        Err(obstacle) => vec![Fate::NotCarried {
            why: Why::Script(obstacle),
            named: named(text),
        }],
    };
    let what = shown(text)?;
    (!fates.is_empty()).then(|| OldSetting::new(place, what, removal, fates))
}

/// What a script does, in our words.
pub(super) fn fates(understood: &Understood) -> Vec<Fate> {
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
        fates.push(virtual_functions(device, count));
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
            let is_other = driver != "vfio-pci";
            fates.extend(
                is_other.then(|| Fate::carried("driver", format_args!("{driver}@{selector}"))),
            );
        }
        Err(why) => fates.push(Fate::lost(why)),
    }
}

/// `vfs=`, for a device by its address; of a network interface the device is not known here.
pub(super) fn virtual_functions(device: &str, count: &str) -> Fate {
    let number = count.parse::<u16>().ok().filter(|count| *count > 0);
    match (number, device.parse::<crate::pci::Address>()) {
        (Some(number), Ok(address)) => Fate::carried("vfs", format_args!("{number}@{address}")),
        _ => Fate::lost(Why::Interface(device.to_owned(), count.to_owned())),
    }
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
