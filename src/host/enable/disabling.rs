//! What `disable` takes out of the settings that `enable` wrote.

use super::settings::Settings;
use crate::config::{Extent, Selector};
use crate::machine::{Bus, named, selected};
use crate::pci::Address;

/// What a selector of `disable` comes to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Found {
    /// These lines are removed.
    Lines(Vec<String>),
    /// None is for its devices; those are here for a look at what somebody wrote by hand.
    Nothing(Vec<Address>),
    /// This line is for other devices too.
    Wider(String),
}

/// Which lines of the settings `selector`, given as `text`, is for: those that it repeats, else those whose base names
/// only devices that it takes.
pub fn found(settings: &Settings, text: &str, selector: &Selector, bus: &Bus) -> Found {
    let same = |line: &&str| {
        let parsed = line.parse::<Selector>();
        *line == text || parsed.is_ok_and(|parsed| parsed == *selector)
    };
    let lines: Vec<String> = settings
        .selectors()
        .filter(same)
        .map(str::to_owned)
        .collect();
    if !lines.is_empty() {
        return Found::Lines(lines);
    }
    let taken = addresses(selected(selector, bus));
    let mut lines = Vec::new();
    let mut wider = None;
    for line in settings.selectors() {
        let Ok(parsed) = line.parse::<Selector>() else {
            continue;
        };
        let base = Selector {
            extent: Extent::Itself,
            ..parsed
        };
        let own = addresses(named(&base, bus));
        let inside = own.iter().filter(|address| taken.contains(address)).count();
        if inside > 0 && inside == own.len() {
            lines.push(line.to_owned());
        } else if inside > 0 {
            wider = Some(line.to_owned());
        }
    }
    match wider {
        Some(line) => Found::Wider(line),
        None if lines.is_empty() => Found::Nothing(taken),
        None => Found::Lines(lines),
    }
}

fn addresses(devices: Vec<&crate::pci::Device>) -> Vec<Address> {
    devices.iter().map(|device| device.address).collect()
}
