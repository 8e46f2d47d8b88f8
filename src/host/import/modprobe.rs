//! modprobe.d: `options vfio-pci ids=`, soft dependencies that put vfio-pci first, and `install` lines that run a
//! script.
//!
//! Source: modprobe.d(5).

use super::old_setting::{Fate, OldSetting, SettingPlace};
use super::reason::{Note, Removal};
use super::selectors::kernel_ids;

/// What an `install` line runs besides a script.
const PROGRAMS: [&str; 3] = ["/modprobe", "/sh", "/bash"];

/// The lines of the file `place` that are about vfio-pci, and the scripts that they run.
pub fn modprobe(place: &SettingPlace, text: &str) -> (Vec<OldSetting>, Vec<String>) {
    let (mut olds, mut scripts) = (Vec::new(), Vec::new());
    for line in text.replace("\\\n", " ").lines().map(str::trim) {
        let mut words = line.split_whitespace();
        let (Some(command), Some(module)) = (words.next(), words.next()) else {
            continue;
        };
        let module = module.replace('_', "-");
        let rest: Vec<&str> = words.collect();
        if let Some((removal, fates)) = fates(command, &module, &rest) {
            olds.push(OldSetting::new(place, line, removal, fates));
        }
        if command == "install" && module == "vfio-pci" {
            let path = |word: &&&str| {
                let program = PROGRAMS.iter().any(|name| word.ends_with(name));
                word.starts_with('/') && !word.contains("..") && !program
            };
            let script = |word: &&str| word.trim_end_matches(';').to_owned();
            scripts.extend(rest.iter().filter(path).map(script));
        }
    }
    (olds, scripts)
}

fn fates(command: &str, module: &str, rest: &[&str]) -> Option<(Removal, Vec<Fate>)> {
    let vfio = |word: &&str| word.starts_with("vfio");
    match (command, module) {
        ("options", "vfio-pci" | "pci-stub") => {
            let lists = rest.iter().filter_map(|word| word.strip_prefix("ids="));
            let fates: Vec<Fate> = lists
                .flat_map(|list| kernel_ids(list.trim_matches('"'), module == "pci-stub"))
                .collect();
            let others = rest.iter().any(|word| !word.starts_with("ids="));
            let removal = if others { Removal::Ids } else { Removal::Line };
            (!fates.is_empty()).then_some((removal, fates))
        }
        ("softdep", _) if module != "vfio" && module != "vfio-pci" && rest.iter().any(vfio) => {
            Some((Removal::Line, vec![Fate::Note(Note::OrderNotNeeded)]))
        }
        ("install", "vfio-pci") => Some((Removal::Line, vec![Fate::Note(Note::RunsScript)])),
        _ => None,
    }
}
