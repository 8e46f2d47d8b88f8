//! Rules of udev that give devices to a driver, or that make virtual functions.
//!
//! Source: udev(7).

use super::files::Files;
use super::old_setting::{Fate, OldSetting, SettingPlace};
use super::reason::{Removal, Why};
use super::script::{fates, is_about_devices};
use super::shell::{Obstacle, Taken, Understood, named, understand_action, written};
use super::udev_rule::{Match, Rule, rules};
use crate::sys::other_tools::{PACKAGED, UDEV_DIRS};

/// An address that stands for the device of a rule while what the rule does is followed.
const STAND_IN: &str = "fffe:fe:1e.6";

/// The rules of all files that are about devices.
pub(super) fn find(files: &Files<'_>, olds: &mut Vec<OldSetting>) {
    for path in files.of_dirs(&UDEV_DIRS) {
        let is_read = path.ends_with(".rules") && !PACKAGED.iter().any(|part| path.contains(part));
        if let Some(text) = is_read.then(|| files.text(&path)).flatten() {
            olds.extend(udev(&SettingPlace::file(&path), &text, files));
        }
    }
}

/// The rules of the file `place` that are about devices.
pub fn udev(place: &SettingPlace, text: &str, files: &Files<'_>) -> Vec<OldSetting> {
    let mut olds = Vec::new();
    // Some rules are left out for some devices.
    let mut is_conditional = false;
    for rule in rules(text) {
        let does = effects(&rule, files);
        is_conditional |= rule.jumps() && !rule.is_general();
        let (known, named) = match does {
            None => continue,
            Some(Err(obstacle)) => (Err(Why::Script(obstacle)), named(&rule.text)),
            Some(Ok(_)) if is_conditional => (Err(Why::Rule), named(&rule.text)),
            Some(Ok(understood)) => match rule.devices() {
                Match::Devices(selectors) => {
                    (Ok(carried(&understood, &selectors, files)), Vec::new())
                }
                Match::All if !takes_stand_in(&understood) => {
                    (Ok(fates(&understood, files)), Vec::new())
                }
                Match::All | Match::Unknown => (Err(Why::Rule), named(&rule.text)),
            },
        };
        let fates = known.unwrap_or_else(|why| vec![Fate::NotCarried { why, named }]);
        if !fates.is_empty() {
            olds.push(OldSetting::new(place, &rule.text, Removal::Rule, fates));
        }
    }
    olds
}

/// What a rule does to its device and others; `None` where it does nothing.
fn effects(rule: &Rule, files: &Files<'_>) -> Option<Result<Understood, Obstacle>> {
    let mut whole: Option<Understood> = None;
    for (key, value) in rule.actions() {
        let value = rule.substituted(value, STAND_IN);
        let done = match key.as_str() {
            "ATTR{driver_override}" | "ATTR{sriov_numvfs}" => {
                let name = key.trim_start_matches("ATTR{").trim_end_matches('}');
                written(&format!("/sys/bus/pci/devices/{STAND_IN}/{name}"), &value)
            }
            "RUN" | "RUN{program}" if is_about_devices(&value) || is_about_devices(&rule.text) => {
                understand_action(&value, false, &|path| files.load(path))
            }
            _ => continue,
        };
        match done {
            Err(obstacle) => return Some(Err(obstacle)),
            Ok(done) => whole.get_or_insert_default().add(done),
        }
    }
    let whole = whole?;
    (!whole.is_idle()).then_some(Ok(whole))
}

fn takes_stand_in(understood: &Understood) -> bool {
    let is_stand_in = |taken: &Taken| *taken == Taken::At(STAND_IN.to_owned());
    let effects = &understood.effects;
    effects.takes.iter().any(|(taken, _)| is_stand_in(taken))
        || effects.functions.iter().any(|(name, _)| name == STAND_IN)
}

/// What a rule does, for each of its devices.
fn carried(understood: &Understood, selectors: &[String], files: &Files<'_>) -> Vec<Fate> {
    let mut all = Vec::new();
    for fate in fates(understood, files) {
        let Fate::Carried(setting) = &fate else {
            all.push(fate);
            continue;
        };
        if !setting.value.contains(STAND_IN) {
            all.push(fate);
            continue;
        }
        for selector in selectors {
            let value = setting.value.replace(STAND_IN, selector);
            all.push(Fate::carried(setting.key, value));
        }
    }
    all
}
