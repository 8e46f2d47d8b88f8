//! A setting of another tool that is about devices, and what becomes of each part of it.

use super::reason::{Note, Removal, Why};

/// Where a setting stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SettingPlace {
    /// The kernel command line.
    CommandLine,
    /// A file by its path on the running system.
    File(String),
}

/// A key of vfio-early.conf(5) and one element of its value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewSetting {
    /// The key.
    pub key: &'static str,
    /// The element.
    pub value: String,
}

/// What becomes of a part of a setting.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fate {
    /// The configuration has it as this.
    Carried(NewSetting),
    /// It is about devices, and the configuration does not have it.
    NotCarried {
        /// Why not.
        why: Why,
        /// The devices that the text names, as elements of `ids`.
        named: Vec<String>,
    },
    /// What its owner should know; no device is lost by it.
    Note(Note),
}

/// A setting of another tool and what becomes of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OldSetting {
    /// Where it stands.
    pub place: SettingPlace,
    /// The setting as it was written.
    pub what: String,
    /// What becomes of its parts.
    pub fates: Vec<Fate>,
    /// What to do about the setting once the configuration is in place.
    pub removal: Removal,
    /// The driver whose own list of ids it is.
    pub list_of: Option<&'static str>,
}

impl Fate {
    /// A part that is carried over.
    pub(super) fn carried(key: &'static str, value: impl ToString) -> Self {
        let value = value.to_string();
        Self::Carried(NewSetting { key, value })
    }

    /// A part that is not, where nothing in it can be read as a device.
    pub(super) fn lost(why: impl Into<Why>) -> Self {
        let (why, named) = (why.into(), Vec::new());
        Self::NotCarried { why, named }
    }
}

impl OldSetting {
    pub(super) fn new(
        place: &SettingPlace,
        what: &str,
        removal: Removal,
        fates: Vec<Fate>,
    ) -> Self {
        let (place, what) = (place.clone(), what.to_owned());
        Self {
            place,
            what,
            fates,
            removal,
            list_of: None,
        }
    }

    /// The same as a list of the ids of `driver`.
    pub(super) fn list_of(mut self, driver: Option<&'static str>) -> Self {
        self.list_of = driver;
        self
    }

    /// What the configuration has of it.
    pub fn settings(&self) -> impl Iterator<Item = &NewSetting> {
        self.fates.iter().filter_map(|fate| match fate {
            Fate::Carried(setting) => Some(setting),
            Fate::NotCarried { .. } | Fate::Note(_) => None,
        })
    }

    /// What its owner should know.
    pub fn notes(&self) -> impl Iterator<Item = &Note> {
        self.fates.iter().filter_map(|fate| match fate {
            Fate::Note(note) => Some(note),
            Fate::NotCarried { .. } | Fate::Carried(_) => None,
        })
    }

    /// Why parts of it are not carried over.
    pub fn losses(&self) -> impl Iterator<Item = &Why> {
        self.fates.iter().filter_map(|fate| match fate {
            Fate::NotCarried { why, .. } => Some(why),
            Fate::Carried(_) | Fate::Note(_) => None,
        })
    }

    /// Whether everything in it that is about devices is carried over.
    pub fn is_complete(&self) -> bool {
        let lost = |fate: &Fate| matches!(fate, Fate::NotCarried { .. });
        !self.fates.iter().any(lost)
    }
}
