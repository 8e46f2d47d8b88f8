//! modprobe.d: `options vfio-pci ids=`, soft dependencies that put vfio-pci first, and `install` lines that run a
//! script.

use super::old_setting::{Fate, OldSetting, SettingPlace};
use super::reason::{Note, Removal};
use super::selectors::kernel_ids;
use crate::config::{Directive, modprobe_lines};

/// What an `install` line runs besides a script.
const PROGRAMS: [&str; 3] = ["/modprobe", "/sh", "/bash"];

/// The lines of the file `place` that are about vfio-pci, and the scripts that they run.
pub fn modprobe(place: &SettingPlace, text: &str) -> (Vec<OldSetting>, Vec<String>) {
    let (mut olds, mut scripts) = (Vec::new(), Vec::new());
    for line in modprobe_lines(text.as_bytes()) {
        let Some(directive) = line.directive else {
            continue;
        };
        if let Some((removal, fates)) = fates(&directive) {
            olds.push(OldSetting::new(place, &line.text, removal, fates));
        }
        match &directive {
            Directive::Install { module, command } if module == "vfio_pci" => {
                let path = |word: &&str| {
                    let program = PROGRAMS.iter().any(|name| word.ends_with(name));
                    word.starts_with('/') && !word.contains("..") && !program
                };
                let script = |word: &str| word.trim_end_matches(';').to_owned();
                scripts.extend(command.split_whitespace().filter(path).map(script));
            }
            _ => {}
        }
    }
    (olds, scripts)
}

fn fates(directive: &Directive) -> Option<(Removal, Vec<Fate>)> {
    match directive {
        Directive::Options { module, .. } if module == "vfio_pci" || module == "pci_stub" => {
            let options = directive.options();
            let lists = options.iter().filter(|option| option.is_ids());
            let fates: Vec<Fate> = lists
                .filter_map(|option| option.value.as_deref())
                .flat_map(|list| kernel_ids(list, module == "pci_stub"))
                .collect();
            let others = options.iter().any(|option| !option.is_ids());
            let removal = if others { Removal::Ids } else { Removal::Line };
            (!fates.is_empty()).then_some((removal, fates))
        }
        Directive::Softdep(softdep)
            if softdep.module != "vfio"
                && softdep.module != "vfio_pci"
                && softdep.before.iter().any(|name| name.starts_with("vfio")) =>
        {
            Some((Removal::Line, vec![Fate::Note(Note::OrderNotNeeded)]))
        }
        Directive::Install { module, .. } if module == "vfio_pci" => {
            Some((Removal::Line, vec![Fate::Note(Note::RunsScript)]))
        }
        _ => None,
    }
}
