//! driverctl's overrides: a file for each device, `/etc/driverctl.d/pci-0000:03:00.0`, with the driver's name in it.
//!
//! Source: driverctl(8) and its `driverctl` script, 0.111.

use super::old_setting::{Fate, OldSetting, SettingPlace};
use super::reason::{Note, Removal};
use super::selectors::driven;
use crate::pci::Address;

/// The override in the file `name` of `place`.
pub fn driverctl(place: &SettingPlace, name: &str, text: &str) -> OldSetting {
    let driver = text.trim();
    let what = format!("{name} has {driver}");
    let Some(given) = name.strip_prefix("pci-") else {
        let fates = vec![Fate::Note(Note::NotPci)];
        return OldSetting::new(place, &what, Removal::Leave, fates);
    };
    let (removal, fates) = match given.parse::<Address>() {
        Err(why) => (Removal::File, vec![Fate::lost(why)]),
        Ok(address) => {
            let fates = driven(given, driver);
            let removal = if fates.iter().any(|fate| matches!(fate, Fate::Note(_))) {
                Removal::Leave
            } else if fates.iter().any(|fate| matches!(fate, Fate::Carried(_))) {
                Removal::Driverctl(address)
            } else {
                Removal::File
            };
            (removal, fates)
        }
    };
    OldSetting::new(place, &what, removal, fates)
}
