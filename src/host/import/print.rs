//! What was found as a commented vfio-early.conf, and as JSON.

use std::fmt;

use serde::Serialize;

use super::old_setting::{Fate, NewSetting, OldSetting, SettingPlace};
use super::reason::Removal;
use super::sources::Import;
use crate::escape::escaped;

/// `vfio-early import --json`.
#[derive(Debug, Serialize)]
pub struct ImportJson<'a> {
    schema: u32,
    complete: bool,
    settings: Vec<OldJson<'a>>,
    unread: &'a [String],
}

#[derive(Debug, Serialize)]
struct OldJson<'a> {
    place: String,
    setting: &'a str,
    carried_over: Vec<NewJson<'a>>,
    not_carried_over: Vec<LostJson>,
    notes: Vec<String>,
    then: String,
}

#[derive(Debug, Serialize)]
struct NewJson<'a> {
    key: &'static str,
    value: &'a str,
}

#[derive(Debug, Serialize)]
struct LostJson {
    why: String,
    write: String,
}

impl<'a> ImportJson<'a> {
    /// Everything that was found, for a program.
    pub fn new(import: &'a Import) -> Self {
        Self {
            schema: 1,
            complete: import.is_complete(),
            settings: import.olds.iter().map(OldJson::new).collect(),
            unread: &import.unread,
        }
    }
}

impl<'a> OldJson<'a> {
    fn new(old: &'a OldSetting) -> Self {
        let carried = |setting: &'a NewSetting| NewJson {
            key: setting.key,
            value: &setting.value,
        };
        let lost = |fate: &Fate| match fate {
            Fate::NotCarried { why, named } => Some(LostJson {
                why: why.to_string(),
                write: instead(named),
            }),
            Fate::Carried(_) | Fate::Note(_) => None,
        };
        Self {
            place: old.place.to_string(),
            setting: &old.what,
            carried_over: old.settings().map(carried).collect(),
            not_carried_over: old.fates.iter().filter_map(lost).collect(),
            notes: old.notes().map(ToString::to_string).collect(),
            then: old.removal.to_string(),
        }
    }
}

/// Everything that was found, as a configuration file.
pub fn configuration(olds: &[OldSetting]) -> String {
    let mut text =
        "# vfio-early.conf, as read from the settings of other tools by vfio-early import\n"
            .to_owned();
    if olds.is_empty() {
        text.push_str("# no other tool has a setting for a device\n");
        return text;
    }
    text.push_str(
        "# put it into /etc/vfio-early.conf, look at it with vfio-early plan, rebuild the images\n",
    );
    for old in olds {
        text.push_str(&format!("\n{old}"));
    }
    let lost = olds.iter().filter(|old| !old.is_complete()).count();
    text.push_str(&match lost {
        0 => "\n# everything found is carried over\n".to_owned(),
        _ => format!(
            "\n# NOT carried over in full: {lost} of {} settings found\n",
            olds.len()
        ),
    });
    text
}

/// What to write for a part that is not carried over.
fn instead(named: &[String]) -> String {
    match named {
        [] => "write its devices by address, path or id: ids=03:00.0".to_owned(),
        named => format!(
            "it names these: write those that are meant, ids={}",
            named.join(",")
        ),
    }
}

impl fmt::Display for SettingPlace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::CommandLine => "kernel command line",
            Self::File(path) => path,
        })
    }
}

impl fmt::Display for OldSetting {
    /// The setting as a comment, then one line a key, then what is not carried over, and what to do.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "# {}: {}",
            escaped(&self.place.to_string()),
            escaped(&self.what)
        )?;
        let mut keys: Vec<&str> = Vec::new();
        for setting in self.settings() {
            if !keys.contains(&setting.key) {
                keys.push(setting.key);
            }
        }
        if !keys.is_empty() {
            writeln!(f, "# carried over:")?;
        }
        for key in keys {
            let mut values: Vec<&str> = Vec::new();
            for setting in self.settings().filter(|setting| setting.key == key) {
                if !values.contains(&setting.value.as_str()) {
                    values.push(&setting.value);
                }
            }
            writeln!(f, "{key}={}", values.join(","))?;
        }
        for fate in &self.fates {
            match fate {
                Fate::Carried(_) => {}
                Fate::NotCarried { why, named } => {
                    let (why, instead) = (escaped(&why.to_string()), escaped(&instead(named)));
                    writeln!(f, "# NOT carried over: {why}; {instead}")?;
                }
                Fate::Note(note) => writeln!(f, "# {}", escaped(&note.to_string()))?,
            }
        }
        if self.is_complete() || self.removal == Removal::Leave {
            writeln!(f, "# then: {}", self.removal)
        } else {
            writeln!(f, "# once that is written: {}", self.removal)
        }
    }
}
